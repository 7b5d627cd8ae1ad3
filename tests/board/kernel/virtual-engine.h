/* SPDX-License-Identifier: MIT */
/*
 * The virtual board's engine as a test controls it, through debugfs. Hardware has none of it.
 */

#ifndef VIRTUAL_ENGINE_H
#define VIRTUAL_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "skip.h"

/* Whether the engine is one that has this fault or counter. */
bool
virtual_engine_has(const char *name);

/* Ends the test, which needs it, if it has not; for programs with skip.c. */
#define skip_without_engine(name)                                                   \
	do {                                                                        \
		if (!virtual_engine_has(name))                                      \
			skip_because("the engine is no model that has '%s'", name); \
	} while (0)

/*
 * Sets one of the engine's faults ("hold", "delay_us", ...), or has another device import a dma-buf
 * ("import_read", ...). 0 or -errno.
 */
int
virtual_engine_set(const char *fault, uint32_t value);

/* One of the engine's counters ("jobs", "blits", ...), UINT64_MAX when it cannot be read. */
uint64_t
virtual_engine_get(const char *counter);

/*
 * Says that the engine will go astray, which is a panic otherwise; false on a board that does not go
 * on in any case. To be taken back at the end of each test.
 */
bool
virtual_engine_expect_faults(bool expected);

/* Ends all faults that a test may have left; 0 or -errno, 0 also where there is nothing to end. */
int
virtual_engine_reset(void);

/* What a late engine writes instead of pixels. */
#define VIRTUAL_ENGINE_LATE_WORD 0x1a7e1a7eu

/*
 * From now on a reset in mid-job finds the engine late: it writes so many rows of the target of the
 * job's next blit, so long after the reset, and says that it is idle (FIFO_STAT) only then. While
 * "hold" is 1 it never is. 0 or -errno.
 */
int
virtual_engine_make_late(uint32_t rows, uint32_t time_us);

/* How many jobs the engine has taken on so far: for virtual_engine_wait_started(). */
uint64_t
virtual_engine_started(void);

/*
 * Waits until the engine has taken on another job than those before. What it is at now may be over
 * before anybody looks, on a machine that is busy; that it was at it, it still knows then. False when
 * it has not been after a minute: a job that is reset at once may never have been begun.
 */
bool
virtual_engine_wait_started(uint64_t before);

/* Waits until the engine has no job and is not late: it stays so until somebody gives it one. */
bool
virtual_engine_wait_idle(void);

#endif
