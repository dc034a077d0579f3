"""What is no row of the option table: what scripts read, in msmtp's form and order, and a
service's credential."""

import os
import re
import sys
import traceback

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests/weakness"))
import case  # noqa: E402 (the path comes first)
from case import Server  # noqa: E402

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


def mode_serverinfo_order(c):
    """The capabilities come in an order of their own, the methods too."""
    offer = ["CHUNKING", "AUTH " + " ".join(sorted(METHODS)), "DSN", "ETRN", "PIPELINING",
             "8BITMIME", "SIZE 524288", "SMTPUTF8", "STARTTLS"]
    run = c.run("-C", c.rc(Server(lambda s: s.accept_mail(*offer)).port), "--serverinfo")
    lines = run.out.decode().splitlines()
    assert run.status == 0 and lines[:3] == [lines[0], "    hi", "Capabilities:"], lines
    keywords = [line[4:-1] for line in lines if re.match(r"    \S.*:$", line)]
    assert [k for k in keywords if k not in ("CHUNKING", "8BITMIME")] == [
        "SIZE 524288", "PIPELINING", "SMTPUTF8", "ETRN", "DSN", "STARTTLS", "AUTH"], keywords
    assert " = 512.00 KiB" in lines[lines.index("    SIZE 524288:") + 1], lines
    assert lines[-2] == " " * 8 + " ".join(METHODS) + " "
    assert "STARTTLS" in lines[-1] and lines[-1][0] != " ", lines
    run = c.run("-C", c.rc(Server(lambda s: s.accept_mail("SIZE")).port), "-S")
    assert "\n    SIZE 0:\n" in run.out.decode()

    def no_extension(server):
        server.say("220 hi")
        server.hear()
        server.say("500 what?")
        server.hear()
        server.say("250 ok")
        server.hear()

    run = c.run("-C", c.rc(Server(no_extension).port), "-S")
    assert run.out.decode().endswith(":\n    hi\nNo special capabilities.\n"), run.out


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


SERVER_KEYS = """host|port|source ip|proxy host|proxy port|socket|timeout|protocol|domain|auth|user
password|passwordeval|ntlmdomain|tls|tls_starttls|tls_trust_file|tls_crl_file|tls_fingerprint
tls_key_file|tls_cert_file|tls_certcheck|tls_min_dh_prime_bits|tls_priorities
tls_host_override""".replace("\n", "|").split("|")
MAIL_KEYS = """auto_from|maildomain|from|from_full_name|allow_from_override|set_from_header
set_date_header|set_msgid_header|set_to_header|remove_bcc_headers|dsn_notify|dsn_return|logfile
logfile_time_format|syslog|aliases""".replace("\n", "|").split("|")


def settings(c, *args, rc=(), file=True):
    """The lines of --pretend: what leads to the account, the settings, and the others."""
    run = c.run(*(["-C", c.rc(25, *rc)] if file else []), "--pretend", *args)
    assert run.status == 0 and not run.err, run.err
    lines = run.out.decode().split("\n")
    first = lines.index("host = 127.0.0.1")
    end = next(i for i in range(first, len(lines)) if " = " not in lines[i])
    return lines[:first], dict(line.split(" = ", 1) for line in lines[first:end]), lines[end:]


def mode_pretend(c):
    """The keys in their order, and the values that are not those of the file."""
    before, plain, behind = settings(c, TO)
    assert list(plain) == SERVER_KEYS + MAIL_KEYS, list(plain)
    assert [line for line in before if line.startswith("using account default from /")]
    assert len(before) == 4 and behind[0].startswith("reading recipients from "), before
    for key in ("source ip", "proxy host", "socket", "user", "password", "tls_crl_file",
                "tls_fingerprint", "dsn_notify", "dsn_return", "logfile", "syslog", "aliases"):
        assert plain[key] == "(not set)", (key, plain[key])
    for key, value in (("proxy port", "0"), ("auth", "none"), ("tls", "off"), ("domain", "localhost"),
                       ("from", "me@example.org"), ("tls_trust_file", "system")):
        assert plain[key] == value, (key, plain[key])
    _, told, _ = settings(c, TO, rc=(
        "timeout 1", "auth cram-md5", "user me", f"password {SECRET}", "tls on", "dsn_return headers",
        "dsn_notify failure,delay", "syslog on", "from_full_name Jo", "proxy_host p",
        "tls_fingerprint " + "ab" * 32))
    for key, value in (("timeout", "1 second"), ("auth", "CRAM-MD5"), ("password", "*"),
                       ("dsn_return", "HDRS"), ("dsn_notify", "FAILURE,DELAY"), ("syslog", "LOG_USER"),
                       ("from_full_name", "Jo"), ("proxy port", "1080"),
                       ("tls_fingerprint", ":".join(["AB"] * 32))):
        assert told[key] == value, (key, told[key])
    assert settings(c, TO, rc=["timeout 90"])[1]["timeout"] == "90 seconds"
    assert settings(c, TO, rc=["timeout off"])[1]["timeout"] == "off"
    # the sender is the one that is used
    for args, sender in ((["-f", "x@y.example"], "x@y.example"), (["-f", ""], ""),
                         (["--auto-from", "--maildomain=d.example", "-f", "x@y.example"], None)):
        found = settings(c, *args, TO)[1]["from"]
        assert found == sender or sender is None and found.endswith("@d.example"), found
    _, told, _ = settings(c, "--host=127.0.0.1", "-f", "a@b.example", TO, file=False)
    assert told["from"] == "a@b.example"
    for mode, behind in (["--serverinfo"], ""), (["--rmqs=@x.example"], "@x.example"):
        before, told, _ = settings(c, *mode)
        argument = told.pop("RMQS argument", "")
        assert list(told) == SERVER_KEYS and len(before) == 4 and argument == behind, told


LOG = re.compile(
    r"(?:(?:host=(?P<host>\S+)|socket=(?P<socket>\S+)) tls=(?P<tls>on|off) auth=(?P<auth>on|off) "
    r"(?:user=(?P<user>\S+) )?from=(?P<sender>\S*) recipients=(?P<rcpts>\S+) "
    r"(?:mailsize=(?P<size>\d+) )?(?:smtpstatus=(?P<code>\d+) smtpmsg='(?P<msg>[^']*)' )?"
    r"(?:errormsg='(?P<error>[^']*)' )?exitcode=(?P<exit>EX_[A-Z]+))\n")


def logged(c, rc, *args, status=0):
    """The fields of the one line that a run leaves."""
    log = c.path("log")
    run = c.run("-C", rc, f"--logfile={log}", "--logfile-time-format=none", *args)
    assert run.status == status, run.err
    with open(log, encoding="utf-8") as f:
        line = f.read()
    os.unlink(log)
    fields = LOG.fullmatch(line)
    assert fields, line
    return {key: value for key, value in fields.groupdict().items() if value is not None}


def mode_log(c):
    """The fields in their order, each when it is to be there."""
    with c.relay("--user=me:" + SECRET, "--fail=rcpt,550,match=no@*,text=it's|gone",
                 listen=("plain", "tls")) as relay:
        told = logged(c, c.rc(relay.port), TO, "b@example.com")
        (mail,) = relay.new()
        assert told == {
            "host": "127.0.0.1", "tls": "off", "auth": "off", "sender": "me@example.org",
            "rcpts": f"{TO},b@example.com", "size": str(len(mail.data)), "code": "250",
            "msg": told["msg"], "exit": "EX_OK"}, told
        assert told["msg"].startswith("250 ")
        told = logged(c, account(c, relay, "auth on", "user me", f"password {SECRET}"), TO)
        assert (told["tls"], told["auth"], told["user"]) == ("on", "on", "me"), told
        told = logged(c, c.rc(relay.port), "no@example.com", status=65)
        assert told["code"] == "550" and told["msg"].startswith("550 ") and "size" not in told
        assert "it?s" in told["msg"] and told["error"] and told["exit"] == "EX_DATAERR", told
    told = logged(c, c.rc(1), TO, status=75)
    assert "code" not in told and told["error"] and told["exit"] == "EX_TEMPFAIL", told
    assert logged(c, c.rc(1, "auth plain", "auth_cleartext on", "user me", "password x"), TO,
                  status=75)["user"] == "me"
    Server(lambda s: s.accept_mail(), path=c.path("s"))
    told = logged(c, c.write("rc", f"account default\nsocket {c.path('s')}\nfrom a@b.example\n"), TO)
    assert told["socket"] == c.path("s") and "host" not in told


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


def mode_environment_alone(c):
    """SMTPSERVER without EMAIL is enough where no mail is sent."""
    c.env["SMTPSERVER"] = "127.0.0.1"
    port = f"--port={Server(lambda s: s.accept_mail('SIZE 9')).port}"
    run = c.run("-S", port)
    assert run.status == 0 and b"    SIZE 9:\n" in run.out, run.err
    run = c.run("--print-config")
    assert (run.status, run.err) == (0, ""), run.err
    run = c.run("--rmqs=x", f"--port={Server(lambda s: s.accept_mail()).port}")
    assert run.status == 69 and "ETRN" in run.err, run.err
    run = c.run("--port=1", TO)
    assert run.status == 78 and "'default' not found" in run.err, run.err
    run = c.run("--port=1", "-f", "a@b.example", TO)
    assert run.status == 75, run.err


def mode_password_of_the_command_line(c):
    """It stands in place of whatever the account has."""
    given = c.write("given", SECRET + "\n")
    wrong = c.write("wrong", "wrong\n")
    with c.relay("--user=me:" + SECRET, listen=("plain", "tls")) as relay:
        for line in "password wrong", f"passwordfile {wrong}", "passwordeval echo wrong":
            rc = account(c, relay, "auth on", "user me", line)
            assert c.run("-C", rc, TO).status == 77, line
            for option in f"--passwordeval=echo {SECRET}", f"--passwordfile={given}":
                run = c.run("-C", rc, option, TO)
                assert (run.status, len(relay.new())) == (0, 1), (line, option, run.err)
        rc = account(c, relay, "auth on", "user me", "password wrong")
        run = c.run("-C", account(c, relay, "auth on", "user me", f"password {SECRET}"),
                    "--passwordeval=", TO)
        assert run.status == 0, run.err


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
