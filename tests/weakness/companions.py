#!/usr/bin/python3
"""Weaknesses 54 to 57: msmtpd; here sendmail -bs does what it did."""

import subprocess
import time

import case
from case import MAIL, body


class Session:
    """sendmail -bs on two pipes."""

    def __init__(self, c, relay):
        self.process = subprocess.Popen(
            ["sendmail", "-bs", "-C", c.rc(relay.port)], executable=case.OSTLER,
            env=c.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        assert self.reply()[0] == 220

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def reply(self):
        lines = []
        while True:
            line = self.process.stdout.readline().decode()
            assert line.endswith("\r\n"), line
            lines.append(line[4:-2])
            if line[3] == " ":
                return int(line[:3]), lines

    def say(self, line):
        self.write(line.encode() + b"\r\n")
        return self.reply()

    def end(self):
        self.process.stdin.close()
        rest = self.process.stdout.read()
        assert self.process.wait(20) == 0
        return rest


def w54_a_client_that_dies_has_sent_nothing(c):
    with c.relay() as relay:
        s = Session(c, relay)
        for line in ("EHLO x", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>",
                     "DATA"):
            code, _ = s.say(line)
            assert code in (250, 354), (line, code)
        s.write(b"Subject: x\r\n\r\nhalf of it\r\n")
        s.end()
        assert relay.new() == []


def w55_what_the_standard_allows(c):
    with c.relay() as relay:
        s = Session(c, relay)
        assert s.say("EHLO x")[0] == 250
        assert s.say("EHLO again")[0] == 250
        assert s.say("MAIL FROM:<a!b#c@d.example> BODY=8BITMIME SIZE=10")[0] == 250
        assert s.say("RCPT TO:<\"q u\"@d.example> NOTIFY=NEVER")[0] == 250
        assert s.say("RSET")[0] == 250
        assert s.say("NOOP")[0] == 250
        assert s.say("VRFY someone")[0] == 252
        assert s.say("HELP")[0] in (211, 214)
        assert s.say("MAIL FROM:<zo\u00eb@d.example> SMTPUTF8")[0] == 250
        assert s.say("RCPT TO:<!#$%&'*+-/=?^_`{|}~@d.example>")[0] == 250
        assert s.say("DATA")[0] == 354
        s.write(MAIL.replace(b"\n", b"\r\n") + b".\r\n")
        assert s.reply()[0] == 250
        assert s.say("QUIT")[0] == 221
        assert s.end() == b""
        got = relay.new()
        assert len(got) == 1 and got[0].sender == "zo\u00eb@d.example"
        assert got[0].rcpts == ["!#$%&'*+-/=?^_`{|}~@d.example"]


def w56_commands_in_one_packet(c):
    with c.relay() as relay:
        s = Session(c, relay)
        s.write(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"
                b"RCPT TO:<e@f.example>\r\nDATA\r\n")
        assert [s.reply()[0] for _ in range(5)] == [250, 250, 250, 250, 354]
        s.write(MAIL.replace(b"\n", b"\r\n") + b".\r\nMAIL FROM:<>\r\n"
                b"RCPT TO:<g@h.example>\r\nDATA\r\n")
        assert [s.reply()[0] for _ in range(4)] == [250, 250, 250, 354]
        s.write(b"..\r\n.\r\nQUIT\r\n")
        assert [s.reply()[0] for _ in range(2)] == [250, 221]
        s.end()
        got = relay.new()
        assert [m.rcpts for m in got] == [["c@d.example", "e@f.example"],
                                          ["g@h.example"]]
        assert body(got[1]) == b".\r\n"


def w57_sessions_leave_nothing_behind(c):
    """A process for each session: no list of children that can go wrong."""
    with c.relay() as relay:
        sessions = [Session(c, relay) for _ in range(20)]
        for s in sessions:
            assert s.say("EHLO x")[0] == 250
        begun = time.monotonic()
        for s in sessions:
            s.end()
        assert time.monotonic() - begun < 20
        assert all(s.process.returncode == 0 for s in sessions)


case.main()
