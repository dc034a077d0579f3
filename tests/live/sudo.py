"""sudo mails as the user who called it, with nowhere to print anything."""

from lib import machine, run
from lib.run import same


def sudoers(to):
    machine.write("/etc/sudoers", f"""Defaults mail_always, !mail_badpass
Defaults mailto={to}, mailfrom=sudo@example.org, !env_reset
alice ALL=(ALL) NOPASSWD: ALL
root ALL=(ALL) ALL
""", 0o440)


def report(b):
    sudoers("ops@example.com")
    same("exit status", b.box.run(["sudo", "-n", "true"]).returncode, 0)
    # One when the command is allowed, one when it has ended.
    for m in b.far.wait(2):
        same("recipient", m.rcpt, "ops@example.com")
        same("sender", m.sender, "alice@example.org")
        same("From", m.field("From"), "sudo@example.org")
        same("To", m.field("To"), "ops@example.com")
        m.field("Date")
        m.field("Message-ID")
        assert b"COMMAND=/usr/bin/true" in m.body, m.body


def unqualified(b):
    """As it ships: to root, from the user, neither with a domain."""
    machine.write("/etc/sudoers", "Defaults mail_always\nalice ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    same("exit status", b.box.run(["sudo", "-n", "true"]).returncode, 0)
    for m in b.far.wait(2):
        same("recipient", m.rcpt, "root@example.org")
        same("From", m.field("From"), "alice@example.org")


def refusal(b):
    """sudo looks at nothing; the line in the log is all that remains."""
    sudoers("x@refused.example.net")
    same("exit status", b.box.run(["sudo", "-n", "true"]).returncode, 0)
    b.logged("sendmail", "x@refused.example.net", "5.1.1")
    b.nothing_arrived()


run.main(needs=["sudo"], cases=[report, unqualified, refusal])
