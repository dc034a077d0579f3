"""Where a live test begins.

	run.main(needs=["git"], cases=[function, ...])

checks that the programs in needs are installed (if not: exit 77), enters a
throwaway machine, installs $OSTLER there under all its names, starts the relay,
writes alice's msmtprc and calls each case with a Bench.  A case fails by raising.
Every case begins with an empty mailbox.
"""

import os
import shutil
import signal
import sys
import traceback

from . import machine, relay as relays

RELAY_NEEDS = ["postfix", "dovecot", "certtool"]


class Bench:
    """What a case works with: the machine, the relay and the far mailbox."""

    def __init__(self, box, relay):
        self.box = box
        self.relay = relay
        self.far = relay.far if relay else None


def main(needs=(), cases=(), limit=90, relay=True, mechanisms="plain login"):
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        needed = list(needs) + (RELAY_NEEDS if relay else [])
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/lib/git-core"
        for program in needed:
            if not (os.path.exists(program) or shutil.which(program, path=path)):
                raise machine.Missing(f"{program} is not installed")
        machine.enter(limit + 10)
    except machine.Missing as e:
        print(f"skipped: {e}")
        sys.exit(77)
    signal.signal(signal.SIGALRM, _too_late)
    signal.alarm(limit)
    os.environ["PATH"] = path
    bench = _bench(relay, mechanisms)
    failed = sum(not _try(bench, case) for case in cases)
    print(f"{len(cases) - failed} passed, {failed} failed")
    sys.stdout.flush()
    sys.exit(1 if failed else 0)


def _too_late(*_):
    raise AssertionError("out of time")


def _bench(relay, mechanisms):
    program = os.environ.get("OSTLER") or "src/ostler"
    box = machine.Machine()
    box.install(program)
    bench = Bench(box, relays.Relay(mechanisms) if relay else None)
    if relay:
        box.rc(bench.relay.rc())
    return bench


def _try(bench, case):
    if bench.far:
        bench.far.clear()
    logged = len(bench.box.syslog.lines)
    try:
        case(bench)
    except Exception:
        print(f"not ok {case.__name__}")
        traceback.print_exc(file=sys.stdout)
        if bench.relay:
            print("mail log:", *bench.relay.log().splitlines()[-40:], sep="\n  ")
        print("syslog:", *bench.box.syslog.lines[logged:], sep="\n  ")
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
