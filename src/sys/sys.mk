sys_sources = \
	src/sys/clock.h \
	src/sys/dial.h \
	src/sys/fs.h \
	src/sys/host.h \
	src/sys/journal.h \
	src/sys/netrc.h \
	src/sys/prompt.h \
	src/sys/run.h \
	src/sys/stream.h \
	src/sys/tls.h
