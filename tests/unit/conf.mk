# Unit tests of src/conf.

conf_tests = \
	tests/unit/test_rc
check_PROGRAMS += $(conf_tests)
TESTS += $(conf_tests)
EXTRA_DIST += tests/unit/rcread.h

tests_unit_test_rc_SOURCES = tests/unit/test_rc.c
tests_unit_test_rc_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_test_rc_LDADD = $(UNIT_LIBS)
