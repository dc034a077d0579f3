wire_sources = \
	src/wire/bearer.c src/wire/bearer.h \
	src/wire/caps.c src/wire/caps.h \
	src/wire/outcome.c src/wire/outcome.h \
	src/wire/reply.c src/wire/reply.h \
	src/wire/sasl.c src/wire/sasl.h \
	src/wire/smtpc.h \
	src/wire/smtps.h \
	src/wire/socks5.h
