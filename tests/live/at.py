"""at: the daemon mails a job's output as the job's owner and looks at nothing."""

import os
import subprocess

from lib import run
from lib.run import same
from lib.server import until


def start_atd(b):
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    subprocess.Popen(["atd", "-f", "-l", "1000", "-b", "1"], env=env, cwd="/",
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL, start_new_session=True)
    until(lambda: os.path.exists("/run/atd.pid"), "atd")


def submit(b, job, *args):
    done = b.box.run(["at", *args, "now"], stdin=job)
    same("exit status", done.returncode, 0)


def output(b):
    """alice has no domain on at's command line, so she gets ours."""
    start_atd(b)
    submit(b, b"printf 'out\\n.\\ncaf\\303\\251\\n'; echo err >&2\n")
    m = b.arrived("alice@example.org", body=b"out\n.\ncaf\xc3\xa9\nerr\n")
    assert m.field("Subject").startswith("Output from your job"), m.head
    assert "alice@example.org" in m.field("From"), m.head


def empty(b):
    """-m wants a mail although the job says nothing."""
    submit(b, b"true\n", "-m")
    m = b.arrived("alice@example.org")
    same("body", m.body.strip(), b"")


def refusal(b):
    """at looks neither at the status nor at stderr: the log is all there is."""
    b.box.rc(b.relay.rc(password="wrong"))
    submit(b, b"echo hay\n")
    b.logged("sendmail", "535")
    b.nothing_arrived()


run.main(needs=["at", "atd"], cases=[output, empty, refusal])
