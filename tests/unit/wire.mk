# Unit tests of src/wire.
wire_tests = \
	tests/unit/test_reply \
	tests/unit/test_caps
check_PROGRAMS += $(wire_tests)
TESTS += $(wire_tests)

tests_unit_test_reply_SOURCES = tests/unit/test_reply.c tests/unit/unit.h tests/unit/slices.h
tests_unit_test_reply_LDADD = $(UNIT_LIBS)
tests_unit_test_caps_SOURCES = tests/unit/test_caps.c tests/unit/unit.h
tests_unit_test_caps_LDADD = $(UNIT_LIBS)
