"""What a relay has taken is settled before a run waits for anything else, whatever
that is: killed while it waits, it leaves no doubt about what went before."""

import contextlib
import signal
import subprocess

import case
from runner import queue_some, rcpts

STALLS = ("-f", "stalls@example.org")


@contextlib.contextmanager
def flushing(c):
    """A run that is killed in the end, if it has not come to one."""
    with subprocess.Popen(["ostler", "queue", "-C", c.rc, "flush"], executable=case.OSTLER,
                          env=c.env, stdout=subprocess.DEVNULL) as run:
        try:
            yield run
        finally:
            run.kill()


def queue_two(c, relay, *args, then=None, **more):
    """To to0, and with ARGS to to1, who is sent to by another relay if THEN is one."""
    queue_some(c, relay, 1)
    then = then or relay
    then.tell("refuse")
    c.sendmail(*args, "to1@example.com", **more).ok()
    c.kill_runner()
    then.tell("listen")


def killed_behind_the_first(c, relay):
    """The relay takes the mail to to0, and lets the run wait over that to to1."""
    with flushing(c) as run:
        c.until(lambda: len(c.waiting()) == 1, 10)
        assert run.poll() is None, "it did not wait"
    assert rcpts(relay) == ["to0@example.com"]
    (entry,) = c.waiting()
    assert entry["recipients"][0]["address"] == "to1@example.com"
    (line,) = [line for line in c.log() if "to0@example.com" in line and "250" in line]
    assert "maybe" not in line, line
    assert not any("to1@example.com" in line and "250" in line for line in c.log())


def test_end_of_the_next(c):
    relay = c.relay("--fail=end,stall,match=stalls@*")
    c.setup(relay.port, retry="1h")
    queue_two(c, relay, *STALLS)
    killed_behind_the_first(c, relay)
    # it is the next that nobody knows of
    relay.tell("fail", "none")
    assert c.hands("flush").status == 0
    assert [line for line in c.log() if "to1@" in line and "duplicate=maybe" in line]
    assert not [line for line in c.log() if "to0@" in line and "maybe" in line]


def test_step_by_step(c):
    """A relay that wants an answer to be waited for at every step."""
    relay = c.relay("--fail=mail,stall,match=stalls@*", "--no=PIPELINING,CHUNKING")
    c.setup(relay.port, retry="1h")
    queue_two(c, relay, *STALLS)
    killed_behind_the_first(c, relay)


def test_large_next(c):
    """More than the connection takes, to a relay that has stopped reading."""
    relay = c.relay("--fail=body,stall,match=stalls@*")
    c.setup(relay.port, retry="1h")
    queue_two(c, relay, *STALLS, mail=case.MAIL + 400000 * b"oats and hay and straw\n")
    killed_behind_the_first(c, relay)


def test_another_connection(c):
    """The relay takes one mail a connection, and then does not greet any more."""
    relay = c.relay("--limits=MAILMAX=1", "--delay=300")
    c.setup(relay.port, retry="1h")
    queue_two(c, relay)
    with flushing(c) as run:
        relay.until("open=1", 10)
        relay.tell("fail", "greeting,stall")
        c.until(lambda: len(c.waiting()) == 1, 10)
        assert run.poll() is None, "it did not wait"
    assert rcpts(relay) == ["to0@example.com"]


def test_another_account(c):
    """The next goes by a relay that does not greet."""
    relay, silent = c.relay(), c.relay("--fail=greeting,stall")
    c.setup(relay.port, "account silent : default", f"port {silent.port}", retry="1h")
    queue_two(c, relay, "-a", "silent", then=silent)
    killed_behind_the_first(c, relay)


def test_stopped(c):
    """SIGTERM while the next is waited for."""
    relay = c.relay("--fail=end,stall,match=stalls@*")
    c.setup(relay.port, "timeout 5", retry="1h")
    queue_two(c, relay, *STALLS)
    with flushing(c) as run:
        c.until(lambda: len(c.waiting()) == 1, 10)
        run.send_signal(signal.SIGTERM)
        run.wait(30 * case.SLOW)
    assert len(c.waiting()) == 1 and rcpts(relay) == ["to0@example.com"]


if __name__ == "__main__":
    case.main()
