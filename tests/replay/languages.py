"""Replays of programming languages' libraries."""

import sys

sys.dont_write_bytecode = True

from lib import replay  # noqa: E402

replay.main("nodemailer-*", "perl-*", "php-*", "python-*", "ruby-*")
