"""Every login that Dovecot and we both know, against a real relay."""

from lib import run
from lib.messages import MESSAGES
from lib.run import silent
from lib.submit import one_line, send

MECHANISMS = ["plain", "login", "cram-md5", "digest-md5", "scram-sha-1", "scram-sha-256"]


def each(b):
    for name in MECHANISMS:
        b.far.clear()
        done, _ = send(b, MESSAGES["plain"], auth=name)
        silent(done)
        b.arrived("bob@example.com")
        b.relay.wait_log(f"sasl_method={name.upper()},")


def strongest(b):
    """auth on takes the best that is offered."""
    before = b.relay.log("sasl_method").count("\n")
    done, _ = send(b, MESSAGES["plain"])
    silent(done)
    last = b.relay.wait_log("sasl_method", before=before).splitlines()[-1]
    assert "sasl_method=SCRAM-SHA-256," in last, last


def wrong_password(b):
    """No weaker mechanism is tried with the same password afterwards."""
    for name in ["on"] + MECHANISMS:
        before = len(b.relay.visits(587))
        done, _ = send(b, MESSAGES["plain"], password="not+the_password9",
                       auth=name)
        one_line(done, 77, "5\\d\\d")
        visit = b.relay.wait_visits(587, before + 1)[-1]
        assert visit["auth"] == "0/1" and "mail" not in visit, visit
    b.nothing_arrived()


def not_offered(b):
    """A mechanism that the relay does not have: nothing else takes its place."""
    done, _ = send(b, MESSAGES["plain"], auth="gssapi")
    assert done.returncode in (69, 77, 78), done
    one_line(done, done.returncode, "gssapi")
    b.nothing_arrived()


run.main(mechanisms=" ".join(MECHANISMS), cases=[each, strongest, wrong_password, not_offered])
