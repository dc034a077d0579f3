#!/usr/bin/python3
"""Every cause of every exit status, called as msmtp: the status, and one line that names
the trouble.

CAUSES is msmtp's table, a name for each cause, and what is only ours.  A cause is a
function test_STATUS_CAUSE, with msmtp's status, or with ours where OTHERWISE has it; that
names the words of the manual page's DIFFERENCES which say so.  A cause without a test,
a test without a cause, a difference that the manual page does not tell, a status that is
not in its EXIT STATUS, and one there that no test has, fail.

The tests are in exits_here.py and exits_relay.py.  One yields runs and what must be in
the line; None: there is no line.  Those that are apart run in namespaces of their own,
where names are looked up as the test wants.
"""

import fcntl
import os
import re
import socket
import struct
import subprocess
import sys
import traceback

from exits_call import case, sanitized
import exits_here
import exits_relay

TOP = os.environ.get("top_srcdir", ".")

CAUSES = {
    0: "log_cannot_be_written log_goes_to_a_broken_stdout quit_fails etrn_agreed",
    64: "option_unknown value_wrong options_exclude_one_another no_recipients"
        " no_from_to_be_read argument_too_much",
    65: "mail_refused rcpt_refused data_refused command_too_long"
        " configure_without_an_address etrn_not_understood"
        " answer_without_sense login_demanded",
    66: "trust_file_unreadable crl_file_unreadable key_file_unreadable"
        " cert_file_unreadable",
    68: "relay_name_does_not_exist relay_name_cannot_exist configure_finds_no_record",
    69: "mail_deferred rcpt_deferred data_deferred message_refused message_deferred"
        " message_taken_with_other_words starttls_not_offered auth_not_offered"
        " method_not_offered dsn_not_offered etrn_not_offered user_missing"
        " password_missing certificate_rejected proxy_refuses proxy_finds_no_way"
        " lmtp_recipient_refused lmtp_recipient_deferred etrn_refused_for_the_node",
    70: "tls_library_fails priorities_wrong password_unfit",
    71: "socket_cannot_be_made source_ip_not_ours out_of_memory",
    74: "connection_lost relay_silent temporary_file_cannot_be_made"
        " temporary_file_cannot_be_written stdin_cannot_be_read config_is_a_folder"
        " config_missing eval_prints_nothing",
    75: "names_cannot_be_looked_up connection_refused socket_refused proxy_not_reached"
        " connection_not_made_in_time",
    76: "greeting_strange greeting_refuses greeting_defers hello_refused hello_deferred"
        " starttls_refused starttls_deferred reply_malformed reply_too_long reply_missing"
        " handshake_fails etrn_refused etrn_deferred login_answered_strangely",
    77: "login_refused login_deferred",
    78: "config_without_sense command_unknown account_unknown secrets_open_to_others"
        " no_host no_port no_from alias_file_missing alias_leads_to_itself"
        " passwordeval_prints_nothing mailname_missing",
    # ours alone
    None: "67_address_refused_by_bv 67_address_refused_by_bv_beside_others"
          " 73_queue_cannot_be_made 74_stdout_cannot_be_written 74_stdout_has_no_reader"
          " 0_stdout_has_nothing_of_the_mail 78_mailname_is_no_domain 78_alias_of_this_host",
}

TEMPORARY = "Temporary trouble gives 75 at every step"
FOR_GOOD = "what the relay refuses for good gives 65 or 69"
ACCOUNT = "What an account lacks or has wrong gives 78"
SENSE = "An answer that makes no sense gives 76"
DEMANDED = "a demand to log in (530) gives 77"
TAKEN = "any 2xx to the end of the mail is success"

OTHERWISE = {
    "answer_without_sense": (76, SENSE),
    "login_demanded": (77, DEMANDED),
    "mail_deferred": (75, TEMPORARY),
    "rcpt_deferred": (75, TEMPORARY),
    "data_deferred": (75, TEMPORARY),
    "message_deferred": (75, TEMPORARY),
    "message_taken_with_other_words": (0, TAKEN),
    "user_missing": (78, ACCOUNT),
    "proxy_finds_no_way": (75, TEMPORARY),
    "lmtp_recipient_deferred": (75, TEMPORARY),
    "priorities_wrong": (78, ACCOUNT),
    "password_unfit": (78, ACCOUNT),
    "connection_lost": (75, TEMPORARY),
    "relay_silent": (75, TEMPORARY),
    "temporary_file_cannot_be_made": (75, TEMPORARY),
    "greeting_refuses": (69, FOR_GOOD),
    "greeting_defers": (75, TEMPORARY),
    "hello_refused": (69, FOR_GOOD),
    "hello_deferred": (75, TEMPORARY),
    "starttls_refused": (69, FOR_GOOD),
    "starttls_deferred": (75, TEMPORARY),
    "reply_missing": (75, TEMPORARY),
    "etrn_deferred": (75, TEMPORARY),
    "login_deferred": (75, TEMPORARY),
}


def section(heading):
    """Of the manual page."""
    with open(os.path.join(TOP, "man/ostler.1"), encoding="utf-8") as f:
        return f.read().partition(f"\n.Sh {heading}\n")[2].partition("\n.Sh ")[0]


def tests():
    return {name: test for room in (exits_here, exits_relay) for name, test in vars(room).items()
            if name.startswith("test_")}


def gaps():
    """What is missing in one of: the table, the tests, the manual page."""
    wanted = {f"test_{OTHERWISE.get(cause, (status,))[0]}_{cause}" if status is not None else
              f"test_{cause}" for status, causes in CAUSES.items() for cause in causes.split()}
    codes = set(re.findall(r"(?m)^\.It (\d+) Dv EX_", section("EXIT STATUS")))
    told = section("DIFFERENCES FROM msmtp").replace("\n", " ")
    yield "causes without a test", wanted - set(tests())
    yield "tests without a cause", set(tests()) - wanted
    yield "statuses that differ in the manual page", \
        {name.split("_")[1] for name in tests()} ^ codes
    yield "differences without a cause", OTHERWISE.keys() - " ".join(CAUSES.values()).split()
    yield "differences that the manual page does not tell", \
        {words for _, words in OTHERWISE.values() if words not in told}


def judge(status, run, pattern):
    assert run.status == status, (run.status, run.err)
    if pattern is None:
        assert not run.err, run.err
    else:
        assert re.fullmatch(r"(msmtp|ostler|sendmail): [ -~]+\n", run.err), run.err
        assert re.search(pattern, run.err), (pattern, run.err)


def try_one(name, test):
    c, runs = case.Case(), 0
    try:
        for run, pattern in test(c):
            judge(int(name.split("_")[1]), run, pattern)
            runs += 1
        assert runs or sanitized(), "nothing was run"
        print("ok -", name[5:], flush=True)
        return 0
    except Exception:  # pylint: disable=broad-except
        print("NOT OK -", name[5:], flush=True)
        traceback.print_exc(file=sys.stdout)
        return 1
    finally:
        c.clear()


def loopback_up():
    with socket.socket() as s:
        fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP


def the_rest_apart(wanted):
    """The exit status of the tests that want namespaces; 77: there are none here."""
    unshare = ["unshare", "-mn" if os.getuid() == 0 else "-rmn"]
    if subprocess.run([*unshare, "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        print("no namespaces here")
        return 77
    return subprocess.run([*unshare, sys.executable, __file__, "--inside", *wanted],
                          check=False).returncode


def main():
    inside = sys.argv[1:2] == ["--inside"]
    wanted = sys.argv[2:] if inside else sys.argv[1:]
    failed = 0
    if inside:
        loopback_up()
    for name, test in tests().items():
        if hasattr(test, "apart") == inside and (not wanted or name in wanted):
            failed += try_one(name, test)
    if inside:
        sys.exit(1 if failed else 0)
    for what, names in gaps():
        if names:
            failed += 1
            print("NOT OK -", what, *sorted(names))
    rest = the_rest_apart(wanted)
    sys.exit(1 if failed else rest)


main()
