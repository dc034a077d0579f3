"""bsd-mailx: mail(1) of many scripts; it leaves From, Date and Message-ID to us."""

from lib import run
from lib.run import same, silent

BODY = b"Gr\xc3\xbc\xc3\x9fe\n.\nFrom here\n"


def mail(b, *args, stdin=BODY, user="alice"):
    return b.box.run(["bsd-mailx", *args], stdin=stdin, user=user)


def simple(b):
    silent(mail(b, "-s", "Grüße", "-c", "carol@example.net", "-b", "hidden@example.net",
                "bob@example.com"))
    m = b.arrived("bob@example.com", "carol@example.net", "hidden@example.net", body=BODY,
                  To="bob@example.com", Cc="carol@example.net", Subject="Grüße")
    assert "alice@example.org" in m.field("From"), m.head


def sender(b):
    silent(mail(b, "-r", "bounces@example.org", "-s", "x", "bob@example.com"))
    b.arrived("bob@example.com", sender="bounces@example.org")


def local_names(b):
    """Names without a domain get ours."""
    silent(mail(b, "-s", "x", "bob", "carol@example.net"))
    b.arrived("bob@example.org", "carol@example.net")


def root_writes_as_root(b):
    """As unattended-upgrades does: -r root."""
    b.box.rc(b.relay.rc(), user="root")
    silent(mail(b, "-r", "root", "-s", "upgrades", "root", user="root"))
    b.arrived("root@example.org", sender="root@example.org")


def verbose(b):
    """-v may print, but no secret."""
    done = mail(b, "-v", "-s", "x", "bob@example.com")
    same("exit status", done.returncode, 0)
    assert b.relay.password.encode() not in done.stdout + done.stderr, done
    b.arrived("bob@example.com")


def refusal(b):
    done = mail(b, "-s", "x", "x@refused.example.net")
    same("exit status", done.returncode, 1)
    assert b"x@refused.example.net" in done.stderr and b"5.1.1" in done.stderr, done
    with open(b.box.home("dead.letter"), "rb") as f:
        letter = f.read()
    assert letter.startswith(b"To: x@refused.example.net\n") and letter.endswith(BODY), letter
    b.nothing_arrived()


run.main(needs=["bsd-mailx"], cases=[simple, sender, local_names, root_writes_as_root, verbose,
                                     refusal])
