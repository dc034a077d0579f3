text_sources = \
	src/text/addr.c src/text/addr.h \
	src/text/alias.c src/text/alias.h \
	src/text/ctype.c src/text/ctype.h \
	src/text/date.c src/text/date.h \
	src/text/dot.c src/text/dot.h \
	src/text/edit.c src/text/edit.h \
	src/text/envelope.c src/text/envelope.h \
	src/text/header.c src/text/header.h \
	src/text/idn.c src/text/idn.h \
	src/text/lex.c src/text/lex.h \
	src/text/mime7.c src/text/mime7.h \
	src/text/msgid.c src/text/msgid.h \
	src/text/parthead.c src/text/parthead.h \
	src/text/traits.c src/text/traits.h \
	src/text/transfer.c src/text/transfer.h \
	src/text/word.c src/text/word.h \
	src/text/xtext.c src/text/xtext.h
