"""What the tests of rows have in common that send a mail."""

import os
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests/weakness"))
from case import MAIL, SECRET  # noqa: E402 (the path comes first)

TO = "you@example.com"
BARE = b"To: you@example.com\nSubject: x\n\nbody\n"


def go(c, relay, *rc, args=(TO,), mail=MAIL, status=0):
    """One run with these rc lines; the mail that arrived, or None."""
    run = c.send(relay, *args, rc=rc, mail=mail)
    assert run.status == status, (rc, run.status, run.err)
    got = relay.new()
    return got[0] if got else None


def inherited(c, port, first, then):
    """An rc file whose account has one set of lines from another, and changes it."""
    return c.write("rc", "\n".join(
        ["account first", "host 127.0.0.1", f"port {port}", "from me@example.org", *first,
         "account default : first", *then]) + "\n")


def secure(c, relay, *rc, status=0, host="127.0.0.1", port="relay_tls"):
    """The same through TLS from the first byte; gives the run."""
    starttls = [] if any(line.startswith("tls_starttls") or "nostarttls" in line
                         for line in rc) else ["tls_starttls off"]
    trust = [] if any(line.startswith("tls_trust_file") for line in rc) else \
        [f"tls_trust_file {relay.ca}"]
    path = c.write("rc", "\n".join(
        ["account default", f"host {host}", f"port {relay.ports[port]}",
         "from me@example.org", "tls on", *starttls, *trust, *rc]) + "\n")
    run = c.run("-C", path, TO)
    assert run.status == status, (rc, run.status, run.err)
    return run


def tls(c, *options):
    return c.relay("--user=me:" + SECRET, *options,
                   listen=("plain", "starttls", "tls"))


def env_of(relay, number=1):
    with open(f"{relay.folder}/{number}.env", encoding="utf-8") as f:
        return dict(line.rstrip("\n").split("=", 1) for line in f)
