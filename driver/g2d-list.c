// SPDX-License-Identifier: MIT
/* Turning a blit into the register writes of a command list. */
#include <assert.h>
#include <errno.h>

#include "bo-private.h"
#include "fimg2d_regs.h"
#include "g2d-list.h"

static void
set(struct exup_g2d_list *list, uint32_t offset, uint32_t value)
{
	assert(list->command_count < EXUP_G2D_LIST_COMMANDS_MAX);
	list->commands[list->command_count++] =
		(struct exup_exynos_g2d_cmd){ .offset = offset, .data = value };
}

/** struct origin - where an image begins: @offset_bytes of its object, and pixels from there on */
struct origin {
	uint64_t offset_bytes;
	uint64_t x, y;
};

/* Lists of their own have no offsets: row 0 begins at the start of the object. */
static struct origin
get_origin(const struct exup_g2d_image *image)
{
	if (image->bo->device->has_g2d_submit) {
		return (struct origin){ .offset_bytes = image->offset_bytes };
	}
	return (struct origin){
		.x = image->offset_bytes % image->stride / image->format->bytes_per_pixel,
		.y = image->offset_bytes / image->stride,
	};
}

static void
set_base(struct exup_g2d_list *list, uint32_t offset, struct exup_bo *bo,
	 const struct origin *origin)
{
	list->bases[list->base_count].offset = offset;
	list->bos[list->base_count] = bo;
	list->offsets[list->base_count] = (uint32_t)origin->offset_bytes;
	list->base_count++;
}

int
exup_g2d_check_image(const struct exup_g2d_image *image)
{
	struct origin origin;
	int ret;

	ret = exup_format_check_image(image->format, image->width, image->height, image->stride,
				      image->offset_bytes, exup_bo_get_size(image->bo));
	if (ret < 0) {
		return ret;
	}
	origin = get_origin(image);
	if (origin.x + image->width > FIMG2D_COORDINATE_MAX ||
	    origin.y + image->height > FIMG2D_COORDINATE_MAX || origin.offset_bytes > UINT32_MAX) {
		return -ERANGE;
	}
	return 0;
}

static bool
box_is_within(const struct exup_box *box, const struct exup_g2d_image *image)
{
	return box->x1 >= 0 && box->y1 >= 0 && box->x1 < box->x2 && box->y1 < box->y2 &&
	       (uint32_t)box->x2 <= image->width && (uint32_t)box->y2 <= image->height;
}

static void
set_destination(struct exup_g2d_list *list, const struct exup_g2d_image *dst,
		const struct exup_box *box)
{
	const struct origin origin = get_origin(dst);

	set(list, FIMG2D_DST_SELECT, FIMG2D_SELECT_MEMORY);
	set(list, FIMG2D_DST_STRIDE, dst->stride);
	set(list, FIMG2D_DST_COLOR_MODE, dst->format->g2d_color_mode);
	set(list, FIMG2D_DST_LEFT_TOP, FIMG2D_XY(origin.x + box->x1, origin.y + box->y1));
	set(list, FIMG2D_DST_RIGHT_BOTTOM, FIMG2D_XY(origin.x + box->x2, origin.y + box->y2));
	set_base(list, FIMG2D_DST_BASE, dst->bo, &origin);
}

static void
set_source(struct exup_g2d_list *list, const struct exup_g2d_image *src, const struct exup_box *box)
{
	const struct origin origin = get_origin(src);

	set(list, FIMG2D_SRC_SELECT, FIMG2D_SELECT_MEMORY);
	set(list, FIMG2D_SRC_STRIDE, src->stride);
	set(list, FIMG2D_SRC_COLOR_MODE, src->format->g2d_color_mode);
	set(list, FIMG2D_SRC_LEFT_TOP, FIMG2D_XY(origin.x + box->x1, origin.y + box->y1));
	set(list, FIMG2D_SRC_RIGHT_BOTTOM, FIMG2D_XY(origin.x + box->x2, origin.y + box->y2));
	set_base(list, FIMG2D_SRC_BASE, src->bo, &origin);
}

/* d = s + d (1 - as), or with a global alpha g: d = s g + d (1 - as g) */
static void
set_over(struct exup_g2d_list *list, uint8_t alpha)
{
	uint32_t src_coeff = FIMG2D_COEFF_ONE;
	uint32_t alpha_mode = FIMG2D_ALPHA_MODE_ALPHA;

	if (alpha != 255) {
		src_coeff = FIMG2D_COEFF_GLOBAL_ALPHA;
		alpha_mode = FIMG2D_ALPHA_MODE_MUL_GLOBAL;
		set(list, FIMG2D_ALPHA, alpha);
	}
	set(list, FIMG2D_BLEND_FUNCTION,
	    FIMG2D_BLEND_SRC_COEFF(src_coeff) | FIMG2D_BLEND_DST_COEFF(FIMG2D_COEFF_SRC_ALPHA) |
		    FIMG2D_BLEND_DST_COEFF_SRC_ALPHA_MODE(alpha_mode) |
		    FIMG2D_BLEND_INVERT_DST_COEFF);
	set(list, FIMG2D_BITBLT_COMMAND, FIMG2D_BITBLT_COMMAND_ALPHA_BLEND);
}

int
exup_g2d_list_fill(struct exup_g2d_list *list, const struct exup_g2d_image *dst,
		   const struct exup_box *dst_box, uint32_t color, enum exup_g2d_op op)
{
	list->command_count = 0;
	list->base_count = 0;
	if (!box_is_within(dst_box, dst)) {
		return -EINVAL;
	}
	if (exup_bo_is_lost(dst->bo)) {
		return -ESTALE;
	}
	set_destination(list, dst, dst_box);
	if (op == EXUP_G2D_OP_SRC || color >> 24 == 255) {
		set(list, FIMG2D_SF_COLOR, color);
		set(list, FIMG2D_BITBLT_COMMAND, FIMG2D_BITBLT_COMMAND_FAST_SOLID_FILL);
		return 0;
	}
	set(list, FIMG2D_SRC_SELECT, FIMG2D_SELECT_FOREGROUND);
	set(list, FIMG2D_SRC_COLOR_MODE, FIMG2D_FORMAT_ARGB8888 | FIMG2D_ORDER_AXRGB);
	set(list, FIMG2D_FG_COLOR, color);
	set(list, FIMG2D_ROP4, FIMG2D_ROP4_SOURCE);
	set_over(list, 255);
	return 0;
}

int
exup_g2d_list_copy(struct exup_g2d_list *list, const struct exup_g2d_image *dst,
		   const struct exup_box *dst_box, const struct exup_g2d_image *src, int32_t src_x,
		   int32_t src_y, enum exup_g2d_op op, uint8_t alpha)
{
	struct exup_box src_box;

	list->command_count = 0;
	list->base_count = 0;
	if (!box_is_within(dst_box, dst) || src_x < 0 || src_y < 0 ||
	    src_x > FIMG2D_COORDINATE_MAX || src_y > FIMG2D_COORDINATE_MAX ||
	    (op == EXUP_G2D_OP_SRC && alpha != 255)) {
		return -EINVAL;
	}
	src_box = (struct exup_box){
		.x1 = src_x,
		.y1 = src_y,
		.x2 = src_x + dst_box->x2 - dst_box->x1,
		.y2 = src_y + dst_box->y2 - dst_box->y1,
	};
	if (!box_is_within(&src_box, src)) {
		return -EINVAL;
	}
	if (exup_bo_is_lost(dst->bo) || exup_bo_is_lost(src->bo)) {
		return -ESTALE;
	}
	set_destination(list, dst, dst_box);
	set_source(list, src, &src_box);
	set(list, FIMG2D_ROP4, FIMG2D_ROP4_SOURCE);
	if (op == EXUP_G2D_OP_OVER && (src->format->has_alpha || alpha != 255)) {
		set_over(list, alpha);
	}
	return 0;
}
