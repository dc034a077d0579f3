"""Generated messages: a thousand cases of seed 1, and some of the day."""

import sys

sys.dont_write_bytecode = True

from lib import storm  # noqa: E402

storm.main(1, 1000)
