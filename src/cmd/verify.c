/*
 * Addresses and aliases without any mail: sendmail -bv and -bi.
 */
#include <stdio.h>
#include <sysexits.h>

#include "base/buf.h"
#include "cmd/cmd.h"
#include "flow/rewrite.h"
#include "flow/submit.h"

int cmd_verify(const struct argv_result *a)
{
	struct buf text = BUF_INIT(1u << 20);
	struct err e = ERR_INIT;
	struct submit s;
	int status = 0, ret;

	submit_init(&s, a);
	ret = submit_prepare(&s, -1, false, &e);
	if (ret == 0) {
		for (size_t i = 0; i < s.env.n; i++)
			buf_addf(&text, "%s... deliverable: mailer relay, "
				 "user %s\n", s.env.rcpt[i].addr,
				 s.env.rcpt[i].addr);
		if (s.bad.env.n > 0)
			ret = misfits_say(&s.bad, &e);
	}
	cmd_print(&text);
	if (ret < 0) {
		cmd_fail(a, &e);
		status = e.kind == ERR_DATA ? EX_NOUSER : err_exit(e.kind);
	}
	buf_free(&text);
	submit_clear(&s);
	return status;
}

int cmd_newaliases(const struct argv_result *a)
{
	struct err e = ERR_INIT;
	struct submit s;
	int status = 0;

	submit_init(&s, a);
	/* aliases are read when used; without a configuration there is
	 * nothing that could be wrong with them */
	if (submit_prepare(&s, -1, false, &e) == 0 &&
	    rewrite_check_aliases(&s.route.acc, &e) < 0)
		status = cmd_fail(a, &e);
	submit_clear(&s);
	return status;
}
