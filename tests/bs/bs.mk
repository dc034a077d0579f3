# sendmail -bs: what it answers.
TESTS += tests/bs/bs.py
EXTRA_DIST += tests/bs/bs.py tests/bs/dialogues
