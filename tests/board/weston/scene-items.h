/* SPDX-License-Identifier: MIT */
/* The surfaces of the scene: what each looks like and where it is at first. */
#ifndef SCENE_ITEMS_H
#define SCENE_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "test-buffer.h"

/** enum scene_anchor - which corner of the window x and y count from */
enum scene_anchor {
	SCENE_TOP_LEFT,
	SCENE_BOTTOM_RIGHT,
};

/**
 * struct scene_item_spec
 * @name: for the steps, which look items up
 * @format: wl_shm's
 * @width: buffer pixels
 * @height: buffer pixels
 * @x: of the surface in the window, logical pixels; from the right edge for BOTTOM_RIGHT
 * @y: likewise
 * @scale: buffer scale, 0 for 1
 * @transform: enum wl_output_transform
 * @crop: viewport source in 1/256 buffer pixels; no width: none
 * @destination_width: of the viewport, 0 for none
 * @opaque: opaque region, surface pixels
 * @alpha: of the view, 0 for 1
 * @degrees: of the view's turn
 * @zoom: of the view, 0 for 1
 * @layout: of the image in its memory
 */
struct scene_item_spec {
	const char *name;
	uint32_t format;
	int32_t width;
	int32_t height;
	int32_t x;
	int32_t y;
	enum scene_anchor anchor;
	int32_t scale;
	int32_t transform;
	struct exup_rect crop;
	int32_t destination_width;
	int32_t destination_height;
	struct exup_rect opaque;
	double alpha;
	double degrees;
	double zoom;
	struct test_buffer_layout layout;
};

/** Bottom to top. */
extern const struct scene_item_spec scene_items[];

/** How many there are. */
extern const size_t scene_item_count;

#endif
