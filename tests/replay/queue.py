"""Replays of those who ask for the queue."""

import sys

sys.dont_write_bytecode = True

from lib import replay  # noqa: E402

replay.main("monitoring-*")
