# Tests against real servers and real callers; they exit 77 when those are absent.
