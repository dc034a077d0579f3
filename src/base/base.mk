base_sources = \
	src/base/ascii.c src/base/ascii.h \
	src/base/base64.c src/base/base64.h \
	src/base/buf.c src/base/buf.h \
	src/base/err.c src/base/err.h \
	src/base/log.c src/base/log.h \
	src/base/secret.c src/base/secret.h \
	src/base/strv.c src/base/strv.h \
	src/base/xalloc.c src/base/xalloc.h
