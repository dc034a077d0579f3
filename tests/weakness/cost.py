#!/usr/bin/python3
"""Weaknesses 47 to 52: cost and structure.

Number 49, parallel attempts on the addresses of a host, is in
tests/unit/test_dial.c; number 53, --configure, in tests/unit/test_dns.c, and
with a real name server in tests/live/configure.py.
"""

import contextlib
import os
import socket
import threading

from case import MAIL, Server
import case


class Wire(threading.Thread):
    """Forwards to a port and counts what passes."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.to, self.sent = port, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        near = self.listener.accept()[0]
        far = socket.create_connection(("127.0.0.1", self.to))

        def back():
            with contextlib.suppress(OSError):
                while data := far.recv(65536):
                    near.sendall(data)
            near.close()

        threading.Thread(target=back, daemon=True).start()
        with contextlib.suppress(OSError):
            while data := near.recv(1 << 20):
                self.sent += len(data)
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)


def w47_few_records_few_writes(c):
    lines = b"x" * 75 + b"\n"
    body = lines * (10_000_000 // len(lines))
    with c.relay("--discard", listen=("plain", "tls")) as relay:
        wire = Wire(relay.ports["relay_tls"])
        rc = c.rc(wire.port, "tls on", "tls_starttls off",
                  f"tls_trust_file {relay.ca}")
        run = c.run("-C", rc, "you@example.com", mail=MAIL + body)
        assert run.status == 0, run.err
        # msmtp: 28 % more than the message; a full record costs 22 bytes
        size = len(body) + len(body) // len(lines)
        assert wire.sent < size * 1.01, (wire.sent, size)


def w47_one_flight_for_what_may_go_together(c):
    with c.relay() as relay:
        assert c.send(relay, "you@example.com").status == 0
        # EHLO; MAIL, RCPT, BDAT and content and QUIT
        with open(f"{relay.folder}/1.env", encoding="ascii") as f:
            assert "flights=2\n" in f.read()


def w48_no_place_for_temporary_files(c):
    with c.relay() as relay:
        for folder in ("/nonexistent", c.path("full")):
            c.env["TMPDIR"] = folder
            run = c.send(relay, "you@example.com")
            assert run.status == 0, run.err
            assert len(relay.new()) == 1
        os.mkdir(c.path("full"), 0o500)
        run = c.send(relay, "you@example.com", mail=MAIL + b"y" * (3 << 20))
        assert run.status == 0, run.err


def w50_an_unanswered_quit_holds_nobody_up(c):
    def play(server):
        server.say("220 hi")
        server.hear()
        server.say("250 x")
        for _ in range(2):
            server.hear()
            server.say("250 ok")
        server.hear()
        server.say("354 go")
        while server.hear() != ".":
            pass
        server.say("250 ok")
        server.stay()

    log = c.path("log")
    run = c.run("-C", c.rc(Server(play).port, f"logfile {log}"),
                "you@example.com")
    assert run.status == 0 and run.seconds < 3, (run.status, run.seconds)
    with open(log, encoding="utf-8") as f:
        assert "exitcode=EX_OK" in f.read()


def w51_the_locale_changes_nothing(c):
    seen = set()
    for locale in ("C", "de_DE.UTF-8", "tr_TR.UTF-8"):
        c.env["LC_ALL"] = c.env["LANGUAGE"] = locale
        run = c.run("--host=h", "--from=a@b.example", "-P", "x@y.example")
        bad = c.run("--nonsense")
        seen.add((run.out.split(b"header:")[0], bad.err))
    assert len(seen) == 1, seen


def w52_long_lines_and_includes(c):
    with c.relay("--user=" + "u" * 3000 + ":" + "p" * 3000,
                 listen=("plain", "tls")) as relay:
        c.write("more", f"user {'u' * 3000}\npassword {'p' * 3000}\n")
        rc = c.rc(relay.ports["relay_tls"], "tls on", "tls_starttls off",
                  f"tls_trust_file {relay.ca}", "auth on",
                  f"include {c.path('more')}")
        run = c.run("-C", rc, "you@example.com")
        assert run.status == 0, run.err


case.main()
