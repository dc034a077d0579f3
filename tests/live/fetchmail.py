"""fetchmail hands mail to us and deletes it from the server only when we say 0."""

import subprocess

from lib import incoming, machine, run
from lib.run import same
from lib.server import listening, until

POP3 = """
protocols = pop3
base_dir = /run/dovecot-pop3
log_path = /var/log/dovecot-pop3.log
mail_location = maildir:/var/mail/pop3/%n
first_valid_uid = 1
ssl = no
disable_plaintext_auth = no
passdb {
  driver = static
  args = password=pop
}
userdb {
  driver = static
  args = uid=bob gid=bob home=/nonexistent
}
service pop3-login {
  inet_listener pop3 {
    address = 127.0.0.1
    port = 110
  }
}
"""


def waiting():
    done = subprocess.run("ls /var/mail/pop3/alice/new /var/mail/pop3/alice/cur | grep -c host",
                          shell=True, capture_output=True, text=True)
    return int(done.stdout)


def fetch(b):
    """One mail waits at the POP3 server; fetchmail looks once."""
    if not listening(110):
        machine.write("/etc/dovecot/pop3.conf", POP3)
        subprocess.run(["dovecot", "-c", "/etc/dovecot/pop3.conf"], check=True)
        until(lambda: listening(110), "the POP3 server")
    subprocess.run("rm -rf /var/mail/pop3; cd /var/mail && "
                   "mkdir -p pop3/alice/new pop3/alice/cur pop3/alice/tmp", shell=True, check=True)
    machine.write("/var/mail/pop3/alice/new/1.host", incoming.MAIL)
    subprocess.run(["chown", "-R", "bob:bob", "/var/mail/pop3"], check=True)
    b.box.file(".fetchmailrc", "poll localhost protocol pop3 port 110 auth password user alice "
               "password pop is alice here nokeep\n"
               'mda "/usr/sbin/sendmail -i -f %F -- %T"\n', mode=0o600)
    return b.box.run(["fetchmail", "--nosyslog", "--nodetach", "--sslproto", ""])


def forward(b):
    """To alice, who has no domain on fetchmail's command line."""
    done = fetch(b)
    same("exit status", done.returncode, 0)
    m = b.arrived("alice@example.org", sender="sender@example.net", body=incoming.BODY,
                  Message_ID="<in@example.net>")
    same("Received fields", len(m.fields("Received")), 2)
    same("left at the server", waiting(), 0)


def refusal(b):
    """The mail stays where it was."""
    b.box.rc(b.relay.rc(password="wrong"))
    done = fetch(b)
    assert b"535" in done.stdout + done.stderr, done
    b.nothing_arrived()
    same("left at the server", waiting(), 1)


run.main(needs=["fetchmail", "/usr/lib/dovecot/pop3"], cases=[forward, refusal])
