" Vim syntax for the rc files of ostler and msmtp, made from the table of options by contrib/generate

if exists('b:current_syntax')
  finish
endif

syn case match
syn sync minlines=1

syn match msmtprcUnknown /^\s*\zs[^# \t]\S*/
syn match msmtprcComment /^\s*#.*$/ contains=@Spell
syn match msmtprcWrong /\S.*$/ contained
syn match msmtprcText /\S.*$/ contained contains=msmtprcVariable
syn match msmtprcVariable /\$\?\${[^}]*}/ contained

syn match msmtprcCommand /^\s*\zs\%(account\|eval\|include\|host\|port\|socket\)\ze\%(\s\|$\)/ nextgroup=msmtprcText skipwhite
syn match msmtprcCommand /^\s*\zs\%(source_ip\|proxy_host\|proxy_port\|proxy_user\|proxy_password\|timeout\)\ze\%(\s\|$\)/ nextgroup=msmtprcText skipwhite
syn match msmtprcCommand /^\s*\zs\%(deadline\|domain\|from\|from_full_name\|user\|password\)\ze\%(\s\|$\)/ nextgroup=msmtprcText skipwhite
syn match msmtprcCommand /^\s*\zs\%(passwordeval\|passwordfile\|ntlmdomain\|tls_trust_file\|tls_crl_file\|tls_fingerprint\)\ze\%(\s\|$\)/ nextgroup=msmtprcText skipwhite
syn match msmtprcCommand /^\s*\zs\%(tls_key_file\|tls_cert_file\|tls_priorities\|tls_host_override\|tls_min_dh_prime_bits\|dsn_notify\)\ze\%(\s\|$\)/ nextgroup=msmtprcText skipwhite
syn match msmtprcCommand /^\s*\zs\%(logfile\|logfile_time_format\|aliases\|queue_dir\|retry\|queue_lifetime\)\ze\%(\s\|$\)/ nextgroup=msmtprcText skipwhite
syn match msmtprcCommand /^\s*\zs\%(queue_warn\|qualify_domain\|bs_auth\)\ze\%(\s\|$\)/ nextgroup=msmtprcText skipwhite
syn match msmtprcCommand /^\s*\zs\%(defaults\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong skipwhite
syn match msmtprcObsolete /^\s*\zs\%(connect_timeout\|maildomain\|tls_force_sslv3\)\ze\%(\s\|$\)/ nextgroup=msmtprcText skipwhite
syn match msmtprcWords3 /\%(smtp\|lmtp\)\ze\s*$/ contained
hi def link msmtprcWords3 Constant
syn match msmtprcCommand /^\s*\zs\%(protocol\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords3 skipwhite
syn match msmtprcWords4 /\%(on\|off\)\ze\s*$/ contained
hi def link msmtprcWords4 Constant
syn match msmtprcCommand /^\s*\zs\%(allow_from_override\|auth_cleartext\|tls\|tls_starttls\|tls_certcheck\|tls_resumption\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords4 skipwhite
syn match msmtprcCommand /^\s*\zs\%(remove_bcc_headers\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords4 skipwhite
syn match msmtprcWords5 /\%(off\|on\|scram-sha-256-plus\|scram-sha-1-plus\|scram-sha-256\|scram-sha-1\|plain\|gssapi\|external\|oauthbearer\|cram-md5\|digest-md5\|login\|ntlm\|xoauth2\)\ze\s*$/ contained
hi def link msmtprcWords5 Constant
syn match msmtprcCommand /^\s*\zs\%(auth\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords5 skipwhite
syn match msmtprcWords6 /\%(off\|headers\|full\)\ze\s*$/ contained
hi def link msmtprcWords6 Constant
syn match msmtprcCommand /^\s*\zs\%(dsn_return\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords6 skipwhite
syn match msmtprcWords7 /\%(auto\|on\|off\)\ze\s*$/ contained
hi def link msmtprcWords7 Constant
syn match msmtprcCommand /^\s*\zs\%(set_from_header\|partial\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords7 skipwhite
syn match msmtprcWords8 /\%(auto\|off\)\ze\s*$/ contained
hi def link msmtprcWords8 Constant
syn match msmtprcCommand /^\s*\zs\%(set_date_header\|set_msgid_header\|chunking\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords8 skipwhite
syn match msmtprcWords9 /\%(off\|on\|undisclosed_recipients\)\ze\s*$/ contained
hi def link msmtprcWords9 Constant
syn match msmtprcCommand /^\s*\zs\%(set_to_header\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords9 skipwhite
syn match msmtprcWords10 /\%(off\|LOG_USER\|on\|LOG_MAIL\|LOG_LOCAL0\|LOG_LOCAL1\|LOG_LOCAL2\|LOG_LOCAL3\|LOG_LOCAL4\|LOG_LOCAL5\|LOG_LOCAL6\|LOG_LOCAL7\)\ze\s*$/ contained
hi def link msmtprcWords10 Constant
syn match msmtprcCommand /^\s*\zs\%(syslog\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords10 skipwhite
syn match msmtprcWords11 /\%(auto\|off\|full\)\ze\s*$/ contained
hi def link msmtprcWords11 Constant
syn match msmtprcCommand /^\s*\zs\%(pipelining\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords11 skipwhite
syn match msmtprcWords12 /\%(pass\|convert\|refuse\)\ze\s*$/ contained
hi def link msmtprcWords12 Constant
syn match msmtprcCommand /^\s*\zs\%(eightbit\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords12 skipwhite
syn match msmtprcWords13 /\%(auto\|on\|off\|only\)\ze\s*$/ contained
hi def link msmtprcWords13 Constant
syn match msmtprcCommand /^\s*\zs\%(queue\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords13 skipwhite
syn match msmtprcWords14 /\%(keep\|fix\|force\)\ze\s*$/ contained
hi def link msmtprcWords14 Constant
syn match msmtprcCommand /^\s*\zs\%(sender\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords14 skipwhite
syn match msmtprcWords15 /\%(on\|off\)\ze\s*$/ contained
hi def link msmtprcWords15 Constant
syn match msmtprcObsolete /^\s*\zs\%(auto_from\|keepbcc\|add_missing_from_header\|add_missing_date_header\|undisclosed_recipients\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong,msmtprcVariable,msmtprcWords15 skipwhite
syn match msmtprcObsolete /^\s*\zs\%(tls_nocertcheck\|tls_nostarttls\)\ze\%(\s\|$\)/ nextgroup=msmtprcWrong skipwhite

hi def link msmtprcUnknown Error
hi def link msmtprcWrong Error
hi def link msmtprcComment Comment
hi def link msmtprcCommand Keyword
hi def link msmtprcObsolete Todo
hi def link msmtprcText String
hi def link msmtprcVariable PreProc

let b:current_syntax = 'msmtprc'
