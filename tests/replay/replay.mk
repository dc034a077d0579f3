# Replays of recorded calls.
