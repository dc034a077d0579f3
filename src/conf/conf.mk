conf_sources = \
	src/conf/account.h src/conf/argv.h src/conf/cli.h \
	src/conf/opt.h \
	src/conf/optout.h \
	src/conf/rc.h
