#!/usr/bin/python3
"""Weaknesses 1 to 17: lost, damaged or stuck mail.

Of number 3, the look-up of names is in tests/unit/test_dial.c; of number 8, the
queue is in tests/queue/msmtpq.py.
"""

import fcntl
import os
import re
import subprocess
import time

import case
from case import MAIL, SECRET, Server, body, field


def w01_last_line_at_a_buffer_edge(c):
    with c.relay() as relay:
        for n in (1023, 2046, 1024, 65536 - 10):
            mail = b"Subject: x\n\n" + b"a" * n
            assert c.send(relay, "you@example.com", mail=mail).status == 0
            assert body(relay.new()[0]) == b"a" * n + b"\r\n"
        mail = b"Subject: " + b"a" * (1023 - 9)
        assert c.send(relay, "you@example.com", mail=mail).status == 0
        got = relay.new()[0]
        assert field(got, "Subject") == ["a" * (1023 - 9)]
        assert got.data.endswith(b"\r\n")


def certificate(c, relay):
    return f"{relay.folder}/ca/good.pem", f"{relay.folder}/ca/good.key"


def w02_timeout_under_tls(c):
    with c.relay(listen=("plain", "tls")) as relay:
        tls = certificate(c, relay)
        trust = ("tls on", "tls_starttls off", f"tls_trust_file {relay.ca}",
                 "timeout 1")
        inside = Server(lambda s: s.stay(), tls=tls)
        run = c.run("-C", c.rc(inside.port, *trust), "you@example.com")
        assert run.status == 75 and run.seconds < 6, (run.status, run.err)
        before = Server(lambda s: s.stay())
        run = c.run("-C", c.rc(before.port, *trust), "you@example.com")
        assert run.status == 75 and run.seconds < 6, (run.status, run.err)


def drip(server):
    """A reply that never ends, a byte now and then."""
    for _ in range(600):
        server.sock.sendall(b"2")
        time.sleep(0.05)


def w03_timeout_everywhere(c):
    path = c.path("socket")
    Server(lambda s: s.stay(), path=path)
    rc = c.write("rc", f"account default\nsocket {path}\nprotocol lmtp\n"
                 "from me@example.org\ntimeout 1\n")
    run = c.run("-C", rc, "you@example.com")
    assert run.status == 75 and run.seconds < 6, (run.status, run.err)
    # a reply that drips in has no longer
    run = c.run("-C", c.rc(Server(drip).port, "timeout 1"), "you@example.com")
    assert run.status in (75, 76) and run.seconds < 6, (run.status, run.err)

    def slow(server):
        server.say("220 hi")
        for _ in range(100):
            server.hear()
            time.sleep(0.7)
            server.say("250-x", "250 SIZE")

    # and there is a timeout without being asked for
    run = c.run("-P", "--host=h", "--from=a@b.example", "x@y.example")
    assert b"\ntimeout = 300 seconds\n" in run.out, run.out
    # and the whole delivery has an end of its own
    run = c.run("-C", c.rc(Server(slow).port, "timeout 60", "deadline 2"),
                *[f"r{i}@example.com" for i in range(50)])
    assert run.status == 75 and run.seconds < 8, (run.status, run.err)


def w04_passwordeval_leaves_stdin_alone(c):
    lines = b"".join(b"line %d\n" % i for i in range(3000))
    with c.relay("--user=me:" + SECRET, listen=("plain", "tls")) as relay:
        rc = c.rc(relay.ports["relay_tls"], "tls on", "tls_starttls off",
                  f"tls_trust_file {relay.ca}", "auth on", "user me",
                  f"passwordeval cat >/dev/null; echo {SECRET}")
        run = c.run("-C", rc, "you@example.com", mail=b"Subject: x\n\n" + lines)
        assert run.status == 0, run.err
        assert body(relay.new()[0]) == lines.replace(b"\n", b"\r\n")


def w04_eval_leaves_stdin_alone(c):
    lines = b"".join(b"line %d\n" % i for i in range(3000))
    with c.relay() as relay:
        mail = b"To: a@b.example\nSubject: x\n\n" + lines
        run = c.send(relay, "you@example.com", mail=mail,
                     rc=("eval cat >/dev/null; echo from_full_name Eva",))
        assert run.status == 0, run.err
        got = relay.new()[0]
        assert body(got) == lines.replace(b"\n", b"\r\n")
        assert field(got, "From") == ["Eva <me@example.org>"]


def w05_one_refused_recipient_does_not_stop_the_others(c):
    with c.relay("--fail=rcpt,550,match=bad@*") as relay:
        to = ("a@example.com", "bad@example.com", "c@example.com")
        run = c.send(relay, *to, rc=("partial on",))
        assert run.status != 0 and "bad@example.com" in run.err
        assert relay.new()[0].rcpts == ["a@example.com", "c@example.com"]
        # as msmtp does, without being asked: all or nothing
        assert c.send(relay, *to).status == 65
        assert relay.new() == []


def w06_lmtp_names_who_failed(c):
    with c.relay("--fail=end,452,match=full@*", listen=("plain", "lmtp")) as relay:
        log = c.path("log")
        rc = c.rc(relay.ports["relay_lmtp"], "protocol lmtp", f"logfile {log}")
        run = c.run("-C", rc, "a@example.com", "full@example.com")
        assert run.status == 75, (run.status, run.err)
        assert "full@example.com" in run.err and "<a@example.com>" not in run.err
        assert relay.new()[0].rcpts == ["a@example.com"]
        with open(log, encoding="utf-8") as f:
            told = f.read()
        assert "full@example.com" in told.split("errormsg=")[1], told


def w07_temporary_is_75_and_permanent_is_not(c):
    for step in ("greeting", "ehlo", "mail", "rcpt", "data", "end"):
        for code in ("421", "451"):
            if (step, code) == ("greeting", "451"):
                continue
            with c.relay("--no=CHUNKING", f"--fail={step},{code}") as relay:
                run = c.send(relay, "you@example.com")
                assert run.status == 75, (step, code, run.status, run.err)
    for step in ("greeting", "ehlo", "mail", "rcpt", "data", "body", "end"):
        with c.relay("--no=CHUNKING", f"--fail={step},drop") as relay:
            run = c.send(relay, "you@example.com")
            assert run.status == 75, (step, run.status, run.err)
    with c.relay("--fail=auth,454", "--user=me:" + SECRET,
                 listen=("plain", "tls")) as relay:
        rc = c.rc(relay.ports["relay_tls"], "tls on", "tls_starttls off",
                  f"tls_trust_file {relay.ca}", "auth on", "user me",
                  f"password {SECRET}")
        run = c.run("-C", rc, "you@example.com")
        assert run.status == 75, (run.status, run.err)
    for step, status in (("mail", 65), ("rcpt", 65), ("end", 69)):
        with c.relay(f"--fail={step},552") as relay:
            assert c.send(relay, "you@example.com").status == status


def w08_another_relay_takes_over(c):
    with c.relay() as relay:
        rc = c.write("rc", "account default\nhost 127.0.0.2 127.0.0.1\n"
                     f"port {relay.port}\nfrom me@example.org\n")
        assert c.run("-C", rc, "you@example.com").status == 0
        assert len(relay.new()) == 1


def w09_size_is_declared_and_obeyed(c):
    with c.relay("--size=100") as relay:
        run = c.send(relay, "you@example.com", mail=MAIL + b"x" * 200 + b"\n")
        assert run.status in (65, 69) and "100" in run.err, run.err
        assert "refused=0" in relay.tell("stats").split()
    with c.relay() as relay:
        assert c.send(relay, "you@example.com").status == 0
        got = relay.new()[0]
        assert f"SIZE={len(got.data)}" in got.mail_params


def w10_unreadable_input_is_not_sent(c):
    """What fails to be read.  A producer that is killed ends its pipe as one that
    is done does: no reader can tell them apart."""
    with c.relay() as relay:
        rc = c.rc(relay.port)
        here = os.open("/", os.O_RDONLY)
        run = subprocess.run([case.OSTLER, "-C", rc, "you@example.com"],
                             stdin=here, stderr=subprocess.PIPE, check=False)
        os.close(here)
        assert run.returncode == 74, run
        assert relay.new() == []


def w11_the_relay_is_called_when_the_mail_is_whole(c):
    with c.relay() as relay:
        with subprocess.Popen([case.OSTLER, "-C", c.rc(relay.port),
                               "you@example.com"],
                              stdin=subprocess.PIPE) as process:
            process.stdin.write(b"Subject: x\n\nfirst\n")
            process.stdin.flush()
            time.sleep(0.4)
            assert "open=0" in relay.tell("stats").split()
            assert "sessions=0" in relay.tell("stats").split()
            process.stdin.write(b"last\n")
            process.stdin.close()
            assert process.wait(20) == 0
        assert body(relay.new()[0]) == b"first\r\nlast\r\n"


def w12_a_body_without_header_stays_body(c):
    with c.relay() as relay:
        run = c.send(relay, "you@example.com", mail=b"hello there\nsecond line\n")
        assert run.status == 0, run.err
        got = relay.new()[0]
        assert body(got) == b"hello there\r\nsecond line\r\n"
        assert field(got, "Date") and field(got, "From") == ["me@example.org"]


def w13_a_bare_cr_is_a_blank_wherever_it_stands(c):
    with c.relay() as relay:
        for n in (1021, 1022, 1023, 65535 - 12, 65536 - 12):
            mail = b"Subject: x\n\n" + b"a" * n + b"\rb\n"
            assert c.send(relay, "you@example.com", mail=mail).status == 0
            assert body(relay.new()[0]) == b"a" * n + b" b\r\n"


def w14_failures_before_the_connection_are_logged(c):
    log = c.path("log")
    rc = c.rc(1, "auth on", "tls on", "user me", "passwordeval false",
              f"logfile {log}")
    run = c.run("-C", rc, "you@example.com")
    assert run.status == 78, (run.status, run.err)
    with open(log, encoding="utf-8") as f:
        told = f.read()
    assert told.count("\n") == 1 and "passwordeval" in told, told
    assert "recipients=you@example.com" in told and "EX_CONFIG" in told

    def logged(rc, *args, mail=MAIL):
        log = c.path("other")
        run = c.run("-C", rc, *args, mail=mail)
        with open(log, encoding="utf-8") as f:
            told = f.read()
        os.unlink(log)
        assert told.count("\n") == 1 and "host=127.0.0.1" in told, told
        return run.status, told.split(" errormsg=")[1]

    other = (1, f"logfile {c.path('other')}")
    loop = c.write("aliases", "a: b\nb: a\n")
    status, told = logged(c.rc(*other, f"aliases {loop}"), "a")
    assert status == 78 and "leads to itself" in told and "EX_CONFIG" in told
    status, told = logged(c.rc(*other), "-t", mail=b"Subject: to nobody\n\nx\n")
    assert status == 64 and "no recipients" in told and "EX_USAGE" in told
    status, told = logged(c.rc(*other), "-t", mail=b"To: <<\n\nx\n")
    assert status == 65 and "EX_DATAERR" in told
    # what is wrong with the account is found when it is known, and so is its log
    base = f"account default\nhost 127.0.0.1\n{other[1]}\n"
    for wrong in ("auth on", "tls_key_file k", "tls_cert_file c", "proxy_user u", "protocol lmtp",
                  "tls_fingerprint " + "ab" * 32, "tls on\ntls_trust_file", "sender fix\nfrom *@b",
                  "user u\nauth plain\npassword p", "proxy_host p\nproxy_password x"):
        rc = c.write("rc", base + wrong + "\n")
        status, told = logged(rc, "you@example.com")
        assert status == 78 and re.search(r"^'\S+/rc:\d: ", told) and "EX_CONFIG" in told, told
    # chosen by its sender, and with the command line's log in place of its own
    rc = c.write("rc", "account default\nhost h\naccount two\nhost 127.0.0.1\n"
                 f"from me@example.org\n{other[1]}\nauth on\n")
    status, told = logged(rc, "-f", "me@example.org", "you@example.com")
    assert status == 78 and "rc:7: auth needs a name" in told, told
    status, told = logged(c.rc(1, "logfile /none/log", "auth on"), "-X", c.path("other"), "a@b")
    assert status == 78 and "rc:6: auth needs a name" in told, told
    # an rc file that cannot be read to its end names no log: the option does
    log = c.path("option")
    run = c.run("-C", c.rc(1, "nonsense"), "-X", log, "you@example.com")
    assert run.status == 78, (run.status, run.err)
    with open(log, encoding="utf-8") as f:
        told = f.read()
    assert re.search(r" errormsg='[^']*nonsense[^']*' exitcode=EX_CONFIG\n$", told), told
    assert told.count("\n") == 1, told


def w15_a_log_that_fails_is_told_and_keeps_nobody_waiting(c):
    with c.relay() as relay:
        run = c.send(relay, "you@example.com", rc=("logfile /nonexistent/log",))
        assert run.status == 0 and len(relay.new()) == 1
        assert run.err.count("\n") == 1 and "/nonexistent/log" in run.err
        # the line is not lost with the file
        assert "exitcode=EX_OK" in run.err
        # msmtp waits ten seconds for a log that is locked, the mail long sent
        log = c.path("log")
        with open(log, "w", encoding="utf-8") as f:
            fcntl.lockf(f, fcntl.LOCK_EX)
            run = c.send(relay, "you@example.com", rc=(f"logfile {log}",))
        assert run.status == 0 and len(relay.new()) == 1
        assert run.seconds < 6 and "exitcode=EX_OK" in run.err, (run.seconds, run.err)
        with open(log, encoding="utf-8") as f:
            assert f.read() == ""


def w16_replies_of_every_legal_shape(c):
    def play(server):
        server.say("220")
        server.hear()
        server.say(*["250-" + "x" * 1500] * 60, "250 x")
        server.hear()
        server.say("250")
        server.hear()
        server.say("252 cannot verify")
        server.hear()
        server.say("354")
        while server.hear() != ".":
            pass
        server.say("250-" + "y" * 2000, "250")
        server.stay()

    run = c.run("-C", c.rc(Server(play).port), "you@example.com")
    assert run.status == 0, (run.status, run.err)


def w17_tokens_of_sixty_kilobytes(c):
    token = "t" * 60000
    with c.relay("--user=me:" + token, listen=("plain", "tls")) as relay:
        for method in ("xoauth2", "oauthbearer"):
            rc = c.rc(relay.ports["relay_tls"], "tls on", "tls_starttls off",
                      f"tls_trust_file {relay.ca}", f"auth {method}", "user me",
                      f"password {token}")
            run = c.run("-C", rc, "you@example.com")
            assert run.status == 0, (method, run.status, run.err)
        assert len(relay.new()) == 2


case.main()
