"""GNU mailutils' mail: it closes our standard output and error."""

import os

from lib import run
from lib.run import same, silent

BODY = b"Gr\xc3\xbc\xc3\x9fe\n..\nFrom here\n"	# a dot alone would end it for mail itself


def mail(b, *args):
    return b.box.run(["mail.mailutils", *args], stdin=BODY)


def simple(b):
    silent(mail(b, "-s", "hay", "bob@example.com"))
    m = b.arrived("bob@example.com", sender="alice@host.example.org", To="<bob@example.com>",
                  Subject="hay")
    same("text", m.body, BODY)


def copies_and_attachment(b):
    b.box.file("a.csv", "a;b\n")
    silent(mail(b, "-s", "hay é", "-a", "Cc: carol@example.net", "-a", "Bcc: hidden@example.net",
                "-A", "a.csv", "bob@example.com"))
    m = b.arrived("bob@example.com", "carol@example.net", "hidden@example.net",
                  sender="alice@host.example.org")
    text, note = m.parsed.iter_parts()
    same("attachment", note.get_payload(decode=True), b"a;b\n")


def sender(b):
    silent(mail(b, "-s", "x", "-r", "bounces@example.org", "bob@example.com"))
    b.arrived("bob@example.com", sender="bounces@example.org")


def refusal(b):
    """Nothing of ours can be seen but the status; the reason is in the syslog."""
    done = mail(b, "-s", "x", "x@refused.example.net")
    assert done.returncode != 0, done
    assert b"non-zero status" in done.stderr, done
    assert os.path.getsize(b.box.home("dead.letter")) > 0
    b.logged("x@refused.example.net", "5.1.1")
    b.nothing_arrived()


run.main(needs=["mail.mailutils"], cases=[simple, copies_and_attachment, sender, refusal])
