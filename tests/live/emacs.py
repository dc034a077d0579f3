"""Emacs' two ways to send; to both any output of ours would be a failure."""

from lib import run
from lib.run import same

SETUP = """(setq user-full-name "Alice Example" user-mail-address "alice@example.org"
 mail-host-address "example.org" make-backup-files nil message-kill-buffer-on-exit t
 message-send-mail-function (quote message-send-mail-with-sendmail)
 send-mail-function (quote sendmail-send-it))"""

MESSAGE_EL = r"""(progn (require (quote message))
 (message-mail "%s" "from message.el") (message-goto-body)
 (insert "line 1\n.\ncaf\u00e9\n") (message-add-header "Bcc: hidden@example.net")
 (message-send) (message "SENT"))"""

SENDMAIL_EL = r"""(progn (require (quote sendmail))
 (mail nil "%s" "from sendmail.el") (goto-char (point-max))
 (insert "line 1\n.\n") (goto-char (point-min)) (forward-line 1)
 (insert "BCC: hidden@example.net\n") (mail-send) (message "SENT"))"""


def emacs(b, code, to):
    return b.box.run(["emacs", "-Q", "--batch", "--eval", SETUP, "--eval", code % to])


def message_el(b):
    done = emacs(b, MESSAGE_EL, "bob@example.com")
    assert done.returncode == 0 and b"\nSENT\n" in done.stderr, done
    m = b.arrived("bob@example.com", "hidden@example.net", Subject="from message.el",
                  To="bob@example.com", From="Alice Example <alice@example.org>")
    same("text", m.parsed.get_content(), "line 1\n.\ncafé\n")


def sendmail_el(b):
    done = emacs(b, SENDMAIL_EL, "bob@example.com")
    assert done.returncode == 0 and b"\nSENT\n" in done.stderr, done
    b.arrived("bob@example.com", "hidden@example.net", Subject="from sendmail.el",
              body=b"line 1\n.\n")


def refusal(b):
    for code in (MESSAGE_EL, SENDMAIL_EL):
        done = emacs(b, code, "x@refused.example.net")
        assert done.returncode != 0 and b"\nSENT\n" not in done.stderr, done
        assert b"x@refused.example.net" in done.stderr or b"exit value 6" in done.stderr, done


run.main(needs=["emacs"], cases=[message_el, sendmail_el, refusal])
