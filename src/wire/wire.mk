wire_sources = \
	src/wire/caps.h \
	src/wire/outcome.h \
	src/wire/reply.h \
	src/wire/sasl.h \
	src/wire/smtpc.h \
	src/wire/smtps.h \
	src/wire/socks5.h
