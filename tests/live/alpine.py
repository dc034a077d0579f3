"""Alpine composes on a terminal and speaks SMTP with "sendmail -bs"."""

from lib import run, terminal

PINERC = """personal-name=Alice Example
user-domain=example.org
last-version-used=9.99
feature-list=quit-without-confirm,suppress-user-domain-rule
default-fcc=""
character-set=UTF-8
new-version-threshold=99
"""
CTRL_X, DOWN = "\x18", "\x0e"


def compose(b, to):
    b.box.file(".pinerc", PINERC)
    b.box.ok("mkdir -p mail")
    return terminal.Terminal(b.box, ["alpine", to])


def send(b):
    with compose(b, "bob@example.com") as t:
        t.see("Cc ")
        t.type(3 * DOWN + "line 1\r.\rline 3\r")
        t.see("line ?3")
        t.type(CTRL_X)
        t.see("Send message")
        t.type("y")
        m = b.arrived("bob@example.com", To="bob@example.com",
                      From="Alice Example <alice@example.org>")
        assert b"line 1\n.\nline 3\n" in m.body, m.body


def refusal(b):
    """It says so and keeps the text on the screen."""
    with compose(b, "x@refused.example.net") as t:
        t.see("Cc ")
        t.type(CTRL_X)
        t.see("Send message")
        t.type("y")
        t.see("Mail not sent|Error sending")
    b.nothing_arrived()


run.main(needs=["alpine"], cases=[send, refusal])
