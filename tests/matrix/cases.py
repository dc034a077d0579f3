"""What both programs are given: rc settings, options, messages, failing relays."""

ALICE = (b"From: Alice Example <alice@example.org>\nTo: Bob <bob@example.com>\n"
         b"Date: Sat, 21 Nov 2026 12:00:00 +0000\nMessage-ID: <1@example.org>\nSubject: oats\n")
BARE = b"Subject: oats\n"
TO = ["bob@example.com"]

MESSAGES = {
    "plain": ALICE + b"\nhello\n",
    "crlf": (ALICE + b"\nhello\n\nthere\n").replace(b"\n", b"\r\n"),
    "mixed line ends": ALICE.replace(b"\n", b"\r\n") + b"\r\none\ntwo\r\nthree\n",
    "nothing but a subject": BARE + b"\nhello\n",
    "no date": ALICE.replace(b"Date:", b"X-Date:") + b"\nhello\n",
    "lower case names": b"from: a@example.org\ndate: x\nmessage-id: <2@x>\nto: b@example.com\n\nhi\n",
    "header only": ALICE + b"\n",
    "no newline at the end": ALICE + b"\nhello",
    "dots": ALICE + b"\n.\n..\n.x\n\n.\n",
    "dot at the end": ALICE + b"\nhello\n.",
    "8-bit": ALICE + b"Content-Type: text/plain; charset=utf-8\n\ncaf\xc3\xa9\n\xe9\n",
    "8-bit MIME": ALICE + b"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                  b"Content-Transfer-Encoding: 8bit\n\nAn ordinary line of text, as most of them are.\n"
                  b"caf\xc3\xa9 a=b\n",
    "8-bit header": ALICE.replace(b"oats", b"H\xc3\xa4fer") + b"\nhello\n",
    "NUL": ALICE + b"\na\0b\n\0\n",
    "long lines": ALICE + b"\n" + b"x" * 3000 + b"\n" + b"y" * 998 + b"\n",
    "large": ALICE + b"\n" + b"a line of some length, as people write them\n" * 6000,
    "bcc": ALICE + b"Bcc: hidden@example.net,\n other@example.net\nBCC: third@example.net\n\nBcc: stays\n",
    "cc": ALICE + b"Cc: carol@example.net, dave@example.net\n\nhello\n",
    "folded": ALICE + b"Cc: Carol\n\t<carol@example.net>,\n  dave@example.net\n\nhello\n",
    "group": ALICE + b"Cc: friends: carol@example.net, dave@example.net;\n\nhello\n",
    "comments": ALICE + b"Cc: carol@example.net (Carol), \"Dave, D.\" <dave@example.net>\n\nhello\n",
    "two To fields": ALICE + b"To: dave@example.net\n\nhello\n",
    "same address twice": ALICE + b"Cc: bob@example.com, carol@example.net\n\nhello\n",
    "local names": ALICE + b"Cc: root\n\nhello\n",
    "bare From": b"From: root\nTo: bob@example.com\n" + BARE + b"\nhello\n",
    "empty From": b"From:\nTo: bob@example.com\n" + BARE + b"\nhello\n",
    "resent": b"Resent-From: r@example.org\nResent-To: again@example.net\n" + ALICE + b"\nhello\n",
    "resent-bcc": b"Resent-To: again@example.net\nResent-Bcc: hidden@example.net\n" + ALICE + b"\nhello\n",
    "blank before the colon": ALICE + b"Bcc : hidden@example.net\n\nhello\n",
    "return-path": b"Return-Path: <b@example.net>\n" + ALICE + b"\nhello\n",
    "mbox": b"From alice@example.org Sat Nov 21 12:00:00 2026\n" + ALICE + b"\nhello\n",
    "stray CR": ALICE + b"\none\rtwo\nthree\r\r\n",
    "CR in the header": ALICE + b"X-Note: one\rtwo\n\nhello\n",
    "no empty line": ALICE.rstrip(b"\n"),
    "not a field": ALICE + b"this is text\nand more\n",
    "no header": b"hello there\n\nmore\n",
    "empty": b"",
    "only an empty line": b"\n",
}

# Settings of the account, beside host, port and from.
SETTINGS = {
    "from header on": ["set_from_header on"],
    "from header off": ["set_from_header off"],
    "date header off": ["set_date_header off"],
    "msgid header off": ["set_msgid_header off"],
    "keep bcc": ["remove_bcc_headers off"],
    "undisclosed": ["undisclosed_recipients on"],
    "old names": ["add_missing_from_header off", "add_missing_date_header off", "keepbcc on"],
    "domain": ["domain mail.example.org"],
    "dsn": ["dsn_notify failure,delay", "dsn_return headers"],
    "dsn never": ["dsn_notify never"],
    "no override": ["allow_from_override off"],
    "null from": ["from"],
    "timeout": ["timeout 10"],
    "connect_timeout": ["connect_timeout 10"],
}
SETTING_MESSAGES = ["plain", "nothing but a subject", "bcc", "cc", "bare From"]

# Options beside -C, with -- and the recipients behind them.
OPTIONS = {
    "-t": ["-t"],
    "-f": ["-f", "bounce@example.org"],
    "-f glued": ["-fbounce@example.org"],
    "--from=": ["--from=bounce@example.org"],
    "-f null": ["-f", ""],
    "-f <>": ["-f", "<>"],
    "--read-envelope-from": ["--read-envelope-from"],
    "cluster": ["-ti"],
    "sendmail's": ["-oi", "-oem", "-i", "-B8BITMIME", "-bm", "-G", "-m", "-n", "-h", "3", "-L", "tag", "-A", "c"],
    "-N -R": ["-N", "success,failure", "-R", "full"],
    "-N off": ["-N", "off"],
    "--set-from-header": ["--set-from-header=on"],
    "--set-date-header": ["--set-date-header=off"],
    "--set-msgid-header": ["--set-msgid-header=off"],
    "--remove-bcc-headers": ["--remove-bcc-headers=off"],
    "--keepbcc": ["--keepbcc"],
    "--domain": ["--domain=client.example.org"],
    "beginnings": ["--read-rec", "--fro=bounce@example.org"],
    "-a": ["-a", "second"],
    "account by -f": ["-f", "second@example.com"],
    "account by case": ["-f", "SECOND@example.COM"],
    "account by subaddress": ["-f", "second+tag@example.com"],
    "--undisclosed-recipients": ["--undisclosed-recipients"],
    "--timeout": ["--timeout=9"],
    "--protocol": ["--protocol=smtp"],
}
OPTION_MESSAGES = ["plain", "nothing but a subject", "bcc", "two To fields"]

# Arguments, whole.
ARGUMENTS = {
    "option behind": ["bob@example.com", "-f", "bounce@example.org"],
    "without --": ["bob@example.com", "carol@example.net"],
    "list in one": ["--", "bob@example.com, carol@example.net"],
    "display name": ["--", "Bob Example <bob@example.com>"],
    "comment": ["--", "bob@example.com (Bob)"],
    "twice": ["--", "bob@example.com", "bob@example.com"],
    "local name": ["--", "root"],
    "local name and alias": ["--aliases=ALIASES", "--", "root", "bob@example.com"],
    "alias of many": ["--aliases=ALIASES", "--", "team"],
    "alias of aliases": ["--aliases=ALIASES", "--", "chain"],
    "alias default": ["--aliases=DEFAULTALIASES", "--", "unheard"],
    "dash behind --": ["--", "-x@example.com"],
    "group": ["--", "team: bob@example.com, carol@example.net;"],
    "8-bit name": ["--", "Bäb <bob@example.com>"],
    "login name": ["-f", "%U@example.org", "--", "bob@example.com"],
    "auto_from": ["--auto-from", "--maildomain=example.org", "--", "bob@example.com"],
    "from pattern": ["-a", "pattern", "--", "bob@example.com"],
    "inherits": ["-a", "child", "--", "bob@example.com"],
    "--host": ["--host=127.0.0.1", "--port=PORT", "--from=cli@example.org", "--", "bob@example.com"],
    "--host, second port wins": ["--host=127.0.0.1", "--port=1", "--port=PORT", "-f", "c@example.org", "bob@example.com"],
    "lmtp": ["-a", "lmtp", "--", "bob@example.com", "carol@example.net"],
    "socket": ["-a", "socket", "--", "bob@example.com"],
    "starttls": ["-a", "starttls", "--", "bob@example.com"],
    "tls": ["-a", "tls", "--", "bob@example.com"],
    "login": ["-a", "login", "--", "bob@example.com"],
    "plain": ["-a", "plainauth", "--", "bob@example.com"],
    "cram": ["-a", "cram", "--", "bob@example.com"],
    "scram": ["-a", "scram", "--", "bob@example.com"],
    "passwordeval": ["-a", "passwordeval", "--", "bob@example.com"],
    "fingerprint": ["-a", "fingerprint", "--", "bob@example.com"],
    "certcheck off": ["-a", "nocheck", "--", "bob@example.com"],
    "-t with login": ["-a", "login", "-t"],
    "IDN": ["--", "bob@b\xfccher.example"],
    "UTF-8 local part": ["--", "b\xf6b@example.com"],
}
ARGUMENT_MESSAGES = ["plain", "nothing but a subject"]

# What msmtp 1.8.33 has and Debian's, 1.8.23, has not: settings, options, and what the mail
# "cc" then shows.  What is new in the forms of output is in tests/rows/modes.py, the time
# format "none" in tests/rows/rows.py.
TO_ALL, TO_NOBODY = ({"To": [to], "Cc": []} for to in (*TO, "undisclosed-recipients:;"))
NEWER = {
    "set_to_header on": (["set_to_header on"], [], TO_ALL),
    "--set-to-header": ([], ["--set-to-header"], TO_ALL),
    "--set-to-header=on": ([], ["--set-to-header=on"], TO_ALL),
    "set_to_header undisclosed_recipients": (["set_to_header undisclosed_recipients"], [], TO_NOBODY),
    "--set-to-header=undisclosed_recipients": ([], ["--set-to-header=undisclosed_recipients"], TO_NOBODY),
    "from_full_name": (["from_full_name Jo Doe", "set_from_header on"], [],
                       {"From": ["Jo Doe <default@example.org>"]}),
    "from_full_name, beside ASCII": (["from_full_name J\xf6 Doe", "set_from_header on"], [],
                                     {"From": ["=?UTF-8?B?SsO2IERvZQ==?= <default@example.org>"]}),
    "from %F": (["from %F"], [], {"MAIL FROM": "alice@example.org"}),
    "-f %F": ([], ["-f", "%F"], {"MAIL FROM": "alice@example.org"}),
    "auth scram-sha-256-plus": ([], ["-a", "login", "--auth=scram-sha-256-plus"], {"Subject": ["oats"]}),
    "auth scram-sha-1-plus": ([], ["-a", "login", "--auth=scram-sha-1-plus"], {"Subject": ["oats"]}),
}

# Usage and configuration mistakes: no mail, and the exit status says what kind.
MISTAKES = {
    "no recipient": [],
    "-t without any": ["-t"],
    "unknown option": ["--no-such-option", "--", "bob@example.com"],
    "unknown letter": ["-Z", "--", "bob@example.com"],
    "missing value": ["bob@example.com", "-f"],
    "ambiguous": ["--set", "--", "bob@example.com"],
    "bad port": ["--port=0", "--", "bob@example.com"],
    "port too large": ["--port=65536", "--", "bob@example.com"],
    "port is no number": ["--port=smtp", "--", "bob@example.com"],
    "bad word": ["--tls=maybe", "--", "bob@example.com"],
    "upper case word": ["--tls=ON", "--", "bob@example.com"],
    "bad dsn": ["-N", "sometimes", "--", "bob@example.com"],
    "bad timeout": ["--timeout=-1", "--", "bob@example.com"],
    "bad facility": ["--syslog=LOG_NONSENSE", "--", "bob@example.com"],
    "superfluous value": ["--pretend=yes", "--", "bob@example.com"],
    "host and account": ["--host=127.0.0.1", "-a", "second", "--", "bob@example.com"],
    "from twice over": ["--read-envelope-from", "-f", "a@example.org", "--", "bob@example.com"],
    "serverinfo with recipients": ["--serverinfo", "--", "bob@example.com"],
    "serverinfo and rmqs": ["--serverinfo", "--rmqs=x"],
    "no such account": ["-a", "ghost", "--", "bob@example.com"],
    "-bs": ["-bs"],
    "-bd": ["-bd"],
    "key without certificate": ["--tls-key-file=/nonexistent", "--", "bob@example.com"],
    "crl without trust": ["--tls-trust-file=", "--tls-crl-file=/nonexistent", "--tls", "--", "bob@example.com"],
    "read-envelope-from without From": ["--read-envelope-from", "--", "bob@example.com"],
}

# rc files, whole, that are wrong; and one that is right.
RC_MISTAKES = {
    "unknown command": "account default\nhost 127.0.0.1\nnonsense 1\n",
    "no host": "account default\nfrom a@example.org\n",
    "no from": "account default\nhost 127.0.0.1\nport PORT\n",
    "bad value": "account default\nhost 127.0.0.1\ntls perhaps\n",
    "missing argument": "account default\nhost\n",
    "superfluous argument": "defaults all\naccount default\nhost 127.0.0.1\n",
    "account twice": "account default\nhost 127.0.0.1\naccount default\nhost 127.0.0.1\n",
    "no such parent": "account default : ghost\nhost 127.0.0.1\n",
    "no default account": "account other\nhost 127.0.0.1\nfrom a@example.org\n",
    "lmtp without port": "account default\nhost 127.0.0.1\nprotocol lmtp\nfrom a@example.org\n",
    "port out of range": "account default\nhost 127.0.0.1\nport 70000\n",
    "empty file": "",
    "only comments": "# nothing\n\n  # at all\n",
    "settings before an account": "host 127.0.0.1\nport PORT\nfrom early@example.org\n",
    "quotes and blanks": "account  default \n\thost\t\"127.0.0.1\"\n port  PORT \nfrom \"q@example.org\"\n",
    "set twice": "account default\nhost 127.0.0.1\nport PORT\nfrom a@example.org\nfrom b@example.org\n",
    "crlf": "account default\r\nhost 127.0.0.1\r\nport PORT\r\nfrom crlf@example.org\r\n",
    "defaults in two blocks": "defaults\nport PORT\ndefaults\nfrom d@example.org\naccount default\nhost 127.0.0.1\n",
}

# Through a relay without any extension, and one that takes 1000 bytes.
OLD_RELAY_MESSAGES = ["plain", "crlf", "dots", "8-bit", "8-bit MIME", "8-bit header", "NUL", "long lines", "large", "bcc",
                      "no newline at the end", "dot at the end", "nothing but a subject"]
OLD_RELAY_OPTIONS = {"-N": ["-N", "failure"], "-R": ["-R", "full"], "IDN": ["bob@b\xfccher.example"]}

# What the relay does: rule for its --fail, or None with a note.
FAILURES = {
    "greeting 421": "greeting,421", "greeting 554": "greeting,554", "greeting drop": "greeting,drop",
    "mail 451": "mail,451", "mail 550": "mail,550",
    "rcpt 450": "rcpt,450", "rcpt 550": "rcpt,550", "rcpt 552": "rcpt,552",
    "data 451": "data,451", "data 554": "data,554",
    "end 451": "end,451", "end 452": "end,452", "end 550": "end,550", "end 552": "end,552",
    "end 554": "end,554", "end drop": "end,drop", "body drop": "body,drop", "mail drop": "mail,drop",
    "rcpt reset": "rcpt,reset",
    "one of two refused": "rcpt,550,match=bob@*", "one of two deferred": "rcpt,450,match=bob@*",
}
LOGIN_FAILURES = {"auth 535": "auth,535", "auth 454": "auth,454", "auth 504": "auth,504",
                  "auth drop": "auth,drop", "starttls 454": "starttls,454", "starttls 502": "starttls,502"}
