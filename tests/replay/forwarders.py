"""Replays of version control, forwarders and mail filters."""

import sys

sys.dont_write_bytecode = True

from lib import replay  # noqa: E402

replay.main("bts-*", "dovecot-*", "fetchmail-*", "git-*", "maildrop-*", "mercurial-*",
            "procmail-*", "vacation-*")
