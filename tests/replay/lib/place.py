"""A place of its own for the program: users, homes, host name, system-wide rc file.

What the program finds at fixed paths (SYSCONFDIR/msmtprc, /etc/passwd, /dev/log, root's
queue below LOCALSTATEDIR) and the host's name are put there by a mount namespace that
only the called process is in; as an ordinary user by a user namespace around it, where
one's own uid bears the recorded number.  Where neither is allowed the call is made
without: the rc file is then given by -C, and the uid is root's for root, else that of
nobody, or one's own.
"""

import ctypes
import os
import pwd
import shutil
import socket
import tempfile

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWUSER = 0x20000, 0x4000000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
NOBODY = 65534

HOST = "host.example.org"
DOMAIN = "example.org"

# login, uid, gid, full name, home: those who called when the calls were recorded
USERS = [
    ("root", 0, 0, "root", "/root"),
    ("logcheck", 102, 107, "logcheck system account", "/var/lib/logcheck"),
    ("nagios", 106, 112, "", "/var/lib/nagios"),
    ("netdata", 999, 997, "", "/var/lib/netdata"),
    ("alice", 1000, 1000, "Alice Example", "/home/alice"),
    ("nobody", NOBODY, NOBODY, "nobody", "/nonexistent"),
]

DEVICES = ["null", "zero", "full", "random", "urandom", "tty"]

libc = ctypes.CDLL(None, use_errno=True)


def _check(rc, what):
    if rc != 0:
        n = ctypes.get_errno()
        raise OSError(n, f"{what}: {os.strerror(n)}")


def _bind(source, target):
    _check(libc.mount(source.encode(), target.encode(), None,
                      ctypes.c_ulong(MS_BIND | MS_REC), None), f"mount {target}")


def _write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


class Place:
    """Folders below .top; make() once, then enter() in each child before exec."""

    def __init__(self):
        self.top = tempfile.mkdtemp(prefix="ostler-replay.")
        os.chmod(self.top, 0o755)
        self.etc = self.path("etc")
        self.sysconfdir = os.environ.get("sysconfdir", "/etc")
        self.var = os.environ.get("localstatedir", "/var")
        os.makedirs(self.etc)
        os.makedirs(self.path("spool"))
        os.makedirs(self.path("tmp"))
        os.chmod(self.path("tmp"), 0o1777)
        self.program = self.path("ostler")
        shutil.copy2(os.environ.get("OSTLER", "src/ostler"), self.program)
        os.chmod(self.program, 0o755)
        for _, uid, gid, _, home in USERS:
            if uid != NOBODY:
                self._folder(home, 0o700 if uid == 0 else 0o755, uid, gid)
        self._passwd()
        self.log = self._dev()
        self.apart = True
        self.apart = self._allowed()

    def path(self, *names):
        """A path below the top; names may be absolute."""
        return os.path.join(self.top, *(n.lstrip("/") for n in names))

    def folder(self, path, uid, gid):
        """The stand-in for a recorded folder; / is itself."""
        if path == "/":
            return path
        if not os.path.isdir(self.path(path)):
            self._folder(path, 0o755, uid, gid)
        return self.path(path)

    def _folder(self, path, mode, uid, gid):
        path = self.path(path)
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
        if os.geteuid() == 0:
            os.chown(path, uid, gid)

    def _passwd(self):
        rows = [f"{n}:x:{u}:{g}:{full}:{self.path(home)}:/bin/sh\n" for n, u, g, full, home in USERS]
        _write(os.path.join(self.etc, "passwd"), "".join(rows))
        _write(os.path.join(self.etc, "hosts"),
               f"127.0.0.1 localhost\n127.0.1.1 {HOST} host\n")
        _write(os.path.join(self.etc, "nsswitch.conf"), "passwd: files\nhosts: files\n")
        for name in ("ld.so.cache", "localtime"):       # what a program needs to start
            if os.path.exists(f"/etc/{name}"):
                shutil.copy(f"/etc/{name}", os.path.join(self.etc, name))

    def _dev(self):
        """A /dev where we are the system's logger."""
        os.makedirs(self.path("dev"))
        for name in DEVICES:
            _write(self.path("dev", name), "")
        log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        log.bind(self.path("dev", "log"))
        os.chmod(self.path("dev", "log"), 0o666)
        log.setblocking(False)
        return log

    def logged(self):
        """What was sent to the system's log since the last look."""
        lines = []
        while True:
            try:
                lines.append(self.log.recv(65536))
            except BlockingIOError:
                return lines

    def users(self, call):
        """(uid, gid) that the call really has."""
        uid, gid = call.env["uid"], call.env["gid"]
        if self.apart:
            return uid, gid
        if os.geteuid() != 0:
            return os.geteuid(), os.getegid()
        return (0, 0) if uid == 0 else (NOBODY, NOBODY)

    def login(self, uid):
        """The login name that belongs to it where the call is made."""
        if self.apart:
            return next(u[0] for u in USERS if u[1] == uid)
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            return None

    def full_name(self, uid):
        if self.apart:
            return next(u[3] for u in USERS if u[1] == uid)
        try:
            return pwd.getpwuid(uid).pw_gecos.split(",")[0]
        except KeyError:
            return ""

    def home(self, uid):
        """The home that the password database tells; only where we are apart."""
        return self.path(next(u[4] for u in USERS if u[1] == uid))

    def is_home(self, home, uid):
        """Is the recorded folder this user's?"""
        return not self.apart or self.path(home) == self.home(uid)

    def enter(self, uid, gid):
        """In the child: become uid, in the namespaces if they are allowed."""
        root = os.geteuid() == 0
        if self.apart:
            self._unshare(uid, gid, root)
        if root:
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)

    def _unshare(self, uid, gid, root):
        own = os.getuid(), os.getgid()
        flags = CLONE_NEWNS | CLONE_NEWUTS | (0 if root else CLONE_NEWUSER)
        _check(libc.unshare(flags), "unshare")
        if not root:
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{uid} {own[0]} 1")
            _write("/proc/self/gid_map", f"{gid} {own[1]} 1")
        _check(libc.mount(None, b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None), "mount /")
        if self.sysconfdir != "/etc":
            _bind(self.etc, self.sysconfdir)
        _bind(self.etc, "/etc")
        if os.path.isdir(f"{self.var}/spool"):
            _bind(self.path("spool"), f"{self.var}/spool")
        for name in DEVICES:
            _bind(f"/dev/{name}", self.path("dev", name))
        _bind(self.path("dev"), "/dev")
        _check(libc.sethostname(HOST.encode(), len(HOST)), "sethostname")

    def _allowed(self):
        """Can it be done?  Not where SYSCONFDIR is missing."""
        if not os.path.isdir(self.sysconfdir):
            return False
        pid = os.fork()
        if pid == 0:
            try:
                self.enter(1000, 1000)
                os._exit(0)
            except OSError as e:
                print(f"no namespaces: {e}", flush=True)
            finally:
                os._exit(1)
        return os.waitpid(pid, 0)[1] == 0

    def rc(self, text, uid, own=False):
        """Makes text the rc file: the system's, or uid's own.
        The other one does not exist, but in root's home there is always one, which
        nobody else can read.  Returns what argv needs for it."""
        for path in [os.path.join(self.etc, "msmtprc")] + [
                os.path.join(self.path(u[4]), ".msmtprc") for u in USERS]:
            if os.path.lexists(path):
                os.unlink(path)
        if not self.apart:
            _write(self.path("msmtprc"), text)
            os.chmod(self.path("msmtprc"), 0o644)
            return ["-C", self.path("msmtprc")]
        path = os.path.join(self.home(uid), ".msmtprc") if own else os.path.join(self.etc, "msmtprc")
        _write(path, text)
        os.chmod(path, 0o600 if own else 0o644)
        if own and os.geteuid() == 0:
            os.chown(path, uid, -1)
        if uid != 0:
            _write(os.path.join(self.path("/root"), ".msmtprc"), "this is not for you\n")
        return []

    def clear(self):
        """Removes everything."""
        self.log.close()
        for folder, _, _ in os.walk(self.top):
            os.chmod(folder, 0o700)
        shutil.rmtree(self.top, ignore_errors=True)


