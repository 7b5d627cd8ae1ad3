/* SPDX-License-Identifier: GPL-2.0 */
/* The device's counters and faults by their names, which are the same on all boards. */
#ifndef FIMG2D_CONTROLS_H
#define FIMG2D_CONTROLS_H

#include "jobs.h"

#define FIMG2D_CONTROL_WRITABLE	1u	/* a fault that a test sets, else a counter */
#define FIMG2D_CONTROL_HEX	2u	/* an address or a register */
#define FIMG2D_CONTROL_REASON	4u	/* how often the model said no for the reason @name */

struct fimg2d_control {
	const char *name;
	u32 offset;		/* in struct fimg2d_device */
	u32 size_bytes;		/* 4 or 8 */
	u32 flags;
};

bool fimg2d_control_at(u32 index, struct fimg2d_control *control);
u64 fimg2d_control_get(const struct fimg2d_device *device, const struct fimg2d_control *control);
void fimg2d_control_set(struct fimg2d_device *device, const struct fimg2d_control *control,
			u32 value);

#endif
