"""procmail: forwarding with "!", and the classic automatic reply."""

from lib import incoming, run
from lib.run import silent


def procmail(b, recipe):
    b.box.file(".procmailrc", "MAILDIR=$HOME\nLOGFILE=procmail.log\n" + recipe)
    return b.box.run(["procmail", "-m", b.box.home(".procmailrc")], stdin=incoming.MAIL)


def forward(b):
    silent(procmail(b, ":0\n! bob@example.com dave@example.com\n"))
    # procmail ends every mail with an empty line.
    incoming.forwarded(b, "bob@example.com", "dave@example.com", sender="alice@example.org",
                       body=incoming.BODY + b"\n")


def autoreply(b):
    """Its sendmail is given neither -i nor -f."""
    silent(procmail(b, r""":0 h c
* !^FROM_DAEMON
| (formail -rt -A"Precedence: junk"; printf 'I am away\n.\nbye\n') | /usr/sbin/sendmail -t
:0
filed
"""))
    b.arrived("sender@example.net", body=b"I am away\n.\nbye\n", Subject="Re: incoming",
              In_Reply_To="<in@example.net>", Precedence="junk")


def refusal(b):
    """With the w flag procmail looks at our status; without a place left to put the
    mail it says so to the one who called it."""
    done = procmail(b, "EXITCODE=75\n:0 w\n! x@refused.example.net\nHOST=end\n")
    assert done.returncode != 0, done
    with open(b.box.home("procmail.log")) as f:
        log = f.read()
    assert "x@refused.example.net" in log and "5.1.1" in log, log
    b.nothing_arrived()


run.main(needs=["procmail", "formail"], cases=[forward, autoreply, refusal])
