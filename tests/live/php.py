"""PHP's mail() (CRLF header, body as given, false for every failure), PEAR, PHPMailer."""

from lib import run
from lib.run import same, silent


def php(b, code):
    return b.box.run(["php", "-r", code])


def plain(b):
    silent(php(b, r'exit(mail("bob@example.com", "hay", "line 1\n.\nline 3") ? 0 : 1);'))
    m = b.arrived("bob@example.com", body=b"line 1\n.\nline 3\n", To="bob@example.com",
                  Subject="hay")
    assert b"\r" not in m.raw, m.raw


def headers(b):
    silent(php(b, r'''exit(mail("Bob <bob@example.com>, carol@example.net", "Grüße",
        "one\r\ntwo\n.\r\nthree", "From: Alice Example <alice@example.org>\r\n" .
        "Cc: Dave <dave@example.com>\r\nBcc: hidden@example.net\r\nX-Horse: grey",
        "-f bounces@example.org") ? 0 : 1);'''))
    m = b.arrived("bob@example.com", "carol@example.net", "dave@example.com", "hidden@example.net",
                  sender="bounces@example.org", body=b"one\ntwo\n.\nthree\n", X_Horse="grey",
                  From="Alice Example <alice@example.org>", Cc="Dave <dave@example.com>")
    assert b"\r" not in m.raw, m.raw


def mixed_line_ends(b):
    """An ini setting of old scripts makes every line end a bare LF."""
    silent(b.box.run(["php", "-d", "mail.mixed_lf_and_crlf=On", "-r", r'''
        exit(mail("bob@example.com", "x", "a\nb\r\nc", "X-A: 1\r\nX-B: 2") ? 0 : 1);''']))
    b.arrived("bob@example.com", body=b"a\nb\nc\n", X_A="1", X_B="2")


def no_injection(b):
    """A subject that holds a line break cannot add a recipient."""
    php(b, r'mail("bob@example.com", "x\r\nBcc: eve@example.com\r\n\r\nbody", "text");')
    b.arrived("bob@example.com")


def pear(b):
    """PEAR's Mail gives the recipients as arguments, the hidden one only there."""
    silent(b.box.run(["php", "-d", "error_reporting=0", "-r", r'''
        require "Mail.php";
        exit(Mail::factory("sendmail")->send(["bob@example.com", "hidden@example.net"],
            ["From" => "Alice Example <alice@example.org>", "To" => "bob@example.com",
             "Subject" => "pear"], "line 1\n.\n..x\n") === true ? 0 : 1);''']))
    b.arrived("bob@example.com", "hidden@example.net", body=b"line 1\n.\n..x\n", Subject="pear")


PHPMAILER = r'''
    require "/usr/share/php/libphp-phpmailer/autoload.php";
    $m = new PHPMailer\PHPMailer\PHPMailer(true);
    $m->isSendmail();
    $m->CharSet = "UTF-8";
    $m->setFrom("alice@example.org", "Alice Example");
    $m->Sender = "bounces@example.org";
    $m->addAddress("%s");
    $m->addBCC("hidden@example.net");
    $m->Subject = "Grüße";
    $m->Body = "line\n.\nline";
    try { $m->send(); } catch (Exception $x) { print($x->getMessage()); exit(1); }
'''


def phpmailer(b):
    silent(php(b, PHPMAILER % "bob@example.com"))
    m = b.arrived("bob@example.com", "hidden@example.net", sender="bounces@example.org",
                  body=b"line\n.\nline\n")
    same("subject", m.parsed["Subject"], "Grüße")
    done = php(b, PHPMAILER % "x@refused.example.net")
    assert done.returncode == 1 and b"x@refused.example.net" in done.stderr, done


def refusal(b):
    done = php(b, 'var_dump(mail("x@refused.example.net", "hay", "text"));')
    same("said by PHP", done.stdout, b"bool(false)\n")
    said = done.stderr.decode()
    same("lines", said.count("\n"), 1)
    assert "x@refused.example.net" in said and "5.1.1" in said, said
    b.nothing_arrived()


run.main(needs=["php", "/usr/share/php/Mail.php", "/usr/share/php/PEAR.php",
                "/usr/share/php/libphp-phpmailer"],
         cases=[plain, headers, mixed_line_ends, no_injection, pear, phpmailer, refusal])
