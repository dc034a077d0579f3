"""Postfix with a submission and a submissions service.

Both demand TLS and a login, which Dovecot's auth service checks.  Everything that
was accepted lands in one maildir (far.py), each recipient apart.  The relay keeps
to the rules strictly: bare line feeds, unasked-for pipelining, addresses without
a domain are refused, and it never edits a message.
"""

import os
import pwd
import re
import shutil
import subprocess

from .machine import write
from .server import FOLDER, Server, listening, until

# port: (certificate, protocols); "none" is a port where TLS is not offered but
# logins in clear are.
SERVICES = {
    587: ("good", ">=TLSv1.2"),
    465: ("good", ">=TLSv1.2"),
    1587: ("expired", ">=TLSv1.2"),
    1465: ("expired", ">=TLSv1.2"),
    2587: ("wrongname", ">=TLSv1.2"),
    3587: ("good", "none"),
    2465: ("wrongname", ">=TLSv1.2"),
    4465: ("good", "TLSv1.2"),
    5465: ("expired", "TLSv1.2"),
    6465: ("wrongname", "TLSv1.2"),
}

MAIN_CF = """
compatibility_level = 3.6
maillog_file = /var/log/mail.log
myhostname = relay.example.net
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
alias_maps =
alias_database =
local_recipient_maps =
biff = no
message_size_limit = 20000000

# Nothing is edited.
local_header_rewrite_clients =
append_dot_mydomain = no
append_at_myorigin = no

# Who may, and what must be right.
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_non_fqdn_sender, reject_non_fqdn_recipient,
	check_recipient_access inline:{
		{ refused.example.net = 550 5.1.1 no such horse in this stable },
		{ later.example.net = 451 4.3.0 the stable is being swept } }
smtpd_data_restrictions = reject_unauth_pipelining
strict_rfc821_envelopes = yes
smtpd_helo_required = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_auth_enable = yes
smtpd_sasl_authenticated_header = yes
smtpd_tls_auth_only = yes
smtpd_tls_received_header = yes
smtpd_tls_loglevel = 1
smtpd_tls_session_cache_database =
smtpd_client_connection_count_limit = 0
smtpd_forbid_bare_newline = yes
smtpd_error_sleep_time = 0

# Everything for everyone goes into one maildir.
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:far/
virtual_mailbox_base = /var/mail/live
virtual_mailbox_limit = 0
virtual_uid_maps = static:{bob}
virtual_gid_maps = static:{bob}
virtual_minimum_uid = 1
"""

MASTER_CF = """
pickup    unix-dgram n - n 60    1 pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
proxymap  unix  -       -       n       -       -       proxymap
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
virtual   unix  -       n       n       -       -       virtual
anvil     unix  -       -       n       -       1       anvil
postlog   unix-dgram n  -       n       -       1       postlogd
"""

DOVECOT = """
protocols =
log_path = /var/log/dovecot.log
auth_verbose = yes
auth_mechanisms = {mechanisms}
disable_plaintext_auth = no
ssl = no
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u /etc/dovecot/live-users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
# A wrong password is answered at once.
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener /var/spool/postfix/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""


class Postfix(Server):
    needs = ["postfix", "dovecot", "certtool"]
    queues = ["/var/spool/postfix/incoming", "/var/spool/postfix/active"]
    proof = "(Authenticated sender: alice@example.org)"

    def __init__(self, box, mechanisms="plain login"):
        super().__init__(box)
        self._start_dovecot(mechanisms)
        self._configure()
        self.start()

    # --- Dovecot, for the logins ---

    def _start_dovecot(self, mechanisms):
        write("/etc/dovecot/live.conf", DOVECOT.format(mechanisms=mechanisms))
        write("/etc/dovecot/live-users", f"{self.user}:{self.password}\n", 0o600,
              pwd.getpwnam("dovecot"))
        shutil.rmtree("/run/dovecot", ignore_errors=True)
        os.makedirs("/var/spool/postfix/private", exist_ok=True)
        subprocess.run(["dovecot", "-c", "/etc/dovecot/live.conf"], check=True)
        until(lambda: os.path.exists("/var/spool/postfix/private/auth"), "Dovecot's auth socket")

    # --- Postfix ---

    def _configure(self):
        write("/etc/postfix/main.cf", MAIN_CF.replace("{bob}", str(self.box.uid("bob"))))
        rows = [MASTER_CF] + [_service(port, *how) for port, how in SERVICES.items()]
        write("/etc/postfix/master.cf", "".join(rows))
        # Postfix waits a second and more until a fresh main.cf has settled.
        os.utime("/etc/postfix/main.cf", (0, 0))

    def start(self):
        done = subprocess.run(["/usr/lib/postfix/sbin/master", "-w"],
                              capture_output=True, text=True)
        assert done.returncode == 0, f"postfix start: {done.stderr}{self.log()}"
        until(lambda: all(listening(p) for p in (587, 465)), "Postfix")

    def stop(self):
        subprocess.run(["postfix", "stop"], check=True, capture_output=True)
        until(lambda: not listening(587), "Postfix's end")

    def log(self, *words):
        """The lines of the mail log that hold all words."""
        try:
            with open("/var/log/mail.log", errors="backslashreplace") as f:
                return "".join(l for l in f if all(w in l for w in words))
        except FileNotFoundError:
            return ""

    def wait_log(self, *words, before=0):
        """log(), once there are more such lines than BEFORE: it may come to its log
        later than the answer to us."""
        until(lambda: self.log(*words).count("\n") > before, f"{words} in the mail log")
        return self.log(*words)

    def accepted(self):
        """The Message-IDs of what it accepted, in that order."""
        return re.findall(r"cleanup\[\d+\]: \w+: message-id=(\S+)", self.log())

    def visits(self, port):
        """For each finished connection to that port: how often each command was used."""
        lines = re.findall(rf"postfix/{port}/smtpd\[\d+\]: disconnect from \S+ (.*)", self.log())
        return [dict(w.split("=") for w in l.split()) for l in lines]

    def wait_visits(self, port, count):
        """visits(), once there are that many."""
        until(lambda: len(self.visits(port)) >= count, f"{count} connections to port {port}")
        return self.visits(port)


def _service(port, cert, protocols):
    """The master.cf entry of one port."""
    settings = {"syslog_name": f"postfix/{port}"}
    if protocols == "none":
        settings.update(smtpd_tls_security_level="none", smtpd_tls_auth_only="no")
    else:
        settings.update(
            smtpd_tls_security_level="encrypt",
            smtpd_tls_wrappermode="yes" if Server.implicit(port) else "no",
            smtpd_tls_mandatory_protocols=protocols,
            smtpd_tls_cert_file=f"{FOLDER}/{cert}.pem",
            smtpd_tls_key_file=f"{FOLDER}/{cert}.key")
    return f"{port} inet n - n - - smtpd\n" + "".join(
        f" -o {name}={value}\n" for name, value in settings.items())


def listening(port):
    """Whether someone listens there; without connecting, which the log would show."""
    with open("/proc/net/tcp") as f:
        return any(row[1].endswith(f":{port:04X}") and row[3] == "0A"
                   for row in map(str.split, f))
