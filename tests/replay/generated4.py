"""Generated messages by -bs: a thousand cases of seed 4, and some of the day."""

import sys

sys.dont_write_bytecode = True

from lib import storm  # noqa: E402

storm.main(4, 1000, storm.Dialogue)
