/* SPDX-License-Identifier: MIT */
/*
 * Fences that a test signals when it likes: the kernel's sw_sync, in debugfs.
 */

#ifndef SW_SYNC_H
#define SW_SYNC_H

#include <stdint.h>

/* A descriptor of a new timeline at 0, to be closed, or -errno: -ENOENT if the kernel has none. */
int
sw_sync_open(void);

/* A sync file that signals when the timeline comes to a point; -errno. */
int
sw_sync_create_fence(int timeline, uint32_t point);

/* Lets the timeline go on by so much. 0 or -errno. */
int
sw_sync_advance(int timeline, uint32_t steps);

#endif
