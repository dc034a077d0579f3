#!/usr/bin/env python3
"""Every login mechanism, against libgsasl's server side in the bundled relay.

Each row is a delivery with a login: what the rc file says, and the mechanism and
user that the relay must have seen, or the exit status without a message.
"""
import os
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ.get("builddir", ".")
RELAY = os.path.join(BUILD, "tests/relay/relay")
OSTLER = os.environ.get("OSTLER", os.path.join(BUILD, "src/ostler"))
MESSAGE = b"From: a@example.org\nTo: b@example.org\n\nhi\n"
USER, SECRET = "user@example.org", "correct horse, battery \u20ac"
WRONG = "wrong horse"

ALL = ("scram-sha-256-plus", "scram-sha-1-plus", "scram-sha-256", "scram-sha-1", "plain",
       "login", "cram-md5", "xoauth2", "oauthbearer")
PLUS = ("scram-sha-256-plus", "scram-sha-1-plus")

failures = 0


def fail(what):
    global failures
    failures += 1
    print("FAIL:", what)


class Relay:
    def __init__(self, work, name, *options):
        self.dir = os.path.join(work, name)
        text = subprocess.run(
            [RELAY, "--dir=" + self.dir, "--background", "--lifetime=200",
             "--listen=plain,starttls,tls", "--user=" + USER + ":" + SECRET,
             "--require=auth", *options],
            check=True, stdout=subprocess.PIPE, timeout=30).stdout.decode()
        self.var = dict(line.split("=", 1) for line in text.splitlines())
        self.count = 0

    def tell(self, *words):
        subprocess.run([RELAY, "--tell", self.dir + "/control", *words],
                       check=True, stdout=subprocess.DEVNULL, timeout=30)

    def deliver(self, home, port, rc):
        """The exit status, standard error, and the envelope that was stored."""
        path = os.path.join(home, "rc")
        with open(path, "w") as f:
            f.write("account default\nhost localhost\nfrom a@example.org\n"
                    f"port {self.var['relay_' + port]}\n{rc}\n")
            if port != "plain":
                f.write(f"tls on\ntls_trust_file {self.dir}/ca/ca.pem\n")
            if port == "tls":
                f.write("tls_starttls off\n")
        os.chmod(path, 0o600)
        done = subprocess.run([OSTLER, "-C", path, "b@example.org"], input=MESSAGE,
                              stderr=subprocess.PIPE, timeout=60,
                              env=dict(os.environ, HOME=home))
        name = os.path.join(self.dir, f"{self.count + 1}.env")
        env = None
        if os.path.exists(name):
            self.count += 1
            with open(name) as f:
                env = dict(line.rstrip("\n").split("=", 1) for line in f)
        return done.returncode, done.stderr.decode(), env


def account(mech, secret, *more):
    return "\n".join((f"auth {mech}", f"user {USER}", f"password {secret}", *more))


def expect_login(what, result, mech, user=USER):
    status, err, env = result
    if status != 0 or env is None:
        fail(f"{what}: exit {status}, {err.strip()}")
    elif (env["auth"], env["user"]) != (mech.upper(), user):
        fail(f"{what}: came as {env['auth']} {env['user']}")


def expect_refusal(what, result, *statuses):
    status, err, env = result
    if env is not None:
        fail(f"{what}: the message was delivered")
    if status not in statuses:
        fail(f"{what}: exit {status}, not {statuses}: {err.strip()}")
    if SECRET in err or WRONG in err:
        fail(f"{what}: the password is in the error text")


def check_mechanisms(home, relay, label):
    for port in ("starttls", "tls"):
        for mech in ALL:
            expect_login(f"{label} {port} {mech}",
                         relay.deliver(home, port, account(mech, SECRET)), mech)
    for mech in ALL:
        expect_refusal(f"{label} {mech} with a wrong password",
                       relay.deliver(home, "tls", account(mech, WRONG)), 77)


def check_choice(home, work):
    """auth on: the strongest that both know."""
    for offered, chosen in (("PLAIN,LOGIN,CRAM-MD5,SCRAM-SHA-1", "SCRAM-SHA-1"),
                            ("LOGIN,PLAIN,CRAM-MD5", "PLAIN"),
                            ("XOAUTH2,LOGIN", "LOGIN"),
                            ("SCRAM-SHA-1,SCRAM-SHA-256,SCRAM-SHA-1-PLUS", "SCRAM-SHA-1-PLUS")):
        relay = Relay(work, "choice-" + chosen, "--auth=" + offered)
        try:
            expect_login(f"choice of {offered}",
                         relay.deliver(home, "tls", account("on", SECRET)), chosen)
        finally:
            relay.tell("stop")


def check_clear(home, relay):
    """Without TLS: SCRAM goes, what can be overheard does not."""
    for mech in ("scram-sha-256", "scram-sha-1"):
        expect_login("clear " + mech,
                     relay.deliver(home, "plain", account(mech, SECRET)), mech)
    for mech in ("plain", "login", "xoauth2", "oauthbearer"):
        expect_refusal("clear " + mech,
                       relay.deliver(home, "plain", account(mech, SECRET)), 69, 78)
    for mech in PLUS:
        expect_refusal("clear " + mech,
                       relay.deliver(home, "plain", account(mech, SECRET)), 69, 78)


def check_liar(home, work):
    """A server that does not know the password gets no mail."""
    relay = Relay(work, "liar", "--lie")
    try:
        for mech in ("scram-sha-256", "scram-sha-1", *PLUS):
            expect_refusal("liar " + mech,
                           relay.deliver(home, "tls", account(mech, SECRET)), 69, 76, 77)
    finally:
        relay.tell("stop")


def check_external(home, work):
    relay = Relay(work, "external", "--client-cert=request")
    certs = relay.dir + "/ca/"
    rc = "auth external\nuser joe@example.org\ntls_cert_file {0}.pem\ntls_key_file {0}.key"
    try:
        expect_login("external", relay.deliver(home, "tls", rc.format(certs + "client")),
                     "external", "joe@example.org")
        expect_refusal("external with a certificate that nobody trusts",
                       relay.deliver(home, "tls", rc.format(certs + "bad-client")), 69, 76, 77)
    finally:
        relay.tell("stop")


def check_long_token(home, work):
    """A token of 60 KB is one command or one answer, not a failure."""
    token = "t" * 60000
    relay = Relay(work, "long", "--user=long@example.org:" + token)
    try:
        for mech in ("xoauth2", "oauthbearer"):
            rc = f"auth {mech}\nuser long@example.org\npassword {token}"
            expect_login("long token " + mech, relay.deliver(home, "tls", rc), mech,
                         "long@example.org")
    finally:
        relay.tell("stop")


def main():
    work = tempfile.mkdtemp(prefix="relay-logins.")
    home = os.path.join(work, "home")
    os.mkdir(home)
    try:
        for label, *options in (("TLS 1.3",),
                                ("TLS 1.2", "--priority=NORMAL:-VERS-TLS1.3")):
            relay = Relay(work, label.replace(" ", ""), *options)
            try:
                check_mechanisms(home, relay, label)
                if not options:
                    check_clear(home, relay)
                with open(relay.dir + "/violations") as f:
                    for line in f:
                        fail(f"{label}: the relay complains: {line.strip()}")
            finally:
                relay.tell("stop")
        check_choice(home, work)
        check_liar(home, work)
        check_external(home, work)
        check_long_token(home, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
