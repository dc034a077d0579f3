"""maildrop: forwards with the null sender and an mbox line; passes our status on."""

from lib import incoming, run
from lib.run import silent


def maildrop(b, to):
    b.box.file(".filter", f'cc "!{to}"\nexit\n', mode=0o600)
    return b.box.run(["maildrop", b.box.home(".filter")],
                     stdin=b"From sender@example.net Sat Nov 21 12:00:00 2026\n" + incoming.MAIL)


def forward(b):
    silent(maildrop(b, "bob@example.com dave@example.com"))
    incoming.forwarded(b, "bob@example.com", "dave@example.com", sender="")


def refusal(b):
    done = maildrop(b, "x@refused.example.net")
    assert done.returncode in (65, 67, 69), done
    b.nothing_arrived()


def refusal_for_now(b):
    """75 makes the mail system that called maildrop try again."""
    b.box.rc(b.relay.rc())
    done = maildrop(b, "x@later.example.net")
    assert done.returncode == 75, done
    b.nothing_arrived()


run.main(needs=["maildrop"], cases=[forward, refusal, refusal_for_now])
