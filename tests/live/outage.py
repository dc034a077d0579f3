"""The relay goes away and comes back: nothing is lost, doubled or out of order."""

import os
import re
import signal
import subprocess
import time

from lib import run
from lib.run import same, silent
from lib.server import until

RETRY = {"queue": "auto", "more": "retry 1s\n"}
GIT = {"GIT_AUTHOR_NAME": "Alice Example", "GIT_AUTHOR_EMAIL": "alice@example.org",
       "GIT_COMMITTER_NAME": "Alice Example", "GIT_COMMITTER_EMAIL": "alice@example.org"}


def mail(b, n, to="bob@example.com", program="/usr/sbin/sendmail"):
    return b.box.run([program, "-i", to], stdin=f"Subject: mail {n}\n\n{n}\n".encode())


def mailq(b):
    done = b.box.run(["mailq"])
    same("status of mailq", done.returncode, 0)
    return done.stdout.decode()


def queue_empty(b):
    end = time.monotonic() + 20
    while (said := mailq(b).strip()) != "Mail queue is empty":
        assert time.monotonic() < end, said
        time.sleep(0.1)


def subjects(b, mails):
    """In the order in which the relay took them, which need not be that of delivery."""
    accepted = b.relay.accepted()
    return [m.field("Subject") for m in
            sorted(mails, key=lambda m: accepted.index(m.field("Message-ID")))]


def left_behind():
    """Processes of alice's that outlived their callers."""
    done = subprocess.run(["ps", "-u", "alice", "-o", "pid="], capture_output=True, text=True)
    return [int(p) for p in done.stdout.split()]


def series(b):
    """git send-email and a cron job while the relay is away; then it is back."""
    b.box.rc(b.relay.rc(**RETRY))
    b.box.ok("git init -q oats && cd oats && for i in 1 2 3; do echo $i > $i && git add . &&"
             " git commit -q -m patch$i; done; git format-patch -q --root -o ../patches", env=GIT)
    b.relay.stop()
    done = b.box.run("git send-email --quiet --confirm=never --suppress-cc=all "
                     "--to=bob@example.com ../patches/*.patch", env=GIT, cwd=b.box.home("oats"))
    assert (done.returncode, done.stderr) == (0, b""), done
    b.box.file("/var/spool/cron/crontabs/alice",
               "MAILTO=ops@example.com\n@reboot echo hay\n", mode=0o600)
    cron = subprocess.Popen(["cron", "-f"], env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, cwd="/",
                            stdin=subprocess.DEVNULL, start_new_session=True)
    until(lambda: re.search("in 4 Request", mailq(b)), "four queued mails")
    cron.terminate()
    cron.wait(30)
    assert not b.box.syslog.having("got status"), b.box.syslog.lines
    b.nothing_arrived()
    b.relay.start()
    mails = b.far.wait(4, limit=30)
    same("order", [s for s in subjects(b, mails) if "PATCH" in s],
         [f"[PATCH {n}/3] patch{n}" for n in (1, 2, 3)])
    queue_empty(b)
    same("deliveries", len(b.far.look()), 4)


def password(b):
    """A login that is refused keeps the mail until the rc file is mended."""
    b.box.rc(b.relay.rc(password="expired", **RETRY))
    for n in range(3):
        silent(mail(b, n))
    assert "in 3 Request" in mailq(b), mailq(b)
    b.box.rc(b.relay.rc(**RETRY))
    mails = b.far.wait(3, limit=30)
    same("order", subjects(b, mails), ["mail 0", "mail 1", "mail 2"])
    queue_empty(b)


def runner_killed(b):
    """Nothing is lost with the runner: the next call that gets through starts another."""
    b.box.rc(b.relay.rc(**RETRY))
    b.relay.stop()
    for n in range(3):
        silent(mail(b, n))
    until(left_behind, "the runner")
    for pid in left_behind():
        os.kill(pid, signal.SIGKILL)
    b.relay.start()
    silent(mail(b, 3))
    same("mails", sorted(subjects(b, b.far.wait(4, limit=30))), [f"mail {n}" for n in range(4)])
    queue_empty(b)


def quiet_end(b):
    """An empty queue leaves no process behind."""
    until(lambda: not left_behind(), "the runner's end", 20)


def refused_later(b):
    """What the relay refuses for good comes back to its sender, once."""
    b.box.rc(b.relay.rc(**RETRY))
    b.relay.stop()
    silent(mail(b, 1, to="x@refused.example.net"))
    b.relay.start()
    bounce = b.arrived("alice@example.org", sender="")
    same("type", bounce.parsed.get_content_type(), "multipart/report")
    assert b"x@refused.example.net" in bounce.body and b"5.1.1" in bounce.body, bounce.body
    queue_empty(b)


def as_ostler(b):
    """Under its own name it tells and keeps nothing, unless asked to."""
    b.box.rc(b.relay.rc(**RETRY))
    b.relay.stop()
    done = mail(b, 1, program="ostler")
    same("exit status", done.returncode, 75)
    assert "empty" in mailq(b), mailq(b)
    b.box.rc(b.relay.rc(queue="on", more="retry 1s\n"))
    done = mail(b, 2, program="ostler")
    same("exit status", done.returncode, 0)
    same("lines", done.stderr.count(b"\n"), 1)
    b.relay.start()
    same("mails", subjects(b, b.far.wait(1, limit=30)), ["mail 2"])
    queue_empty(b)


run.main(needs=["git", "git-send-email", "cron"],
         cases=[series, password, runner_killed, refused_later, as_ostler, quiet_end], limit=300)
