# Every row of the option table acts.
TESTS += tests/rows/rows.py
EXTRA_DIST += tests/rows/rows.py
