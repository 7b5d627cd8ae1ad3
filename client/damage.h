/* SPDX-License-Identifier: MIT */
/* A region that only grows until it is emptied: which pixels a copy lacks. */
#ifndef EXUP_DAMAGE_H
#define EXUP_DAMAGE_H

#include <stdint.h>

#include "exynos-userptr.h"

/* as many as the compositor's module gives the engine at once */
#define EXUP_DAMAGE_RECTS_MAX 16

/**
 * struct exup_damage
 * @rects: none of them empty, no two with a pixel in common
 *
 * When there are more than EXUP_DAMAGE_RECTS_MAX, their bounding box takes their place.
 */
struct exup_damage {
	struct exup_rect rects[EXUP_DAMAGE_RECTS_MAX];
	int count;
};

/** Makes it empty. */
void
exup_damage_clear(struct exup_damage *damage);

/** Adds the part of a rectangle that lies within an image. Any rectangle will do, also a negative
 * one: it adds nothing. */
void
exup_damage_add(struct exup_damage *damage, const struct exup_rect *rect, uint32_t image_width,
		uint32_t image_height);

/** Cuts a rectangle to an image. The result is empty (0, 0, 0, 0) if nothing is left. */
struct exup_rect
exup_damage_clip(const struct exup_rect *rect, uint32_t image_width, uint32_t image_height);

/**
 * Makes a list of any length a short one that covers at least the same pixels of an image.
 *
 * @rects: out; none of them empty. They are those of @damage, clipped, unless these are too many:
 *	then the ones whose bounding box adds least are merged.
 *
 * Returns how many there are.
 */
int
exup_damage_reduce(const struct exup_rect *damage, int damage_count, uint32_t image_width,
		   uint32_t image_height, struct exup_rect rects[EXUP_DAMAGE_RECTS_MAX]);

#endif
