# Benchmarks; not part of make check.
EXTRA_PROGRAMS = bench/raw bench/enter
bench_raw_SOURCES = bench/raw.c
bench_enter_SOURCES = bench/enter.c
bench_enter_LDADD = $(all_libs)
EXTRA_DIST += bench/deliver bench/queue
CLEANFILES += $(EXTRA_PROGRAMS)

bench-queue: all $(EXTRA_PROGRAMS) tests/relay/relay$(EXEEXT) \
		tests/limits/peak$(EXEEXT)
	$(srcdir)/bench/queue .

.PHONY: bench-queue
