"""What the tests of msmtp's sixty known weaknesses have in common.

Each test is a function wNN_what(case), named after its number in the list; it
runs the program against the bundled relay, or against a server that plays one
conversation, and fails by an assertion.  A file's last line is case.main().
"""

import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback

TOP = os.environ.get("top_srcdir", ".")
sys.path.insert(0, os.path.join(TOP, "tests/replay"))
from lib import relay as bundled  # noqa: E402 (the path comes first)

OSTLER = os.environ["OSTLER"]
MAIL = b"From: me@example.org\nTo: you@example.com\nSubject: x\n\nbody\n"
SECRET = "open-sesame-4711"


class Relay(bundled.Relay):
    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Server(threading.Thread):
    """One connection: PLAY(connection) is called with a file-like line I/O."""

    def __init__(self, play, tls=None, path=None):
        super().__init__(daemon=True)
        self.play, self.tls, self.sni, self.heard = play, tls, None, b""
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            self.listener.listen()
        else:
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        with contextlib.suppress(OSError, ValueError):
            self.sock = self.listener.accept()[0]
            self.sock.settimeout(60)
            if self.tls:
                self.sock = self.context().wrap_socket(self.sock, server_side=True)
            self.file = self.sock.makefile("rb")
            self.play(self)

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.tls)
        context.sni_callback = self.note_name
        return context

    def note_name(self, _sock, name, _context):
        self.sni = name

    def say(self, *lines):
        for line in lines:
            self.sock.sendall(line.encode() + b"\r\n")

    def hear(self):
        line = self.file.readline()
        self.heard += line
        return line.decode(errors="surrogateescape").rstrip("\r\n")

    def hear_data(self):
        lines = []
        while (line := self.hear()) not in (".", ""):
            lines.append(line)
        return lines

    def accept_mail(self, *caps, login=None):
        """A whole conversation that accepts everything."""
        self.say("220 hi")
        self.hear()
        self.say(*[f"250-{c}" for c in ("x", *caps)], "250 HELP")
        while line := self.hear():
            verb = line.split(" ")[0].upper()
            if verb == "DATA":
                self.say("354 go")
                while self.hear() not in (".", ""):
                    pass
                self.say("250 ok")
            elif verb == "QUIT":
                return self.say("221 bye")
            elif verb == "AUTH" and login:
                login(self, line)
            else:
                self.say("250 ok")
        return None

    def stay(self, seconds=30):
        """Silence, until the client goes or the test is long over."""
        self.sock.settimeout(seconds)
        with contextlib.suppress(OSError):
            while self.sock.recv(4096):
                pass


class Run:
    def __init__(self, process, out, err, seconds):
        self.status, self.out, self.err = process.returncode, out, err
        self.seconds = seconds


class Case:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="ostler-weakness.")
        self.env = {"HOME": self.dir, "PATH": os.environ["PATH"], "LC_ALL": "C",
                    # root's queue would be the machine's
                    "XDG_STATE_HOME": self.path("state"),
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""),
                    "UBSAN_OPTIONS": os.environ.get("UBSAN_OPTIONS", "")}
        self.relays = 0

    def clear(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text, mode=0o600):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def relay(self, *options, listen=("plain",)):
        self.relays += 1
        return Relay(self.path(f"relay{self.relays}"), *options, listen=listen)

    def rc(self, port, *lines, name="rc"):
        return self.write(name, "account default\nhost 127.0.0.1\n"
                          f"port {port}\nfrom me@example.org\n"
                          + "".join(line + "\n" for line in lines))

    def run(self, *args, mail=MAIL, argv0="ostler", within=30, program=OSTLER, **more):
        begun = time.monotonic()
        with subprocess.Popen([argv0, *args], executable=program, env=self.env,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, **more) as process:
            try:
                out, err = process.communicate(mail, timeout=within)
            except subprocess.TimeoutExpired:
                process.kill()
                raise AssertionError(f"hangs: more than {within} s") from None
        return Run(process, out, err.decode(errors="replace"),
                   time.monotonic() - begun)

    def ordinary(self):
        """For run(), as root: as an ordinary user, with a program that he can reach:
        the build may be where only root can go."""
        os.chmod(self.dir, 0o755)
        return {"program": shutil.copy(OSTLER, self.path("program")),
                "user": 65534, "group": 65534, "extra_groups": []}

    def send(self, relay, *args, rc=(), **more):
        """Through the relay's plain port with these rc lines."""
        return self.run("-C", self.rc(relay.port, *rc), *args, **more)


def body(mail):
    return mail.data.split(b"\r\n\r\n", 1)[1]


def header(mail):
    return mail.data.split(b"\r\n\r\n", 1)[0] + b"\r\n"


def field(mail, name):
    """The bodies of all fields of that name, folds joined."""
    joined = re.sub(rb"\r\n(?=[ \t])", b"", header(mail))
    return [line.split(b":", 1)[1].strip().decode(errors="surrogateescape")
            for line in joined.split(b"\r\n")
            if line.split(b":")[0].strip().lower() == name.lower().encode()]


class Skip(Exception):
    """This machine cannot show it; the text says why."""


def main():
    tests = {k: v for k, v in sys.modules["__main__"].__dict__.items()
             if re.match(r"w\d\d_", k)}
    wanted, failed, skipped = sys.argv[1:], 0, 0
    for name, test in tests.items():
        if wanted and name[:3] not in wanted:
            continue
        case = Case()
        try:
            test(case)
            print("ok -", name, flush=True)
        except Skip as why:
            skipped += 1
            print(f"skipped - {name}: {why}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print("NOT OK -", name, flush=True)
            traceback.print_exc(file=sys.stdout)
        finally:
            case.clear()
    print(f"{len(tests) - failed - skipped} of {len(tests)} weaknesses are not ours")
    sys.exit(1 if failed or not tests else 77 if skipped else 0)
