"""Postfix's submission services: what is sent is what arrives, or the reason is told.

Every message goes by STARTTLS and by implicit TLS, with a login, past a tap that
keeps the bytes on the line.
"""

import re

from lib import postfix, run, wire
from lib.messages import MESSAGES, rule
from lib.run import same, silent
from lib.submit import backlog, delivered, one_line, send, tls_only


def starttls(b):
    delivered(b, 587)


def implicit_tls(b):
    delivered(b, 465)


def old_tls(b):
    """TLS 1.2, where the types of records can be seen."""
    done, tap = send(b, MESSAGES["dots"], port=4465)
    silent(done)
    kinds = [r.kind for r in tls_only(tap, False)]
    hello = kinds.index(wire.Record.CHANGE_CIPHER)
    assert wire.Record.DATA not in kinds[:hello], kinds
    mail, = b.far.wait(1)
    same("message", mail.raw, rule(MESSAGES["dots"]))


def no_waiting_for_timers(b):
    """No reply is held up because we put off an acknowledgement (40 ms each time)."""
    def delayed():
        with open("/proc/net/netstat") as f:
            names, values = f.readline().split(), f.readline().split()
        return int(values[names.index("DelayedACKs")])

    for port in (587, 465, 4465):
        b.box.rc(b.relay.rc(port=port, starttls=not b.relay.implicit(port)))
        before = delayed()
        for _ in range(8):
            silent(b.box.run(["ostler", "bob@example.com"], stdin=MESSAGES["plain"]))
        # A machine short of time may put off one or the other by itself.
        assert delayed() - before < 8, f"port {port}: an acknowledgement is put off each time"


def added_headers(b):
    """What is missing is added, what is hidden is taken out, the rest stays."""
    done, _ = send(b, b"To: bob@example.com\nBCC: carol@example.com,\n dave@example.com\n"
                   b"bcc : eve@example.com\nSubject: x\n\nBcc: a line of text\n",
                   to=(), options=["-t"])
    silent(done)
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
    silent(done)
    mails = b.far.wait(2)
    same("recipients", sorted(m.rcpt.lower() for m in mails),
         sorted(["josé@example.com", "bob@münchen.example"]))
    for m in mails:
        same("message", m.raw, rule(MESSAGES["UTF-8"]))
        assert "with UTF8SMTPSA id" in m.received, m.received


def only_a_domain_beyond_ascii(b):
    """Such a domain has two spellings; either is the same place."""
    done, _ = send(b, MESSAGES["plain"], to=["bob@münchen.example"])
    silent(done)
    mail, = b.far.wait(1)
    local, domain = mail.rcpt.split("@")
    same("recipient", (local, domain.encode("idna")), ("bob", b"xn--mnchen-3ya.example"))


def null_sender(b):
    done, _ = send(b, MESSAGES["plain"], options=["-f", "<>"])
    silent(done)
    same("sender", b.far.wait(1)[0].sender, "")


# --- refusals ---

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
    b.nothing_arrived()


def untrusted(b, status, words, services, **rc):
    """The certificate is refused: an alert at most, and not one command after it."""
    for port in services:
        starttls = not b.relay.implicit(port)
        before = len(b.relay.visits(port))
        done, tap = send(b, MESSAGES["plain"], port=port, **rc)
        one_line(done, status, "relay.example.net", *words)
        for r in tls_only(tap, starttls):
            # Under TLS 1.3 an alert and the Finished message look like data; they
            # have sizes of their own (2 or 4 + hash, then a type byte and a tag).
            assert r.kind != wire.Record.DATA or (
                postfix.SERVICES[port][1] != "TLSv1.2" and len(r.body) in (19, 53, 69)), (
                f"sent to a stranger: {r}")
        visit = b.relay.wait_visits(port, before + 1)[-1]
        same("EHLOs", visit.get("ehlo"), "1" if starttls else None)
        assert not {"auth", "mail", "rcpt", "data", "quit"} & set(visit), visit
    b.nothing_arrived()


def unknown_authority(b):
    untrusted(b, 69, ["issuer|authority|trust|signer"], (587, 465, 4465), trust=b.relay.stranger)


def wrong_host_name(b):
    untrusted(b, 69, ["other.example.net"], (2587, 2465, 6465))


def expired_certificate(b):
    untrusted(b, 69, ["expired"], (1587, 1465, 5465))


def no_tls_offered(b):
    """The login is offered in clear, TLS is not: somebody may have taken it out."""
    done, tap = send(b, MESSAGES["plain"], port=3587)
    assert 64 <= done.returncode <= 78, done
    one_line(done, done.returncode, "starttls|tls")
    sent, = tap.sent
    assert re.fullmatch(rb"EHLO [!-~]+\r\n(QUIT\r\n)?", sent), bytes(sent)
    b.nothing_arrived()


def refused_recipient(b):
    """Without a queue it is all or nothing, and everyone refused is named."""
    done, _ = send(b, MESSAGES["plain"], to=["bob@example.com", "x@refused.example.net",
                                             "y@refused.example.net"])
    assert done.returncode in (65, 67, 69), done
    text = done.stderr.decode()
    for word in ("x@refused.example.net", "y@refused.example.net", "5.1.1"):
        assert word in text, text
    b.nothing_arrived()


def recipient_refused_for_now(b):
    done, _ = send(b, MESSAGES["plain"], to=["x@later.example.net"])
    one_line(done, 75, "x@later.example.net", "4.3.0")
    b.nothing_arrived()


def stopped(b):
    """Last, since nothing answers afterwards."""
    b.relay.stop()
    for port in (587, 465):
        b.box.rc(b.relay.rc(port=port, starttls=port == 587))
        done = b.box.run(["ostler", "bob@example.com"], stdin=MESSAGES["plain"])
        one_line(done, 75, "relay.example.net", "refused")


run.main(cases=[starttls, implicit_tls, old_tls, no_waiting_for_timers, added_headers,
                address_beyond_ascii, only_a_domain_beyond_ascii, null_sender, wrong_password,
                unknown_authority, wrong_host_name, expired_certificate, no_tls_offered,
                refused_recipient, recipient_refused_for_now, backlog, stopped], limit=240)
