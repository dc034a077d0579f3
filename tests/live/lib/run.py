"""Where a live test begins.

	run.main(needs=["git"], cases=[function, ...])

checks that the programs in needs are installed (if not: exit 77), enters a
throwaway machine, installs $OSTLER there under all its names, starts the relay
(a class of server.py's kind; Postfix unless told otherwise), writes alice's
msmtprc and calls each case with a Bench.  A case fails by raising.
Every case begins with an empty mailbox.
"""

import os
import shutil
import signal
import sys
import traceback

from . import machine
from .postfix import Postfix
from .server import until


class Bench:
    """What a case works with: the machine, the relay and the far mailbox."""

    def __init__(self, box, relay):
        self.box = box
        self.relay = relay
        self.far = relay.far if relay else None

    def arrived(self, *rcpts, sender="alice@example.org", body=None, **fields):
        """One message arrived, once at each of these and nowhere else; gives it.

        It has one From, Date and Message-ID, no Bcc, no trace of a recipient whose
        name holds "hidden", and these header fields (Content_Type=... and so on).
        """
        mails = self.far.wait(len(rcpts))
        same("recipients", sorted(m.rcpt for m in mails), sorted(rcpts))
        for m in mails:
            same("copies", m.raw, mails[0].raw)
            same("sender", m.sender, sender)
        mail = mails[0]
        for once in ("From", "Date", "Message-ID"):
            mail.field(once)
        same("Bcc", mail.fields("Bcc"), [])
        assert b"hidden" not in mail.head, mail.head
        for name, value in fields.items():
            same(name, mail.field(name.replace("_", "-")), value)
        if body is not None:
            same("body", mail.body, body)
        return mail

    def logged(self, *words):
        """Waits for a line in the syslog that holds all of them; gives it."""
        until(lambda: self.box.syslog.having(*words), f"{words} in the syslog")
        return self.box.syslog.having(*words)[0]

    def nothing_arrived(self):
        self.far.wait(0, limit=0)


def main(needs=(), cases=(), limit=240, relay=Postfix, unpacked=(), **options):
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/lib/git-core"
    packages = list(unpacked) + (relay.unpacked if relay else [])
    try:
        for program in list(needs) + (relay.needs if relay else []):
            if not (os.path.exists(program) or shutil.which(program, path=path)):
                raise machine.Missing(f"{program} is not installed")
        machine.find_packages(packages)
        machine.enter(limit + 10)
    except machine.Missing as e:
        print(f"skipped: {e}")
        sys.exit(77)
    signal.signal(signal.SIGALRM, _too_late)
    signal.alarm(limit)
    os.environ["PATH"] = path
    machine.unpack(packages)
    box = machine.Machine()
    box.install(os.environ.get("OSTLER") or "src/ostler")
    bench = Bench(box, relay(box, **options) if relay else None)
    if relay:
        box.rc(bench.relay.rc())
    failed = sum(not _try(bench, case) for case in cases)
    print(f"{len(cases) - failed} passed, {failed} failed")
    sys.stdout.flush()
    sys.exit(1 if failed else 0)


def _too_late(*_):
    raise AssertionError("out of time")


def _try(bench, case):
    if bench.far:
        bench.far.clear()
    bench.box.syslog.lines.clear()
    logged = len(bench.relay.log()) if bench.relay else 0
    try:
        case(bench)
    except Exception:
        print(f"not ok {case.__name__}")
        traceback.print_exc(file=sys.stdout)
        if bench.relay:
            print("mail log:", *bench.relay.log()[logged:].splitlines()[-40:], sep="\n  ")
        print("syslog:", *bench.box.syslog.lines[-40:], sep="\n  ")
        return False
    print(f"ok {case.__name__}")
    return True


def same(what, got, want):
    """Fails with the first difference between two values, bytes above all."""
    if got == want:
        return
    text = f"{what}:\n got  {got!r}\n want {want!r}"
    if isinstance(got, bytes) and isinstance(want, bytes):
        at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b),
                  min(len(got), len(want)))
        text = (f"{what}: {len(got)} bytes instead of {len(want)}, first difference at {at}:\n"
                f" got  {got[max(0, at - 40):at + 80]!r}\n want {want[max(0, at - 40):at + 80]!r}")
    raise AssertionError(text)


def silent(done):
    """It succeeded without a word."""
    assert (done.returncode, done.stdout + done.stderr) == (0, b""), (
        f"{done.args} ended with {done.returncode}\n"
        f"stdout: {done.stdout!r}\nstderr: {done.stderr!r}")
