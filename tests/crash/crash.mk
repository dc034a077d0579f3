# Tests that stop the program at each system call of the spool.

crash_shared = tests/crash/acts.c tests/crash/acts.h tests/crash/judge.c \
	tests/crash/watch.c tests/crash/watch.h
crash_record = tests/crash/record.c tests/crash/record.h

check_PROGRAMS += tests/crash/stop tests/crash/power tests/crash/fault
tests_crash_stop_SOURCES = tests/crash/stop.c $(crash_shared)
tests_crash_power_SOURCES = tests/crash/power.c $(crash_shared) $(crash_record)
tests_crash_fault_SOURCES = tests/crash/fault.c $(crash_shared) $(crash_record)
tests_crash_stop_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_crash_power_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_crash_fault_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_crash_stop_LDADD = $(all_libs)
tests_crash_power_LDADD = $(all_libs)
tests_crash_fault_LDADD = $(all_libs)
TESTS += tests/crash/stop tests/crash/power tests/crash/fault
