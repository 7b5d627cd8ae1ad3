/* SPDX-License-Identifier: MIT */
/* The CPU's view of an image in a buffer object: mapped, synchronised, as a pixman image. */
#ifndef EXUP_PLUGIN_CPU_IMAGE_H
#define EXUP_PLUGIN_CPU_IMAGE_H

#include <pixman.h>

#include "g2d.h"

/** Pixman's name for a format of the engine. */
pixman_format_code_t
exup_plugin_cpu_format(const struct exup_format *format);

/**
 * Begins the CPU's access to an image.
 *
 * @box: all that is touched of it; clipped
 *
 * Returns a pixman image on all of its memory, or NULL if it cannot be mapped; logged.
 */
pixman_image_t *
exup_plugin_cpu_image_begin(const struct exup_g2d_image *image, const struct exup_box *box,
			    enum exup_bo_access access);

/**
 * exup_plugin_cpu_image_begin() for what a client can have fail again and again: logs nothing.
 *
 * @pixels: out
 *
 * Returns 0 or a negative errno.
 */
int
exup_plugin_cpu_image_try_begin(const struct exup_g2d_image *image, const struct exup_box *box,
				enum exup_bo_access access, pixman_image_t **pixels);

/** Ends the access, with the box that it began with, and frees the pixman image. */
void
exup_plugin_cpu_image_end(const struct exup_g2d_image *image, const struct exup_box *box,
			  enum exup_bo_access access, pixman_image_t *pixels);

#endif
