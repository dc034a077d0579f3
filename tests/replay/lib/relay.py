"""The bundled relay (tests/relay), run for one test."""

import os
import socket
import subprocess
import time


class Mail:
    """What the relay stored: sender, recipients, their parameters, the bytes."""

    def __init__(self, folder, number):
        with open(os.path.join(folder, f"{number}.eml"), "rb") as f:
            self.data = f.read()
        self.sender = self.mail_params = self.verb = None
        self.rcpts, self.rcpt_params = [], []
        with open(os.path.join(folder, f"{number}.env"), encoding="utf-8",
                  errors="surrogateescape") as f:
            for line in f:
                key, value = line.rstrip("\n").split("=", 1)
                if key == "mail_from":
                    self.sender = value
                elif key == "mail_params":
                    self.mail_params = value.split()
                elif key == "rcpt_to":
                    self.rcpts.append(value)
                elif key == "rcpt_params":
                    self.rcpt_params.append(value.split())
                elif key == "verb":
                    self.verb = value


class Relay:
    """It ends with this process.  Lines over 998 bytes are let through, as the
    program does; every other rule is held against the client."""

    def __init__(self, folder, *options, listen=("plain",)):
        self.folder, self.seen = folder, 0
        self.program = os.path.join(os.environ.get("builddir", "."), "tests/relay/relay")
        self.process = subprocess.Popen(
            [self.program, f"--dir={folder}", "--listen=" + ",".join(listen), "--until-eof",
             "--lifetime=1200", "--lax=text-length", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ca = os.path.join(folder, "ca", "ca.pem")
        self.ports = self._ports(len(listen))
        self.port = self.ports["relay_plain"]

    def _ports(self, wanted):
        """Listener -> port; unix sockets are told too, but have none."""
        ports = {}
        for line in self.process.stdout:
            key, _, value = line.decode().strip().partition("=")
            if key.startswith("relay_") and key not in ("relay_pid", "relay_dir", "relay_ca", "relay_control"):
                ports[key] = int(value) if value.isdigit() else None
                if len(ports) == wanted:
                    return ports
        raise RuntimeError("the relay does not start")

    def fingerprint(self):
        """SHA-256 of the certificate that it shows, as colon form."""
        with open(os.path.join(self.folder, "ca", "good.sha256"), encoding="ascii") as f:
            return f.read().strip()

    def tell(self, *command):
        """Sends a command to the running relay; gives its answer."""
        return subprocess.run([self.program, "--tell", os.path.join(self.folder, "control"), *command],
                              stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()

    def until(self, word, seconds=60):
        """Waits until the relay's statistics hold this word."""
        end = time.monotonic() + seconds
        while word not in self.tell("stats").split():
            if time.monotonic() > end:
                raise AssertionError(f"the relay does not come to {word}")
            time.sleep(0.005)

    def new(self):
        """The mails that came since the last look, in order."""
        mails = []
        while self._is_whole(self.seen + 1):
            self.seen += 1
            mails.append(Mail(self.folder, self.seen))
            os.unlink(os.path.join(self.folder, f"{self.seen}.eml"))
        return mails

    def _is_whole(self, number):
        """The relay may be writing it at this moment; "lost" is its last line."""
        try:
            with open(os.path.join(self.folder, f"{number}.env"), encoding="utf-8",
                      errors="surrogateescape") as f:
                return f.read().rpartition("\nlost=")[2].endswith("\n")
        except FileNotFoundError:
            return False

    def violations(self):
        """Rules that the client broke, a line each."""
        with open(os.path.join(self.folder, "violations"), encoding="utf-8",
                  errors="backslashreplace") as f:
            return f.read().splitlines()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


class Nobody:
    """A port on loopback where nobody listens."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
