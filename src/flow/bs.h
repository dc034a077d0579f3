/*
 * SMTP (or LMTP) on standard input and output: sendmail -bs.
 */
#ifndef FLOW_BS_H
#define FLOW_BS_H

#include "base/err.h"
#include "conf/argv.h"

#define BS_IDLE 300	/* seconds a client may be silent; RFC 5321 4.5.3.2.7 */

/*
 * Hold a session on IN and OUT, which may be pipes or one socket.  Each
 * message is delivered, or queued, before its 250.  0 when the session came
 * to its end, whatever was refused; -1 with ERR_TEMP or ERR_IO when the
 * client stayed silent or cannot be written to.
 */
int bs_run(const struct argv_result *ask, int in, int out, struct err *e);

#endif
