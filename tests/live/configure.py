"""--configure against a real DNS server; the account that it gives delivers.

Weakness 53 of msmtp is answers() and delivers().
"""

import subprocess

from lib import machine, run
from lib.server import listening, until

MANY = 60  # records: far more than a datagram of 512 bytes holds

ZONE = [
    # the lowest priority wins, then the highest weight
    "srv-host=_submissions._tcp.example.org,backup.example.net,465,20,0",
    "srv-host=_submissions._tcp.example.org,light.example.net,465,10,5",
    "srv-host=_submissions._tcp.example.org,relay.example.net,465,10,50",
    # STARTTLS only where TLS from the first byte is not offered
    "srv-host=_submission._tcp.example.org,never.example.net,587,0,0",
    "srv-host=_submission._tcp.starttls.example,relay.example.net,587,0,0",
    # "." says: decidedly not
    "srv-host=_submissions._tcp.half.example,.,0,0,0",
    "srv-host=_submission._tcp.half.example,mx.half.example,587,0,0",
    "srv-host=_submissions._tcp.none.example",
    "srv-host=_submission._tcp.none.example",
    "srv-host=_submissions._tcp.xn--mller-kva.example,smtp.xn--mller-kva.example,465,0,0",
    *[f"srv-host=_submissions._tcp.many.example,relay-number-{i}.many.example,465,{100 - i},0"
      for i in range(MANY)],
]


def block(text):
    """The account's lines; comments are for people."""
    return [line for line in text.decode().split("\n") if line and line[0] != "#"]


def answers(b):
    machine.write("/etc/dnsmasq.test", "no-resolv\nno-hosts\nno-daemon\nport=53\n"
                  "listen-address=127.0.0.1\nbind-interfaces\nuser=root\nlocal=/#/\n"
                  "log-facility=-\n" + "\n".join(ZONE) + "\n")
    b.dns = subprocess.Popen(["/usr/sbin/dnsmasq", "-C", "/etc/dnsmasq.test"],
                             stderr=subprocess.DEVNULL)
    until(lambda: listening(53), "the name server")
    machine.write("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")

    implicit = b.box.ok(["ostler", "--configure=alice@example.org"]).stdout
    assert block(implicit) == [
        "account alice@example.org", "host relay.example.net", "port 465", "tls on",
        "tls_starttls off", "auth on", "user alice@example.org", "from alice@example.org"], implicit
    assert b"relay.example.net is not inside example.org" in implicit, implicit

    starttls = b.box.ok(["ostler", "--configure=a@starttls.example"]).stdout
    assert block(starttls)[1:5] == ["host relay.example.net", "port 587", "tls on",
                                    "tls_starttls on"], starttls
    half = b.box.ok(["ostler", "--configure=a@half.example"]).stdout
    assert block(half)[1:3] == ["host mx.half.example", "port 587"], half
    assert b"not inside" not in half, half
    many = b.box.ok(["ostler", "--configure=a@many.example"]).stdout
    assert block(many)[1] == f"host relay-number-{MANY - 1}.many.example", many
    idn = b.box.ok(["ostler", "--configure=a@m\u00fcller.example"]).stdout
    assert block(idn)[1] == "host smtp.xn--mller-kva.example", idn


def delivers(b):
    given = b.box.ok(["ostler", "--configure=alice@example.org"]).stdout.decode()
    b.box.rc(given + f"password {b.relay.password}\ntls_trust_file {b.relay.trust}\n"
             "account default : alice@example.org\n")
    b.box.ok(["ostler", "bob@example.com"], stdin=b"Subject: x\n\nhello\n")
    b.arrived("bob@example.com", body=b"hello\n")


def nothing_published(b):
    for name in ("none.example", "unknown.example"):
        done = b.box.run(["ostler", f"--configure=a@{name}"])
        assert done.returncode == 68 and done.stdout == b"", done
        assert done.stderr.count(b"\n") == 1 and name.encode() in done.stderr, done
    done = b.box.run(["ostler", "--configure=nobody"])
    assert done.returncode == 65 and done.stderr.count(b"\n") == 1, done


def no_server(b):
    b.dns.terminate()
    b.dns.wait(30)
    done = b.box.run(["ostler", "--configure=alice@example.org"])
    assert done.returncode == 75 and done.stderr.count(b"\n") == 1, done


run.main(needs=["dnsmasq"], cases=[answers, delivers, nothing_published, no_server])
