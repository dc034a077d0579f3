"""msmtp and this program side by side: same rc file, same arguments, same message,
same relay.

Each combination is run with Debian's msmtp and with ours under the name msmtp.
Exit status, envelope and bytes must be the same after the listed differences have
been applied to what msmtp did; see differences.py.  A difference that does not show
anywhere is an error too: then the list is wrong.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "replay"))

import cases  # noqa: E402
import differences  # noqa: E402
from lib.relay import Nobody, Relay  # noqa: E402

FROM = "default@example.org"


class Outcome:
    """status, and what the relay holds: [(sender, recipients, wishes, bytes)]."""

    def __init__(self, status, mails, err):
        self.status, self.mails, self.err = status, mails, err

    @property
    def key(self):
        return self.status, self.mails

    def __str__(self):
        text = [f"exit status {self.status} {self.err[:300]!r}"]
        for sender, rcpts, wishes, data in self.mails:
            text.append(f"    <{sender}> -> {rcpts} {wishes}\n    {data[:700]!r}")
        return "\n".join(text)


class Case:
    def __init__(self, name, argv, message, rc, fail=None):
        self.name, self.argv, self.message, self.rc, self.fail = name, argv, message, rc, fail


def normal(data, message):
    """Date and Message-ID that were made now are the same at any time."""
    head, sep, body = data.partition(b"\r\n\r\n")
    had = message.lower()
    if b"\ndate:" not in b"\n" + had:
        head = re.sub(rb"(?m)^Date: [A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{8} [+-]\d{4}\r?$",
                      b"Date: NOW\r", head + b"\r", count=1)[:-1] if True else head
    if b"\nmessage-id:" not in b"\n" + had:
        head = re.sub(rb"(?m)^Message-ID: <[^@>\r\n]+@", b"Message-ID: <MADE@", head, count=1)
    return head + sep + body


class Matrix:
    def __init__(self, folder):
        self.folder = folder
        self.relay = Relay(os.path.join(folder, "relay"), "--lax=all", listen=[
            "plain", "starttls", "tls", "lmtp", "unix=" + os.path.join(folder, "relay.sock")])
        self.old = Relay(os.path.join(folder, "old"), "--lax=all", "--caps=")
        self.small = Relay(os.path.join(folder, "small"), "--lax=all", "--size=1000")
        self.nobody = Nobody()
        self.ours = os.environ.get("OSTLER", "src/ostler")
        self.msmtp = shutil.which("msmtp", path=os.environ.get("PATH", "") + ":/usr/bin")
        self.used = set()
        self._write("aliases", "root: human@example.net\nteam: bob@example.com, carol@example.net\n"
                               "chain: root\n")
        self._write("defaultaliases", "default: human@example.net\n")

    def _write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(text)
        os.chmod(path, 0o600)
        return path

    def rc(self, settings=()):
        """An rc file with this in the default account, and many others."""
        ports, ca = self.relay.ports, self.relay.ca
        login = ["tls on", f"tls_trust_file {ca}", f"port {ports['relay_starttls']}", "user user@example.org"]
        extra = {
            "second": ["from second@example.com"],
            "pattern": ["from *@example.net"],
            "parent": ["from parent@example.org", "set_date_header off"],
            "child : parent": ["from child@example.org"],
            "lmtp": ["protocol lmtp", f"port {ports['relay_lmtp']}"],
            "socket": [f"socket {os.path.join(self.folder, 'relay.sock')}"],
            "starttls": ["tls on", f"tls_trust_file {ca}", f"port {ports['relay_starttls']}"],
            "tls": ["tls on", "tls_starttls off", f"tls_trust_file {ca}", f"port {ports['relay_tls']}"],
            "login": [*login, "auth login", "password secret"],
            "plainauth": [*login, "auth plain", "password secret"],
            "cram": [*login, "auth cram-md5", "password secret"],
            "scram": [*login, "auth scram-sha-256", "password secret"],
            "passwordeval": [*login, "auth on", "passwordeval echo secret"],
            "wrongpassword": [*login, "auth on", "password wrong"],
            "nocheck": ["tls on", "tls_certcheck off", f"port {ports['relay_starttls']}"],
            "distrust": ["tls on", f"port {ports['relay_starttls']}"],
            "fingerprint": ["tls on", f"tls_fingerprint {self.relay.fingerprint()}",
                            f"port {ports['relay_starttls']}"],
            "old": [f"port {self.old.port}"],
            "small": [f"port {self.small.port}"],
            "nobody": [f"port {self.nobody.port}"],
        }
        base = ["host 127.0.0.1", f"port {ports['relay_plain']}", f"from {FROM}"]
        lines = ["account default", *self._once(base, settings)]
        for name, more in extra.items():
            lines += [f"account {name}", *self._once(base, more)]
        return "\n".join(lines) + "\n"

    @staticmethod
    def _once(base, more):
        """Settings, the later ones in place of the earlier."""
        rows = {line.split(" ")[0]: line for line in [*base, *more]}
        return list(rows.values())

    def run(self, program, case):
        rc = self._write("rc", case.rc.replace("PORT", str(self.relay.port)))
        argv = [a.replace("DEFAULTALIASES", os.path.join(self.folder, "defaultaliases"))
                 .replace("ALIASES", os.path.join(self.folder, "aliases"))
                 .replace("PORT", str(self.relay.port)) for a in case.argv]
        env = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "LC_ALL": "C.UTF-8", "USER": "tester",
               "XDG_STATE_HOME": os.path.join(self.folder, "state")}
        if case.fail:
            self.relay.tell("fail", case.fail)
        done = subprocess.run(["msmtp", "-C", rc, *argv], executable=program, input=case.message,
                              env=env, timeout=60, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if case.fail:
            self.relay.tell("fail", "none")
        mails = []
        for mail in self.relay.new() + self.old.new() + self.small.new():
            wishes = sorted({p for params in mail.rcpt_params for p in params if p.startswith("NOTIFY=")}
                            | {p for p in mail.mail_params if p.startswith("RET=") or p == "SMTPUTF8"})
            mails.append((mail.sender, mail.rcpts, wishes, normal(mail.data, case.message)))
        return Outcome(done.returncode, mails, done.stderr)

    def compare(self, case):
        theirs, ours = self.run(self.msmtp, case), self.run(self.ours, case)
        want, used = differences.apply(case, theirs)
        if ours.key != want.key:
            raise AssertionError(f"{case.name}: {case.argv}\n  msmtp    {theirs}\n"
                                 f"  expected {want}\n  ours     {ours}")
        if theirs.key != ours.key:
            self.used |= used


    def compare_newer(self, case, fields):
        """Ours shows these fields, and Debian's, which is older, does not."""
        for program, newer in ((self.ours, True), (self.msmtp, False)):
            outcome = self.run(program, case)
            shown = [{name: found(mail, name) for name in fields} for mail in outcome.mails]
            if (shown == [fields]) != newer:
                raise AssertionError(f"{case.name}: {case.argv}\n  {program}: {outcome}\n"
                                     f"  {'wanted' if newer else 'not newer'}: {fields}")


def found(mail, name):
    """What the mail has of that name: a header field, or a part of the envelope."""
    sender, _, wishes, data = mail
    if name in ("MAIL FROM", "wishes"):
        return sender if name == "MAIL FROM" else wishes
    head = data.partition(b"\r\n\r\n")[0].decode(errors="surrogateescape")
    return [line.partition(": ")[2] for line in head.split("\r\n") if line.startswith(name + ": ")]


def combinations(matrix):
    """Every case, each once."""
    usual, m = matrix.rc(), cases.MESSAGES
    for name, message in m.items():
        yield Case(f"{name} / to", ["--", *cases.TO], message, usual)
        yield Case(f"{name} / -t", ["-t"], message, usual)
    for setting, lines in cases.SETTINGS.items():
        for name in cases.SETTING_MESSAGES:
            yield Case(f"{setting} / {name}", ["-f", "env@example.org", "-t", "--", "x@example.com"],
                       m[name], matrix.rc(lines))
    for option, words in cases.OPTIONS.items():
        for name in cases.OPTION_MESSAGES:
            yield Case(f"{option} / {name}", [*words, "--", "x@example.com"], m[name], usual)
    for option, words in cases.ARGUMENTS.items():
        for name in cases.ARGUMENT_MESSAGES:
            yield Case(f"{option} / {name}", words, m[name], usual)
    for mistake, words in cases.MISTAKES.items():
        yield Case(f"mistake: {mistake}", words, m["nothing but a subject"], usual)
    for mistake, rc in cases.RC_MISTAKES.items():
        yield Case(f"rc: {mistake}", ["--", *cases.TO], m["plain"], rc)
    for failure, rule in cases.FAILURES.items():
        yield Case(f"relay: {failure}", ["--", "bob@example.com", "carol@example.net"], m["plain"], usual, rule)
    for failure, rule in cases.LOGIN_FAILURES.items():
        yield Case(f"relay: {failure}", ["-a", "plainauth", "--", *cases.TO], m["plain"], usual, rule)
    for name in cases.OLD_RELAY_MESSAGES:
        yield Case(f"old relay / {name}", ["-a", "old", "--", *cases.TO], m[name], usual)
        yield Case(f"small relay / {name}", ["-a", "small", "--", *cases.TO], m[name], usual)
    for option, words in cases.OLD_RELAY_OPTIONS.items():
        yield Case(f"old relay / {option}", ["-a", "old", *words, *cases.TO], m["plain"], usual)
    for account in ("wrongpassword", "distrust", "nobody"):
        yield Case(f"relay: {account}", ["-a", account, "--", *cases.TO], m["plain"], usual)


def main():
    if not (shutil.which("msmtp") or os.path.exists("/usr/bin/msmtp")):
        print("msmtp is not installed")
        sys.exit(77)
    folder = tempfile.mkdtemp(prefix="ostler-matrix.")
    failed = total = 0
    try:
        matrix = Matrix(folder)
        for case in combinations(matrix):
            total += 1
            try:
                matrix.compare(case)
            except Exception as e:
                failed += 1
                print("not ok", e if isinstance(e, AssertionError) else traceback.format_exc())
        for name, (settings, words, fields) in cases.NEWER.items():
            total += 1
            try:
                matrix.compare_newer(Case(name, [*words, "--", *cases.TO], cases.MESSAGES["cc"],
                                          matrix.rc(settings)), fields)
            except AssertionError as e:
                failed += 1
                print("not ok", e)
        for name in differences.names() - matrix.used:
            failed += 1
            print(f"not ok: the difference '{name}' shows nowhere")
        for relay in (matrix.relay, matrix.old, matrix.small):
            relay.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{total} combinations, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
