"""Python's idioms: a pipe to sendmail -t -oi, with LF, CRLF and SMTP policies."""

from lib import run
from lib.run import same, silent

SEND = r'''
import email.message, email.policy, subprocess, sys
m = email.message.EmailMessage(policy=email.policy.%s)
m["To"] = "Bob <bob@example.com>, carol@example.net"
m["Bcc"] = "hidden@example.net"
m["Subject"] = "Grüße aus Köln " * 8
m.set_content("line 1\n.\nGrüße\n")
p = subprocess.run(["/usr/sbin/sendmail", "-t", "-oi"], input=m.as_bytes())
sys.exit(p.returncode)
'''


def policies(b):
    for policy in ("default", "SMTP", "SMTPUTF8"):
        b.far.clear()
        silent(b.box.run(["/usr/bin/python3", "-c", SEND % policy]))
        m = b.arrived("bob@example.com", "carol@example.net", "hidden@example.net")
        same("subject", m.parsed["Subject"].strip(), ("Grüße aus Köln " * 8).strip())
        same("text", m.parsed.get_content(), "line 1\n.\nGrüße\n")


def old_idiom(b):
    """os.popen, as the library's FAQ had it for years."""
    silent(b.box.run(["/usr/bin/python3", "-c", r'''
import os
p = os.popen("/usr/sbin/sendmail -t -i", "w")
p.write("To: bob@example.com\nSubject: test\n\nSome text\n.\nsome more text\n")
assert p.close() is None
''']))
    b.arrived("bob@example.com", body=b"Some text\n.\nsome more text\n", Subject="test")


def refusal(b):
    done = b.box.run(["/usr/bin/python3", "-c", r'''
import subprocess, sys
p = subprocess.run(["/usr/sbin/sendmail", "x@refused.example.net"],
                   input=b"Subject: x\n\ny\n" * 30000, capture_output=True)
print(p.returncode, p.stderr.decode(), end="")
'''])
    same("errors, a broken pipe for one", done.stderr, b"")
    status, said = done.stdout.decode().split(" ", 1)
    assert int(status) in (65, 67, 69), done
    assert said.count("\n") == 1 and "x@refused.example.net" in said, said
    b.nothing_arrived()


run.main(cases=[policies, old_idiom, refusal])
