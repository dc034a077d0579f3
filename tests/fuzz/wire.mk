# Fuzz targets of src/wire; tests.mk says how to write one.
wire_fuzz = \
	tests/fuzz/fuzz_caps \
	tests/fuzz/fuzz_reply \
	tests/fuzz/fuzz_sasl \
	tests/fuzz/fuzz_smtpc \
	tests/fuzz/fuzz_smtps \
	tests/fuzz/fuzz_socks5
check_PROGRAMS += $(wire_fuzz)
TESTS += $(wire_fuzz)

tests_fuzz_fuzz_caps_SOURCES = tests/fuzz/fuzz_caps.c $(fuzz_main)
tests_fuzz_fuzz_caps_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_caps_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_reply_SOURCES = tests/fuzz/fuzz_reply.c $(fuzz_main)
tests_fuzz_fuzz_reply_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_reply_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_sasl_SOURCES = tests/fuzz/fuzz_sasl.c $(fuzz_main)
tests_fuzz_fuzz_sasl_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_sasl_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_smtpc_SOURCES = tests/fuzz/fuzz_smtpc.c $(fuzz_main)
tests_fuzz_fuzz_smtpc_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_smtpc_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_socks5_SOURCES = tests/fuzz/fuzz_socks5.c $(fuzz_main)
tests_fuzz_fuzz_socks5_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_socks5_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_smtps_SOURCES = tests/fuzz/fuzz_smtps.c $(fuzz_main)
tests_fuzz_fuzz_smtps_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_smtps_LDFLAGS = $(fuzz_link)
