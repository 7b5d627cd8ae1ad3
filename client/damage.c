// SPDX-License-Identifier: MIT
/* Keeping a region as a short list of rectangles without overlap: no pixel is copied twice. */
#include <stdbool.h>

#include "damage.h"

static int64_t
min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void
exup_damage_clear(struct exup_damage *damage)
{
	damage->count = 0;
}

struct exup_rect
exup_damage_clip(const struct exup_rect *rect, uint32_t image_width, uint32_t image_height)
{
	int64_t x1 = max(rect->x, 0);
	int64_t y1 = max(rect->y, 0);
	int64_t x2 = min((int64_t)rect->x + rect->width, image_width);
	int64_t y2 = min((int64_t)rect->y + rect->height, image_height);

	if (x1 >= x2 || y1 >= y2) {
		return (struct exup_rect){ 0, 0, 0, 0 };
	}
	return (struct exup_rect){
		.x = (int32_t)x1,
		.y = (int32_t)y1,
		.width = (int32_t)(x2 - x1),
		.height = (int32_t)(y2 - y1),
	};
}

/* All coordinates below are those of clipped rectangles: their sums fit. */

static struct exup_rect
from_edges(int32_t x1, int32_t y1, int32_t x2, int32_t y2)
{
	return (struct exup_rect){ .x = x1, .y = y1, .width = x2 - x1, .height = y2 - y1 };
}

static bool
overlap(const struct exup_rect *a, const struct exup_rect *b)
{
	return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
	       b->y < a->y + a->height;
}

static struct exup_rect
bounding_box(const struct exup_rect *a, const struct exup_rect *b)
{
	return from_edges((int32_t)min(a->x, b->x), (int32_t)min(a->y, b->y),
			  (int32_t)max(a->x + a->width, b->x + b->width),
			  (int32_t)max(a->y + a->height, b->y + b->height));
}

/* What is left of @rect without @hole, which overlaps it: at most four rectangles. */
static int
subtract(const struct exup_rect *rect, const struct exup_rect *hole, struct exup_rect parts[4])
{
	int32_t x1 = rect->x, x2 = rect->x + rect->width;
	int32_t y1 = rect->y, y2 = rect->y + rect->height;
	int32_t hole_x2 = hole->x + hole->width, hole_y2 = hole->y + hole->height;
	int count = 0;

	if (y1 < hole->y) {
		parts[count++] = from_edges(x1, y1, x2, hole->y);
		y1 = hole->y;
	}
	if (hole_y2 < y2) {
		parts[count++] = from_edges(x1, hole_y2, x2, y2);
		y2 = hole_y2;
	}
	if (x1 < hole->x) {
		parts[count++] = from_edges(x1, y1, hole->x, y2);
	}
	if (hole_x2 < x2) {
		parts[count++] = from_edges(hole_x2, y1, x2, y2);
	}
	return count;
}

/* Adds what no rectangle from number @first on holds. False when the list is full. */
static bool
add_from(struct exup_damage *damage, const struct exup_rect *rect, int first)
{
	struct exup_rect parts[4];
	int part_count;
	int i, j;

	for (i = first; i < damage->count; i++) {
		if (!overlap(rect, &damage->rects[i])) {
			continue;
		}
		part_count = subtract(rect, &damage->rects[i], parts);
		for (j = 0; j < part_count; j++) {
			if (!add_from(damage, &parts[j], i + 1)) {
				return false;
			}
		}
		return true;
	}
	if (damage->count == EXUP_DAMAGE_RECTS_MAX) {
		return false;
	}
	damage->rects[damage->count++] = *rect;
	return true;
}

static bool
holds(const struct exup_rect *outer, const struct exup_rect *inner)
{
	return outer->x <= inner->x && outer->y <= inner->y &&
	       outer->x + outer->width >= inner->x + inner->width &&
	       outer->y + outer->height >= inner->y + inner->height;
}

void
exup_damage_add(struct exup_damage *damage, const struct exup_rect *rect, uint32_t image_width,
		uint32_t image_height)
{
	struct exup_rect clipped = exup_damage_clip(rect, image_width, image_height);
	int kept = 0;
	int i;

	if (clipped.width == 0) {
		return;
	}
	/* one that the new one covers would only cut that to pieces */
	for (i = 0; i < damage->count; i++) {
		if (!holds(&clipped, &damage->rects[i])) {
			damage->rects[kept++] = damage->rects[i];
		}
	}
	damage->count = kept;
	if (add_from(damage, &clipped, 0)) {
		return;
	}
	for (i = 0; i < damage->count; i++) {
		clipped = bounding_box(&clipped, &damage->rects[i]);
	}
	damage->rects[0] = clipped;
	damage->count = 1;
}

/* How many pixels a bounding box of two adds; below zero if they overlap. */
static int64_t
get_waste(const struct exup_rect *a, const struct exup_rect *b)
{
	struct exup_rect box = bounding_box(a, b);

	return (int64_t)box.width * box.height - (int64_t)a->width * a->height -
	       (int64_t)b->width * b->height;
}

/* Of a full list and one more, the two that fit together best become one. */
static void
merge_in(struct exup_rect rects[EXUP_DAMAGE_RECTS_MAX], const struct exup_rect *rect)
{
	int64_t waste, least_waste = INT64_MAX;
	int best = 0, best_other = 0;
	int i, j;

	for (i = 0; i < EXUP_DAMAGE_RECTS_MAX; i++) {
		for (j = i + 1; j <= EXUP_DAMAGE_RECTS_MAX; j++) {
			waste = get_waste(&rects[i], j < EXUP_DAMAGE_RECTS_MAX ? &rects[j] : rect);
			if (waste < least_waste) {
				least_waste = waste;
				best = i;
				best_other = j;
			}
		}
	}
	if (best_other == EXUP_DAMAGE_RECTS_MAX) {
		rects[best] = bounding_box(&rects[best], rect);
	} else {
		rects[best] = bounding_box(&rects[best], &rects[best_other]);
		rects[best_other] = *rect;
	}
}

int
exup_damage_reduce(const struct exup_rect *damage, int damage_count, uint32_t image_width,
		   uint32_t image_height, struct exup_rect rects[EXUP_DAMAGE_RECTS_MAX])
{
	struct exup_rect clipped;
	int count = 0;
	int i;

	for (i = 0; i < damage_count; i++) {
		clipped = exup_damage_clip(&damage[i], image_width, image_height);
		if (clipped.width == 0) {
			continue;
		}
		if (count < EXUP_DAMAGE_RECTS_MAX) {
			rects[count++] = clipped;
		} else {
			merge_in(rects, &clipped);
		}
	}
	return count;
}
