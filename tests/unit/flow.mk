# Unit tests of src/flow.

flow_tests = \
	tests/unit/test_bounce \
	tests/unit/test_cost \
	tests/unit/test_draft \
	tests/unit/test_entry \
	tests/unit/test_claim \
	tests/unit/test_lost \
	tests/unit/test_settle \
	tests/unit/test_spool
check_PROGRAMS += $(flow_tests)
TESTS += $(flow_tests)

tests_unit_test_bounce_SOURCES = tests/unit/test_bounce.c tests/unit/unit.h
tests_unit_test_bounce_LDADD = $(FLOW_LIBS)
tests_unit_test_cost_SOURCES = tests/unit/test_cost.c tests/unit/unit.h
tests_unit_test_cost_LDADD = $(FLOW_LIBS)
tests_unit_test_draft_SOURCES = tests/unit/test_draft.c tests/unit/unit.h
tests_unit_test_draft_LDADD = $(FLOW_LIBS)
tests_unit_test_claim_SOURCES = tests/unit/test_claim.c tests/unit/unit.h
tests_unit_test_claim_LDADD = $(FLOW_LIBS)
tests_unit_test_lost_SOURCES = tests/unit/test_lost.c tests/unit/unit.h
tests_unit_test_lost_LDADD = $(FLOW_LIBS)
tests_unit_test_settle_SOURCES = tests/unit/test_settle.c tests/unit/unit.h
tests_unit_test_settle_LDADD = $(FLOW_LIBS)
tests_unit_test_entry_SOURCES = tests/unit/test_entry.c
tests_unit_test_entry_LDADD = $(FLOW_LIBS)
tests_unit_test_spool_SOURCES = tests/unit/test_spool.c
tests_unit_test_spool_LDADD = $(FLOW_LIBS)
