// SPDX-License-Identifier: MIT
/*
 * What the kernel's own unit tests of the checks of command lists have said when it came up.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "skip.h"

#define RESULTS "/sys/kernel/debug/kunit/exynos-drm-g2d/results"

enum { CASES = 9 };

/* KTAP: a line "ok N NAME" or "not ok N NAME" for each case, further in than that of the suite. */
static void
test_kunit(void **state)
{
	FILE *file = fopen(RESULTS, "re");
	int passed = 0, failed = 0;
	char line[512];

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		int number, length = 0;

		sscanf(line, " ok %d g2d_test_%n", &number, &length);
		passed += length > 0;
		if (strstr(line, "not ok") || strstr(line, "SKIP") || strstr(line, "EXPECTATION"))
			failed++;
		printf("# %s", line);
	}
	fclose(file);
	assert_int_equal(failed, 0);
	assert_true(passed >= CASES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_kunit) };
	FILE *file = fopen(RESULTS, "re");

	if (!file)
		return skip_all("the kernel has no unit tests of the G2D, or no debugfs");
	fclose(file);
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("KUnit tests of the G2D", tests, NULL, NULL);
}
