"""swaks speaks SMTP with "sendmail -bs": on a pipe, and through a socket that
systemd would have activated."""

import re
import subprocess

from lib import run
from lib.run import same
from lib.server import listening, until

PIPE = "sendmail -bs"
PORT = 2525


def swaks(b, *args, **how):
    return b.box.run(["swaks", "--hide-informational", "--from", "alice@example.org",
                      "--header", "Subject: by swaks", *args], **how)


def ok(b, *args, **how):
    done = swaks(b, *args, **how)
    assert done.returncode == 0, (args, done)
    return done.stdout.decode()


def pipe(b):
    said = ok(b, "--pipe", PIPE, "--to", "bob@example.com", "--body", "hello\n.\n..two\n")
    assert "<-  220 " in said and "<-  250 2.0.0 " in said, said
    m = b.arrived("bob@example.com", Subject="by swaks")
    assert m.body.startswith(b"hello\n.\n..two\n"), m.body


def several(b):
    """Local names, several recipients, a Bcc that nobody may see."""
    ok(b, "--pipe", PIPE, "--to", "bob@example.com,alice,hidden@example.com",
       "--header", "To: bob@example.com", "--header", "Bcc: hidden@example.com")
    b.arrived("alice@example.org", "bob@example.com", "hidden@example.com")


def pipelined(b):
    ok(b, "--pipe", PIPE, "--to", "bob@example.com,c@example.com", "--pipeline")
    b.arrived("bob@example.com", "c@example.com")


def offers(b):
    said = ok(b, "--pipe", PIPE, "--to", "bob@example.com", "--quit-after", "ehlo")
    offered = set(re.findall(r"<-  250[- ]([A-Z0-9]+)", said))
    wanted = {"8BITMIME", "SIZE", "DSN", "ENHANCEDSTATUSCODES", "PIPELINING", "SMTPUTF8"}
    same("not offered", wanted - offered, set())
    same("offered, but not ours to give", {"STARTTLS", "AUTH"} & offered, set())


def helo_only(b):
    ok(b, "--pipe", PIPE, "--protocol", "SMTP", "--to", "bob@example.com")
    b.arrived("bob@example.com")


def null_sender(b):
    done = b.box.run(["swaks", "--pipe", PIPE, "--from", "<>", "--to", "bob@example.com"])
    same("exit status", done.returncode, 0)
    b.arrived("bob@example.com", sender="")


def attachment(b):
    ok(b, "--pipe", PIPE, "--to", "bob@example.com", "--attach", "@/bin/true")
    b.arrived("bob@example.com")


def stops_short(b):
    """A client that goes before the end has sent nothing."""
    for step in ("connect", "ehlo", "mail", "rcpt"):
        ok(b, "--pipe", PIPE, "--to", "bob@example.com", "--quit-after", step)
    done = b.box.run("printf 'EHLO x\\r\\nMAIL FROM:<alice@example.org>\\r\\n"
                     "RCPT TO:<bob@example.com>\\r\\nDATA\\r\\nSubject: cut\\r\\n\\r\\nhalf' | "
                     + PIPE)
    assert done.returncode == 0, done
    b.nothing_arrived()


def refused(b):
    """The relay's no comes back as the reply to the end of the message."""
    done = swaks(b, "--pipe", PIPE, "--to", "x@refused.example.net")
    assert done.returncode != 0 and b"5.1.1" in done.stdout + done.stderr, done
    b.nothing_arrived()


def refused_for_now(b):
    b.box.rc(b.relay.rc())
    done = swaks(b, "--pipe", PIPE, "--to", "x@later.example.net")
    b.box.rc(b.relay.rc())
    assert re.search(rb"<\*\* 4\d\d .*4\.3\.0", done.stdout), done
    b.nothing_arrived()


def lmtp(b):
    said = ok(b, "--pipe", PIPE + " --lmtp", "--protocol", "LMTP",
              "--to", "bob@example.com,c@example.com")
    assert said.count("<-  250 2.0.0 ") >= 2, said
    b.arrived("bob@example.com", "c@example.com")


def socket_activated(b):
    activator = b.box.start(["systemd-socket-activate", "--inetd", "--accept",
                             f"--listen=127.0.0.1:{PORT}", "/usr/sbin/sendmail", "-bs"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: listening(PORT), "the socket")
        for i in range(3):
            ok(b, "--server", f"127.0.0.1:{PORT}", "--to", f"r{i}@example.com")
            b.arrived(f"r{i}@example.com")
            b.far.clear()
    finally:
        activator.terminate()
        activator.wait(30)


run.main(needs=["swaks", "systemd-socket-activate"],
         cases=[pipe, several, pipelined, offers, helo_only, null_sender, attachment,
                stops_short, refused, refused_for_now, lmtp, socket_activated])
