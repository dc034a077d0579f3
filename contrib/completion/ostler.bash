# bash completion for ostler, made from the table of options by contrib/generate

_ostler_accounts() {
	local f
	for f in /etc/msmtprc ~/.msmtprc "${XDG_CONFIG_HOME:-$HOME/.config}/msmtp/config"; do
		[ -r "$f" ] && sed -n 's/^[[:blank:]]*account[[:blank:]]*\([^:[:blank:]]*\).*/\1/p' "$f"
	done 2>/dev/null
}

# Names with blanks stay whole.
_ostler_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

# What stands before the cursor.  state: mail, first (where "queue" may stand),
# queue (where its command may), or the command; where: the options that say
# which queue.
_ostler_look() {
	local i word

	state=mail where=()
	[ "${COMP_WORDS[0]##*/}" = ostler ] || return
	state=first
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $state,$word in
		*,-C | *,--dir | first,--file)
			((i++))
			[ "${COMP_WORDS[i]}" != = ] || ((i++))
			[ "$word" = --dir ] || word=-C
			((i >= COMP_CWORD)) ||
				where+=("$word" "${COMP_WORDS[i]/#~\//$HOME/}") ;;
		first,queue) state=queue ;;
		first,--json | first,--debug | first,-d) ;;
		first,*) state=mail; return ;;
		queue,-*) ;;
		queue,*) state=$word ;;
		esac
	done
}

_ostler_ids() {
	command ostler queue "${where[@]}" --json list 2>/dev/null </dev/null |
		sed -n 's/^{"queue_id":"\([a-z0-9-]*\)".*/\1/p'
}

# Behind "ostler queue".
_ostler_queue() {
	local words=

	case $before,$state,$cur in
	-C,*) _ostler_files; return ;;
	--dir,*) compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
	*,-*) words='-C --dir --json --debug --help' ;;
	*,queue,*) words='list flush run show retry hold release drop' ;;
	*,flush,*) words=$(_ostler_ids) ;;
	*,show,*|*,retry,*|*,hold,*|*,release,*|*,drop,*)
		words="$(_ostler_ids) all" ;;
	esac
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

_ostler() {
	local cur=${COMP_WORDS[COMP_CWORD]} opt=
	local before=${COMP_WORDS[COMP_CWORD - 1]}
	local state where

	_ostler_look
	case $state in
	mail | first) ;;
	*) _ostler_queue; return ;;
	esac

	# "=" is a word of its own
	if [ "$cur" = = ]; then
		opt=$before cur=
	elif [ "$before" = = ]; then
		opt=${COMP_WORDS[COMP_CWORD - 2]}
	else
		case $before in
		--host|--port|--socket|--source-ip|--proxy-host|--proxy-port|--proxy-user|\
		--timeout|--deadline|--protocol|--domain|-f|--from|-F|--user|--passwordeval|\
		--passwordfile|--tls-trust-file|--tls-crl-file|--tls-fingerprint|\
		--tls-key-file|--tls-cert-file|--tls-priorities|--tls-host-override|\
		--tls-min-dh-prime-bits|--tls-resumption|-N|--dsn-notify|-R|--dsn-return|-X|\
		--logfile|--logfile-time-format|--aliases|--pipelining|--chunking|--eightbit|\
		--queue|--queue-dir|--retry|--queue-lifetime|--queue-warn|--sender|\
		--qualify-domain|--partial|--bs-auth|--configure|--rmqs|-C|--file|-a|\
		--account|-b|-o|-O|-L)
			opt=$before ;;
		esac
	fi
	case $opt in
	--host|--port|--source-ip|--proxy-host|--proxy-port|--proxy-user|--deadline|\
	--domain|-f|--from|-F|--user|--passwordeval|--tls-fingerprint|--tls-priorities|\
	--tls-host-override|--tls-min-dh-prime-bits|--logfile-time-format|--retry|\
	--queue-lifetime|--qualify-domain|--configure|--rmqs|-o|-O|-L)
		COMPREPLY=(); return ;;
	--socket|--passwordfile|--tls-trust-file|--tls-crl-file|--tls-key-file|\
	--tls-cert-file|-X|--logfile|--aliases|--queue-dir|--bs-auth|-C|--file)
		_ostler_files; return ;;
	--timeout|--queue-warn)
		COMPREPLY=($(compgen -W 'off' -- "$cur")); return ;;
	--protocol)
		COMPREPLY=($(compgen -W 'smtp lmtp' -- "$cur")); return ;;
	--auth)
		COMPREPLY=($(compgen -W 'off on scram-sha-256-plus scram-sha-1-plus scram-sha-256 scram-sha-1 plain gssapi external oauthbearer cram-md5 digest-md5 login ntlm xoauth2' -- "$cur")); return ;;
	--auth-cleartext|--tls|--tls-starttls|--tls-certcheck|--tls-resumption|\
	--remove-bcc-headers)
		COMPREPLY=($(compgen -W 'on off' -- "$cur")); return ;;
	-N|--dsn-notify)
		COMPREPLY=($(compgen -W 'off never failure delay success' -- "$cur")); return ;;
	-R|--dsn-return)
		COMPREPLY=($(compgen -W 'off headers full hdrs' -- "$cur")); return ;;
	--set-from-header|--partial)
		COMPREPLY=($(compgen -W 'auto on off' -- "$cur")); return ;;
	--set-date-header|--set-msgid-header|--chunking)
		COMPREPLY=($(compgen -W 'auto off' -- "$cur")); return ;;
	--set-to-header)
		COMPREPLY=($(compgen -W 'off on undisclosed_recipients' -- "$cur")); return ;;
	--syslog)
		COMPREPLY=($(compgen -W 'off LOG_USER on LOG_MAIL LOG_LOCAL0 LOG_LOCAL1 LOG_LOCAL2 LOG_LOCAL3 LOG_LOCAL4 LOG_LOCAL5 LOG_LOCAL6 LOG_LOCAL7' -- "$cur")); return ;;
	--pipelining)
		COMPREPLY=($(compgen -W 'auto off full' -- "$cur")); return ;;
	--eightbit)
		COMPREPLY=($(compgen -W 'pass convert refuse' -- "$cur")); return ;;
	--queue)
		COMPREPLY=($(compgen -W 'auto on off only' -- "$cur")); return ;;
	--sender)
		COMPREPLY=($(compgen -W 'keep fix force' -- "$cur")); return ;;
	-a|--account)
		COMPREPLY=($(compgen -W "$(_ostler_accounts)" -- "$cur")); return ;;
	-b)
		COMPREPLY=($(compgen -W 'm s p P i v' -- "$cur")); return ;;
	esac
	if [ -n "$opt" ] || [ "${cur#-}" = "$cur" ]; then
		COMPREPLY=()
		[ -n "$opt" ] || [ "$state" != first ] ||
			COMPREPLY=($(compgen -W queue -- "$cur"))
		return
	fi
	COMPREPLY=($(compgen -W '
		--host= --port= --socket= --source-ip=
		--proxy-host= --proxy-port= --proxy-user= --timeout=
		--deadline= --protocol= --domain= -f
		--from= -F --auth --auth=
		--auth-cleartext --auth-cleartext= --user= --passwordeval=
		--passwordfile= --tls --tls= --tls-starttls
		--tls-starttls= --tls-certcheck --tls-certcheck= --tls-trust-file=
		--tls-crl-file= --tls-fingerprint= --tls-key-file= --tls-cert-file=
		--tls-priorities= --tls-host-override= --tls-min-dh-prime-bits= --tls-resumption=
		-N --dsn-notify= -R --dsn-return=
		--set-from-header --set-from-header= --set-date-header --set-date-header=
		--set-msgid-header --set-msgid-header= --set-to-header --set-to-header=
		--remove-bcc-headers --remove-bcc-headers= -X --logfile=
		--logfile-time-format= --syslog --syslog= --aliases=
		--pipelining= --chunking= --eightbit= --queue=
		--queue-dir= --retry= --queue-lifetime= --queue-warn=
		--sender= --qualify-domain= --partial= --bs-auth=
		--version --help -P --pretend
		-d --debug --debug= --show-secrets
		--print-config --configure= -S --serverinfo
		--rmqs= -C --file= -a
		--account= -t --read-recipients --read-envelope-from
		--json --lmtp -v -b
		-q -o -O -L
		' -- "$cur"))
	[ "${COMPREPLY[0]%=}" = "${COMPREPLY[0]}" ] || compopt -o nospace 2>/dev/null
}

complete -F _ostler ostler msmtp
