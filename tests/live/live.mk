# Tests against real servers and real callers, each in a throwaway copy of the
# machine (lib/machine.py).  They need root and the programs of "packages";
# without those they exit 77.

live_lib = \
	tests/live/lib/__init__.py \
	tests/live/lib/certs.py \
	tests/live/lib/far.py \
	tests/live/lib/machine.py \
	tests/live/lib/relay.py \
	tests/live/lib/run.py \
	tests/live/lib/wire.py
EXTRA_DIST += $(live_lib) tests/live/packages tests/live/submission.py
