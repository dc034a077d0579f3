"""s-nail: envelope options, attachments, and what it does when we fail."""

import os

from lib import run
from lib.run import same, silent

BODY = b"Gr\xc3\xbc\xc3\x9fe\n.\nFrom here\n"


def nail(b, *args, stdin=BODY):
    return b.box.run(["s-nail", "-n", *args], stdin=stdin)


def simple(b):
    silent(nail(b, "-s", "Grüße aus Köln", "-c", "carol@example.net", "-b", "hidden@example.net",
                "bob@example.com"))
    m = b.arrived("bob@example.com", "carol@example.net", "hidden@example.net",
                  To="bob@example.com", Cc="carol@example.net")
    same("subject", m.parsed["Subject"], "Grüße aus Köln")
    same("text", m.parsed.get_content().encode(), BODY)


def header_from_stdin(b):
    silent(nail(b, "-t", stdin=b"To: bob@example.com\nBcc: hidden@example.net\n"
                b"Subject: x\n\nhay\n"))
    b.arrived("bob@example.com", "hidden@example.net", Subject="x", body=b"hay\n")


def envelope(b):
    """-r gives sendmail -f and -F."""
    silent(nail(b, "-r", "Alice Bounce <bounces@example.org>", "-s", "x", "bob@example.com"))
    m = b.arrived("bob@example.com", sender="bounces@example.org")
    assert "bounces@example.org" in m.field("From"), m.head


def attachment(b):
    b.box.file("blob.bin", bytes(range(256)))
    silent(nail(b, "-s", "x", "-a", "blob.bin", "bob@example.com"))
    text, blob = b.arrived("bob@example.com").parsed.iter_parts()
    same("blob", blob.get_payload(decode=True), bytes(range(256)))


def refusal(b):
    """It keeps the text and tells."""
    done = nail(b, "-s", "x", "x@refused.example.net")
    same("exit status", done.returncode, 4)
    assert b"x@refused.example.net" in done.stderr and b"5.1.1" in done.stderr, done
    assert os.path.getsize(b.box.home("dead.letter")) > 0
    b.nothing_arrived()


run.main(needs=["s-nail"], cases=[simple, header_from_stdin, envelope, attachment, refusal])
