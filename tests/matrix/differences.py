"""The differences that are allowed, each with its reason.

A difference is a function from what msmtp did to what we must do with the same input:

	change(case, outcome) -> outcome or None (it does not apply)

They are applied in this order; the result must then be ours exactly.  So the list is
no pardon: where a difference applies we must show it, and where none does we must do
as msmtp.  Reasons name where msmtp's way is described as a weakness, or that
Debian's msmtp, 1.8.23, is older than the one that we follow, 1.8.33.
"""

import os
import pwd
import quopri
import re

DIFFERENCES = []


def difference(name, reason):
    def add(change):
        DIFFERENCES.append((name, reason, change))
        return change
    return add


def names():
    """All of them."""
    return {name for name, _, _ in DIFFERENCES}


def apply(case, theirs):
    """What we must do where msmtp did this, and the names of what applied."""
    used, want = set(), theirs
    for name, _, change in DIFFERENCES:
        changed = change(case, want)
        if changed is not None and changed.key != want.key:
            want = changed
            used.add(name)
    return want, used


def status(outcome, code):
    return type(outcome)(code, outcome.mails, outcome.err)


def each(outcome, change):
    """Every mail changed by change(sender, rcpts, wishes, data)."""
    return type(outcome)(outcome.status, [change(*m) for m in outcome.mails], outcome.err)


def head_and_body(data):
    """The header block with its last CRLF, and all behind it, the empty line first."""
    if data.startswith(b"\r\n"):
        return b"", data
    at = data.find(b"\r\n\r\n")
    return (data, b"") if at < 0 else (data[:at + 2], data[at + 2:])


def in_head(outcome, change):
    """The header block of every mail changed by change(head)."""
    def one(sender, rcpts, wishes, data):
        head, body = head_and_body(data)
        return sender, rcpts, wishes, change(head) + body
    return each(outcome, one)


def without_field(outcome, name):
    return in_head(outcome, lambda head: re.sub(rb"(?mi)^" + name + rb":.*\r\n(?:[ \t].*\r\n)*", b"", head))


def ascii_domain(address):
    local, _, domain = address.rpartition("@")
    return local + "@" + domain.encode("idna").decode()


# Sender

@difference("a pattern is no sender",
            "weakness 31: 'from *@...' chooses the account; without -f there is no sender, "
            "and nothing is sent as '*@...'")
def pattern_sender(case, o):
    if not any("*" in sender for sender, *_ in o.mails):
        return None
    return type(o)(78, [], b"no sender")


@difference("the login name", "is what the password database has, whatever USER says")
def login_name(case, o):
    name = pwd.getpwuid(os.getuid()).pw_name

    def one(sender, rcpts, wishes, data):
        return sender.replace("tester@", name + "@"), rcpts, wishes, data.replace(b"tester@", name.encode() + b"@")
    return each(o, one)


# Recipients

@difference("each recipient once",
            "a recipient named twice gets RCPT once; domains compare without case")
def once(case, o):
    return each(o, lambda s, rcpts, w, d: (s, list(dict.fromkeys(rcpts)), w, d))


@difference("aliases in the order written", "msmtp gives the addresses of an alias in reverse (24)")
def alias_order(case, o):
    if "team" not in case.argv:
        return None
    return each(o, lambda s, rcpts, w, d: (s, list(reversed(rcpts)), w, d))


@difference("domain names beyond ASCII", "where the relay does not offer SMTPUTF8 a domain travels as"
            " A-labels (RFC 5891), not raw (29)")
def a_labels(case, o):
    if "old" not in case.argv:
        return None
    return each(o, lambda s, rcpts, w, d: (s, [ascii_domain(r) for r in rcpts], w, d))


@difference("SMTPUTF8", "is asked for where the relay offers it and an address or the header needs it"
            " (RFC 6531); msmtp 1.8.33 does for the domain of an address, 1.8.23 never (29)")
def smtputf8(case, o):
    if "old" in case.argv:
        return None

    def one(sender, rcpts, wishes, data):
        needed = not "".join([sender, *rcpts]).isascii() or not head_and_body(data)[0].isascii()
        return sender, rcpts, sorted([*wishes, "SMTPUTF8"]) if needed else wishes, data
    return each(o, one)


# Header and body

@difference("mbox line", "a first line 'From sender date' is no header field and is dropped")
def mbox(case, o):
    if not re.match(rb"From \S+ .*\d\d:\d\d", case.message):
        return None
    return in_head(o, lambda head: re.sub(rb"(?m)^From [^\r\n]*\r\n", b"", head, count=1))


@difference("Resent-Bcc", "blind recipients are never disclosed, in resent mail neither (18)")
def resent_bcc(case, o):
    return without_field(o, rb"Resent-Bcc")


@difference("Bcc with a blank", "'Bcc :' is the obsolete spelling of Bcc, and blind too (18)")
def bcc_blank(case, o):
    if b"Bcc :" not in case.message:
        return None
    if "-t" in case.argv:
        o = each(o, lambda s, r, w, d: (s, r + ["hidden@example.net"], w, d))
    return without_field(o, rb"Bcc[ \t]+")


@difference("Return-Path", "it is the last relay's to write (RFC 5321 4.4), and is dropped")
def return_path(case, o):
    return without_field(o, rb"Return-Path")


@difference("stray CR", "a CR that ends no line becomes a blank; msmtp passes it on in the body (13)"
            " and drops it in the header, gluing the words")
def stray_cr(case, o):
    def one(sender, rcpts, wishes, data):
        data = data.replace(b"onetwo", b"one two")
        return sender, rcpts, wishes, re.sub(rb"\r(?!\n)", b" ", data.replace(b"\r\r\n", b"\r\n"))
    return each(o, one) if b"\r" in case.message.replace(b"\r\n", b"\n") else None


@difference("empty line behind the header", "a message has one, also when the input had none (12)")
def empty_line(case, o):
    def one(sender, rcpts, wishes, data):
        lines, head = data.split(b"\r\n")[:-1], []
        while lines and lines[0] and (lines[0][:1] in b" \t" or re.match(rb"[!-9;-~]+[ \t]*:", lines[0])):
            head.append(lines.pop(0))
        if not lines or lines[0]:
            lines.insert(0, b"")
        return sender, rcpts, wishes, b"".join(line + b"\r\n" for line in head + lines)
    return each(o, one)


@difference("8-bit text for a 7-bit relay", "MIME text is encoded where the relay offers no 8BITMIME"
            " (RFC 6152); msmtp sends it raw (29)")
def seven_bits(case, o):
    def one(sender, rcpts, wishes, data):
        data = data.replace(b"Encoding: 8bit", b"Encoding: quoted-printable")
        return sender, rcpts, wishes, data.replace(b"\xc3\xa9 a=b", b"=C3=A9 a=3Db")
    return each(o, one) if "old" in case.argv and b"Encoding: 8bit" in case.message else None


@difference("8-bit text without MIME-Version for a 7-bit relay", "it gets what RFC 1428 wants, and is"
            " encoded as quoted-printable, which is no longer here than base 64 (29)")
def seven_bits_unlabelled(case, o):
    def one(sender, rcpts, wishes, data):
        head, body = head_and_body(data)
        head += b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        lines = [quopri.encodestring(line) for line in body.split(b"\r\n")]
        return sender, rcpts, wishes, head + b"\r\n".join(lines)
    eightbit = not case.message.partition(b"\n\n")[2].isascii()
    return each(o, one) if "old" in case.argv and eightbit and b"MIME-Version" not in case.message else None


@difference("From of the null sender", "a bounce is from the account's address, where msmtp makes a"
            " From without any; its Message-ID is made of no host name that was looked up (27, 28)")
def null_from(case, o):
    def one(sender, rcpts, wishes, data):
        if sender == "" and b"\r\nFrom: \r\n" in b"\r\n" + data:
            data = data.replace(b"From: \r\n", b"From: default@example.org\r\n", 1)
            data = re.sub(rb"<MADE@[^>]*>", b"<MADE@127.0.0.1>", data, count=1)
        return sender, rcpts, wishes, data
    return each(o, one)


@difference("domain in the Message-ID", "'domain' is what a Message-ID ends with in msmtp 1.8.33; 1.8.23"
            " takes the sender's")
def domain(case, o):
    m = re.search(r"(?m)^domain (\S+)|--domain=(\S+)", case.rc.split("account second")[0] + "\n"
                  + "\n".join(case.argv))
    if m is None:
        return None
    name = (m[1] or m[2]).encode()
    return in_head(o, lambda head: re.sub(rb"<MADE@[^>]*>", b"<MADE@" + name + b">", head))


# Exit status

TEMPORARY = re.compile(r",(4\d\d|drop|reset|lose)")


@difference("temporary trouble is 75", "so that a caller tries again; msmtp has 69, 74, 76 and 77 for"
            " replies with 4 and for lost connections (7)")
def temporary(case, o):
    return status(o, 75) if case.fail and TEMPORARY.search(case.fail) else None


@difference("a relay that refuses to talk", "5xx instead of a greeting or to STARTTLS is the service's"
            " no, 69; msmtp takes it for a protocol error, 76")
def no_service(case, o):
    return status(o, 69) if case.fail and re.match(r"(greeting|starttls),5", case.fail) else None


@difference("a message refused at DATA", "is refused like one at its end, 69; msmtp has 65 and 69")
def refused_data(case, o):
    return status(o, 69) if case.fail and case.fail.startswith("data,5") else None


@difference("larger than the relay takes", "SIZE is compared before anything is sent, and the message"
            " itself is at fault: 65 (9)")
def too_large(case, o):
    return status(o, 65) if b"too large" in o.err else None


@difference("no From to read", "--read-envelope-from without a From in the message is a usage error,"
            " 64, in msmtp 1.8.33; 1.8.23 has 78")
def no_from(case, o):
    return status(o, 64) if "--read-envelope-from" in case.argv and o.status == 78 else None


@difference("set twice", "two values for one setting in one account are a mistake, told with both"
            " lines; msmtp takes the last")
def twice(case, o):
    return type(o)(78, [], o.err) if case.rc.count("\nfrom ") == 2 and "second" not in case.rc else None
