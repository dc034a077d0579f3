"""Symfony Mailer: its default is an SMTP dialogue with "sendmail -bs"."""

from lib import run
from lib.run import same, silent

SEND = r'''
require "/usr/share/php/Symfony/Component/Mailer/autoload.php";
require "/usr/share/php/Symfony/Component/Mime/autoload.php";
$t = Symfony\Component\Mailer\Transport::fromDsn("%s");
foreach (%s as $to) {
	$e = (new Symfony\Component\Mime\Email())->from("alice@example.org")->to($to)
		->bcc("hidden@example.net")->subject("Grüße")->text("line 1\n.\nline 3");
	try { $t->send($e); }
	catch (Exception $x) { print($x->getMessage()); exit(1); }
}
'''


def php(b, dsn, *to):
    return b.box.run(["php", "-r", SEND % (dsn, "['" + "','".join(to) + "']")])


def check(b, to):
    m = b.arrived(to, "hidden@example.net", To=to, From="alice@example.org")
    same("subject", m.parsed["Subject"], "Grüße")
    same("text", m.parsed.get_content(), "line 1\n.\nline 3\n")


def dialogue(b):
    silent(php(b, "sendmail://default", "bob@example.com"))
    check(b, "bob@example.com")


def several_in_one_dialogue(b):
    silent(php(b, "sendmail://default", "bob@example.com", "carol@example.com"))
    same("recipients", sorted(m.rcpt for m in b.far.wait(4)),
         ["bob@example.com", "carol@example.com"] + 2 * ["hidden@example.net"])


def pipe(b):
    silent(php(b, "sendmail://default?command=/usr/sbin/sendmail%20-oi%20-t",
               "bob@example.com"))
    check(b, "bob@example.com")


def refusal(b):
    """The exception has the relay's words."""
    for dsn in ("sendmail://default",
                "sendmail://default?command=/usr/sbin/sendmail%20-oi%20-t"):
        done = php(b, dsn, "x@refused.example.net")
        same("exit status", done.returncode, 1)
        assert b"5.1.1" in done.stdout + done.stderr, done


run.main(needs=["php", "/usr/share/php/Symfony/Component/Mailer"],
         cases=[dialogue, several_in_one_dialogue, pipe, refusal])
