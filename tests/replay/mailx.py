"""Replays of mail(1) and its kin, nmh and Emacs."""

import sys

sys.dont_write_bytecode = True

from lib import replay  # noqa: E402

replay.main("bsd-mailx-*", "mailutils-*", "mime-construct-*", "nmh-*", "emacs-*")
