"""Certificates for a test: two authorities, and server certificates of every kind.

make(folder) writes into folder, for each row of KINDS, KIND.pem (the chain) and
KIND.key, and the trust files ca.pem (signed them all) and stranger.pem (signed
none).
"""

import os
import subprocess

NAME = "relay.example.net"

# kind: name in the certificate, first day, last day
KINDS = {
    "good": (NAME, "2020-01-01", "2049-12-31"),
    "wrongname": ("other.example.net", "2020-01-01", "2049-12-31"),
    "expired": (NAME, "2020-01-01", "2021-01-01"),
}


def _certtool(*args):
    subprocess.run(["certtool", *args], check=True, capture_output=True)


def _key(path, kind):
    size = ["--curve", "secp256r1"] if kind == "ecdsa" else ["--bits", "2048"]
    _certtool("--generate-privkey", "--key-type", kind, *size, "--outfile", path)


def _template(path, name, first, last, *more):
    with open(path, "w") as f:
        print(f'cn = "{name}"', f'activation_date = "{first} 00:00:00"',
              f'expiration_date = "{last} 00:00:00"', *more, sep="\n", file=f)
    return path


def make(folder, key="ecdsa"):
    os.makedirs(folder, exist_ok=True)
    tmpl = folder + "/template"
    for ca in ("ca", "stranger"):
        _key(f"{folder}/{ca}.key", "ecdsa")
        _template(tmpl, f"Authority {ca}", "2020-01-01", "2049-12-31", "ca", "cert_signing_key")
        _certtool("--generate-self-signed", "--load-privkey", f"{folder}/{ca}.key",
                  "--template", tmpl, "--outfile", f"{folder}/{ca}.pem")
    for kind, (name, first, last) in KINDS.items():
        _key(f"{folder}/{kind}.key", key)
        _template(tmpl, name, first, last, f'dns_name = "{name}"', "tls_www_server", "signing_key")
        _certtool("--generate-certificate", "--load-privkey", f"{folder}/{kind}.key",
                  "--load-ca-certificate", folder + "/ca.pem",
                  "--load-ca-privkey", folder + "/ca.key",
                  "--template", tmpl, "--outfile", f"{folder}/{kind}.pem")
    os.unlink(tmpl)
