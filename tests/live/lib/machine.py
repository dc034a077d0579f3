"""A throwaway copy of this machine for one test.

enter() moves the calling process into namespaces of its own (mounts, processes,
network, host name, IPC) whose root is a copy-on-write view of the real one: the
writes go to memory.  A test may therefore edit /etc, replace /usr/sbin/sendmail,
run cron with its real paths and bind port 25, any number of tests may do so at
once, and none of it is seen outside.  The network is a loopback without a way
out.  When the first process of the namespace ends, for whatever reason, the
kernel ends all others and the memory is given back; there is no cleanup to
forget.

It needs root.  Everything that a test later starts runs in the copy.
"""

import ctypes
import fcntl
import glob
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading

HOST = "host.example.org"
STAGE = "/sys"		# there on every machine, and nothing in it is needed here
HOMES = "/home"
INSIDE = "OSTLER_LIVE_INSIDE"
PACKAGES = "/var/cache/ostler-live"	# where tests/live/install leaves what is unpacked


class Missing(Exception):
    """Something the test needs is not on this machine."""


# --- getting in ---

def enter(limit):
    """Runs this script again inside; returns only there.

    Outside it waits for the inner run, ends with its exit status, and kills it
    when it outlives limit seconds.
    """
    if os.environ.pop(INSIDE, None):
        _be_init()
        _build_root()
        _loopback_up()
        socket.sethostname(HOST)
        return
    if os.geteuid() != 0:
        raise Missing("needs root: it makes namespaces and starts servers")
    if not shutil.which("unshare"):
        raise Missing("unshare (util-linux) is not installed")
    probe = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "true"],
                           capture_output=True, text=True)
    if probe.returncode != 0:
        raise Missing("namespaces are not allowed here: " + probe.stderr.strip())
    sys.stdout.flush()
    inner = subprocess.Popen(
        ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork",
         "--kill-child", "--propagation", "private", "--",
         "/usr/bin/python3", "-B", os.path.abspath(sys.argv[0])] + sys.argv[1:],
        stdin=subprocess.DEVNULL, env=dict(os.environ, **{INSIDE: "1"}),
        preexec_fn=_die_with_parent)
    for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(sig, lambda *_: (inner.kill(), sys.exit(99)))
    try:
        status = inner.wait(limit)
    except subprocess.TimeoutExpired:
        inner.kill()
        print(f"not ok: killed after {limit} seconds")
        status = 1
    sys.exit(status if status >= 0 else 99)


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)	# PR_SET_PDEATHSIG


def _be_init():
    """Leaves the first process behind to do an init's work; returns in a child.

    Some daemons take a parent with number 1 as a sign that they are detached.
    """
    child = os.fork()
    if child == 0:
        return
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xff)


def _mount(*args):
    subprocess.run(["mount", *args], check=True)


def _build_root():
    """Makes the copy-on-write root and moves into it."""
    others = _disk_mounts()
    _mount("-t", "tmpfs", "-o", "mode=755", "live", STAGE)
    root = STAGE + "/root"
    os.mkdir(root)
    _overlay("/", root)
    for point in others:
        # The tree, or a home, may be on a disk of its own.
        _overlay(point, root + point)
    _mount("-t", "proc", "proc", root + "/proc")
    _mount("-t", "tmpfs", "-o", "mode=755", "run", root + "/run")
    os.makedirs(root + "/run/lock", exist_ok=True)
    _build_dev(root + "/dev")
    cwd = os.getcwd()
    os.chdir(root)
    subprocess.run(["pivot_root", ".", "sys"], check=True)
    os.chroot(".")
    subprocess.run(["umount", "-l", "/sys"], check=True)
    os.chdir(cwd)


def _disk_mounts():
    """The mounts besides / that hold something a test reads, outermost first."""
    needed = ["/usr/bin", "/usr/sbin", "/usr/lib", "/usr/share", "/etc", "/var/lib", "/var/spool",
              os.getcwd(), os.path.abspath(sys.argv[0])]
    needed += [os.environ[v] for v in ("OSTLER", "top_srcdir", "builddir") if os.environ.get(v)]
    needed = [os.path.realpath(p) + "/" for p in needed]
    points = set()
    with open("/proc/self/mountinfo") as f:
        for line in f:
            point = line.split()[4].encode().decode("unicode_escape")
            if point != "/" and any(p.startswith(point + "/") for p in needed):
                points.add(point)
    return sorted(points, key=len)


def _overlay(lower, where):
    layer = f"{STAGE}/layer{len(os.listdir(STAGE))}"
    os.makedirs(layer + "/upper")
    os.mkdir(layer + "/work")
    shutil.copystat(lower, layer + "/upper")
    _mount("-t", "overlay", "-o",
           f"lowerdir={lower},upperdir={layer}/upper,workdir={layer}/work",
           "overlay", where)


def _build_dev(dev):
    """A /dev of our own: its log socket and shared memory must not be the system's."""
    _mount("-t", "tmpfs", "-o", "mode=755", "dev", dev)
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        open(f"{dev}/{name}", "w").close()
        _mount("--bind", f"/dev/{name}", f"{dev}/{name}")
    os.mkdir(dev + "/shm")
    _mount("-t", "tmpfs", "-o", "mode=1777", "shm", dev + "/shm")
    os.mkdir(dev + "/pts")
    _mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666", "pts", dev + "/pts")
    os.symlink("pts/ptmx", dev + "/ptmx")
    for n, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{n}", f"{dev}/{name}")
    os.symlink("/proc/self/fd", dev + "/fd")


def _loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        ifreq = struct.pack("16sH14x", b"lo", 0)
        flags, = struct.unpack_from("16xH", fcntl.ioctl(s, 0x8913, ifreq))	# SIOCGIFFLAGS
        fcntl.ioctl(s, 0x8914, struct.pack("16sH14x", b"lo", flags | 1))	# SIOCSIFFLAGS, IFF_UP


# --- packages that cannot be installed beside others ---

def find_packages(names):
    """The archives of these Debian packages."""
    found = [glob.glob(f"{PACKAGES}/{name}_*.deb") for name in names]
    for name, files in zip(names, found):
        if not files:
            raise Missing(f"{name} is not in {PACKAGES}: see tests/live/install")
    return [max(files, key=os.path.getmtime) for files in found]


def unpack(names):
    """Lays their files over this machine, without asking their scripts."""
    for archive in find_packages(names):
        # dpkg-deb -x would put folders where /bin and /lib are links.
        files = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True,
                               capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", "/", "--keep-directory-symlink"], input=files,
                       check=True)


# --- what a test does inside ---

class Machine:
    """The copy, with two people in it: alice and bob."""

    def __init__(self):
        self.syslog = Syslog()
        self._names()
        self._person("alice", 1000, "Alice Example")
        self._person("bob", 1001, "Bob Example")

    def _names(self):
        write("/etc/hostname", HOST + "\n")
        write("/etc/mailname", "example.org\n")
        write("/etc/hosts", f"127.0.0.1 localhost\n::1 localhost\n127.0.0.1 {HOST} host\n"
              "127.0.0.1 relay.example.net\n")
        write("/etc/resolv.conf", "")
        write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\n"
              "hosts: files\nservices: files\nprotocols: files\n")

    def account(self, name, uid, full="", home="/nonexistent", shell="/usr/sbin/nologin"):
        """Adds a user and a group of that name; who had either number before loses it."""
        rows = {"/etc/passwd": (f"{name}:x:{uid}:{uid}:{full},,,:{home}:{shell}\n", 2),
                "/etc/group": (f"{name}:x:{uid}:\n", 2),
                "/etc/shadow": (f"{name}:*:19000:0:99999:7:::\n", None)}
        for path, (row, number) in rows.items():
            with open(path) as f:
                old = [l for l in f if (w := l.split(":"))[0] != name
                       and (number is None or w[number] != str(uid))]
            write(path, "".join(old) + row, os.stat(path).st_mode & 0o777)

    def _person(self, name, uid, full):
        home = f"{HOMES}/{name}"
        self.account(name, uid, full, home, "/bin/sh")
        shutil.rmtree(home, ignore_errors=True)
        os.makedirs(home)
        os.chown(home, uid, uid)

    def install(self, program):
        """Makes program what this machine calls ostler, msmtp, sendmail, mailq, newaliases."""
        with open(program, "rb") as f:
            binary = f.read()
        write("/usr/bin/ostler", binary, 0o755)
        for path in ("/usr/bin/msmtp", "/usr/sbin/sendmail", "/usr/lib/sendmail",
                     "/usr/bin/mailq", "/usr/bin/newaliases"):
            if os.path.lexists(path):
                os.unlink(path)
            os.symlink("/usr/bin/ostler", path)

    @staticmethod
    def uid(user):
        return pwd.getpwnam(user).pw_uid

    @staticmethod
    def home(path="", user="alice"):
        return os.path.join(pwd.getpwnam(user).pw_dir, path)

    def rc(self, text, user="alice"):
        """Writes the user's ~/.msmtprc, which only they may read."""
        who = pwd.getpwnam(user)
        write(f"{who.pw_dir}/.msmtprc", text, 0o600, who)

    def file(self, path, text, user="alice", mode=0o644):
        """Writes a file of that user's, with its folders; a bare name is in the home."""
        who = pwd.getpwnam(user)
        path = os.path.join(who.pw_dir, path)
        missing = []
        folder = os.path.dirname(path)
        while not os.path.isdir(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for folder in reversed(missing):
            os.mkdir(folder)
            os.chown(folder, who.pw_uid, who.pw_gid)
        write(path, text, mode, who)
        return path

    def environment(self, user):
        who = pwd.getpwnam(user)
        env = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
        env.update(HOME=who.pw_dir, USER=user, LOGNAME=user, SHELL="/bin/sh", LANG="C.UTF-8",
                   PATH="/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin")
        return env

    def start(self, argv, user="alice", env=None, **how):
        """A process of that user's, in their home, with their environment and no terminal."""
        who = pwd.getpwnam(user)
        how.setdefault("cwd", who.pw_dir)
        how.setdefault("stdin", subprocess.DEVNULL)
        how.setdefault("umask", 0o022)
        if isinstance(argv, str):
            argv = ["/bin/sh", "-c", argv]
        return subprocess.Popen(argv, env=dict(self.environment(user), **(env or {})),
                                user=who.pw_uid, group=who.pw_gid,
                                extra_groups=os.getgrouplist(user, who.pw_gid),
                                start_new_session=True, **how)

    def run(self, argv, user="alice", stdin=b"", env=None, limit=40, **how):
        """Runs to the end; gives returncode, stdout and stderr (bytes).

        argv may be a line for the shell.  A run past its limit is killed and fails
        the test.
        """
        how.setdefault("stdout", subprocess.PIPE)
        how.setdefault("stderr", subprocess.PIPE)
        if not isinstance(stdin, bytes):
            how["stdin"], stdin = stdin, None
        else:
            how["stdin"] = subprocess.PIPE
        with self.start(argv, user, env, **how) as p:
            try:
                out, err = p.communicate(stdin, timeout=limit)
            except subprocess.TimeoutExpired:
                os.killpg(p.pid, signal.SIGKILL)
                raise AssertionError(f"still running after {limit} s: {argv}") from None
        return subprocess.CompletedProcess(argv, p.returncode, out, err)

    def ok(self, argv, *args, **kwargs):
        """run(), and the exit status must be 0."""
        done = self.run(argv, *args, **kwargs)
        assert done.returncode == 0, (f"{argv} ended with {done.returncode}\n"
                                      f"stdout: {done.stdout!r}\nstderr: {done.stderr!r}")
        return done


def write(path, text, mode=0o644, who=None):
    """Replaces the file, so that its mode and owner are these from the first byte on."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(fd, "wb") as f:
        os.fchmod(fd, mode)
        if who:
            os.fchown(fd, who.pw_uid, who.pw_gid)
        f.write(text if isinstance(text, bytes) else text.encode())


class Syslog(threading.Thread):
    """Listens on this machine's /dev/log and keeps the lines."""

    def __init__(self):
        super().__init__(daemon=True)
        self.lines = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        self.start()

    def run(self):
        while True:
            line = self._socket.recv(65536)
            self.lines.append(line.decode("utf-8", "backslashreplace").rstrip("\n\0"))

    def having(self, *words):
        return [l for l in self.lines if all(w in l for w in words)]
