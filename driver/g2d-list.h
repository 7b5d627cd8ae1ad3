/* SPDX-License-Identifier: MIT */
/* One blit as one command list: the registers that it sets and the objects that it names. */
#ifndef EXUP_G2D_LIST_H
#define EXUP_G2D_LIST_H

#include "exynos_drm_uapi.h"
#include "g2d.h"

/* The longest list is a blended copy; the driver takes 254 words, two per register. */
#define EXUP_G2D_LIST_COMMANDS_MAX 20

/**
 * struct exup_g2d_list
 * @commands: registers other than base addresses
 * @bases: base address registers; their value is filled in from @bos when the list is submitted,
 *	since handles can change until then
 * @offsets: bytes of the object before the image, in the order of @bases; 0 with drivers whose lists
 *	take none
 */
struct exup_g2d_list {
	struct exup_exynos_g2d_cmd commands[EXUP_G2D_LIST_COMMANDS_MAX];
	uint32_t command_count;
	struct exup_exynos_g2d_cmd bases[2];
	struct exup_bo *bos[2];
	uint32_t offsets[2];
	uint32_t base_count;
};

/** Builds the list of exup_g2d_fill(). Returns 0 or -EINVAL. */
int
exup_g2d_list_fill(struct exup_g2d_list *list, const struct exup_g2d_image *dst,
		   const struct exup_box *dst_box, uint32_t color, enum exup_g2d_op op);

/** Builds the list of exup_g2d_copy(). Returns 0 or -EINVAL. */
int
exup_g2d_list_copy(struct exup_g2d_list *list, const struct exup_g2d_image *dst,
		   const struct exup_box *dst_box, const struct exup_g2d_image *src, int32_t src_x,
		   int32_t src_y, enum exup_g2d_op op, uint8_t alpha);

#endif
