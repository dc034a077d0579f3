conf_sources = \
	src/conf/account.c src/conf/account.h \
	src/conf/argv.c src/conf/argv.h \
	src/conf/argvset.c src/conf/argvset.h \
	src/conf/check.c src/conf/check.h \
	src/conf/cli.c src/conf/cli.h \
	src/conf/glob.c src/conf/glob.h \
	src/conf/opt.c src/conf/opt.h \
	src/conf/optout.c src/conf/optout.h \
	src/conf/optset.c \
	src/conf/pins.c src/conf/pins.h \
	src/conf/rc.c src/conf/rc.h \
	src/conf/rcfind.c src/conf/rcfind.h \
	src/conf/value.c src/conf/value.h
