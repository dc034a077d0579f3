# How tests run.  A test is a program, a script (.sh, .py) or a dialogue file
# (.talk); exit 0 passes, 77 says that something it needs is absent.

TEST_EXTENSIONS = .sh .py .talk
SH_LOG_COMPILER = $(SHELL)
PY_LOG_COMPILER = python3

# Nothing of the person who runs the tests may leak into them: HOME is an empty
# folder, and what would choose an account or an address is unset.
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	builddir='$(abs_top_builddir)'; export builddir; \
	OSTLER='$(abs_top_builddir)/src/ostler'; export OSTLER; \
	HOME='$(abs_top_builddir)/tests/home'; export HOME; \
	XDG_STATE_HOME='$(abs_top_builddir)/tests/home/state'; export XDG_STATE_HOME; \
	$(MKDIR_P) "$$HOME" || exit 99; \
	sysconfdir='$(sysconfdir)'; export sysconfdir; \
	localstatedir='$(localstatedir)'; export localstatedir; \
	LC_ALL=C; export LC_ALL; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
	ASAN_OPTIONS=$${ASAN_OPTIONS-detect_leaks=1:abort_on_error=0}; export ASAN_OPTIONS; \
	UBSAN_OPTIONS=$${UBSAN_OPTIONS-print_stacktrace=1}; export UBSAN_OPTIONS; \
	unset XDG_CONFIG_HOME XDG_RUNTIME_DIR EMAIL SMTPSERVER MSMTPRC TZ || :;

clean-local:
	rm -rf tests/home

# A fuzz target is tests/fuzz/fuzz_NAME.c with its corpus in tests/fuzz/corpus/NAME:
#	tests_fuzz_fuzz_NAME_SOURCES = tests/fuzz/fuzz_NAME.c $(fuzz_main)
#	tests_fuzz_fuzz_NAME_LDADD = $(UNIT_LIBS)
#	tests_fuzz_fuzz_NAME_LDFLAGS = $(fuzz_link)
# As a test it reads its corpus once.  With --enable-fuzz libFuzzer takes the
# place of replay.c, and "make fuzz FUZZ_SECONDS=600" lets each target search.
if FUZZ
fuzz_main =
fuzz_link = $(AM_LDFLAGS) -fsanitize=fuzzer
LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/fuzz/once
else
fuzz_main = tests/fuzz/replay.c
fuzz_link = $(AM_LDFLAGS)
endif
EXTRA_DIST += tests/fuzz/once tests/fuzz/search tests/fuzz/replay.c tests/fuzz/corpus

FUZZ_SECONDS = 600
fuzz: all $(check_PROGRAMS)
	@top_srcdir='$(abs_top_srcdir)' $(SHELL) $(top_srcdir)/tests/fuzz/search \
		$(FUZZ_SECONDS) $(check_PROGRAMS)

.PHONY: fuzz
