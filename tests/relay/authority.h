/*
 * authority: a throwaway certificate authority.
 *
 * authority_make() fills DIR with fresh ECDSA P-256 keys and certificates, in a
 * few milliseconds, so that every test can have its own:
 *
 *	ca.pem			the root: what a client is told to trust
 *	crl.pem			its revocation list (names "revoked" only)
 *	NAME.pem, NAME.key	chain and key of each row below
 *	NAME.sha256		fingerprint of the first certificate, AA:BB:...
 *
 *	good		localhost, 127.0.0.1, ::1; by way of an intermediate
 *	direct		the same names, signed by the root itself
 *	no-chain	as good, but the intermediate is not sent
 *	expired		ended a year ago
 *	future		begins in a year
 *	wrong-name	other.example only
 *	wrong-ip	address 192.0.2.1 only
 *	ip-only		addresses 127.0.0.1 and ::1, no name
 *	wildcard	*.relay.test (one level: fits a.relay.test, not a.b.relay.test)
 *	cn-only		localhost as common name only, no alternative name
 *	nul-name	localhost NUL .other.example as one name
 *	wrong-purpose	localhost, but good for clients only
 *	self-signed	localhost, signed by itself
 *	unknown		localhost, signed by an authority that nobody trusts
 *	revoked		localhost, on the revocation list
 *	must-staple	may only be believed with an OCSP answer, and has none
 *	staple-good	the same with a good one, by the root
 *	staple-by-proxy	the same, by a responder that the root has signed
 *	client		a client's certificate, common name "tester"
 *	bad-client	a client's certificate by the untrusted authority
 *
 * Good for localhost, but with an OCSP answer (NAME.ocsp) that says or is
 *	staple-revoked	revoked
 *	staple-unknown	that the authority knows of no such certificate
 *	staple-old	good, until yesterday
 *	staple-early	good, from tomorrow on
 *	staple-foreign	by the untrusted authority
 *	staple-self	signed by the server's own key
 *	staple-other	about another certificate
 *	staple-garbage	nothing of the kind
 */
#ifndef TESTS_RELAY_AUTHORITY_H
#define TESTS_RELAY_AUTHORITY_H

/* Makes DIR if it is not there.  Dies when it cannot. */
void authority_make(const char *dir);

#endif
