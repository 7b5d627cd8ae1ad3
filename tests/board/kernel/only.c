// SPDX-License-Identifier: MIT
/*
 * With EXUP_TEST in its environment a program runs only the case of that name.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* In front of main(), which every program has its own of. */
__attribute__((constructor)) static void
choose_test(void)
{
	const char *name = getenv("EXUP_TEST");

	if (name)
		cmocka_set_test_filter(name);
}
