"""What a relay must get for what was written: the rules, stated a second time.

This knows nothing of the program.  It follows the documented promises:

  - LF, CRLF and CR CR LF end a line and become CRLF; any other CR is a blank; the
    last line has an end.
  - A first line "From sender date" (mbox), also behind ">", is no part of the mail.
  - The header ends at an empty line, or before a line that can be no field; then,
    or when there is no body, the empty line is added.
  - Bcc, Resent-Bcc and Return-Path go, in any case, folded, with blanks before
    the colon; bytes that no field name may have do not hide them.
  - From, Date and Message-ID are added in front when missing.
  - Names without a domain in From, Sender, Reply-To, To and Cc and their Resent-
    forms get one, and nothing else about these fields changes.
  - The rest stays, byte for byte.
"""

import re

LOST = {b"bcc", b"resent-bcc", b"return-path"}
NAMED = {b"from", b"sender", b"reply-to", b"to", b"cc",
         b"resent-from", b"resent-sender", b"resent-reply-to", b"resent-to", b"resent-cc"}
MADE = [b"From", b"Date", b"Message-ID"]     # in the order in which they are added
TIME = re.compile(rb"\d\d:\d\d")


def lines(raw):
    """The lines of raw, without their ends."""
    parts = raw.split(b"\n")
    last = parts.pop()
    whole = [re.sub(rb"\r{1,2}\Z", b"", p) for p in parts]
    if last:                # its CRs, if any, end nothing
        whole.append(last)
    return [w.replace(b"\r", b" ") for w in whole]


class Field:
    """A field: its lines, its name as it counts (lower case), what is behind the colon."""

    def __init__(self, line):
        self.lines = [line]
        self.name = re.sub(rb"[^!-~]", b"", line.split(b":", 1)[0]).lower()

    @property
    def text(self):
        return b"".join(line + b"\r\n" for line in self.lines)

    @property
    def body(self):
        return self.text.split(b":", 1)[1]


class Message:
    """A message as written: fields, then the body's lines."""

    def __init__(self, raw):
        rest = lines(raw)
        if rest and re.match(rb">?From [^:]", rest[0]) and TIME.search(rest[0]):
            rest.pop(0)
        self.fields = []
        while rest:
            line = rest[0]
            if line == b"":
                rest.pop(0)
                break
            if line[:1] in (b" ", b"\t") and self.fields:
                self.fields[-1].lines.append(line)
            elif re.match(rb"[^ \t:]+[ \t]*:", line):
                self.fields.append(Field(line))
            else:
                break
            rest.pop(0)
        self.body = b"".join(line + b"\r\n" for line in rest)

    def has(self, name):
        """Is there a field of this name?  A From without an address is none."""
        found = [f for f in self.fields if f.name == name.lower()]
        if name.lower() == b"from":
            return any(addresses(f.body) for f in found)
        return bool(found)

    def missing(self):
        """Names of the fields that have to be added, in their order."""
        return [name for name in MADE if not self.has(name)]

    def sent(self, domain=None):
        """The header block and the body as the relay gets them, behind what is added."""
        out = []
        for f in self.fields:
            if f.name in LOST or (f.name == b"from" and not self.has(b"From")):
                continue
            if domain is not None and f.name in NAMED:
                head, body = f.text.split(b":", 1)
                out.append(head + b":" + qualified(body, domain))
            else:
                out.append(f.text)
        return b"".join(out) + b"\r\n" + self.body


# Address lists.  A cursor over the text gives tokens with their places; elements are
# told apart by commas and semicolons, and a colon ends a group's name.

TOKEN = re.compile(rb"""(?P<blank> [\ \t\r\n]+)
                      | (?P<quoted> "(?: [^"\\] | \\. )*" )
                      | (?P<literal> \[ [^\]]* \] )
                      | (?P<open> <) | (?P<close> >)
                      | (?P<comma> [,;]) | (?P<colon> :)
                      | (?P<word> [^\ \t\r\n"\[<>,;:(]+ )""", re.X | re.S)


def comment_end(text, at):
    """Where the comment that begins at at ends; they nest."""
    depth = 0
    while at < len(text):
        c = text[at:at + 1]
        if c == b"\\":
            at += 1
        elif c == b"(":
            depth += 1
        elif c == b")":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return at


def tokens(text):
    """(kind, from, to), comments and blanks left out."""
    at = 0
    while at < len(text):
        if text[at:at + 1] == b"(":
            at = comment_end(text, at)
            continue
        m = TOKEN.match(text, at)
        if m is None:       # a quote or a bracket that nobody closes
            yield "broken", at, len(text)
            return
        if m.lastgroup != "blank":
            yield m.lastgroup, m.start(), m.end()
        at = m.end()


def elements(text):
    """Each element's tokens between commas, a group's name left out."""
    element, angle = [], False
    for token in tokens(text):
        kind = token[0]
        angle = (angle or kind == "open") and kind != "close"
        if kind == "comma" and not angle:
            yield element
            element = []
        elif kind == "colon" and not angle:
            element = []
        else:
            element.append(token)
    yield element


def places(text):
    """(from, to) of each address in a list, the angle brackets not counted.
    An element that is no address gives nothing."""
    for element in elements(text):
        kinds = [t[0] for t in element]
        if "open" in kinds:
            first = kinds.index("open")
            if kinds[-1] != "close" or kinds.count("open") > 1 or "broken" in kinds:
                continue
            element = element[first + 1:-1]
            if element and text[element[0][1]:element[0][1] + 1] == b"@":   # a route
                colons = [i for i, t in enumerate(element) if t[0] == "colon"]
                element = element[colons[0] + 1:] if colons else []
        if not element or any(t[0] not in ("word", "quoted", "literal") for t in element):
            continue
        start, end = element[0][1], element[-1][2]
        solid = b"".join(text[a:b] for _, a, b in element)
        # two words side by side are a phrase, unless a dot or an at sign joins them
        joined = all(text[a[2] - 1:a[2]] in (b".", b"@") or text[b[1]:b[1] + 1] in (b".", b"@")
                     or a[2] == b[1] for a, b in zip(element, element[1:]))
        if joined and solid not in (b"", b"@"):
            yield start, end


def bare(spec):
    """Is it a name without a domain?"""
    return b"@" not in re.sub(rb'"(?:[^"\\]|\\.)*"', b"", spec)


def addresses(text):
    """The addresses of a list, as written."""
    return [text[a:b] for a, b in places(text)]


def qualified(text, domain):
    """The list with a domain behind each bare name; all else as it was."""
    for a, b in reversed(list(places(text))):
        if bare(text[a:b]):
            text = text[:b] + b"@" + domain.encode() + text[b:]
    return text
