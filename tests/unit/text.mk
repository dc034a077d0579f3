# Unit tests of src/text.

text_tests = \
	tests/unit/test_addr \
	tests/unit/test_alias \
	tests/unit/test_dot \
	tests/unit/test_edit \
	tests/unit/test_envelope \
	tests/unit/test_header \
	tests/unit/test_mime7 \
	tests/unit/test_values \
	tests/unit/test_word
check_PROGRAMS += $(text_tests)
TESTS += $(text_tests)
EXTRA_DIST += tests/unit/unit.h tests/unit/slices.h

tests_unit_test_addr_SOURCES = tests/unit/test_addr.c
tests_unit_test_addr_LDADD = $(UNIT_LIBS)
tests_unit_test_alias_SOURCES = tests/unit/test_alias.c
tests_unit_test_alias_LDADD = $(UNIT_LIBS)
tests_unit_test_dot_SOURCES = tests/unit/test_dot.c
tests_unit_test_dot_LDADD = $(UNIT_LIBS)
tests_unit_test_edit_SOURCES = tests/unit/test_edit.c
tests_unit_test_edit_LDADD = $(UNIT_LIBS)
tests_unit_test_envelope_SOURCES = tests/unit/test_envelope.c
tests_unit_test_envelope_LDADD = $(UNIT_LIBS)
tests_unit_test_header_SOURCES = tests/unit/test_header.c
tests_unit_test_header_LDADD = $(UNIT_LIBS)
tests_unit_test_mime7_SOURCES = tests/unit/test_mime7.c
tests_unit_test_mime7_LDADD = $(UNIT_LIBS)
tests_unit_test_values_SOURCES = tests/unit/test_values.c
tests_unit_test_values_LDADD = $(UNIT_LIBS)
tests_unit_test_word_SOURCES = tests/unit/test_word.c
tests_unit_test_word_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/mime7_filter
TESTS += tests/unit/test_mime7_trees.py
EXTRA_DIST += tests/unit/test_mime7_trees.py
tests_unit_mime7_filter_SOURCES = tests/unit/mime7_filter.c
tests_unit_mime7_filter_LDADD = $(UNIT_LIBS)
