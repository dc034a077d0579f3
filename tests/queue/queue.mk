# The queue: verdicts, the runner, a person's hands, full disks, storms.
queue_tests = \
	tests/queue/ahead.py \
	tests/queue/contrib.py \
	tests/queue/full.py \
	tests/queue/hands.py \
	tests/queue/msmtpq.py \
	tests/queue/runner.py \
	tests/queue/storm.py \
	tests/queue/settled.py \
	tests/queue/trouble.py \
	tests/queue/verdicts.py
TESTS += $(queue_tests)
EXTRA_DIST += tests/queue/case.py $(queue_tests)
