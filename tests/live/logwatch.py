"""logwatch: To and From are bare names, and the umask is 0177."""

from lib import machine, run
from lib.run import same, silent


def logwatch(b, to):
    b.box.rc(b.relay.rc(), user="root")
    machine.write("/var/log/auth.log", "Nov 21 10:00:00 host sudo:    alice : TTY=pts/0 ; "
                  "PWD=/tmp ; USER=root ; COMMAND=/usr/bin/true\n")
    return b.box.run(["logwatch", "--output", "mail", "--mailto", to, "--range", "all",
                      "--service", "sudo"], user="root", umask=0o177)


def report(b):
    silent(logwatch(b, "ops@example.com"))
    m = b.arrived("ops@example.com", To="ops@example.com")
    assert b"Logwatch End" in m.body, m.body
    assert m.field("From").endswith("root@example.org"), m.head


def local_name(b):
    silent(logwatch(b, "root"))
    b.arrived("root@example.org")


def refusal(b):
    """It ignores the status, but a mailer that does not read would kill it."""
    done = logwatch(b, "x@refused.example.net")
    same("exit status", done.returncode, 0)
    assert b"x@refused.example.net" in done.stderr, done
    b.nothing_arrived()


run.main(needs=["logwatch"], cases=[report, local_name, refusal])
