// SPDX-License-Identifier: MIT
/*
 * Tests that a board cannot run, and that say why: cmocka's skip() has no place for a reason.
 *
 * To be linked as an object of the program, not in a library: print_message() takes the place of
 * cmocka's.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "skip.h"

/* What cmocka 1.1.5 and 1.1.7 say of a skipped test: with "not ok", it counts as failed. */
#define CMOCKA_SKIPPED "not ok %u # SKIP %s\n"

static char reason[256] = "no reason given";

void
skip_because(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	print_message("# skipped: %s\n", reason);
	skip();
	abort();
}

void
skip_without_file(const char *path)
{
	if (access(path, F_OK) < 0)
		skip_because("%s: %s", path, strerror(errno));
}

int
skip_all(const char *all_reason)
{
	printf("1..0 # SKIP %s\n", all_reason);

	return 0;
}

/* What libcmocka prints goes through here, too. */
void
print_message(const char *const format, ...)
{
	va_list args;

	va_start(args, format);
	if (strcmp(format, CMOCKA_SKIPPED) == 0) {
		unsigned int number = va_arg(args, unsigned int);
		const char *name = va_arg(args, const char *);

		printf("ok %u - %s # SKIP %s\n", number, name, reason);
		fflush(stdout);
	} else {
		vprint_message(format, args);
	}
	va_end(args);
}
