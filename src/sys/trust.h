/*
 * The few authorities a chain needs out of a large bundle.
 *
 * Reading all of a system's authorities costs six times a handshake.  An
 * index in the cache tells where in the bundle the certificates with a given
 * subject stand.  It is a hint and no more: what is trusted is always read
 * from the bundle itself, a bundle that has changed in any way has no index,
 * and whoever does not find what he needs reads the whole bundle.
 */
#ifndef SYS_TRUST_H
#define SYS_TRUST_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define TRUST_LARGE 16384	/* bytes of a bundle that is worth an index */
#define TRUST_CERTS_MAX 4096	/* in a bundle with an index */

struct trust;

/* The bundle PATH by its index; NULL when it has none that fits. */
struct trust *trust_open(const char *path);

/*
 * Append the PEM text of those authorities that a chain of N certificates
 * (DER, in any order) can end in: whose subject is the issuer or the subject
 * of one of them.  None is given twice by the same T.
 */
void trust_find(struct trust *t, const gnutls_datum_t *chain, unsigned n,
		struct buf *pem);

void trust_free(struct trust *t);

/*
 * Make the index of PATH, in which the library found COUNT certificates.
 * When we do not find the same number, what is kept says that this bundle
 * has no index; nothing is done when the bundle is small or there is no
 * place to keep it.
 */
void trust_index(const char *path, int count);

#endif
