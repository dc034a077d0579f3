"""What is no row of the option table: what scripts read, in msmtp's form and order, and a
service's credential."""

import os
import re
import sys
import traceback

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests/weakness"))
import case  # noqa: E402 (the path comes first)

SECRET = "open-sesame"
TO = "you@example.com"
SYSCONFDIR = os.environ.get("sysconfdir", "/etc")
METHODS = ("SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 PLAIN GSSAPI EXTERNAL "
           "OAUTHBEARER CRAM-MD5 DIGEST-MD5 LOGIN NTLM XOAUTH2").split()


def account(c, relay, *lines):
    return c.write("rc", "\n".join(
        ["account work", "host 127.0.0.1", f"port {relay.ports['relay_tls']}", "tls on",
         "tls_starttls off", f"tls_trust_file {relay.ca}", "from me@example.org", *lines,
         "account default : work"]) + "\n")


def mode_serverinfo(c):
    """What scripts read: the server, the session, the certificate's own fingerprint."""
    with c.relay("--user=me:" + SECRET, listen=("plain", "tls")) as relay:
        run = c.run("-C", account(c, relay), "--serverinfo")
        out = run.out.decode()
        assert run.status == 0 and run.err == "", run.err
        assert re.match(r"SMTP server at 127\.0\.0\.1 \(.*\), port "
                        rf"{relay.ports['relay_tls']}:\n    relay\.test ESMTP ", out), out
        assert f"SHA256: {relay.fingerprint()}\n" in out, out
        for part in ("TLS session parameters:\n    TLS1.", "TLS certificate information:\n",
                     "    Subject:\n        CN=good\n", "Capabilities:\n", "    PIPELINING:\n",
                     "    AUTH:\n"):
            assert part in out, (part, out)
        assert " PLAIN " in out.partition("    AUTH:\n")[2]
        assert not relay.new()


def mode_version(c):
    """Its labels, in their order; the methods in lower case."""
    labels = ("Platform", "TLS/SSL library", "Authentication library",
              "Supported authentication methods", "IDN support", "NLS", "Keyring support",
              "System configuration file name", "User configuration file name")
    for args in (["--version"], ["-d0.1"], ["--debug=0.1"]):
        run = c.run(*args, TO)
        name, *lines = run.out.decode().splitlines()
        assert run.status == 0 and not run.err and re.fullmatch(r"ostler version \S+", name)
        methods = lines.pop(4).split()
        assert [line.partition(":")[0] for line in lines] == list(labels), lines
        told = dict(line.split(":", 1) for line in lines)
        assert all(value.strip() for value in told.values() if value), told
        assert methods == [m.lower() for m in METHODS if m.lower() in methods]
        assert {"plain", "login", "cram-md5", "oauthbearer", "xoauth2"} <= set(methods)
        assert told["User configuration file name"] == f" {c.dir}/.msmtprc"
        assert told["System configuration file name"] == f" {SYSCONFDIR}/msmtprc"
    os.makedirs(c.path(".config/msmtp"))
    c.write(".config/msmtp/config", "")
    assert c.run("--version").out.decode().endswith(f" {c.dir}/.config/msmtp/config\n")


def mode_service_credential(c):
    """The service manager's folder has the password of the account, and of no other."""
    with c.relay("--user=me:" + SECRET, listen=("plain", "tls")) as relay:
        rc = account(c, relay, "auth on", "user me")
        os.mkdir(c.path("credentials"), 0o700)
        c.env["CREDENTIALS_DIRECTORY"] = c.path("credentials")
        c.write("credentials/ostler.other", "wrong\n")
        assert c.run("-C", rc, "-a", "work", "a@example.com").status == 69
        c.write("credentials/ostler.work", SECRET + "\n")
        run = c.run("-C", rc, "-a", "work", "a@example.com")
        assert (run.status, run.err) == (0, ""), run.err
        (mail,) = relay.new()
        assert mail.rcpts == ["a@example.com"]


def main():
    failed = 0
    tests = {k: v for k, v in globals().items() if k.startswith("mode_")}
    for name, test in tests.items():
        c = case.Case()
        try:
            test(c)
            print("ok -", name[5:], flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print("NOT OK -", name[5:], flush=True)
            traceback.print_exc(file=sys.stdout)
        finally:
            c.clear()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
