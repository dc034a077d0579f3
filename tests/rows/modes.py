"""What is no row of the option table: --serverinfo's output, a service's credential."""

import os
import re
import sys
import traceback

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests/weakness"))
import case  # noqa: E402 (the path comes first)

SECRET = "open-sesame"


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
