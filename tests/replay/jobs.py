"""Replays of those who mail the output of jobs."""

import sys

sys.dont_write_bytecode = True

from lib import replay  # noqa: E402

replay.main("anacron-*", "at-*", "batch-*", "calendar-*", "cron-*", "sudo-*",
            "systemd-cron-*")
