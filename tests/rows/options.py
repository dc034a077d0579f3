#!/usr/bin/python3
"""Every option that is no setting acts, under each name of the program that has it.

A function option_NAME or option_LETTER for each row of the second table; a row that
--help does not mention takes its value along and does nothing else.  A row without a
function, or a function without a row, fails.
"""

import os
import re
import subprocess
import sys
import traceback

import acts
sys.path.insert(0, os.path.join(acts.HERE, os.pardir, "queue"))
import case  # noqa: E402 (the path comes first)
from case import MAIL  # noqa: E402

TO = "you@example.com"
FACES = {"O": "ostler", "M": "msmtp", "S": "sendmail"}


class Trial:
    """One way to say one option, as one of the programs; a relay, and no queue."""

    def __init__(self, face, name, letter, value):
        self.face, self.name, self.letter, self.value = face, name, letter, value
        self.c = case.Case()
        self.relay = self.c.relay()
        self.set()

    def set(self, *lines, queue="off"):
        self.c.setup(self.relay.port, f"queue {queue}", *lines)

    def queued(self):
        """There is a mail in the queue, nobody at work on it, and the relay is back."""
        self.set(queue="on")
        self.relay.tell("refuse")
        assert self.call(TO).status == 0
        self.c.kill_runner()
        self.relay.tell("listen")

    def said(self, value=""):
        """The option with this value, glued to it."""
        if self.name:
            return [f"--{self.name}={value}" if value else f"--{self.name}"]
        return [f"-{self.letter}{value}"]

    def call(self, *args, rc=None, mail=MAIL, **more):
        return self.c.run(self.face, "-C", rc or self.c.rc, *args, mail=mail, **more)

    def sent(self, *args, **more):
        """The one mail that this call sends."""
        run = self.call(*args, **more)
        assert run.status == 0, (args, run.err)
        (mail,) = self.relay.new()
        return mail

    def is_quiet(self, *said):
        """A failure is told, unless the option says otherwise; msmtp has no such option."""
        self.relay.tell("refuse")
        assert self.call(TO).err.count("\n") == 1
        run = self.call(*said, TO)
        assert run.status == 75 and bool(run.err) == (self.face == "msmtp"), run.err


# --- what to do ---

def option_version(t):
    assert t.call(*t.said(), TO).out.startswith("ostler version ") and not t.relay.new()


def option_d(t):
    assert t.call(*t.said("0.1"), TO).out.startswith("ostler version ")
    assert t.sent(*t.said("8"), TO).rcpts == [TO]


def option_help(t):
    assert t.call(*t.said(), TO).out.startswith(f"Usage: {t.face} ") and not t.relay.new()


def option_pretend(t):
    assert "\nhost = 127.0.0.1\n" in t.call(*t.said(), TO).out and not t.relay.new()


def option_debug(t):
    run = t.call(*t.said(), TO)
    assert f"RCPT TO:<{TO}>" in run.out and len(t.relay.new()) == 1, run.out


option_v = option_debug


def option_show_secrets(t):
    t.set("auth plain", "auth_cleartext on", "user user@example.org", "password secret")
    secret = "AHVzZXJAZXhhbXBsZS5vcmcAc2VjcmV0"
    for said, shown in ([], False), (t.said(), True):
        assert (secret in t.call("--debug", *said, TO).out) == shown


def option_print_config(t):
    assert f"# {t.c.rc}:2\nhost 127.0.0.1\n" in t.call(*t.said()).out


def option_configure(t):
    """The look-up itself is in tests/live/configure.py."""
    run = t.call(*t.said("me@nowhere.invalid"), TO)
    assert run.status in (68, 75) and "nowhere.invalid" in run.err and not t.relay.new(), run.err


def option_serverinfo(t):
    run = t.call(*t.said())
    assert run.out.startswith("SMTP server at 127.0.0.1 ") and not t.relay.new(), run.err


def option_rmqs(t):
    run = t.call(*t.said("@example.org"))
    assert run.status == 69 and "ETRN" in run.err, run.err


def option_json(t):
    """For lists, which msmtp has not."""
    t.queued()
    told = ['"queue_id":' in t.call("-bp", *said).out for said in ([], t.said())]
    assert told == [False, t.face != "msmtp"]


def option_lmtp(t):
    """For -bs, which msmtp has not."""
    first = [t.call("-bs", *said, mail=b"LHLO x\r\n").out.splitlines()[-1:]
             for said in ([], t.said())]
    told = [line[0][:3] if line else "none" for line in first]
    assert told == (["none", "none"] if t.face == "msmtp" else ["500", "250"]), first


def option_b(t):
    assert t.sent(*t.said("m"), TO).rcpts == [TO]
    run = t.call(*t.said("s"), mail=b"QUIT\r\n")
    assert run.status == 64 if t.face == "msmtp" else run.out.startswith("220 "), run.err


def option_q(t):
    t.queued()
    assert t.sent(*t.said()).rcpts == [TO] and not t.c.waiting()


def option_I(t):
    t.c.write("wrong", "a@\n")
    for text, status in ("root: a@example.org\n", 0), ("root a@example.org\n", 78), \
            ("a: b\nb: a\n", 78), ("a: b\nb: A@localhost\n", 78), ("a: :include:/nowhere\n", 78), \
            (f"a: :include:{t.c.path('wrong')}\n", 78):
        t.c.write("aliases", text)
        t.set(f"aliases {t.c.path('aliases')}")
        assert t.call(*t.said()).status == status, text


# --- which account, who sends, to whom ---

def option_file(t):
    with open(t.c.rc, encoding="utf-8") as f:
        t.c.write("other", f.read().replace("from me@", "from other@"))
    run = t.c.run(t.face, *t.said(t.c.path("other")), TO, mail=MAIL)
    assert run.status == 0 and t.relay.new()[0].sender == "other@example.org", run.err


def option_account(t):
    t.set("account second : default", "from second@example.org")
    assert t.sent(TO).sender == "me@example.org"
    assert t.sent(*t.said("second"), TO).sender == "second@example.org"


def option_read_recipients(t):
    assert t.sent("b@example.com", mail=MAIL).rcpts == ["b@example.com"]
    assert t.sent(*t.said(), "b@example.com").rcpts == ["b@example.com", TO]


def option_read_envelope_from(t):
    mail = MAIL.replace(b"me@", b"header@")
    assert t.sent(TO, mail=mail).sender == "me@example.org"
    assert t.sent(*t.said(), TO, mail=mail).sender == "header@example.org"


def option_r(t):
    assert t.sent(*t.said("r@example.org"), TO).sender == "r@example.org"


def option_V(t):
    assert "ENVID=id7" in t.sent(*t.said("id7"), TO).mail_params


# --- what is told ---

def option_o(t):
    t.is_quiet(*t.said("eq"))


def option_O(t):
    t.is_quiet(*t.said("ErrorMode=q"))


def option_e(t):
    t.is_quiet(*t.said("q"))


def option_L(t):
    """The name in front of the line, as it leaves; msmtp does not know it."""
    t.set("syslog on")
    os.symlink(case.OSTLER, t.c.path(t.face))
    trace = t.c.path("trace")
    subprocess.run(["strace", "-f", "-s", "100", "-o", trace, "-e", "trace=sendto",
                    t.c.path(t.face), "-C", t.c.rc, *t.said("ward"), TO], check=True, input=MAIL,
                   env=t.c.env | {"ASAN_OPTIONS": "detect_leaks=0"}, timeout=120)
    with open(trace, encoding="utf-8") as f:
        (name,) = re.findall(r'"<14>.{15} (\w+)\[\d+\]: ', f.read())
    assert name == ("msmtp" if t.face == "msmtp" else "ward"), name


def ignored(t):
    """It does nothing, and what stands behind it is its value or is not."""
    words = t.said() if t.value == "none" else t.said("x")
    assert t.sent(*words, TO).rcpts == [TO]
    if t.value == "required":
        assert t.sent(*t.said(), "x", TO).rcpts == [TO]


def trials():
    """(key, face, name, letter, value) for each row, way to say it, and program."""
    text = subprocess.run([f"{acts.BUILD}/tests/check/table"], check=True,
                          capture_output=True, text=True).stdout
    for line in text.splitlines():
        kind, name, letter, faces, value, *_ = line.split("\t")
        if kind != "cli":
            continue
        key = "option_" + (name.replace("-", "_") if name != "-" else letter)
        if line.endswith("\t-") and key not in globals():
            key = "ignored"
        for face in (FACES[f] for f in faces):
            if name != "-":
                yield key, face, name, None, value
            if letter != "-":
                yield key, face, None, letter, value


def main():
    rows, results = list(trials()), []
    unused = {key for key in globals() if key.startswith("option_")} - {row[0] for row in rows}
    for key, face, name, letter, value in rows:
        label = f"{face} {'--' + name if name else '-' + letter}"
        if sys.argv[1:] and (name or letter) not in sys.argv[1:]:
            continue
        t = Trial(face, name, letter, value)
        try:
            globals()[key](t)
            results.append(True)
            print("ok -", label, flush=True)
        except Exception:  # pylint: disable=broad-except
            results.append(False)
            print("NOT OK -", label, flush=True)
            traceback.print_exc(file=sys.stdout)
        finally:
            t.c.clear()
    for key in unused:
        print("NOT OK - no row for", key)
    print(f"{len(results)} ways to say an option, {results.count(False)} failed")
    sys.exit(0 if results and all(results) and not unused else 1)


main()
