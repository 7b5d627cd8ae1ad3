/* SPDX-License-Identifier: MIT */
/* What is painted into: a buffer of an output, and the part of it that is out of date. */
#ifndef EXUP_PLUGIN_TARGET_H
#define EXUP_PLUGIN_TARGET_H

#include <pixman.h>

#include "g2d.h"

/**
 * struct exup_plugin_target
 * @image: in output pixels
 * @stale_region: what must be painted before it is shown, in global coordinates
 * @seqno: the engine's last work on it
 */
struct exup_plugin_target {
	struct exup_g2d_image image;
	pixman_region32_t stale_region;
	uint64_t seqno;
};

/**
 * Makes a target in memory of the device.
 *
 * @width: pixels
 * @height: pixels
 *
 * Returns NULL on failure; logged.
 */
struct exup_plugin_target *
exup_plugin_target_create(struct exup_device *device, uint32_t width, uint32_t height);

/**
 * Makes a target of a dma-buf, whose descriptor stays the caller's.
 *
 * @layout: everything but bo
 *
 * Returns NULL on failure; logged.
 */
struct exup_plugin_target *
exup_plugin_target_create_from_dmabuf(struct exup_device *device, int dmabuf_fd,
				      const struct exup_g2d_image *layout);

/** Frees the target. NULL is ignored. */
void
exup_plugin_target_destroy(struct exup_plugin_target *target);

#endif
