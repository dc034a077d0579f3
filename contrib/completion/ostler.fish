# fish completion for ostler, made from the table of options by contrib/generate

function __ostler_accounts
	set -l config $HOME/.config
	set -q XDG_CONFIG_HOME; and set config $XDG_CONFIG_HOME
	for f in /etc/msmtprc $HOME/.msmtprc $config/msmtp/config
		test -r $f; and string replace -rf '^\s*account\s+([^:]*[^:\s]).*' '$1' <$f
	end
end

# What stands before the cursor: mail, first (where "queue" may stand), queue
# (where its command may), or the command; then the options that say which queue.
function __ostler_look
	set -l words (commandline -opc)
	set -l state first
	set -l where
	set -e words[1]
	while set -q words[1]
		switch $state,$words[1]
			case '*,-C' '*,--dir' 'first,--file'
				set -l name (string replace -- --file -C $words[1])
				set -q words[2]; and set -a where $name $words[2]; and set -e words[2]
			case 'first,--file=*'
				set -a where -C (string replace -- --file= '' $words[1])
			case first,queue
				set state queue
			case first,--json first,--debug first,-d
			case 'first,*'
				set state mail
				break
			case 'queue,-*'
			case 'queue,*'
				set state $words[1]
		end
		set -e words[1]
	end
	printf '%s\n' $state $where
end

function __ostler_state
	set -l look (__ostler_look)
	contains -- $look[1] $argv
end

function __ostler_queue
	not __ostler_state mail first
end

function __ostler_ids
	set -l look (__ostler_look)
	command ostler queue $look[2..-1] --json list 2>/dev/null </dev/null |
		sed -n 's/^{"queue_id":"\([a-z0-9-]*\)".*/\1/p'
end

complete -c ostler -n '__ostler_state first' -a queue -d 'what waits for its relay'
complete -c ostler -n '__ostler_state queue' -a list -d 'show what is queued'
complete -c ostler -n '__ostler_state queue' -a flush -d 'try what is not held now'
complete -c ostler -n '__ostler_state queue' -a run -d 'try what is due'
complete -c ostler -n '__ostler_state queue' -a show -d 'show a message'
complete -c ostler -n '__ostler_state queue' -a retry -d 'try a message now'
complete -c ostler -n '__ostler_state queue' -a hold -d 'do not try a message until it is released'
complete -c ostler -n '__ostler_state queue' -a release -d 'let a held message go'
complete -c ostler -n '__ostler_state queue' -a drop -d 'remove a message, tell nobody'
complete -c ostler -n '__ostler_state flush show retry hold release drop' -a '(__ostler_ids)' -d message
complete -c ostler -n '__ostler_state show retry hold release drop' -a all -d 'every message'
complete -c ostler -n __ostler_queue -s C -r -F -d 'rc file in place of the user\'s'
complete -c ostler -n __ostler_queue -l dir -x -a '(__fish_complete_directories)' -d 'directory of the queue'
complete -c ostler -n __ostler_queue -l json -d 'print results as JSON'
complete -c ostler -n __ostler_queue -l debug -d 'print the dialogue'
complete -c ostler -n __ostler_queue -l help -d 'print this help'
complete -c ostler -f
complete -c ostler -n 'not __ostler_queue' -l host -x -d 'relay to connect to; several are tried in turn'
complete -c ostler -n 'not __ostler_queue' -l port -x -d 'port of the relay'
complete -c ostler -n 'not __ostler_queue' -l socket -r -F -d 'local socket to connect to instead'
complete -c ostler -n 'not __ostler_queue' -l source-ip -x -d 'address to connect from'
complete -c ostler -n 'not __ostler_queue' -l proxy-host -x -d 'SOCKS5 proxy to connect through'
complete -c ostler -n 'not __ostler_queue' -l proxy-port -x -d 'port of the proxy'
complete -c ostler -n 'not __ostler_queue' -l proxy-user -x -d 'name to log in at the proxy with'
complete -c ostler -n 'not __ostler_queue' -l timeout -x -a 'off' -d 'longest wait for the relay, each time'
complete -c ostler -n 'not __ostler_queue' -l deadline -x -d 'longest time for a whole delivery'
complete -c ostler -n 'not __ostler_queue' -l protocol -x -a 'smtp lmtp' -d 'protocol that the relay speaks'
complete -c ostler -n 'not __ostler_queue' -l domain -x -d 'name to greet the relay with'
complete -c ostler -n 'not __ostler_queue' -s f -l from -x -d 'envelope sender'
complete -c ostler -n 'not __ostler_queue' -s F -x -d 'full name for a From header that is added'
complete -c ostler -n 'not __ostler_queue' -l auth -a 'off on scram-sha-256-plus scram-sha-1-plus scram-sha-256 scram-sha-1 plain gssapi external oauthbearer cram-md5 digest-md5 login ntlm xoauth2' -d 'log in, by the best method or by this one'
complete -c ostler -n 'not __ostler_queue' -l auth-cleartext -a 'on off' -d 'allow passwords and tokens without TLS'
complete -c ostler -n 'not __ostler_queue' -l user -x -d 'name to log in with'
complete -c ostler -n 'not __ostler_queue' -l passwordeval -x -d 'shell command that prints the password'
complete -c ostler -n 'not __ostler_queue' -l passwordfile -r -F -d 'file whose first line is the password'
complete -c ostler -n 'not __ostler_queue' -l tls -a 'on off' -d 'encrypt the connection'
complete -c ostler -n 'not __ostler_queue' -l tls-starttls -a 'on off' -d 'begin TLS by STARTTLS, not at once'
complete -c ostler -n 'not __ostler_queue' -l tls-certcheck -a 'on off' -d 'verify the relay\'s certificate'
complete -c ostler -n 'not __ostler_queue' -l tls-trust-file -r -F -d 'authorities to trust, or \'system\''
complete -c ostler -n 'not __ostler_queue' -l tls-crl-file -r -F -d 'list of revoked certificates'
complete -c ostler -n 'not __ostler_queue' -l tls-fingerprint -x -d 'fingerprint of the one right certificate'
complete -c ostler -n 'not __ostler_queue' -l tls-key-file -r -F -d 'key of our own certificate'
complete -c ostler -n 'not __ostler_queue' -l tls-cert-file -r -F -d 'our own certificate'
complete -c ostler -n 'not __ostler_queue' -l tls-priorities -x -d 'GnuTLS priority string'
complete -c ostler -n 'not __ostler_queue' -l tls-host-override -x -d 'name that the certificate must bear'
complete -c ostler -n 'not __ostler_queue' -l tls-min-dh-prime-bits -x -d 'smallest Diffie-Hellman prime accepted'
complete -c ostler -n 'not __ostler_queue' -l tls-resumption -x -a 'on off' -d 'take TLS sessions up again'
complete -c ostler -n 'not __ostler_queue' -s N -l dsn-notify -x -a 'off never failure delay success' -d 'when to be told about the delivery'
complete -c ostler -n 'not __ostler_queue' -s R -l dsn-return -x -a 'off headers full hdrs' -d 'how much of the mail a notice returns'
complete -c ostler -n 'not __ostler_queue' -l set-from-header -a 'auto on off' -d 'add or replace the From header'
complete -c ostler -n 'not __ostler_queue' -l set-date-header -a 'auto off' -d 'add a missing Date header'
complete -c ostler -n 'not __ostler_queue' -l set-msgid-header -a 'auto off' -d 'add a missing Message-ID header'
complete -c ostler -n 'not __ostler_queue' -l set-to-header -a 'off on undisclosed_recipients' -d 'replace the To, Cc and Bcc headers'
complete -c ostler -n 'not __ostler_queue' -l remove-bcc-headers -a 'on off' -d 'remove the Bcc headers'
complete -c ostler -n 'not __ostler_queue' -s X -l logfile -r -F -d 'file to log to, or \'-\' for standard output'
complete -c ostler -n 'not __ostler_queue' -l logfile-time-format -x -d 'time of a log line for strftime(3), or \'none\''
complete -c ostler -n 'not __ostler_queue' -l syslog -a 'off LOG_USER on LOG_MAIL LOG_LOCAL0 LOG_LOCAL1 LOG_LOCAL2 LOG_LOCAL3 LOG_LOCAL4 LOG_LOCAL5 LOG_LOCAL6 LOG_LOCAL7' -d 'log to the system\'s log'
complete -c ostler -n 'not __ostler_queue' -l aliases -r -F -d 'file of recipients\' other names'
complete -c ostler -n 'not __ostler_queue' -l pipelining -x -a 'auto off full' -d 'send commands before replies are there'
complete -c ostler -n 'not __ostler_queue' -l chunking -x -a 'auto off' -d 'send the message by BDAT where offered'
complete -c ostler -n 'not __ostler_queue' -l eightbit -x -a 'pass convert refuse' -d '8-bit mail and a relay that takes 7 bits'
complete -c ostler -n 'not __ostler_queue' -l queue -x -a 'auto on off only' -d 'keep mail that cannot be sent now'
complete -c ostler -n 'not __ostler_queue' -l queue-dir -r -F -d 'directory of the queue'
complete -c ostler -n 'not __ostler_queue' -l retry -x -d 'when queued mail is tried again'
complete -c ostler -n 'not __ostler_queue' -l queue-lifetime -x -d 'when queued mail is given back'
complete -c ostler -n 'not __ostler_queue' -l queue-warn -x -a 'off' -d 'when the sender is told of a delay'
complete -c ostler -n 'not __ostler_queue' -l sender -x -a 'keep fix force' -d 'rewrite senders that the relay would refuse'
complete -c ostler -n 'not __ostler_queue' -l qualify-domain -x -d 'domain for names without one'
complete -c ostler -n 'not __ostler_queue' -l partial -x -a 'auto on off' -d 'send though some recipients were refused'
complete -c ostler -n 'not __ostler_queue' -l bs-auth -r -F -d 'logins that clients of -bs must use'
complete -c ostler -n 'not __ostler_queue' -l version -d 'print version and what is built in'
complete -c ostler -n 'not __ostler_queue' -l help -d 'print this help'
complete -c ostler -n 'not __ostler_queue' -s P -l pretend -d 'print the settings, send nothing'
complete -c ostler -n 'not __ostler_queue' -s d -l debug -d 'print settings and dialogue'
complete -c ostler -n 'not __ostler_queue' -l show-secrets -d 'with --debug: show the secrets of the dialogue'
complete -c ostler -n 'not __ostler_queue' -l print-config -d 'print the account with each setting\'s origin'
complete -c ostler -n 'not __ostler_queue' -l configure -x -d 'print an account block for a mail address'
complete -c ostler -n 'not __ostler_queue' -s S -l serverinfo -d 'print what the relay offers'
complete -c ostler -n 'not __ostler_queue' -l rmqs -x -d 'ask the relay to start its queue (ETRN)'
complete -c ostler -n 'not __ostler_queue' -s C -l file -r -F -d 'rc file in place of the user\'s'
complete -c ostler -n 'not __ostler_queue' -s a -l account -x -a '(__ostler_accounts)' -d 'account to use'
complete -c ostler -n 'not __ostler_queue' -s t -l read-recipients -d 'take recipients from the mail, too'
complete -c ostler -n 'not __ostler_queue' -l read-envelope-from -d 'take the envelope sender from the mail'
complete -c ostler -n 'not __ostler_queue' -l json -d 'print results as JSON'
complete -c ostler -n 'not __ostler_queue' -l lmtp -d 'with -bs: speak LMTP'
complete -c ostler -n 'not __ostler_queue' -s v -d 'as -d'
complete -c ostler -n 'not __ostler_queue' -s b -x -a 'm s p P i v' -d 's: SMTP on stdin, p: list queue, m: send'
complete -c ostler -n 'not __ostler_queue' -s q -d 'run the queue'
complete -c ostler -n 'not __ostler_queue' -s o -x -d 'eX, dX, v as sendmail; others do nothing'
complete -c ostler -n 'not __ostler_queue' -s O -x -d 'the same with a long name'
complete -c ostler -n 'not __ostler_queue' -s L -x -d 'name in the system\'s log'
complete -c msmtp -f
complete -c msmtp -l host -x -d 'relay to connect to; several are tried in turn'
complete -c msmtp -l port -x -d 'port of the relay'
complete -c msmtp -l socket -r -F -d 'local socket to connect to instead'
complete -c msmtp -l source-ip -x -d 'address to connect from'
complete -c msmtp -l proxy-host -x -d 'SOCKS5 proxy to connect through'
complete -c msmtp -l proxy-port -x -d 'port of the proxy'
complete -c msmtp -l proxy-user -x -d 'name to log in at the proxy with'
complete -c msmtp -l timeout -x -a 'off' -d 'longest wait for the relay, each time'
complete -c msmtp -l deadline -x -d 'longest time for a whole delivery'
complete -c msmtp -l protocol -x -a 'smtp lmtp' -d 'protocol that the relay speaks'
complete -c msmtp -l domain -x -d 'name to greet the relay with'
complete -c msmtp -s f -l from -x -d 'envelope sender'
complete -c msmtp -s F -x -d 'full name for a From header that is added'
complete -c msmtp -l auth -a 'off on scram-sha-256-plus scram-sha-1-plus scram-sha-256 scram-sha-1 plain gssapi external oauthbearer cram-md5 digest-md5 login ntlm xoauth2' -d 'log in, by the best method or by this one'
complete -c msmtp -l auth-cleartext -a 'on off' -d 'allow passwords and tokens without TLS'
complete -c msmtp -l user -x -d 'name to log in with'
complete -c msmtp -l passwordeval -x -d 'shell command that prints the password'
complete -c msmtp -l passwordfile -r -F -d 'file whose first line is the password'
complete -c msmtp -l tls -a 'on off' -d 'encrypt the connection'
complete -c msmtp -l tls-starttls -a 'on off' -d 'begin TLS by STARTTLS, not at once'
complete -c msmtp -l tls-certcheck -a 'on off' -d 'verify the relay\'s certificate'
complete -c msmtp -l tls-trust-file -r -F -d 'authorities to trust, or \'system\''
complete -c msmtp -l tls-crl-file -r -F -d 'list of revoked certificates'
complete -c msmtp -l tls-fingerprint -x -d 'fingerprint of the one right certificate'
complete -c msmtp -l tls-key-file -r -F -d 'key of our own certificate'
complete -c msmtp -l tls-cert-file -r -F -d 'our own certificate'
complete -c msmtp -l tls-priorities -x -d 'GnuTLS priority string'
complete -c msmtp -l tls-host-override -x -d 'name that the certificate must bear'
complete -c msmtp -l tls-min-dh-prime-bits -x -d 'smallest Diffie-Hellman prime accepted'
complete -c msmtp -l tls-resumption -x -a 'on off' -d 'take TLS sessions up again'
complete -c msmtp -s N -l dsn-notify -x -a 'off never failure delay success' -d 'when to be told about the delivery'
complete -c msmtp -s R -l dsn-return -x -a 'off headers full hdrs' -d 'how much of the mail a notice returns'
complete -c msmtp -l set-from-header -a 'auto on off' -d 'add or replace the From header'
complete -c msmtp -l set-date-header -a 'auto off' -d 'add a missing Date header'
complete -c msmtp -l set-msgid-header -a 'auto off' -d 'add a missing Message-ID header'
complete -c msmtp -l set-to-header -a 'off on undisclosed_recipients' -d 'replace the To, Cc and Bcc headers'
complete -c msmtp -l remove-bcc-headers -a 'on off' -d 'remove the Bcc headers'
complete -c msmtp -s X -l logfile -r -F -d 'file to log to, or \'-\' for standard output'
complete -c msmtp -l logfile-time-format -x -d 'time of a log line for strftime(3), or \'none\''
complete -c msmtp -l syslog -a 'off LOG_USER on LOG_MAIL LOG_LOCAL0 LOG_LOCAL1 LOG_LOCAL2 LOG_LOCAL3 LOG_LOCAL4 LOG_LOCAL5 LOG_LOCAL6 LOG_LOCAL7' -d 'log to the system\'s log'
complete -c msmtp -l aliases -r -F -d 'file of recipients\' other names'
complete -c msmtp -l pipelining -x -a 'auto off full' -d 'send commands before replies are there'
complete -c msmtp -l chunking -x -a 'auto off' -d 'send the message by BDAT where offered'
complete -c msmtp -l eightbit -x -a 'pass convert refuse' -d '8-bit mail and a relay that takes 7 bits'
complete -c msmtp -l queue -x -a 'auto on off only' -d 'keep mail that cannot be sent now'
complete -c msmtp -l queue-dir -r -F -d 'directory of the queue'
complete -c msmtp -l retry -x -d 'when queued mail is tried again'
complete -c msmtp -l queue-lifetime -x -d 'when queued mail is given back'
complete -c msmtp -l queue-warn -x -a 'off' -d 'when the sender is told of a delay'
complete -c msmtp -l sender -x -a 'keep fix force' -d 'rewrite senders that the relay would refuse'
complete -c msmtp -l qualify-domain -x -d 'domain for names without one'
complete -c msmtp -l partial -x -a 'auto on off' -d 'send though some recipients were refused'
complete -c msmtp -l bs-auth -r -F -d 'logins that clients of -bs must use'
complete -c msmtp -l version -d 'print version and what is built in'
complete -c msmtp -l help -d 'print this help'
complete -c msmtp -s P -l pretend -d 'print the settings, send nothing'
complete -c msmtp -s d -l debug -d 'print settings and dialogue'
complete -c msmtp -l show-secrets -d 'with --debug: show the secrets of the dialogue'
complete -c msmtp -l print-config -d 'print the account with each setting\'s origin'
complete -c msmtp -l configure -x -d 'print an account block for a mail address'
complete -c msmtp -s S -l serverinfo -d 'print what the relay offers'
complete -c msmtp -l rmqs -x -d 'ask the relay to start its queue (ETRN)'
complete -c msmtp -s C -l file -r -F -d 'rc file in place of the user\'s'
complete -c msmtp -s a -l account -x -a '(__ostler_accounts)' -d 'account to use'
complete -c msmtp -s t -l read-recipients -d 'take recipients from the mail, too'
complete -c msmtp -l read-envelope-from -d 'take the envelope sender from the mail'
complete -c msmtp -l json -d 'print results as JSON'
complete -c msmtp -l lmtp -d 'with -bs: speak LMTP'
complete -c msmtp -s v -d 'as -d'
complete -c msmtp -s b -x -a 'm s p P i v' -d 's: SMTP on stdin, p: list queue, m: send'
complete -c msmtp -s q -d 'run the queue'
complete -c msmtp -s o -x -d 'eX, dX, v as sendmail; others do nothing'
complete -c msmtp -s O -x -d 'the same with a long name'
complete -c msmtp -s L -x -d 'name in the system\'s log'
