"""Generated messages: a thousand cases of seed 3, and some of the day."""

import sys

sys.dont_write_bytecode = True

from lib import storm  # noqa: E402

storm.main(3, 1000)
