#!/usr/bin/python3
"""Every setting of the queue acts; see acts.py.

Nobody waits for the time that the settings speak of: an entry is made older than it
is, or due.
"""

import glob
import os
import sys
import time

import acts
sys.path.insert(0, os.path.join(acts.HERE, os.pardir, "queue"))
import case  # noqa: E402 (the path comes first)
from case import report  # noqa: E402

TO = "you@example.com"
HOUR = 3600


def queued(c):
    return len(glob.glob(c.queue + "/*.env"))


def put_off(c, relay, *rc):
    """A mail that the relay puts off, and nobody at work on it."""
    c.setup(relay.port, *rc, retry="1h")
    c.sendmail(TO).ok()
    c.kill_runner()
    assert queued(c) == 1


def run_at_age(c, relay, seconds):
    """What a run of the queue sends when all that is in it is so old."""
    c.edit(entered=int(time.time()) - seconds, next=1)
    assert c.hands("run").status == 0
    c.kill_runner()
    return relay.new()


def acts_queue(c):
    """Who keeps what cannot be sent now; "only" does not even try."""
    relay = c.relay("--fail=rcpt,550,match=no@*")
    relay.tell("refuse")
    for word, sendmail, ostler in (("auto", 0, 75), ("on", 0, 0), ("off", 75, 75),
                                   ("only", 0, 0)):
        for run, status in ((c.sendmail, sendmail), (c.ostler, ostler)):
            before = queued(c)
            c.setup(relay.port, f"queue {word}", retry="1h")
            assert run(TO).status == status, (word, run)
            assert queued(c) - before == (status == 0), (word, run)
            c.kill_runner()
    relay.tell("listen")
    for word, status in (("auto", 65), ("on", 65), ("off", 65), ("only", 0)):
        c.setup(relay.port, f"queue {word}", retry="1h")
        assert c.sendmail("no@example.com").status == status, word
        c.kill_runner()


def acts_queue_dir(c):
    relay = c.relay()
    relay.tell("refuse")
    for name in ("here", "there"):
        c.queue = c.path(name)
        c.setup(relay.port, retry="1h")
        assert queued(c) == 0
        c.sendmail(TO).ok()
        c.kill_runner()
        assert queued(c) == 1
    assert len(glob.glob(c.dir + "/**/*.env", recursive=True)) == 2


def acts_retry(c):
    """Each wait as the schedule has it, up to a tenth more or less."""
    relay = c.relay("--fail=rcpt,450")
    c.setup(relay.port, "queue_warn off", retry="2h*3..9h")
    for wait in (2, 6, 9, 9):
        begun = int(time.time())
        if queued(c) == 0:
            c.sendmail(TO).ok()
        else:
            run_at_age(c, relay, 0)
        c.kill_runner()
        (entry,) = c.entries()
        assert 0.9 * wait * HOUR <= entry["next_try"] - begun, (wait, entry)
        assert entry["next_try"] - time.time() <= 1.1 * wait * HOUR, (wait, entry)


def acts_queue_lifetime(c):
    """Past it the mail comes back, and not before."""
    relay = c.relay(f"--fail=rcpt,450,match={TO}")
    for hours in (2, 20):
        put_off(c, relay, f"queue_lifetime {hours}h", "queue_warn off")
        assert run_at_age(c, relay, (hours - 1) * HOUR) == [] and queued(c) == 1
        (notice,) = run_at_age(c, relay, (hours + 1) * HOUR)
        _, text, status, _ = report(notice)
        assert notice.rcpts == ["me@example.org"] and TO in text
        assert status[1]["Action"] == "failed" and queued(c) == 0


def acts_queue_warn(c):
    """Past it the sender is told, and not before; the mail stays."""
    relay = c.relay(f"--fail=rcpt,450,match={TO}")
    for hours in (2, 20):
        put_off(c, relay, f"queue_warn {hours}h")
        assert run_at_age(c, relay, (hours - 1) * HOUR) == []
        (notice,) = run_at_age(c, relay, (hours + 1) * HOUR)
        _, text, status, _ = report(notice)
        assert notice.rcpts == ["me@example.org"] and TO in text
        assert status[1]["Action"] == "delayed" and queued(c) == 1
        c.hands("drop", "all").ok()
    put_off(c, relay, "queue_warn off")
    assert run_at_age(c, relay, 100 * HOUR) == [] and queued(c) == 1


acts.main(case.Case)
