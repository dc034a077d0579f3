"""Trouble that is not what it seems: one recipient's login, a relay that falls
silent, too many recipients, a clock that was wrong, our own end."""

import contextlib
import fcntl
import glob
import os
import signal
import struct
import subprocess
import time

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


def test_relay_that_takes_few(c):
    """452 behind the first ones: the others follow at once, and it is one try."""
    relay = c.relay("--max-rcpts=2")
    c.setup(relay.port, retry="1h")
    relay.tell("refuse")
    c.sendmail(*[f"to{i}@example.com" for i in range(7)]).ok()
    c.kill_runner()
    relay.tell("listen")
    assert c.hands("flush").status == 0
    assert not c.waiting()
    assert sorted(r for m in relay.new() for r in m.rcpts) == \
        [f"to{i}@example.com" for i in range(7)]


def test_mailbox_that_is_full(c):
    """452 that is about one recipient: asked once more at most, then he waits."""
    relay = c.relay("--fail=rcpt,452,match=full@*")
    c.setup(relay.port, retry="1h")
    relay.tell("refuse")
    c.sendmail("full@example.com", "you@example.com").ok()
    c.kill_runner()
    relay.tell("listen")
    c.hands("flush")
    assert rcpts(relay) == ["you@example.com"]
    (entry,) = c.waiting()
    assert [r["address"] for r in entry["recipients"]] == ["full@example.com"]
    with open(glob.glob(os.path.join(c.queue, "*.env"))[0], encoding="utf-8") as f:
        assert "\ntries 1\n" in f.read()


def test_clock_was_not_set(c):
    """Queued in 1970: it is no older than the time since the clock was set."""
    relay = c.relay()
    c.setup(relay.port, retry="1h")
    relay.tell("refuse")
    queue_some(c, relay, 1)
    relay.tell("refuse")
    c.edit(entered=30)
    c.hands("flush")
    assert not relay.new() and not c.failed()
    (entry,) = c.waiting()
    assert entry["sender"] == "me@example.org"
    assert abs(entry["arrival_time"] - time.time()) < 600, entry
    # a day that has been seen is believed
    c.kill_runner()
    c.edit(entered=1600000000)
    c.hands("flush")
    assert [e["sender"] for e in c.waiting()] == [""]


def test_clock_was_ahead(c):
    """Neither a mail nor an account waits for a time that no schedule has set."""
    relay = c.relay("--require=auth")
    login = ("auth plain", "auth_cleartext on", "user user@example.org")
    c.setup(relay.port, *login, "password secret", retry="1h")
    relay.tell("refuse")
    queue_some(c, relay, 1)
    (down,) = glob.glob(os.path.join(c.queue, "run/*.down"))
    with open(down, encoding="utf-8") as f:
        lines = f.readlines()
    with open(down, "w", encoding="utf-8") as f:
        f.writelines("next 2000000000000\n" if line.startswith("next ") else line
                     for line in lines)
    c.edit(next=int(time.time()) + 10 * 365 * 86400)
    assert c.hands("run").status == 0
    assert rcpts(relay) == ["to0@example.com"]


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


def test_configuration_out_of_a_pipe(c):
    """What cannot be read again is nothing to queue a mail with."""
    relay = c.relay()
    c.setup(relay.port, "queue on")
    with open(c.rc, encoding="utf-8") as f:
        text = f.read()

    def given():
        out, into = os.pipe()
        os.write(into, text.encode())
        os.close(into)
        return out
    for name, mails in (("ostler", 1), ("sendmail", 0)):
        if not mails:
            relay.tell("refuse")
        fd = given()
        run = c.run(name, "-C", f"/dev/fd/{fd}", "you@example.com", mail=case.MAIL, pass_fds=(fd,))
        os.close(fd)
        assert len(relay.new()) == mails
        if mails:
            assert run.status == 0, run.err
            continue
        assert run.status == 75 and "can be read only once" in run.err, run.err
        assert "refused" in run.err and run.err.count("\n") == 1, run.err
    assert not glob.glob(os.path.join(c.queue, "*.env"))


def test_queue_of_two_homes(c):
    """Each mail goes by the file that it came with, whoever runs the queue."""
    relays = [c.relay(), c.relay()]
    homes = [c.path("one"), c.path("two")]
    for home, relay in zip(homes, relays):
        os.mkdir(home)
        c.setup(relay.port, "queue on", retry="1h")
        os.rename(c.rc, os.path.join(home, ".msmtprc"))
        relay.tell("refuse")
        c.env["HOME"] = home
        run = c.run("ostler", "you@example.com", mail=case.MAIL)
        assert run.status == 0, run.err
        c.kill_runner()
        relay.tell("listen")
    c.env["HOME"] = homes[0]
    assert c.run("ostler", "queue", "flush").status == 0
    assert [len(relay.new()) for relay in relays] == [1, 1]


def test_usual_file_moves(c):
    relay = c.relay()
    c.setup(relay.port, "queue on", retry="1h")
    os.rename(c.rc, c.path(".msmtprc"))
    relay.tell("refuse")
    assert c.run("ostler", "you@example.com", mail=case.MAIL).status == 0
    c.kill_runner()
    relay.tell("listen")
    os.makedirs(c.path(".config/msmtp"))
    os.rename(c.path(".msmtprc"), c.path(".config/msmtp/config"))
    assert c.run("ostler", "queue", "flush").status == 0
    assert rcpts(relay) == ["you@example.com"]


def test_some_sent_and_no_queue(c):
    """Who sends it again is told who has it."""
    relay = c.relay("--fail=rcpt,451,match=later@*")
    c.setup(relay.port, "queue on", "partial on")
    c.write("file", "")
    with open(c.rc, encoding="utf-8") as f:
        text = f.read().replace(f"queue_dir {c.queue}", f"queue_dir {c.path('file')}/queue")
    c.write("rc", text)
    run = c.ostler("now@example.com", "later@example.com")
    assert run.status != 0 and run.err.count("\n") == 1
    assert "sent to <now@example.com> already" in run.err and "451" in run.err, run.err
    assert "<later@example.com> already" not in run.err
    names = [f"u{i}@example.com" for i in range(8)]
    run = c.ostler(*names, "later@example.com")
    assert "<u4@example.com> and 3 more already" in run.err, run.err


def sessions(pid):
    """The sockets that process PID has open."""
    found = []
    for fd in glob.glob(f"/proc/{pid}/fd/*"):
        with contextlib.suppress(OSError):
            found += [fd] if os.readlink(fd).startswith("socket:") else []
    return found


def test_interval_outlives_trouble(c):
    """Too many runs at work is a reason to wait, not to end."""
    relay = c.relay()
    c.setup(relay.port, retry="1s")
    queue_some(c, relay, 1)
    host = os.path.basename(glob.glob(os.path.join(c.queue, "run/*.claim"))[0])
    host = host.removesuffix(".0.claim")
    lock = struct.pack("hhlli", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    with contextlib.ExitStack() as stack:
        with contextlib.ExitStack() as locks:
            for i in range(16):
                path = os.path.join(c.queue, f"run/{host}.{i}.claim")
                f = locks.enter_context(open(path, "ab+", opener=private))
                fcntl.fcntl(f, 37, lock)    # F_OFD_SETLK
            process = stack.enter_context(subprocess.Popen(
                ["ostler", "-C", c.rc, "-q1s"], executable=case.OSTLER, env=c.env,
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE))
            stack.callback(process.kill)
            assert b"16 queue runs are at work" in process.stderr.readline()
        c.edit(next=0)
        c.until(lambda: not c.waiting())
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(20) == 0


def private(path, flags):
    return os.open(path, flags, 0o600)


if __name__ == "__main__":
    case.main()
