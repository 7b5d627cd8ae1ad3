/* SPDX-License-Identifier: GPL-2.0-only */
/* The device's counters and faults by their names, which are the same on all boards. */
#ifndef FIMG2D_CONTROLS_H
#define FIMG2D_CONTROLS_H

#include "jobs.h"
#include "page.h"

struct fimg2d_control {
	const char *name;
	u32 offset;		/* in struct fimg2d_device */
	u32 size_bytes;		/* 4 or 8 */
	u32 flags;		/* FIMG2D_CONTROL_*, in page.h */
};

bool fimg2d_control_at(u32 index, struct fimg2d_control *control);
u64 fimg2d_control_get(const struct fimg2d_device *device, const struct fimg2d_control *control);
void fimg2d_control_set(struct fimg2d_device *device, const struct fimg2d_control *control,
			u32 value);

#endif
