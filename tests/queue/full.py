"""A disk without room, without inodes, read-only, a process with few descriptors:
the call says so, what was queued stays whole, and the queue becomes empty all the
same.

Runs itself again in a user and mount namespace, where it may mount small file
systems of its own.
"""

import ctypes
import glob
import os
import resource
import subprocess
import sys

import case
from runner import in_order, queue_some

LIBC = ctypes.CDLL(None, use_errno=True)
MS_RDONLY, MS_REMOUNT = 1, 32


def mount(target, options, flags=0):
    if LIBC.mount(b"ostler", target.encode(), b"tmpfs", flags, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), "mount")


def small_disk(c, options):
    """The queue on a disk of its own."""
    os.mkdir(c.queue, 0o700)
    mount(c.queue, f"mode=700,{options}")


def fill(c):
    """Not a byte is left, and none comes back when a circuit closes."""
    for name in glob.glob(c.queue + "/run/*.down"):
        os.unlink(name)
    with open(os.path.join(c.queue, "ballast"), "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"x" * 512)
        except OSError:
            pass


def snapshot(c):
    """Every file of the queue proper, byte for byte."""
    names = glob.glob(c.queue + "/*.env") + glob.glob(c.queue + "/*.msg")
    return {name: open(name, "rb").read() for name in names}


def test_no_room(c):
    """75 with the reason; nothing is left of the attempt, the others are whole."""
    relay = c.relay()
    c.setup(relay.port)
    small_disk(c, "size=256k")
    queue_some(c, relay, 3)
    relay.tell("refuse")
    fill(c)
    before = snapshot(c)
    assert len(before) == 6
    for mail in (case.MAIL, case.MAIL + b"x" * 50000):
        run = c.sendmail("you@example.com", mail=mail)
        assert run.status == 75 and "No space left" in run.err, run.err
        assert "refused" in run.err and run.err.count("\n") == 1, run.err
        run = c.ostler("--queue=on", "you@example.com", mail=mail)
        assert run.status == 75 and "No space left" in run.err
    assert snapshot(c) == before
    assert not glob.glob(c.queue + "/*.new")


def test_no_inodes(c):
    relay = c.relay()
    c.setup(relay.port)
    small_disk(c, "size=1m,nr_inodes=16")
    queue_some(c, relay, 2)
    relay.tell("refuse")
    before, refused = snapshot(c), 0
    for _ in range(8):
        run = c.sendmail("you@example.com")
        if run.status:
            refused += 1
            assert run.status == 75 and "No space left" in run.err, run.err
    assert refused >= 4
    after = snapshot(c)
    assert all(after[name] == text for name, text in before.items())
    assert len(after) == 2 * len(c.waiting())
    assert not glob.glob(c.queue + "/*.new")


def test_read_only(c):
    relay = c.relay()
    c.setup(relay.port)
    small_disk(c, "size=256k")
    queue_some(c, relay, 2)
    before = snapshot(c)
    mount(c.queue, "mode=700,size=256k", MS_REMOUNT | MS_RDONLY)
    relay.tell("refuse")
    run = c.sendmail("you@example.com")
    assert run.status == 75 and "Read-only" in run.err, run.err
    relay.tell("listen")
    # what cannot be written down is not sent
    assert c.hands("flush").status == 75
    assert not relay.new() and snapshot(c) == before
    assert "in 2 Requests" in c.run("mailq", "-C", c.rc).out
    mount(c.queue, "mode=700,size=256k", MS_REMOUNT)
    assert c.hands("flush").status == 0
    assert in_order(relay.new())


def test_full_disk_becomes_empty(c):
    """Sending needs no room: what was sent leaves, and makes some."""
    relay = c.relay()
    c.setup(relay.port)
    small_disk(c, "size=256k")
    queue_some(c, relay, 5)
    fill(c)
    assert c.hands("flush").status == 0
    assert in_order(relay.new()) and not c.waiting()


def test_sent_is_struck_out(c):
    """With no room for a new env the old one loses who was sent, in place."""
    relay = c.relay("--fail=rcpt,450,match=later@*")
    c.setup(relay.port, retry="1h")
    small_disk(c, "size=256k")
    relay.tell("refuse")
    c.sendmail("now@example.com", "later@example.com").ok()
    c.kill_runner()
    relay.tell("listen")
    fill(c)
    c.hands("flush")
    c.kill_runner()
    c.hands("flush")
    c.kill_runner()
    mails = relay.new()
    assert [m.rcpts for m in mails].count(["now@example.com"]) == 1, [m.rcpts for m in mails]
    (entry,) = c.waiting()
    assert [r["address"] for r in entry["recipients"]] == ["later@example.com"]
    assert any("cannot write down" in line for line in c.log())


def test_runner_while_full(c):
    """A runner that meets a full disk does not run in circles, and goes on later."""
    relay = c.relay("--fail=rcpt,450,first=3")
    c.setup(relay.port)
    small_disk(c, "size=256k")
    relay.tell("refuse")
    c.sendmail("you@example.com").ok()
    pid = c.until(c.runner)
    fill(c)
    relay.tell("listen")
    c.until(lambda: any("450" in line for line in c.log()))
    attempts = len(c.log())
    subprocess.run(["sleep", "3"], check=True)
    assert len(c.log()) <= attempts + 2, c.log()
    assert c.runner() == pid
    os.unlink(os.path.join(c.queue, "ballast"))
    for _ in range(4):
        c.hands("flush")
    c.until_empty()
    assert len(relay.new()) == 1


def test_few_descriptors(c):
    """A run that cannot hold so many files at once sends what it can."""
    relay = c.relay()
    c.setup(relay.port)
    queue_some(c, relay, 100)
    few = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))}
    arrived, left = [], 100
    while left:
        run = c.hands("flush", **few)
        assert run.status == 0 and run.err == "", run.err
        c.kill_runner()
        arrived += relay.new()
        assert len(c.waiting()) < left, (left, run.out, run.err)
        left = len(c.waiting())
    assert len(arrived) == 100 and in_order(sorted(arrived, key=lambda m: int(m.rcpts[0][2:-12])))


if __name__ == "__main__":
    if "--inside" not in sys.argv:
        ready = subprocess.run(["unshare", "-rm", "true"], stderr=subprocess.DEVNULL, check=False)
        if ready.returncode != 0:
            print("no user namespaces here")
            sys.exit(77)
        os.execvp("unshare", ["unshare", "-rm", sys.executable, __file__, "--inside", *sys.argv[1:]])
    sys.argv.remove("--inside")
    case.main()
