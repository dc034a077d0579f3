"""Starting the program as a recorded caller did.

argv, environment, uid, umask, working directory, ignored and blocked signals, the
kind of each descriptor, descriptors that leaked, a controlling terminal or none.
"""

import fcntl
import os
import re
import select
import signal
import socket
import struct
import tempfile
import termios
import time

LIMIT = 60          # seconds for one run; a slow machine under sanitizers needs some
HIGH = 200          # descriptors are parked from here on before they get their numbers


class Done:
    """status: exit status, or minus the signal.  unread: bytes left in stdin, for
    pipes and sockets.  tty: what was written to the controlling terminal.  took:
    seconds from finish() to the end."""

    def __init__(self):
        self.status = None
        self.out = self.err = self.tty = b""
        self.unread = 0
        self.took = 0.0


class End:
    """One descriptor of the child, and our side of it."""

    def __init__(self, kind, number, content=b"", tmp=None):
        self.kind, self.number = kind, number
        self.child = self.ours = None
        if kind.startswith("file"):
            self._file(kind, content, tmp)
        elif kind == "pipe":
            r, w = os.pipe()
            self.child, self.ours = (r, w) if number == 0 else (w, r)
        elif kind == "socket":
            a, b = socket.socketpair()
            self.child, self.ours = a.detach(), b.detach()
        elif kind == "/dev/null":
            self.child = os.open("/dev/null", os.O_RDWR)
        elif kind != "closed":
            raise ValueError(f"what is {kind}?")
        for fd in (self.child, self.ours):
            if fd is not None:
                os.set_inheritable(fd, False)

    def _file(self, kind, content, tmp):
        at = int(re.search(r"offset=(\d+)", kind)[1]) if "offset=" in kind else 0
        fd, path = tempfile.mkstemp(dir=tmp)
        os.write(fd, content)
        os.lseek(fd, at, os.SEEK_SET)
        if "unlinked" in kind:
            os.unlink(path)
        self.child = fd

    def close(self):
        for fd in (self.child, self.ours):
            if fd is not None:
                os.close(fd)
        self.child = self.ours = None

    def written(self):
        """What the child wrote to a file."""
        os.lseek(self.child, 0, os.SEEK_SET)
        return os.read(self.child, 1 << 20)


def environment(call, place):
    """The recorded variables, the paths among them inside the place."""
    env = {name: "1" for name in call.env["other_env_names"] if name != "TMPDIR"}
    env.update(call.env["env"])
    for name in ("HOME", "PWD"):
        if name in env and env[name] != "/":
            env[name] = place.path(env[name])
    return env


class Run:
    """A started call.  stdin, stdout and stderr are of the recorded kinds; stdin=End
    takes another one's place (and stays open afterwards)."""

    running = []        # those not yet waited for

    def __init__(self, call, place, options=(), message=None, stdin=None, offset=None):
        self.call, self.place = call, place
        message = call.stdin if message is None else message
        self.argv = [call.argv[0], *options, *call.argv[1:]]
        self.uid, self.gid = place.users(call)
        tmp = place.path("tmp")
        kind = call.env["stdin"]
        if offset and kind.startswith("file"):
            message, kind = b"!" * offset + message, re.sub(r"offset=\d+", f"offset={offset}", kind)
        self.borrowed = stdin
        self.stdin = stdin or End(kind, 0, message, tmp)
        self.message = message if self.stdin.ours is not None else b""
        self.out, self.err = (End(call.env[n], i, b"", tmp) for i, n in ((1, "stdout"), (2, "stderr")))
        self.extra = [self._leak(text, tmp) for text in call.env["extra_fds"]]
        self.tty = self._terminal() if call.env["controlling_tty"] else None
        self.keep = os.dup(self.stdin.child)    # so that what is unread can be counted
        self.done = Done()
        self._start()

    @staticmethod
    def _leak(text, tmp):
        number, kind = text.split(" ", 1)
        size = int(re.search(r"size=(\d+)", text)[1]) if "size=" in text else 0
        return End(kind, int(number), b"x" * size, tmp)

    @staticmethod
    def _terminal():
        try:
            return os.openpty()
        except OSError:
            return None

    def _start(self):
        cwd = self.place.folder(self.call.env["cwd"], self.uid, self.gid)
        trouble_r, trouble_w = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            trouble_w = fcntl.fcntl(trouble_w, fcntl.F_DUPFD_CLOEXEC, HIGH)
            try:
                self._child(cwd)
            except BaseException as e:
                os.write(trouble_w, f"{type(e).__name__}: {e}".encode())
            finally:
                os._exit(127)
        os.close(trouble_w)
        trouble = os.read(trouble_r, 4096)
        os.close(trouble_r)
        Run.running.append(self)
        if trouble:
            self.abandon()
            raise RuntimeError(f"cannot start the call: {trouble.decode()}")
        for end in [self.out, self.err, *self.extra]:
            if end.ours is not None and end.child is not None:
                os.close(end.child)
                end.child = None
        if self.tty:
            os.close(self.tty[1])

    def _child(self, cwd):
        os.setsid()
        if self.tty:
            fcntl.ioctl(self.tty[1], termios.TIOCSCTTY, 0)
        os.chdir(cwd)
        if self.uid != 0:           # root's home is there, but not for others
            os.chmod(self.place.path("/root"), 0)
        self.place.enter(self.uid, self.gid)
        os.umask(int(self.call.env["umask"], 8))
        parked = [(fcntl.fcntl(end.child, fcntl.F_DUPFD, HIGH), end.number)
                  for end in [self.stdin, self.out, self.err, *self.extra]
                  if end.child is not None]
        os.closerange(0, HIGH)
        for fd, number in parked:
            os.dup2(fd, number)
            os.close(fd)
        self._signals()
        os.execve(self.place.program, self.argv, environment(self.call, self.place))

    def _signals(self):
        ignored = set(self.call.env["ignored_signals"])
        if self.call.env["sigpipe"] == "ignored":
            ignored.add("SIGPIPE")
        ignored = {getattr(signal, name) for name in ignored}
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
        blocked = {getattr(signal, name) for name in self.call.env["blocked_signals"]}
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def feed(self):
        """Writes the message, which fits a pipe, and closes stdin."""
        if self.message:
            os.write(self.stdin.ours, self.message)
            self.message = b""
        self._close_stdin()

    def finish(self):
        """Feeds stdin, reads the rest, waits; gives the Done."""
        if self.borrowed is None and self.stdin.ours is not None:
            os.set_blocking(self.stdin.ours, False)
        pidfd = os.pidfd_open(self.pid)
        gone, deadline = False, time.monotonic() + LIMIT
        while True:
            if gone or not self.message:
                self._close_stdin()
            readable = [e.ours for e in (self.out, self.err) if e.ours is not None]
            if gone and not readable:
                break
            writable = [self.stdin.ours] if self.message and not gone else []
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError("still running, or somebody still holds its output")
            r, w, _ = select.select(readable + ([] if gone else [pidfd]), writable, [], left)
            gone = gone or pidfd in r
            self._read(r)
            if w:
                self.message = self.message[os.write(w[0], self.message[:65536]):]
        os.close(pidfd)
        self.done.took = LIMIT - (deadline - time.monotonic())
        return self._ended()

    def _close_stdin(self):
        if self.borrowed is None and self.stdin.ours is not None:
            os.close(self.stdin.ours)
            self.stdin.ours = None

    def _read(self, ready):
        for name, end in (("out", self.out), ("err", self.err)):
            if end.ours in ready:
                try:
                    data = os.read(end.ours, 65536)
                except ConnectionResetError:
                    data = b""
                setattr(self.done, name, getattr(self.done, name) + data)
                if not data:
                    end.close()

    def _ended(self):
        done = self.done
        status = os.waitpid(self.pid, 0)[1]
        Run.running.remove(self)
        done.status = os.waitstatus_to_exitcode(status)
        os.chmod(self.place.path("/root"), 0o700)
        for name, end in (("out", self.out), ("err", self.err)):
            if end.child is not None and end.kind.startswith("file"):
                setattr(done, name, end.written())
        if self.stdin.kind in ("pipe", "socket"):
            left = fcntl.ioctl(self.keep, termios.FIONREAD, b"\0\0\0\0")
            done.unread = struct.unpack("i", left)[0] + len(self.message)
        if self.tty:
            os.set_blocking(self.tty[0], False)
            try:
                done.tty = os.read(self.tty[0], 4096)
            except OSError:
                pass                # nobody wrote, nobody holds it
            os.close(self.tty[0])
        os.close(self.keep)
        for end in [self.out, self.err, *self.extra] + ([] if self.borrowed else [self.stdin]):
            end.close()
        return done

    def abandon(self):
        """Ends it, whatever it does: the test has failed."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        Run.running.remove(self)
        os.chmod(self.place.path("/root"), 0o700)

    def descriptors(self):
        """Number -> what stands behind it, while it runs; None where we may not look."""
        try:
            folder = f"/proc/{self.pid}/fd"
            return {int(n): os.readlink(os.path.join(folder, n)) for n in os.listdir(folder)}
        except OSError:
            return None

    def reply(self):
        """-bs: the next reply, as (code, lines); stdout is a pipe."""
        lines = []
        while True:
            line = self._line()
            lines.append(line)
            if line[3:4] != b"-":
                return int(line[:3]), lines

    def _line(self):
        while b"\r\n" not in self.done.out:
            if not select.select([self.out.ours], [], [], LIMIT)[0]:
                raise AssertionError(f"no reply after {self.done.out!r}")
            data = os.read(self.out.ours, 65536)
            if not data:
                raise AssertionError(f"it ended; no reply after {self.done.out!r}")
            self.done.out += data
        line, self.done.out = self.done.out.split(b"\r\n", 1)
        return line

    def say(self, data):
        """-bs: client bytes; stdin is a pipe."""
        os.write(self.stdin.ours, data)
        self.message = b""
