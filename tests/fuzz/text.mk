# Fuzz targets of src/text; tests.mk says how to write one.

text_fuzz = \
	tests/fuzz/fuzz_addr \
	tests/fuzz/fuzz_alias \
	tests/fuzz/fuzz_dot \
	tests/fuzz/fuzz_edit \
	tests/fuzz/fuzz_header \
	tests/fuzz/fuzz_idn \
	tests/fuzz/fuzz_mime7 \
	tests/fuzz/fuzz_word \
	tests/fuzz/fuzz_xtext
check_PROGRAMS += $(text_fuzz)
TESTS += $(text_fuzz)
EXTRA_DIST += tests/fuzz/fuzz.h

tests_fuzz_fuzz_addr_SOURCES = tests/fuzz/fuzz_addr.c $(fuzz_main)
tests_fuzz_fuzz_addr_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_addr_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_alias_SOURCES = tests/fuzz/fuzz_alias.c $(fuzz_main)
tests_fuzz_fuzz_alias_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_alias_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_dot_SOURCES = tests/fuzz/fuzz_dot.c $(fuzz_main)
tests_fuzz_fuzz_dot_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_dot_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_edit_SOURCES = tests/fuzz/fuzz_edit.c $(fuzz_main)
tests_fuzz_fuzz_edit_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_edit_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_header_SOURCES = tests/fuzz/fuzz_header.c $(fuzz_main)
tests_fuzz_fuzz_header_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_header_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_idn_SOURCES = tests/fuzz/fuzz_idn.c $(fuzz_main)
tests_fuzz_fuzz_idn_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_idn_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_mime7_SOURCES = tests/fuzz/fuzz_mime7.c $(fuzz_main)
tests_fuzz_fuzz_mime7_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_mime7_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_word_SOURCES = tests/fuzz/fuzz_word.c $(fuzz_main)
tests_fuzz_fuzz_word_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_word_LDFLAGS = $(fuzz_link)
tests_fuzz_fuzz_xtext_SOURCES = tests/fuzz/fuzz_xtext.c $(fuzz_main)
tests_fuzz_fuzz_xtext_LDADD = $(UNIT_LIBS)
tests_fuzz_fuzz_xtext_LDFLAGS = $(fuzz_link)
