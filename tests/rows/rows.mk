# Every row of the option table acts, and says what is wrong with a value; a login and modes
# that want a test of their own.
rows_tests = tests/rows/mistakes.py tests/rows/modes.py tests/rows/ntlm.py \
	tests/rows/rows.py
TESTS += $(rows_tests)
EXTRA_DIST += $(rows_tests)
