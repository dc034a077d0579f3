"""Mercurial's patchbomb: no -i, and patches may hold a dot alone."""

from lib import run
from lib.run import same

HGRC = """[ui]
username = Alice Example <alice@example.org>
[extensions]
patchbomb =
[email]
from = Alice Example <alice@example.org>
method = /usr/sbin/sendmail
"""


def email(b, to):
    b.box.file(".hgrc", HGRC)
    b.box.file("oats/a.txt", "oats\n.\n..\nhay\n")
    b.box.ok("hg init -q; hg add -q a.txt; hg commit -q -m 'Bring in the oats' || true",
             cwd=b.box.home("oats"))
    return b.box.run(["hg", "email", "--noninteractive", "--plain", "--to", to,
                      "--cc", "carol@example.net", "--bcc", "hidden@example.net", "-r", "tip"],
                     cwd=b.box.home("oats"))


def patch(b):
    done = email(b, "bob@example.com")
    assert (done.returncode, done.stderr) == (0, b""), done
    m = b.arrived("bob@example.com", "carol@example.net", "hidden@example.net",
                  To="bob@example.com", Cc="carol@example.net",
                  Subject="[PATCH] Bring in the oats")
    same("patch", m.body[m.body.index(b"@@"):], b"@@ -0,0 +1,4 @@\n+oats\n+.\n+..\n+hay\n")


def refusal(b):
    """hg stops with our status and shows our line."""
    done = email(b, "x@refused.example.net")
    assert done.returncode != 0, done
    assert b"x@refused.example.net" in done.stderr and b"5.1.1" in done.stderr, done
    b.nothing_arrived()


run.main(needs=["hg"], cases=[patch, refusal])
