"""vacation(1): an automatic reply from a bare login name, without -i."""

from lib import incoming, run
from lib.run import silent


def vacation(b):
    b.box.file(".vacation.msg", "Subject: away\n\nI am away\n.\nbye\n")
    b.box.ok("rm -f .vacation.db*; vacation -i")
    return b.box.run(["vacation", "alice"],
                     stdin=b"From sender@example.net Sat Nov 21 12:00:00 2026\n" + incoming.MAIL)


def reply(b):
    silent(vacation(b))
    m = b.arrived("sender@example.net", body=b"I am away\n.\nbye\n", Subject="away")
    assert "alice@example.org" in m.field("From"), m.head


def refusal(b):
    """vacation does not look at the status; the log has the reason."""
    b.box.rc(b.relay.rc(password="wrong"))
    vacation(b)
    b.logged("sendmail", "535")
    b.nothing_arrived()


run.main(needs=["vacation"], cases=[reply, refusal])
