#!/usr/bin/env python3
"""The bundled relay keeps the rules that it holds clients to.

A test that leans on the relay's strictness is worth nothing if the relay lets
things pass, so each rule is broken here once, by hand, and kept once.
"""
import base64
import os
import shutil
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("builddir", ".")
RELAY = os.path.join(BUILD, "tests/relay/relay")
HELLO = b"EHLO client.test\r\n"
BEGIN = b"MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n"
HEAD = b"From: a@b.test\r\n\r\n"
PLAIN = base64.b64encode(b"\0user@example.org\0secret")

# what is sent (each piece after the replies to the one before), the codes of the
# replies to each piece, and the rule that is broken or None
ROWS = (
    ((HELLO, BEGIN + b"DATA\r\n", HEAD + b"hi\r\n.\r\n", b"QUIT\r\n"),
     "250 | 250 250 354 | 250 | 221", None),
    ((HELLO, BEGIN + b"BDAT 20 LAST\r\n" + HEAD + b"\r\n" + b"QUIT\r\n"),
     "250 | 250 250 250 221", None),
    ((HELLO, BEGIN + b"BDAT 10\r\n" + HEAD[:10] + b"BDAT 8\r\n" + HEAD[10:] +
      b"BDAT 0 LAST\r\n", b"QUIT\r\n"), "250 | 250 250 250 250 250 | 221", None),
    ((HELLO, BEGIN + b"DATA\r\n", HEAD + b"a\nb\r\n.\r\n"), "250 | 250 250 354 | 550", "bare-lf"),
    ((HELLO, BEGIN + b"DATA\r\n", HEAD + b"a\rb\r\n.\r\n"), "250 | 250 250 354 | 550", "bare-cr"),
    ((HELLO, BEGIN + b"DATA\r\n", HEAD + b"a\r\r\n.\r\n"), "250 | 250 250 354 | 550", "bare-cr"),
    # none of these ends the message; the last line does
    ((HELLO, BEGIN + b"DATA\r\n", HEAD + b"a\n.\r\nb\r\n.\r\n"), "250 | 250 250 354 | 550", "bare-lf"),
    ((HELLO, BEGIN + b"DATA\r\n", HEAD + b"a\r\n.\nb\r\n.\r\n"), "250 | 250 250 354 | 550", "bare-lf"),
    ((HELLO, BEGIN + b"DATA\r\n", HEAD + b"a\r\n.\rb\r\n.\r\n"), "250 | 250 250 354 | 550", "bare-cr"),
    ((HELLO, BEGIN + b"DATA\r\n", HEAD + b".a\r\n.\r\n"), "250 | 250 250 354 | 550", "dots"),
    ((HELLO, BEGIN + b"DATA\r\n", HEAD + b"x" * 998 + b"\r\n.\r\n"),
     "250 | 250 250 354 | 250", None),
    ((HELLO, BEGIN + b"DATA\r\n", HEAD + b"x" * 999 + b"\r\n.\r\n"),
     "250 | 250 250 354 | 550", "text-length"),
    ((HELLO, BEGIN + b"BDAT 20 LAST\r\n" + HEAD + b"\n\n"), "250 | 250 250 550", "bare-lf"),
    ((HELLO, BEGIN + b"BDAT 19 LAST\r\n" + HEAD + b"x"), "250 | 250 250 550", "ending"),
    ((HELLO, BEGIN + b"DATA\r\n", HEAD + b"\xc3\xa9\r\n.\r\n"), "250 | 250 250 354 | 554", "8bit"),
    ((HELLO, b"MAIL FROM:<a@b.test> BODY=8BITMIME\r\nRCPT TO:<c@d.test>\r\nDATA\r\n",
      HEAD + b"\xc3\xa9\r\n.\r\n"), "250 | 250 250 354 | 250", None),
    ((HELLO, b"MAIL FROM:<a@b.test> SIZE=18\r\nRCPT TO:<c@d.test>\r\nDATA\r\n",
      HEAD + b"\r\n.\r\n"), "250 | 250 250 354 | 552", "size"),
    ((HELLO, b"MAIL FROM:<a@b.test> SIZE=99999999999\r\n"), "250 | 552", None),
    ((HELLO, BEGIN + b"DATA\r\n" + HEAD), "250 | 250 250 503", "sync"),
    ((HELLO + BEGIN,), "503", "sync"),
    ((b"HELO client.test\r\n", BEGIN), "250 | 503", "sync"),
    ((HELLO, b"AUTH LOGIN\r\nMAIL FROM:<a@b.test>\r\n"), "250 | 503", "sync"),
    ((BEGIN,), "503", "order"),
    ((HELLO, b"RCPT TO:<c@d.test>\r\n"), "250 | 503", "order"),
    ((HELLO, b"DATA\r\n"), "250 | 503", "order"),
    ((HELLO, BEGIN + b"MAIL FROM:<a@b.test>\r\n"), "250 | 250 250 503", "order"),
    ((HELLO, b"MAIL FROM: <a@b.test>\r\n"), "250 | 501", "syntax"),
    ((HELLO, b"MAIL FROM:a@b.test\r\n"), "250 | 501", "syntax"),
    ((HELLO, b"MAIL FROM:<a@b.test>  SIZE=1\r\n"), "250 | 501", "syntax"),
    ((HELLO, b"FOO\r\n"), "250 | 500", "syntax"),
    ((HELLO, b"MAIL FROM:<a@b.test> FOO=1\r\n"), "250 | 555", "parameter"),
    ((HELLO, b"MAIL FROM:<a@b.test> SIZE=1 SIZE=1\r\n"), "250 | 555", "parameter"),
    ((HELLO, b"MAIL FROM:<a@b.test> BODY=9BIT\r\n"), "250 | 555", "parameter"),
    ((HELLO, b"MAIL FROM:<a@b.test> RET=HDRS ENVID=a+2Bb\r\n"), "250 | 250", None),
    ((HELLO, b"MAIL FROM:<a@b.test> ENVID=a=b\r\n"), "250 | 555", "parameter"),
    ((HELLO, b"MAIL FROM:<a b@c.test>\r\n"), "250 | 553", "address"),
    ((HELLO, b"MAIL FROM:<a@b..test>\r\n"), "250 | 553", "address"),
    ((HELLO, b"MAIL FROM:<a@-b.test>\r\n"), "250 | 553", "address"),
    ((HELLO, b'MAIL FROM:<"a b\\">"@c.test>\r\n'), "250 | 250", None),
    ((HELLO, b"MAIL FROM:<a@[IPv6:::1]>\r\n"), "250 | 250", None),
    ((HELLO, b"MAIL FROM:<a@[1.2.3]>\r\n"), "250 | 553", "address"),
    ((HELLO, b"MAIL FROM:<>\r\n"), "250 | 250", None),
    ((HELLO, b"MAIL FROM:<>\r\nRCPT TO:<>\r\n"), "250 | 250 501", "syntax"),
    ((HELLO, b"MAIL FROM:<>\r\nRCPT TO:<root>\r\n"), "250 | 250 553", "local"),
    ((HELLO, b"MAIL FROM:<\xc3\xa9@c.test>\r\n"), "250 | 553", "utf8"),
    ((HELLO, b"MAIL FROM:<\xc3\xa9@c.test> SMTPUTF8\r\n"), "250 | 250", None),
    ((HELLO, b"MAIL FROM:<\xc3@c.test> SMTPUTF8\r\n"), "250 | 553", "address"),
    ((HELLO, b"NOOP " + b"x" * 600 + b"\r\n"), "250 | 500", "command-length"),
    ((HELLO, b"NOOP\n"), "250 | 500", "bare-lf"),
    ((HELLO, b"NO\rOP\r\n"), "250 | 500", "bare-cr"),
    ((HELLO, b"AUTH PLAIN " + PLAIN + b"\r\n"), "250 | 235", "clear-secret"),
    ((b"EHLO a_b.test\r\n",), "501", "syntax"),
)

failures = 0


def fail(what):
    global failures
    failures += 1
    print("FAIL:", what)


class Relay:
    def __init__(self, work, name, *options):
        self.dir = os.path.join(work, name)
        text = subprocess.run(
            [RELAY, "--dir=" + self.dir, "--background", "--lifetime=120", *options],
            check=True, stdout=subprocess.PIPE, timeout=30).stdout.decode()
        self.var = dict(line.split("=", 1) for line in text.splitlines())
        self.pid = int(self.var["relay_pid"])

    def port(self, name):
        return int(self.var["relay_" + name])

    def tell(self, *words):
        return subprocess.run([RELAY, "--tell", self.dir + "/control", *words],
                              check=True, stdout=subprocess.PIPE, timeout=30).stdout

    def violations(self):
        with open(self.dir + "/violations") as f:
            return f.read().splitlines()


def read_reply(f):
    """The code of one reply, or None at the end."""
    while True:
        line = f.readline()
        if not line:
            return None
        if line[3:4] == b" ":
            return line[:3].decode()


def talk(port, pieces, codes):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as s:
        f = s.makefile("rb")
        read_reply(f)
        got = []
        for piece, want in zip(pieces, codes):
            s.sendall(piece)
            got.append([read_reply(f) for _ in want])
        return got


def check_rows(relay):
    seen = len(relay.violations())
    for pieces, codes, rule in ROWS:
        want = [part.split() for part in codes.split("|")]
        got = talk(relay.port("plain"), pieces, want)
        new = relay.violations()[seen:]
        seen += len(new)
        rules = {line.split()[1] for line in new}
        if got != want:
            fail(f"{pieces}: {got}, not {want}")
        if rule is None and rules:
            fail(f"{pieces}: complains: {new}")
        if rule is not None and "rule=" + rule not in rules:
            fail(f"{pieces}: {rule} passed: {new}")


def check_stored(relay):
    body = "Subject: x\r\n\r\n.\r\n..two\r\nend\r\n"
    with smtplib.SMTP("127.0.0.1", relay.port("plain"), timeout=30) as s:
        s.ehlo("client.test")
        s.sendmail("a@b.test", ["c@d.test", "e@f.test"], body, ["RET=FULL"])
    relay.tell("idle")
    newest = max((n for n in os.listdir(relay.dir) if n.endswith(".eml")),
                 key=lambda n: int(n[:-4]))
    with open(os.path.join(relay.dir, newest), "rb") as f:
        if f.read() != body.encode():
            fail("the content is not stored as sent")
    with open(os.path.join(relay.dir, newest[:-4] + ".env")) as f:
        env = f.read().splitlines()
    for line in ("mail_from=a@b.test", "rcpt_to=c@d.test", "rcpt_to=e@f.test", "tls=none",
                 "auth=none", "verb=DATA", f"size={len(body)}"):
        if line not in env:
            fail(f"{line} is not in {env}")


def check_tls(relay):
    ctx = ssl.create_default_context(cafile=relay.dir + "/ca/ca.pem")
    for kind in ("starttls", "tls"):
        for user, password, code in (("user@example.org", "secret", 235),
                                     ("user@example.org", "wrong", 535)):
            if kind == "tls":
                s = smtplib.SMTP_SSL("localhost", relay.port(kind), context=ctx, timeout=30)
            else:
                s = smtplib.SMTP("localhost", relay.port(kind), timeout=30)
                s.ehlo("client.test")
                if s.has_extn("auth"):
                    fail("AUTH is offered in clear beside STARTTLS")
                s.starttls(context=ctx)
            s.ehlo("client.test")
            for mech in ("PLAIN", "CRAM-MD5", "LOGIN"):
                if mech not in s.esmtp_features["auth"]:
                    fail(f"{mech} is not offered")
            plain = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
            got = s.docmd("AUTH", "PLAIN " + plain)[0]
            if got != code:
                fail(f"login as {user} with {password}: {got}, not {code}")
            s.close()
    s = smtplib.SMTP("localhost", relay.port("starttls"), timeout=30)
    s.ehlo("client.test")
    s.send(b"STARTTLS\r\nEHLO injected\r\n")
    if s.getreply()[0] != 501:
        fail("commands behind STARTTLS are taken")
    s.close()


def check_faults(work):
    relay = Relay(work, "faults", "--fail=rcpt,450,match=busy@*", "--fail=end,451,first=1",
                  "--max-mails=2", "--no=PIPELINING,CHUNKING,AUTH", "--listen=plain,lmtp")
    try:
        with smtplib.SMTP("127.0.0.1", relay.port("plain"), timeout=30) as s:
            s.ehlo("client.test")
            if s.has_extn("pipelining") or s.has_extn("auth"):
                fail("--no has no effect")
            try:
                s.sendmail("a@b.test", ["e@f.test"], "x: y\r\n\r\n")
                fail("the first end of data is not refused")
            except smtplib.SMTPDataError as e:
                if e.smtp_code != 451:
                    fail(f"end of data: {e.smtp_code}")
            refused = s.sendmail("a@b.test", ["busy@d.test", "e@f.test"], "x: y\r\n\r\n")
            if list(refused) != ["busy@d.test"]:
                fail(f"refused: {refused}")
            s.sendmail("a@b.test", ["e@f.test"], "x: y\r\n\r\n")
            code = s.mail("a@b.test")[0]
            if code != 421:
                fail(f"third mail on the connection: {code}")
        relay.tell("refuse", "0.3")
        try:
            socket.create_connection(("127.0.0.1", relay.port("plain")), timeout=5).close()
            fail("connections are not refused")
        except ConnectionRefusedError:
            pass
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", relay.port("plain")), timeout=5).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        else:
            fail("it does not listen again")
        if relay.violations():
            fail(f"complains: {relay.violations()}")
    finally:
        relay.tell("stop")


def main():
    work = tempfile.mkdtemp(prefix="relay-strict.")
    try:
        relay = Relay(work, "d")
        try:
            check_rows(relay)
            check_stored(relay)
            check_tls(relay)
        finally:
            relay.tell("stop")
        check_faults(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
