# Tests against real servers and real callers, each in a throwaway copy of the
# machine (lib/machine.py).  They need root and what tests/live/install installs;
# without those they exit 77.

live_lib = \
	tests/live/lib/__init__.py \
	tests/live/lib/certs.py \
	tests/live/lib/far.py \
	tests/live/lib/incoming.py \
	tests/live/lib/machine.py \
	tests/live/lib/messages.py \
	tests/live/lib/opensmtpd_key.c \
	tests/live/lib/postfix.py \
	tests/live/lib/run.py \
	tests/live/lib/server.py \
	tests/live/lib/submit.py \
	tests/live/lib/terminal.py \
	tests/live/lib/wire.py

live_servers = \
	tests/live/configure.py \
	tests/live/exim.py \
	tests/live/gssapi.py \
	tests/live/keyring.py \
	tests/live/lmtp.py \
	tests/live/login.py \
	tests/live/opensmtpd.py \
	tests/live/outage.py \
	tests/live/pkcs11.py \
	tests/live/submission.py

live_callers = \
	tests/live/alpine.py \
	tests/live/anacron.py \
	tests/live/at.py \
	tests/live/bs.py \
	tests/live/bsd-mailx.py \
	tests/live/cron.py \
	tests/live/emacs.py \
	tests/live/fail2ban.py \
	tests/live/fetchmail.py \
	tests/live/git.py \
	tests/live/logwatch.py \
	tests/live/maildrop.py \
	tests/live/mailutils.py \
	tests/live/mdadm.py \
	tests/live/mercurial.py \
	tests/live/mutt.py \
	tests/live/nmh.py \
	tests/live/nodemailer.py \
	tests/live/perl.py \
	tests/live/php.py \
	tests/live/procmail.py \
	tests/live/python.py \
	tests/live/ruby.py \
	tests/live/s-nail.py \
	tests/live/sieve.py \
	tests/live/sudo.py \
	tests/live/symfony.py \
	tests/live/vacation.py

TESTS += $(live_servers) $(live_callers)
EXTRA_DIST += $(live_lib) $(live_servers) $(live_callers) \
	tests/live/install tests/live/packages
