# Unit tests of src/sys.  They open socketpairs, loopback sockets on ports of
# the kernel's choice and files in folders of their own.

sys_tests = \
	tests/unit/test_dial \
	tests/unit/test_dns \
	tests/unit/test_fs \
	tests/unit/test_host \
	tests/unit/test_journal \
	tests/unit/test_keyring \
	tests/unit/test_netrc \
	tests/unit/test_prompt \
	tests/unit/test_run \
	tests/unit/test_stream \
	tests/unit/test_ticket \
	tests/unit/test_tls \
	tests/unit/test_trust \
	tests/unit/test_verify

check_PROGRAMS += $(sys_tests)
TESTS += $(sys_tests)

tests_unit_test_dial_SOURCES = tests/unit/test_dial.c
tests_unit_test_dial_LDADD = $(FLOW_LIBS)
tests_unit_test_dns_SOURCES = tests/unit/test_dns.c
tests_unit_test_dns_LDADD = $(FLOW_LIBS)
tests_unit_test_fs_SOURCES = tests/unit/test_fs.c
tests_unit_test_fs_LDADD = $(FLOW_LIBS)
tests_unit_test_host_SOURCES = tests/unit/test_host.c
tests_unit_test_host_LDADD = $(FLOW_LIBS)
tests_unit_test_journal_SOURCES = tests/unit/test_journal.c
tests_unit_test_journal_LDADD = $(FLOW_LIBS)
tests_unit_test_keyring_SOURCES = tests/unit/test_keyring.c
tests_unit_test_keyring_LDADD = $(FLOW_LIBS)
tests_unit_test_netrc_SOURCES = tests/unit/test_netrc.c
tests_unit_test_netrc_LDADD = $(FLOW_LIBS)
tests_unit_test_prompt_SOURCES = tests/unit/test_prompt.c
tests_unit_test_prompt_LDADD = $(FLOW_LIBS)
tests_unit_test_run_SOURCES = tests/unit/test_run.c
tests_unit_test_run_LDADD = $(FLOW_LIBS)
tests_unit_test_stream_SOURCES = tests/unit/test_stream.c
tests_unit_test_stream_LDADD = $(FLOW_LIBS)
tests_unit_test_ticket_SOURCES = tests/unit/test_ticket.c tests/unit/pki.c tests/unit/pki.h
tests_unit_test_ticket_LDADD = $(FLOW_LIBS)
tests_unit_test_tls_SOURCES = tests/unit/test_tls.c tests/unit/pki.c tests/unit/pki.h
tests_unit_test_tls_LDADD = $(FLOW_LIBS)
tests_unit_test_trust_SOURCES = tests/unit/test_trust.c tests/unit/pki.c tests/unit/pki.h
tests_unit_test_trust_LDADD = $(FLOW_LIBS)
tests_unit_test_verify_SOURCES = tests/unit/test_verify.c tests/unit/pki.c tests/unit/pki.h
tests_unit_test_verify_LDADD = $(FLOW_LIBS)

# A library under libsecret's name, in a folder of its own.
check_PROGRAMS += tests/unit/fake/libsecret-1.so.0
tests_unit_fake_libsecret_1_so_0_SOURCES = tests/unit/fake_secret.c
tests_unit_fake_libsecret_1_so_0_CFLAGS = $(WARN_CFLAGS) -fPIC
tests_unit_fake_libsecret_1_so_0_LDFLAGS = -shared
tests_unit_fake_libsecret_1_so_0_LDADD =
