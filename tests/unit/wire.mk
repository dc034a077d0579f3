# Unit tests of src/wire.
wire_tests = \
	tests/unit/test_reply \
	tests/unit/test_caps \
	tests/unit/test_echo \
	tests/unit/test_engines \
	tests/unit/test_path \
	tests/unit/test_sasl \
	tests/unit/test_socks5 \
	tests/unit/test_smtpc_ahead \
	tests/unit/test_smtpc_hello \
	tests/unit/test_smtpc_limits \
	tests/unit/test_smtpc_mail \
	tests/unit/test_smtps
check_PROGRAMS += $(wire_tests)
TESTS += $(wire_tests)

tests_unit_test_reply_SOURCES = tests/unit/test_reply.c tests/unit/unit.h tests/unit/slices.h
tests_unit_test_reply_LDADD = $(UNIT_LIBS)
tests_unit_test_caps_SOURCES = tests/unit/test_caps.c tests/unit/unit.h
tests_unit_test_caps_LDADD = $(UNIT_LIBS)
tests_unit_test_echo_SOURCES = tests/unit/test_echo.c tests/unit/unit.h
tests_unit_test_echo_LDADD = $(UNIT_LIBS)

smtpc_script = tests/unit/smtpc_script.c tests/unit/smtpc_script.h tests/unit/unit.h
tests_unit_test_smtpc_ahead_SOURCES = tests/unit/test_smtpc_ahead.c $(smtpc_script)
tests_unit_test_smtpc_ahead_LDADD = $(UNIT_LIBS)
tests_unit_test_smtpc_hello_SOURCES = tests/unit/test_smtpc_hello.c $(smtpc_script)
tests_unit_test_smtpc_hello_LDADD = $(UNIT_LIBS)
tests_unit_test_smtpc_mail_SOURCES = tests/unit/test_smtpc_mail.c $(smtpc_script)
tests_unit_test_smtpc_mail_LDADD = $(UNIT_LIBS)
tests_unit_test_smtpc_limits_SOURCES = tests/unit/test_smtpc_limits.c tests/unit/unit.h
tests_unit_test_smtpc_limits_LDADD = $(UNIT_LIBS)

tests_unit_test_sasl_SOURCES = tests/unit/test_sasl.c tests/unit/unit.h
tests_unit_test_sasl_LDADD = $(UNIT_LIBS)
tests_unit_test_socks5_SOURCES = tests/unit/test_socks5.c tests/unit/unit.h tests/unit/slices.h
tests_unit_test_socks5_LDADD = $(UNIT_LIBS)

tests_unit_test_path_SOURCES = tests/unit/test_path.c tests/unit/unit.h
tests_unit_test_path_LDADD = $(UNIT_LIBS)
tests_unit_test_smtps_SOURCES = tests/unit/test_smtps.c tests/unit/unit.h
tests_unit_test_smtps_LDADD = $(UNIT_LIBS)
tests_unit_test_engines_SOURCES = tests/unit/test_engines.c tests/unit/unit.h
tests_unit_test_engines_LDADD = $(UNIT_LIBS)
