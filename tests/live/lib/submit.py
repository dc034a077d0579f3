"""Submitting past a tap, and judging what came of it: on the line, in words, far away."""

import re

from . import wire
from .messages import MESSAGES, rule
from .run import same, silent


def send(b, message, to=("bob@example.com",), port=587, options=(), **rc):
    """Sends it from alice through a tap; gives the finished run and the tap."""
    tap = wire.Tap(port)
    starttls = not b.relay.implicit(port)
    b.box.rc(b.relay.rc(port=tap.port, starttls=starttls, **rc))
    done = b.box.run(["ostler", *options, "--", *to], stdin=message)
    tap.close()
    for form in wire.disguises(rc.get("password", b.relay.password)):
        assert form not in tap.everything(), f"the password is on the line as {form!r}"
    return done, tap


def tls_only(tap, starttls):
    """The client said nothing in clear but EHLO and STARTTLS; gives its TLS records."""
    sent, = tap.sent
    if starttls:
        clear = re.match(rb"EHLO [!-~]+\r\nSTARTTLS\r\n", sent)
        assert clear, f"said in clear: {bytes(sent[:200])!r}"
        sent = sent[clear.end():]
    return wire.records(sent)


def delivered(b, port):
    """Every message, to that port: silently, under TLS, and unchanged."""
    starttls = not b.relay.implicit(port)
    for name, message in MESSAGES.items():
        b.far.clear()
        done, tap = send(b, message, port=port)
        silent(done)
        assert any(r.kind == wire.Record.DATA for r in tls_only(tap, starttls))
        mail, = b.far.wait(1)
        same(name, mail.raw, rule(message))
        same(f"{name}: sender", mail.sender, "alice@example.org")
        same(f"{name}: recipient", mail.rcpt, "bob@example.com")
        assert b.relay.proof in mail.received, mail.received


def backlog(b):
    """A queue of many: all arrive, once, as they are, most of them sent before the
    relay has answered for the one before."""
    n = 40
    b.box.rc(b.relay.rc(queue="auto", more="retry 1h\n"))
    b.relay.stop()
    for i in range(n):
        silent(b.box.run(["/usr/sbin/sendmail", "-i", "bob@example.com"],
                         stdin=f"Subject: mail {i}\n\n.\n..{i}\n".encode()))
    b.relay.start()
    done = b.box.run(["ostler", "queue", "--debug", "flush"])
    same("status", done.returncode, 0)
    said = (done.stdout + done.stderr).decode()
    same("mails", len(re.findall(r"^ ~> MAIL FROM", said, re.M)), n)
    ahead = re.findall(r"^\*\*\* state: end of content\n(?:(?!<~).*\n)* ~> RSET\n", said, re.M)
    assert len(ahead) >= n // 2, said
    mails = b.far.wait(n, limit=60)
    same("subjects", sorted(m.field("Subject") for m in mails),
         sorted(f"mail {i}" for i in range(n)))
    for m in mails:
        same("body", m.body, f".\n..{m.field('Subject')[5:]}\n".encode())
    same("queue", b.box.run(["mailq"]).stdout, b"Mail queue is empty\n")


def one_line(done, status, *words):
    """The exit status is that one, and one printable line says why."""
    text = done.stderr.decode()
    assert done.returncode == status, f"status {done.returncode} instead of {status}: {text!r}"
    same("standard output", done.stdout, b"")
    assert re.fullmatch(r"[^\x00-\x1f\x7f]+\n", text), f"not one line: {text!r}"
    for word in words:
        assert re.search(word, text, re.I), f"{word!r} is not in {text!r}"
