/*
 * src/wire/smtpc up to READY: greeting, EHLO, STARTTLS, AUTH, ETRN, QUIT.
 */
#include "smtpc_script.h"

/* base64 of NUL "joe" NUL "sesame" */
#define PLAIN_IR "AGpvZQBzZXNhbWU="

static const struct script greeting[] = {
	{ .name = "all in order",
	  .text = "STEP the greeting\nS 220 relay ESMTP\nC EHLO me\n"
		  "STEP the reply to EHLO\nS 250-relay\nS 250-PIPELINING\nS 250 SIZE\n"
		  "READY\nQUIT\nC QUIT\nDONE" },
	{ .name = "multi-line, without text, LF only",
	  .text = "s 220-a\\n220-\\n220\\n\nC EHLO me\ns 250\\n\nREADY" },
	{ .name = "no domain", .domain = "", .text = "S 220\nC EHLO localhost" },
	{ .name = "domain with a line end", .domain = "me\r\nMAIL FROM:<x>",
	  .text = "S 220\nFAILED config *control character*" },
	{ .name = "LMTP", .lmtp = true, .text = "S 220\nC LHLO me\nS 250\nREADY" },
	{ .name = "421", .text = "S 421 busy\nFAILED temp *421 busy*\nLAST 421" },
	{ .name = "450", .text = "S 450 greylisted\nFAILED temp *" },
	{ .name = "554", .text = "S 554 no\nFAILED unavailable *554 no*" },
	{ .name = "250", .text = "S 250 hi\nFAILED protocol *250 hi*" },
	{ .name = "354", .text = "S 354 hi\nFAILED protocol *" },
	{ .name = "221", .text = "S 221 hi\nFAILED protocol *" },
	{ .name = "150", .text = "S 150 hi\nFAILED protocol *not an SMTP reply*" },
	{ .name = "999", .text = "S 999 hi\nFAILED protocol *" },
	{ .name = "HTTP", .text = "S HTTP/1.1 400 Bad Request\nFAILED protocol *not an SMTP reply*" },
	{ .name = "TLS alert", .text = "s \x15\x03\x01\nFAILED protocol *" },
	{ .name = "four digits", .text = "S 2200 hi\nFAILED protocol *" },
	{ .name = "contradictory", .text = "S 220-a\nS 554 b\nFAILED protocol *" },
	{ .name = "hostile text", .text = "s 554 \033[31m\rboo\\r\\n\n"
		  "FAILED unavailable *554 ?\\[31m?boo" },
	{ .name = "half a code", .text = "s 22\nLOST temp\nFAILED temp the line was cut" },
	{ .name = "unfinished", .text = "s 220 ok\nLOST temp\nFAILED temp *" },
	{ .name = "unfinished, with CR", .text = "s 220 ok\\r\nLOST io\nFAILED io *" },
	{ .name = "continued and cut", .text = "s 220-ok\\r\\n\nLOST temp\nFAILED temp *" },
	{ .name = "two greetings", .text = "S 220 a\nS 250 b\nFAILED protocol *nobody asked*" },
	{ .name = "closed at once", .text = "LOST temp\nFAILED temp *" },
};

static const struct script hello[] = {
	{ .name = "EHLO 450", .text = "S 220\nC EHLO me\nS 450 no\nFAILED temp *" },
	{ .name = "EHLO 421", .text = "S 220\nC EHLO me\nS 421 no\nFAILED temp *" },
	{ .name = "EHLO 350", .text = "S 220\nC EHLO me\nS 354 no\nFAILED protocol *" },
	{ .name = "EHLO 220", .text = "S 220\nC EHLO me\nS 220 no\nFAILED protocol *" },
	{ .name = "old server", .text = "S 220\nC EHLO me\nS 502 what\nC HELO me\n"
		  "S 250 hello\nREADY\nQUIT\nC QUIT\nDONE" },
	{ .name = "old server's words are no offers",
	  .text = "S 220\nC EHLO me\nS 500 what\nC HELO me\nS 250-x\nS 250 PIPELINING\n"
		  "READY\nMAIL 0\nC MAIL FROM:<a@b.example>",
	  .pipelining = SMTPC_PIPE_AUTO, .mail = {{ "a@b.example", "c@d.example" }} },
	{ .name = "HELO 5xx", .text = "S 220\nC EHLO me\nS 502\nC HELO me\nS 554 go\n"
		  "FAILED unavailable *HELO: 554 go" },
	{ .name = "HELO 4xx", .text = "S 220\nC EHLO me\nS 502\nC HELO me\nS 451 go\n"
		  "FAILED temp *" },
	{ .name = "no HELO with LMTP", .lmtp = true,
	  .text = "S 220\nC LHLO me\nS 500 what\nFAILED unavailable *LHLO*" },
	{ .name = "no HELO with STARTTLS", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220\nC EHLO me\nS 500 what\nFAILED unavailable *" },
	{ .name = "no HELO with a login", .user = "joe", .secret = "sesame",
	  .tls = SMTPC_TLS_IMPLICIT,
	  .text = "TLS\nS 220\nC EHLO me\nS 500 what\nFAILED unavailable *" },
	{ .name = "HELO in implicit TLS", .tls = SMTPC_TLS_IMPLICIT,
	  .text = "TLS\nS 220\nC EHLO me\nS 500\nC HELO me\nS 250\nREADY" },
	{ .name = "two replies to one EHLO",
	  .text = "S 220\nC EHLO me\nS 250 a\nS 250 b\nFAILED protocol *nobody*" },
	{ .name = "the reply comes before the command",
	  .text = "S 220\nS 250 PIPELINING\nFAILED protocol *nobody asked*" },
	{ .name = "421 while idle", .text = "S 220\nC EHLO me\nS 250\nREADY\n"
		  "F 421 idle too long\nFAILED temp *" },
	{ .name = "lost while idle", .text = "S 220\nC EHLO me\nS 250\nREADY\n"
		  "LOST temp\nFAILED temp *" },
	{ .name = "trouble at QUIT",
	  .text = "S 220\nC EHLO me\nS 250\nREADY\nQUIT\nC QUIT\nDONE\n"
		  "F garbage\nDONE\nLOST temp\nDONE" },
	{ .name = "lost at EHLO", .text = "S 220\nC EHLO me\ns 250-PIPEL\nLOST temp\n"
		  "FAILED temp *" },
};

static const struct script starttls[] = {
	{ .name = "all in order", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250-PIPELINING\nS 250 starttls\n"
		  "C STARTTLS\nS 220-go\nS 220 ahead\nSTEP TLS handshake\nTLS\nC EHLO me\n"
		  "S 250-x\nS 250 STARTTLS\nREADY\nQUIT\nC QUIT\nDONE" },
	{ .name = "stripped", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 PIPELINING\n"
		  "FAILED unavailable *does not offer STARTTLS*" },
	{ .name = "stripped, login offered", .tls = SMTPC_TLS_STARTTLS,
	  .user = "joe", .secret = "sesame", .cleartext = true,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 AUTH PLAIN\nFAILED unavailable *" },
	{ .name = "454", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 STARTTLS\nC STARTTLS\n"
		  "S 454 not now\nFAILED temp *454 not now" },
	{ .name = "501", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 STARTTLS\nC STARTTLS\n"
		  "S 501 never\nFAILED unavailable *" },
	{ .name = "250", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 STARTTLS\nC STARTTLS\n"
		  "S 250 ok\nFAILED protocol *" },
	{ .name = "354", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 STARTTLS\nC STARTTLS\n"
		  "S 354 ok\nFAILED protocol *" },
	{ .name = "contradictory", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 STARTTLS\nC STARTTLS\n"
		  "S 220-a\nS 500 b\nFAILED protocol *" },
	{ .name = "closed", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 STARTTLS\nC STARTTLS\n"
		  "LOST temp\nFAILED temp *" },
	{ .name = "injection", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 STARTTLS\nC STARTTLS\n"
		  "S 220 go\nS 250-evil\nS 250 AUTH PLAIN\nFAILED protocol *inject*" },
	{ .name = "injection of one byte", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 STARTTLS\nC STARTTLS\n"
		  "s 220 go\\r\\n2\nFAILED protocol *inject*" },
	{ .name = "handshake failed", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 STARTTLS\nC STARTTLS\n"
		  "S 220 go\nLOST unavailable\nFAILED unavailable the line was cut" },
	{ .name = "a reply ahead of STARTTLS", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 STARTTLS\nS 220 go\n"
		  "FAILED protocol *nobody*" },
	{ .name = "only the inner list counts", .tls = SMTPC_TLS_STARTTLS,
	  .pipelining = SMTPC_PIPE_AUTO, .mail = {{ "a@b.example", "c@d.example", 9 }},
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250-PIPELINING\nS 250-SIZE\n"
		  "S 250 STARTTLS\nC STARTTLS\nS 220 go\nTLS\nC EHLO me\nS 250 x\nREADY\n"
		  "MAIL 0\nC MAIL FROM:<a@b.example>" },
	{ .name = "login offered outside only", .tls = SMTPC_TLS_STARTTLS,
	  .user = "joe", .secret = "sesame",
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250-AUTH PLAIN\nS 250 STARTTLS\n"
		  "C STARTTLS\nS 220 go\nTLS\nC EHLO me\nS 250 x\n"
		  "FAILED unavailable *does not offer a login*" },
	{ .name = "EHLO refused inside", .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 STARTTLS\nC STARTTLS\nS 220 go\n"
		  "TLS\nC EHLO me\nS 500 x\nFAILED unavailable *" },
	{ .name = "implicit TLS", .tls = SMTPC_TLS_IMPLICIT,
	  .text = "TLS\nS 220 x\nC EHLO me\nS 250-x\nS 250 STARTTLS\nREADY" },
	{ .name = "plain text before implicit TLS", .tls = SMTPC_TLS_IMPLICIT,
	  .text = "F 220 x\nFAILED protocol *" },
};

#define TLS_HELLO "TLS\nS 220 x\nC EHLO me\nS 250-x\nS 250 "
#define JOE .user = "joe", .secret = "sesame", .tls = SMTPC_TLS_IMPLICIT

static const struct script auth[] = {
	{ .name = "PLAIN", JOE, .text = TLS_HELLO "AUTH LOGIN PLAIN XYZ\n"
		  "C AUTH PLAIN " PLAIN_IR "\nSTEP the reply to AUTH\nMECH PLAIN\n"
		  "S 235 welcome\nREADY" },
	{ .name = "AUTH= of old servers", JOE, .text = TLS_HELLO "AUTH=PLAIN\n"
		  "C AUTH PLAIN " PLAIN_IR "\nS 235\nREADY" },
	{ .name = "LOGIN", JOE, .text = TLS_HELLO "AUTH LOGIN\nC AUTH LOGIN\n"
		  "S 334 VXNlcm5hbWU6\nC am9l\nS 334 UGFzc3dvcmQ6\nC c2VzYW1l\nS 235\nREADY" },
	{ .name = "LOGIN with prompts in clear", JOE, .text = TLS_HELLO "AUTH LOGIN\n"
		  "C AUTH LOGIN\nS 334 Username:\nC am9l\nS 334 Password:\nC c2VzYW1l\n"
		  "S 235\nREADY" },
	/* RFC 2195 section 2 */
	{ .name = "CRAM-MD5", .user = "tim", .secret = "tanstaaftanstaaf",
	  .tls = SMTPC_TLS_IMPLICIT, .text = TLS_HELLO "AUTH CRAM-MD5 NTLM\n"
		  "C AUTH CRAM-MD5\nS 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVz"
		  "dG9uLm1jaS5uZXQ+\nC dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\n"
		  "S 235\nREADY" },
	{ .name = "not offered", JOE, .text = TLS_HELLO "SIZE\n"
		  "FAILED unavailable *does not offer a login*auth off*" },
	{ .name = "not offered in clear", .user = "joe", .secret = "sesame",
	  .text = "S 220 x\nC EHLO me\nS 250 x\nFAILED unavailable *tls on*" },
	{ .name = "no mechanism in common", JOE, .text = TLS_HELLO "AUTH XYZ GSSAPI\n"
		  "FAILED unavailable *XYZ GSSAPI*" },
	{ .name = "no name given", JOE, .text = TLS_HELLO "AUTH\nFAILED unavailable *" },
	{ .name = "535", JOE, .text = TLS_HELLO "AUTH PLAIN LOGIN\nC AUTH PLAIN "
		  PLAIN_IR "\nS 535 5.7.8 wrong\nFAILED noperm *PLAIN*joe*535 5.7.8 wrong\n"
		  "LAST 535" },
	{ .name = "504", JOE, .text = TLS_HELLO "AUTH PLAIN\nC AUTH PLAIN " PLAIN_IR "\n"
		  "S 504 what\nFAILED noperm *" },
	{ .name = "454", JOE, .text = TLS_HELLO "AUTH PLAIN\nC AUTH PLAIN " PLAIN_IR "\n"
		  "S 454 4.7.0 later\nFAILED temp *454*" },
	{ .name = "421", JOE, .text = TLS_HELLO "AUTH PLAIN\nC AUTH PLAIN " PLAIN_IR "\n"
		  "S 421 bye\nFAILED temp *" },
	{ .name = "250", JOE, .text = TLS_HELLO "AUTH PLAIN\nC AUTH PLAIN " PLAIN_IR "\n"
		  "S 250 ok\nFAILED protocol *" },
	{ .name = "334 when PLAIN has said all", JOE, .text = TLS_HELLO "AUTH PLAIN\n"
		  "C AUTH PLAIN " PLAIN_IR "\nS 334 \nC *\nFAILED protocol *more*" },
	{ .name = "334 for ever", JOE, .text = TLS_HELLO "AUTH LOGIN\nC AUTH LOGIN\n"
		  "S 334 VXNlcm5hbWU6\nC am9l\nS 334 UGFzc3dvcmQ6\nC c2VzYW1l\nS 334 VXNl\n"
		  "C *\nFAILED protocol *more*" },
	{ .name = "235 before the password", JOE, .text = TLS_HELLO "AUTH LOGIN\n"
		  "C AUTH LOGIN\nS 334 VXNlcm5hbWU6\nC am9l\nS 235\nFAILED noperm *" },
	{ .name = "235 at once", JOE, .text = TLS_HELLO "AUTH LOGIN\nC AUTH LOGIN\n"
		  "S 235\nFAILED noperm *" },
	{ .name = "235 to SCRAM without its proof", JOE,
	  .text = TLS_HELLO "AUTH CRAM-MD5\nC AUTH CRAM-MD5\nS 235\nFAILED noperm *" },
	{ .name = "challenge that is not base 64", JOE,
	  .text = TLS_HELLO "AUTH CRAM-MD5\nC AUTH CRAM-MD5\nS 334 &&&&\nC *\n"
		  "FAILED protocol *base 64*" },
	{ .name = "lost at AUTH", JOE, .text = TLS_HELLO "AUTH PLAIN\n"
		  "C AUTH PLAIN " PLAIN_IR "\ns 235 wel\nLOST temp\nFAILED temp *" },
	{ .name = "PLAIN in clear is not said", .user = "joe", .secret = "sesame",
	  .text = "S 220 x\nC EHLO me\nS 250 x\nFAILED unavailable *" },
	{ .name = "PLAIN, LOGIN in clear are not said", .user = "joe", .secret = "sesame",
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 AUTH PLAIN LOGIN\n"
		  "FAILED unavailable *tls on*auth_cleartext on*" },
	{ .name = "PLAIN in clear when named", .user = "joe", .secret = "sesame",
	  .mech = "PLAIN", .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 AUTH PLAIN LOGIN\n"
		  "FAILED unavailable *tls on*auth_cleartext on*" },
	{ .name = "PLAIN in clear when allowed", .user = "joe", .secret = "sesame",
	  .cleartext = true, .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 AUTH PLAIN\n"
		  "C AUTH PLAIN " PLAIN_IR "\nS 235\nREADY" },
	{ .name = "SCRAM demanded, PLAIN offered", JOE, .mech = "SCRAM-SHA-256",
	  .text = TLS_HELLO "AUTH PLAIN\nFAILED unavailable *SCRAM-SHA-256*PLAIN*" },
	{ .name = "EXTERNAL without a name", .tls = SMTPC_TLS_IMPLICIT, .user = "",
	  .mech = "EXTERNAL", .text = TLS_HELLO "AUTH EXTERNAL\nC AUTH EXTERNAL =\n"
		  "S 235\nREADY" },
	{ .name = "EXTERNAL with a name", .tls = SMTPC_TLS_IMPLICIT, .user = "joe",
	  .mech = "EXTERNAL", .text = TLS_HELLO "AUTH EXTERNAL\nC AUTH EXTERNAL am9l\n"
		  "S 235\nREADY" },
	/* The example of Google's documentation. */
	{ .name = "XOAUTH2", .tls = SMTPC_TLS_IMPLICIT, .user = "someuser@example.com",
	  .secret = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg", .mech = "XOAUTH2",
	  .text = TLS_HELLO "AUTH XOAUTH2\nC AUTH XOAUTH2 dXNlcj1zb21ldXNlckBleGFtcGxl"
		  "LmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZ"
		  "Mjl0Q2cBAQ==\nS 334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIG1hYyJ9\n"
		  "C \nS 535 5.7.1 not accepted\n"
		  "FAILED noperm *status 401, schemes bearer mac*535 5.7.1 not accepted" },
	{ .name = "XOAUTH2, success after the complaint", .tls = SMTPC_TLS_IMPLICIT,
	  .user = "u", .secret = "t", .mech = "XOAUTH2",
	  .text = TLS_HELLO "AUTH XOAUTH2\nC AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIHQBAQ==\n"
		  "S 334 e30=\nC \nS 235\nFAILED noperm *" },
	{ .name = "XOAUTH2, complaint after complaint", .tls = SMTPC_TLS_IMPLICIT,
	  .user = "u", .secret = "t", .mech = "XOAUTH2",
	  .text = TLS_HELLO "AUTH XOAUTH2\nC AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIHQBAQ==\n"
		  "S 334 e30=\nC \nS 334 e30=\nC *\nFAILED noperm *" },
	{ .name = "OAUTHBEARER", .tls = SMTPC_TLS_IMPLICIT, .user = "u,=",
	  .secret = "t", .mech = "OAUTHBEARER",
	  /* n,a=u=2C=3D,^Ahost=relay.example^Aport=587^Aauth=Bearer t^A^A */
	  .text = TLS_HELLO "AUTH OAUTHBEARER\nC AUTH OAUTHBEARER bixhPXU9MkM9M0QsAWhvc3Q9"
		  "cmVsYXkuZXhhbXBsZQFwb3J0PTU4NwFhdXRoPUJlYXJlciB0AQE=\n"
		  "S 334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\nC AQ==\nS 535 no\n"
		  "FAILED noperm *status invalid_token*" },
	{ .name = "no password", .user = "joe", .tls = SMTPC_TLS_IMPLICIT,
	  .text = TLS_HELLO "AUTH PLAIN\nFAILED config *password*" },
	{ .name = "login in STARTTLS", .user = "joe", .secret = "sesame",
	  .tls = SMTPC_TLS_STARTTLS,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250-AUTH LOGIN\nS 250 STARTTLS\n"
		  "C STARTTLS\nS 220 go\nTLS\nC EHLO me\nS 250-x\nS 250 AUTH PLAIN\n"
		  "C AUTH PLAIN " PLAIN_IR "\nS 235\nREADY" },
};

static const struct script etrn[] = {
	{ .name = "250", .rmqs = "example.org", .text = "S 220\nC EHLO me\nS 250-x\n"
		  "S 250 ETRN\nC ETRN example.org\nS 250 ok\nC QUIT\nDONE\nLAST 250" },
	{ .name = "253", .rmqs = "@x", .text = "S 220\nC EHLO me\nS 250-x\nS 250 ETRN\n"
		  "C ETRN @x\nS 253 three pending\nC QUIT\nDONE\nLAST 253" },
	{ .name = "254", .rmqs = "x", .text = "S 220\nC EHLO me\nS 250-x\nS 250 ETRN\n"
		  "C ETRN x\nS 254 x\nFAILED protocol *" },
	{ .name = "458", .rmqs = "x", .text = "S 220\nC EHLO me\nS 250-x\nS 250 ETRN\n"
		  "C ETRN x\nS 458 x\nFAILED unavailable *" },
	{ .name = "459", .rmqs = "x", .text = "S 220\nC EHLO me\nS 250-x\nS 250 ETRN\n"
		  "C ETRN x\nS 459 x\nFAILED unavailable *" },
	{ .name = "451", .rmqs = "x", .text = "S 220\nC EHLO me\nS 250-x\nS 250 ETRN\n"
		  "C ETRN x\nS 451 x\nFAILED temp *" },
	{ .name = "501", .rmqs = "x", .text = "S 220\nC EHLO me\nS 250-x\nS 250 ETRN\n"
		  "C ETRN x\nS 501 x\nFAILED data *" },
	{ .name = "550", .rmqs = "x", .text = "S 220\nC EHLO me\nS 250-x\nS 250 ETRN\n"
		  "C ETRN x\nS 550 x\nFAILED protocol *" },
	{ .name = "not offered", .rmqs = "x",
	  .text = "S 220\nC EHLO me\nS 250 x\nFAILED unavailable *ETRN*" },
	{ .name = "no HELO", .rmqs = "x",
	  .text = "S 220\nC EHLO me\nS 500 x\nFAILED unavailable *" },
	{ .name = "line end in it", .rmqs = "x\nQUIT",
	  .text = "S 220\nC EHLO me\nS 250-x\nS 250 ETRN\nFAILED config *" },
	{ .name = "after the login, never held back", .rmqs = "x", JOE,
	  .pipelining = SMTPC_PIPE_FULL,
	  .text = TLS_HELLO "ETRN\nFAILED unavailable *" },
	{ .name = "after the login", .rmqs = "x", JOE, .pipelining = SMTPC_PIPE_FULL,
	  .text = "TLS\nS 220\nC EHLO me\nS 250-x\nS 250-AUTH PLAIN\nS 250-PIPELINING\n"
		  "S 250 ETRN\nC AUTH PLAIN " PLAIN_IR "\nS 235\nC ETRN x\nS 250\nC QUIT\nDONE" },
};

static void test_greeting(void **state) { (void)state; script_play(greeting, COUNT(greeting)); }
static void test_hello(void **state) { (void)state; script_play(hello, COUNT(hello)); }
static void test_starttls(void **state) { (void)state; script_play(starttls, COUNT(starttls)); }
static void test_auth(void **state) { (void)state; script_play(auth, COUNT(auth)); }
static void test_etrn(void **state) { (void)state; script_play(etrn, COUNT(etrn)); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_greeting),
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_starttls),
		cmocka_unit_test(test_auth),
		cmocka_unit_test(test_etrn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
