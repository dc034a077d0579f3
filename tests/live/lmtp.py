"""LMTP into Dovecot, by TCP and by unix socket: a verdict for each recipient."""

import os
import subprocess

from lib import far, run
from lib.machine import write
from lib.messages import MESSAGES, rule
from lib.run import same, silent
from lib.server import FOLDER, Server, listening, until
from lib.submit import one_line

CONF = """
protocols = lmtp
log_path = /var/log/dovecot.log
hostname = relay.example.net
mail_location = maildir:/var/mail/live/%n
mail_plugins = quota
first_valid_uid = 1
ssl = yes
ssl_cert = <{folder}/good.pem
ssl_key = <{folder}/good.key
disable_plaintext_auth = no
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u /etc/dovecot/live-users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u /etc/dovecot/live-users
  override_fields = uid=bob gid=bob home=/nonexistent
}}
plugin {{
  quota = maildir:user
  quota_grace = 0
}}
lmtp_save_to_detail_mailbox = no
lmtp_rcpt_check_quota = no
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = 24
  }}
  unix_listener /run/dovecot/lmtp-live {{
    mode = 0666
  }}
}}
"""


class Lmtp(Server):
    needs = ["dovecot", "certtool", "/usr/lib/dovecot/lmtp"]

    def __init__(self, box):
        super().__init__(box)
        write("/etc/dovecot/live.conf", CONF.format(folder=FOLDER))
        write("/etc/dovecot/live-users", "bob@example.com:x::::::\ncarol@example.com:x::::::\n"
              "full@example.com:x::::::userdb_quota_rule=*:bytes=1\n")
        subprocess.run(["dovecot", "-c", "/etc/dovecot/live.conf"], check=True)
        until(lambda: listening(24) and os.path.exists("/run/dovecot/lmtp-live"), "Dovecot")

    def log(self):
        with open("/var/log/dovecot.log", errors="replace") as f:
            return f.read()

    def rc(self, tls="on", more=""):
        return (f"account default\nprotocol lmtp\nhost {self.host}\nport 24\ntimeout 10\n"
                f"from alice@example.org\ntls {tls}\n"
                f"tls_trust_file {self.trust}\n{more}")


def mailbox(user):
    """What that user was delivered since the last look."""
    box = far.Mailbox(f"/var/mail/live/{user}")
    mails = box.look()
    box.clear()
    for m in mails:
        same("sender", m.sender, "alice@example.org")
        assert " with LMTP" in m.received, m.received
    return [m.raw for m in mails]


def send(b, message, *to):
    return b.box.run(["ostler", *to], stdin=message)


def messages(b):
    """Under TLS, which LMTP starts as SMTP does."""
    b.box.rc(b.relay.rc())
    for name, message in MESSAGES.items():
        silent(send(b, message, "bob@example.com"))
        same(name, mailbox("bob"), [rule(message)])


def unix_socket(b):
    b.box.rc("account default\nprotocol lmtp\nsocket /run/dovecot/lmtp-live\ntls off\n"
             "host localhost\nfrom alice@example.org\n")
    silent(send(b, MESSAGES["dots"], "bob@example.com", "carol@example.com"))
    for user in ("bob", "carol"):
        same(user, mailbox(user), [rule(MESSAGES["dots"])])


def unknown_recipient(b):
    """Refused before the message: nobody gets it."""
    b.box.rc(b.relay.rc())
    done = send(b, MESSAGES["plain"], "bob@example.com", "nobody@example.com")
    assert done.returncode in (65, 67, 69), done
    one_line(done, done.returncode, r"nobody@example\.com.*550")
    same("bob", mailbox("bob"), [])


def full_mailbox(b):
    """Refused after the message: the others have it, and only this one is named."""
    b.box.rc(b.relay.rc())
    done = send(b, MESSAGES["plain"], "bob@example.com", "full@example.com")
    assert done.returncode != 0, done
    one_line(done, done.returncode, r"full@example\.com.*[Qq]uota")
    assert b"bob@example.com" not in done.stderr, done
    same("bob", mailbox("bob"), [rule(MESSAGES["plain"])])
    same("full", mailbox("full"), [])


run.main(relay=Lmtp, cases=[messages, unix_socket, unknown_recipient, full_mailbox])
