"""A mail from outside, as a local delivery agent is given it, to be forwarded."""

from .run import same

BODY = b"line 1\n.\n..two\ncaf\xc3\xa9\nFrom here\n"
MAIL = (b"Return-Path: <sender@example.net>\n"
        b"Received: by mx.example.org; Sat, 21 Nov 2026 12:00:00 +0000\n"
        b"From: Sender <sender@example.net>\n"
        b"To: alice@example.org\n"
        b"Bcc: hidden@example.net\n"
        b"Subject: incoming\n"
        b"Date: Sat, 21 Nov 2026 12:00:00 +0000\n"
        b"Message-ID: <in@example.net>\n\n" + BODY)


def forwarded(b, *rcpts, sender, body=BODY):
    """It went on to these, whole, but for what must not travel; gives it."""
    m = b.arrived(*rcpts, sender=sender, body=body, From="Sender <sender@example.net>",
                  To="alice@example.org", Subject="incoming", Message_ID="<in@example.net>",
                  Received="by mx.example.org; Sat, 21 Nov 2026 12:00:00 +0000")
    same("Return-Path", m.fields("Return-Path"), [])
    assert not m.head.startswith(b"From sender"), m.head
    return m
