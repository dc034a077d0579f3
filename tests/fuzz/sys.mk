# Fuzz targets of src/sys; tests.mk says how to write one.

sys_fuzz = \
	tests/fuzz/fuzz_dns \
	tests/fuzz/fuzz_netrc
check_PROGRAMS += $(sys_fuzz)
TESTS += $(sys_fuzz)

tests_fuzz_fuzz_dns_SOURCES = tests/fuzz/fuzz_dns.c $(fuzz_main)
tests_fuzz_fuzz_dns_LDADD = $(FLOW_LIBS)
tests_fuzz_fuzz_dns_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_netrc_SOURCES = tests/fuzz/fuzz_netrc.c $(fuzz_main)
tests_fuzz_fuzz_netrc_LDADD = $(FLOW_LIBS)
tests_fuzz_fuzz_netrc_LDFLAGS = $(fuzz_link)
