"""Nodemailer: finds us by PATH, sends CRLF headers, LF body, Bcc in header and argv."""

from lib import run
from lib.run import same, silent

SEND = r'''
const t = require("/usr/share/nodejs/nodemailer").createTransport({sendmail: true});
t.sendMail({from: "Alice Example <alice@example.org>", to: "%s", bcc: "hidden@example.net",
            subject: "Grüße", text: "line 1\n.\nhéllo\n" + "x".repeat(%d)},
           (e, i) => { if (e) { console.log(e.message); process.exitCode = 1; } });
'''


def node(b, to, size=10):
    return b.box.run(["node", "-e", SEND % (to, size)])


def send(b):
    silent(node(b, "bob@example.com"))
    m = b.arrived("bob@example.com", "hidden@example.net", To="bob@example.com",
                  From="Alice Example <alice@example.org>")
    same("subject", m.parsed["Subject"], "Grüße")
    same("text", m.parsed.get_content(), "line 1\n.\nhéllo\nxxxxxxxxxx\n")
    assert b"\r" not in m.raw, m.raw


def refusal(b):
    """The code comes through, and never a broken pipe, however large the mail is."""
    for size in (10, 1000000):
        done = node(b, "x@refused.example.net", size)
        same("exit status", done.returncode, 1)
        assert b"Sendmail exited with code 6" in done.stdout, done
    b.nothing_arrived()


run.main(needs=["node", "/usr/share/nodejs/nodemailer"], cases=[send, refusal])
