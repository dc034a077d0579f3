#!/usr/bin/python3
"""tls_min_dh_prime_bits acts; see acts.py.  The server is Python's, since the bundled
relay's keys are not RSA's, and openssl makes its key and its primes."""

import shutil
import ssl
import subprocess
import sys

import acts
from sending import TO
import case
from case import Server

REFUSED = 76, "prime"
BITS = 1536		# of the server's prime, RFC 3526's smallest


class PrimeServer(Server):
    """Diffie-Hellman is all it can."""

    def __init__(self, folder):
        self.folder = folder
        super().__init__(lambda s: s.accept_mail(), tls=(f"{folder}/cert.pem", f"{folder}/key.pem"))

    def context(self):
        context = super().context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")
        context.load_dh_params(f"{self.folder}/prime.pem")
        return context


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stdin=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def acts_tls_min_dh_prime_bits(c):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=prime", "-days", "2",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", c.path("key.pem"),
            "-out", c.path("cert.pem"))
    openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", f"group:modp_{BITS}",
            "-out", c.path("prime.pem"))
    # one profile of GnuTLS's takes such a prime, the other wants 2048 bits: the setting
    # is what counts in both
    for profile, unset in (("LOW", (0, "")), ("MEDIUM", REFUSED)):
        for bits, (status, told) in ((None, unset), (BITS - 1, (0, "")), (BITS, (0, "")),
                                     (BITS + 1, REFUSED), (8192, REFUSED)):
            rc = ["tls on", "tls_starttls off", f"tls_trust_file {c.path('cert.pem')}",
                  f"tls_priorities NORMAL:%PROFILE_{profile}"]
            rc += [f"tls_min_dh_prime_bits {bits}"] if bits else []
            run = c.run("-C", c.rc(PrimeServer(c.dir).port, *rc), TO)
            assert run.status == status and told in run.err, (profile, bits, run.status, run.err)


if shutil.which("openssl") is None:
    print("openssl is not installed")
    sys.exit(77)
acts.main(case.Case)
