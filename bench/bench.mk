# Benchmarks.  "make check" builds what they need and sees that they run.
check_PROGRAMS += bench/raw bench/enter
bench_raw_SOURCES = bench/raw.c
bench_enter_SOURCES = bench/enter.c
bench_enter_LDADD = $(all_libs)
EXTRA_DIST += bench/deliver bench/queue

bench-queue: all bench/raw$(EXEEXT) bench/enter$(EXEEXT) tests/relay/relay$(EXEEXT) \
		tests/limits/peak$(EXEEXT)
	$(srcdir)/bench/queue .

.PHONY: bench-queue
