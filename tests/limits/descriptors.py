#!/usr/bin/python3
"""However few descriptors there are: the mail is sent, or it is temporary trouble.

Each way to a relay (rc files, aliases, certificates, passwords, a large message, the
queue) is gone with one descriptor more each time, up to where it is delivered.  Until
then the exit status says "try again later", one line says why, and nothing was sent.

Then each file that is read, by itself, cannot be opened: for want of a resource, which
is temporary; or because of what it is, which is not.
"""

import os
import re
import resource
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests/queue"))
import case  # noqa: E402 (the path comes first)

FIRST, LAST = 4, 40	# with three alone no library can be loaded
TEMPORARY = (71, 74, 75)
LARGE = case.MAIL + b"x" * 70 + b"\n" + (b"y" * 70 + b"\n") * 40000


def with_few(c, n, argv, mail):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))
    c.env["ASAN_OPTIONS"] = "detect_leaks=0"	# which takes descriptors itself
    return c.run(*argv, mail=mail, preexec_fn=limit)


def climb(c, relay, argv, mail=case.MAIL):
    """One descriptor more each time; how many it takes."""
    for n in range(FIRST, LAST):
        run = with_few(c, n, argv, mail)
        mails = relay.new()
        if run.status == 0:
            assert len(mails) == 1, n
            assert mails[0].sender == "me@example.org"
            assert mails[0].rcpts == ["you@example.com"], (n, mails[0].rcpts)
            return n
        assert run.status in TEMPORARY, (n, run.status, run.err)
        assert run.err.count("\n") == 1 and run.err.startswith(argv[0] + ": "), (n, run.err)
        assert not mails, n
    raise AssertionError(f"never delivered: {run.err}")


def ostler(c, *args):
    return ("ostler", "-C", c.rc, *args, "you@example.com")


def test_plain(c):
    relay = c.relay()
    c.setup(relay.port)
    needed = climb(c, relay, ostler(c))
    assert FIRST < needed < 16, needed
    climb(c, relay, ostler(c, "--timeout=5"), LARGE)


def test_users_file(c):
    relay = c.relay()
    c.setup(relay.port)
    os.rename(c.rc, c.path(".msmtprc"))
    climb(c, relay, ("ostler", "you@example.com"))


def test_include(c):
    """A folder that cannot be looked into is not one without files."""
    relay = c.relay()
    c.setup(relay.port)
    os.mkdir(c.path("d"))
    os.rename(c.rc, c.path("d/one.conf"))
    for line in ("d/one.conf", "d/*.conf", "*/one.conf"):
        c.write("rc", f"account wrong\nhost localhost\ninclude {c.path(line)}\n")
        climb(c, relay, ostler(c))


def test_aliases(c):
    relay = c.relay()
    c.write("aliases", f"root: :include:{c.path('list')}\n")
    c.write("list", "you@example.com\n")
    c.setup(relay.port, f"aliases {c.path('aliases')}")
    climb(c, relay, ("ostler", "-C", c.rc, "root"))


def test_trust(c):
    relay = c.relay(listen=("plain", "starttls"))
    port = relay.ports["relay_starttls"]
    ours = os.path.join(relay.folder, "ca")
    c.setup(port, "tls on", f"tls_trust_file {relay.ca}")
    climb(c, relay, ostler(c))
    c.setup(port, "tls on", f"tls_trust_file {relay.ca}",
            f"tls_cert_file {ours}/client.pem", f"tls_key_file {ours}/client.key")
    climb(c, relay, ostler(c))


def test_system_trust(c):
    """The system's bundle is opened by the library, which does not say what ailed it."""
    relay = c.relay(listen=("plain", "starttls"))
    c.setup(relay.ports["relay_starttls"], "tls on")
    seen = set()
    for n in range(FIRST, LAST):
        run = with_few(c, n, ostler(c), case.MAIL)
        if run.status == 69 and re.search("certificate|issuer|trust", run.err):
            break
        assert run.status in TEMPORARY, (n, run.status, run.err)
        seen.add(run.status)
    assert run.status == 69 and seen, run.err


def test_passwords(c):
    relay = c.relay("--require=auth")
    login = ("auth plain", "auth_cleartext on", "user user@example.org")
    c.write("secret", "secret\n")
    c.write(".netrc", "machine 127.0.0.1 login user@example.org password secret\n")
    for source in (f"passwordfile {c.path('secret')}", "passwordeval echo secret", ""):
        c.setup(relay.port, *login, *([source] if source else []))
        climb(c, relay, ostler(c))


def test_eval(c):
    relay = c.relay()
    c.setup(relay.port, "eval echo from me@example.org")
    with open(c.rc, encoding="utf-8") as f:
        text = f.read().replace("from me@example.org\n", "", 1)
    c.write("rc", text)
    climb(c, relay, ostler(c))


def test_queue(c):
    """As sendmail: queued, and then it goes; or temporary, and nothing is there."""
    relay = c.relay()
    c.setup(relay.port)
    for n in range(FIRST, 24):
        run = with_few(c, n, ("sendmail", "-C", c.rc, "you@example.com"), case.MAIL)
        assert run.status == 0 or run.status in TEMPORARY, (n, run.status, run.err)
        assert run.err.count("\n") == (run.status != 0), run.err
        c.until_empty()
        assert len(relay.new()) == (run.status == 0), n
    assert run.status == 0


def opening(c, path, error, argv):
    """A run in which PATH cannot be opened, for that reason."""
    if not os.path.exists(c.path(argv[0])):
        os.symlink(case.OSTLER, c.path(argv[0]))
    process = subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "-P", path, "-e", "trace=openat",
         "-e", f"inject=openat:error={error}", "-E", "ASAN_OPTIONS=detect_leaks=0",
         c.path(argv[0]), *argv[1:]], env=c.env, input=case.MAIL, check=False, timeout=60,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return case.Run(process.returncode, process.stdout, process.stderr)


def test_each_file(c):
    relay = c.relay("--require=auth", listen=("plain", "starttls"))
    ours = os.path.join(relay.folder, "ca")
    c.write("aliases", f"you: :include:{c.path('list')}\n")
    c.write("list", "you@example.com\n")
    c.write("secret", "secret\n")
    c.write(".netrc", "machine 127.0.0.1 login user@example.org password secret\n")
    common = (f"aliases {c.path('aliases')}", "auth plain", "user user@example.org", "tls on",
              f"tls_cert_file {ours}/client.pem", f"tls_key_file {ours}/client.key")
    port = relay.ports["relay_starttls"]
    c.setup(port, *common, f"tls_trust_file {relay.ca}",
            f"passwordfile {c.path('secret')}")
    os.rename(c.rc, c.path("included"))
    c.setup(port, *common)	# the system's trust, and netrc
    os.rename(c.rc, c.path(".msmtprc"))
    c.write("rc", f"include {c.path('included')}\n")
    os.mkdir(c.path("d"))
    os.link(c.path("included"), c.path("d/one.conf"))
    c.write("rc2", f"include {c.path('d')}/*.conf\n")
    by_c, by_home = ("ostler", "-C", c.rc, "you"), ("ostler", "you")
    by_folder = ("ostler", "-C", c.path("rc2"), "you")
    assert c.run(*by_c, mail=case.MAIL).status == 0
    for argv, path, otherwise in (
            (by_c, c.rc, 74), (by_c, c.path("included"), 78),
            (by_c, c.path("aliases"), 78), (by_c, c.path("list"), 78),
            (by_c, relay.ca, 66), (by_c, f"{ours}/client.pem", 66),
            (by_c, f"{ours}/client.key", 66), (by_c, c.path("secret"), 78),
            (by_home, c.path(".msmtprc"), 74), (by_home, c.path(".netrc"), 78),
            (by_folder, c.path("d"), 78), (by_home, "/etc/ssl/certs/ca-certificates.crt", 66)):
        if not os.path.exists(path):
            continue
        for error in ("EMFILE", "ENFILE", "ENOMEM", "EIO"):
            run = opening(c, path, error, argv)
            assert run.status in TEMPORARY, (path, error, run.status, run.err)
            assert run.err.count("\n") == 1 and path in run.err, run.err
        run = opening(c, path, "ENXIO", argv)
        assert run.status == otherwise, (path, run.status, run.err)
    assert len(relay.new()) == 1


def test_bs_auth(c):
    """No session when it cannot be told who must log in."""
    c.write("logins", "jo:hay\n")
    c.setup(1, f"bs_auth {c.path('logins')}")
    for path in (c.rc, c.path("logins")):
        run = opening(c, path, "EMFILE", ("sendmail", "-C", c.rc, "-bs"))
        assert run.status in TEMPORARY and path in run.err, (run.status, run.err)
        assert "220" not in run.out


def test_mailname(c):
    """Nobody is sent to or from another domain because one file could not be opened."""
    mailname = os.environ.get("sysconfdir", "/etc") + "/mailname"
    relay = c.relay()
    c.setup(relay.port, "queue off")
    os.rename(c.rc, c.path("plain"))
    c.setup(relay.port, "from me@%M", "qualify_domain example.com")
    with open(c.rc, encoding="utf-8") as f:
        text = f.read().replace("from me@example.org\n", "")
    c.write("rc", text)
    for argv in (("sendmail", "-C", c.path("plain"), "you"), ("ostler", "-C", c.rc, "you")):
        run = opening(c, mailname, "ENFILE", argv)
        assert run.status in TEMPORARY, (run.status, run.err)
        assert mailname in run.err and run.err.count("\n") == 1
        assert not relay.new()


if __name__ == "__main__":
    case.main()
