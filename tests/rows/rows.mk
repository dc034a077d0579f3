# Every row of the tables of options acts, and says what is wrong with a value; every cause
# of every exit status; a login and modes that want a test of their own.
rows_tests = \
	tests/rows/exits.py \
	tests/rows/mistakes.py \
	tests/rows/modes.py \
	tests/rows/ntlm.py \
	tests/rows/options.py \
	tests/rows/prime_rows.py \
	tests/rows/queue_rows.py \
	tests/rows/rows.py \
	tests/rows/tls_rows.py
TESTS += $(rows_tests)
EXTRA_DIST += tests/rows/exits_call.py tests/rows/exits_here.py \
	tests/rows/exits_relay.py tests/rows/acts.py tests/rows/sending.py $(rows_tests)
