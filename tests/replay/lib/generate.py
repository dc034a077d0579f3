"""Messages that nobody wrote, with the envelope they must get.

Each case is made by a seeded generator from pieces that break mail programs: line
ends of every kind side by side, lone dots, NULs, CRs, mbox lines, Bcc in all its
spellings and folds, sizes around the program's block sizes.  The recipients are
known because the generator put them there, not because somebody parsed them.
"""

import random

ENDS = [b"\n", b"\r\n", b"\n", b"\r\n", b"\r\r\n"]
EDGES = [512, 1023, 4096, 8192, 16384, 65536, 131072, 1 << 20]
HIDDEN = b"hidden"      # stands in every address of a Bcc, and nowhere else

BODY = [b".", b"..", b"...", b".x", b" .", b"", b"", b"From here on", b">From there",
        b"Bcc: in-the-body@example.net", b"text", b"caf\xc3\xa9", b"\xe9\xff\x80", b"a\0b", b"\0",
        b"\0.", b"QUIT", b"RSET", b"MAIL FROM:<eve@example.com>", b"-- ", b"\t", b"=", b"=20",
        b"\x1b[2J", b"tab\tand blank ", b"\x7f", b"x" * 78, b"y" * 998, b"z" * 1022]
CRS = [b"\r", b"a\rb", b"\r.", b".\r", b"\r\r\r", b"x\r", b"\rFrom ", b".\r.\r"]
NAMES = [b"X-Test", b"Subject", b"X", b"List-Id", b"X-Mailer", b"!#$%&'*+-.^_`|~", b"X-Bcc",
         b"Bcc-X", b"Received", b"MIME-Version", b"Content-Type", b"Comments", b"x-lower"]
VALUES = [b"", b" ", b" value", b"novalue", b" caf\xc3\xa9", b" \xe9\xe8", b" a\0b", b" : :: ",
          b" =?utf-8?q?caf=C3=A9?=", b" \"quoted, string\" (comment)", b" .", b"\t.", b" x\ry",
          b" bcc: seen@example.net", b" " + b"w" * 990, b" " + b"v" * 70]


class Case:
    """raw: what is written to stdin.  face: argv[0].  args: recipients as arguments,
    or None for -t.  rcpts: who must get it."""

    def __init__(self):
        self.raw = b""
        self.face = "sendmail"
        self.args = []
        self.from_header = False
        self.rcpts = []
        self.sender = None
        self.offset = None      # stdin is a file and stands here, or a pipe: None
        self.slices = None      # stdin is a socket that gives so many bytes a read


class Maker:
    """Cases from one seed."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def case(self):
        r, c = self.r, Case()
        c.face = r.choice(["sendmail", "sendmail", "ostler", "msmtp"])
        c.from_header = r.random() < 0.5
        c.sender = r.choice([None, "", "bounce@example.org"])
        if r.random() < 0.3:
            c.offset = r.choice([0, 1, 100, 4095, 65536])
        if not c.from_header or r.random() < 0.3:
            for i in range(r.randint(1, 4)):
                address = f"arg{i}@example.net"
                c.args.append(address)
                c.rcpts.append(address)
        c.raw = self._message(c)
        if c.offset is None and len(c.raw) < 20000 and r.random() < 0.3:
            c.slices = self._slices(len(c.raw))
        if c.from_header and not c.rcpts:
            c.from_header = False
            c.args = c.rcpts = ["nobody-named@example.net"]
        return c

    def _slices(self, n):
        """Sizes that add up to n, a thousand at most."""
        r, sizes, top = self.r, [], self.r.choice([1, 2, 3, 100, 5000])
        top = max(top, n // 500)
        while n > 0:
            sizes.append(min(n, r.randint(1, top)))
            n -= sizes[-1]
        return sizes

    def _message(self, c):
        r = self.r
        if r.random() < 0.005:
            return b""
        fields = [self._field() for _ in range(r.choice([0, 0, 1, 3, 8]))]
        fields += self._originators()
        fields += self._recipients(c)
        r.shuffle(fields)
        head = b"".join(fields)
        if c.from_header and r.random() < 0.1:
            head = self._resent(c) + head
        if r.random() < 0.1:
            head = r.choice([b"", b">"]) + b"From sender@example.net Sat Nov 21 12:00:00 2026" + \
                self._end() + head
        shape = r.random()
        if shape < 0.05:        # no empty line, no body
            return head if r.random() < 0.5 else head.rstrip(b"\r\n") or head
        if shape < 0.12:        # no empty line, but a body
            return head + r.choice([b"no field", b"two words: here", b"."]) + self._end() + self._body()
        raw = head + self._end() + self._body()
        return self._stretched(raw) if shape < 0.3 else raw

    def _end(self):
        return self.r.choice(ENDS)

    def _field(self):
        r = self.r
        name = r.choice(NAMES) + r.choice([b"", b"", b"", b" ", b"\t"])
        if r.random() < 0.03:
            name = b"\0" + name
        text = name + b":" + r.choice(VALUES)
        if r.random() < 0.005:      # a field as large as a block
            text += (self._end() + b" fold") * ((r.choice(EDGES[:7]) + r.randint(-9, 9)) // 6)
        for _ in range(r.choice([0, 0, 0, 1, 3])):
            text += self._end() + r.choice([b" ", b"\t", b"  "]) + r.choice([b"fold", b".", b"", b"x\ry", b"a: b"])
        return text + self._end()

    def _originators(self):
        r, fields = self.r, []
        if r.random() < 0.6:
            fields.append(self._cased(b"From") + r.choice([
                b": alice@example.org", b":alice@example.org (Alice)", b": Alice <alice@example.org>",
                b": \"A, B\" <a@example.org>", b": root (Cron Daemon)", b": Anacron <root>",
                b": =?utf-8?q?=C3=84?= <a@example.org>", b":\n alice@example.org"]) + self._end())
        elif r.random() < 0.2:
            fields.append(self._cased(b"From") + r.choice([b":", b": (nobody)", b": <>"]) + self._end())
        if r.random() < 0.6:
            fields.append(self._cased(b"Date") + b": Sat, 21 Nov 2026 12:00:00 +0000" + self._end())
        if r.random() < 0.6:
            fields.append(self._cased(b"Message-ID") + b": <1@example.org>" + self._end())
        if r.random() < 0.1:
            fields.append(self._cased(b"Return-Path") + b": <bounce@example.net>" + self._end())
        if r.random() < 0.1:
            fields.append(r.choice([b"Sender: root", b"Reply-To: root, b@example.org"]) + self._end())
        return fields

    def _cased(self, name):
        r = self.r
        name = r.choice([name, name, name.lower(), name.upper(), name.swapcase()])
        return name + r.choice([b"", b"", b"", b" ", b" \t"])

    def _recipients(self, c):
        r, fields, given = self.r, [], []
        for name in (b"To", b"Cc", b"To", b"Bcc", b"Bcc", b"BCC"):
            if r.random() < 0.45:
                fields.append(self._list_field(name, given))
        if not c.from_header and r.random() < 0.1:
            fields.append(self._list_field(b"Resent-Bcc", []))
        if c.from_header:
            for address in given:
                if address not in c.rcpts:
                    c.rcpts.append(address)
        return fields

    def _resent(self, c):
        """The first block of Resent- fields names the recipients, and nothing else does."""
        given = []
        fields = [self._list_field(name, given) for name in (b"Resent-To", b"Resent-Bcc", b"Resent-Cc")
                  if self.r.random() < 0.7]
        fields.append(b"Resent-Date: Sat, 21 Nov 2026 12:00:00 +0000" + self._end())
        self.r.shuffle(fields)
        c.rcpts = list(dict.fromkeys(c.args + given))
        return b"".join(fields) + self._field()

    def _list_field(self, name, given):
        r = self.r
        secret = name.lower().endswith(b"bcc")
        text = self._cased(name) + b":" + r.choice([b"", b" ", b"\t", self._end() + b" "])
        if secret and r.random() < 0.05:
            text = b"\0" + text
        elements = []
        for _ in range(r.choice([0, 1, 1, 2, 5])):
            local = (HIDDEN if secret else b"open") + b"%d" % r.randint(0, 20)
            if r.random() < 0.1:        # a local name, which gets the domain
                elements.append(r.choice([b"%s", b"<%s>", b"Name <%s>"]) % local)
                given.append(local.decode() + "@example.org")
                continue
            spec = local + b"@example.net"
            given.append(spec.decode())
            elements.append(r.choice([
                b"%s", b"%s", b"<%s>", b"Name <%s>", b"\"Last, First\" <%s>", b"%s (Name, (nested) \\))",
                b"=?utf-8?q?x?= <%s>", b"caf\xc3\xa9 <%s>", b"group: %s;", b"(c)%s", b"A. B. <%s>"]) % spec)
        comma = [b",", b", ", b"," + self._end() + b" ", b"," + self._end() + b"\t\t", b" , ", b",,"]
        for i, element in enumerate(elements):
            text += (r.choice(comma) if i else b"") + element
        return text + self._end()

    def _body(self):
        r, out = self.r, []
        strays = r.random() < 0.2
        for _ in range(r.choice([0, 1, 2, 5, 20, 60])):
            out.append(r.choice(CRS) if strays and r.random() < 0.3 else r.choice(BODY))
            out.append(self._end())
        if r.random() < 0.3:
            out.append(r.choice([b"last", b".", b"x\r", b"\r", b"..", b"\0", b" "]))
        return b"".join(out)

    def _stretched(self, raw):
        """raw grown so that one of its awkward places, or its end, comes to stand at
        the edge of a block."""
        r = self.r
        edge = r.choice(EDGES if r.random() < 0.9 else EDGES[:4]) + r.randint(-3, 3)
        tail = r.choice([b"\r\n.\r\n", b"\n.\n", b"\r\r\n.", b"\r\n", b"\r", b".", b"\n..\r\n\r\n", b"x\r\ny",
                         b"\0\r\n", b"\r\n\r\n.\r\nQUIT\r\n", b"\n"])
        need = edge - len(raw) - r.randint(0, len(tail))
        if need < 0:
            return raw + tail
        line = r.choice([b"m" * 60 + b"\n", b"n" * 71 + b"\r\n", b"." * 40 + b"\n", b"\n", b"\r\n", b"p" * 1000 + b"\n"])
        fill = (line * (need // len(line) + 1))[:need]
        return raw + fill + tail
