"""How the program is called in the tests of exits.py, and who is at the other end."""

import os
import socket
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests/weakness"))
import case  # noqa: E402 (the path comes first)
from case import Server  # noqa: E402

TO = "you@example.com"
LOGIN = ("auth scram-sha-256", "user me", "password sesame")


def sanitized():
    with open(case.OSTLER, "rb") as program:
        return b"__asan_init" in program.read()


class Scripted(Server):
    """A relay that offers these, and agrees to everything but for these replies; None:
    it hangs up."""

    def __init__(self, *offers, **replies):
        hello = "\r\n".join([f"250-{word}" for word in ("relay.test", *offers)] + ["250 HELP"])
        self.replies = {"greeting": "220 relay.test", "ehlo": hello, "lhlo": hello,
                        "starttls": "220 go", "auth": "235 in", "data": "354 go",
                        "quit": "221 bye", **replies}
        super().__init__(self.converse)

    def answer(self, step):
        reply = self.replies.get(step, "250 ok")
        if reply is None:
            self.sock.shutdown(socket.SHUT_RDWR)
        else:
            self.say(reply)
        return reply

    def converse(self, _):
        self.answer("greeting")
        while line := self.hear():
            step = line.split(" ")[0].lower()
            if self.answer(step) == "354 go" and step == "data":
                self.hear_data()
                self.answer("end")


class Proxy(Server):
    """A SOCKS5 proxy that answers every wish so."""

    def __init__(self, answer):
        super().__init__(lambda _: self.refuse(answer))

    def refuse(self, answer):
        self.file.read(self.file.read(2)[1])
        self.sock.sendall(b"\5\0")
        self.file.read(self.file.read(5)[4] + 2)
        self.sock.sendall(bytes([5, answer, 0, 1]) + bytes(6))


def call(c, *args, port=1, rc=(), **more):
    """A mail to TO, unless there are arguments, through that port of this machine."""
    return c.run("-C", c.rc(port, *rc), *(args or (TO,)), argv0="msmtp", **more)


def talk(c, *offers, args=(), rc=(), **replies):
    """The same through a relay that replies so."""
    return call(c, *args, port=Scripted(*offers, **replies).port, rc=rc)


def bare(c, *lines, args=(TO,)):
    """With this rc file."""
    path = c.write("rc", "".join(line + "\n" for line in lines))
    return c.run("-C", path, *args, argv0="msmtp")


def with_tls(c, *rc, port=1):
    return call(c, port=port, rc=("tls on", "tls_starttls off", *rc))
