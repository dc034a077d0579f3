# Dialogue files: the relay's talk program plays them.
TALK_LOG_COMPILER = tests/relay/talk

EXTRA_DIST += tests/talk/README
