"""Postfix's submission services: what is sent is what arrives, or the reason is told.

Every message goes by STARTTLS and by implicit TLS, with a login, past a tap that
keeps the bytes on the line.  The mailbox is compared with what rule() makes of the
input, which is written from the man page and knows nothing of the program.
"""

import re

from lib import relay, run, wire
from lib.run import same

HEAD = (b"From: Alice Example <alice@example.org>\n"
        b"To: Bob <bob@example.com>\n"
        b"Subject: oats\n"
        b"Date: Sun, 22 Nov 2026 10:00:00 +0000\n"
        b"Message-ID: <oats@example.org>\n")

MESSAGES = {
    "plain": HEAD + b"\nhello\n",
    "empty body": HEAD + b"\n",
    "blank lines at both ends": HEAD + b"\n\n\nhello\n\n\n",
    "all CRLF": (HEAD + b"\nhello\n\nthere\n").replace(b"\n", b"\r\n"),
    "CRLF head, LF body": HEAD.replace(b"\n", b"\r\n") + b"\r\nhello\nthere\n",
    "mixed body": HEAD + b"\none\r\ntwo\nthree\r\n\r\n\nfour\n",
    "no final newline": HEAD + b"\nhello",
    "dots": HEAD + b"\n.\n..\n...\n.x\n..x\nx.\n.\n\n.\n",
    "dots in CRLF lines": HEAD + b"\n.\r\n..\r\n.x\r\nmore\r\n.\r\n",
    "only a dot, unfinished": HEAD + b"\n.",
    "a dot in the header": HEAD + b"X-Dot:\n .\n .x\n\nbody\n",
    "mbox-like line": HEAD + b"\nFrom bob Sun Nov 22\n>From there\n",
    "UTF-8": HEAD + "Content-Type: text/plain; charset=utf-8\n\nHafer für Pferde — 燕麦\n".encode(),
    "not what the charset says": HEAD + b"Content-Type: text/plain; charset=utf-8\n\n\xe9\xff\x80\x01\x7f\n",
    "line of 998": HEAD + b"\n" + b"x" * 998 + b"\n" + b"." * 998 + b"\n",
    "line of 2000": HEAD + b"\n" + b"." + b"y" * 1999 + b"\nz\n",
    "stray CR": HEAD + b"\none\rtwo\r\rthree\r\r\nfour\n",
    "no way out": HEAD + b"\n\r.\r\n\n.\r\rRSET\r.\n\r\n.\n\r.\r\nMAIL FROM:<eve@example.com>\n",
    "long folded header": HEAD + b"X-Long: " + b"word\n " * 300 + b"end\n\nbody\n",
    "many lines": HEAD + b"\n" + b"".join(b"%d\n" % i for i in range(200000)),
}


def rule(message):
    """Body and header arrive as they are, but for line ends: CRLF and LF are line
    ends, any other CR is a blank, and the last line has an end."""
    message = re.sub(rb"\r(?!\n)", b" ", message).replace(b"\r\n", b"\n")
    return message if message.endswith(b"\n") else message + b"\n"


def send(b, message, to=("bob@example.com",), port=587, options=(), **rc):
    """Sends it from alice through a tap; gives the finished run and the tap."""
    tap = wire.Tap(port)
    starttls = not relay.SERVICES[port][1]
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
    starttls = not relay.SERVICES[port][1]
    for name, message in MESSAGES.items():
        b.far.clear()
        done, tap = send(b, message, port=port)
        same(f"{name}: exit status", done.returncode, 0)
        same(f"{name}: output", done.stdout + done.stderr, b"")
        assert any(r.kind == wire.Record.DATA for r in tls_only(tap, starttls))
        mail, = b.far.wait(1)
        same(name, mail.raw, rule(message))
        same(f"{name}: sender", mail.sender, "alice@example.org")
        same(f"{name}: recipient", mail.rcpt, "bob@example.com")
        assert "(Authenticated sender: alice@example.org)" in mail.received, mail.received
        assert re.search(r"with E?SMTPSA id", mail.received), mail.received


def starttls(b):
    delivered(b, 587)


def implicit_tls(b):
    delivered(b, 465)


def old_tls(b):
    """TLS 1.2, where the types of records can be seen."""
    done, tap = send(b, MESSAGES["dots"], port=4465)
    same("exit status", done.returncode, 0)
    kinds = [r.kind for r in tls_only(tap, False)]
    hello = kinds.index(wire.Record.CHANGE_CIPHER)
    assert wire.Record.DATA not in kinds[:hello], kinds
    mail, = b.far.wait(1)
    same("message", mail.raw, rule(MESSAGES["dots"]))


def added_headers(b):
    """What is missing is added, what is hidden is taken out, the rest stays."""
    done, _ = send(b, b"To: bob@example.com\nBCC: carol@example.com,\n dave@example.com\n"
                   b"bcc : eve@example.com\nSubject: x\n\nBcc: a line of text\n",
                   to=(), options=["-t"])
    same("exit status", done.returncode, 0)
    mails = b.far.wait(4)
    same("recipients", sorted(m.rcpt for m in mails),
         [f"{n}@example.com" for n in ("bob", "carol", "dave", "eve")])
    for m in mails:
        same("body", m.body, b"Bcc: a line of text\n")
        same("Bcc fields", m.fields("Bcc"), [])
        same("To", m.field("To"), "bob@example.com")
        same("Subject", m.field("Subject"), "x")
        assert "alice@example.org" in m.field("From")
        assert re.fullmatch(r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", m.field("Date"))
        assert re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", m.field("Message-ID"))
        same("names of fields", sorted(set(re.findall(rb"(?m)^[A-Za-z-]+", m.head))),
             [b"Date", b"From", b"Message-ID", b"Subject", b"To"])


def address_beyond_ascii(b):
    done, _ = send(b, MESSAGES["UTF-8"], to=["josé@example.com", "bob@münchen.example"])
    same("exit status", done.returncode, 0)
    mails = b.far.wait(2)
    same("recipients", sorted(m.rcpt.lower() for m in mails),
         sorted(["josé@example.com", "bob@münchen.example"]))
    for m in mails:
        same("message", m.raw, rule(MESSAGES["UTF-8"]))
        assert "with UTF8SMTPSA id" in m.received, m.received


def only_a_domain_beyond_ascii(b):
    """Such a domain also has an ASCII name, so this needs nothing special."""
    done, _ = send(b, MESSAGES["plain"], to=["bob@münchen.example"])
    same("exit status", done.returncode, 0)
    mail, = b.far.wait(1)
    same("recipient", mail.rcpt, "bob@xn--mnchen-3ya.example")


def null_sender(b):
    done, _ = send(b, MESSAGES["plain"], options=["-f", "<>"])
    same("exit status", done.returncode, 0)
    same("sender", b.far.wait(1)[0].sender, "")


# --- refusals ---

def one_line(done, status, *words):
    """The exit status is that one, and one printable line says why."""
    text = done.stderr.decode()
    assert done.returncode == status, f"status {done.returncode} instead of {status}: {text!r}"
    same("standard output", done.stdout, b"")
    assert re.fullmatch(r"[^\x00-\x1f\x7f]+\n", text), f"not one line: {text!r}"
    for word in words:
        assert re.search(word, text, re.I), f"{word!r} is not in {text!r}"


def wrong_password(b):
    for port in (587, 465):
        before = len(b.relay.visits(port))
        done, tap = send(b, MESSAGES["plain"], port=port, password="not+the_password9")
        one_line(done, 77, "default|relay.example.net", "535")
        assert "not+the" not in done.stderr.decode()
        tls_only(tap, port == 587)
        visit = b.relay.wait_visits(port, before + 1)[-1]
        same("logins tried", visit.get("auth"), "0/1")
        assert "mail" not in visit and "data" not in visit, visit
    b.far.wait(0, limit=0)


def untrusted(b, status, words, services, **rc):
    """The certificate is refused: an alert at most, and not one command after it."""
    for port in services:
        starttls = not relay.SERVICES[port][1]
        before = len(b.relay.visits(port))
        done, tap = send(b, MESSAGES["plain"], port=port, **rc)
        one_line(done, status, "relay.example.net", *words)
        for r in tls_only(tap, starttls):
            # Under TLS 1.3 an alert and the Finished message look like data; they
            # have sizes of their own (2 or 4 + hash, then a type byte and a tag).
            assert r.kind != wire.Record.DATA or (
                relay.SERVICES[port][2] != "TLSv1.2" and len(r.body) in (19, 53, 69)), (
                f"sent to a stranger: {r}")
        visit = b.relay.wait_visits(port, before + 1)[-1]
        same("EHLOs", visit.get("ehlo"), "1" if starttls else None)
        assert not {"auth", "mail", "rcpt", "data", "quit"} & set(visit), visit
    b.far.wait(0, limit=0)


def unknown_authority(b):
    untrusted(b, 69, ["issuer|authority|trust|signer"], (587, 465, 4465), trust=relay.STRANGER)


def wrong_host_name(b):
    untrusted(b, 69, ["name"], (2587, 2465, 6465))


def expired_certificate(b):
    untrusted(b, 69, ["expired"], (1587, 1465, 5465))


def no_tls_offered(b):
    """The login is offered in clear, TLS is not: somebody may have taken it out."""
    done, tap = send(b, MESSAGES["plain"], port=3587)
    assert 64 <= done.returncode <= 78, done
    one_line(done, done.returncode, "starttls|tls")
    sent, = tap.sent
    assert re.fullmatch(rb"EHLO [!-~]+\r\n(QUIT\r\n)?", sent), bytes(sent)
    b.far.wait(0, limit=0)


def refused_recipient(b):
    """Without a queue it is all or nothing, and everyone refused is named."""
    done, _ = send(b, MESSAGES["plain"], to=["bob@example.com", "x@refused.example.net",
                                             "y@refused.example.net"])
    assert done.returncode in (65, 67, 69), done
    text = done.stderr.decode()
    for word in ("x@refused.example.net", "y@refused.example.net", "5.1.1"):
        assert word in text, text
    b.far.wait(0, limit=0)


def recipient_refused_for_now(b):
    done, _ = send(b, MESSAGES["plain"], to=["x@later.example.net"])
    one_line(done, 75, "x@later.example.net", "4.3.0")
    b.far.wait(0, limit=0)


def stopped(b):
    """Last, since nothing answers afterwards."""
    b.relay.stop()
    for port in (587, 465):
        b.box.rc(b.relay.rc(port=port, starttls=port == 587))
        done = b.box.run(["ostler", "bob@example.com"], stdin=MESSAGES["plain"])
        one_line(done, 75, "relay.example.net", "refused")


run.main(cases=[starttls, implicit_tls, old_tls, added_headers, address_beyond_ascii,
                only_a_domain_beyond_ascii, null_sender, wrong_password, unknown_authority,
                wrong_host_name, expired_certificate, no_tls_offered, refused_recipient,
                recipient_refused_for_now, stopped], limit=120)
