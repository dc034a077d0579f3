# Fuzz targets of src/flow; tests.mk says how to write one.

flow_fuzz = \
	tests/fuzz/fuzz_entry
check_PROGRAMS += $(flow_fuzz)
TESTS += $(flow_fuzz)

tests_fuzz_fuzz_entry_SOURCES = tests/fuzz/fuzz_entry.c $(fuzz_main)
tests_fuzz_fuzz_entry_LDADD = $(FLOW_LIBS)
tests_fuzz_fuzz_entry_LDFLAGS = $(fuzz_link)
