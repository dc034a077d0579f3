conf_sources = \
	src/conf/account.h \
	src/conf/opt.h \
	src/conf/optout.h \
	src/conf/rc.h
