# Unit tests of src/conf.

conf_tests = \
	tests/unit/test_argv \
	tests/unit/test_check \
	tests/unit/test_opt \
	tests/unit/test_optout \
	tests/unit/test_rc \
	tests/unit/test_value
check_PROGRAMS += $(conf_tests)
TESTS += $(conf_tests)
EXTRA_DIST += tests/unit/callers.h tests/unit/rcread.h

conf_test_flags = $(AM_CPPFLAGS) -I$(top_srcdir)/tests

tests_unit_test_argv_SOURCES = tests/unit/test_argv.c
tests_unit_test_argv_CPPFLAGS = $(conf_test_flags)
tests_unit_test_argv_LDADD = $(UNIT_LIBS)
tests_unit_test_check_SOURCES = tests/unit/test_check.c
tests_unit_test_check_CPPFLAGS = $(conf_test_flags)
tests_unit_test_check_LDADD = $(UNIT_LIBS)
tests_unit_test_opt_SOURCES = tests/unit/test_opt.c
tests_unit_test_opt_CPPFLAGS = $(conf_test_flags)
tests_unit_test_opt_LDADD = $(UNIT_LIBS)
tests_unit_test_optout_SOURCES = tests/unit/test_optout.c
tests_unit_test_optout_CPPFLAGS = $(conf_test_flags)
tests_unit_test_optout_LDADD = $(UNIT_LIBS)
tests_unit_test_rc_SOURCES = tests/unit/test_rc.c
tests_unit_test_rc_CPPFLAGS = $(conf_test_flags)
tests_unit_test_rc_LDADD = $(UNIT_LIBS)
tests_unit_test_value_SOURCES = tests/unit/test_value.c
tests_unit_test_value_CPPFLAGS = $(conf_test_flags)
tests_unit_test_value_LDADD = $(UNIT_LIBS)
