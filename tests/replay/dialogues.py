"""Replays of those who speak SMTP to sendmail -bs."""

import sys

sys.dont_write_bytecode = True

from lib import replay  # noqa: E402

replay.main("alpine-*", "php-symfony-mailer-bs")
