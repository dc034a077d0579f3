#!/usr/bin/python3
"""Plays the dialogues of the file "dialogues" with sendmail -bs."""

import os
import re
import select
import subprocess
import sys

TOP = os.environ.get("top_srcdir", ".")
sys.path.insert(0, os.path.join(TOP, "tests/weakness"))
import case  # noqa: E402 (the path comes first)

SHORT = {"{e}": "EHLO x", "{a}": "MAIL FROM:<a@b.example>",
         "{b}": "RCPT TO:<c@d.example>", "{m}": r"raw x: y\r\n\r\nbody\r\n.\r\n"}


class Session:
    def __init__(self, env, rc):
        self.process = subprocess.Popen(
            ["sendmail", "-bs", "-C", rc], executable=case.OSTLER, env=env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pending = b""

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def line(self, seconds):
        """The next line, or None after that time, b"" at the end."""
        while b"\n" not in self.pending:
            if not select.select([self.process.stdout], [], [], seconds)[0]:
                return None
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                return b""
            self.pending += data
        line, self.pending = self.pending.split(b"\n", 1)
        return line + b"\n"

    def reply(self, seconds=10):
        """The next reply's code; None: there is none; "eof"."""
        codes = set()
        while True:
            line = self.line(seconds)
            if line is None:
                return None
            if line == b"":
                return "eof"
            assert re.fullmatch(rb"[2-5]\d\d[ -][ -~\x80-\xff]*\r\n", line), line
            codes.add(line[:3].decode())
            assert len(codes) == 1, codes
            if line[3:4] == b" ":
                return codes.pop()

    def send(self, what):
        if what.startswith("raw "):
            self.write(what[4:].encode("latin-1").decode("unicode_escape").encode("latin-1"))
        elif what.startswith("slow "):
            for byte in what[5:].encode() + b"\r\n":
                self.write(bytes([byte]))
        elif what.startswith("long "):
            begin, count = what[5:].rsplit(" ", 1)
            self.write((begin + "x" * int(count)).encode() + b"\r\n")
        else:
            self.write(what.encode() + b"\r\n")

    def end(self):
        self.process.stdin.close()
        rest = self.process.stdout.read()
        err = self.process.stderr.read()
        return self.process.wait(20), rest, err


def play(steps, env, rc):
    s = Session(env, rc)
    try:
        assert s.reply() == "220"
        for step in steps:
            if step == "-":
                continue
            what, _, wanted = step.rpartition(" > ")
            s.send(what)
            for want in wanted.split(" "):
                got = s.reply(0.05 if want == "-" else 10)
                assert (got is None) if want == "-" else \
                    got is not None and re.fullmatch(want, got), (step, got)
        status, _, err = s.end()
        assert status == 0, (status, err)
    finally:
        s.process.kill()
        s.process.wait()


def main():
    rows, failed = [], 0
    with open(os.path.join(TOP, "tests/bs/dialogues"), encoding="ascii") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                for name, text in SHORT.items():
                    line = line.replace(name, text)
                rows.append(line.rstrip("\n").split(" | "))
    c = case.Case()
    with c.relay("--lax=8bit") as relay:
        rc = c.rc(relay.port, "qualify_domain q.example")
        for name, *steps in rows:
            wanted = 0
            if steps[-1].startswith("mails="):
                wanted = int(steps.pop()[6:])
            try:
                play(steps, c.env, rc)
                mails = relay.new()
                assert len(mails) == wanted, [m.data for m in mails]
                assert all(b"evil" not in m.sender.encode() for m in mails)
            except (AssertionError, OSError) as e:
                failed += 1
                print("NOT OK -", name, e)
                relay.new()
    c.clear()
    print(f"{len(rows)} dialogues, {failed} failed")
    sys.exit(1 if failed or len(rows) < 120 else 0)


main()
