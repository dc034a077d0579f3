# Unit tests of src/base.

base_tests = \
	tests/unit/test_ascii \
	tests/unit/test_base64 \
	tests/unit/test_buf \
	tests/unit/test_err \
	tests/unit/test_secret
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)

tests_unit_test_ascii_SOURCES = tests/unit/test_ascii.c
tests_unit_test_ascii_LDADD = $(UNIT_LIBS)
tests_unit_test_base64_SOURCES = tests/unit/test_base64.c
tests_unit_test_base64_LDADD = $(UNIT_LIBS)
tests_unit_test_buf_SOURCES = tests/unit/test_buf.c
tests_unit_test_buf_LDADD = $(UNIT_LIBS)
tests_unit_test_err_SOURCES = tests/unit/test_err.c
tests_unit_test_err_LDADD = $(UNIT_LIBS)
tests_unit_test_secret_SOURCES = tests/unit/test_secret.c tests/unit/unit.h
tests_unit_test_secret_LDADD = $(UNIT_LIBS)
tests_unit_test_secret_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=free
