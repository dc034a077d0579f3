"""Replays recorded calls.

	replay.main("mutt-*", "neomutt-*")

makes each call several times over: with the relay up, under the system's rc file and
under the user's own; with nobody at the relay's port; with a relay that refuses every
recipient.  Envelope and bytes are judged by rules.py and the notes, never by what
the program said it did.
"""

import fnmatch
import functools
import os
import signal
import sys
import traceback

from . import judge, notes
from .caller import End, Run
from .judge import same
from .place import DOMAIN, Place
from .relay import Nobody, Relay

FROM = "host-mail@example.org"
WORK = "work@example.com"
ALIAS = "human@example.net"
REFUSAL = "--fail=rcpt,550,text=5.1.1 no such user here"


class Bench:
    """Relays and the place.  full offers everything, bare 8BITMIME only."""

    def __init__(self):
        self.place = Place()
        self.full = self._relay("full")
        self.bare = self._relay("bare", "--caps=8BITMIME")
        self.wall = self._relay("wall", REFUSAL)
        self.silent = self._relay("silent", "--fail=greeting,stall")
        self.torn = self._relay("torn", "--fail=mail,drop")
        self.nobody = Nobody()

    def _relay(self, name, *options):
        return Relay(self.place.path("relay-" + name), *options)

    def close(self):
        for relay in (self.full, self.bare, self.wall, self.torn, self.silent):
            relay.stop()
        self.place.clear()

    def rc(self, call, port, sender=FROM, aliases=False, own=False, queue="off"):
        """Writes the rc file; gives what argv needs for it."""
        lines = ["defaults", "host 127.0.0.1", f"port {port}", f"queue {queue}",
                 f"qualify_domain {DOMAIN}"]
        if aliases:
            lines.append(f"aliases {self.place.path('aliases')}")
            with open(self.place.path("aliases"), "w", encoding="utf-8") as f:
                f.write(f"root: {ALIAS}\n")
        lines += ["account work", f"from {WORK}", "account default"]
        if sender:
            lines.append(f"from {sender}")
        return self.place.rc("\n".join(lines) + "\n", self.place.users(call)[0], own)


def qualified(name):
    return name if name == "" or "@" in name else f"{name}@{DOMAIN}"


class Want:
    """Envelope and made fields that a call must come to under an rc file."""

    def __init__(self, bench, call, sender, aliases):
        expect, place = call.expect, bench.place
        uid = place.users(call)[0]
        if expect.sender is not None:
            self.sender = qualified(expect.sender)
        elif call.account == "work":
            self.sender = WORK
        else:
            self.sender = sender or qualified(place.login(uid) or "")
        self.rcpts = [qualified(r) for r in expect.rcpts]
        if aliases:     # bare names and names at the local domain alike
            self.rcpts = [ALIAS if r == f"root@{DOMAIN}" else r for r in self.rcpts]
        names = [expect.name] if expect.name else [None, place.full_name(uid)]
        self.made = {
            b"From": functools.partial(judge.mailbox, address=self.sender, names=names),
            b"Date": judge.date, b"Message-ID": judge.message_id}


def stored(relay, want, raw, call, dsn):
    """The relay holds this message once, for these people."""
    mails = relay.new()
    same("number of mails", len(mails), 1)
    mail = mails[0]
    same("sender", mail.sender, want.sender)
    same("recipients", sorted(mail.rcpts), sorted(want.rcpts))
    if call.expect.notify and dsn:
        for params in mail.rcpt_params:
            assert f"NOTIFY={call.expect.notify}" in params, f"parameters {params}"
        assert f"RET={call.expect.ret}" in mail.mail_params, f"parameters {mail.mail_params}"
    judge.delivered(raw, mail.data, DOMAIN, want.made)


def undisturbed(relay):
    same("rules broken at the relay", relay.violations(), [])
    same("mails at the relay", relay.new(), [])


# What is done with a call that carries a message

def arrives(bench, call, relay, dsn, sender=FROM, aliases=False, own_rc=False, offset=None):
    want = Want(bench, call, sender, aliases)
    options = bench.rc(call, relay.port, sender, aliases, own_rc)
    done = Run(call, bench.place, options, offset=offset).finish()
    same(f"exit status, after {done.err!r}", done.status, 0)
    judge.silent(done, stdout=call.verbose)
    same("left in stdin", done.unread, 0)
    stored(relay, want, call.stdin, call, dsn)
    undisturbed(relay)


def system_rc(bench, call):
    arrives(bench, call, bench.full, True)


def told_to_stop(bench, call):
    """A relay that says nothing, then SIGTERM: it ends with a status, and soon.  What
    was closed at the start is /dev/null meanwhile, never a socket."""
    options = bench.rc(call, bench.silent.port)
    run = Run(call, bench.place, options)
    run.feed()
    bench.silent.until("open=1")
    open_now = run.descriptors()
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if call.env[name] == "closed" and open_now:
            same(f"descriptor {number}", open_now[number], "/dev/null")
    os.kill(run.pid, signal.SIGTERM)
    done = run.finish()
    assert 64 <= done.status <= 78, f"exit status {done.status}, after {done.err!r}"
    assert done.took < 10, f"it took {done.took} seconds"
    one_logged(bench)
    bench.silent.tell("drop")
    undisturbed(bench.silent)


def own_rc(bench, call):
    """The rc file is the user's own.  Where HOME is somebody else's, it cannot be read,
    and the system's holds."""
    home = call.env["env"].get("HOME")
    own = home is None or bench.place.is_home(home, bench.place.users(call)[0])
    arrives(bench, call, bench.bare, False, None, True, own, offset=4097)


def nobody_there(bench, call):
    options = bench.rc(call, bench.nobody.port)
    done = Run(call, bench.place, options).finish()
    same(f"exit status, after {done.err!r}", done.status, 75)
    failed(bench, call, done)


def torn(bench, call):
    """The relay hangs up: an exit status, never a signal."""
    options = bench.rc(call, bench.torn.port)
    done = Run(call, bench.place, options).finish()
    same(f"exit status, after {done.err!r}", done.status, 75)
    failed(bench, call, done)


def refused(bench, call):
    options = bench.rc(call, bench.wall.port)
    done = Run(call, bench.place, options).finish()
    assert done.status in judge.PERMANENT, f"exit status {done.status}, after {done.err!r}"
    failed(bench, call, done)
    if call.env["stderr"] in ("pipe", "file", "socket"):
        assert b"5.1.1" in done.err, f"not the relay's words: {done.err!r}"
    undisturbed(bench.wall)


def one_logged(bench):
    """stderr may be /dev/null: the system's log got a line too."""
    lines = bench.place.logged()
    if bench.place.apart:
        same(f"number of lines in the log {lines}", len(lines), 1)
        assert lines[0].decode("ascii").isprintable(), f"not printable: {lines[0]!r}"


def failed(bench, call, done):
    """One line where somebody can see it, one in the log; stdin was read to its end."""
    same("left in stdin", done.unread, 0)
    one_logged(bench)
    if call.env["stderr"] in ("pipe", "file", "socket"):
        if call.verbose:
            done.out = b""
        judge.one_line(done, os.path.basename(call.argv[0]))


# The others

def usage(bench, call):
    """Ends at once, the pipe untouched: the real call that follows finds it whole."""
    follow = notes.Call("netdata-alarm-notify")
    options = bench.rc(call, bench.full.port)
    pipe = End("pipe", 0)
    os.write(pipe.ours, follow.stdin)
    os.close(pipe.ours)
    pipe.ours = None
    done = Run(call, bench.place, options, stdin=pipe).finish()
    same("exit status", done.status, 64)
    same("left in stdin", done.unread, len(follow.stdin))
    judge.one_line(done, "sendmail")
    one_logged(bench)
    done = Run(follow, bench.place, options, stdin=pipe).finish()
    pipe.close()
    same(f"exit status, after {done.err!r}", done.status, 0)
    stored(bench.full, Want(bench, follow, FROM, False), follow.stdin, follow, True)


def bad_address(bench, call):
    """Names that are no addresses are told; nobody gets what was not meant for him."""
    options = bench.rc(call, bench.full.port)
    done = Run(call, bench.place, options).finish()
    same("exit status", done.status, 65)
    same("left in stdin", done.unread, 0)
    judge.one_line(done, "sendmail")
    one_logged(bench)
    undisturbed(bench.full)


def empty_queue(bench, call):
    options = bench.rc(call, bench.nobody.port)
    done = Run(call, bench.place, options).finish()
    same(f"exit status, after {done.err!r}", done.status, 0)
    same("standard output", done.out, b"Mail queue is empty\n")
    same("standard error", done.err, b"")


def nothing(bench, call):
    options = bench.rc(call, bench.nobody.port)
    done = Run(call, bench.place, options).finish()
    same(f"exit status, after {done.err!r}", done.status, 0)
    judge.silent(done)


# SMTP on stdin and stdout

def converse(run, call):
    """Plays the client's half; gives each command with the code of its reply, and the
    message that was sent, dots undone."""
    codes, message = [("", run.reply()[0])], b""
    rest = call.stdin
    while rest:
        line, rest = rest.split(b"\r\n", 1)
        run.say(line + b"\r\n")
        code, _ = run.reply()
        codes.append((line.decode(), code))
        if line == b"DATA" and code == 354:
            text, rest = rest.split(b"\r\n.\r\n", 1)
            run.say(text + b"\r\n.\r\n")
            codes.append((".", run.reply()[0]))
            message = b"\n".join(line.removeprefix(b".") for line in text.split(b"\r\n")) + b"\n"
        elif line == b"DATA":
            rest = rest.split(b"\r\n.\r\n", 1)[1]
    return codes, message


def dialogue(bench, call, port, end):
    """It takes the message or answers its end with a code that begins with this."""
    options = bench.rc(call, port)
    run = Run(call, bench.place, options)
    codes, message = converse(run, call)
    done = run.finish()
    wanted = {"": 2, "EHLO": 2, "HELO": 2, "MAIL": 2, "RCPT": 2, "DATA": 3, "QUIT": 2, ".": end}
    for line, code in codes:
        verb = line.split(" ")[0]
        same(f"first digit of the reply to {line!r}", code // 100, wanted[verb])
    same("exit status", done.status, 0)
    judge.silent(done)
    return message


def dialogue_taken(bench, call):
    message = dialogue(bench, call, bench.full.port, 2)
    stored(bench.full, Want(bench, call, FROM, False), message, call, False)
    undisturbed(bench.full)


def dialogue_nobody(bench, call):
    dialogue(bench, call, bench.nobody.port, 4)


def dialogue_refused(bench, call):
    dialogue(bench, call, bench.wall.port, 5)
    undisturbed(bench.wall)


SCENES = {
    notes.MAIL: [system_rc, own_rc, told_to_stop, nobody_there, torn, refused],
    notes.DIALOGUE: [dialogue_taken, dialogue_nobody, dialogue_refused],
    notes.USAGE: [usage],
    notes.BAD_ADDRESS: [bad_address],
    notes.EMPTY_QUEUE: [empty_queue],
    notes.NOTHING: [nothing],
}


def main(*patterns):
    names = [n for n in sorted(os.listdir(notes.CALLS))
             if any(fnmatch.fnmatch(n, p) for p in patterns)]
    for pattern in patterns:
        if not fnmatch.filter(names, pattern):
            sys.exit(f"no folder is named {pattern}")
    bench = Bench()
    print("in namespaces of its own" if bench.place.apart else "without namespaces")
    passed = failed_ = 0
    try:
        for name in names:
            call = notes.Call(name)
            for scene in SCENES[call.expect.kind]:
                if play(bench, call, scene):
                    passed += 1
                else:
                    failed_ += 1
    finally:
        bench.close()
    print(f"{passed} passed, {failed_} failed")
    sys.exit(failed_ > 0 or passed == 0)


def play(bench, call, scene):
    bench.place.logged()
    try:
        scene(bench, call)
    except Exception:
        print(f"not ok {call.name}: {scene.__name__}")
        traceback.print_exc(file=sys.stdout)
        for run in list(Run.running):
            run.abandon()
        for relay in (bench.full, bench.bare, bench.wall):
            relay.new()
        return False
    print(f"ok {call.name}: {scene.__name__}")
    return True
