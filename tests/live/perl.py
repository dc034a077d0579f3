"""Perl: MIME::Lite, which wants /usr/lib/sendmail, and the pipe of a thousand scripts."""

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


run.main(needs=["perl", "/usr/share/perl5/MIME/Lite.pm"],
         cases=[mime_lite, mime_lite_attachment, pipe, refusal])
