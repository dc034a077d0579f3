"""The next message is on its way before the relay has answered for the one before:
whatever becomes of either, the other has its own verdict."""

import contextlib
import glob
import signal
import subprocess

import case
from runner import rcpts, sessions
from settled import flushing

FIRST = 10              # so many go one by one (lane.h)
STRANGE = FIRST + 2     # of the mails below, the one over which something happens


def queue_many(c, relay, n, strange=STRANGE):
    """N mails to to0 and so on, of which one has a sender of its own."""
    relay.tell("refuse")
    for i in range(n):
        sender = ("-f", "strange@example.org") if i == strange else ()
        c.sendmail(*sender, f"to{i}@example.com").ok()
    c.kill_runner()
    c.edit(sending=0, next=1)
    relay.tell("listen")


def addresses(*numbers):
    return [f"to{i}@example.com" for i in numbers]


def in_doubt(c):
    """Whose mails the log says may be there twice, or may have been sent."""
    return sorted({word.split("=")[1] for line in c.log() if "=maybe" in line
                   for word in line.split() if word.startswith("recipients=")})


def on_their_way(c):
    """How many the queue says are being given to the relay."""
    said = 0
    for name in glob.glob(c.path("queue/*.env")):
        with contextlib.suppress(FileNotFoundError), open(name, encoding="ascii") as f:
            said += "\nsending 1\n" in f.read()
    return said


def flush(c):
    run = c.hands("flush", within=60 * case.SLOW)
    assert run.status == 0 and not run.err, run.err


def killed_in(c, relay, n, strange=STRANGE, sent=1):
    """A run that was killed while the relay kept it waiting over one of N, and SENT
    were on their way."""
    queue_many(c, relay, n, strange)
    with flushing(c) as run:
        c.until(lambda: len(c.waiting()) == n - strange and on_their_way(c) == sent, 20)
        assert run.poll() is None, "it did not wait"
    relay.tell("fail", "none")
    flush(c)
    assert rcpts(relay) == addresses(*range(n))


def test_two_on_their_way(c):
    """Killed in between, it leaves two in doubt, and not the third."""
    relay = c.relay("--fail=end,stall,match=strange@*")
    c.setup(relay.port, retry="1h")
    killed_in(c, relay, STRANGE + 3, sent=2)
    assert in_doubt(c) == addresses(STRANGE, STRANGE + 1)


def test_the_first_go_one_by_one(c):
    relay = c.relay("--fail=end,stall,match=strange@*")
    c.setup(relay.port, retry="1h")
    killed_in(c, relay, 6, 3)
    assert in_doubt(c) == addresses(3)


def test_where_it_is_not_offered(c):
    for options in (("--no=CHUNKING",), ("--no=PIPELINING",), ("--no=8BITMIME",)):
        relay = c.relay("--fail=end,stall,match=strange@*", *options)
        c.setup(relay.port, retry="1h")
        killed_in(c, relay, STRANGE + 3)
        assert in_doubt(c) == addresses(STRANGE), options
        c.write("log", "")


def test_where_it_is_not_wanted(c):
    for setting in ("pipelining off", "chunking off"):
        relay = c.relay("--fail=end,stall,match=strange@*")
        c.setup(relay.port, setting, retry="1h")
        killed_in(c, relay, STRANGE + 3)
        assert in_doubt(c) == addresses(STRANGE), setting
        c.write("log", "")


def test_refused(c):
    """At every step: the next one arrives, once, as it is."""
    for step, codes in (("mail", (550, 451)), ("rcpt", (550, 451)), ("end", (554, 451))):
        for code in codes:
            relay = c.relay(f"--fail={step},{code},match=" +
                            (f"to{STRANGE}@*" if step == "rcpt" else "strange@*"))
            c.setup(relay.port, retry="1h")
            queue_many(c, relay, STRANGE + 14)
            flush(c)
            c.kill_runner()
            mails = relay.new()
            wanted = addresses(*(i for i in range(STRANGE + 14) if i != STRANGE))
            told = ["strange@example.org"] if code > 500 else []
            assert [m.rcpts[0] for m in mails] == wanted + told, (step, code)
            assert not relay.violations(), relay.violations()
            assert in_doubt(c) == []
            left = c.waiting()
            assert len(left) == (code < 500), (step, code, left)
            for entry in left:
                assert str(code) in entry["recipients"][0]["delay_reason"]
                c.hands("drop", entry["queue_id"])


def test_one_refused_of_several(c):
    relay = c.relay("--fail=rcpt,550,match=bad@*")
    c.setup(relay.port, retry="1h")
    queue_many(c, relay, FIRST + 2)
    relay.tell("refuse")
    c.sendmail("bad@example.com", "good@example.com").ok()
    c.sendmail("behind@example.com").ok()
    c.kill_runner()
    c.edit(sending=0)
    relay.tell("listen")
    flush(c)
    assert rcpts(relay)[FIRST + 2:] == ["good@example.com", "behind@example.com",
                                        "me@example.org"]
    assert not relay.violations() and not c.waiting()


def test_second_round(c):
    """More recipients than the relay takes at once: the others go before what follows,
    and every verdict is of its own message."""
    for option in ("--limits=RCPTMAX=2", "--max-rcpts=2"):
        relay = c.relay(option, "--fail=rcpt,550,match=bad@*")
        c.setup(relay.port, retry="1h")
        queue_many(c, relay, FIRST + 2)
        relay.tell("refuse")
        c.sendmail("a@example.com", "b@example.com", "c@example.com", "bad@example.com").ok()
        for i in range(4):
            c.sendmail(f"behind{i}@example.com").ok()
        c.kill_runner()
        c.edit(sending=0, next=1)
        relay.tell("listen")
        flush(c)
        c.until(lambda: not c.waiting())
        came = [m.rcpts for m in relay.new()][FIRST + 2:]
        assert came == [["a@example.com", "b@example.com"], ["c@example.com"]] + \
            [[f"behind{i}@example.com"] for i in range(4)] + [["me@example.org"]], (option, came)
        assert in_doubt(c) == [] and not relay.violations(), (option, c.log())


def test_several_hosts(c):
    """What one host puts off is offered to the other: nothing is behind it."""
    relay = c.relay("--fail=end,451,match=strange@*,first=1")
    c.setup(relay.port, "host 127.0.0.1 localhost", retry="1h")
    queue_many(c, relay, STRANGE + 5)
    flush(c)
    assert rcpts(relay) == addresses(*range(STRANGE + 5))
    assert in_doubt(c) == [] and not c.waiting()


def test_down(c):
    """The connection ends, and there is no other: it is asked for once, not for each."""
    relay = c.relay("--fail=end,421,match=strange@*", "--delay=50")
    c.setup(relay.port, retry="1h")
    queue_many(c, relay, STRANGE + 5)
    with flushing(c) as run:
        relay.until("open=1", 20)
        relay.tell("fail", "greeting,421")
        run.wait(60 * case.SLOW)
    c.kill_runner()
    assert sessions(relay) == 2 and len(c.waiting()) == 5 and len(c.down()) == 1
    assert set(in_doubt(c)) <= set(addresses(STRANGE + 1)), c.log()
    assert rcpts(relay) == addresses(*range(STRANGE))


def test_reply_lost(c):
    """The relay has it and says nothing: it may come twice, and the log says so."""
    relay = c.relay("--fail=end,lose,match=strange@*,first=1")
    c.setup(relay.port, retry="1h")
    queue_many(c, relay, STRANGE + 5)
    flush(c)
    c.kill_runner()
    # and that of a neighbour, which it may have kept to say both at once
    doubts = in_doubt(c)
    assert addresses(STRANGE)[0] in doubts and len(doubts) <= 2, doubts
    c.edit(next=1)
    flush(c)
    came = rcpts(relay)
    assert set(came) == set(addresses(*range(STRANGE + 5))) and not c.waiting(), came
    twice = {rcpt for rcpt in came if came.count(rcpt) > 1}
    assert addresses(STRANGE)[0] in twice and twice <= set(doubts), (came, doubts)


def test_closed_with_a_word(c):
    """421 is about the connection; whether what was behind it was looked at nobody
    knows, and from then on they go one by one."""
    relay = c.relay("--fail=end,421,match=strange@*,first=1")
    c.setup(relay.port, retry="1h")
    queue_many(c, relay, 3 * STRANGE)
    flush(c)
    assert set(in_doubt(c)) <= set(addresses(STRANGE + 1))
    c.until(lambda: len(c.waiting()) == len(in_doubt(c)))
    flush(c)
    assert sorted(rcpts(relay)) == sorted(addresses(*range(3 * STRANGE))) and not c.waiting()


def test_so_many_a_connection(c):
    """The relay says so beforehand, or only when it has had enough: then that is
    enough to make us careful."""
    for options in (("--max-mails=13",), ("--limits=MAILMAX=13",)):
        relay = c.relay(*options)
        c.setup(relay.port, retry="1h")
        queue_many(c, relay, 60)
        flush(c)
        doubts = in_doubt(c)
        assert len(doubts) <= ("--max-mails=13" in options), doubts
        c.until(lambda: len(c.waiting()) == len(doubts))
        flush(c)
        assert sorted(rcpts(relay)) == sorted(addresses(*range(60))), options
        assert not relay.violations(), options
        c.write("log", "")


def test_login_lapses(c):
    """530 to one: what is on its way is waited for, and then nothing more goes."""
    relay = c.relay("--fail=mail,530,match=strange@*,first=1")
    c.setup(relay.port, retry="1h")
    queue_many(c, relay, STRANGE + 4)
    flush(c)
    c.kill_runner()
    assert in_doubt(c) == [] and "530" in c.down()[0]["reason"], c.log()
    came = rcpts(relay)
    assert came in (addresses(*range(STRANGE)),
                    addresses(*(i for i in range(STRANGE + 2) if i != STRANGE))), came
    assert len(c.waiting()) == STRANGE + 4 - len(came)


def test_stopped(c):
    """SIGTERM: both are in doubt, and nothing else is."""
    relay = c.relay("--fail=end,stall,match=strange@*")
    c.setup(relay.port, "timeout 30", retry="1h")
    queue_many(c, relay, STRANGE + 4)
    with flushing(c) as run:
        c.until(lambda: len(c.waiting()) == 4 and on_their_way(c) == 2, 20)
        run.send_signal(signal.SIGTERM)
        run.wait(60 * case.SLOW)
    assert in_doubt(c) == addresses(STRANGE, STRANGE + 1), c.log()
    c.until(lambda: len(c.waiting()) == 2)      # the runner has the others
    relay.tell("fail", "none")
    flush(c)
    assert sorted(rcpts(relay)) == sorted(addresses(*range(STRANGE + 4)))


def test_of_every_kind(c):
    """Small and large, 8-bit, for one and for many, one after the other."""
    relay = c.relay()
    c.setup(relay.port, retry="1h")
    bodies = {}
    for i in range(40):
        size = (1, 300, 16000, 17000, 200000)[i % 5]
        text = b"".join(b"%d of mail %d \xc3\xbc.\n" % (k, i) for k in range(size // 20 + 1))
        bodies[i] = b"From: me@example.org\nSubject: %d\nMIME-Version: 1.0\n" \
            b"Content-Type: text/plain; charset=utf-8\n" \
            b"Content-Transfer-Encoding: 8bit\n\n" % i + text
    relay.tell("refuse")
    for i in range(40):
        c.sendmail(f"to{i}@example.com", *(f"also{k}@example.com" for k in range(i % 3 * 5)),
                   mail=bodies[i]).ok()
    c.kill_runner()
    c.edit(sending=0)
    relay.tell("listen")
    flush(c)
    mails = relay.new()
    assert [m.rcpts[0] for m in mails] == addresses(*range(40))
    assert [len(m.rcpts) for m in mails] == [1 + i % 3 * 5 for i in range(40)]
    for i, mail in enumerate(mails):
        assert mail.data.endswith(b"\r\n\r\n" + bodies[i].partition(b"\n\n")[2]
                                  .replace(b"\n", b"\r\n")), i
    assert not relay.violations()


def test_limited_descriptors_and_batches(c):
    """Batches of one or two messages: what is behind the end of one is not lost."""
    relay = c.relay()
    c.setup(relay.port, retry="1h")
    queue_many(c, relay, 30)
    run = subprocess.run(["sh", "-c", 'ulimit -n 40; exec "$0" queue -C "$1" flush',
                          case.OSTLER, c.rc], env=c.env, check=False,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert run.returncode == 0 and not run.stderr, run.stderr
    assert rcpts(relay) == addresses(*range(30)) and not c.waiting()


if __name__ == "__main__":
    case.main()
