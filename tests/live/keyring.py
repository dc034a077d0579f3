"""A password from a real Secret Service on a session bus of its own."""

import shlex

from lib import run
from lib.run import silent
from lib.server import until

MAIL = b"Subject: x\n\nhello\n"


def rc(b, host=None):
    """The account without its password."""
    text = b.relay.rc(more=f"host {host}\n" if host else "")
    b.box.rc("\n".join(l for l in text.split("\n") if not l.startswith("password ")))


def session(b, commands, stdin=MAIL):
    """Runs the commands in a session with an unlocked, empty keyring."""
    script = ("rm -rf ~/.local/share/keyrings; printf unlock | "
              "gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "
              "exec 3>&2 2>/dev/null; " + commands)
    return b.box.run(["dbus-run-session", "--", "/bin/sh", "-c", script], stdin=stdin,
                     env={"XDG_RUNTIME_DIR": b.box.home("run")})


def store(b, password, *attributes):
    return (f"printf %s {shlex.quote(password)} | secret-tool store --label=relay "
            f"{' '.join(attributes)} || exit 99; ")


def deliver():
    return "ostler -- bob@example.com 2>&3"


def ready(b):
    b.box.ok("mkdir -m 700 run")


def by_msmtps_attributes(b):
    rc(b)
    done = session(b, store(b, b.relay.password, "host", b.relay.host, "service", "smtp",
                            "user", b.relay.user) + deliver())
    assert done.returncode == 0, done
    b.arrived("bob@example.com", body=b"hello\n")


def by_network_password(b):
    rc(b)
    done = session(b, store(b, b.relay.password, "xdg:schema",
                            "org.gnome.keyring.NetworkPassword", "server", b.relay.host,
                            "protocol", "smtp", "user", b.relay.user) + deliver())
    assert done.returncode == 0, done
    b.arrived("bob@example.com", body=b"hello\n")


def somebody_elses(b):
    """Another host's, another user's: no password, and none is sent."""
    rc(b)
    before = len(b.relay.visits(587))
    done = session(b, store(b, "not+the_password9", "host", "other.example", "service", "smtp",
                            "user", b.relay.user)
                   + store(b, "not+the_password9", "host", b.relay.host, "service", "smtp",
                           "user", "eve") + deliver())
    assert done.returncode == 69 and b"password" in done.stderr, done
    assert len(b.relay.visits(587)) == before
    b.nothing_arrived()


def rc_first(b):
    """What the rc file says is not asked for."""
    b.box.rc(b.relay.rc())
    done = session(b, store(b, "not+the_password9", "host", b.relay.host, "service", "smtp",
                            "user", b.relay.user) + deliver())
    assert done.returncode == 0, done
    b.arrived("bob@example.com", body=b"hello\n")


def no_session(b):
    """Nothing is started where there is no bus."""
    rc(b)
    running = ["pgrep", "-u", "alice", "dbus|keyring"]
    until(lambda: not b.box.run(running).stdout, "the sessions before to end")
    done = b.box.run(["ostler", "--", "bob@example.com"], stdin=MAIL)
    assert done.returncode == 69 and b"password" in done.stderr, done
    assert not b.box.run(running).stdout, "left behind"
    b.box.rc(b.relay.rc())
    silent(b.box.run(["ostler", "--", "bob@example.com"], stdin=MAIL))
    b.arrived("bob@example.com", body=b"hello\n")


run.main(needs=["gnome-keyring-daemon", "secret-tool", "dbus-run-session", "pgrep"],
         cases=[ready, by_msmtps_attributes, by_network_password, somebody_elses, rc_first,
                no_session])
