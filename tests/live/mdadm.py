"""mdadm's monitor: a test message, bare names, no -i, the status is ignored."""

from lib import machine, run


def monitor(b, to):
    b.box.rc(b.relay.rc(), user="root")
    machine.write("/etc/mdadm/mdadm.conf", "MAILFROM Array Monitor <root@host.example.org>\n")
    # The array is none, which it says after the mail; so the status means nothing.
    return b.box.run(["mdadm", "--monitor", "--test", "--oneshot", f"--mail={to}", "/dev/md0"],
                     user="root")


def report(b):
    monitor(b, "ops@example.com")
    m = b.arrived("ops@example.com", To="ops@example.com",
                  From="Array Monitor <root@host.example.org>")
    assert b"mdadm" in m.body, m.body


def local_name(b):
    monitor(b, "root")
    b.arrived("root@example.org")


def refusal(b):
    monitor(b, "x@refused.example.net")
    b.logged("x@refused.example.net", "5.1.1")
    b.nothing_arrived()


run.main(unpacked=["mdadm"], cases=[report, local_name, refusal])
