#!/usr/bin/python3
"""Weaknesses 18 to 31: wrong recipients, headers, privacy.

Number 30, the rank of two rc files, is in tests/unit/test_rc.c.
"""

import os
import pwd
import re
import shutil
import socket
import subprocess

import case
from case import MAIL, Server, body, field, header


def rcpts(c, relay, mail, *args, **more):
    run = c.send(relay, "-t", *args, mail=mail, **more)
    assert run.status == 0, run.err
    return relay.new()[0].rcpts


def w18_bcc_goes_in_every_spelling(c):
    with c.relay() as relay:
        for name in (b"Resent-Bcc:", b"Bcc :", b"bCC:", b"BCC\t:", b"Bcc:"):
            resent = b"Resent-To: a@b.example\nResent-From: me@example.org\n" \
                if b"esent" in name else b"To: a@b.example\n"
            mail = resent + name + b" hidden@x.example,\n\tmore@x.example\n" \
                b"Subject: x\n\nBcc: stays@body.example\n"
            assert c.send(relay, "-t", mail=mail).status == 0
            got = relay.new()[0]
            assert sorted(got.rcpts) == ["a@b.example", "hidden@x.example",
                                         "more@x.example"], (name, got.rcpts)
            assert b"hidden" not in got.data and b"more@" not in got.data
            assert body(got) == b"Bcc: stays@body.example\r\n"


def w19_a_nul_does_not_end_the_header(c):
    with c.relay() as relay:
        mail = b"To: a@b.example\n\0odd: x\nBcc: hidden@x.example\n\nbody\n"
        run = c.send(relay, "-t", mail=mail)
        for got in relay.new():
            assert b"hidden" not in got.data
            assert got.rcpts == ["a@b.example", "hidden@x.example"]
        assert run.status in (0, 65), run.err


def w20_comments_nest(c):
    with c.relay() as relay:
        for text in (rb"x@y.example ((n))", rb"x@y.example (a()c)",
                     rb"x@y.example (\))", rb"(a(b(c)d)e)x@y.example"):
            assert rcpts(c, relay, b"To: " + text + b"\n\n") == ["x@y.example"]


def w21_quoted_local_parts(c):
    with c.relay() as relay:
        for text, want in (
                (b'"john doe"@y.example', '"john doe"@y.example'),
                (b'<"john doe"@y.example>', '"john doe"@y.example'),
                (b'N <"a>b"@y.example>', '"a>b"@y.example'),
                (b'"j,d" <j@y.example>', "j@y.example")):
            assert rcpts(c, relay, b"To: " + text + b"\n\n") == [want], text


def w22_no_recipient_out_of_stray_words(c):
    with c.relay() as relay:
        for bad in (b"<a@a.example> foo", b"a@a.example b@b.example",
                    b'"unterminated <a@a.example>', b"Alice Example"):
            run = c.send(relay, "-t", mail=b"To: " + bad + b"\n\nx\n")
            assert run.status == 65 and run.err.count("\n") == 1, (bad, run.err)
            assert relay.new() == [], bad
        for text, want in ((b"u@[IPv6:::1]", "u@[IPv6:::1]"),
                           (b"<@a.example,@b.example:u@c.example>",
                            "u@c.example")):
            assert rcpts(c, relay, b"To: " + text + b"\n\n") == [want], text


def w23_an_argument_cannot_hide_the_next(c):
    with c.relay() as relay:
        run = c.send(relay, "a@a.example\n\nx", "b@b.example")
        assert run.status == 64 and relay.new() == [], run.err


def w24_aliases(c):
    many = [f"r{i}@example.com" for i in range(40)]
    aliases = c.write("aliases", "root: admin@example.com\n"
                      "cron: \"Night Watch\" <night@example.com>\n"
                      f"all: {', '.join(many)}\n"
                      f"long: {'x' * 60}@{'y' * 600}.example\n")
    empty = c.write("empty", "root: admin@example.com\nempty:\n")
    with c.relay() as relay:
        rc = (f"aliases {aliases}",)
        assert c.send(relay, "root", "cron", rc=rc).status == 0
        assert relay.new()[0].rcpts == ["admin@example.com",
                                        "night@example.com"]
        assert c.send(relay, "all", rc=rc).status == 0
        assert relay.new()[0].rcpts == many
        run = c.send(relay, "empty", rc=(f"aliases {empty}",))
        assert run.status == 78 and relay.new() == [], run.err
        assert "empty:2" in run.err


def w25_resent_from_is_not_from(c):
    with c.relay() as relay:
        mail = b"Resent-From: other@x.example\nResent-To: y@x.example\n\nbody\n"
        assert c.send(relay, "a@b.example", mail=mail).status == 0
        assert field(relay.new()[0], "From") == ["me@example.org"]
        mail = b"From: first@example.org\nX: y\nResent-From: second@x.example\n" \
            b"Resent-To: z@x.example\n\nbody\n"
        run = c.send(relay, "--read-envelope-from", "-t", mail=mail)
        assert run.status == 0, run.err
        assert relay.new()[0].sender == "first@example.org"


def w26_full_names_are_quoted_and_encoded(c):
    mail = b"To: a@b.example\n\nx\n"
    with c.relay() as relay:
        for name, want in (("Doe, Jo", '"Doe, Jo" <me@example.org>'),
                           ('a "b" c', r'"a \"b\" c" <me@example.org>'),
                           ("x (y)", '"x (y)" <me@example.org>'),
                           ("Plain Name", "Plain Name <me@example.org>")):
            assert c.send(relay, "-t", "-F", name, mail=mail).status == 0
            assert field(relay.new()[0], "From") == [want]
        long = "Zo\u00eb \u2603 " * 20
        c.env["LC_ALL"] = "C"
        assert c.send(relay, "-t", "-F", long, mail=mail).status == 0
        raw = relay.new()[0]
        assert all(len(line) <= 78 for line in header(raw).split(b"\r\n"))
        words = re.findall(r"=\?([^?]+)\?[bB]\?[^?]*\?=", field(raw, "From")[0])
        assert len(words) > 3 and {w.lower() for w in words} == {"utf-8"}


def w27_no_empty_sender_names(c):
    with c.relay() as relay:
        mail = b"To: a@b.example\n\nx\n"
        assert c.send(relay, "-t", "-f", "", mail=mail).status == 0
        got = relay.new()[0]
        assert got.sender == "" and "@" in field(got, "From")[0]
    path = c.path("socket")
    server = Server(lambda s: s.accept_mail(), path=path)
    rc = c.write("rc", f"account default\nsocket {path}\nport 24\n"
                 "protocol lmtp\nfrom me\ndomain \n")
    c.run("-C", rc, "a@b.example", mail=mail)
    server.join(5)
    assert b"(null)" not in server.heard and b"@>" not in server.heard
    assert re.match(rb"LHLO \S+\r\n", server.heard), server.heard


def w28_a_message_id_costs_no_lookup(c):
    """Every call of the program goes through the kernel: strace sees them."""
    if not shutil.which("strace"):
        raise AssertionError("strace is missing")
    with c.relay() as relay:
        log = c.path("trace")
        run = subprocess.run(
            ["strace", "-f", "-o", log, "-e", "trace=openat,connect,socket",
             case.OSTLER, "-C", c.rc(relay.port), "a@b.example"], input=MAIL,
            env=c.env | {"ASAN_OPTIONS": "detect_leaks=0"},
            stderr=subprocess.PIPE, check=False)
        assert run.returncode == 0, run.stderr
        assert re.match(r"<[0-9a-f]{32}@example\.org>",
                        field(relay.new()[0], "Message-ID")[0])
        with open(log, encoding="utf-8") as f:
            told = f.read()
        for sign in ("/etc/resolv.conf", "/etc/hosts", "SOCK_DGRAM"):
            assert sign not in told, sign


def w29_smtputf8_exactly_when_needed(c):
    with c.relay() as relay:
        assert c.send(relay, "zo\u00eb@example.com").status == 0
        assert "SMTPUTF8" in relay.new()[0].mail_params
        assert c.send(relay, "zoe@example.com").status == 0
        assert "SMTPUTF8" not in relay.new()[0].mail_params
    with c.relay("--no=SMTPUTF8") as relay:
        run = c.send(relay, "zo\u00eb@example.com")
        assert run.status == 65 and "SMTPUTF8" in run.err, (run.status, run.err)
        assert c.send(relay, "zoe@m\u00fcller.example").status == 0
        assert relay.new()[0].rcpts == ["zoe@xn--mller-kva.example"]


def w31_values_that_surprise(c):
    with c.relay() as relay:
        run = c.run("-C", c.write("rc", "account default\nhost h # mine\n"
                                  "from a@b.example\n"), "a@b.example")
        assert run.status == 78 and "rc:2" in run.err, run.err
        rc = c.write("rc", f"account default\nhost 127.0.0.1\nport {relay.port}\n"
                     "from *@example.org\n")
        run = c.run("-C", rc, "a@b.example")
        assert run.status == 78 and relay.new() == [], run.err
        run = c.run("-C", rc, "-f", "ann@example.org", "a@b.example")
        assert run.status == 0, run.err
        assert relay.new()[0].sender == "ann@example.org"
        run = c.send(relay, "--tls=", "a@b.example")
        assert run.status == 64, run.err
        # a word behind --auth is a recipient as msmtp, and refused as ostler;
        # nothing goes to it: without a login to make there is no mail
        run = c.send(relay, "--auth", "plain", "a@b.example")
        assert run.status == 64 and "--auth=plain" in run.err, run.err
        run = c.send(relay, "--auth", "plain", "a@b.example", argv0="msmtp")
        assert run.status == 78 and relay.new() == [], run.err


def w31_a_sender_of_substitutions_is_found(c):
    me, host = pwd.getpwuid(os.getuid()).pw_name, socket.gethostname()
    mail = b"To: a@b.example\nSubject: x\n\nx\n"
    with c.relay() as relay:
        def chosen(pattern, sender):
            way = f"host 127.0.0.1\nport {relay.port}\n"
            rc = c.write("rc", f"account default\n{way}from other@example.org\n"
                         f"account u\n{way}from {pattern}\nfrom_full_name Found\n")
            run = c.run("-C", rc, "-f", sender, "a@b.example", mail=mail)
            assert run.status == 0, run.err
            return "Found" in field(relay.new()[0], "From")[0]

        assert chosen("%U@example.org", f"{me}@example.org")
        assert chosen("%U@example.org", f"{me.upper()}+list@example.org")
        assert chosen("%U@%H.example.org", f"{me}@{host}.example.org")
        assert chosen("*-%U@example.org", f"cron-{me}@example.org")
        assert chosen("%U@example.org", "%U@example.org")  # as in msmtp
        assert not chosen("%U@example.org", f"{me}x@example.org")
        assert not chosen("%F", f"{me}@example.org")


case.main()
