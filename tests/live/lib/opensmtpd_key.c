/*
 * Loaded into Debian 12's OpenSMTPD, whose way of keeping the private key in a
 * process of its own OpenSSL 3 no longer supports: every handshake fails.  Here
 * each TLS context gets the key itself, from LIVE_KEY in the environment, as PEM.
 */
#include <dlfcn.h>
#include <stdlib.h>

void *SSL_new(void *ctx);

void *SSL_new(void *ctx)
{
	void *(*real)(void *) = dlsym(RTLD_NEXT, "SSL_new");
	void *(*bio)(const void *, int) = dlsym(RTLD_NEXT, "BIO_new_mem_buf");
	void *(*key)(void *, void **, void *, void *) =
		dlsym(RTLD_NEXT, "PEM_read_bio_PrivateKey");
	int (*use)(void *, void *) = dlsym(RTLD_NEXT, "SSL_CTX_use_PrivateKey");
	const char *pem = getenv("LIVE_KEY");

	if (pem != NULL)
		use(ctx, key(bio(pem, -1), NULL, NULL, NULL));
	return real(ctx);
}
