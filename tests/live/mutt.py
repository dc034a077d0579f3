"""mutt and neomutt in batch mode: attachments, Bcc, a subject beyond ASCII."""

import re

from lib import run
from lib.run import same, silent

ALICE = "Alice Example <alice@example.org>"
BODY = "Grüße,\n.\nFrom here on it is hay.\n\n..\n"
BLOB = bytes(range(256)) * 20

# Who they say they are must not depend on a mutt's build-time defaults.
MUTTRC = """set realname="Alice Example" from=alice@example.org use_from=yes
set sendmail="/usr/sbin/sendmail -oem -oi" charset=utf-8 send_charset="us-ascii:utf-8"
set copy=no
"""


def mutt(b, program, *args, stdin=BODY.encode()):
    b.box.file(".muttrc", MUTTRC)
    b.box.file("blob.bin", BLOB)
    b.box.file("a.txt", "a text\nwithout an end")
    return b.box.run([program, "-F", b.box.home(".muttrc"), *args], stdin=stdin)


def batch(b, program):
    silent(mutt(b, program, "-s", "Grüße aus Köln", "-c", "Carol <carol@example.net>",
                "-b", "hidden@example.net", "bob@example.com"))
    m = b.arrived("bob@example.com", "carol@example.net", "hidden@example.net", From=ALICE,
                  To="bob@example.com", Cc="Carol <carol@example.net>", MIME_Version="1.0")
    same("subject", m.parsed["Subject"], "Grüße aus Köln")
    same("text", m.parsed.get_content(), BODY)
    assert re.fullmatch(r"=\?utf-8\?[bq]\?.*\?=", m.field("Subject"), re.I), m.head


def attachment(b, program):
    silent(mutt(b, program, "-s", "report", "-a", "a.txt", "-a", "blob.bin", "--",
                "bob@example.com"))
    m = b.arrived("bob@example.com", From=ALICE, Subject="report", To="bob@example.com")
    text, note, blob = m.parsed.iter_parts()
    same("text", text.get_content(), BODY)
    same("first attachment", note.get_payload(decode=True).rstrip(b"\n"), b"a text\nwithout an end")
    same("its name", note.get_filename(), "a.txt")
    same("second attachment", blob.get_payload(decode=True), BLOB)


def bcc_left_in(b, program):
    """With write_bcc the header is left for sendmail to take out, and there is no -t."""
    silent(mutt(b, program, "-e", "set write_bcc=yes", "-b", "hidden@example.net",
                "-s", "kept", "bob@example.com"))
    b.arrived("bob@example.com", "hidden@example.net", Subject="kept", To="bob@example.com")


def envelope_from(b, program):
    setting = "set use_envelope_from=yes envelope_from_address=bounces@example.org"
    silent(mutt(b, program, "-e", setting, "-s", "x", "bob@example.com"))
    b.arrived("bob@example.com", sender="bounces@example.org", From=ALICE)


def template(b, program):
    """A whole message as a template, its recipients in the header."""
    b.box.file("draft", "To: bob@example.com\nCc: carol@example.net,\n dave@example.net\n"
                        "Subject: drafted\nX-Horse: grey\n\nfrom the draft\n")
    silent(mutt(b, program, "-H", "draft", stdin=b""))
    m = b.arrived("bob@example.com", "carol@example.net", "dave@example.net", From=ALICE,
                  Subject="drafted", X_Horse="grey")
    same("text", m.parsed.get_content(), "from the draft\n")


def refusal(b, program):
    """mutt puts our status into words and keeps our line."""
    done = mutt(b, program, "-s", "x", "x@refused.example.net")
    assert done.returncode != 0, done
    said = (done.stdout + done.stderr).decode()
    assert re.search(r"x@refused\.example\.net.*5\.1\.1", said), said
    assert re.search(r"exited (65|67|69) \((Data format error|No such user|User unknown|"
                     r"Addressee unknown|Service unavailable)", said), said
    same("lines of ours", len(re.findall(r"(?m)^sendmail: ", said)), 1)
    b.nothing_arrived()


def for_each(program, *cases):
    def named(case):
        def one(b):
            case(b, program)
        one.__name__ = f"{program}: {case.__name__}"
        return one
    return [named(c) for c in cases]


BOTH = (batch, attachment, bcc_left_in, envelope_from, refusal)

# neomutt takes a mail without text on standard input for a mistake, template or not.
run.main(needs=["mutt", "neomutt"],
         cases=for_each("mutt", *BOTH, template) + for_each("neomutt", *BOTH))
