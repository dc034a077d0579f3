# Checks of the source itself.

check_scripts = \
	tests/check/checks \
	tests/check/headers \
	tests/check/lengths \
	tests/check/manlint \
	tests/check/rooms \
	tests/check/words
TESTS += $(check_scripts)
EXTRA_DIST += $(check_scripts)
