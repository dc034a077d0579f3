"""Generated messages through the real program into the bundled relay.

	storm.main(seed, cases, storm.Dialogue)

sends that many cases of a fixed seed, and a tenth as many of a seed that the clock
gives, which is printed; OSTLER_SEED=N tries that seed instead.  For each the relay
must hold exactly one mail, with the envelope that the generator meant and the bytes
that rules.py makes of the input.
"""

import functools
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback

from . import generate, judge
from .judge import same
from .place import DOMAIN
from .relay import Relay

FROM = "host-mail@example.org"


class Bench:
    """Three ways to talk to a relay, in one folder."""

    def __init__(self, folder):
        self.folder = folder
        self.program = os.environ.get("OSTLER", "src/ostler")
        full = Relay(os.path.join(folder, "full"))
        bare = Relay(os.path.join(folder, "bare"), "--caps=8BITMIME")
        self.ways = [(full, self._rc("full", full.port)),
                     (full, self._rc("data", full.port, "chunking off", "pipelining off")),
                     (bare, self._rc("bare", bare.port))]

    def _rc(self, name, port, *more):
        path = os.path.join(self.folder, name + ".rc")
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(["account default", "host 127.0.0.1", f"port {port}", f"from {FROM}",
                               f"qualify_domain {DOMAIN}", "queue off", *more]) + "\n")
        os.chmod(path, 0o600)
        return path

    def run(self, case, rc):
        argv = [case.face, "-C", rc]
        if case.sender is not None:
            argv += ["-f", case.sender]
        argv += (["-t"] if case.from_header else []) + ["--", *case.args]
        if case.slices is not None:
            return self._sliced(argv, case)
        if case.offset is None:
            return subprocess.run(argv, executable=self.program, input=case.raw, timeout=60,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        path = os.path.join(self.folder, "stdin")
        with open(path, "w+b") as f:
            f.write(b"!" * case.offset + case.raw)
            f.flush()
            os.lseek(f.fileno(), case.offset, os.SEEK_SET)
            return subprocess.run(argv, executable=self.program, stdin=f, timeout=60,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def _sliced(self, argv, case):
        """Each read gives one packet, so that the cuts are where the case wants them."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(60)
        with ours, subprocess.Popen(argv, executable=self.program, stdin=theirs,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            theirs.close()
            at = 0
            for size in case.slices:
                ours.sendall(case.raw[at:at + size])
                at += size
            ours.close()
            out, err = child.communicate(timeout=60)
        return subprocess.CompletedProcess(argv, child.returncode, out, err)

    def close(self):
        for relay in {way[0] for way in self.ways}:
            relay.stop()


def anything(_text):
    """The made From is judged by the replays."""


def arrived(relay, case, raw, sender):
    """The relay holds what the rules make of raw, once, for whom the case means."""
    mails = relay.new()
    same("number of mails", len(mails), 1)
    mail = mails[0]
    same("sender", mail.sender, sender)
    same("recipients", sorted(mail.rcpts), sorted(case.rcpts))
    made = {b"From": anything if sender == "" else functools.partial(judge.mailbox, address=sender, names=[None]),
            b"Date": judge.date, b"Message-ID": judge.message_id}
    judge.delivered(raw, mail.data, DOMAIN, made)
    head, _ = judge.split(mail.data)
    assert generate.HIDDEN not in head, "a hidden recipient stands in the header"
    same("rules broken at the relay", relay.violations(), [])


class Arguments:
    """A process for each message, recipients by argv or -t."""

    def __init__(self, bench):
        self.bench = bench

    def send(self, case, number):
        relay, rc = self.bench.ways[number % len(self.bench.ways)]
        done = self.bench.run(case, rc)
        same(f"exit status, after {done.stderr!r}", done.returncode, 0)
        same("output", done.stdout + done.stderr, b"")
        arrived(relay, case, case.raw, FROM if case.sender is None else case.sender)

    def failed(self):
        pass

    def close(self):
        pass


class Dialogue:
    """A session of -bs for several messages; the client pipelines and cuts its bytes
    where it likes."""

    MAILS = 25

    def __init__(self, bench):
        self.bench, self.child, self.cuts = bench, None, random.Random(0)

    def send(self, case, number):
        if self.child is None or number % self.MAILS == 0:
            self.close()
            self._open(number // self.MAILS)
        sender = FROM if case.sender is None else case.sender
        rcpts = "".join(f"RCPT TO:<{r}>\r\n" for r in case.rcpts)
        self._say(f"MAIL FROM:<{sender}>\r\n{rcpts}DATA\r\n".encode())
        for wanted in [250] * (len(case.rcpts) + 1) + [354]:
            same("reply", self._reply()[0], wanted)
        # what is said is what counts: a line end that the message lacks is added
        raw = case.raw if case.raw.endswith(b"\r\n") or not case.raw else case.raw + b"\r\n"
        dotted = [b"." + line if line.startswith(b".") else line for line in raw.split(b"\r\n")]
        self._say(b"\r\n".join(dotted) + b".\r\n")
        code, words = self._reply()
        same(f"reply to the end: {words}", code, 250)
        arrived(self.relay, case, raw, sender)

    def _open(self, number):
        self.relay, rc = self.bench.ways[number % len(self.bench.ways)]
        self.child = subprocess.Popen(["sendmail", "-C", rc, "-bs"], executable=self.bench.program,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        same("greeting", self._reply()[0], 220)
        self._say(b"EHLO localhost\r\n")
        same("reply to EHLO", self._reply()[0], 250)

    def _say(self, data):
        """In pieces: a client's writes end anywhere."""
        while data:
            n = self.cuts.choice([len(data), 1, 3, 1000, 70000])
            os.write(self.child.stdin.fileno(), data[:min(n, 65536)])
            data = data[min(n, 65536):]

    def _reply(self):
        while True:
            line = self.child.stdout.readline()
            if line[3:4] != b"-":
                return int(line[:3] or 0), line

    def failed(self):
        """The session is of no use any more."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.child = None

    def close(self):
        if self.child is None:
            return
        child, self.child = self.child, None
        child.stdin.write(b"QUIT\r\n")
        child.stdin.close()
        same("rest of the session", child.stdout.read()[:4], b"221 ")
        same("exit status", child.wait(60), 0)


def storm(way, seed, cases, limit=10):
    """Gives how many cases of the seed failed; stops after limit."""
    maker, failed = generate.Maker(seed), 0
    for number in range(cases):
        case = maker.case()
        try:
            way.send(case, number)
        except Exception:
            failed += 1
            print(f"not ok seed {seed} case {number}: {case.face}"
                  f"{' -t' if case.from_header else ''} {' '.join(case.args)}\n"
                  f"{case.raw[:3000]!r} ({len(case.raw)} bytes)")
            traceback.print_exc(file=sys.stdout)
            way.failed()
            if failed == limit:
                break
    way.close()
    print(f"seed {seed}: {cases} cases, {failed} failed", flush=True)
    return failed


def main(seed, cases, way=Arguments):
    own = os.environ.get("OSTLER_SEED")
    folder = tempfile.mkdtemp(prefix="ostler-storm.")
    try:
        bench = Bench(folder)
        if own:
            failed = storm(way(bench), int(own), cases)
        else:
            failed = storm(way(bench), seed, cases)
            failed += storm(way(bench), int(time.time()) + seed, cases // 10)
        bench.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(failed > 0)
