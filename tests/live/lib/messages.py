"""Messages of every shape, and what the rules make of them.

rule() is written from what the manual page says, not from what the program does.
"""

import re

HEAD = (b"From: Alice Example <alice@example.org>\n"
        b"To: Bob <bob@example.com>\n"
        b"Subject: oats\n"
        b"Date: Sun, 22 Nov 2026 10:00:00 +0000\n"
        b"Message-ID: <oats@example.org>\n")

UTF8 = b"Content-Type: text/plain; charset=utf-8\n"

MESSAGES = {
    "plain": HEAD + b"\nhello\n",
    "empty body": HEAD + b"\n",
    "blank lines at both ends": HEAD + b"\n\n\nhello\n\n\n",
    "all CRLF": (HEAD + b"\nhello\n\nthere\n").replace(b"\n", b"\r\n"),
    "CRLF head, LF body": HEAD.replace(b"\n", b"\r\n") + b"\r\nhello\nthere\n",
    "mixed body": HEAD + b"\none\r\ntwo\nthree\r\n\r\n\nfour\n",
    "no final newline": HEAD + b"\nhello",
    "dots": HEAD + b"\n.\n..\n...\n.x\n..x\nx.\n.\n\n.\n",
    "dots in CRLF lines": HEAD + b"\n.\r\n..\r\n.x\r\nmore\r\n.\r\n",
    "only a dot, unfinished": HEAD + b"\n.",
    "a dot in the header": HEAD + b"X-Dot:\n .\n .x\n\nbody\n",
    "mbox-like line": HEAD + b"\nFrom bob Sun Nov 22\n>From there\n",
    "UTF-8": HEAD + UTF8 + "\nHafer für Pferde — 燕麦\n".encode(),
    "not what the charset says": HEAD + UTF8 + b"\n\xe9\xff\x80\x01\x7f\n",
    "line of 998": HEAD + b"\n" + b"x" * 998 + b"\n" + b"." * 998 + b"\n",
    "line of 2000": HEAD + b"\n" + b"." + b"y" * 1999 + b"\nz\n",
    "stray CR": HEAD + b"\none\rtwo\r\rthree\r\r\nfour\n",
    "no way out": HEAD + b"\n\r.\r\n\n.\r\rRSET\r.\n\r\n.\n\r.\r\nMAIL FROM:<eve@example.com>\n",
    "long folded header": HEAD + b"X-Long: " + b"word\n " * 300 + b"end\n\nbody\n",
    "many lines": HEAD + b"\n" + b"".join(b"%d\n" % i for i in range(200000)),
}


def rule(message):
    """Body and header arrive as they are, but for line ends: LF, CRLF and CR CR LF
    end a line, any other CR is a blank, and the last line has an end."""
    message = re.sub(rb"\r{0,2}\n", b"\n", message).replace(b"\r", b" ")
    return message if message.endswith(b"\n") else message + b"\n"
