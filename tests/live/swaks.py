"""swaks talks SMTP to "sendmail -bs", as Alpine, nmh and Symfony Mailer do."""

import re

from lib import run
from lib.messages import HEAD
from lib.run import same

COMMAND = "/usr/sbin/sendmail -bs"


def swaks(b, *args, data=HEAD + b"\nhello\n", to="bob@example.com"):
    b.box.file("mail", data.removesuffix(b"\n"))	# swaks ends the last line
    return b.box.run(["swaks", "--pipe", COMMAND, "--from", "alice@example.org", "--to", to,
                      "--data", "@mail", *args])


def dialogue(b):
    done = swaks(b, to="bob@example.com,carol@example.net")
    same("exit status", done.returncode, 0)
    b.arrived("bob@example.com", "carol@example.net", Subject="oats", body=b"hello\n")
    offered = set(re.findall(r"<-  250[- ]([A-Z0-9]+)", done.stdout.decode()))
    same("not offered", {"8BITMIME", "SIZE", "DSN", "ENHANCEDSTATUSCODES", "PIPELINING",
                         "SMTPUTF8"} - offered, set())
    same("offered", {"STARTTLS", "AUTH"} & offered, set())
    assert done.stdout.decode().count("<-  2") >= 6, done.stdout


def pipelined(b):
    done = swaks(b, "--pipeline")
    same("exit status", done.returncode, 0)
    b.arrived("bob@example.com", body=b"hello\n")


def helo_only(b):
    done = swaks(b, "--protocol", "SMTP")
    same("exit status", done.returncode, 0)
    b.arrived("bob@example.com", body=b"hello\n")


def dots(b):
    done = swaks(b, data=HEAD + b"\n.\n..\n.x\nend\n")
    same("exit status", done.returncode, 0)
    b.arrived("bob@example.com", body=b".\n..\n.x\nend\n")


def null_sender(b):
    done = b.box.run(["swaks", "--pipe", COMMAND, "--from", "<>", "--to", "bob@example.com"])
    same("exit status", done.returncode, 0)
    b.arrived("bob@example.com", sender="")


def left_in_the_middle(b):
    """A client that goes before the dot has sent nothing."""
    for point in ("MAIL", "RCPT", "DATA"):
        swaks(b, "--drop-after-send", point)
    b.nothing_arrived()


def refusal(b):
    """The answer to the message has the relay's words and its kind."""
    done = swaks(b, to="x@refused.example.net")
    said = done.stdout.decode()
    assert re.search(r"<\*\* 55\d .*5\.1\.1", said), said
    assert done.returncode != 0, done
    b.nothing_arrived()


def refusal_for_now(b):
    b.box.rc(b.relay.rc(more="queue off\n"))
    done = swaks(b, to="x@later.example.net")
    said = done.stdout.decode()
    assert re.search(r"<\*\* 4\d\d .*4\.3\.0", said), said
    b.nothing_arrived()


run.main(needs=["swaks"], cases=[dialogue, pipelined, helo_only, dots, null_sender,
                                 left_in_the_middle, refusal, refusal_for_now])
