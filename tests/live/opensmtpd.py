"""OpenSMTPD as the relay (with a crutch for its TLS: lib/opensmtpd_key.c)."""

import os
import subprocess

import lib
from lib import run
from lib.machine import write
from lib.messages import MESSAGES
from lib.run import silent
from lib.server import FOLDER, Server, listening, until
from lib.submit import delivered, one_line, send

CONF = """
pki live cert "{folder}/good.pem"
pki live key "{folder}/good.key"
table logins file:/etc/live-logins
listen on lo hostname {host} port 587 tls-require pki live auth <logins>
listen on lo hostname {host} port 465 smtps pki live auth <logins>
table all {{ "@" = "bob" }}
action "far" maildir "/var/mail/live/far" virtual <all>
match auth from any for domain "refused.example.net" reject
match auth from any for any action "far"
"""


class OpenSMTPD(Server):
    needs = ["certtool", "openssl", "cc"]
    unpacked = ["opensmtpd"]
    queues = ["/var/spool/smtpd/queue", "/var/spool/smtpd/incoming"]
    proof = " with ESMTPSA id "	# A: authenticated
    LOG = "/var/log/opensmtpd.log"

    def __init__(self, box):
        super().__init__(box)
        box.account("opensmtpd", 2526, home="/var/lib/opensmtpd/empty")
        box.account("opensmtpq", 2527)
        os.makedirs("/var/lib/opensmtpd/empty", exist_ok=True)
        os.chmod("/var/lib/opensmtpd/empty", 0o711)
        os.makedirs("/var/spool/smtpd", 0o711, exist_ok=True)
        os.chmod(FOLDER + "/good.key", 0o600)
        digest = subprocess.run(["openssl", "passwd", "-6", self.password], check=True,
                                capture_output=True, text=True).stdout.strip()
        write("/etc/live-logins", f"{self.user}\t{digest}\n")
        write("/etc/smtpd.conf", CONF.format(folder=FOLDER, host=self.host))
        subprocess.run(["cc", "-shared", "-fPIC", "-o", "/usr/lib/live-key.so", "-x", "c",
                        os.path.join(os.path.dirname(lib.__file__), "opensmtpd_key.c"), "-ldl"],
                       check=True)
        with open(FOLDER + "/good.key") as f:
            env = dict(os.environ, LD_PRELOAD="/usr/lib/live-key.so", LIVE_KEY=f.read())
        with open(self.LOG, "wb") as log:
            subprocess.Popen(["/usr/sbin/smtpd", "-d"], stdin=subprocess.DEVNULL, env=env,
                             stdout=log, stderr=log, start_new_session=True)
        until(lambda: listening(587) and listening(465), "OpenSMTPD")

    def log(self):
        with open(self.LOG, errors="replace") as f:
            return f.read()


def starttls(b):
    delivered(b, 587)


def implicit_tls(b):
    delivered(b, 465)


def several(b):
    done, _ = send(b, MESSAGES["dots"], to=["bob@example.com", "carol@example.net"])
    silent(done)
    b.arrived("bob@example.com", "carol@example.net")


def wrong_password(b):
    done, _ = send(b, MESSAGES["plain"], password="not+the_password9")
    one_line(done, 77, "535")
    b.nothing_arrived()


def refused_recipient(b):
    done, _ = send(b, MESSAGES["plain"], to=["x@refused.example.net"])
    assert done.returncode in (65, 67, 69), done
    one_line(done, done.returncode, r"x@refused\.example\.net", "550")
    b.nothing_arrived()


run.main(relay=OpenSMTPD, cases=[starttls, implicit_tls, several, wrong_password,
                                 refused_recipient], limit=240)
