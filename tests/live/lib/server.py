"""What every relay in these tests has: a name, a login, certificates, a far mailbox."""

import os
import time

from . import certs, far

FOLDER = "/etc/ssl/live"


class Server:
    """A relay that is started by the constructor and accepts mail after a login.

    Ports that end in 465 speak TLS from the first byte, others by STARTTLS.  A
    subclass says in needs which programs it wants installed, in unpacked which
    packages laid over the machine (machine.unpack), in proof what its Received
    field says of a login, and in queues where mail waits that it has accepted.
    """

    needs = []
    unpacked = []
    proof = None
    queues = []
    key = "ecdsa"
    host = certs.NAME
    user = "alice@example.org"
    password = "Corn+Hay_and=Straw/7"
    trust = FOLDER + "/ca.pem"
    stranger = FOLDER + "/stranger.pem"

    def __init__(self, box):
        self.box = box
        self.far = far.Mailbox("/var/mail/live/far", self.queues)
        certs.make(FOLDER, self.key)
        os.chmod(FOLDER, 0o755)
        os.makedirs("/var/mail/live", exist_ok=True)
        os.chown("/var/mail/live", box.uid("bob"), box.uid("bob"))

    @staticmethod
    def implicit(port):
        return port % 1000 == 465

    def log(self):
        """What it has logged so far."""
        return ""

    def rc(self, port=587, starttls=True, trust=trust, password=password, auth="on", more="",
           queue="off"):
        """An msmtprc that sends through it.

        Without a queue unless the test is about one: what the relay refuses is then
        the caller's to hear.
        """
        return (f"account default\nhost {self.host}\nport {port}\ntimeout 10\n"
                f"tls on\ntls_starttls {'on' if starttls else 'off'}\ntls_trust_file {trust}\n"
                f"auth {auth}\nuser {self.user}\npassword {password}\n"
                f"from alice@example.org\nqueue {queue}\n{more}")


def listening(port):
    """Whether someone listens there; without connecting, which a log would show."""
    with open("/proc/net/tcp") as f:
        return any(row[1].endswith(f":{port:04X}") and row[3] == "0A"
                   for row in map(str.split, f))


def until(condition, what, limit=40):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, f"waited {limit} s for {what}"
        time.sleep(0.02)
