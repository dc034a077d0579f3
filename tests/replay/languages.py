"""Replays of programming languages' libraries."""

import sys

sys.dont_write_bytecode = True

from lib import replay  # noqa: E402

replay.main("nodemailer-*", "perl-*", "php-mail-*", "php-pear-*", "php-phpmailer-*",
            "php-symfony-mailer-t", "python-*", "ruby-*")
