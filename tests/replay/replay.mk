# Replays of recorded calls, and generated messages.

replay_lib = \
	tests/replay/lib/__init__.py \
	tests/replay/lib/caller.py \
	tests/replay/lib/generate.py \
	tests/replay/lib/judge.py \
	tests/replay/lib/notes.py \
	tests/replay/lib/place.py \
	tests/replay/lib/relay.py \
	tests/replay/lib/replay.py \
	tests/replay/lib/rules.py \
	tests/replay/lib/storm.py
replay_tests = \
	tests/replay/calls.py \
	tests/replay/dialogues.py \
	tests/replay/forwarders.py \
	tests/replay/generated1.py \
	tests/replay/generated2.py \
	tests/replay/generated3.py \
	tests/replay/generated4.py \
	tests/replay/jobs.py \
	tests/replay/languages.py \
	tests/replay/mailx.py \
	tests/replay/queue.py \
	tests/replay/readers.py \
	tests/replay/rules.py \
	tests/replay/system.py
TESTS += $(replay_tests)
EXTRA_DIST += $(replay_lib) $(replay_tests) \
	tests/replay/README tests/replay/.gitattributes tests/replay/calls
