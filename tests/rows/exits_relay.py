"""What the relay says, and the way to it.

Tests of exits.py, which says how they are read.
"""

import socket

import case
from case import Server
from exits_call import LOGIN, TO, Proxy, Scripted, bare, call, talk, with_tls


# --- the mail is safe ---

def test_0_quit_fails(c):
    for reply in (None, "500 never heard of it", "what?"):
        yield talk(c, quit=reply), None


def test_0_message_taken_with_other_words(c):
    yield talk(c, end="251 will forward"), None


# --- MAIL, RCPT and DATA ---

def test_65_mail_refused(c):
    yield talk(c, mail="550 5.1.8 who is that"), "550 5.1.8 who is that"


def test_65_rcpt_refused(c):
    yield talk(c, rcpt="550 5.1.1 no such user"), f"<{TO}>: 550 5.1.1 no such user"


def test_65_data_refused(c):
    yield talk(c, data="554 5.5.1 no valid recipients"), "554 5.5.1 no valid"


def test_65_command_too_long(c):
    yield talk(c, args=("x" * 9000 + "@example.com",)), "long"


def test_75_mail_deferred(c):
    yield talk(c, mail="451 later"), "451 later"


def test_75_rcpt_deferred(c):
    yield talk(c, rcpt="450 later"), f"<{TO}>: 450 later"


def test_75_data_deferred(c):
    yield talk(c, data="452 later"), "452 later"


def test_76_answer_without_sense(c):
    for step, reply in (("mail", "354 hm"), ("rcpt", "354 hm"), ("data", "250 hm")):
        yield talk(c, **{step: reply}), f"makes no sense.*: {reply}"


def test_77_login_demanded(c):
    for step in ("mail", "rcpt", "data"):
        yield talk(c, **{step: "530 5.7.0 authentication required"}), "530 5.7.0 authen"


# --- the relay cannot, or will not ---

def test_69_message_refused(c):
    yield talk(c, end="554 5.6.0 spam"), "554 5.6.0 spam"


def test_75_message_deferred(c):
    yield talk(c, end="451 later"), "451 later"


def test_69_starttls_not_offered(c):
    yield talk(c, rc=("tls on", "tls_certcheck off")), "does not offer STARTTLS"


def test_69_auth_not_offered(c):
    yield talk(c, rc=LOGIN), "does not offer a login"


def test_69_method_not_offered(c):
    yield talk(c, "AUTH PLAIN", rc=LOGIN), "SCRAM-SHA-256.*PLAIN"


def test_69_dsn_not_offered(c):
    yield talk(c, rc=("dsn_notify failure",)), "does not offer DSN"


def test_69_etrn_not_offered(c):
    yield talk(c, args=("--rmqs=x",)), "does not offer ETRN"


def test_69_certificate_rejected(c):
    with c.relay("--cert=unknown", listen=("plain", "tls")) as relay:
        yield with_tls(c, f"tls_trust_file {relay.ca}", port=relay.ports["relay_tls"]), \
            "certificate"


def by_proxy(c, port):
    return call(c, rc=("proxy_host 127.0.0.1", f"proxy_port {port}"))


def test_69_proxy_refuses(c):
    for answer, told in ((2, "not allowed by its rules"), (7, "command not supported"),
                         (8, "address type not supported"), (99, "reason 0x63")):
        yield by_proxy(c, Proxy(answer).port), told


def test_75_proxy_finds_no_way(c):
    for answer, told in ((1, "general failure"), (3, "network unreachable"),
                         (4, "host unreachable"), (5, "refused"), (6, "expired")):
        yield by_proxy(c, Proxy(answer).port), told


def lmtp(c, end):
    return talk(c, args=("one@example.com", "two@example.com"), rc=("protocol lmtp",), end=end)


def test_69_lmtp_recipient_refused(c):
    yield lmtp(c, "250 ok\r\n552 5.2.2 full"), "<two@example.com>: 552 5.2.2 full"


def test_75_lmtp_recipient_deferred(c):
    yield lmtp(c, "452 later\r\n250 ok"), "<one@example.com>: 452 later"


# --- ETRN ---

def etrn(c, code):
    return talk(c, "ETRN", args=("--rmqs=@example.com",), etrn=f"{code} words of the relay")


def test_0_etrn_agreed(c):
    for code in (250, 251, 252, 253):
        yield etrn(c, code), None


def test_65_etrn_not_understood(c):
    for code in (500, 501):
        yield etrn(c, code), f"ETRN: {code} words of the relay"


def test_69_etrn_refused_for_the_node(c):
    for code in (458, 459):
        yield etrn(c, code), f"ETRN: {code} words of the relay"


def test_76_etrn_refused(c):
    for code in (550, 502, 354):
        yield etrn(c, code), f"ETRN: {code} words of the relay"


def test_75_etrn_deferred(c):
    yield etrn(c, 451), "ETRN: 451 words of the relay"


# --- the connection ---

def test_75_connection_refused(c):
    nobody = case.bundled.Nobody()
    yield call(c, port=nobody.port), "127.0.0.1.*refused"


def test_75_socket_refused(c):
    yield bare(c, "account default", f"socket {c.path('none')}", "from me@example.org"), \
        "cannot connect to '.*none'"


def test_75_proxy_not_reached(c):
    nobody = case.bundled.Nobody()
    yield by_proxy(c, nobody.port), "proxy '127.0.0.1': .*refused"


def test_75_connection_not_made_in_time(c):
    """A listener that has all the connections that it can have answers no more."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(8)]
        for s in waiting:
            s.setblocking(False)
            s.connect_ex(full.getsockname())
        yield call(c, port=full.getsockname()[1], rc=("timeout 1",)), "cannot connect.*timeout"
        for s in waiting:
            s.close()


def test_75_connection_lost(c):
    for step in ("ehlo", "mail", "data", "end"):
        yield talk(c, **{step: None}), "closed the connection"


def test_75_relay_silent(c):
    yield call(c, port=Server(lambda s: s.stay()).port, rc=("timeout 1",)), \
        "waiting for the greeting: timeout"


# --- no SMTP, no TLS ---

def test_76_greeting_strange(c):
    yield talk(c, greeting="250 hi"), "250 hi"


def test_69_greeting_refuses(c):
    yield talk(c, greeting="554 go away"), "does not want to talk: 554 go away"


def test_75_greeting_defers(c):
    yield talk(c, greeting="421 busy"), "does not want to talk: 421 busy"


def test_69_hello_refused(c):
    yield talk(c, ehlo="502 no", helo="550 go away"), "refused HELO: 550 go away"


def test_75_hello_deferred(c):
    yield talk(c, ehlo="451 busy"), "refused EHLO: 451 busy"
    yield talk(c, ehlo="502 no", helo="451 busy"), "refused HELO: 451 busy"


def test_69_starttls_refused(c):
    yield talk(c, "STARTTLS", rc=("tls on", "tls_certcheck off"), starttls="554 no"), \
        "refused STARTTLS.*554 no"


def test_75_starttls_deferred(c):
    yield talk(c, "STARTTLS", rc=("tls on", "tls_certcheck off"), starttls="454 busy"), \
        "refused STARTTLS.*454 busy"


def test_76_reply_malformed(c):
    for reply in ("hello", "22 hi", "2200 hi", "220-a\r\n250 b"):
        yield talk(c, greeting=reply), "the greeting: "


def test_76_reply_too_long(c):
    yield talk(c, ehlo="250 " + "x" * 100000), "the reply to EHLO: .*line without end"
    yield talk(c, ehlo="250-x\r\n" * 10000 + "250 x"), "the reply to EHLO: .*lines"


def test_75_reply_missing(c):
    yield talk(c, greeting=None), "waiting for the greeting: .*closed the connection"


def test_76_handshake_fails(c):
    yield with_tls(c, "tls_certcheck off", port=Scripted().port), "does not speak TLS"
    # versions of which they have none in common
    with c.relay("--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2", listen=("plain", "tls")) as relay:
        yield with_tls(c, "tls_certcheck off", "tls_priorities NORMAL:-VERS-ALL:+VERS-TLS1.3",
                       port=relay.ports["relay_tls"]), "TLS handshake"


def test_76_login_answered_strangely(c):
    yield talk(c, "AUTH SCRAM-SHA-256", rc=LOGIN, auth="250 fine"), \
        "login by SCRAM-SHA-256.*250 fine"


# --- the login ---

def test_77_login_refused(c):
    for code in (535, 534, 504, 550):
        yield talk(c, "AUTH SCRAM-SHA-256", rc=LOGIN, auth=f"{code} no"), \
            f"refused the login by SCRAM-SHA-256 as 'me'.*: {code} no"


def test_75_login_deferred(c):
    yield talk(c, "AUTH SCRAM-SHA-256", rc=LOGIN, auth="454 4.7.0 busy"), "login.*454 4.7.0 busy"
