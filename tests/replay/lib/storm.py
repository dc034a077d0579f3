"""Generated messages through the real program into the bundled relay.

	storm.main(first_seed, cases)

sends that many cases of a fixed seed, and a tenth as many of a seed that the clock
gives, which is printed; OSTLER_SEED=N tries that seed instead.  For each the relay
must hold exactly one mail, with the envelope that the generator meant and the bytes
that rules.py makes of the input.
"""

import functools
import os
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


def passes(bench, case, number):
    relay, rc = bench.ways[number % len(bench.ways)]
    done = bench.run(case, rc)
    mails = relay.new()
    same(f"exit status, after {done.stderr!r}", done.returncode, 0)
    same("output", done.stdout + done.stderr, b"")
    same("number of mails", len(mails), 1)
    mail = mails[0]
    sender = FROM if case.sender is None else case.sender
    same("sender", mail.sender, sender)
    same("recipients", sorted(mail.rcpts), sorted(case.rcpts))
    made = {b"From": anything if sender == "" else functools.partial(judge.mailbox, address=sender, names=[None]),
            b"Date": judge.date, b"Message-ID": judge.message_id}
    judge.delivered(case.raw, mail.data, DOMAIN, made)
    head, _ = judge.split(mail.data)
    assert generate.HIDDEN not in head, "a hidden recipient stands in the header"
    same("rules broken at the relay", relay.violations(), [])


def storm(bench, seed, cases, limit=10):
    """Gives how many cases of the seed failed; stops after limit."""
    maker, failed = generate.Maker(seed), 0
    for number in range(cases):
        case = maker.case()
        try:
            passes(bench, case, number)
        except Exception:
            failed += 1
            print(f"not ok seed {seed} case {number}: {case.face}"
                  f"{' -t' if case.from_header else ''} {' '.join(case.args)}\n"
                  f"{case.raw[:3000]!r} ({len(case.raw)} bytes)")
            traceback.print_exc(file=sys.stdout)
            if failed == limit:
                break
    print(f"seed {seed}: {cases} cases, {failed} failed", flush=True)
    return failed


def main(seed, cases):
    own = os.environ.get("OSTLER_SEED")
    folder = tempfile.mkdtemp(prefix="ostler-storm.")
    try:
        bench = Bench(folder)
        if own:
            failed = storm(bench, int(own), cases)
        else:
            failed = storm(bench, seed, cases)
            failed += storm(bench, int(time.time()) + seed, cases // 10)
        bench.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(failed > 0)
