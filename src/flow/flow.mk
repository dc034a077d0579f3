flow_sources = \
	src/flow/bounce.c src/flow/bounce.h \
	src/flow/circuit.c src/flow/circuit.h \
	src/flow/bs.c src/flow/bs.h \
	src/flow/bslogin.c src/flow/bslogin.h \
	src/flow/claim.c src/flow/claim.h \
	src/flow/compose.c src/flow/compose.h \
	src/flow/configure.c src/flow/configure.h \
	src/flow/cred.c src/flow/cred.h \
	src/flow/deliver.c src/flow/deliver.h \
	src/flow/draft.c src/flow/draft.h \
	src/flow/entry.c src/flow/entry.h src/flow/entry_int.h \
	src/flow/entry_read.c \
	src/flow/handle.c src/flow/handle.h \
	src/flow/lane.c src/flow/lane.h \
	src/flow/listing.c src/flow/listing.h \
	src/flow/queue.c src/flow/queue.h \
	src/flow/queuedir.c src/flow/queuedir.h \
	src/flow/relay.c src/flow/relay.h src/flow/relay_int.h \
	src/flow/relay_open.c \
	src/flow/retry.c src/flow/retry.h src/flow/retry_int.h \
	src/flow/retry_job.c \
	src/flow/rewrite.c src/flow/rewrite.h \
	src/flow/route.c src/flow/route.h \
	src/flow/runner.c src/flow/runner.h \
	src/flow/serverinfo.c src/flow/serverinfo.h \
	src/flow/seven.c src/flow/seven.h \
	src/flow/settle.c src/flow/settle.h \
	src/flow/spool.c src/flow/spool.h src/flow/spool_int.h \
	src/flow/spool_enter.c src/flow/spool_held.c src/flow/spool_list.c \
	src/flow/start.c src/flow/start.h \
	src/flow/store.c src/flow/store.h \
	src/flow/submit.c src/flow/submit.h
