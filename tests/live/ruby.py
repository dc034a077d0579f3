"""Ruby's mail library: it does not look at our status at all."""

from lib import run
from lib.run import same

DELIVER = r'''
require "mail"
Mail.defaults { delivery_method :sendmail }
Mail.deliver do
  from "Alice Example <alice@example.org>"
  to "%s"
  cc "Carol <carol@example.net>"
  bcc "hidden@example.net"
  subject "Grüße"
  body "line 1\n.\nline 3"
end
puts "ok"
'''


def deliver(b):
    done = b.box.run(["ruby", "-e", DELIVER % "bob@example.com"])
    assert (done.returncode, done.stdout) == (0, b"ok\n"), done
    m = b.arrived("bob@example.com", "carol@example.net", "hidden@example.net",
                  body=b"line 1\n.\nline 3\n", From="Alice Example <alice@example.org>")
    same("subject", m.parsed["Subject"], "Grüße")


def refusal(b):
    """Only the line we print tells, and the log.  Nobody gets the mail, or all
    the others do."""
    done = b.box.run(["ruby", "-e", DELIVER % "x@refused.example.net"])
    assert b"x@refused.example.net" in done.stdout + done.stderr, done
    b.logged("x@refused.example.net", "5.1.1")


run.main(needs=["ruby"], cases=[deliver, refusal])
