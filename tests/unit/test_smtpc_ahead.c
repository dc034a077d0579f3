/*
 * src/wire/smtpc: a message said while the reply to the end of the one before
 * is waited for.
 */
#include "smtpc_script.h"

#define A "a@b.example"
#define ONE "c@d.example"
#define OTHER "e@f.example"
#define THREE "c@d.example e@f.example g@h.example"
#define NINE "1@d 2@d 3@d 4@d 5@d 6@d 7@d 8@d 9@d"

#define OFFER(what) "S 220 x\nC EHLO me\nS 250-x\nS 250-8BITMIME\nS 250-CHUNKING\n" \
	"S 250-PIPELINING\nS 250 " what "\nREADY\n"
#define BDATS "S 220 x\nC EHLO me\nS 250-x\nS 250-PIPELINING\nS 250 CHUNKING\nREADY\n"

#define FROM "C MAIL FROM:<a@b.example>\n"
#define TO_C "C RCPT TO:<c@d.example>\n"
#define TO_E "C RCPT TO:<e@f.example>\n"
#define TO_G "C RCPT TO:<g@h.example>\n"

#define PIPED .pipelining = SMTPC_PIPE_AUTO, .chunking = true
#define SMALL(to, n) { A, to, n, .one_flight = true }
#define SOME(n) { A, THREE, n, .one_flight = true, .partial = true }
#define ROW PIPED, .mail = { SMALL(ONE, 7), SMALL(OTHER, 8), SMALL(ONE, 9), SMALL(ONE, 7) }
#define ROW_SOME PIPED, .mail = { SMALL(ONE, 7), SOME(8), SMALL(ONE, 9) }

/* Message 0 is on its way, none of it is answered. */
#define SAID "MAIL 0\n" FROM TO_C "C BDAT 7 LAST\nBODY raw\n"
/* Only the end of its content is not answered. */
#define BEGUN SAID "S 250\nS 250\n"
/* Message 1 behind it, for one or for three; message 2 behind that. */
#define SAY_1 "C RSET\n" FROM TO_E "C BDAT 8 LAST\n"
#define AHEAD_1 "AHEAD 1\n" SAY_1 "AHEAD_END\n"
#define AHEAD_3 "AHEAD 1\nC RSET\n" FROM TO_C TO_E TO_G "C BDAT 8 LAST\nAHEAD_END\n"
#define AHEAD_2 "AHEAD 2\nC RSET\n" FROM TO_C "C BDAT 9 LAST\nAHEAD_END\n"
#define BOTH BDATS BEGUN AHEAD_1
#define BOTH_SOME BDATS BEGUN AHEAD_3
#define GO_ON "READY\nRESUME\nHELD\n"
/* What the relay says to the second when it has no objections. */
#define YES "S 250\nS 250\nS 250\nS 252 two\n"
/* One more message, when nothing was left open, and when something was. */
#define AGAIN "MAIL 3\n" FROM TO_C "C BDAT 7 LAST\nBODY raw\nS 250\nS 250\nS 250\nREADY\nV 0 sent"
#define CLEANED "MAIL 3\nC RSET\n" FROM TO_C "C BDAT 7 LAST\nBODY raw\nS 250\nS 250\n" \
	"S 250\nS 250\nREADY\nV 0 sent"

static const struct script accepted[] = {
	{ .name = "each in its turn", ROW,
	  .text = BOTH "AT_END yes\nTAKES no\nS 251 one\nREADY\nAT_END no\nTAKES no\n"
		  "V 0 sent none 251\nLAST 251\nSENDER yes\nOF 1\nV 0 pending\nRESUME\nLAST 0\n"
		  "SENDER no\nHELD\nTAKES yes\nSTEP the reply to RSET\nS 250\n"
		  "STEP the reply to MAIL FROM\nS 250\nSENDER yes\nS 250\nAT_END yes\n"
		  "V 0 pending\nS 252 two\nREADY\nV 0 sent none 252\nLAST 252\nNO_RESUME\n"
		  "OF 0\nV 0 sent none 251\nQUIT\nC QUIT\nDONE" },
	{ .name = "all in one read", ROW,
	  .text = BOTH "S 251 one\n" YES "READY\nV 0 sent none 251\nLAST 251\nSENDER yes\nOF 1\n"
		  "V 0 pending\nRESUME\nHELD\nREADY\nV 0 sent none 252\nLAST 252\n" AGAIN },
	{ .name = "before anything of the first is answered", ROW,
	  .text = BDATS SAID AHEAD_1 "AT_END no\nSTEP the reply to MAIL FROM\nS 250\nS 250\n"
		  "S 251 one\n" YES "READY\nV 0 sent none 251\nRESUME\nHELD\nREADY\nV 0 sent none 252" },
	{ .name = "a reply cut between the reads", ROW,
	  .text = BOTH "S 251 one\ns 25\nREADY\nRESUME\nHELD\ns 0\\r\\n250 a\\r\\n250\n"
		  "s  b\\r\\n252 two\\r\\n\nREADY\nV 0 sent none 252" },
	{ .name = "the first accepted before the second is written", ROW,
	  .text = BDATS BEGUN "AHEAD 1\nF 251 one\n" SAY_1 "AHEAD_END\nLAST 251\n" GO_ON YES
		  "READY\nV 0 sent none 252\nOF 0\nV 0 sent none 251" },
	{ .name = "a third behind the second", ROW,
	  .text = BOTH "S 251 one\n" YES "READY\nRESUME\n" AHEAD_2 "OF 1\nV 0 pending\nHELD\n"
		  "READY\nV 0 sent none 252\nLAST 252\nOF 2\nV 0 pending\nRESUME\nHELD\n"
		  "S 250\nS 250\nS 250\nS 253 three\nREADY\nV 0 sent none 253\nLAST 253\n" AGAIN },
	{ .name = "a third, nothing kept", ROW,
	  .text = BOTH "S 251 one\nREADY\nRESUME\n" AHEAD_2 "HELD\n" YES "S 250\nS 250\nREADY\n"
		  "V 0 sent none 252\nRESUME\nHELD\nS 250\nS 253\nREADY\nV 0 sent none 253" },
	{ .name = "what comes before the kept is taken waits", ROW,
	  .text = BOTH "S 251 one\n" YES "READY\nRESUME\n" AHEAD_2 "F 250\nF 250\nF 250\n"
		  "F 253 three\nOF 1\nV 0 pending\nHELD\nREADY\nV 0 sent none 252\nRESUME\nHELD\n"
		  "READY\nV 0 sent none 253" },
	{ .name = "several, partial", ROW_SOME,
	  .text = BOTH_SOME "S 251 one\nS 250\nS 250\nS 250\nS 550 who\nS 450 later\nS 252 two\n"
		  GO_ON "READY\nV 0 sent none 252\nV 1 failed data 550\nV 2 deferred temp 450" },
	{ .name = "the second is the last", PIPED,
	  .mail = { SMALL(ONE, 7), { A, OTHER, 8, .one_flight = true, .last = true } },
	  .text = BOTH "S 251 one\n" GO_ON "TAKES no\n" YES "C QUIT\nDONE\nV 0 sent none 252" },
	{ .name = "with its own parameters", PIPED,
	  .mail = { SMALL(ONE, 7), { A, "\xc3\xbc@f.example", 99, .one_flight = true,
		    .eightbit = true, .notify = DSN_NEVER, .ret = DSN_RET_HDRS, .envid = "x" } },
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250-CHUNKING\nS 250-PIPELINING\nS 250-DSN\n"
		  "S 250-8BITMIME\nS 250-SMTPUTF8\nS 250 SIZE 99\nREADY\n"
		  "MAIL 0\nC MAIL FROM:<a@b.example> SIZE=7\n" TO_C "C BDAT 7 LAST\nBODY raw\n"
		  "AHEAD 1\nC RSET\nC MAIL FROM:<a@b.example> SIZE=99 BODY=8BITMIME SMTPUTF8 "
		  "RET=HDRS ENVID=x\nC RCPT TO:<\xc3\xbc@f.example> NOTIFY=NEVER\n"
		  "C BDAT 99 LAST\nAHEAD_END\nS 250\nS 250\nS 251\n" YES GO_ON "READY\n"
		  "V 0 sent none 252" },
	{ .name = "a recipient that cannot travel is left out", PIPED,
	  .mail = { SMALL(ONE, 7), { A, "\xc3\xbc@f.example e@f.example", 8,
		    .one_flight = true, .partial = true } },
	  .text = BOTH "S 251\n" YES GO_ON "READY\nV 0 failed data 553 local\nV 1 sent none 252" },
	{ .name = "no other message and no QUIT between", ROW,
	  .text = BOTH "S 251 one\nREADY\nREFUSE 2 software\nQUIT\n" GO_ON YES "READY\n"
		  "V 0 sent none 252" },
	{ .name = "left with one ahead", ROW, .text = BOTH "TAKES no" },
	{ .name = "left with one ahead and its replies kept", ROW,
	  .text = BOTH "S 251 one\n" YES "READY\nV 0 sent none 251" },
	{ .name = "left with one resumed and one ahead", ROW,
	  .text = BOTH "S 251 one\n" YES "READY\nRESUME\n" AHEAD_2 "TAKES no" },
};

static const struct script refused[] = {
	{ .name = "first, end 550", ROW,
	  .text = BOTH "S 550 spam\nREADY\nV 0 failed unavailable 550\nLAST 550\nRESUME\nHELD\n"
		  YES "READY\nV 0 sent none 252\n" AGAIN },
	{ .name = "first, end 451", ROW,
	  .text = BOTH "S 451 later\n" YES "READY\nV 0 deferred temp 451\nLAST 451\nRESUME\nHELD\n"
		  "READY\nV 0 sent none 252\nLAST 252\n" AGAIN },
	{ .name = "first, end 552", ROW,
	  .text = BOTH "S 552 full\n" YES GO_ON "READY\nV 0 sent none 252\nOF 0\n"
		  "V 0 failed unavailable 552" },
	{ .name = "first, RCPT", ROW,
	  .text = BDATS SAID AHEAD_1 "S 250\nS 550 who\nS 554 nobody\n" YES "READY\n"
		  "V 0 failed data 550\nRESUME\nHELD\nREADY\nV 0 sent none 252\n" AGAIN },
	{ .name = "first, RCPT, BDAT accepted", ROW,
	  .text = BDATS SAID AHEAD_1 "S 250\nS 550 who\nS 250 fine\n" YES "READY\n"
		  "V 0 failed data 550\nRESUME\nHELD\nREADY\nV 0 sent none 252" },
	{ .name = "first, MAIL", ROW,
	  .text = BDATS SAID AHEAD_1 "S 550 no\nS 503\nS 503\n" YES "READY\nSENDER no\n"
		  "V 0 failed data 550\nRESUME\nHELD\nREADY\nSENDER yes\nV 0 sent none 252" },
	{ .name = "second, MAIL", ROW,
	  .text = BOTH "S 251\nS 250\nS 450 no\nS 503\nS 503\nREADY\nLAST 251\nRESUME\nHELD\nREADY\n"
		  "V 0 deferred temp 450\nSENDER no\nOF 0\nV 0 sent none 251\n"
		  CLEANED },
	{ .name = "second, RCPT", ROW,
	  .text = BOTH "S 251\nS 250\nS 250\nS 550 who\nS 554\n" GO_ON "READY\n"
		  "V 0 failed data 550\nOF 0\nV 0 sent none 251\n" CLEANED },
	{ .name = "second, RCPT, BDAT accepted", ROW,
	  .text = BOTH "S 251\nS 250\nS 250\nS 550 who\nS 250\n" GO_ON "READY\n"
		  "V 0 failed data 550\n" AGAIN },
	{ .name = "second, end 552", ROW,
	  .text = BOTH "S 251\nS 250\nS 250\nS 250\nS 552 full\n" GO_ON "READY\n"
		  "V 0 failed unavailable 552\nLAST 552\nOF 0\nV 0 sent none 251" },
	{ .name = "second, end 451", ROW,
	  .text = BOTH "S 251\nS 250\nS 250\nS 250\nS 451 full\n" GO_ON "READY\n"
		  "V 0 deferred temp 451\n" CLEANED },
	{ .name = "second, all of several", ROW_SOME,
	  .text = BOTH_SOME "S 251\nS 250\nS 250\nS 550 a\nS 451 b\nS 530 c\nS 554\n" GO_ON
		  "READY\nV 0 failed data 550\nV 1 deferred temp 451\nV 2 deferred noperm 530" },
	{ .name = "second, one of several and the end", ROW_SOME,
	  .text = BOTH_SOME "S 251\nS 250\nS 250\nS 250\nS 551 b\nS 250\nS 554 spam\n" GO_ON
		  "READY\nV 0 failed unavailable 554\nV 1 failed data 551\n"
		  "V 2 failed unavailable 554" },
	{ .name = "second, refused before its content was whole", ROW,
	  .text = BDATS BEGUN "AHEAD 1\n" SAY_1 "S 251\nF 250\nF 250\nF 550 who\nF 554\nAHEAD_END\n"
		  GO_ON "READY\nV 0 failed data 550" },
	{ .name = "both", ROW,
	  .text = BOTH "S 452\nS 250\nS 250\nS 250\nS 554\n" GO_ON "READY\n"
		  "V 0 failed unavailable 554\nOF 0\nV 0 deferred temp 452" },
};

static const struct script ended[] = {
	{ .name = "421 to the end of the first", ROW,
	  .text = BOTH "S 421 bye\nFAILED temp *421 bye\nLAST 421\nOF 0\nV 0 deferred temp 421\n"
		  "OF 1\nV 0 deferred temp 421 maybe\nNO_RESUME\nHELD\nFAILED temp" },
	{ .name = "421 to MAIL of the first", ROW,
	  .text = BDATS SAID AHEAD_1 "S 421 bye\nFAILED temp *421 bye\nOF 0\n"
		  "V 0 deferred temp 421\nOF 1\nV 0 deferred temp 421 maybe" },
	{ .name = "421 to RCPT of the first", ROW,
	  .text = BDATS SAID AHEAD_1 "S 250\nS 421 bye\nFAILED temp *421 bye\nOF 0\n"
		  "V 0 deferred temp 421\nOF 1\nV 0 deferred temp 421 maybe" },
	{ .name = "421 between the two", ROW,
	  .text = BOTH "S 251\nS 421 bye\nREADY\nV 0 sent none 251\nLAST 251\nRESUME\nHELD\n"
		  "FAILED temp *421 bye\nV 0 deferred temp 421 maybe\nLAST 421\nNO_RESUME" },
	{ .name = "421 to RSET", ROW,
	  .text = BOTH "S 251\n" GO_ON "S 421 bye\nFAILED temp *421 bye\nV 0 deferred temp 421 maybe\n"
		  "OF 0\nV 0 sent none 251" },
	{ .name = "421 before the second is written", ROW,
	  .text = BDATS BEGUN "AHEAD 1\nF 251\nF 421 bye\nRESUME\nHELD\nFAILED temp *421 bye\n"
		  "V 0 deferred temp 421\nAHEAD_END\nV 0 deferred temp 421" },
	{ .name = "421 to MAIL", ROW,
	  .text = BOTH "S 251\n" GO_ON "S 250\nS 421 bye\nFAILED temp *421 bye\n"
		  "V 0 deferred temp 421" },
	{ .name = "421 to RCPT", ROW_SOME,
	  .text = BOTH_SOME "S 251\n" GO_ON "S 250\nS 250\nS 250\nS 421 bye\n"
		  "FAILED temp *421 bye\nV 0 deferred temp 421 maybe\nV 1 deferred temp 421\n"
		  "V 2 deferred temp 421 maybe" },
	{ .name = "421 to the end of the second", ROW,
	  .text = BOTH "S 251\nS 250\nS 250\nS 250\nS 421 bye\n" GO_ON "FAILED temp *421 bye\n"
		  "V 0 deferred temp 421" },
	{ .name = "421 to RSET, a third ahead", ROW,
	  .text = BOTH "S 251\nS 421 bye\nREADY\nRESUME\n" AHEAD_2 "HELD\nFAILED temp *421 bye\n"
		  "OF 1\nV 0 deferred temp 421 maybe\nOF 2\nV 0 deferred temp 421 maybe" },
	{ .name = "421 behind the second", ROW,
	  .text = BOTH "S 251\n" YES "S 421 bye\n" GO_ON "FAILED temp *421 bye\nV 0 sent none 252" },
};

static const struct script lost[] = {
	{ .name = "before the end of the first is answered", ROW,
	  .text = BOTH "LOST temp\nFAILED temp the line was cut\nOF 0\n"
		  "V 0 deferred temp 451 maybe local\nOF 1\nV 0 deferred temp 451 maybe local" },
	{ .name = "before anything is answered", ROW,
	  .text = BDATS SAID AHEAD_1 "LOST io\nFAILED io *\nOF 0\nV 0 deferred io 451 maybe local\n"
		  "OF 1\nV 0 deferred io 451 maybe local" },
	{ .name = "the content of the second is not whole", ROW,
	  .text = BDATS BEGUN "AHEAD 1\n" SAY_1 "LOST temp\nFAILED temp *\nOF 0\n"
		  "V 0 deferred temp 451 maybe local\nOF 1\nV 0 deferred temp 451 local\n"
		  "AHEAD_END\nV 0 deferred temp 451 local" },
	{ .name = "the second is not written", ROW,
	  .text = BDATS BEGUN "AHEAD 1\nLOST temp\nFAILED temp *\nOF 0\n"
		  "V 0 deferred temp 451 maybe local\nOF 1\nV 0 deferred temp 451 local" },
	{ .name = "between, the content of the second not whole", ROW,
	  .text = BDATS BEGUN "AHEAD 1\n" SAY_1 "S 251\nREADY\nLOST temp\nFAILED temp *\nOF 0\n"
		  "V 0 sent none 251\nOF 1\nV 0 deferred temp 451 local" },
	{ .name = "between", ROW,
	  .text = BOTH "S 251\nREADY\nLOST temp\nFAILED temp *\nV 0 sent none 251\nOF 1\n"
		  "V 0 deferred temp 451 maybe local" },
	{ .name = "between, resumed", ROW,
	  .text = BOTH "S 251\n" GO_ON "LOST temp\nFAILED temp *\nV 0 deferred temp 451 maybe local\n"
		  "OF 0\nV 0 sent none 251" },
	{ .name = "in the kept replies", ROW,
	  .text = BOTH "S 251\nS 250\nS 250\nS 250\ns 252 t\nREADY\nLOST temp\nFAILED temp *\n"
		  "OF 1\nV 0 deferred temp 451 maybe local" },
	{ .name = "a whole reply kept", ROW,
	  .text = BOTH "S 251\n" YES "READY\nLOST temp\nFAILED temp *\nV 0 sent none 251\nOF 1\n"
		  "V 0 sent none 252" },
	{ .name = "a whole reply kept, resumed", ROW,
	  .text = BOTH "S 251\n" YES "READY\nRESUME\nLOST temp\nFAILED temp *\nV 0 sent none 252" },
	{ .name = "a whole reply kept, a third ahead", ROW,
	  .text = BOTH "S 251\n" YES "READY\nRESUME\n" AHEAD_2 "LOST temp\nFAILED temp *\nOF 1\n"
		  "V 0 sent none 252\nOF 2\nV 0 deferred temp 451 maybe local" },
	{ .name = "whole replies to the second and a third kept", ROW,
	  .text = BOTH "S 251\n" YES "READY\nRESUME\n" AHEAD_2 "F 250\nF 250\nF 250\nF 253\n"
		  "LOST temp\nFAILED temp *\nOF 1\nV 0 sent none 252\nOF 2\nV 0 sent none 253" },
	{ .name = "a refusal kept", ROW_SOME,
	  .text = BOTH_SOME "S 251\nS 250\nS 250\nS 550 a\nREADY\nLOST io\nFAILED io *\nOF 1\n"
		  "V 0 failed data 550\nV 1 deferred io 451 maybe local" },
	{ .name = "421 kept", ROW,
	  .text = BOTH "S 251\nS 421 bye\nREADY\nLOST io\nFAILED temp *421 bye\nOF 1\n"
		  "V 0 deferred temp 421 maybe" },
	{ .name = "behind the second", ROW,
	  .text = BOTH "S 251\n" YES GO_ON "READY\nLOST temp\nFAILED temp *\nV 0 sent none 252\n"
		  "OF 0\nV 0 sent none 251" },
};

static const struct script odd[] = {
	{ .name = "first, end 354", ROW,
	  .text = BOTH "S 354 more\nFAILED protocol *end of the message*354 more\nOF 0\n"
		  "V 0 deferred protocol 354 maybe\nOF 1\nV 0 deferred protocol 354 maybe" },
	{ .name = "first, end 999", ROW,
	  .text = BOTH "S 999\nFAILED protocol *end of the message: not an SMTP*\nOF 0\n"
		  "V 0 deferred protocol 451 maybe local\nOF 1\n"
		  "V 0 deferred protocol 451 maybe local" },
	{ .name = "first, MAIL 354", ROW,
	  .text = BDATS SAID AHEAD_1 "S 354\nFAILED protocol *MAIL FROM*\nOF 0\n"
		  "V 0 deferred protocol 354 maybe\nOF 1\nV 0 deferred protocol 354 maybe" },
	{ .name = "RSET 354", ROW,
	  .text = BOTH "S 251\nS 354\n" GO_ON "FAILED protocol *RSET*\n"
		  "V 0 deferred protocol 354 maybe\nOF 0\nV 0 sent none 251" },
	{ .name = "RSET 500", ROW,
	  .text = BOTH "S 251\nS 500\n" GO_ON "FAILED protocol *RSET*\n"
		  "V 0 deferred protocol 500 maybe" },
	{ .name = "RSET 450", ROW,
	  .text = BOTH "S 251\nS 450\n" GO_ON "FAILED temp *RSET*\nV 0 deferred temp 450 maybe" },
	{ .name = "RSET 999", ROW,
	  .text = BOTH "S 251\nS 999\n" GO_ON "FAILED protocol *RSET*\n"
		  "V 0 deferred protocol 451 maybe local" },
	{ .name = "MAIL 354", ROW,
	  .text = BOTH "S 251\nS 250\nS 354\n" GO_ON "FAILED protocol *MAIL FROM*\n"
		  "V 0 deferred protocol 354 maybe" },
	{ .name = "MAIL 999", ROW,
	  .text = BOTH "S 251\nS 250\nS 999\n" GO_ON "FAILED protocol *MAIL FROM*\n"
		  "V 0 deferred protocol 451 maybe local" },
	{ .name = "RCPT 354", ROW,
	  .text = BOTH "S 251\nS 250\nS 250\nS 354\n" GO_ON "FAILED protocol *RCPT TO*\n"
		  "V 0 deferred protocol 354 maybe" },
	{ .name = "RCPT 999", ROW,
	  .text = BOTH "S 251\nS 250\nS 250\nS 999\n" GO_ON "FAILED protocol *RCPT TO*\n"
		  "V 0 deferred protocol 451 maybe local" },
	{ .name = "end 354", ROW,
	  .text = BOTH "S 251\nS 250\nS 250\nS 250\nS 354\n" GO_ON
		  "FAILED protocol *end of the message*\nV 0 deferred protocol 354 maybe" },
	{ .name = "end 999", ROW,
	  .text = BOTH "S 251\nS 250\nS 250\nS 250\nS 999\n" GO_ON
		  "FAILED protocol *end of the message*\nV 0 deferred protocol 451 maybe local" },
	{ .name = "end contradictory", ROW,
	  .text = BOTH "S 251\nS 250\nS 250\nS 250\nS 250-ok\nS 550 no\n" GO_ON
		  "FAILED protocol *contradictory*\nV 0 deferred protocol 451 maybe local" },
	{ .name = "a reply too many behind the second", ROW,
	  .text = BOTH "S 251\n" YES "S 250\n" GO_ON "FAILED protocol *nobody*\n"
		  "V 0 sent none 252\nOF 0\nV 0 sent none 251" },
	{ .name = "a reply too many before the second is written", ROW,
	  .text = BDATS BEGUN "AHEAD 1\nF 251\nF 250\nRESUME\nHELD\nFAILED protocol *nobody*\n"
		  "V 0 deferred protocol 250\nOF 0\nV 0 sent none 251" },
	{ .name = "accepted before its content was whole", ROW,
	  .text = BDATS BEGUN "AHEAD 1\n" SAY_1 "S 251\n" YES "AHEAD_END\n" GO_ON
		  "FAILED protocol *before the end*\nV 0 deferred protocol 252 maybe" },
	{ .name = "a third accepted before its content was whole", ROW,
	  .text = BOTH "S 251\n" YES "READY\nRESUME\nAHEAD 2\nC RSET\n" FROM TO_C
		  "C BDAT 9 LAST\nF 250\nF 250\nF 250\nF 253\nAHEAD_END\nHELD\nREADY\n"
		  "OF 1\nV 0 sent none 252\nRESUME\nHELD\nFAILED protocol *before the end*\n"
		  "V 0 deferred protocol 253 maybe" },
	{ .name = "its content whole within the reply", ROW,
	  .text = BDATS BEGUN "AHEAD 1\n" SAY_1 "s 251\\r\\n250\\r\\n250\\r\\n250\\r\\n252\n"
		  "READY\nAHEAD_END\nRESUME\nHELD\ns \\r\\n\nREADY\nV 0 sent none 252" },
};

static const struct script not_now[] = {
	{ .name = "greeting", ROW, .text = "NOT_AHEAD 1\nTAKES no" },
	{ .name = "ready", ROW, .text = BDATS "TAKES no\nNOT_AHEAD 1\nREADY\n" AGAIN },
	{ .name = "envelope", PIPED, .mail = { { A, ONE, 7 }, SMALL(OTHER, 8) },
	  .text = BDATS "MAIL 0\nNOT_AHEAD 1\n" FROM TO_C "TAKES no\nNOT_AHEAD 1\nS 250\nS 250\n"
		  "C BDAT 7 LAST\nBODY raw\nTAKES yes\n" AHEAD_1 },
	{ .name = "content", ROW,
	  .text = BDATS "MAIL 0\n" FROM TO_C "C BDAT 7 LAST\nHALF raw\nTAKES no\nNOT_AHEAD 1\nEND\n"
		  "TAKES yes\n" AHEAD_1 },
	{ .name = "done with it", ROW, .text = BDATS BEGUN "S 250\nREADY\nTAKES no\nNOT_AHEAD 1" },
	{ .name = "failed", ROW, .text = BDATS BEGUN "LOST temp\nTAKES no\nNOT_AHEAD 1\nFAILED temp" },
	{ .name = "done", ROW, .text = BDATS "QUIT\nC QUIT\nTAKES no\nNOT_AHEAD 1\nDONE" },
	{ .name = "no PIPELINING", ROW,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 CHUNKING\nREADY\nMAIL 0\n" FROM "S 250\n"
		  TO_C "S 250\nC BDAT 7 LAST\nBODY raw\nTAKES no\nNOT_AHEAD 1\nS 250\nREADY" },
	{ .name = "pipelining off", .chunking = true, .mail = { SMALL(ONE, 7), SMALL(OTHER, 8) },
	  .text = BDATS "MAIL 0\n" FROM "S 250\n" TO_C "S 250\nC BDAT 7 LAST\nBODY raw\nTAKES no\n"
		  "NOT_AHEAD 1\nS 250\nREADY" },
	{ .name = "no CHUNKING", ROW,
	  .text = "S 220 x\nC EHLO me\nS 250-x\nS 250 PIPELINING\nREADY\nMAIL 0\n" FROM TO_C
		  "C DATA\nS 250\nS 250\nS 354\nBODY dots\nC .\nTAKES no\nNOT_AHEAD 1\nS 250\nREADY" },
	{ .name = "chunking off", .pipelining = SMTPC_PIPE_AUTO,
	  .mail = { SMALL(ONE, 7), SMALL(OTHER, 8) },
	  .text = BDATS "MAIL 0\n" FROM TO_C "C DATA\nS 250\nS 250\nS 354\nBODY dots\nC .\n"
		  "TAKES no\nNOT_AHEAD 1\nS 250\nREADY" },
	{ .name = "LMTP", ROW, .lmtp = true,
	  .text = "S 220 x\nC LHLO me\nS 250-x\nS 250-PIPELINING\nS 250 CHUNKING\nREADY\n" BEGUN
		  "TAKES no\nNOT_AHEAD 1\nS 250\nREADY" },
	{ .name = "the first is the last", PIPED,
	  .mail = { { A, ONE, 7, .one_flight = true, .last = true }, SMALL(OTHER, 8) },
	  .text = BDATS "MAIL 0\n" FROM TO_C "C BDAT 7 LAST\nBODY raw\nTAKES no\nNOT_AHEAD 1\n"
		  "C QUIT\nTAKES no\nNOT_AHEAD 1\nS 250\nS 250\nS 250\nDONE" },
	{ .name = "one is ahead already", ROW,
	  .text = BOTH "TAKES no\nNOT_AHEAD 2\nS 251\n" YES "READY\nTAKES no\nNOT_AHEAD 2\nRESUME\n"
		  "TAKES yes\nHELD\nREADY\nV 0 sent none 252" },
	{ .name = "nine recipients", PIPED,
	  .mail = { SMALL(ONE, 7), { A, NINE, 8, .one_flight = true, .partial = true },
		    SMALL(ONE, 9) },
	  .text = BDATS BEGUN "TAKES yes\nNOT_AHEAD 1\nTAKES yes\n" AHEAD_2 "S 251\n" GO_ON YES
		  "READY\nV 0 sent none 252" },
	{ .name = "several, all or nothing", PIPED,
	  .mail = { SMALL(ONE, 7), SMALL(THREE, 8), SMALL(ONE, 9) },
	  .text = BDATS BEGUN "NOT_AHEAD 1\nTAKES yes\nS 250\nREADY\nMAIL 1\n" FROM TO_C TO_E TO_G
		  "S 250\nS 250\nS 250\nS 250\nC BDAT 8 LAST\nBODY raw\nS 250\nREADY\nV 2 sent" },
	{ .name = "the first is for several", PIPED, .mail = { SOME(8), SMALL(ONE, 9) },
	  .text = BDATS "MAIL 0\n" FROM TO_C TO_E TO_G "C BDAT 8 LAST\nBODY raw\nTAKES no\n"
		  "NOT_AHEAD 1\nS 250\nS 250\nS 452\nS 250\nNOT_AHEAD 1\nS 250\nREADY\nV 0 sent\n"
		  "V 1 deferred\nV 2 sent" },
	{ .name = "large", PIPED, .mail = { SMALL(ONE, 7), { A, OTHER, 8 } },
	  .text = BDATS BEGUN "NOT_AHEAD 1\nTAKES yes\nS 250\nREADY\nMAIL 1\n" FROM TO_E },
	{ .name = "more than SIZE", PIPED,
	  .mail = { SMALL(ONE, 7), SMALL(OTHER, 11), SMALL(ONE, 10) },
	  .text = OFFER("SIZE 10") "MAIL 0\nC MAIL FROM:<a@b.example> SIZE=7\n" TO_C
		  "C BDAT 7 LAST\nBODY raw\nNOT_AHEAD 1\nAHEAD 2\nC RSET\n"
		  "C MAIL FROM:<a@b.example> SIZE=10\n" TO_C "C BDAT 10 LAST\nAHEAD_END\n"
		  "S 250\nS 250\nS 251\n" YES GO_ON "READY\nV 0 sent none 252" },
	{ .name = "more recipients than LIMITS", PIPED,
	  .mail = { SMALL(ONE, 7), SMALL(THREE, 8) },
	  .text = OFFER("LIMITS RCPTMAX=2") BEGUN "NOT_AHEAD 1\nTAKES yes" },
	{ .name = "a local part that needs SMTPUTF8", PIPED,
	  .mail = { SMALL(ONE, 7), SMALL("\xc3\xbc@f.example", 8), SMALL(ONE, 9) },
	  .text = BDATS BEGUN "NOT_AHEAD 1\nTAKES yes\n" AHEAD_2 "S 251\n" YES GO_ON
		  "READY\nV 0 sent none 252\nREFUSE 1 data\nV 0 failed data 553 local\nREADY" },
	{ .name = "a line end in an address", PIPED,
	  .mail = { SMALL(ONE, 7), SMALL("e@f\r\nDATA", 8), SMALL(ONE, 9) },
	  .text = BDATS BEGUN "NOT_AHEAD 1\nTAKES yes\n" AHEAD_2 "S 251\n" },
	{ .name = "no recipient", PIPED, .mail = { SMALL(ONE, 7), SMALL("", 8) },
	  .text = BDATS BEGUN "NOT_AHEAD 1\nTAKES yes\nS 250\nREADY\nV 0 sent" },
	{ .name = "none to resume", ROW,
	  .text = "NO_RESUME\nHELD\n" BDATS "NO_RESUME\nHELD\n" SAID "NO_RESUME\nHELD\nAHEAD_END\n"
		  "S 250\nS 250\nS 250\nNO_RESUME\nREADY\nV 0 sent" },
	{ .name = "none to resume before the first is done", ROW,
	  .text = BOTH "NO_RESUME\nHELD\nS 251\n" GO_ON YES "READY\nV 0 sent none 252" },
};

/* A relay that talks on and on: what is kept has an end. */
static void test_too_much(void **state)
{
	struct buf text = BUF_INIT(1 << 20);
	struct script row = { .name = "more than is kept", ROW };

	(void)state;
	buf_adds(&text, BOTH "S 251 one\n");
	for (int i = 0; i < 1100; i++)
		buf_adds(&text, "S 250-0123456789012345678901234567890123456789012345678901234567\n");
	buf_adds(&text, "FAILED protocol *more replies*\nV 0 sent none 251\nLAST 251\nOF 1\n"
			"V 0 deferred protocol 451 maybe local\nNO_RESUME");
	row.text = buf_str(&text);
	script_play(&row, 1);
	buf_free(&text);
}

static void test_accepted(void **state) { (void)state; script_play(accepted, COUNT(accepted)); }
static void test_refused(void **state) { (void)state; script_play(refused, COUNT(refused)); }
static void test_ended(void **state) { (void)state; script_play(ended, COUNT(ended)); }
static void test_lost(void **state) { (void)state; script_play(lost, COUNT(lost)); }
static void test_odd(void **state) { (void)state; script_play(odd, COUNT(odd)); }
static void test_not_now(void **state) { (void)state; script_play(not_now, COUNT(not_now)); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_not_now),
		cmocka_unit_test(test_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
