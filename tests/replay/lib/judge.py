"""What a finished call must have come to."""

import email.header
import email.policy
import email.utils
import re
import time

from . import rules

TEMPORARY = {71, 74, 75}
PERMANENT = set(range(64, 79)) - TEMPORARY


def same(what, got, want):
    """Fails with the first difference between two values, bytes above all."""
    if got == want:
        return
    text = f"{what}:\n got  {got!r}\n want {want!r}"
    if isinstance(got, bytes) and isinstance(want, bytes):
        at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b),
                  min(len(got), len(want)))
        text = (f"{what}: {len(got)} bytes instead of {len(want)}, first difference at {at}:\n"
                f" got  {got[max(0, at - 60):at + 90]!r}\n want {want[max(0, at - 60):at + 90]!r}")
    raise AssertionError(text)


def split(data):
    """Header block (with its empty line) and body of what the relay got."""
    if data.startswith(b"\r\n"):
        return data[:2], data[2:]
    head, sep, body = data.partition(b"\r\n\r\n")
    assert sep, f"no empty line behind the header: {data[:200]!r}"
    return head + b"\r\n\r\n", body


def wire(data):
    """Rules for every message, whatever was written."""
    assert data.endswith(b"\r\n"), "the last line has no end"
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", data), "a CR or LF stands alone"
    head, _ = split(data)
    for name in (b"Bcc", b"Resent-Bcc", b"Return-Path"):
        assert not re.search(rb"(?im)^" + name + rb"[ \t]*:", head), f"{name} has come through"


def delivered(raw, data, domain, made):
    """data is what the relay must have for raw: the rules' transformation behind the
    fields that had to be made.  made: field name -> function that judges a body."""
    wire(data)
    message = rules.Message(raw)
    rest = data
    for name in message.missing():
        m = re.match(rb"%s: ((?:.*\r\n)(?:[ \t].*\r\n)*)" % name, rest)
        assert m, f"{name.decode()} was not added, or not in its place: {rest[:200]!r}"
        made[name](m[1].replace(b"\r\n", b"").decode())
        rest = rest[m.end():]
    same("message", rest, message.sent(domain))


def mailbox(text, address, names):
    """A From that was made: this address, one of these names (None: none)."""
    name, got = email.utils.parseaddr(text)
    same("address in the added From", got, address)
    name = str(email.header.make_header(email.header.decode_header(name))) or None
    assert name in names, f"name in the added From is {name!r}, not one of {names!r}"


def date(text):
    """An RFC 5322 date of just now."""
    assert re.fullmatch(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", text), \
        f"bad date {text!r}"
    then = email.utils.parsedate_to_datetime(text).timestamp()
    assert abs(time.time() - then) < 600, f"the date {text!r} is not now"


def message_id(text):
    assert re.fullmatch(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+>", text), \
        f"bad Message-ID {text!r}"


def silent(done, stdout=False):
    """Not one byte; stdout=True: progress lines were asked for."""
    if not stdout:
        same("standard output", done.out, b"")
    same("standard error", done.err, b"")
    same("terminal", done.tty, b"")


def one_line(done, prog):
    """One printable line on standard error, with the called name, nothing elsewhere."""
    same("standard output", done.out, b"")
    same("terminal", done.tty, b"")
    text = done.err.decode("ascii")
    assert text.count("\n") == 1 and text.endswith("\n"), f"not one line: {text!r}"
    assert text[:-1].isprintable(), f"not printable: {text!r}"
    assert text.startswith(prog + ": "), f"not with the called name: {text!r}"
