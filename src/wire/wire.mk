wire_sources = \
	src/wire/bearer.c src/wire/bearer.h \
	src/wire/caps.c src/wire/caps.h \
	src/wire/echo.c src/wire/echo.h \
	src/wire/outcome.c src/wire/outcome.h \
	src/wire/reply.c src/wire/reply.h \
	src/wire/sasl.c src/wire/sasl.h \
	src/wire/smtpc.c src/wire/smtpc.h src/wire/smtpc_int.h \
	src/wire/smtpc_check.c src/wire/smtpc_hello.c src/wire/smtpc_mail.c \
	src/wire/path.c src/wire/path.h \
	src/wire/smtps.c src/wire/smtps.h src/wire/smtps_int.h src/wire/smtps_cmd.c \
	src/wire/socks5.c src/wire/socks5.h
