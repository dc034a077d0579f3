#!/usr/bin/python3
"""Every setting acts that is neither TLS's nor the queue's; see acts.py."""

import base64
import os
import re
import shutil
import socket
import subprocess

import acts
from sending import BARE, TO, env_of, go, inherited, secure, tls
import case
from case import MAIL, SECRET, Server, field


# --- blocks ---

def acts_account(c):
    with c.relay() as relay:
        rc = c.write("rc", f"account a\nhost 127.0.0.1\nport {relay.port}\n"
                     "account b : a\nfrom b@example.org\n")
        assert c.run("-C", rc, "-a", "b", TO).status == 0
        assert relay.new()[0].sender == "b@example.org"


def acts_defaults(c):
    with c.relay() as relay:
        rc = c.write("rc", f"defaults\nport {relay.port}\nfrom d@example.org\n"
                     "account default\nhost 127.0.0.1\n")
        assert c.run("-C", rc, TO).status == 0
        assert relay.new()[0].sender == "d@example.org"


def acts_eval(c):
    with c.relay() as relay:
        assert go(c, relay, "eval echo from_full_name Eva", mail=BARE)
        got = go(c, relay, "eval echo from_full_name Eva", mail=BARE)
        assert field(got, "From") == ["Eva <me@example.org>"]


def acts_include(c):
    c.write("more.conf", "from_full_name Ina\n")
    with c.relay() as relay:
        got = go(c, relay, f"include {c.dir}/*.conf", mail=BARE)
        assert field(got, "From") == ["Ina <me@example.org>"]


# --- the way ---

def acts_host(c):
    with c.relay() as relay:
        rc = c.write("rc", "account default\nhost 127.0.0.2\nhost 127.0.0.1\n"
                     f"port {relay.port}\nfrom me@example.org\n")
        assert c.run("-C", rc, TO).status == 0


def acts_port(c):
    with c.relay() as relay:
        assert go(c, relay)
        assert c.run("-C", c.rc(1), TO).status == 75


def acts_socket(c):
    path = c.path("s")
    server = Server(lambda s: s.accept_mail(), path=path)
    rc = c.write("rc", f"account default\nsocket {path}\nfrom me@example.org\n")
    assert c.run("-C", rc, TO).status == 0
    assert b"MAIL FROM:<me@example.org>" in server.heard


def acts_source_ip(c):
    seen = []

    def play(server):
        seen.append(server.sock.getpeername()[0])
        server.accept_mail()

    assert c.run("-C", c.rc(Server(play).port, "source_ip 127.0.0.9"), TO).status == 0
    assert seen == ["127.0.0.9"]


class Proxy(Server):
    """A SOCKS5 proxy without much to it; says who asked for what."""

    def __init__(self):
        self.asked = self.login = None
        super().__init__(self.socks)

    def exactly(self, n):
        data = self.file.read(n)
        assert len(data) == n
        return data

    def socks(self, _):
        methods = self.exactly(self.exactly(2)[1])
        self.sock.sendall(b"\5\2" if 2 in methods else b"\5\0")
        if 2 in methods:
            self.exactly(1)
            self.login = (self.exactly(self.exactly(1)[0]),
                          self.exactly(self.exactly(1)[0]))
            self.sock.sendall(b"\1\0")
        kind = self.exactly(4)[3]
        name = self.exactly(self.exactly(1)[0]).decode() if kind == 3 else \
            socket.inet_ntoa(self.exactly(4))
        self.asked = name
        self.exactly(2)
        self.sock.sendall(b"\5\0\0\1\0\0\0\0\0\0")
        self.accept_mail()


def acts_proxy_host(c):
    proxy = Proxy()
    rc = c.write("rc", "account default\nhost relay.invalid\nport 25\n"
                 f"from me@example.org\nproxy_host 127.0.0.1\nproxy_port {proxy.port}\n")
    run = c.run("-C", rc, TO)
    assert run.status == 0 and proxy.asked == "relay.invalid", run.err


acts_proxy_port = acts_proxy_host


def acts_proxy_user(c):
    proxy = Proxy()
    run = c.run("-C", c.rc(25, "proxy_host 127.0.0.1", f"proxy_port {proxy.port}",
                           "proxy_user jo", "proxy_password pw"), TO)
    assert run.status == 0 and proxy.login == (b"jo", b"pw"), run.err


acts_proxy_password = acts_proxy_user


def silent(c, *rc):
    """What becomes of a run while the relay says nothing."""
    return c.run("-C", c.rc(Server(lambda s: s.stay(300)).port, *rc), TO)


def late(server):
    """It says nothing for longer than the account's "timeout 1" allows."""
    server.stay(2)
    server.accept_mail()


def waits(c, key):
    run = silent(c, f"{key} 1")
    assert run.status == 75 and "timeout" in run.err, run.err
    rc = inherited(c, Server(late).port, [f"{key} 1"], [f"{key} off"])
    assert c.run("-C", rc, TO).status == 0


def acts_timeout(c):
    waits(c, "timeout")


def acts_connect_timeout(c):
    waits(c, "connect_timeout")


def acts_deadline(c):
    run = silent(c, "timeout off", "deadline 1")
    assert run.status == 75 and "timeout" in run.err, run.err


def acts_protocol(c):
    with c.relay(listen=("plain", "lmtp")) as relay:
        rc = c.rc(relay.ports["relay_lmtp"], "protocol lmtp")
        assert c.run("-C", rc, TO).status == 0
        assert env_of(relay)["protocol"] == "LMTP"


def acts_domain(c):
    with c.relay() as relay:
        go(c, relay, "domain here.example.org")
        assert env_of(relay)["helo"] == "EHLO here.example.org"


# --- who sends ---

def acts_from(c):
    with c.relay() as relay:
        assert go(c, relay).sender == "me@example.org"


def acts_from_full_name(c):
    with c.relay() as relay:
        got = go(c, relay, "from_full_name Jo Doe", mail=BARE)
        assert field(got, "From") == ["Jo Doe <me@example.org>"]


def acts_allow_from_override(c):
    with c.relay() as relay:
        args = ("-f", "other@example.org", TO)
        assert go(c, relay, args=args).sender == "other@example.org"
        assert go(c, relay, "allow_from_override off",
                  args=args).sender == "me@example.org"


def acts_auto_from(c):
    with c.relay() as relay:
        user = subprocess.run(["id", "-un"], check=True, capture_output=True,
                              text=True).stdout.strip()
        got = go(c, relay, "auto_from on", "maildomain auto.example")
        assert got.sender == f"{user}@auto.example"


acts_maildomain = acts_auto_from


def acts_sender(c):
    mail = b"From: root (Daemon)\nTo: you@example.com\n\nx\n"
    with c.relay() as relay:
        got = go(c, relay, "sender fix", mail=mail)
        assert field(got, "From") == ["me@example.org (Daemon)"]
        got = go(c, relay, "sender force", args=("-f", "x@y.example", TO))
        assert got.sender == "me@example.org"


def acts_qualify_domain(c):
    with c.relay() as relay:
        assert go(c, relay, "qualify_domain q.example",
                  args=("root",)).rcpts == ["root@q.example"]


# --- login ---

METHODS = ("scram-sha-256-plus", "scram-sha-1-plus", "scram-sha-256", "scram-sha-1", "plain",
           "external", "oauthbearer", "cram-md5", "digest-md5", "login", "ntlm", "xoauth2")


def refused_login(c, relay, rc, offered):
    """The AUTH command that is sent to a server under TLS that offers these methods, and
    refuses it; and the run."""
    def login(server, line):
        server.asked = line
        server.say("535 no")

    ca = f"{relay.folder}/ca"
    server = Server(lambda s: s.accept_mail("AUTH " + " ".join(offered).upper(), login=login),
                    tls=(f"{ca}/good.pem", f"{ca}/good.key"))
    server.asked = "none"
    run = c.run("-C", c.rc(server.port, "tls on", "tls_starttls off",
                           f"tls_trust_file {relay.ca}", *rc), TO)
    return server.asked.split(), run


def acts_auth(c):
    """The method that is named, or with "on" the one that both sides have."""
    login = ["user me", f"password {SECRET}"]
    with tls(c) as relay:
        for method in METHODS:
            asked, run = refused_login(c, relay, [f"auth {method}", *login], METHODS)
            assert asked[:2] == ["AUTH", method.upper()] and run.status == 77, (method, asked)
        for method in ("scram-sha-256", "plain", "cram-md5", "login"):
            asked, run = refused_login(c, relay, ["auth on", *login], [method])
            assert asked[:2] == ["AUTH", method.upper()] and run.status == 77, (method, asked)
        # without a ticket of Kerberos's there is nothing to send; tests/live has one
        asked, run = refused_login(c, relay, ["auth gssapi", *login], ["gssapi"])
        assert run.status != 0 and "GSSAPI" in run.err, run.err
        for method in ("scram-sha-256", "plain", "login", "cram-md5"):
            secure(c, relay, f"auth {method}", *login)
        assert [env_of(relay, i)["auth"] for i in (1, 2, 3, 4)] == [
            "SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5"]


def acts_auth_cleartext(c):
    def login(server, line):
        server.words = line
        server.say("235 in")

    for on, status in (("on", 0), ("off", 78)):
        server = Server(lambda s: s.accept_mail("AUTH PLAIN", login=login))
        rc = c.rc(server.port, "tls off", "auth plain", "user me",
                  f"password {SECRET}", f"auth_cleartext {on}")
        assert c.run("-C", rc, TO).status == status


def acts_user(c):
    with tls(c) as relay:
        secure(c, relay, "auth on", "user me", f"password {SECRET}")
        assert env_of(relay)["user"] == "me"


acts_password = acts_user


def acts_passwordeval(c):
    with tls(c) as relay:
        secure(c, relay, "auth on", "user me", f"passwordeval echo {SECRET}")


def acts_passwordfile(c):
    path = c.write("secret", SECRET + "\nmore\n")
    with tls(c) as relay:
        secure(c, relay, "auth on", "user me", f"passwordfile {path}")


def acts_ntlmdomain(c):
    """The first message of NTLM names the domain."""
    said = []

    def login(server, line):
        if len(line.split()) == 2:
            server.say("334 ")
            line = server.hear()
        said.append(base64.b64decode(line.split()[-1]))
        server.say("535 no")

    with tls(c) as relay:
        for domain in ("FIRSTDOM", "OTHERDOM"):
            server = Server(lambda s: s.accept_mail("AUTH NTLM", login=login),
                            tls=(f"{relay.folder}/ca/good.pem",
                                 f"{relay.folder}/ca/good.key"))
            rc = c.rc(server.port, "tls on", "tls_starttls off",
                      f"tls_trust_file {relay.ca}", "auth ntlm", "user me",
                      f"password {SECRET}", f"ntlmdomain {domain}")
            assert c.run("-C", rc, TO).status == 77
    assert b"FIRSTDOM" in said[0] and b"OTHERDOM" in said[1], said


# --- notifications and headers ---

def acts_dsn_notify(c):
    with c.relay() as relay:
        assert go(c, relay).rcpt_params == [[]]
        for words in ("never", "failure", "delay", "success", "failure,delay",
                      "delay,success,failure"):
            (said,) = go(c, relay, f"dsn_notify {words}").rcpt_params[0]
            name, _, conditions = said.partition("=")
            assert name == "NOTIFY", said
            assert sorted(conditions.split(",")) == sorted(words.upper().split(",")), said


def acts_dsn_return(c):
    with c.relay() as relay:
        for word, said in (("off", []), ("headers", ["RET=HDRS"]), ("full", ["RET=FULL"])):
            params = go(c, relay, f"dsn_return {word}").mail_params
            assert [p for p in params if p.startswith("RET=")] == said, params


def acts_set_from_header(c):
    with c.relay() as relay:
        assert field(go(c, relay, "set_from_header on", args=("-f", "a@b.example", TO)),
                     "From") == ["a@b.example"]
        assert field(go(c, relay, "set_from_header off", mail=BARE), "From") == []


def acts_set_date_header(c):
    with c.relay() as relay:
        assert len(field(go(c, relay), "Date")) == 1
        assert field(go(c, relay, "set_date_header off"), "Date") == []


def acts_set_msgid_header(c):
    with c.relay() as relay:
        assert len(field(go(c, relay), "Message-ID")) == 1
        assert field(go(c, relay, "set_msgid_header off"), "Message-ID") == []


def acts_set_to_header(c):
    mail = b"To: other@example.com\nCc: third@example.com\nSubject: x\n\nbody\n"
    with c.relay() as relay:
        got = go(c, relay, "set_to_header on", mail=mail)
        assert field(got, "To") == [TO] and field(got, "Cc") == []
        got = go(c, relay, "set_to_header undisclosed_recipients", mail=mail)
        assert field(got, "To") == ["undisclosed-recipients:;"]


def acts_remove_bcc_headers(c):
    mail = b"To: a@b.example\nBcc: c@d.example\n\nx\n"
    with c.relay() as relay:
        assert field(go(c, relay, mail=mail), "Bcc") == []
        assert field(go(c, relay, "remove_bcc_headers off", mail=mail),
                     "Bcc") == ["c@d.example"]


def switched(c, relay, key, mail=MAIL):
    """The mail as it comes with KEY on, off, on again where it was off, and off again."""
    mails = [go(c, relay, f"{key} {word}", mail=mail) for word in ("on", "off")]
    for first, then in (("off", "on"), ("on", "off")):
        rc = inherited(c, relay.port, [f"{key} {first}"], [f"{key} {then}"])
        assert c.run("-C", rc, TO, mail=mail).status == 0
        mails += relay.new()
    return mails


def acts_keepbcc(c):
    with c.relay() as relay:
        mails = switched(c, relay, "keepbcc", b"To: a@b.example\nBcc: c@d.example\n\nx\n")
        assert [len(field(mail, "Bcc")) for mail in mails] == [1, 0, 1, 0]


def acts_add_missing_from_header(c):
    with c.relay() as relay:
        mails = switched(c, relay, "add_missing_from_header", BARE)
        assert [len(field(mail, "From")) for mail in mails] == [1, 0, 1, 0]
        # as "auto" has it: one that is there stays
        mail = go(c, relay, "add_missing_from_header on", args=("-f", "a@b.example", TO))
        assert field(mail, "From") == ["me@example.org"]


def acts_add_missing_date_header(c):
    with c.relay() as relay:
        mails = switched(c, relay, "add_missing_date_header")
        assert [len(field(mail, "Date")) for mail in mails] == [1, 0, 1, 0]


def acts_undisclosed_recipients(c):
    with c.relay() as relay:
        nobody, as_it_was = ["undisclosed-recipients:;"], [TO]
        assert [field(mail, "To") for mail in switched(c, relay, "undisclosed_recipients")] == \
            [nobody, as_it_was, nobody, as_it_was]


# --- logs, aliases ---

def acts_logfile(c):
    log = c.path("log")
    with c.relay() as relay:
        go(c, relay, f"logfile {log}")
    with open(log, encoding="utf-8") as f:
        told = f.read()
    assert re.match(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d host=127\.0\.0\.1 tls=off "
                    r"auth=off from=me@example\.org recipients=you@example\.com "
                    r"mailsize=\d+ smtpstatus=250 smtpmsg='250 .*' exitcode=EX_OK\n$",
                    told), told


def acts_logfile_time_format(c):
    log = c.path("log")
    with c.relay() as relay:
        go(c, relay, f"logfile {log}", "logfile_time_format none")
        go(c, relay, f"logfile {log}", "logfile_time_format [%Y]")
    with open(log, encoding="utf-8") as f:
        first, second = f.read().splitlines()
    assert first.startswith("host=") and re.match(r"\[\d{4}\] host=", second)


def to_logger(c, rc):
    """What one run sends to the system's logger, whether or not there is one."""
    trace = c.path("trace")
    c.env["ASAN_OPTIONS"] = "detect_leaks=0"
    run = c.run("-f", "-s", "2000", "-o", trace, "-e", "trace=sendto", case.OSTLER, "-C", rc,
                TO, argv0="strace", program=shutil.which("strace"))
    assert run.status in (0, 75), run.err
    with open(trace, encoding="utf-8") as f:
        return re.findall(r'sendto\(\d+, "(.*)", \d+, [A-Z_|]+, '
                          r'\{sa_family=AF_UNIX, sun_path="/dev/log"\}', f.read())


def acts_syslog(c):
    """The line, behind facility * 8 + severity (RFC 3164 4.1.1); whether somebody listens
    there is not ours to say, so that it is looked for where it leaves."""
    facilities = {"on": 1, "LOG_USER": 1, "LOG_MAIL": 2,
                  **{f"LOG_LOCAL{n}": 16 + n for n in range(8)}}
    with c.relay() as relay:
        for word, number in facilities.items():
            (line,) = to_logger(c, c.rc(relay.port, f"syslog {word}"))
            assert re.match(rf"<{8 * number + 6}>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d "
                            rf"{os.path.basename(case.OSTLER)}\[\d+\]: host=127\.0\.0\.1 .*"
                            rf" recipients={TO} .* exitcode=EX_OK$", line), line
        assert to_logger(c, c.rc(relay.port, "syslog off")) == []
        (line,) = to_logger(c, c.rc(1, "syslog LOG_MAIL"))
        assert line.startswith("<19>") and line.endswith(" exitcode=EX_TEMPFAIL"), line


def acts_aliases(c):
    path = c.write("aliases", "root: admin@example.com\n")
    with c.relay() as relay:
        assert go(c, relay, f"aliases {path}",
                  args=("root",)).rcpts == ["admin@example.com"]
        for host in "localhost", "LocalHost.LocalDomain", socket.gethostname():
            assert go(c, relay, f"aliases {path}",
                      args=(f"root@{host}",)).rcpts == ["admin@example.com"], host
        for host in "example.org", "localhost.example.org", "x-" + socket.gethostname():
            assert go(c, relay, f"aliases {path}",
                      args=(f"root@{host}",)).rcpts == [f"root@{host}"], host


def acts_bs_auth(c):
    logins = c.write("logins", "# who\njo:hay:straw\n")
    with c.relay() as relay:
        rc = c.rc(relay.port, f"bs_auth {logins}")

        def session(*lines):
            words = b"EHLO x\r\n" + b"".join(x.encode() + b"\r\n" for x in lines)
            run = c.run("-bs", "-C", rc, mail=words, argv0="sendmail")
            assert run.status == 0, run.err
            return re.findall(r"(?m)^(\d{3}) ", run.out.decode())[2:]

        def plain(text):
            return "AUTH PLAIN " + base64.b64encode(text.encode()).decode()

        envelope = ("MAIL FROM:<a@b.example>", f"RCPT TO:<{TO}>")
        assert session(*envelope)[0] == "530"
        for bad in ("\0jo\0hay", "\0jo\0", "\0\0hay:straw", "\0jo:hay\0straw", "jo"):
            assert session(plain(bad), *envelope)[0] in ("535", "501"), bad
        assert session(plain("\0jo\0hay:straw"), *envelope, "DATA", "x: y", "",
                       "z", ".") == ["235", "250", "250", "354", "250"]
        assert len(relay.new()) == 1
        os.chmod(logins, 0o644)
        run = c.run("-bs", "-C", rc, mail=b"QUIT\r\n", argv0="sendmail")
        assert run.status == 78 and b"220" not in run.out, run.out


# --- how it is sent ---

def flights(relay, number=1):
    return int(env_of(relay, number)["flights"])


def acts_pipelining(c):
    with c.relay("--no=CHUNKING") as relay:
        go(c, relay, "pipelining auto")
        go(c, relay, "pipelining off")
        assert flights(relay, 2) > flights(relay, 1)
    with tls(c) as relay:
        for how in ("auto", "full"):
            secure(c, relay, f"pipelining {how}", "auth plain", "user me",
                   f"password {SECRET}")
        assert flights(relay, 2) < flights(relay, 1)


def acts_chunking(c):
    with c.relay() as relay:
        go(c, relay)
        go(c, relay, "chunking off")
        assert [env_of(relay, i)["verb"] for i in (1, 2)] == ["BDAT", "DATA"]


def acts_eightbit(c):
    mail = b"To: you@example.com\nMIME-Version: 1.0\nContent-Type: text/plain; " \
        b"charset=utf-8\nContent-Transfer-Encoding: 8bit\n\ngr\xc3\xbc\xc3\x9fe\n"
    with c.relay("--no=8BITMIME", "--lax=8bit") as relay:
        assert b"\xc3" in go(c, relay, "eightbit pass", mail=mail).data
        assert max(go(c, relay, "eightbit convert", mail=mail).data) < 128
        assert go(c, relay, "eightbit refuse", mail=mail, status=65) is None


def acts_partial(c):
    with c.relay("--fail=rcpt,550,match=bad@*") as relay:
        args = (TO, "bad@example.com")
        assert go(c, relay, "partial off", args=args, status=65) is None
        assert go(c, relay, "partial on", args=args, status=65).rcpts == [TO]
        # where there is a queue it is what "auto" does
        for word, status, rcpts in (("auto", 0, [TO]), ("off", 65, None)):
            got = go(c, relay, f"partial {word}", "queue on", f"queue_dir {c.path('queue')}",
                     args=("-f", "<>", *args), status=status)
            assert (got and got.rcpts) == rcpts, word


acts.main(case.Case)
