cmd_sources = \
	src/cmd/bs.c \
	src/cmd/cmd.h \
	src/cmd/info.c \
	src/cmd/main.c \
	src/cmd/queue.c \
	src/cmd/send.c \
	src/cmd/verify.c
