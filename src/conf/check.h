/*
 * Shapes of text values: each says whether VALUE is fit for the rows that
 * name it, 0 or -1 with ERR_CONFIG, and may put a better form, malloced,
 * into *fixed.
 */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include "base/err.h"

/* One word: no blanks. */
int check_word(const char *value, char **fixed, struct err *e);

/* The name or address of one host; for a word of a list, and alone. */
int check_host(const char *value, char **fixed, struct err *e);
int check_one_host(const char *value, char **fixed, struct err *e);

/* An IPv4 or IPv6 address, the latter perhaps with a zone. */
int check_ip(const char *value, char **fixed, struct err *e);

/* An envelope sender; fixed has it without "<>" around it. */
int check_from(const char *value, char **fixed, struct err *e);

/* A retry schedule as value.h reads it. */
int check_schedule(const char *value, char **fixed, struct err *e);

#endif
