#!/usr/bin/python3
"""Every setting of TLS acts; see acts.py."""

import acts
from sending import TO, env_of, secure, tls
import case
from case import Server


def acts_tls(c):
    with tls(c) as relay:
        secure(c, relay)
        assert env_of(relay)["tls"].startswith("TLS")


def acts_tls_starttls(c):
    with tls(c) as relay:
        secure(c, relay, "tls_starttls on", port="relay_starttls")
        secure(c, relay, "tls_starttls off")
        assert [env_of(relay, i)["listener"] for i in (1, 2)] == ["starttls", "tls"]


def acts_tls_nostarttls(c):
    with tls(c) as relay:
        secure(c, relay, "tls_nostarttls")
        assert env_of(relay)["listener"] == "tls"


def acts_tls_certcheck(c):
    with tls(c, "--cert=unknown") as relay:
        secure(c, relay, status=69)
        secure(c, relay, "tls_certcheck off")


def acts_tls_nocertcheck(c):
    with tls(c, "--cert=unknown") as relay:
        secure(c, relay, "tls_nocertcheck")


def acts_tls_trust_file(c):
    with tls(c) as relay:
        secure(c, relay, f"tls_trust_file {relay.folder}/ca/other-ca.pem", status=69)
        secure(c, relay, f"tls_trust_file {relay.ca}")


def acts_tls_crl_file(c):
    with tls(c, "--cert=revoked") as relay:
        secure(c, relay)
        assert len(relay.new()) == 1
        run = secure(c, relay, f"tls_crl_file {relay.folder}/ca/crl.pem", status=69)
        assert "revoked" in run.err and relay.new() == []
    # the list is not about everybody
    with tls(c, "--cert=direct") as relay:
        secure(c, relay, f"tls_crl_file {relay.folder}/ca/crl.pem")


def acts_tls_fingerprint(c):
    with tls(c, "--cert=self-signed") as relay:
        with open(f"{relay.folder}/ca/self-signed.sha256", encoding="ascii") as f:
            pin = f.read().strip()
        secure(c, relay, status=69)
        secure(c, relay, f"tls_fingerprint {pin}")
        secure(c, relay, f"tls_fingerprint {pin[:-1]}{'0' if pin[-1] != '0' else '1'}",
               status=69)


def acts_tls_cert_file(c):
    with tls(c, "--client-cert=require") as relay:
        ca = f"{relay.folder}/ca"
        run = c.run("-C", c.rc(relay.ports["relay_tls"], "tls on", "tls_starttls off",
                               f"tls_trust_file {relay.ca}"), TO)
        assert run.status == 69 and "client certificate" in run.err, run.err
        secure(c, relay, f"tls_cert_file {ca}/client.pem", f"tls_key_file {ca}/client.key")
        assert len(relay.new()) == 1
        # one that the relay does not know
        run = secure(c, relay, f"tls_cert_file {ca}/bad-client.pem",
                     f"tls_key_file {ca}/bad-client.key", status=69)
        assert "refuses our client certificate" in run.err and relay.new() == [], run.err
        # and one that is not the key's
        run = secure(c, relay, f"tls_cert_file {ca}/client.pem",
                     f"tls_key_file {ca}/good.key", status=66)
        assert "client.pem" in run.err and relay.new() == [], run.err


acts_tls_key_file = acts_tls_cert_file


def acts_tls_priorities(c):
    with tls(c) as relay:
        secure(c, relay)
        secure(c, relay, "tls_priorities NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:"
               "+CHACHA20-POLY1305")
        assert env_of(relay, 1)["tls"] == "TLS1.3"
        assert env_of(relay, 2)["tls"] == "TLS1.2" and "CHACHA20" in env_of(relay, 2)["suite"]
        run = secure(c, relay, "tls_priorities NORMAL:-NONSENSE", status=78)
        assert "NONSENSE" in run.err, run.err


def acts_tls_host_override(c):
    """The name that the certificate must have, and that the relay is told."""
    with tls(c, "--cert=wrong-name") as relay:
        secure(c, relay, status=69)
        secure(c, relay, "tls_host_override localhost", status=69)
        secure(c, relay, "tls_host_override other.example")
        assert len(relay.new()) == 1
        server = Server(lambda s: s.accept_mail(), tls=(f"{relay.folder}/ca/wrong-name.pem",
                                                        f"{relay.folder}/ca/wrong-name.key"))
        run = c.run("-C", c.rc(server.port, "tls on", "tls_starttls off",
                               f"tls_trust_file {relay.ca}",
                               "tls_host_override other.example"), TO)
        assert run.status == 0 and server.sni == "other.example", (server.sni, run.err)
    # an address in place of a name, and a name in place of an address
    with tls(c, "--cert=ip-only") as relay:
        secure(c, relay)
        secure(c, relay, host="localhost", status=69)
        secure(c, relay, "tls_host_override ::1", host="localhost")
        secure(c, relay, "tls_host_override 127.0.0.2", status=69)


def acts_tls_resumption(c):
    with tls(c) as relay:
        runs = ((), "0"), ((), "1"), (("tls_resumption off",), "0"), ((), "1")
        for number, (rc, resumed) in enumerate(runs, 1):
            secure(c, relay, *rc)
            assert env_of(relay, number)["resumed"] == resumed, (rc, env_of(relay, number))


def acts_tls_force_sslv3(c):
    """Says nothing, does nothing: TLS stays what it is."""
    with tls(c) as relay:
        secure(c, relay, "tls_force_sslv3 on")
        assert env_of(relay)["tls"].startswith("TLS")


acts.main(case.Case)
