"""anacron hands over an unlinked file, without -i, as root."""

import os

from lib import machine, run
from lib.run import same


def anacron(b, mailto, job):
    b.box.rc(b.relay.rc(), user="root")
    os.makedirs("/var/spool/anacron", exist_ok=True)
    b.box.file("job", job + "\n", user="root")
    machine.write("/etc/anacrontab", "SHELL=/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
                  f"MAILTO={mailto}\n1 0 hay sh {b.box.home('job', 'root')}\n")
    # It says on its stderr when it starts and ends a job.
    done = b.box.run("anacron -d -f -n -s 2>anacron.log", user="root", cwd="/tmp")
    same("exit status", done.returncode, 0)
    same("standard output", done.stdout, b"")


def output(b):
    anacron(b, "ops@example.com", r"printf 'one\n.\nthree\n..four\nend'")
    m = b.arrived("ops@example.com", body=b"one\n.\nthree\n..four\nend\n", To="ops@example.com")
    same("From", m.field("From"), "Anacron <root@example.org>")


def local_name(b):
    anacron(b, "root", "echo hay")
    b.arrived("root@example.org", body=b"hay\n")


def refusal(b):
    """One line in the log with our status."""
    anacron(b, "x@refused.example.net", "echo hay")
    b.logged("exited with status")
    b.logged("x@refused.example.net", "5.1.1")
    b.nothing_arrived()


run.main(needs=["anacron"], cases=[output, local_name, refusal])
