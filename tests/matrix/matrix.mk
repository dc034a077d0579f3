# Debian's msmtp and ours, side by side.  Without msmtp it exits 77.

TESTS += tests/matrix/matrix.py
EXTRA_DIST += tests/matrix/matrix.py tests/matrix/cases.py tests/matrix/differences.py
