"""fail2ban's sendmail action: no final newline, umask 077, our stderr in its log."""

import contextlib
import os
import subprocess

from lib import machine, run
from lib.run import same
from lib.server import until

CLIENT = ["fail2ban-client", "-s", "/run/fail2ban/fail2ban.sock"]


class Jail:
    """The daemon with one jail, from start to stop."""

    def __init__(self, b, to):
        b.box.rc(b.relay.rc(), user="root")
        os.makedirs("/run/fail2ban", exist_ok=True)
        for name in os.listdir("/etc/fail2ban/jail.d"):
            os.unlink(f"/etc/fail2ban/jail.d/{name}")
        machine.write("/var/log/stable.log", "")
        machine.write("/etc/fail2ban/jail.local", f"""[stable]
enabled = true
backend = polling
filter =
failregex = ^kicked by <HOST>$
logpath = /var/log/stable.log
maxretry = 1
action = sendmail[name=stable, dest={to}, sender=fail2ban@example.org, sendername=Fail2Ban]
""")
        machine.write("/etc/fail2ban/fail2ban.local", "[Definition]\n"
                      "logtarget = /var/log/fail2ban.log\ndbfile = :memory:\n")
        self.server = subprocess.Popen(
            ["fail2ban-server", "-f", "-x", "-s", CLIENT[2], "-p", "/run/fail2ban/fail2ban.pid",
             "start"], umask=0o077, cwd="/", env=b.box.environment("root"),
            stdin=subprocess.DEVNULL, start_new_session=True)
        # asking it about a jail that is not there yet would be an ERROR in its log
        until(lambda: "Jail 'stable' started" in log(), "fail2ban")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait(30)


def log():
    with contextlib.suppress(FileNotFoundError), open("/var/log/fail2ban.log") as f:
        return f.read()
    return ""


def ban(b):
    with Jail(b, "ops@example.com"):
        b.far.wait(1)
        subprocess.run(CLIENT + ["set", "stable", "banip", "192.0.2.1"], check=True,
                       capture_output=True)
        start, banned = b.far.wait(2)
    for m, words in ((start, "started on"), (banned, "banned 192.0.2.1 from")):
        assert words in m.field("Subject"), m.head
        same("sender", m.sender, "fail2ban@example.org")
        same("From", m.field("From"), "Fail2Ban <fail2ban@example.org>")
        m.field("Message-ID")
        assert m.body.endswith(b"\nFail2Ban\n"), m.body
    assert " ERROR " not in log(), log()


def refusal(b):
    """What we say stands in its log, and is one line."""
    machine.write("/var/log/fail2ban.log", "")
    with Jail(b, "x@refused.example.net"):
        until(lambda: "x@refused.example.net" in log() and "returned 6" in log(),
                    "fail2ban's complaint")
        lines = [l for l in log().splitlines() if "-- stderr" in l]
        same("lines of ours", len(lines), 1)
        assert "5.1.1" in lines[0], lines
    b.nothing_arrived()


run.main(needs=["fail2ban-server", "fail2ban-client"], cases=[ban, refusal])
