/* The connection, shared by the two files that play the server's side. */
#ifndef TESTS_RELAY_PEER_H
#define TESTS_RELAY_PEER_H

#include <gnutls/gnutls.h>
#include <stdbool.h>

#include "tool.h"

struct peer {
	int listen4, listen6;	/* -1: none */
	unsigned port;
	int fd;			/* the connection, -1: none */
	unsigned count;
	bool over;		/* nothing more is expected of it */
	bool eof;
	gnutls_session_t tls;
	gnutls_certificate_credentials_t credentials;
	size_t slice, hello_slice;
	struct bytes in;	/* read and not yet taken */
	struct bytes clear;
};
extern struct peer peer;

/* Opens the first connection if there was none; fails when it is gone. */
void peer_ensure(void);
/* Waits for POLLIN or POLLOUT; fails at the deadline. */
void peer_wait(short events);
/* Reads what comes into peer.in; false when the client has closed. */
bool peer_more(void);

#endif
