# Messages, envelopes and headers of a size that hurts; descriptors too few.
check_PROGRAMS += tests/limits/peak
tests_limits_peak_SOURCES = tests/limits/peak.c

TESTS += tests/limits/limits.py tests/limits/descriptors.py
tests/limits/limits.log: src/ostler$(EXEEXT) tests/relay/relay$(EXEEXT) tests/limits/peak$(EXEEXT)
tests/limits/descriptors.log: src/ostler$(EXEEXT) tests/relay/relay$(EXEEXT)
EXTRA_DIST += tests/limits/limits.py tests/limits/descriptors.py
