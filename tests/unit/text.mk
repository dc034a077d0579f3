# Unit tests of src/text.

text_tests = \
	tests/unit/test_addr \
	tests/unit/test_dot \
	tests/unit/test_header
check_PROGRAMS += $(text_tests)
TESTS += $(text_tests)
EXTRA_DIST += tests/unit/unit.h tests/unit/slices.h

tests_unit_test_addr_SOURCES = tests/unit/test_addr.c
tests_unit_test_addr_LDADD = $(UNIT_LIBS)
tests_unit_test_dot_SOURCES = tests/unit/test_dot.c
tests_unit_test_dot_LDADD = $(UNIT_LIBS)
tests_unit_test_header_SOURCES = tests/unit/test_header.c
tests_unit_test_header_LDADD = $(UNIT_LIBS)
