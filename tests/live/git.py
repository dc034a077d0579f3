"""git send-email through ostler: a series arrives so that "git am" rebuilds it."""

import os
import re

from lib import run
from lib.run import same

GIT = {"GIT_AUTHOR_NAME": "Älice Example", "GIT_AUTHOR_EMAIL": "alice@example.org",
       "GIT_COMMITTER_NAME": "Alice Example", "GIT_COMMITTER_EMAIL": "alice@example.org",
       "GIT_CONFIG_NOSYSTEM": "1"}

CHANGES = [
    ("Bring in the oats", "first oats\n.\n..\n"),
    ("Haferflocken für Pferde\n\nA line with a dot alone:\n.\nand one that begins with From:\n"
     "\nFrom here on it is hay.\n\nCc: Carol <carol@example.net>", "Häfer\n\n\n.end\n"),
    ("Sweep the stable", "x" * 900 + "\nno newline at the end"),
]


def repository(b):
    """Three commits by alice and the patches made of them."""
    if os.path.isdir(b.box.home("oats")):
        return
    def git(*args):
        b.box.ok(["git", "-C", "oats", *args], env=GIT)
    b.box.ok(["git", "init", "-q", "oats"], env=GIT)
    git("commit", "-q", "--allow-empty", "-m", "start")
    for n, (text, content) in enumerate(CHANGES):
        b.box.file(f"oats/{n}.txt", content)
        git("add", ".")
        git("commit", "-q", "-m", text)
    git("format-patch", "-q", "-3", "-o", "../patches")


def send(b, *options, to="bob@example.com"):
    return b.box.run("git send-email --confirm=never --quiet --to=" + to +
                     " --cc='Dave Ümlaut <dave@example.com>' --bcc=archive@example.net " +
                     " ".join(options) + " ../patches/*.patch",
                     env=GIT, cwd=b.box.home("oats"))


def sent(done):
    """git says what it sent, and nobody said anything else."""
    assert (done.returncode, done.stderr) == (0, b""), done
    said = done.stdout.splitlines()
    assert len(said) == 3 and all(l.startswith(b"Sent [PATCH ") for l in said), done


def check_series(b, done):
    sent(done)
    mails = b.far.wait(3 * 4 + 1)		# the second patch also goes to its own Cc
    for n, (text, _) in enumerate(CHANGES):
        mine = [m for m in mails if m.parsed["Subject"] ==
                f"[PATCH {n + 1}/3] " + text.split("\n")[0]]
        want = {"bob@example.com", "dave@example.com", "alice@example.org", "archive@example.net"}
        if "Cc: Carol" in text:
            want.add("carol@example.net")
        same(f"recipients of patch {n + 1}", sorted(m.rcpt for m in mine), sorted(want))
        for m in mine:
            same("copies differ", m.raw, mine[0].raw)
            same("sender", m.sender, "alice@example.org")
            same("Bcc", m.fields("Bcc"), [])
            same("To", m.field("To"), "bob@example.com")
            assert "dave@example.com" in m.field("Cc"), m.head
            assert "archive" not in m.raw.decode("utf-8", "replace"), m.head
            for once in ("Date", "Message-ID", "From", "Subject"):
                m.field(once)
    first = [m for m in mails if m.rcpt == "bob@example.com"]
    same("order", [m.parsed["Subject"][7] for m in first], ["1", "2", "3"])
    same("thread", {m.field("In-Reply-To") for m in first[1:]}, {first[0].field("Message-ID")})
    rebuild(b, first)


def rebuild(b, mails):
    """What arrived makes the same commits: names, texts and files."""
    b.box.ok("rm -rf again && git clone -q oats again && git -C again reset -q --hard HEAD~3",
             env=GIT)
    for m in mails:
        b.box.ok(["git", "-C", "again", "am", "-q", "--keep-cr"], stdin=m.raw, env=GIT)
    log = "log --format=%an%n%ae%n%B%T HEAD~3.."
    same("rebuilt history", b.box.ok("git -C again " + log, env=GIT).stdout,
         b.box.ok("git -C oats " + log, env=GIT).stdout)


def smtp_server(b):
    repository(b)
    check_series(b, send(b, "--smtp-server=/usr/bin/ostler"))


def sendmail_cmd(b):
    repository(b)
    check_series(b, send(b, "--sendmail-cmd=/usr/bin/ostler"))


def sendmail_cmd_with_t(b):
    """Recipients come from arguments and header: each gets one copy."""
    repository(b)
    before = len(b.relay.visits(587))
    check_series(b, send(b, "'--sendmail-cmd=/usr/bin/ostler -t'"))
    visits = b.relay.wait_visits(587, before + 3)[before:]
    same("RCPT commands", [int(v["rcpt"]) for v in visits], [4, 5, 4])


def as_sendmail(b):
    """Without any setting git looks for /usr/sbin/sendmail."""
    repository(b)
    check_series(b, send(b))


def envelope_sender(b):
    repository(b)
    done = send(b, "--smtp-server=/usr/bin/ostler", "--envelope-sender=bounces@example.org")
    sent(done)
    same("sender", {m.sender for m in b.far.wait(13)}, {"bounces@example.org"})


def account_option(b):
    """git passes smtpServerOption on, which people use to choose an account."""
    repository(b)
    b.box.rc("account default\nhost relay.example.net\nport 1\nfrom x@example.org\n"
             + b.relay.rc().replace("account default", "account work"))
    done = send(b, "--smtp-server=/usr/bin/ostler", "--smtp-server-option=-a",
                "--smtp-server-option=work")
    b.box.rc(b.relay.rc())
    sent(done)
    b.far.wait(13)


def refusal(b):
    """git ends with our status, shows our line and sends nothing more."""
    repository(b)
    for server in ("--smtp-server=/usr/bin/ostler", "--smtp-server=/usr/sbin/sendmail"):
        done = send(b, server, to="x@refused.example.net")
        assert done.returncode in (65, 67, 69), done
        text = done.stderr.decode()
        assert re.search(r"x@refused\.example\.net.*5\.1\.1", text), text
        same("lines of ours", len(re.findall(r"(?m)^(ostler|sendmail): ", text)), 1)
    b.nothing_arrived()


run.main(needs=["git", "git-send-email"],
         cases=[smtp_server, sendmail_cmd, sendmail_cmd_with_t, as_sendmail, envelope_sender,
                account_option, refusal])
