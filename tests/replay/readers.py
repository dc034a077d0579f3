"""Replays of mail readers for the terminal."""

import sys

sys.dont_write_bytecode = True

from lib import replay  # noqa: E402

replay.main("mutt-*", "neomutt-*", "s-nail-*")
