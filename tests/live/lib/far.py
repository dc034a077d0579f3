"""The far end: what the relay delivered, one file for each message and recipient."""

import email
import email.policy
import os
import re
import time


class Mail:
    """One delivered message.

    sender and rcpt (None if the relay does not note it) are the envelope's,
    received is the relay's own trace field (as whom the client logged in and by
    which protocol), raw is the message as it stood on the wire but for line ends,
    which are LF here.
    """

    # What a relay puts in front: the envelope, then its own Received field.
    TRACE = re.compile(
        rb"((?:(?:Return-Path|X-Original-To|Delivered-To|Envelope-To|Delivery-Date): [^\n]*\n)+)"
        rb"(Received: [^\n]*\n(?:[ \t][^\n]*\n)*)", re.I)

    def __init__(self, data):
        top = self.TRACE.match(data)
        assert top, f"the relay's trace fields are missing: {data[:400]!r}"
        envelope = {name.lower(): value.strip() for name, _, value in
                    (line.partition(":") for line in top[1].decode().splitlines())}
        self.sender = envelope["return-path"].strip("<>")
        self.rcpt = envelope.get("delivered-to") or envelope.get("envelope-to")
        self.received = top[2].decode()
        self.raw = data[top.end():]
        self.head, _, self.body = self.raw.partition(b"\n\n")
        self.parsed = email.message_from_bytes(self.raw, policy=email.policy.default)

    def fields(self, name):
        """The raw, unfolded values of every field of that name."""
        head = re.sub(rb"\n(?=[ \t])", b"", self.head)
        return [m[1].decode("utf-8", "surrogateescape").strip()
                for m in re.finditer(rb"(?im)^" + name.encode() + rb"[ \t]*:(.*)$", head)]

    def field(self, name):
        """The value of the only field of that name."""
        values = self.fields(name)
        assert len(values) == 1, f"{len(values)} {name} fields in {self.head!r}"
        return values[0]


class Mailbox:
    """All that the relay delivered since the last clear().

    queues are the folders in which the relay keeps what it accepted and has not
    delivered; whenever they matter, they are waited for until they are empty.
    """

    def __init__(self, folder, queues=()):
        self.new = folder + "/new"
        self.queues = queues

    def _settle(self, limit=40):
        end = time.monotonic() + limit
        while any(files for q in self.queues for _, _, files in os.walk(q)):
            assert time.monotonic() < end, "the relay does not get rid of a mail"
            time.sleep(0.01)

    def _files(self):
        try:
            names = os.listdir(self.new)
        except FileNotFoundError:
            return []
        return sorted((os.path.join(self.new, n) for n in names),
                      key=lambda p: os.stat(p).st_mtime_ns)

    def clear(self):
        self._settle()
        for path in self._files():
            os.unlink(path)

    def look(self):
        """What is there now, in order of arrival."""
        mails = []
        for path in self._files():
            with open(path, "rb") as f:
                mails.append(Mail(f.read()))
        return mails

    def wait(self, count, limit=40):
        """Waits for that many deliveries and gives them in order of arrival.

        More than that is an error, fewer after limit seconds too.
        """
        end = time.monotonic() + limit
        while len(self._files()) < count and time.monotonic() < end:
            time.sleep(0.02)
        self._settle()
        mails = self.look()
        assert len(mails) == count, (f"{len(mails)} deliveries instead of {count}: " +
                                     ", ".join(f"<{m.sender}> to <{m.rcpt}>" for m in mails))
        return mails
