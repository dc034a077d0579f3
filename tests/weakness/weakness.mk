# msmtp's sixty known weaknesses, each by its number.
weakness_tests = \
	tests/weakness/companions.py \
	tests/weakness/cost.py \
	tests/weakness/lost.py \
	tests/weakness/safety.py \
	tests/weakness/wrong.py
TESTS += $(weakness_tests)
EXTRA_DIST += tests/weakness/case.py $(weakness_tests)
