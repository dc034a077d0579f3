"""Trouble that is not what it seems: one recipient's login, a relay that falls
silent, our own end."""

import contextlib
import glob
import os
import signal
import subprocess

import case
from runner import queue_some, rcpts


def test_login_of_one_recipient(c):
    """The relay took the sender: what it says of a recipient is not about us."""
    relay = c.relay("--fail=rcpt,530,match=bad@*")
    c.setup(relay.port, retry="1h")
    relay.tell("refuse")
    c.sendmail("bad@example.com").ok()
    queue_some(c, relay, 2)
    assert c.hands("flush").status == 0
    assert rcpts(relay) == ["to0@example.com", "to1@example.com"]
    assert not c.down()
    (entry,) = c.waiting()
    assert "530" in entry["recipients"][0]["delay_reason"]
    # nor does it keep new mail waiting
    c.ostler("you@example.com").ok()
    assert rcpts(relay) == ["you@example.com"]


def test_login_that_is_missing(c):
    """It did not take the sender: that is about all."""
    relay = c.relay("--fail=mail,530")
    c.setup(relay.port, retry="1h")
    relay.tell("refuse")
    queue_some(c, relay, 3)
    c.hands("flush")
    assert "530" in c.down()[0]["reason"]
    assert len(c.waiting()) == 3


def test_silent_relay(c):
    """No word after the end of the message: three are in doubt, not all."""
    relay = c.relay("--fail=end,stall")
    c.setup(relay.port, "timeout 1", retry="1h")
    relay.tell("refuse")
    queue_some(c, relay, 6)
    c.hands("flush")
    assert sum("sent=maybe" in line for line in c.log()) == 3, c.log()
    assert len(c.waiting()) == 6
    assert "end of the message" in c.down()[0]["reason"]


def test_told_to_end(c):
    """A run that is stopped while it waits has learned nothing of the account."""
    relay = c.relay("--fail=greeting,stall")
    c.setup(relay.port, retry="1h")
    relay.tell("refuse")
    queue_some(c, relay, 1)
    for name in glob.glob(os.path.join(c.queue, "run/*.down")):
        os.unlink(name)
    with subprocess.Popen(["ostler", "queue", "-C", c.rc, "flush"], executable=case.OSTLER,
                          env=c.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        c.until(lambda: sessions(process.pid))
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    c.kill_runner()
    assert not c.down()
    assert len(c.waiting()) == 1


def sessions(pid):
    """The sockets that process PID has open."""
    found = []
    for fd in glob.glob(f"/proc/{pid}/fd/*"):
        with contextlib.suppress(OSError):
            found += [fd] if os.readlink(fd).startswith("socket:") else []
    return found


if __name__ == "__main__":
    case.main()
