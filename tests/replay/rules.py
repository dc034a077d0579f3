"""The second statement of the rules, checked against examples written by hand."""

import sys

sys.dont_write_bytecode = True

from lib import rules  # noqa: E402

FROM = b"From: a@example.org\n"

# as written, domain, what is missing, as sent behind what is added
MESSAGES = [
    # line ends
    (b"A: 1\n\nx\n", None, "FDM", b"A: 1\r\n\r\nx\r\n"),
    (b"A: 1\r\n\r\nx\r\ny\n", None, "FDM", b"A: 1\r\n\r\nx\r\ny\r\n"),
    (b"A: 1\r\r\n\r\r\nx\r\r\n", None, "FDM", b"A: 1\r\n\r\nx\r\n"),
    (b"A: 1\n\nx\r\r\r\ny", None, "FDM", b"A: 1\r\n\r\nx \r\ny\r\n"),
    (b"A: 1\n\na\rb\rc\r", None, "FDM", b"A: 1\r\n\r\na b c \r\n"),
    (b"A: 1\n\nx\r", None, "FDM", b"A: 1\r\n\r\nx \r\n"),
    (b"A: 1\n\n\r", None, "FDM", b"A: 1\r\n\r\n \r\n"),
    (b"A: 1\rB: 2\n\nx\n", None, "FDM", b"A: 1 B: 2\r\n\r\nx\r\n"),
    (b"A: 1\n\nx\n\n\n", None, "FDM", b"A: 1\r\n\r\nx\r\n\r\n\r\n"),
    # dots are data, NUL and 8-bit bytes too
    (b"A: 1\n\n.\n..\n.\r\n\0\xff\n.", None, "FDM",
     b"A: 1\r\n\r\n.\r\n..\r\n.\r\n\0\xff\r\n.\r\n"),
    # where the header ends
    (b"", None, "FDM", b"\r\n"),
    (b"\n", None, "FDM", b"\r\n"),
    (b"\nA: 1\n", None, "FDM", b"\r\nA: 1\r\n"),
    (b"hello\n", None, "FDM", b"\r\nhello\r\n"),
    (b"hello there: you\n\nx\n", None, "FDM", b"\r\nhello there: you\r\n\r\nx\r\n"),
    (b" begins with a blank\nA: 1\n", None, "FDM", b"\r\n begins with a blank\r\nA: 1\r\n"),
    (b"A: 1", None, "FDM", b"A: 1\r\n\r\n"),
    (b"A: 1\n", None, "FDM", b"A: 1\r\n\r\n"),
    (b"A: 1\nno field\nB: 2\n", None, "FDM", b"A: 1\r\n\r\nno field\r\nB: 2\r\n"),
    (b"A: 1\n 2\n\t3\n\nx\n", None, "FDM", b"A: 1\r\n 2\r\n\t3\r\n\r\nx\r\n"),
    (b"A: 1\n \nB: 2\n\nx\n", None, "FDM", b"A: 1\r\n \r\nB: 2\r\n\r\nx\r\n"),
    (b"A:\nB : 2\n\nx\n", None, "FDM", b"A:\r\nB : 2\r\n\r\nx\r\n"),
    # mbox
    (b"From a@example.com Sat Nov 21 12:00:00 2026\nA: 1\n\nx\n", None, "FDM",
     b"A: 1\r\n\r\nx\r\n"),
    (b">From a@example.com Sat Nov 21 12:00:00 2026\nA: 1\n\nx\n", None, "FDM",
     b"A: 1\r\n\r\nx\r\n"),
    (b"A: 1\nFrom a@example.com Sat Nov 21 12:00:00 2026\n\nx\n", None, "FDM",
     b"A: 1\r\n\r\nFrom a@example.com Sat Nov 21 12:00:00 2026\r\n\r\nx\r\n"),
    (b"A: 1\n\nFrom here at 12:00\n", None, "FDM", b"A: 1\r\n\r\nFrom here at 12:00\r\n"),
    (b"From : a@example.org\n\nx\n", None, "DM", b"From : a@example.org\r\n\r\nx\r\n"),
    # what goes
    (b"Bcc: h@example.net\nA: 1\n\nx\n", None, "FDM", b"A: 1\r\n\r\nx\r\n"),
    (b"A: 1\nBCC:h@example.net\n\nBcc: x\n", None, "FDM", b"A: 1\r\n\r\nBcc: x\r\n"),
    (b"bCc \t: h@example.net,\n g@example.net\nA: 1\n\n", None, "FDM", b"A: 1\r\n\r\n"),
    (b"Resent-bcc: h@example.net\nResent-To: i@example.net\n\n", None, "FDM",
     b"Resent-To: i@example.net\r\n\r\n"),
    (b"Return-Path: <b@example.net>\nReceived: by x\n\n", None, "FDM",
     b"Received: by x\r\n\r\n"),
    (b"X-Bcc: kept\nBcc-X: kept\n\n", None, "FDM", b"X-Bcc: kept\r\nBcc-X: kept\r\n\r\n"),
    (b"Bcc: h@example.net\n\n", None, "FDM", b"\r\n"),
    (b"\0X: 1\nB\0cc: h@example.net\n\0bcc: h@example.net\nA: 1\n\n", None, "FDM",
     b"\0X: 1\r\nA: 1\r\n\r\n"),
    (b"B\rcc: 1\n\n", None, "FDM", b"\r\nB cc: 1\r\n\r\n"),
    (b"Bcc:\n h@example.net", None, "FDM", b"\r\n"),
    # what is missing
    (FROM + b"\n", None, "DM", b"From: a@example.org\r\n\r\n"),
    (b"fROM: a\nDATE: x\nmessage-id: <1@x>\n\n", None, "", b"fROM: a\r\nDATE: x\r\n"
     b"message-id: <1@x>\r\n\r\n"),
    (b"From:\nDate: x\n\n", None, "FM", b"Date: x\r\n\r\n"),
    (b"From: (nobody)\nFrom: <>\nDate: x\n\n", None, "FM", b"Date: x\r\n\r\n"),
    (b"Resent-Date: x\nResent-Message-ID: <1@x>\n" + FROM + b"\n", None, "DM",
     b"Resent-Date: x\r\nResent-Message-ID: <1@x>\r\nFrom: a@example.org\r\n\r\n"),
    # names without a domain
    (b"From: root (Cron Daemon)\nTo: ops,alice\nX-To: bob\n\nTo: bob\n", "d.org", "DM",
     b"From: root@d.org (Cron Daemon)\r\nTo: ops@d.org,alice@d.org\r\nX-To: bob\r\n\r\n"
     b"To: bob\r\n"),
    (b"from : root\n\n", "d.org", "DM", b"from : root@d.org\r\n\r\n"),
]

# a list, with d.org behind bare names
LISTS = [
    (b" root", b" root@d.org"),
    (b" root\r\n", b" root@d.org\r\n"),
    (b"a@b.c", b"a@b.c"),
    (b" Anacron <root>\r\n", b" Anacron <root@d.org>\r\n"),
    (b" <root>, <a@b>", b" <root@d.org>, <a@b>"),
    (b" < root >", b" < root@d.org >"),
    (b" alice (Reminder (old) Service), bob", b" alice@d.org (Reminder (old) Service), bob@d.org"),
    (b' "a, b" <c>; "d@e" <f>', b' "a, b" <c@d.org>; "d@e" <f@d.org>'),
    (b" us: alice, bob@x;, carol", b" us: alice@d.org, bob@x;, carol@d.org"),
    (b" undisclosed-recipients:;", b" undisclosed-recipients:;"),
    (b" alice,\r\n\tbob", b" alice@d.org,\r\n\tbob@d.org"),
    (b" first.last", b" first.last@d.org"),
    (b" Alice Example, bob", b" Alice Example, bob@d.org"),
    (b" a@b, , c,", b" a@b, , c@d.org,"),
    (b" (only a comment)", b" (only a comment)"),
    (b" <>", b" <>"),
    (b"", b""),
    (b' "john doe"', b' "john doe"@d.org'),
    (b" alice (unclosed", b" alice@d.org (unclosed"),
    (b' alice, "unclosed', b' alice@d.org, "unclosed'),
    (b" a@[192.0.2.1], c", b" a@[192.0.2.1], c@d.org"),
    (b" <@r.example,@s.example:a@b>, c", b" <@r.example,@s.example:a@b>, c@d.org"),
    (b" a @ b", b" a @ b"),
]


def main():
    failed = 0
    short = {"F": b"From", "D": b"Date", "M": b"Message-ID"}
    for raw, domain, missing, sent in MESSAGES:
        m = rules.Message(raw)
        got = m.missing(), m.sent(domain)
        want = [short[c] for c in missing], sent
        if got != want:
            failed += 1
            print(f"{raw!r}:\n got  {got!r}\n want {want!r}")
    for text, want in LISTS:
        got = rules.qualified(text, "d.org")
        if got != want:
            failed += 1
            print(f"{text!r}:\n got  {got!r}\n want {want!r}")
    print(f"{len(MESSAGES) + len(LISTS) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
