"""Dovecot's Sieve: redirect and vacation, from a process without any environment."""

from lib import incoming, machine, run
from lib.run import same

CONF = """
protocols =
log_path = /dev/stderr
mail_location = maildir:~/Maildir
ssl = no
postmaster_address = postmaster@example.org
hostname = host.example.org
passdb {
  driver = static
}
userdb {
  driver = passwd
}
protocol lda {
  mail_plugins = sieve
}
plugin {
  sieve = file:~/sieve;active=~/.dovecot.sieve
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
"""


def deliver(b, script):
    machine.write("/etc/dovecot/lda.conf", CONF)
    b.box.file(".dovecot.sieve", script)
    # A mail already redirected once would be taken for a loop.
    b.box.ok("rm -rf .dovecot.lda-dupes* Maildir/new/*")
    return b.box.run(["/usr/lib/dovecot/dovecot-lda", "-c", "/etc/dovecot/lda.conf",
                      "-f", "sender@example.net", "-a", "alice@example.org"],
                     stdin=incoming.MAIL.partition(b"\n")[2])


def redirect(b):
    done = deliver(b, 'redirect "bob@example.com";\n')
    same("exit status", done.returncode, 0)
    incoming.forwarded(b, "bob@example.com", sender="sender@example.net")


def vacation(b):
    done = deliver(b, 'require "vacation";\nvacation :addresses "alice@example.org" '
                      ':subject "Away" "I am away\n.\nbye";\n')
    same("exit status", done.returncode, 0)
    m = b.arrived("sender@example.net", sender="", Subject="Away", To="Sender <sender@example.net>",
                  In_Reply_To="<in@example.net>")
    same("text", m.parsed.get_content(), "I am away\n.\nbye\n")
    assert m.field("Auto-Submitted").startswith("auto-replied"), m.head


def refusal(b):
    """For Dovecot every status is a temporary one; the mail stays with the caller."""
    done = deliver(b, 'redirect "x@refused.example.net";\n')
    same("exit status", done.returncode, 75)
    b.nothing_arrived()


run.main(needs=["/usr/lib/dovecot/dovecot-lda", "/usr/lib/dovecot/modules/lib90_sieve_plugin.so"],
         cases=[redirect, vacation, refusal])
