/*
 * The commands: each takes the command line as read and gives the exit
 * status.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "conf/argv.h"
#include "flow/relay.h"

struct buf;

/* A message on standard input; --pretend shows what would be done. */
int cmd_send(const struct argv_result *a);

/* --version and --help. */
void cmd_version(const struct argv_result *a);
void cmd_help(const struct argv_result *a);

/* --configure, --serverinfo, --rmqs, --print-config. */
int cmd_configure(const struct argv_result *a);
int cmd_serverinfo(const struct argv_result *a);
int cmd_rmqs(const struct argv_result *a);
int cmd_print_config(const struct argv_result *a);

/* mailq, sendmail -bp: list the queue; -bP: print how many are in it. */
int cmd_mailq(const struct argv_result *a);
int cmd_queue_count(const struct argv_result *a);

/* sendmail -q, ostler -q and -qTIME: run the queue. */
int cmd_queue_run(const struct argv_result *a);

/* ostler queue VERB ... */
int cmd_queue(const struct argv_result *a);

/* sendmail -bs: SMTP on standard input and output. */
int cmd_bs(const struct argv_result *a);

/* sendmail -bv: print what the recipients come to. */
int cmd_verify(const struct argv_result *a);

/* newaliases, sendmail -bi: check the alias file. */
int cmd_newaliases(const struct argv_result *a);

/* Print "PROG: text" on standard error unless -oeq; gives E's status. */
int cmd_fail(const struct argv_result *a, const struct err *e);

/* Print to standard output and flush; main() tells of a failure at the end. */
void cmd_print(const struct buf *text);

/* What shows the dialogue on standard output if A asks for it, or NULL. */
const struct relay_trace *cmd_trace(const struct argv_result *a);

#endif
