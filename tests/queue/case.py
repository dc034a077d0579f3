"""What the tests of the queue have in common: a relay, an rc file with a queue of
its own, and the program under all its names.

A test is a function of a Case whose name begins with "test_"; it fails by an
assertion.  A file's last line is case.main().  No runner outlives its test.
"""

import contextlib
import email
import email.policy
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests/replay"))
from lib import relay as bundled  # noqa: E402 (the path comes first)

OSTLER = os.environ["OSTLER"]
MAIL = b"From: me@example.org\nTo: you@example.com\nSubject: oats\n\nbody\n"
with open(OSTLER, "rb") as program:
    SLOW = 4 if b"__asan_init" in program.read() else 1


class Run:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out.decode(), err.decode()

    def ok(self):
        """Exit 0 without a word: what sendmail's callers take for success."""
        assert (self.status, self.out, self.err) == (0, "", ""), \
            (self.status, self.out, self.err)
        return self


class Case:
    def __init__(self, folder=None):
        self.dir = tempfile.mkdtemp(prefix="ostler-queue.", dir=folder)
        self.env = {"HOME": self.dir, "PATH": os.environ["PATH"], "LC_ALL": "C",
                    # root's queue would be the machine's
                    "XDG_STATE_HOME": self.path("state"),
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""),
                    "UBSAN_OPTIONS": os.environ.get("UBSAN_OPTIONS", "")}
        self.queue = self.path("queue")
        self.rc, self.relays = self.path("rc"), []

    # ---- surroundings

    def path(self, name):
        return os.path.join(self.dir, name)

    def relay(self, *options, listen=("plain",)):
        relay = bundled.Relay(self.path(f"relay{len(self.relays)}"), *options, listen=listen)
        self.relays.append(relay)
        return relay

    def setup(self, port, *lines, retry="1s..2s", **more):
        """An rc file for the relay at PORT, and the lines."""
        self.write("rc", "account default\nhost 127.0.0.1\n"
                   f"port {port}\nfrom me@example.org\nqueue_dir {self.queue}\n"
                   f"logfile {self.path('log')}\nlogfile_time_format none\n"
                   f"retry {retry}\n" + "".join(line + "\n" for line in lines), **more)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), 0o600)

    def clear(self):
        self.kill_runner()
        for relay in self.relays:
            with contextlib.suppress(OSError, ValueError):
                relay.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    # ---- the program

    def run(self, argv0, *args, mail=b"", within=120, **more):
        process = subprocess.run([argv0, *args], executable=OSTLER, env=self.env,
                                 input=mail, stdout=subprocess.PIPE, check=False,
                                 stderr=subprocess.PIPE, timeout=within, **more)
        return Run(process.returncode, process.stdout, process.stderr)

    def sendmail(self, *args, mail=MAIL, **more):
        return self.run("sendmail", "-C", self.rc, *args, mail=mail, **more)

    def ostler(self, *args, mail=MAIL, **more):
        return self.run("ostler", "-C", self.rc, *args, mail=mail, **more)

    def hands(self, *args, **more):
        return self.run("ostler", "queue", "-C", self.rc, *args, **more)

    # ---- the queue as it is

    def entries(self):
        """What is in the queue, oldest first, as --json tells it."""
        run = self.hands("list", "--json")
        assert run.status == 0, run.err
        return [e for e in map(json.loads, run.out.splitlines()) if "queue_id" in e]

    def waiting(self):
        return [e for e in self.entries() if e["state"] != "failed"]

    def failed(self):
        return [e for e in self.entries() if e["state"] == "failed"]

    def down(self):
        return [json.loads(line) for line in self.hands("list", "--json").out.splitlines()
                if "account_down" in json.loads(line)]

    def edit(self, **values):
        """Change lines of every env, as time would."""
        for name in glob.glob(os.path.join(self.queue, "*.env")):
            with open(name, encoding="utf-8") as f:
                text = f.read()
            for key, value in values.items():
                text = re.sub(rf"^{key} \d+$", f"{key} {value}", text, flags=re.M)
            with open(name, "w", encoding="utf-8") as f:
                f.write(text)

    def until(self, test, seconds=30, why=None):
        """Wait for a condition; gives what it gave.  WHY() tells what is in its way."""
        end = time.monotonic() + seconds * SLOW
        while not (result := test()):
            assert time.monotonic() < end, \
                f"does not come about: {(why or self.state)()}"
            time.sleep(0.05)
        return result

    def until_empty(self, seconds=30):
        self.until(lambda: not glob.glob(os.path.join(self.queue, "*.env")), seconds)

    def state(self):
        return self.hands("list").out + "".join(self.log())

    def log(self):
        with contextlib.suppress(FileNotFoundError):
            with open(self.path("log"), encoding="utf-8") as f:
                return f.readlines()
        return []

    # ---- its runner

    def runner(self):
        """The pid of the process that the queue's runner file names, if it lives."""
        with contextlib.suppress(OSError, AttributeError):
            with open(os.path.join(self.queue, "run/runner"), encoding="utf-8") as f:
                pid = int(re.search(r"^pid (\d+)$", f.read(), re.M).group(1))
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if self.queue.encode() in f.read():
                    return pid
        return None

    def residents(self):
        """Every process that is, or is about to be, this queue's runner."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    words = f.read().split(b"\0")
                if b"--resident" in words and self.queue.encode() in words:
                    found.append(int(pid))
        return found

    def kill_runner(self):
        """No runner any more; one that has just been forked is waited for."""
        quiet = 0
        while quiet < 3:
            pids = self.residents()
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            quiet = 0 if pids else quiet + 1
            time.sleep(0.02 * SLOW)


def parse(mail):
    """A stored message, as Python's mail library understands it."""
    return email.message_from_bytes(mail.data, policy=email.policy.default)


def report(mail):
    """The three parts of a delivery report: text, fields per recipient, original."""
    message = parse(mail)
    assert message.get_content_type() == "multipart/report", message
    assert message.get_param("report-type") == "delivery-status"
    assert mail.sender == "<>" or mail.sender == "", mail.sender
    text, status, original = message.get_payload()
    assert status.get_content_type() == "message/delivery-status"
    return message, text.get_content(), status.get_payload(), original


def main():
    tests = {k: v for k, v in sys.modules["__main__"].__dict__.items()
             if k.startswith("test_")}
    wanted, failed = sys.argv[1:], 0
    for name, test in tests.items():
        if wanted and name not in wanted:
            continue
        case, begun = Case(), time.monotonic()
        try:
            test(case)
            print(f"ok - {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print("NOT OK -", name, flush=True)
            traceback.print_exc(file=sys.stdout)
        finally:
            case.clear()
    print(f"{len(tests) - failed} of {len(tests)} good")
    sys.exit(1 if failed or not tests else 0)
