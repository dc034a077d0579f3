# The queue: verdicts, the runner, a person's hands, full disks, storms.
queue_tests = \
	tests/queue/full.py \
	tests/queue/hands.py \
	tests/queue/msmtpq.py \
	tests/queue/runner.py \
	tests/queue/verdicts.py
TESTS += $(queue_tests)
EXTRA_DIST += tests/queue/case.py tests/queue/storm.py $(queue_tests)

# Not yet in a sanitized build: fifty slow processes run into the storm's own time
# limits there.
if !SANITIZED
TESTS += tests/queue/storm.py
endif
