# The bundled relay, its certificate authority and the player of dialogue files;
# test code, never installed.
check_PROGRAMS += tests/relay/relay tests/relay/ca tests/relay/talk

relay_shared = tests/relay/tool.c tests/relay/tool.h \
	tests/relay/authority.c tests/relay/authority.h \
	tests/relay/staple.c tests/relay/staple.h

tests_relay_relay_SOURCES = tests/relay/relay.c tests/relay/relay.h \
	tests/relay/options.c tests/relay/fault.c tests/relay/syntax.c \
	tests/relay/content.c tests/relay/store.c tests/relay/auth.c \
	tests/relay/smtp.c tests/relay/mail.c tests/relay/client.c \
	tests/relay/control.c $(relay_shared)
tests_relay_relay_LDADD = $(GNUTLS_LIBS) $(GSASL_LIBS)

tests_relay_ca_SOURCES = tests/relay/ca.c $(relay_shared)
tests_relay_ca_LDADD = $(GNUTLS_LIBS)

tests_relay_talk_SOURCES = tests/relay/talk.c tests/relay/talk.h \
	tests/relay/script.c tests/relay/program.c tests/relay/peer.c \
	tests/relay/peer.h tests/relay/shake.c tests/relay/wire.c tests/relay/check.c $(relay_shared)
tests_relay_talk_LDADD = $(GNUTLS_LIBS)

EXTRA_DIST += tests/relay/README

TESTS += tests/relay/strict.py tests/relay/logins.py
EXTRA_DIST += tests/relay/strict.py tests/relay/logins.py

# "make demo" shows the relay and the program at work.
EXTRA_DIST += tests/demo
