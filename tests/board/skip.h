/* SPDX-License-Identifier: MIT */
/*
 * Tests that a board cannot run, and that say why: cmocka's skip() has no place for a reason.
 */

#ifndef SKIP_H
#define SKIP_H

/* Ends the test, not its setup, which then counts as skipped, for that reason of one line. */
__attribute__((noreturn, format(printf, 1, 2))) void
skip_because(const char *format, ...);

#endif
