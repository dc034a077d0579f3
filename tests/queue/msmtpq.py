#!/usr/bin/python3
"""Weaknesses 8, and 58 to 60: msmtpq; here the queue does what it did."""

import os
import signal
import time

import case

MAIL = case.MAIL


def test_w08_what_cannot_be_sent_now_is_sent_later(c):
    c.setup(1)
    c.sendmail("you@example.com").ok()
    assert len(c.waiting()) == 1
    relay = c.relay()
    c.setup(relay.port)  # and nothing else is done
    c.until_empty()
    assert [m.rcpts for m in relay.new()] == [["you@example.com"]]


def test_w58_arguments_are_kept_as_they_are(c):
    """A name with blanks, a "*" and a leading dash are not words of a shell."""
    c.setup(1)
    mail = b"To: you@example.com\nSubject: x\n\nbody\n"
    c.sendmail("-F", "Full Name", "-f", "me@example.org", "--",
               "star*@example.com", "-n@example.com", mail=mail).ok()
    relay = c.relay()
    c.setup(relay.port)
    c.hands("flush")
    c.until_empty()
    got = relay.new()[0]
    assert got.rcpts == ["star*@example.com", "-n@example.com"], got.rcpts
    assert b"From: Full Name <me@example.org>\r\n" in got.data, got.data


def test_w59_a_refused_mail_ends_and_stops_nobody(c):
    relay = c.relay("--fail=rcpt,550,match=bad@*")
    c.setup(1)
    for to in ("a@example.com", "bad@example.com", "c@example.com"):
        c.sendmail(to).ok()
    c.setup(relay.port)
    c.hands("flush")
    c.until_empty()
    mails = relay.new()
    assert sorted(m.rcpts[0] for m in mails if m.sender) == \
        ["a@example.com", "c@example.com"]
    told = [m for m in mails if m.sender == ""]
    assert [m.rcpts for m in told] == [["me@example.org"]]
    assert b"bad@example.com" in told[0].data and b"550" in told[0].data
    # and a mail that nobody takes is an error at once, not a success
    run = c.ostler("--queue=on", "bad@example.com")
    assert run.status != 0 and "bad@example.com" in run.err, run.err


def test_w60_a_runner_that_was_killed_blocks_nobody(c):
    """No connection is made but to the relay, and no lock outlives its owner."""
    c.setup(1)
    c.sendmail("you@example.com").ok()
    path = os.path.join(c.queue, "run", "runner")
    c.until(lambda: os.path.exists(path) and os.path.getsize(path) > 0)
    with open(path, encoding="utf-8") as f:
        words = f.read().split()
    pids = [int(w) for w in words if w.isdigit() and os.path.exists(f"/proc/{w}/exe")
            and os.path.realpath(f"/proc/{w}/exe") == os.path.realpath(case.OSTLER)]
    assert pids, words
    os.kill(pids[0], signal.SIGKILL)
    relay = c.relay()
    c.setup(relay.port)
    begun = time.monotonic()
    run = c.hands("flush")
    assert time.monotonic() - begun < 10 and run.status == 0, run.err
    c.until_empty()
    assert len(relay.new()) == 1


case.main()
