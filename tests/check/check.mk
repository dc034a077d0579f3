# Checks of the source itself.

check_scripts = \
	tests/check/benches \
	tests/check/checks \
	tests/check/complete \
	tests/check/headers \
	tests/check/install \
	tests/check/lengths \
	tests/check/manlint \
	tests/check/options \
	tests/check/rooms \
	tests/check/units \
	tests/check/weaknesses \
	tests/check/words
TESTS += $(check_scripts)
EXTRA_DIST += $(check_scripts)

# The tables of options as text, for the check of everything that lists them.
check_PROGRAMS += tests/check/table
tests_check_table_SOURCES = tests/check/table.c
tests_check_table_LDADD = src/libpure.a
