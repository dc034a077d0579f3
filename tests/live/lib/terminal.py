"""A program on a terminal, driven by keys; for those that have no other face."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time


class Terminal:
    """Use as a context manager; the program is killed at its end."""

    def __init__(self, box, argv, user="alice"):
        self.shown = ""
        self._fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        os.fchmod(slave, 0o666)
        self._process = box.start(argv, user, env={"TERM": "linux"},
                                  stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._fd)

    def see(self, pattern, limit=40):
        """Waits until that text has been shown since the last see(), wherever on the
        screen and in whatever colour."""
        end = time.monotonic() + limit
        while not (found := re.search(pattern, self.shown)):
            assert time.monotonic() < end, f"{pattern!r} was not shown, but: {self.shown!r}"
            if select.select([self._fd], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self._fd, 65536).decode("utf-8", "replace")
                except OSError:
                    raise AssertionError(f"ended before {pattern!r}: {self.shown!r}") from None
                self.shown = re.sub(r"\x1b\[[0-9;?]*[@A-Za-z]|[\0\x0f]", "", self.shown)
        self.shown = self.shown[found.end():]

    def type(self, keys):
        os.write(self._fd, keys.encode())
