"""Perl: its mail modules, /usr/lib/sendmail for one, and the pipe of a thousand scripts."""

from lib import run
from lib.run import same, silent


def perl(b, code, *args):
    return b.box.run(["perl", *args, "-e", code])


def mime_lite(b):
    silent(perl(b, r'''
        my $m = MIME::Lite->new(From => q{alice@example.org}, To => q{bob@example.com},
            Bcc => q{hidden@example.net}, Subject => q{lite}, Data => qq{line\n.\n..x\n});
        $m->send or exit 1;''', "-MMIME::Lite"))
    b.arrived("bob@example.com", "hidden@example.net", body=b"line\n.\n..x\n", Subject="lite")


def mime_lite_attachment(b):
    silent(perl(b, r'''
        my $m = MIME::Lite->new(From => q{Alice <alice@example.org>}, To => q{bob@example.com},
            Cc => q{carol@example.net}, Subject => q{two parts}, Type => q{multipart/mixed});
        $m->attach(Type => q{TEXT}, Data => qq{hay\n});
        $m->attach(Type => q{application/octet-stream}, Encoding => q{base64},
            Data => join q{}, map { chr } 0 .. 255);
        $m->send or exit 1;''', "-MMIME::Lite"))
    text, blob = b.arrived("bob@example.com", "carol@example.net").parsed.iter_parts()
    same("text", text.get_content(), "hay\n")
    same("blob", blob.get_payload(decode=True), bytes(range(256)))


def mail_send(b):
    """Mail::Send gives no -i, though its text has a dot alone."""
    silent(perl(b, r'''
        my $m = Mail::Send->new;
        $m->to(q{bob@example.com}); $m->bcc(q{hidden@example.net}); $m->subject(q{send});
        my $f = $m->open(q{sendmail});
        print $f qq{line\n.\nline\n};
        $f->close or exit 1;''', "-MMail::Send"))
    b.arrived("bob@example.com", "hidden@example.net", body=b"line\n.\nline\n", Subject="send")


def mail_mailer(b):
    """Mail::Mailer writes a To field for each recipient; all of them count."""
    silent(perl(b, r'''
        my $m = Mail::Mailer->new(q{sendmail});
        $m->open({From => q{alice@example.org}, To => [q{bob@example.com}, q{dave@example.com}],
                  Cc => q{carol@example.net}, Subject => q{mailer}});
        print $m qq{body\n};
        $m->close or exit 1;''', "-MMail::Mailer"))
    same("recipients", sorted(m.rcpt for m in b.far.wait(3)),
         ["bob@example.com", "carol@example.net", "dave@example.com"])


def email_sender(b):
    silent(perl(b, r'''
        my $e = Email::Simple->create(header => [From => q{alice@example.org},
            To => q{bob@example.com}, Subject => q{es}], body => qq{line\n.\nline\n});
        sendmail($e, {transport => Email::Sender::Transport::Sendmail->new,
            from => q{bounce@example.org}, to => [q{bob@example.com}, q{hidden@example.net}]});''',
                "-MEmail::Sender::Simple=sendmail", "-MEmail::Sender::Transport::Sendmail",
                "-MEmail::Simple"))
    b.arrived("bob@example.com", "hidden@example.net", sender="bounce@example.org",
              body=b"line\n.\nline\n", Subject="es")


def mime_construct(b):
    silent(b.box.run(["mime-construct", "--to", "bob@example.com", "--cc", "carol@example.net",
                      "--bcc", "hidden@example.net", "--subject", "mc é",
                      "--string", "line 1\n.\nline 3\n"]))
    m = b.arrived("bob@example.com", "carol@example.net", "hidden@example.net")
    same("text", m.parsed.get_content(), "line 1\n.\nline 3\n")


def pipe(b):
    """-odq asks for the queue; the mail arrives all the same."""
    silent(perl(b, r'''
        open(my $p, q{|/usr/lib/sendmail -oi -t -odq}) or die;
        print $p qq{From: User Originating Mail <alice\@example.org>\n};
        print $p qq{To: Final Destination <bob\@example.com>\n};
        print $p qq{Subject: A relevant subject line\n\nBody\n.\nmore\n};
        close($p) or exit 1;'''))
    b.arrived("bob@example.com", body=b"Body\n.\nmore\n")


def refusal(b):
    """MIME::Lite dies with our status."""
    done = perl(b, r'''
        my $m = MIME::Lite->new(From => q{alice@example.org}, To => q{x@refused.example.net},
            Subject => q{x}, Data => qq{hay\n});
        $m->send;''', "-MMIME::Lite")
    assert done.returncode != 0, done
    assert b"x@refused.example.net" in done.stderr and b"exit" in done.stderr, done
    b.nothing_arrived()


run.main(needs=["perl", "mime-construct", "/usr/share/perl5/MIME/Lite.pm",
                "/usr/share/perl5/Mail/Send.pm", "/usr/share/perl5/Email/Sender.pm"],
         cases=[mime_lite, mime_lite_attachment, mail_send, mail_mailer, email_sender,
                mime_construct, pipe, refusal])
