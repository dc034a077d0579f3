"""The real cron daemon mails what its jobs say.

Jobs marked @reboot run as soon as the daemon starts, so nothing waits for the
full minute.  The daemon has the environment that a service manager gives it (no
HOME, USER or LOGNAME) unless a case is about another one.
"""

import os
import re
import subprocess

from lib import machine, run
from lib.run import same
from lib.server import until

BARE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


def jobs(b, system="", alice="", env=None):
    """Runs cron over these crontabs until close() of what it gives."""
    machine.write("/etc/crontab", system)
    for folder in ("/etc/cron.d", "/var/spool/cron/crontabs"):
        for name in os.listdir(folder):
            os.unlink(f"{folder}/{name}")
    if alice:
        b.box.file("/var/spool/cron/crontabs/alice", alice, mode=0o600)
    for left in ("/run/crond.reboot", "/run/crond.pid"):
        if os.path.exists(left):
            os.unlink(left)
    return Cron(b, env or BARE)


class Cron:
    def __init__(self, b, env):
        self.errors = open("/var/log/cron-stderr", "w+b")
        self.daemon = subprocess.Popen(["cron", "-f", "-L", "15"], env=env, cwd="/",
                                       stdin=subprocess.DEVNULL, stdout=self.errors,
                                       stderr=self.errors, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.daemon.terminate()
        self.daemon.wait(30)

    def said(self):
        self.errors.seek(0)
        return self.errors.read()


def check(mail, user, to, body):
    same("recipient", mail.rcpt, to)
    same("body", mail.body, body)
    same("Auto-Submitted fields", len(mail.fields("Auto-Submitted")), 0)
    assert re.search(rf"^{user}@\S+\.\S+ \(Cron Daemon\)$|<{user}@\S+\.\S+>$",
                     mail.field("From")), mail.head
    assert mail.field("Subject").startswith("Cron <"), mail.head
    mail.field("Date")
    mail.field("Message-ID")


def user_crontab(b):
    with jobs(b, alice="MAILTO=ops@example.com\n@reboot printf 'hay\\nFrom here\\n'\n") as cron:
        mail, = b.far.wait(1)
        check(mail, "root", "ops@example.com", b"hay\nFrom here\n")
        same("sender", mail.sender, "alice@example.org")
        same("cron's stderr", cron.said(), b"")


def raw_bytes(b):
    """A dot alone, dots in front, no end of the last line; MAILTO is a list."""
    with jobs(b, system="MAILTO=ops@example.com,carol@example.net\n@reboot alice "
              "printf 'one\\n.\\n..two\\ncaf\\303\\251 \\351\\r\\nend'\n") as cron:
        mails = b.far.wait(2)
        same("recipients", sorted(m.rcpt for m in mails), ["carol@example.net", "ops@example.com"])
        for m in mails:
            check(m, "root", m.rcpt, b"one\n.\n..two\ncaf\xc3\xa9 \xe9\nend\n")
        same("cron's stderr", cron.said(), b"")


def headers_from_the_crontab(b):
    """MAILFROM reaches only the From field; the subject holds raw UTF-8."""
    with jobs(b, alice="MAILTO=ops@example.com\nMAILFROM=cron@example.org\n"
              'CONTENT_TYPE="text/plain; charset=UTF-8"\nCONTENT_TRANSFER_ENCODING=8bit\n'
              "@reboot echo Hafer für Pferde; echo to stderr >&2; exit 3\n"):
        mail, = b.far.wait(1)
        same("body", mail.body, "Hafer für Pferde\nto stderr\n".encode())
        assert "cron@example.org" in mail.field("From"), mail.head
        assert "Hafer für Pferde" in mail.field("Subject"), mail.head
        same("type", mail.field("Content-Type"), "text/plain; charset=UTF-8")
        same("sender", mail.sender, "alice@example.org")


def roots_job(b):
    b.box.rc(b.relay.rc(), user="root")
    with jobs(b, system="MAILTO=ops@example.com\n@reboot root id -un\n"):
        mail, = b.far.wait(1)
        check(mail, "root", "ops@example.com", b"root\n")


def daemon_with_roots_environment(b):
    """Started from a root shell, cron hands HOME, USER and LOGNAME of root to
    alice's sendmail; alice's own settings are meant."""
    with jobs(b, alice="MAILTO=ops@example.com\n@reboot echo hay\n", env=b.box.environment("root")):
        mail, = b.far.wait(1)
        check(mail, "root", "ops@example.com", b"hay\n")
        same("sender", mail.sender, "alice@example.org")


def silent_job(b):
    with jobs(b, alice="MAILTO=ops@example.com\n@reboot touch ran\n"):
        until(lambda: os.path.exists(b.box.home("ran")), "the job")
    b.nothing_arrived()


def refusal(b):
    """cron logs our status; what we said is on its stderr, in one line."""
    with jobs(b, alice="MAILTO=x@refused.example.net\n@reboot echo hay\n") as cron:
        line = b.logged("got status 0x")
        status = int(re.search(r"got status 0x([0-9a-f]+)", line)[1], 16)
        assert status in (65, 67, 69), line
        said = cron.said().decode()
        assert re.fullmatch(r"sendmail: .*x@refused\.example\.net.*5\.1\.1.*\n", said), said
    b.logged("x@refused.example.net", "5.1.1")
    b.nothing_arrived()


run.main(needs=["cron"], cases=[user_crontab, raw_bytes, headers_from_the_crontab, roots_job,
                                daemon_with_roots_environment, silent_job, refusal])
