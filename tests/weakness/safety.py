#!/usr/bin/python3
"""Weaknesses 32 to 46: safety.

Number 44, secrets that stay in memory, is in tests/unit/test_secret.c.
"""

import base64
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import threading

import case
from case import MAIL, SECRET, Server, field

ENCODED = [base64.b64encode(b"\0me\0" + SECRET.encode()).decode(),
           base64.b64encode(SECRET.encode()).decode()]


def login(relay, *more):
    return ("tls on", "tls_starttls off", f"tls_trust_file {relay.ca}",
            "auth plain", "user me", *more)


def guarded(c, *options):
    return c.relay("--user=me:" + SECRET, *options, listen=("plain", "tls"))


def w32_subaddresses_stay_in_their_buffer(c):
    with c.relay() as relay:
        rc = c.write("rc", f"account default\nhost 127.0.0.1\nport {relay.port}\n"
                     "from me@example.org\naccount b\nhost h\n"
                     "from other@example.org\n")
        for sender in ("a@" + "b" * 500 + "+c", "a@b+c", "+@+", "a+@b+c"):
            mail = b"From: " + sender.encode() + b"\nTo: x@y.example\n\n"
            run = c.run("-C", rc, "--read-envelope-from", "-t", mail=mail)
            assert run.status in (0, 65), (sender, run.status, run.err)
            assert "Sanitizer" not in run.err


def w33_a_bad_value_twice_is_an_error_not_a_crash(c):
    for key, value in (("dsn_return", "bogus"), ("dsn_notify", "bogus"),
                       ("syslog", "bogus"), ("dsn_return", ""),
                       ("dsn_notify", "")):
        good = {"dsn_return": "full", "dsn_notify": "never", "syslog": "on"}[key]
        rc = c.rc(1, f"{key} {good}", f"{key} {value}")
        assert c.run("-C", rc, "a@b.example").status == 78
        option = "--" + key.replace("_", "-")
        run = c.run(f"{option}={good}", f"{option}={value}x", "a@b.example")
        assert run.status == 64, (run.status, run.err)


def w34_half_a_netrc_entry(c):
    with guarded(c) as relay:
        c.write(".netrc", "machine 127.0.0.1 login me\n"
                f"machine 127.0.0.1 login me password {SECRET}\n")
        run = c.run("-C", c.rc(relay.ports["relay_tls"], *login(relay)),
                    "a@b.example")
        assert run.status in (0, 69, 78), (run.status, run.err)
        run = c.send(relay, "a@b.example\nResent-From: x")
        assert run.status == 64, run.err


def w35_line_ends_inject_nothing(c):
    log = c.path("log")
    with c.relay() as relay:
        for args in (("-f", "me@example.org>\r\nRCPT TO:<evil@x.example"),
                     ("--domain=x\r\nRSET",), ("-F", "x\r\nBcc: evil@x.example"),
                     ("-f", "a\nexitcode=EX_OK"), ("-X", "/tmp/a\nb")):
            run = c.send(relay, *args, "a@b.example",
                         rc=(f"logfile {log}",))
            assert run.status in (64, 65, 78), (args, run.status, run.err)
        assert relay.new() == []
        run = c.run("-C", c.rc(relay.port, "from_full_name a\rb"), "a@b.example")
        assert run.status == 78 and relay.new() == [], run.err
    if os.path.exists(log):
        with open(log, encoding="utf-8") as f:
            assert all("evil" not in line.split("errormsg")[0]
                       and line.startswith(("host=", "J", "F", "M", "A", "S",
                                            "O", "N", "D")) for line in f)


def w36_a_password_may_begin_with_a_hash(c):
    with c.relay("--user=me:#" + SECRET, listen=("plain", "tls")) as relay:
        c.write(".netrc", f"machine 127.0.0.1 login me password #{SECRET}\n"
                "machine other.example login me password wrong\n")
        run = c.run("-C", c.rc(relay.ports["relay_tls"], *login(relay)),
                    "a@b.example")
        assert run.status == 0, run.err


def w37_debug_shows_no_secret(c):
    with guarded(c) as relay:
        rc = c.rc(relay.ports["relay_tls"], *login(relay), f"password {SECRET}")
        for args in (("-d",), ("-P",), ("-v",), ("-d", "-X-"),
                     ("--print-config",)):
            run = c.run("-C", rc, *args, *(() if "config" in args[0]
                                           else ("a@b.example",)))
            assert run.status == 0, (args, run.err)
            told = run.out.decode() + run.err
            for word in (SECRET, *ENCODED):
                assert word not in told, args
        # asked for twice it is shown, asked for once it is not
        for args, shown in ((("--show-secrets",), False),
                            (("-P", "--show-secrets"), False),
                            (("-d", "--show-secrets"), True)):
            run = c.run("-C", rc, *args, "a@b.example")
            assert run.status == 0, (args, run.err)
            told = run.out.decode() + run.err
            assert (ENCODED[0] in told) == shown, (args, told)
            assert SECRET not in told, args


def w38_no_password_in_clear(c):
    for method in ("plain", "login", "on"):
        server = Server(lambda s: s.accept_mail("AUTH PLAIN LOGIN"))
        run = c.run("-C", c.rc(server.port, "tls off", f"auth {method}",
                               "user me", f"password {SECRET}"), "a@b.example")
        assert run.status in (69, 78) and run.err.count("\n") == 1, run.err
        for word in (SECRET, *ENCODED, "MAIL"):
            assert word.encode() not in server.heard, (method, server.heard)


def as_user(c, *args):
    """As an ordinary user, who owns the files."""
    if os.getuid() != 0:
        return c.run(*args)
    for name in os.listdir(c.dir):
        os.chown(c.path(name), 65534, 65534)
    return c.run(*args, **c.ordinary())


def w39_files_with_secrets_are_private(c):
    for mode in (0o640, 0o604, 0o660, 0o622):
        rc = c.rc(1, "auth on", "tls on", "user me", f"password {SECRET}")
        os.chmod(rc, mode)
        run = as_user(c, "-C", rc, "a@b.example")
        assert run.status == 78 and "chmod" in run.err, (oct(mode), run.err)
        assert SECRET not in run.err
        # a netrc and a password file are held to the same, for everybody
        c.write(".netrc", f"machine 127.0.0.1 login me password {SECRET}\n", mode)
        rc = c.rc(1, "auth on", "tls on", "user me")
        run = as_user(c, "-C", rc, "a@b.example")
        assert run.status == 78 and "netrc" in run.err, (oct(mode), run.err)
        os.unlink(c.path(".netrc"))
        file = c.write("secret", SECRET + "\n", mode)
        rc = c.rc(1, "auth on", "tls on", "user me", f"passwordfile {file}")
        run = as_user(c, "-C", rc, "a@b.example")
        assert run.status == 78 and "chmod" in run.err, (oct(mode), run.err)


def w39_root_is_told(c):
    """Root's own file is not refused: the one who could cure it gets a word."""
    root, how = (), {}
    if os.getuid() != 0:
        root, how = ("-r", case.OSTLER), {"program": shutil.which("unshare"),
                                          "argv0": "unshare"}
        if c.run("-r", "true", **how).status:
            raise case.Skip("no namespaces for this user")
    with guarded(c) as relay:
        for mode, told in ((0o600, False), (0o604, True), (0o640, True)):
            rc = c.rc(relay.ports["relay_tls"], *login(relay), f"password {SECRET}")
            os.chmod(rc, mode)
            run = c.run(*root, "-C", rc, "a@b.example", **how)
            assert run.status == 0 and ("chmod" in run.err) == told, (oct(mode), run.err)


def by_the_system(c, *argv, then=()):
    """The call with the folder "etc" in the place of SYSCONFDIR."""
    return subprocess.run(
        ["unshare", "-m" if os.getuid() == 0 else "-rm", "sh", "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh",
         c.path("etc"), os.environ.get("sysconfdir", "/etc"), *then, *argv],
        env=c.env, input=MAIL, check=False, capture_output=True)


def w39_the_systems_file(c):
    """Whoever uses it can read it; if that is everybody, root gets a word, but never
    where sendmail's callers would take it for trouble."""
    os.mkdir(c.path("etc"))
    there = os.environ.get("sysconfdir", "/etc")
    made = not os.path.isdir(there)     # not installed, as in "make distcheck"
    try:
        os.makedirs(there, exist_ok=True)
    except PermissionError as e:
        raise case.Skip(f"nothing to be mounted upon: {e}") from e
    try:
        if by_the_system(c, "true").returncode:
            raise case.Skip("no namespaces for this user")
        the_systems_file(c)
    finally:
        if made:
            os.rmdir(there)


def the_systems_file(c):
    programs = {}
    for name in ("ostler", "sendmail"):
        os.mkdir(c.path(name))
        programs[name] = shutil.copy(case.OSTLER, c.path(f"{name}/{name}"))
    more = c.write("etc/more", f"password {SECRET}\n", 0o644)
    rows = (("ostler", 0o600, True, False), ("ostler", 0o640, True, False),
            ("ostler", 0o644, True, True), ("ostler", 0o604, True, True),
            ("sendmail", 0o644, True, False), ("ostler", 0o644, False, False))
    for name, mode, secret, told in rows:
        rc = c.rc(1, "auth on", "tls on", "user me",
                  f"password {SECRET}" if secret else "tls_certcheck on", name="etc/msmtprc")
        os.chmod(rc, mode)
        run = by_the_system(c, programs[name], "--pretend", "a@b.example")
        assert run.returncode == 0, run
        assert (b"msmtprc' holds secrets" in run.stderr) == told, (name, oct(mode), run)
        assert told or not run.stderr, run
    c.rc(1, "auth on", "tls on", "user me", f"include {more}", name="etc/msmtprc")
    assert b"more' holds secrets" in by_the_system(c, programs["ostler"], "-P", "a@b").stderr
    if os.getuid() == 0:    # nobody else could cure it
        for name in (".", "ostler", "etc"):
            os.chmod(c.path(name), 0o755)
        c.rc(1, "auth on", "tls on", "user me", f"password {SECRET}", name="etc/msmtprc")
        os.chmod(c.path("etc/msmtprc"), 0o644)
        user = "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"
        run = by_the_system(c, programs["ostler"], "-P", "a@b", then=user)
        assert (run.returncode, run.stderr) == (0, b""), run


def w39_included_files_too(c):
    for mode in (0o640, 0o604):
        c.write("more", f"password {SECRET}\n", mode)
        rc = c.rc(1, "auth on", "tls on", "user me", f"include {c.path('more')}")
        run = as_user(c, "-C", rc, "a@b.example")
        assert run.status == 78 and "more" in run.err and "chmod" in run.err, run.err


def w42_older_pins_are_taken_with_a_warning(c):
    with c.relay(listen=("plain", "tls")) as relay:
        with open(f"{relay.folder}/ca/good.pem", encoding="ascii") as f:
            der = base64.b64decode(f.read().split("-----")[2])
        pin = hashlib.sha1(der).hexdigest()
        run = c.run("-C", c.rc(relay.ports["relay_tls"], "tls on",
                               "tls_starttls off", f"tls_fingerprint {pin}"),
                    "a@b.example")
        assert run.status == 0 and "warning" in run.err, (run.status, run.err)


def w40_a_failed_passwordeval_gives_no_password(c):
    with guarded(c) as relay:
        mark = c.path("mark")
        rc = c.rc(relay.ports["relay_tls"],
                  *login(relay, f"passwordeval touch {mark}; echo {SECRET}; exit 3"))
        for args in (("-P", "a@b.example"), ("--serverinfo",)):
            assert c.run("-C", rc, *args).status == 0
            assert not os.path.exists(mark), args
        run = c.run("-C", rc, "a@b.example")
        assert run.status == 78 and "3" in run.err, (run.status, run.err)
        assert SECRET not in run.err and relay.new() == []


def w41_children_inherit_nothing(c):
    with guarded(c) as relay:
        seen = c.path("seen")
        rc = c.rc(relay.ports["relay_tls"], *login(
            relay, f"passwordeval ls /proc/self/fd >{seen}; "
            f"grep SigIgn /proc/self/status >>{seen}; echo {SECRET}"))
        leak = os.open("/dev/null", os.O_RDONLY)
        run = c.run("-C", rc, "a@b.example", pass_fds=(leak,),
                    mail=MAIL + b"x" * (2 << 20) + b"\n")
        os.close(leak)
        assert run.status == 0, run.err
        with open(seen, encoding="ascii") as f:
            *fds, ignored = f.read().split("\n")[:-1]
        # 0, 1, 2 and the one with which ls reads the folder
        assert len(fds) == 4, fds
        assert not int(ignored.split()[1], 16) & 1 << 12, ignored  # SIGPIPE


def pinned(c, relay, pins, *rc):
    return c.run("-C", c.rc(relay.ports["relay_tls"], "tls on", "tls_starttls off",
                            f"tls_fingerprint {pins}", *rc), "a@b.example")


def fingerprint(relay, name):
    with open(f"{relay.folder}/ca/{name}.sha256", encoding="ascii") as f:
        return f.read().strip()


def w42_pins_roll_over_and_do_not_outlive_the_certificate(c):
    other = hashlib.sha256(b"next year's").hexdigest()
    for name in ("good", "self-signed", "cn-only"):
        with c.relay(f"--cert={name}", listen=("plain", "tls")) as relay:
            right = fingerprint(relay, name)
            for pins, status in ((right, 0), (f"{other},{right}", 0), (other, 69)):
                run = pinned(c, relay, pins)
                assert run.status == status, (name, pins, run.err)
    with c.relay("--cert=expired", listen=("plain", "tls")) as relay:
        run = pinned(c, relay, fingerprint(relay, "expired"))
        assert run.status == 69 and "expired" in run.err, run.err
        assert relay.new() == []


def w42_a_pin_is_not_for_another_host(c):
    """The right fingerprint, but the certificate is another host's, or only its."""
    for name, override in (("wrong-name", "other.example"), ("wrong-ip", "192.0.2.1")):
        with c.relay(f"--cert={name}", listen=("plain", "tls")) as relay:
            right = fingerprint(relay, name)
            run = pinned(c, relay, right)
            assert run.status == 69 and f"issued for {override}" in run.err, run.err
            assert relay.new() == []
            run = pinned(c, relay, right, f"tls_host_override {override}")
            assert run.status == 0 and len(relay.new()) == 1, run.err
            # without a check the pin is not looked at
            run = pinned(c, relay, "0" * 64, "tls_certcheck off")
            assert run.status == 0 and len(relay.new()) == 1, run.err


def w43_no_name_indication_for_addresses(c):
    with c.relay() as relay:
        for host, sni in (("127.0.0.1", None), ("localhost", "localhost")):
            server = Server(lambda s: s.accept_mail(),
                            tls=(f"{relay.folder}/ca/good.pem",
                                 f"{relay.folder}/ca/good.key"))
            rc = c.write("rc", f"account default\nhost {host}\n"
                         f"port {server.port}\nfrom me@example.org\ntls on\n"
                         f"tls_starttls off\ntls_trust_file {relay.ca}\n")
            run = c.run("-C", rc, "a@b.example")
            assert run.status == 0 and server.sni == sni, (server.sni, run.err)


def w45_external_without_user(c):
    with c.relay("--client-cert=require", listen=("plain", "tls")) as relay:
        ca = f"{relay.folder}/ca"
        rc = c.rc(relay.ports["relay_tls"], "tls on", "tls_starttls off",
                  f"tls_trust_file {relay.ca}", "auth external",
                  f"tls_cert_file {ca}/client.pem", f"tls_key_file {ca}/client.key")
        run = c.run("-C", rc, "a@b.example")
        assert run.status == 0 and len(relay.new()) == 1, run.err


class Proxy(threading.Thread):
    """SOCKS5 with a login, its answers a byte at a time."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.target = self.user = None
        self.start()

    def slowly(self, sock, data):
        for i in range(len(data)):
            sock.sendall(data[i:i + 1])
            threading.Event().wait(0.01)

    def run(self):
        near = self.listener.accept()[0]
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        count = near.recv(2)[1]
        methods = near.recv(count)
        self.slowly(near, b"\5\2" if 2 in methods else b"\5\xff")
        near.recv(1)
        name = near.recv(near.recv(1)[0])
        word = near.recv(near.recv(1)[0])
        self.user = (name, word)
        self.slowly(near, b"\1\0")
        near.recv(3)
        kind = near.recv(1)[0]
        host = socket.inet_ntoa(near.recv(4)) if kind == 1 else \
            near.recv(near.recv(1)[0]).decode()
        self.target = (host, struct.unpack("!H", near.recv(2))[0])
        far = socket.create_connection(self.target)
        self.slowly(near, b"\5\0\0\1\0\0\0\0\0\0")

        def pump(a, b):
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)

        threading.Thread(target=pump, args=(far, near), daemon=True).start()
        pump(near, far)


def w46_socks_logs_in_and_takes_answers_in_pieces(c):
    with c.relay() as relay:
        proxy = Proxy()
        run = c.send(relay, "a@b.example",
                     rc=("proxy_host 127.0.0.1", f"proxy_port {proxy.port}",
                         "proxy_user jo", f"proxy_password {SECRET}"))
        assert run.status == 0, run.err
        assert proxy.user == (b"jo", SECRET.encode())
        assert proxy.target == ("127.0.0.1", relay.port)
        assert field(relay.new()[0], "Subject") == ["x"]


case.main()
