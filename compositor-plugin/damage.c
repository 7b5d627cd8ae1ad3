// SPDX-License-Identifier: MIT
/*
 * Damage in fewer rectangles.
 *
 * A superset of the damage is always right: what is painted again looks the same. A region's
 * rectangles are cut into bands, so that ten things that have moved are some fifty rectangles, each
 * of which is a blit for each surface that it touches.
 */
#include <stdbool.h>

#include "damage.h"

/* Each pair of them is looked at, so this is bounded. */
#define BOXES_MAX 64

static uint64_t
count_pixels(const pixman_box32_t *box)
{
	return (uint64_t)(box->x2 - box->x1) * (uint64_t)(box->y2 - box->y1);
}

static pixman_box32_t
surround(const pixman_box32_t *a, const pixman_box32_t *b)
{
	return (pixman_box32_t){
		.x1 = a->x1 < b->x1 ? a->x1 : b->x1,
		.y1 = a->y1 < b->y1 ? a->y1 : b->y1,
		.x2 = a->x2 > b->x2 ? a->x2 : b->x2,
		.y2 = a->y2 > b->y2 ? a->y2 : b->y2,
	};
}

/* Overlapping pixels count twice on both sides, which only ever understates what is saved. */
static int64_t
get_added_pixels(const pixman_box32_t *a, const pixman_box32_t *b)
{
	const pixman_box32_t both = surround(a, b);

	return (int64_t)count_pixels(&both) - (int64_t)count_pixels(a) - (int64_t)count_pixels(b);
}

/* Bands are top to bottom, and left to right within: neighbours there are neighbours on the screen. */
static int
take_neighbours_together(const pixman_box32_t *boxes, int count, pixman_box32_t *taken)
{
	int group = (count + BOXES_MAX - 1) / BOXES_MAX;
	int taken_count = 0;
	int i;

	for (i = 0; i < count; i++) {
		if (i % group == 0) {
			taken[taken_count++] = boxes[i];
		} else {
			taken[taken_count - 1] = surround(&taken[taken_count - 1], &boxes[i]);
		}
	}
	return taken_count;
}

/* The pair that adds the least, while there is one that adds no more than a rectangle is worth. */
static bool
join_best_pair(pixman_box32_t *boxes, int *count, uint64_t rectangle_pixels)
{
	int64_t best = (int64_t)rectangle_pixels + 1;
	int a = 0, b = 0, i, j;

	for (i = 0; i < *count; i++) {
		for (j = i + 1; j < *count; j++) {
			int64_t added = get_added_pixels(&boxes[i], &boxes[j]);

			if (added < best) {
				best = added;
				a = i;
				b = j;
			}
		}
	}
	if (best > (int64_t)rectangle_pixels) {
		return false;
	}
	boxes[a] = surround(&boxes[a], &boxes[b]);
	boxes[b] = boxes[--*count];
	return true;
}

static uint64_t
get_price(const pixman_region32_t *region, uint64_t rectangle_pixels)
{
	const pixman_box32_t *boxes;
	uint64_t price = 0;
	int count, i;

	boxes = pixman_region32_rectangles((pixman_region32_t *)region, &count);
	for (i = 0; i < count; i++) {
		price += count_pixels(&boxes[i]) + rectangle_pixels;
	}
	return price;
}

void
exup_plugin_damage_simplify(pixman_region32_t *region, uint64_t rectangle_pixels)
{
	pixman_box32_t boxes[BOXES_MAX];
	const pixman_box32_t *bands;
	pixman_region32_t simple;
	int count;

	bands = pixman_region32_rectangles(region, &count);
	if (count < 2) {
		return;
	}
	count = take_neighbours_together(bands, count, boxes);
	while (count > 1 && join_best_pair(boxes, &count, rectangle_pixels)) {
		;
	}
	/* what is left may overlap, and becomes bands again: that must not have made it worse */
	if (pixman_region32_init_rects(&simple, boxes, count)) {
		if (get_price(&simple, rectangle_pixels) <= get_price(region, rectangle_pixels)) {
			pixman_region32_copy(region, &simple);
		}
		pixman_region32_fini(&simple);
	}
}
