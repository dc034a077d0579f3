# Unit tests of src/sys.  They open socketpairs, loopback sockets on ports of
# the kernel's choice and files in folders of their own.

sys_tests = \
	tests/unit/test_tls

check_PROGRAMS += $(sys_tests)
TESTS += $(sys_tests)

tests_unit_test_tls_SOURCES = tests/unit/test_tls.c tests/unit/pki.c tests/unit/pki.h
tests_unit_test_tls_LDADD = $(FLOW_LIBS)
