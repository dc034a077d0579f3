"""GSSAPI with a real key distribution centre, through Postfix and Dovecot."""

import os
import pwd
import subprocess

from lib import run
from lib.machine import write
from lib.messages import MESSAGES
from lib.postfix import Postfix
from lib.run import silent
from lib.server import until
from lib.submit import one_line, send

REALM = "EXAMPLE.NET"
KEYTAB = "/etc/dovecot/smtp.keytab"

KRB5 = f"""
[libdefaults]
	default_realm = {REALM}
	dns_lookup_kdc = false
	dns_lookup_realm = false
	dns_canonicalize_hostname = false
	rdns = false
	default_ccache_name = FILE:/tmp/krb5cc_%{{uid}}
[realms]
	{REALM} = {{
		kdc = 127.0.0.1:88
	}}
[domain_realm]
	relay.example.net = {REALM}
"""

KDC = f"""
[kdcdefaults]
	kdc_listen = 127.0.0.1:88
	kdc_tcp_listen = 127.0.0.1:88
[realms]
	{REALM} = {{
		database_name = /var/lib/krb5kdc/principal
		key_stash_file = /etc/krb5kdc/stash
		supported_enctypes = aes256-cts:normal
	}}
[logging]
	kdc = FILE:/var/log/kdc.log
"""


class Kerberized(Postfix):
    """Its Dovecot knows the smtp service's key, and alice by her ticket."""

    needs = Postfix.needs + ["krb5kdc", "kadmin.local", "kinit",
                             "/usr/lib/dovecot/modules/auth/libmech_gssapi.so"]

    def __init__(self, box):
        write("/etc/krb5.conf", KRB5)
        write("/etc/krb5kdc/kdc.conf", KDC)
        os.makedirs("/var/lib/krb5kdc", exist_ok=True)
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["kdb5_util", "create", "-s", "-r", REALM, "-P", "master"], **quiet)
        for query in ("addprinc -pw hay alice", "addprinc -randkey smtp/relay.example.net",
                      f"ktadd -k {KEYTAB} smtp/relay.example.net"):
            subprocess.run(["kadmin.local", "-r", REALM, "-q", query], **quiet)
        os.chown(KEYTAB, pwd.getpwnam("dovecot").pw_uid, -1)
        self.kdc = subprocess.Popen(["krb5kdc", "-n"], **{k: v for k, v in quiet.items()
                                                          if k != "check"})
        until(lambda: "commencing operation" in self.kdc_log(), "the KDC")
        super().__init__(box, mechanisms=f"gssapi plain\nauth_krb5_keytab = {KEYTAB}\n"
                         f"auth_gssapi_hostname = {self.host}")

    @staticmethod
    def kdc_log():
        try:
            with open("/var/log/kdc.log") as f:
                return f.read()
        except FileNotFoundError:
            return ""


def rc(b):
    # A sanitizer must not hold the library's 16 lost bytes against us.
    write("/etc/live.supp", "leak:libgssapi_krb5\n")
    os.environ["LSAN_OPTIONS"] = "suppressions=/etc/live.supp:print_suppressions=0"
    b.box.rc(b.relay.rc(auth="gssapi").replace("user alice@example.org", "user alice"))


def without_a_ticket(b):
    rc(b)
    done = b.box.run(["ostler", "bob@example.com"], stdin=MESSAGES["plain"])
    assert done.returncode != 0, done
    one_line(done, done.returncode, "GSSAPI")
    b.nothing_arrived()


def with_a_ticket(b):
    rc(b)
    b.box.ok(["kinit", "alice"], stdin=b"hay\n")
    done = b.box.run(["ostler", "bob@example.com"], stdin=MESSAGES["plain"])
    silent(done)
    b.arrived("bob@example.com")
    b.relay.wait_log("sasl_method=GSSAPI,")
    assert "smtp/relay.example.net@" in b.relay.kdc_log()


def never_unasked(b):
    """A ticket is not used because it happens to be there."""
    before = b.relay.log("sasl_method=").count("\n")
    done, _ = send(b, MESSAGES["plain"])
    silent(done)
    b.arrived("bob@example.com")
    methods = b.relay.wait_log("sasl_method=", before=before).splitlines()
    assert "sasl_method=PLAIN," in methods[-1], methods


run.main(relay=Kerberized, cases=[without_a_ticket, with_a_ticket, never_unasked])
