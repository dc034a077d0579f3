/*
 * src/wire/smtpc: transactions, verdicts, pipelining, BDAT, LMTP.
 */
#include "smtpc_script.h"

/* base64 of NUL "joe" NUL "sesame" */
#define PLAIN_IR "AGpvZQBzZXNhbWU="

#define A "a@b.example"
#define ONE "c@d.example"
#define TWO "c@d.example e@f.example"
#define THREE "c@d.example e@f.example g@h.example"

#define OLD "S 220 x\nC EHLO me\nS 250 x\nREADY\n"
#define OFFER(what) "S 220 x\nC EHLO me\nS 250-x\nS 250-8BITMIME\nS 250 " what "\nREADY\n"
#define PIPE "S 220 x\nC EHLO me\nS 250-x\nS 250 PIPELINING\nREADY\n"
#define BDATS "S 220 x\nC EHLO me\nS 250-x\nS 250-PIPELINING\nS 250 CHUNKING\nREADY\n"

#define FROM "C MAIL FROM:<a@b.example>\n"
#define TO_C "C RCPT TO:<c@d.example>\n"
#define TO_E "C RCPT TO:<e@f.example>\n"
#define TO_G "C RCPT TO:<g@h.example>\n"

/* One command a turn. */
static const struct script slow[] = {
	{ .name = "one message, last", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "STEP the reply to MAIL FROM\nS 250 ok\n" TO_C
		  "STEP the reply to RCPT TO\nS 250 ok\nC DATA\nSTEP the reply to DATA\n"
		  "S 354 go\nSTEP the message\nAT_END no\nBODY dots\nC .\nAT_END yes\n"
		  "STEP the reply to the end of the message\nS 250 2.0.0 queued\n"
		  "C QUIT\nDONE\nV 0 sent none 250\nLAST 250" },
	{ .name = "two messages", .mail = {{ A, ONE }, { "", TWO, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 251 forwarded\nC DATA\nS 354\n"
		  "BODY dots\nC .\nS 250\nREADY\nV 0 sent none 250\n"
		  "MAIL 1\nC MAIL FROM:<>\nS 250\n" TO_C "S 252\n" TO_E "S 250\nC DATA\n"
		  "S 354\nBODY dots\nC .\nS 250 ok\nC QUIT\nDONE\nV 0 sent\nV 1 sent" },
	{ .name = "MAIL 451", .mail = {{ A, TWO, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 451 4.3.0 later\nC QUIT\nDONE\n"
		  "V 0 deferred temp 451\nV 1 deferred temp 451\nLAST 451" },
	{ .name = "MAIL 550", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 550 no\nC QUIT\nDONE\nV 0 failed data 550" },
	{ .name = "MAIL 530 is about the login", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 530 5.7.0 log in\nC QUIT\nDONE\n"
		  "V 0 deferred noperm 530" },
	{ .name = "MAIL 354", .mail = {{ A, ONE }},
	  .text = OLD "MAIL 0\n" FROM "S 354 no\nFAILED protocol *MAIL FROM*354 no\n"
		  "V 0 deferred protocol 354" },
	{ .name = "MAIL 421", .mail = {{ A, ONE }},
	  .text = OLD "MAIL 0\n" FROM "S 421 bye\nFAILED temp *\nV 0 deferred temp 421" },
	{ .name = "MAIL 999", .mail = {{ A, ONE }},
	  .text = OLD "MAIL 0\n" FROM "S 999 no\nFAILED protocol *MAIL FROM: not an SMTP*\n"
		  "V 0 deferred protocol 451 local" },
	{ .name = "a refused MAIL leaves the connection usable",
	  .mail = {{ A, ONE }, { A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 550 no\nREADY\nV 0 failed data 550\nMAIL 1\n" FROM
		  "S 250\n" TO_C "S 250\nC DATA\nS 354\nBODY dots\nC .\nS 250\nC QUIT\nDONE\n"
		  "V 0 sent" },
	{ .name = "RCPT 550", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 550 5.1.1 who\nC QUIT\nDONE\n"
		  "V 0 failed data 550\nLAST 550" },
	{ .name = "RCPT 450", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 450 who\nC QUIT\nDONE\n"
		  "V 0 deferred temp 450" },
	{ .name = "RCPT 354", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 354 who\nFAILED protocol *RCPT TO*\n"
		  "V 0 deferred protocol 354" },
	{ .name = "RCPT 421", .mail = {{ A, TWO, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 421 bye\nFAILED temp *421 bye\n"
		  "V 0 deferred temp 421\nV 1 deferred temp 421" },
	{ .name = "RSET cleans up", .mail = {{ A, ONE }, { A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 550 who\nREADY\nMAIL 1\nC RSET\n"
		  "S 250\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nBODY dots\nC .\n"
		  "S 250\nC QUIT\nDONE\nV 0 sent" },
	{ .name = "RSET refused", .mail = {{ A, ONE }, { A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 550 who\nREADY\nMAIL 1\nC RSET\n"
		  "S 500 no\nFAILED protocol *RSET*\nV 0 deferred protocol 500" },
	{ .name = "DATA 451", .mail = {{ A, TWO, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\n" TO_E "S 250\nC DATA\n"
		  "S 451 no\nC QUIT\nDONE\nV 0 deferred temp 451\nV 1 deferred temp 451" },
	{ .name = "DATA 554", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 554 no\nC QUIT\nDONE\n"
		  "V 0 failed data 554" },
	{ .name = "DATA 250", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 250 ok\n"
		  "FAILED protocol *DATA*\nV 0 deferred protocol 250" },
	{ .name = "DATA 334", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 334 ok\n"
		  "FAILED protocol *DATA*\nV 0 deferred protocol 334" },
	{ .name = "end 452", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nBODY dots\nC .\n"
		  "S 452 full\nC QUIT\nDONE\nV 0 deferred temp 452\nLAST 452" },
	{ .name = "end 554", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nBODY dots\nC .\n"
		  "S 554 spam\nC QUIT\nDONE\nV 0 failed unavailable 554" },
	{ .name = "end 421", .mail = {{ A, ONE }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nBODY dots\nC .\n"
		  "S 421 bye\nFAILED temp *421*\nV 0 deferred temp 421" },
	{ .name = "end 354", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nBODY dots\nC .\n"
		  "S 354 more\nFAILED protocol *end of the message*\n"
		  "V 0 deferred protocol 354 maybe" },
	{ .name = "end contradictory", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nBODY dots\nC .\n"
		  "S 250-ok\nS 550 no\nFAILED protocol *contradictory*\n"
		  "V 0 deferred protocol 451 maybe local" },
	{ .name = "end 999", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nBODY dots\nC .\n"
		  "S 999 ok\nFAILED protocol *\nV 0 deferred protocol 451 maybe local" },
	{ .name = "a reply too many, then mail", .mail = {{ A, ONE }},
	  .text = OLD "MAIL 0\n" FROM "S 250\nS 250\nFAILED protocol *nobody*\n"
		  "V 0 deferred protocol 250" },
};

static const struct script lost[] = {
	{ .name = "at MAIL", .mail = {{ A, TWO }},
	  .text = OLD "MAIL 0\n" FROM "s 250 o\nLOST temp\nFAILED temp the line was cut\n"
		  "V 0 deferred temp 451 local\nV 1 deferred temp 451 local" },
	{ .name = "at DATA", .mail = {{ A, ONE }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nLOST temp\n"
		  "V 0 deferred temp 451 local" },
	{ .name = "in the content", .mail = {{ A, ONE }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nHALF dots\n"
		  "LOST io\nFAILED io *\nV 0 deferred io 451 local" },
	{ .name = "after the dot", .mail = {{ A, TWO }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\n" TO_E "S 250\nC DATA\nS 354\n"
		  "BODY dots\nC .\nLOST temp\nFAILED temp *\nV 0 deferred temp 451 maybe local\n"
		  "V 1 deferred temp 451 maybe local" },
	{ .name = "in the last reply", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nBODY dots\nC .\n"
		  "s 250 ok\\r\nLOST temp\nFAILED temp *\nV 0 deferred temp 451 maybe local" },
	{ .name = "after a whole 250", .mail = {{ A, ONE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nBODY dots\nC .\n"
		  "S 250 ok\nLOST temp\nC QUIT\nDONE\nV 0 sent" },
	{ .name = "after a whole 250, QUIT said", .mail = {{ A, ONE, .last = true }},
	  .pipelining = SMTPC_PIPE_AUTO,
	  .text = PIPE "MAIL 0\n" FROM TO_C "C DATA\nS 250\nS 250\nS 354\nBODY dots\n"
		  "C .\nC QUIT\nS 250 ok\nDONE\nF garbage\nLOST temp\nDONE\nV 0 sent" },
	{ .name = "a refusal with the loss behind it", .mail = {{ A, TWO }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 550 no\nLOST temp\nFAILED temp *\n"
		  "V 0 failed data 550\nV 1 deferred temp 451 local" },
	{ .name = "early 250 in the content", .mail = {{ A, ONE }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nHALF dots\n"
		  "F 250 done\nFAILED protocol *before the end*\nV 0 deferred protocol 250" },
	{ .name = "early 250 with the 354", .mail = {{ A, ONE }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nS 250 done\n"
		  "FAILED protocol *before the end*\nV 0 deferred protocol 250" },
	{ .name = "early 552 in the content", .mail = {{ A, TWO }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\n" TO_E "S 250\nC DATA\nS 354\n"
		  "HALF dots\nF 552 too big\nFAILED unavailable *552 too big\n"
		  "V 0 failed unavailable 552\nV 1 failed unavailable 552" },
	{ .name = "early 451 in the content", .mail = {{ A, ONE }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nHALF dots\n"
		  "F 451 full\nFAILED temp *451 full\nV 0 deferred temp 451" },
	{ .name = "early 421 in the content", .mail = {{ A, ONE }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nHALF dots\n"
		  "F 421 bye\nFAILED temp *421 bye\nV 0 deferred temp 421" },
};

static const struct script parameters[] = {
	{ .name = "nothing offered, nothing said",
	  .mail = {{ A, ONE, 99, .eightbit = true, .utf8_header = true,
		     .notify = DSN_NEVER, .ret = DSN_RET_FULL, .envid = "x",
		     .orcpt = "rfc822;x" }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C },
	{ .name = "SIZE", .mail = {{ A, ONE, 99 }},
	  .text = OFFER("SIZE 100") "MAIL 0\nC MAIL FROM:<a@b.example> SIZE=99\n" },
	{ .name = "SIZE, 100 of 100", .mail = {{ A, ONE, 100 }},
	  .text = OFFER("SIZE 100") "MAIL 0\nC MAIL FROM:<a@b.example> SIZE=100\n" },
	{ .name = "too large", .mail = {{ A, TWO, 101 }, { A, ONE, 1 }},
	  .text = OFFER("SIZE 100") "REFUSE 0 data\nREADY\nV 0 failed data 552 local\n"
		  "V 1 failed data 552 local\nMAIL 1\nC MAIL FROM:<a@b.example> SIZE=1" },
	{ .name = "SIZE without limit", .mail = {{ A, ONE, UINT64_MAX }},
	  .text = OFFER("SIZE 0") "MAIL 0\nC MAIL FROM:<a@b.example> SIZE=18446744073709551615" },
	{ .name = "junk behind SIZE", .mail = {{ A, ONE, 101 }},
	  .text = OFFER("SIZE 1x") "MAIL 0\nC MAIL FROM:<a@b.example> SIZE=101" },
	{ .name = "8BITMIME", .mail = {{ A, ONE, .eightbit = true }},
	  .text = OFFER("X") "MAIL 0\nC MAIL FROM:<a@b.example> BODY=8BITMIME\n" },
	{ .name = "SMTPUTF8 not needed", .mail = {{ A, ONE }},
	  .text = OFFER("SMTPUTF8") "MAIL 0\n" FROM },
	{ .name = "SMTPUTF8 for the header", .mail = {{ A, ONE, .utf8_header = true }},
	  .text = OFFER("SMTPUTF8") "MAIL 0\nC MAIL FROM:<a@b.example> SMTPUTF8\n" },
	{ .name = "SMTPUTF8 for a recipient", .mail = {{ A, "\xc3\xbc@d.example" }},
	  .text = OFFER("SMTPUTF8") "MAIL 0\nC MAIL FROM:<a@b.example> SMTPUTF8\n"
		  "S 250\nC RCPT TO:<\xc3\xbc@d.example>" },
	{ .name = "SMTPUTF8 for the sender", .mail = {{ "\xc3\xbc@d.example", ONE }},
	  .text = OFFER("SMTPUTF8") "MAIL 0\nC MAIL FROM:<\xc3\xbc@d.example> SMTPUTF8\n" },
	/* bücher.example, IDNA 2008 */
	{ .name = "A-labels without SMTPUTF8",
	  .mail = {{ "a@b\xc3\xbc" "cher.example", "c@b\xc3\xbc" "cher.example" }},
	  .text = OLD "MAIL 0\nC MAIL FROM:<a@xn--bcher-kva.example>\nS 250\n"
		  "C RCPT TO:<c@xn--bcher-kva.example>" },
	{ .name = "U-labels with SMTPUTF8",
	  .mail = {{ A, "c@b\xc3\xbc" "cher.example" }},
	  .text = OFFER("SMTPUTF8") "MAIL 0\nC MAIL FROM:<a@b.example> SMTPUTF8\nS 250\n"
		  "C RCPT TO:<c@b\xc3\xbc" "cher.example>" },
	{ .name = "a local part that cannot travel, all or nothing",
	  .mail = {{ A, "c@d.example \xc3\xbc@f.example" }},
	  .text = OLD "REFUSE 0 data\nREADY\nV 0 failed data 550 local\n"
		  "V 1 failed data 553 local" },
	{ .name = "a local part that cannot travel, partial",
	  .mail = {{ A, "\xc3\xbc@f.example c@d.example", .partial = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA\nS 354\nBODY dots\nC .\n"
		  "S 250\nREADY\nV 0 failed data 553 local\nV 1 sent" },
	{ .name = "no local part can travel", .mail = {{ A, "\xc3\xbc@f.example", .partial = true }},
	  .text = OLD "REFUSE 0 data\nREADY\nV 0 failed data 553 local" },
	{ .name = "a sender that cannot travel", .mail = {{ "\xc3\xbc@f.example", TWO }},
	  .text = OLD "REFUSE 0 data\nREADY\nV 0 failed data 553 local\n"
		  "V 1 failed data 553 local" },
	{ .name = "DSN", .mail = {{ A, TWO, .notify = DSN_SUCCESS | DSN_FAILURE | DSN_DELAY,
		     .ret = DSN_RET_HDRS, .envid = "a+b", .orcpt = "rfc822;x+2By@z",
		     .rcpt_notify = DSN_NEVER }},
	  .text = OFFER("DSN") "MAIL 0\nC MAIL FROM:<a@b.example> RET=HDRS ENVID=a+2Bb\n"
		  "S 250\nC RCPT TO:<c@d.example> NOTIFY=NEVER ORCPT=rfc822;x+2By@z\nS 250\n"
		  "C RCPT TO:<e@f.example> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;x+2By@z" },
	{ .name = "DSN, some", .mail = {{ A, ONE, .notify = DSN_DELAY | DSN_FAILURE,
		     .ret = DSN_RET_FULL }},
	  .text = OFFER("DSN") "MAIL 0\nC MAIL FROM:<a@b.example> RET=FULL\nS 250\n"
		  "C RCPT TO:<c@d.example> NOTIFY=FAILURE,DELAY" },
	{ .name = "ORCPT with a blank", .mail = {{ A, ONE, .orcpt = "rfc822;x SIZE=1" }},
	  .text = OFFER("DSN") "REFUSE 0 data\nREADY\nV 0 failed data 553 local" },
	{ .name = "ORCPT with a line end", .mail = {{ A, ONE, .orcpt = "rfc822;x\r\nRSET" }},
	  .text = OFFER("DSN") "REFUSE 0 data\nREADY\nV 0 failed data 553 local" },
	{ .name = "sender with a line end", .mail = {{ "a@b\r\nRSET", ONE }},
	  .text = OLD "REFUSE 0 data\nREADY\nV 0 failed data 553 local" },
	{ .name = "recipient with a line end", .mail = {{ A, "a@b c@d\nDATA" }},
	  .text = OLD "REFUSE 0 data\nREADY\nV 0 failed data 553 local\n"
		  "V 1 failed data 553 local" },
	{ .name = "recipient that closes its bracket", .mail = {{ A, "a@b>\tNOTIFY=NEVER" }},
	  .text = OLD "REFUSE 0 data\nREADY\nV 0 failed data 553 local" },
	{ .name = "no recipient", .mail = {{ A, "" }}, .text = OLD "REFUSE 0 data\nREADY" },
	{ .name = "LIMITS, all or nothing", .mail = {{ A, THREE }},
	  .text = OFFER("LIMITS RCPTMAX=2") "REFUSE 0 unavailable\nREADY\n"
		  "V 0 failed unavailable 550 local\nV 2 failed unavailable 550 local" },
	{ .name = "LIMITS, just enough", .mail = {{ A, TWO }},
	  .text = OFFER("LIMITS RCPTMAX=2") "MAIL 0\n" FROM },
	{ .name = "LIMITS, partial", .mail = {{ A, THREE, .partial = true }},
	  .text = OFFER("LIMITS RCPTMAX=2") "MAIL 0\n" FROM "S 250\n" TO_C "S 250\n" TO_E
		  "S 250\nC DATA\nS 354\nBODY dots\nC .\nS 250\nREADY\nV 0 sent\nV 1 sent\n"
		  "V 2 deferred temp 452 local" },
};

static const struct script pipelined[] = {
	{ .name = "one recipient", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, ONE, .last = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C "C DATA\nS 250 a\nS 250 b\nS 354 go\nBODY dots\n"
		  "C .\nC QUIT\nS 250 ok\nDONE\nV 0 sent\nLAST 250" },
	{ .name = "switched off", .pipelining = SMTPC_PIPE_OFF, .mail = {{ A, ONE }},
	  .text = PIPE "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC DATA" },
	{ .name = "all or nothing waits for the recipients", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, TWO, .last = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C TO_E "S 250\nS 250\nS 250\nC DATA\nS 354\n"
		  "BODY dots\nC .\nC QUIT\nS 250\nDONE\nV 0 sent\nV 1 sent" },
	{ .name = "all or nothing, one refused", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, THREE, .last = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C TO_E TO_G "S 250\nS 250\nS 550 no\nS 250\n"
		  "C QUIT\nDONE\nV 0 failed data 550 local\nV 1 failed data 550\n"
		  "V 2 failed data 550 local\nLAST 550" },
	{ .name = "all or nothing, one deferred", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, THREE, .last = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C TO_E TO_G "S 250\nS 250\nS 550 no\nS 450 later\n"
		  "C QUIT\nDONE\nV 0 deferred temp 450 local\nV 1 failed data 550\n"
		  "V 2 deferred temp 450" },
	{ .name = "all or nothing in turns, every refusal is learned",
	  .mail = {{ A, THREE, .last = true }},
	  .text = OLD "MAIL 0\n" FROM "S 250\n" TO_C "S 550 1\n" TO_E "S 250\n" TO_G "S 551 3\n"
		  "C QUIT\nDONE\nV 0 failed data 550\nV 1 failed data 550 local\n"
		  "V 2 failed data 551" },
	{ .name = "all refused", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, TWO, .last = true, .partial = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C TO_E "C DATA\nS 250\nS 550\nS 551\nS 554 none\n"
		  "C QUIT\nDONE\nV 0 failed data 550\nV 1 failed data 551" },
	{ .name = "all refused, 354 all the same", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, TWO, .last = true, .partial = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C TO_E "C DATA\nS 250\nS 550\nS 450\nS 354 go\n"
		  "FAILED temp *refusing everybody*\nV 0 failed data 550\nV 1 deferred temp 450" },
	{ .name = "the only one refused, 354 all the same", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, ONE, .last = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C "C DATA\nS 250\nS 550\nS 354 go\n"
		  "FAILED data *refusing everybody*\nV 0 failed data 550" },
	{ .name = "MAIL refused, 354 all the same", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, ONE, .last = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C "C DATA\nS 451 no\nS 250\nS 354 go\n"
		  "FAILED temp *refusing everybody*\nV 0 deferred temp 451" },
	{ .name = "the only one refused, 250 to DATA", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, ONE, .last = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C "C DATA\nS 250\nS 550\nS 250 thanks\n"
		  "FAILED protocol *DATA*\nV 0 failed data 550" },
	{ .name = "MAIL refused, the rest follows", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, TWO }, { A, ONE }},
	  .text = PIPE "MAIL 0\n" FROM TO_C TO_E "S 550 no\nS 503\nS 503\nREADY\n"
		  "V 0 failed data 550\nV 1 failed data 550\nMAIL 1\n" FROM TO_C "C DATA" },
	{ .name = "partial, one refused", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, THREE, .last = true, .partial = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C TO_E TO_G "C DATA\nS 250\nS 250\nS 550\nS 450\n"
		  "S 354\nBODY dots\nC .\nC QUIT\nS 250\nDONE\nV 0 sent\nV 1 failed data 550\n"
		  "V 2 deferred temp 450" },
	{ .name = "RSET rides with the next", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, TWO }, { A, ONE }},
	  .text = PIPE "MAIL 0\n" FROM TO_C TO_E "S 250\nS 550\nS 250\nREADY\nMAIL 1\nC RSET\n"
		  FROM TO_C "C DATA\nS 250\nS 250\nS 250\nS 354\nBODY dots\nC .\nS 250\nREADY\n"
		  "V 0 sent" },
	{ .name = "more replies than commands", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, TWO }},
	  .text = PIPE "MAIL 0\n" FROM TO_C TO_E "S 250\nS 250\nS 250\nS 354\n"
		  "FAILED protocol *nobody*\nV 0 deferred protocol 354" },
	{ .name = "cut in the middle of the replies", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, TWO, .partial = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C TO_E "C DATA\nS 250\nS 550 no\ns 250\nLOST temp\n"
		  "FAILED temp *\nV 0 failed data 550\nV 1 deferred temp 451 local" },
	{ .name = "accepted, then a refused end", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, TWO, .last = true, .partial = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C TO_E "C DATA\nS 250\nS 550\nS 250\nS 354\n"
		  "BODY dots\nC .\nC QUIT\nS 554 virus\nDONE\nV 0 failed data 550\n"
		  "V 1 failed unavailable 554\nLAST 554" },
};

static const struct script bdat[] = {
	{ .name = "one flight", .pipelining = SMTPC_PIPE_AUTO, .chunking = true,
	  .mail = {{ A, ONE, 77, .last = true, .one_flight = true }},
	  .text = BDATS "MAIL 0\n" FROM TO_C "C BDAT 77 LAST\nBODY raw\nC QUIT\n"
		  "S 250\nS 250\nAT_END yes\nS 250 ok\nDONE\nV 0 sent" },
	{ .name = "not one flight", .pipelining = SMTPC_PIPE_AUTO, .chunking = true,
	  .mail = {{ A, ONE, 77, .last = true }},
	  .text = BDATS "MAIL 0\n" FROM TO_C "S 250\nS 250\nC BDAT 77 LAST\nBODY raw\n"
		  "C QUIT\nS 250 ok\nDONE\nV 0 sent" },
	{ .name = "not wanted", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, ONE, 77, .one_flight = true }},
	  .text = BDATS "MAIL 0\n" FROM TO_C "C DATA" },
	{ .name = "not offered", .pipelining = SMTPC_PIPE_AUTO, .chunking = true,
	  .mail = {{ A, ONE, 77, .one_flight = true }},
	  .text = PIPE "MAIL 0\n" FROM TO_C "C DATA" },
	{ .name = "without pipelining", .chunking = true,
	  .mail = {{ A, ONE, 77, .last = true, .one_flight = true }},
	  .text = OFFER("CHUNKING") "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC BDAT 77 LAST\n"
		  "BODY raw\nS 250\nC QUIT\nDONE\nV 0 sent" },
	{ .name = "all or nothing waits", .pipelining = SMTPC_PIPE_AUTO, .chunking = true,
	  .mail = {{ A, TWO, 77, .one_flight = true }},
	  .text = BDATS "MAIL 0\n" FROM TO_C TO_E "S 250\nS 250\nS 250\nC BDAT 77 LAST\n"
		  "BODY raw\nS 250\nREADY\nV 0 sent\nV 1 sent" },
	{ .name = "partial does not", .pipelining = SMTPC_PIPE_AUTO, .chunking = true,
	  .mail = {{ A, TWO, 77, .one_flight = true, .partial = true }, { A, ONE }},
	  .text = BDATS "MAIL 0\n" FROM TO_C TO_E "C BDAT 77 LAST\nBODY raw\nS 250\nS 550\n"
		  "S 250\nS 250\nREADY\nV 0 failed data 550\nV 1 sent\nMAIL 1\n" FROM TO_C },
	{ .name = "recipient refused in the flight", .pipelining = SMTPC_PIPE_AUTO,
	  .chunking = true, .mail = {{ A, ONE, 7, .one_flight = true }, { A, ONE, 7 }},
	  .text = BDATS "MAIL 0\n" FROM TO_C "C BDAT 7 LAST\nBODY raw\nS 250\nS 550 who\n"
		  "S 554 nobody\nREADY\nV 0 failed data 550\nMAIL 1\nC RSET\n" FROM TO_C },
	{ .name = "recipient refused, BDAT accepted", .pipelining = SMTPC_PIPE_AUTO,
	  .chunking = true, .mail = {{ A, ONE, 7, .one_flight = true, .last = true }},
	  .text = BDATS "MAIL 0\n" FROM TO_C "C BDAT 7 LAST\nBODY raw\nC QUIT\nS 250\n"
		  "S 550 who\nS 250 fine\nDONE\nV 0 failed data 550" },
	{ .name = "MAIL refused in the flight", .pipelining = SMTPC_PIPE_AUTO, .chunking = true,
	  .mail = {{ A, ONE, 7, .one_flight = true, .last = true }},
	  .text = BDATS "MAIL 0\n" FROM TO_C "C BDAT 7 LAST\nBODY raw\nC QUIT\nS 450 no\n"
		  "S 503\nS 503\nDONE\nV 0 deferred temp 450" },
	{ .name = "unimplemented although offered", .pipelining = SMTPC_PIPE_AUTO,
	  .chunking = true, .mail = {{ A, ONE, 7, .one_flight = true }},
	  .text = BDATS "MAIL 0\n" FROM TO_C "C BDAT 7 LAST\nBODY raw\nS 250\nS 250\n"
		  "S 502 what\nREADY\nV 0 failed unavailable 502" },
	{ .name = "replies while the content goes out", .pipelining = SMTPC_PIPE_AUTO,
	  .chunking = true, .mail = {{ A, ONE, 7, .one_flight = true, .last = true }},
	  .text = BDATS "MAIL 0\n" FROM TO_C "C BDAT 7 LAST\nHALF raw\nF 250\nF 250\nEND\n"
		  "C QUIT\nS 250\nDONE\nV 0 sent" },
	{ .name = "refused while the content goes out", .pipelining = SMTPC_PIPE_AUTO,
	  .chunking = true, .mail = {{ A, ONE, 7, .one_flight = true }},
	  .text = BDATS "MAIL 0\n" FROM TO_C "C BDAT 7 LAST\nHALF raw\nF 250\nF 250\nF 554 no\n"
		  "FAILED unavailable *554 no\nV 0 failed unavailable 554" },
	{ .name = "accepted before its end", .pipelining = SMTPC_PIPE_AUTO,
	  .chunking = true, .mail = {{ A, ONE, 7, .one_flight = true }},
	  .text = BDATS "MAIL 0\n" FROM TO_C "C BDAT 7 LAST\nHALF raw\nF 250\nF 250\nF 250 ok\n"
		  "FAILED protocol *before the end*\nV 0 deferred protocol 250" },
	{ .name = "lost after the content", .pipelining = SMTPC_PIPE_AUTO, .chunking = true,
	  .mail = {{ A, ONE, 7, .one_flight = true, .last = true }},
	  .text = BDATS "MAIL 0\n" FROM TO_C "C BDAT 7 LAST\nBODY raw\nC QUIT\nS 250\n"
		  "LOST temp\nFAILED temp *\nV 0 deferred temp 451 maybe local" },
};

#define FULL "TLS\nS 220 x\nC EHLO me\nS 250-x\nS 250-AUTH PLAIN LOGIN\n" \
	"S 250-CHUNKING\nS 250 PIPELINING\nREADY\n"
#define JOE .user = "joe", .secret = "sesame", .tls = SMTPC_TLS_IMPLICIT, \
	.pipelining = SMTPC_PIPE_FULL
#define LOGIN_C "C AUTH PLAIN " PLAIN_IR "\n"

static const struct script one_flight[] = {
	{ .name = "AUTH to QUIT", JOE, .chunking = true,
	  .mail = {{ A, ONE, 7, .one_flight = true, .last = true }},
	  .text = FULL "MAIL 0\n" LOGIN_C FROM TO_C "C BDAT 7 LAST\nBODY raw\nC QUIT\n"
		  "S 235\nS 250\nS 250\nS 250\nS 221\nDONE\nV 0 sent" },
	{ .name = "AUTH with DATA", JOE, .mail = {{ A, ONE, 7 }, { A, ONE, 7 }},
	  .text = FULL "MAIL 0\n" LOGIN_C FROM TO_C "C DATA\nS 235\nS 250\nS 250\nS 354\n"
		  "BODY dots\nC .\nS 250\nREADY\nV 0 sent\nMAIL 1\n" FROM TO_C "C DATA" },
	{ .name = "AUTH refused", JOE, .chunking = true,
	  .mail = {{ A, ONE, 7, .one_flight = true, .last = true }},
	  .text = FULL "MAIL 0\n" LOGIN_C FROM TO_C "C BDAT 7 LAST\nBODY raw\nC QUIT\n"
		  "S 535 wrong\nS 250\nS 554\nS 554\nS 221\n"
		  "FAILED noperm *535 wrong\nV 0 deferred noperm 535 maybe" },
	{ .name = "AUTH refused before the content", JOE, .mail = {{ A, ONE, 7 }},
	  .text = FULL "MAIL 0\n" LOGIN_C FROM TO_C "C DATA\nS 535 wrong\nS 530\nS 503\nS 503\n"
		  "FAILED noperm *535 wrong\nV 0 deferred noperm 535\nLAST 535" },
	{ .name = "AUTH refused, the rest accepted", JOE, .mail = {{ A, ONE, 7 }},
	  .text = FULL "MAIL 0\n" LOGIN_C FROM TO_C "C DATA\nS 535 wrong\nS 250\nS 250\nS 354\n"
		  "FAILED noperm *535 wrong\nV 0 deferred noperm 535" },
	{ .name = "AUTH deferred", JOE, .mail = {{ A, ONE, 7 }},
	  .text = FULL "MAIL 0\n" LOGIN_C FROM TO_C "C DATA\nS 454 later\nFAILED temp *\n"
		  "V 0 deferred temp 454" },
	{ .name = "a challenge in the flight", JOE, .mail = {{ A, ONE, 7 }},
	  .text = FULL "MAIL 0\n" LOGIN_C FROM TO_C "C DATA\nS 334 \nFAILED protocol *" },
	{ .name = "QUIT instead of mail", JOE, .text = FULL "QUIT\nC QUIT\nDONE" },
	{ .name = "235 unasked", JOE, .text = FULL "F 235\nFAILED protocol *nobody*" },
	{ .name = "two recipients", JOE, .mail = {{ A, TWO, 7 }},
	  .text = FULL "MAIL 0\n" LOGIN_C FROM TO_C TO_E "S 235\nS 250\nS 250\nS 250\nC DATA" },
	{ .name = "message refused beforehand", JOE, .mail = {{ "a\n", TWO, 7 }, { A, ONE }},
	  .text = FULL "REFUSE 0 data\nREADY\nMAIL 1\n" LOGIN_C FROM TO_C "C DATA" },
	{ .name = "LOGIN does not ride", JOE, .mech = "LOGIN",
	  .text = "TLS\nS 220 x\nC EHLO me\nS 250-x\nS 250-AUTH PLAIN LOGIN\n"
		  "S 250 PIPELINING\nC AUTH LOGIN" },
	{ .name = "nor PLAIN without pipelining", JOE,
	  .text = "TLS\nS 220 x\nC EHLO me\nS 250-x\nS 250 AUTH PLAIN LOGIN\n" LOGIN_C },
};

static const struct script lmtp[] = {
	{ .name = "each its own", .lmtp = true, .mail = {{ A, THREE, .last = true, .partial = true }},
	  .text = "S 220\nC LHLO me\nS 250\nREADY\nMAIL 0\n" FROM "S 250\n" TO_C "S 250\n" TO_E
		  "S 250\n" TO_G "S 250\nC DATA\nS 354\nBODY dots\nC .\nS 250 1\nAT_END yes\n"
		  "S 452 2\nS 550 3\nC QUIT\nDONE\nV 0 sent none 250\nV 1 deferred temp 452\n"
		  "V 2 failed unavailable 550" },
	{ .name = "only the accepted are answered", .lmtp = true,
	  .mail = {{ A, THREE, .partial = true }},
	  .text = "S 220\nC LHLO me\nS 250\nREADY\nMAIL 0\n" FROM "S 250\n" TO_C "S 550\n" TO_E
		  "S 250\n" TO_G "S 250\nC DATA\nS 354\nBODY dots\nC .\nS 250\nS 250\nREADY\n"
		  "V 0 failed data 550\nV 1 sent\nV 2 sent\nF 250\nFAILED protocol *nobody*" },
	{ .name = "cut between two answers", .lmtp = true, .mail = {{ A, TWO }},
	  .text = "S 220\nC LHLO me\nS 250\nREADY\nMAIL 0\n" FROM "S 250\n" TO_C "S 250\n" TO_E
		  "S 250\nC DATA\nS 354\nBODY dots\nC .\nS 250 1\ns 250\nLOST temp\nFAILED temp *\n"
		  "V 0 sent\nV 1 deferred temp 451 maybe local" },
	{ .name = "421 between two answers", .lmtp = true, .mail = {{ A, THREE }},
	  .text = "S 220\nC LHLO me\nS 250\nREADY\nMAIL 0\n" FROM "S 250\n" TO_C "S 250\n" TO_E
		  "S 250\n" TO_G "S 250\nC DATA\nS 354\nBODY dots\nC .\nS 250 1\nS 421 bye\n"
		  "FAILED temp *\nV 0 sent\nV 1 deferred temp 421\n"
		  "V 2 deferred temp 421 maybe" },
	{ .name = "QUIT in the flight", .lmtp = true, .pipelining = SMTPC_PIPE_AUTO,
	  .mail = {{ A, TWO, .last = true }},
	  .text = "S 220\nC LHLO me\nS 250-x\nS 250 PIPELINING\nREADY\nMAIL 0\n" FROM TO_C TO_E
		  "S 250\nS 250\nS 250\nC DATA\nS 354\nBODY dots\nC .\nC QUIT\nS 250\nS 451\n"
		  "S 221\nDONE\nV 0 sent\nV 1 deferred temp 451" },
	{ .name = "BDAT in one flight", .lmtp = true, .pipelining = SMTPC_PIPE_AUTO,
	  .chunking = true, .mail = {{ A, THREE, 7, .last = true, .partial = true, .one_flight = true }},
	  .text = "S 220\nC LHLO me\nS 250-x\nS 250-CHUNKING\nS 250 PIPELINING\nREADY\nMAIL 0\n"
		  FROM TO_C TO_E TO_G "C BDAT 7 LAST\nBODY raw\nC QUIT\nS 250\nS 250\nS 550\n"
		  "S 250\nS 250\nS 450\nDONE\nV 0 sent\nV 1 failed data 550\n"
		  "V 2 deferred temp 450" },
	{ .name = "BDAT for nobody", .lmtp = true, .pipelining = SMTPC_PIPE_AUTO,
	  .chunking = true, .mail = {{ A, ONE, 7, .one_flight = true }},
	  .text = "S 220\nC LHLO me\nS 250-x\nS 250-CHUNKING\nS 250 PIPELINING\nREADY\nMAIL 0\n"
		  FROM TO_C "C BDAT 7 LAST\nBODY raw\nS 250\nS 550\nS 503\nREADY\n"
		  "V 0 failed data 550" },
};

static void test_slow(void **state) { (void)state; script_play(slow, COUNT(slow)); }
static void test_lost(void **state) { (void)state; script_play(lost, COUNT(lost)); }
static void test_parameters(void **state) { (void)state; script_play(parameters, COUNT(parameters)); }
static void test_pipelined(void **state) { (void)state; script_play(pipelined, COUNT(pipelined)); }
static void test_bdat(void **state) { (void)state; script_play(bdat, COUNT(bdat)); }
static void test_one_flight(void **state) { (void)state; script_play(one_flight, COUNT(one_flight)); }
static void test_lmtp(void **state) { (void)state; script_play(lmtp, COUNT(lmtp)); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_pipelined),
		cmocka_unit_test(test_bdat),
		cmocka_unit_test(test_one_flight),
		cmocka_unit_test(test_lmtp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
