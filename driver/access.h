/* SPDX-License-Identifier: MIT */
/* The CPU's access to parts of an image, at the price of these parts. */
#ifndef EXUP_ACCESS_H
#define EXUP_ACCESS_H

#include <stdint.h>

#include "bo.h"
#include "g2d.h"

/**
 * Before the CPU touches parts of an image: makes the engine's writes there visible to it.
 *
 * @image: the object may be larger, or hold other images as well
 * @dmabuf_fd: a dma-buf of the image's object, or -1 to have one made if it takes one
 * @access: what the CPU is going to do, within @boxes and nowhere else
 * @boxes: clipped to the image. They may overlap, and be empty
 * @box_count: 0 for nothing
 *
 * Drivers before 1.3 know objects as a whole only. That is what is synchronized there, and where
 * the boxes are most of the object, or the driver refuses them.
 *
 * Returns 0, -EINVAL for an image that exup_format_check_image() refuses, or another negative
 * errno.
 */
int
exup_image_begin_access(const struct exup_g2d_image *image, int dmabuf_fd,
			enum exup_bo_access access, const struct exup_box *boxes,
			uint32_t box_count);

/**
 * After the CPU touched parts of an image: makes the CPU's writes there visible to the engine.
 *
 * All that the CPU has written since the last call must be within @boxes: what is not may reach
 * the engine later, or never. Otherwise as exup_image_begin_access().
 */
int
exup_image_end_access(const struct exup_g2d_image *image, int dmabuf_fd, enum exup_bo_access access,
		      const struct exup_box *boxes, uint32_t box_count);

#endif
