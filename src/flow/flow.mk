flow_sources = \
	src/flow/compose.c src/flow/compose.h \
	src/flow/cred.h \
	src/flow/deliver.h \
	src/flow/draft.c src/flow/draft.h \
	src/flow/relay.h \
	src/flow/route.h \
	src/flow/settle.c src/flow/settle.h \
	src/flow/spool.h \
	src/flow/start.c src/flow/start.h
