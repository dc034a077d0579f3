"""A disk without room, without inodes, read-only, a process with few descriptors:
the call says so, what was queued stays whole, and the queue becomes empty all the
same.  The same for the disks of the log and of the temporary file.

Runs itself again in a user and mount namespace, where it may mount small file
systems of its own.
"""

import contextlib
import ctypes
import glob
import os
import re
import resource
import signal
import socket
import subprocess
import sys

import case
from runner import in_order, queue_some

LIBC = ctypes.CDLL(None, use_errno=True)
MS_RDONLY, MS_REMOUNT, MS_BIND, MNT_DETACH = 1, 32, 4096, 2
mounted = []


class Case(case.Case):
    def clear(self):
        self.kill_runner()
        while mounted:
            LIBC.umount2(mounted.pop().encode(), MNT_DETACH)
        super().clear()


def bind(source, target):
    if LIBC.mount(source.encode(), target.encode(), None, MS_BIND, None) != 0:
        raise OSError(ctypes.get_errno(), f"mount {source}")
    mounted.append(target)


def mount(target, options, flags=0):
    if LIBC.mount(b"ostler", target.encode(), b"tmpfs", flags, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), "mount")
    if not flags & MS_REMOUNT:
        mounted.append(target)


def own_syslog(c):
    """A /dev of our own, so that /dev/log is ours; gives its socket."""
    names = [n for n in ("null", "zero", "full", "random", "urandom", "tty")
             if os.path.exists("/dev/" + n)]
    for name in names:
        with open(c.path(name), "wb"):
            pass
        bind("/dev/" + name, c.path(name))
    mount("/dev", "mode=755")
    for name in names:
        with open("/dev/" + name, "wb"):
            pass
        bind(c.path(name), "/dev/" + name)
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("/dev/log")
    log.setblocking(False)
    return log


def lines(log):
    """What has come since the last look."""
    got = []
    with contextlib.suppress(BlockingIOError):
        while True:
            got.append(log.recv(65536).decode())
    return got


def small_disk(c, options):
    """The queue on a disk of its own."""
    os.mkdir(c.queue, 0o700)
    mount(c.queue, f"mode=700,{options}")


def fill(c, name="ballast"):
    """Not a byte is left, and none comes back when a circuit closes."""
    for down in glob.glob(c.queue + "/run/*.down"):
        os.unlink(down)
    with open(os.path.join(c.queue, name), "wb", buffering=0) as f:
        os.chmod(f.name, 0o600)
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


def doubled(c):
    return sum("duplicate=maybe" in line for line in c.log())


def test_doubt_needs_no_room(c):
    """What may have been sent is known to be so, also when that cannot be written
    down: the answer was lost, and then the next run, or the relay cannot be reached."""
    relay = c.relay("--fail=end,lose,first=1")
    c.setup(relay.port, "timeout 5", retry="1h")
    small_disk(c, "size=256k")
    queue_some(c, relay, 1)
    fill(c)
    c.hands("flush")
    c.kill_runner()
    assert any("cannot write down" in line for line in c.log()), c.log()
    relay.tell("refuse")
    c.hands("flush")
    c.kill_runner()
    relay.tell("listen")
    c.hands("flush")
    c.kill_runner()
    assert not c.waiting() and doubled(c) == 1, c.log()


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


def test_room_that_a_crash_holds(c):
    """What was being entered when its process died has all the room: it makes way
    before anything is given up for want of it."""
    relay = c.relay()
    c.setup(relay.port, retry="1h")
    small_disk(c, "size=256k")

    def begin(reply):
        queue_some(c, relay, 2)
        relay.tell("fail", "none")
        relay.tell("fail", reply)
        for name in glob.glob(c.queue + "/run/*.claim") if reply == "none" else ():
            os.unlink(name)
        fill(c, "00000000000-abc.msg")
    # as where the machine has got another name: there is no claim to write into
    begin("none")
    run = c.hands("flush")
    assert run.status == 0 and run.err == "", run.err
    assert in_order(relay.new()) and not c.waiting()
    # refused: its sender is told, now
    begin("rcpt,550,match=to*")
    c.hands("flush")
    assert [mail.sender for mail in relay.new()] == ["", ""] and not c.waiting()
    # later: that is written down
    begin("rcpt,450")
    c.hands("flush")
    assert [entry["tries"] for entry in c.waiting()] == [1, 1]
    assert not any("error=" in line for line in c.log()), c.log()


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


def test_log_without_room(c):
    """Accepted is accepted.  sendmail's callers take a line for a failure, so the
    system's log gets it; a person gets it himself."""
    relay = c.relay()
    os.mkdir(c.path("logs"))
    mount(c.path("logs"), "mode=700,size=4k")
    with open(c.path("logs/log"), "w", encoding="ascii") as f:
        f.write("x" * 4095 + "\n")
    log = own_syslog(c)
    c.setup(relay.port, f"logfile {c.path('logs/log')}")
    with open(c.rc, encoding="utf-8") as f:
        text = f.read().replace(f"logfile {c.path('log')}\n", "")
    for more, number in (("", 19), ("syslog LOG_LOCAL3\n", 155)):
        c.write("rc", text + more)
        c.sendmail("-L", "ward", "you@example.com").ok()
        first, *second = lines(log)
        assert re.match(rf"<{number}>.{{15}} ward\[\d+\]: cannot log to '{c.path('logs/log')}': ",
                        first), first
        assert "No space left" in first and "recipients=you@example.com" in first
        assert first.endswith("exitcode=EX_OK")
        assert len(second) == bool(more) and all(" ward[" in line for line in second)
        run = c.ostler("you@example.com")
        assert run.status == 0 and run.out == ""
        assert re.fullmatch(r"ostler: cannot log to '.*': .*exitcode=EX_OK\n", run.err), run.err
        assert not any("cannot log" in line for line in lines(log))
        assert len(relay.new()) == 2
    # refused: one line, the cause
    relay.tell("fail", "rcpt,550")
    run = c.sendmail("you@example.com")
    assert run.status == 65 and run.err.count("\n") == 1 and "550" in run.err, run.err
    assert sum("cannot log" in line for line in lines(log)) == 1
    # and what the queue does later, by hand or by its runner
    relay.tell("fail", "none")
    for by_hand in (True, False):
        relay.tell("refuse")
        c.sendmail("you@example.com").ok()
        if by_hand:
            c.kill_runner()
        lines(log)
        relay.tell("listen")
        if by_hand:
            c.run("sendmail", "-C", c.rc, "-q").ok()
        c.until_empty()
        c.until(lambda: not c.runner())
        assert len(relay.new()) == 1
        assert sum("cannot log" in line and line.endswith("exitcode=EX_OK")
                   for line in lines(log)) == 1
    assert os.path.getsize(c.path("logs/log")) == 4096
    log.close()


LARGE = case.MAIL + (b"y" * 70 + b"\n") * 40000	# it does not stay in memory


def temporary_disk(c, options):
    """TMPDIR on a disk of its own."""
    c.env["TMPDIR"] = c.path("tmp")
    os.mkdir(c.env["TMPDIR"])
    mount(c.env["TMPDIR"], f"mode=700,{options}")


def free(c):
    disk = os.statvfs(c.env["TMPDIR"])
    return disk.f_bavail * disk.f_frsize


def test_large_message(c):
    """The disk of the temporary file becomes full: one line, and not a word is sent."""
    relay = c.relay()
    c.setup(relay.port)
    temporary_disk(c, "size=512k")
    large_message(c, relay)
    mount(c.env["TMPDIR"], "mode=700,size=2m")	# not at once
    large_message(c, relay)
    # what stays in memory needs no disk, nor does what lies in a file
    c.sendmail("you@example.com").ok()
    with open(c.path("large"), "wb") as f:
        f.write(LARGE)
    with open(c.path("large"), "rb") as f:
        run = subprocess.run(["sendmail", "-C", c.rc, "you@example.com"], stdin=f, env=c.env,
                             executable=case.OSTLER, check=False, timeout=60)
    assert run.returncode == 0 and len(relay.new()) == 2


def large_message(c, relay):
    before = free(c)
    for run in (c.ostler("you@example.com", mail=LARGE), c.sendmail("you@example.com", mail=LARGE),
                c.ostler("--queue=only", "you@example.com", mail=LARGE)):
        assert run.status in (74, 75) and not run.out
        assert re.fullmatch(rf"\w+: keeping the message in '{c.env['TMPDIR']}': .*"
                            "No space left on device\n", run.err), run.err
        assert free(c) == before, "something was left there"
    assert not c.entries() and not relay.new()
    assert "sessions" not in os.listdir(relay.folder) or \
        not os.path.getsize(os.path.join(relay.folder, "sessions"))


def test_large_message_elsewhere(c):
    """A disk that is full already is passed over."""
    relay = c.relay()
    c.setup(relay.port)
    temporary_disk(c, "size=64k")
    with open(os.path.join(c.env["TMPDIR"], "ballast"), "wb") as f:
        f.write(b"x" * 65536)
    assert free(c) == 0
    c.sendmail("you@example.com", mail=LARGE).ok()
    (mail,) = relay.new()
    assert mail.data.endswith(b"\r\n" + b"y" * 70 + b"\r\n") and mail.data.count(b"y" * 70) == 40000


def test_large_message_and_limit(c):
    """As the disk, so the size that a file may have; SIGXFSZ kills nobody."""
    relay = c.relay()
    c.setup(relay.port)

    def limit(action, size):
        signal.signal(signal.SIGXFSZ, action)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    for action, size in ((signal.SIG_DFL, 300000), (signal.SIG_IGN, 2000000)):
        for run in (c.ostler, c.sendmail):
            said = run("you@example.com", mail=LARGE,
                       preexec_fn=lambda a=action, s=size: limit(a, s))
            assert said.status in (74, 75), (said.status, said.err)
            assert "keeping the message in" in said.err and "File too large" in said.err
            assert said.err.count("\n") == 1
    assert not c.entries() and not relay.new()


if __name__ == "__main__":
    if "--inside" not in sys.argv:
        apart = ["unshare", "-m" if os.getuid() == 0 else "-rm"]
        ready = subprocess.run([*apart, "true"], stderr=subprocess.DEVNULL, check=False)
        if ready.returncode != 0:
            print("no namespaces here")
            sys.exit(77)
        os.execvp("unshare", [*apart, sys.executable, __file__, "--inside", *sys.argv[1:]])
    sys.argv.remove("--inside")
    case.Case = Case
    case.main()
