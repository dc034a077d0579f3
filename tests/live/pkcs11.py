"""A client certificate whose key stays in its token (SoftHSM), against the bundled relay."""

import os
import shutil
import subprocess

from lib import run
from lib.run import same, silent
from lib.server import until
from lib.submit import one_line

RELAY = os.path.join(os.environ.get("builddir") or ".", "tests/relay/relay")
MAIL = b"Subject: x\n\nhello\n"


def at(b, name):
    return b.box.home(name)


def environment(b):
    return {"SOFTHSM2_CONF": at(b, "softhsm2.conf")}


def token(b):
    """Alice's certificate and key are on a token; the files are gone."""
    # the build may be where only root can go
    relay = shutil.copy(RELAY, at(b, "relay-program"))
    b.keep = b.box.start([relay, f"--dir={at(b, 'relay')}", "--listen=tls", "--client-cert=require",
                          "--auth=EXTERNAL", "--until-eof", f"--ports={at(b, 'ports')}"],
                         stdin=subprocess.PIPE)
    until(lambda: os.path.exists(at(b, "ports")), "the relay")
    with open(at(b, "ports")) as f:
        b.ports = dict(line.strip().replace("'", "").split("=", 1) for line in f)
    ca = os.path.dirname(b.ports["relay_ca"])
    b.box.ok(["mkdir", at(b, "tokens")])
    b.box.file("softhsm2.conf", f"directories.tokendir = {at(b, 'tokens')}\n")
    b.box.ok(["softhsm2-util", "--init-token", "--free", "--label", "stable", "--so-pin", "1234",
              "--pin", "5678"], env=environment(b))
    for kind, name in (("certificate", "client.pem"), ("privkey", "client.key")):
        b.box.ok(["p11tool", "--batch", "--login", "--set-pin", "5678", "--write",
                  f"--load-{kind}={ca}/{name}", "--label", "alice", "pkcs11:token=stable"],
                 env=environment(b))
        os.unlink(f"{ca}/{name}")


def send(b, pin, object="alice"):
    url = f"pkcs11:token=stable;object={object};type="
    b.box.rc(f"account default\nhost localhost\nport {b.ports['relay_tls']}\ntimeout 10\ntls on\n"
             f"tls_starttls off\ntls_trust_file {b.ports['relay_ca']}\nauth external\nuser tester\n"
             f"tls_cert_file {url}cert\ntls_key_file {url}private\nfrom alice@example.org\n"
             + (f"password {pin}\n" if pin else ""))
    return b.box.run(["ostler", "--", "bob@example.com"], stdin=MAIL, env=environment(b))


def stored(b):
    return sorted(f for f in os.listdir(at(b, "relay")) if f.endswith(".eml"))


def delivers(b):
    silent(send(b, "5678"))
    same("messages", stored(b), ["1.eml"])


def wrong_pin(b):
    """It is given to the token once: a second try could lock it."""
    one_line(send(b, "9999"), 66, "pkcs11:token=stable", "PIN")
    one_line(send(b, None), 66, "pkcs11:token=stable", "PIN")
    silent(send(b, "5678"))
    same("messages", stored(b), ["1.eml", "2.eml"])


def wrong_object(b):
    one_line(send(b, "5678", "nobody"), 66, "object=nobody")
    same("messages", stored(b), ["1.eml", "2.eml"])


run.main(needs=[RELAY, "softhsm2-util", "p11tool"], relay=None,
         cases=[token, delivers, wrong_pin, wrong_object])
