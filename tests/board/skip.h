/* SPDX-License-Identifier: MIT */
/*
 * Tests that a board cannot run, and that say why: cmocka's skip() has no place for a reason.
 */

#ifndef SKIP_H
#define SKIP_H

/* Ends the test, not its setup, which then counts as skipped, for that reason of one line. */
__attribute__((noreturn, format(printf, 1, 2))) void
skip_because(const char *format, ...);

/* Ends the test if there is no such file: it needs what not every kernel has. */
void
skip_without_file(const char *path);

/* What main() returns instead of running its tests when the board can run none of them. */
int
skip_all(const char *reason);

#endif
