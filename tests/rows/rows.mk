# Every row of the option table acts; a login that wants a test of its own.
rows_tests = tests/rows/ntlm.py tests/rows/rows.py
TESTS += $(rows_tests)
EXTRA_DIST += $(rows_tests)
