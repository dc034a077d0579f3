"""Exim as the relay."""

import os
import pathlib
import subprocess

from lib import run
from lib.machine import write
from lib.messages import MESSAGES
from lib.run import silent
from lib.server import FOLDER, Server, listening, until
from lib.submit import backlog, delivered, one_line, send

CONF = """
primary_hostname = {host}
keep_environment =
never_users =
host_lookup =
rfc1413_hosts =
daemon_smtp_ports = 587 : 465
smtp_accept_queue_per_connection = 0
tls_on_connect_ports = 465
tls_advertise_hosts = *
tls_certificate = {folder}/good.pem
tls_privatekey = {folder}/good.key
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = rcpt
pipelining_advertise_hosts = *
chunking_advertise_hosts = {chunking}
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
received_header_text = Received: by $primary_hostname with $received_protocol \\
	${{if def:authenticated_id{{(login $authenticated_id) }}}}id $message_exim_id
begin acl
rcpt:
  deny domains = refused.example.net
       message = 5.1.1 no such horse in this stable
  accept authenticated = *
  deny message = not without a login
begin routers
everything:
  driver = accept
  transport = far
begin transports
far:
  driver = appendfile
  directory = /var/mail/live/far
  maildir_format
  user = bob
  group = bob
  envelope_to_add
  return_path_add
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
"""


class Exim(Server):
    needs = ["certtool"]
    unpacked = ["exim4-base", "exim4-daemon-light"]
    queues = ["/var/spool/exim4/input"]
    proof = "(login alice@example.org)"

    def __init__(self, box):
        super().__init__(box)
        box.account("Debian-exim", 2525)
        for folder in ("/var/spool/exim4", "/var/log/exim4", "/run/exim4"):
            os.makedirs(folder, exist_ok=True)
            os.chown(folder, 2525, 2525)
        for key in pathlib.Path(FOLDER).glob("good.*"):
            os.chown(key, 2525, 2525)
        self.start()

    def start(self, chunking="*"):
        write("/etc/exim4/exim4.conf", CONF.format(
            host=self.host, folder=FOLDER, user=self.user, password=self.password,
            chunking=chunking))
        subprocess.run(["/usr/sbin/exim4", "-bd"], check=True)
        until(lambda: listening(587) and listening(465), "Exim")

    def stop(self):
        with open("/run/exim4/exim.pid") as f:
            os.kill(int(f.read()), 15)
        until(lambda: not listening(587), "Exim's end")

    def log(self):
        return "".join(p.read_text(errors="replace")
                       for p in pathlib.Path("/var/log/exim4").glob("*log"))


def starttls(b):
    delivered(b, 587)


def implicit_tls(b):
    delivered(b, 465)


def without_chunking(b):
    b.relay.stop()
    b.relay.start(chunking="")
    delivered(b, 587)


def several(b):
    done, _ = send(b, MESSAGES["dots"], to=["bob@example.com", "carol@example.net"])
    silent(done)
    b.arrived("bob@example.com", "carol@example.net")


def wrong_password(b):
    done, _ = send(b, MESSAGES["plain"], password="not+the_password9")
    one_line(done, 77, "535")
    b.nothing_arrived()


def refused_recipient(b):
    done, _ = send(b, MESSAGES["plain"], to=["x@refused.example.net"])
    assert done.returncode in (65, 67, 69), done
    one_line(done, done.returncode, r"x@refused\.example\.net", r"5\.1\.1")
    b.nothing_arrived()


run.main(relay=Exim, cases=[starttls, implicit_tls, without_chunking, backlog, several, wrong_password,
                            refused_recipient], limit=240)
