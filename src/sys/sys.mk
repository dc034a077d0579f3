sys_sources = \
	src/sys/await.c \
	src/sys/await.h \
	src/sys/clock.c \
	src/sys/clock.h \
	src/sys/creds.c \
	src/sys/creds.h \
	src/sys/dial.h \
	src/sys/fs.c \
	src/sys/fs.h \
	src/sys/host.c \
	src/sys/host.h \
	src/sys/journal.h \
	src/sys/lookup.c \
	src/sys/lookup.h \
	src/sys/netrc.h \
	src/sys/prompt.h \
	src/sys/run.h \
	src/sys/session.h \
	src/sys/stream.c \
	src/sys/stream.h \
	src/sys/tls.c \
	src/sys/tls.h \
	src/sys/tlsinfo.c \
	src/sys/verify.c \
	src/sys/verify.h
