# Fuzz targets of src/conf; tests.mk says how to write one.

conf_fuzz = tests/fuzz/fuzz_argv tests/fuzz/fuzz_rc
check_PROGRAMS += $(conf_fuzz)
TESTS += $(conf_fuzz)

tests_fuzz_fuzz_argv_SOURCES = tests/fuzz/fuzz_argv.c $(fuzz_main)
tests_fuzz_fuzz_argv_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_argv_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_rc_SOURCES = tests/fuzz/fuzz_rc.c $(fuzz_main)
tests_fuzz_fuzz_rc_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_rc_LDFLAGS = $(fuzz_link)
