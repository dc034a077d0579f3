"""nmh as Debian ships it (sendmail/pipe), by SMTP dialogue (sendmail/smtp), mhmail."""

from lib import machine, run
from lib.run import same

DRAFT = """From: Alice Example <alice@example.org>
To: {to}
Cc: carol@example.net
Bcc: hidden@example.net
Subject: hay
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
--------
line 1
.
lïne 3
"""


def set_mts(mts):
    machine.write("/etc/nmh/mts.conf", f"mts: {mts}\nsendmail: /usr/sbin/sendmail\n")


def send(b, to="bob@example.com", mts="sendmail/pipe"):
    set_mts(mts)
    b.box.file(".mh_profile", "Path: Mail\n")
    b.box.ok("mkdir -p Mail")
    b.box.file("draft", DRAFT.format(to=to))
    return b.box.run(["/usr/bin/mh/send", b.box.home("draft")])


def check(b, mails, body="line 1\n.\nlïne 3\n"):
    """Whoever is in the Bcc gets a mail of their own, which says so."""
    same("recipients", sorted(m.rcpt for m in mails),
         ["bob@example.com", "carol@example.net", "hidden@example.net"])
    for m in mails:
        same("sender", m.sender, "alice@example.org")
        same("Bcc", m.fields("Bcc"), [])
        for once in ("From", "Date", "Message-ID"):
            m.field(once)
        assert body.encode() in m.body, m.body
    to_all = [m for m in mails if m.rcpt != "hidden@example.net"]
    for m in to_all:
        same("To", m.field("To"), "bob@example.com")
        assert b"hidden" not in m.raw, m.raw


def pipe(b):
    done = send(b)
    assert (done.returncode, done.stdout) == (0, b""), done
    check(b, b.far.wait(3))


def dialogue(b):
    done = send(b, mts="sendmail/smtp")
    assert (done.returncode, done.stdout) == (0, b""), done
    check(b, b.far.wait(3))


def mhmail(b):
    set_mts("sendmail/pipe")
    done = b.box.run(["/usr/bin/mh/mhmail", "bob@example.com", "-subject", "x",
                      "-from", "alice@example.org"], stdin=b"line\n.\nend\n",
                     env={"PATH": "/usr/bin/mh:/usr/bin:/bin"})
    assert (done.returncode, done.stdout) == (0, b""), done
    b.arrived("bob@example.com", body=b"line\n.\nend\n", Subject="x")


def refusal(b):
    for mts in ("sendmail/pipe", "sendmail/smtp"):
        done = send(b, to="x@refused.example.net", mts=mts)
        assert b"x@refused.example.net" in done.stdout + done.stderr, done


run.main(needs=["/usr/bin/mh/send"], cases=[pipe, dialogue, mhmail, refusal])
