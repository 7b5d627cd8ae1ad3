// SPDX-License-Identifier: MIT
/* Tests that are skipped, and one that is not; check-skip looks at what that prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "skip.h"

static int
do_nothing(void **state)
{
	(void)state;
	return 0;
}

static void
test_skipped(void **state)
{
	(void)state;
	skip_because("the board has %d eye, not %d", 1, 2);
}

static void
test_passed(void **state)
{
	(void)state;
}

static void
test_skipped_with_a_fixture(void **state)
{
	(void)state;
	skip_because("no ears");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_passed),
		cmocka_unit_test_setup_teardown(test_skipped_with_a_fixture, do_nothing,
						do_nothing),
	};

	return cmocka_run_group_tests_name("skips", tests, NULL, NULL);
}
