/* SPDX-License-Identifier: MIT */
/* The demo's picture: planets on their way round a sun, drawn by the CPU. */
#ifndef PICTURE_H
#define PICTURE_H

#include <cairo.h>
#include <stdbool.h>

#include "exynos-userptr.h"

#define PICTURE_BOXES_MAX 8

struct picture;

/** Makes a picture; @is_translucent: what is behind the window shows through space. Returns NULL
 * without memory. */
struct picture *
picture_create(int width, int height, bool is_translucent);

/** Frees it. NULL is ignored. */
void
picture_destroy(struct picture *picture);

/** Where things are that move, @time_s seconds after the start. Nothing else changes. Returns how
 * many boxes that is. */
int
picture_get_boxes(const struct picture *picture, double time_s,
		  struct exup_rect boxes[PICTURE_BOXES_MAX]);

/** Draws the part of the picture that lies within the clip of @cr. */
void
picture_draw(const struct picture *picture, cairo_t *cr, double time_s);

#endif
