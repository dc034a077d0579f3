"""Replays of programs that report about the machine."""

import sys

sys.dont_write_bytecode = True

from lib import replay  # noqa: E402

replay.main("apt-*", "apticron-*", "debconf-*", "fail2ban-*", "logcheck-*", "logwatch-*",
            "mdadm-*", "nagios-*", "netdata-*", "rkhunter-*", "smartd-*", "unattended-*")
