// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the command registers to a blit that can be drawn.
 *
 * A blit that asks for anything that is not modelled is left out as a whole and counted: half a
 * blit would look like a bug of the caller.
 */

#include "blit.h"

static bool refuse(struct fimg2d_engine *engine, enum fimg2d_unsupported kind, u32 offset)
{
	fimg2d_engine_unsupported(engine, kind, offset, fimg2d_register(engine, offset));
	return false;
}

/* With a sign, which is the worst for a driver that takes it for a number without one. */
static s32 decode_stride(u32 value)
{
	value &= FIMG2D_STRIDE_MASK;
	return value & FIMG2D_STRIDE_SIGN ? (s32)(value | ~FIMG2D_STRIDE_MASK) : (s32)value;
}

static bool decode_image(struct fimg2d_engine *engine, u32 select_offset,
			 struct fimg2d_image *image)
{
	/* SRC_* and DST_* have the same layout behind their SELECT register. */
	u32 base = select_offset - FIMG2D_SRC_SELECT;
	u32 mode = fimg2d_register(engine, base + FIMG2D_SRC_COLOR_MODE);
	u32 left_top = fimg2d_register(engine, base + FIMG2D_SRC_LEFT_TOP);
	u32 right_bottom = fimg2d_register(engine, base + FIMG2D_SRC_RIGHT_BOTTOM);

	image->base = fimg2d_register(engine, base + FIMG2D_SRC_BASE_ADDR);
	image->stride = decode_stride(fimg2d_register(engine, base + FIMG2D_SRC_STRIDE));
	image->format = mode & FIMG2D_MODE_FORMAT_MASK;
	image->order = (mode & FIMG2D_MODE_ORDER_MASK) >> FIMG2D_MODE_ORDER_SHIFT;
	image->box.left = left_top & FIMG2D_COORD_MASK;
	image->box.top = left_top >> 16 & FIMG2D_COORD_MASK;
	image->box.right = right_bottom & FIMG2D_COORD_MASK;
	image->box.bottom = right_bottom >> 16 & FIMG2D_COORD_MASK;

	if (mode & ~FIMG2D_MODE_KNOWN_MASK || !fimg2d_bytes_per_pixel(image->format))
		return refuse(engine, FIMG2D_UNSUPPORTED_FORMAT, base + FIMG2D_SRC_COLOR_MODE);
	if (image->box.right > FIMG2D_COORD_MAX || image->box.bottom > FIMG2D_COORD_MAX ||
	    image->box.left >= image->box.right || image->box.top >= image->box.bottom)
		return refuse(engine, FIMG2D_UNSUPPORTED_COORDINATES,
			      base + FIMG2D_SRC_RIGHT_BOTTOM);
	return true;
}

static bool decode_select(struct fimg2d_engine *engine, u32 select_offset, bool *is_color,
			  u32 *color)
{
	switch (fimg2d_register(engine, select_offset)) {
	case FIMG2D_SELECT_MEMORY:
		*is_color = false;
		return true;
	case FIMG2D_SELECT_FG_COLOR:
		*is_color = true;
		*color = fimg2d_register(engine, FIMG2D_FG_COLOR);
		return true;
	case FIMG2D_SELECT_BG_COLOR:
		*is_color = true;
		*color = fimg2d_register(engine, FIMG2D_BG_COLOR);
		return true;
	default:
		return refuse(engine, FIMG2D_UNSUPPORTED_SELECT, select_offset);
	}
}

/* The clip window is cut to the target's box; an empty one draws nothing. */
static void decode_clip(const struct fimg2d_engine *engine, struct fimg2d_blit *blit)
{
	u32 left_top = fimg2d_register(engine, FIMG2D_CW_LEFT_TOP);
	u32 right_bottom = fimg2d_register(engine, FIMG2D_CW_RIGHT_BOTTOM);
	s32 left = left_top & FIMG2D_COORD_MASK;
	s32 top = left_top >> 16 & FIMG2D_COORD_MASK;
	s32 right = right_bottom & FIMG2D_COORD_MASK;
	s32 bottom = right_bottom >> 16 & FIMG2D_COORD_MASK;
	struct fimg2d_box *clip = &blit->clip;

	*clip = blit->target.box;
	if (!(fimg2d_register(engine, FIMG2D_BITBLT_COMMAND) & FIMG2D_CMD_CLIP_ENABLE))
		return;
	if (clip->left < left)
		clip->left = left;
	if (clip->top < top)
		clip->top = top;
	if (clip->right > right)
		clip->right = right;
	if (clip->bottom > bottom)
		clip->bottom = bottom;
}

/*
 * Either image may be walked in the negative direction. One of them mirrors; both together, without
 * a turn, only draw from the far end, which is how libdrm moves pixels within one image.
 */
static bool decode_directions(struct fimg2d_engine *engine, struct fimg2d_blit *blit)
{
	const u32 known = FIMG2D_DIRECT_X_NEGATIVE | FIMG2D_DIRECT_Y_NEGATIVE;
	u32 source = fimg2d_register(engine, FIMG2D_SRC_MASK_DIRECT);
	u32 target = fimg2d_register(engine, FIMG2D_DST_PAT_DIRECT);

	if (source & ~known)
		return refuse(engine, FIMG2D_UNSUPPORTED_DIRECT, FIMG2D_SRC_MASK_DIRECT);
	if (target & ~known)
		return refuse(engine, FIMG2D_UNSUPPORTED_DIRECT, FIMG2D_DST_PAT_DIRECT);
	blit->mirror_source_x = source & FIMG2D_DIRECT_X_NEGATIVE;
	blit->mirror_source_y = source & FIMG2D_DIRECT_Y_NEGATIVE;
	blit->mirror_target_x = target & FIMG2D_DIRECT_X_NEGATIVE;
	blit->mirror_target_y = target & FIMG2D_DIRECT_Y_NEGATIVE;
	return true;
}

static bool decode_sampling(struct fimg2d_engine *engine, struct fimg2d_blit *blit)
{
	u32 rotate = fimg2d_register(engine, FIMG2D_ROTATE);
	u32 repeat = fimg2d_register(engine, FIMG2D_SRC_REPEAT_MODE);
	u32 scale = fimg2d_register(engine, FIMG2D_SRC_SCALE_CTRL);

	if (rotate & ~FIMG2D_ROTATE_SRC_90)
		return refuse(engine, FIMG2D_UNSUPPORTED_ROTATE, FIMG2D_ROTATE);
	if (repeat > FIMG2D_REPEAT_NONE)
		return refuse(engine, FIMG2D_UNSUPPORTED_REPEAT, FIMG2D_SRC_REPEAT_MODE);
	if (scale > FIMG2D_SCALE_BILINEAR)
		return refuse(engine, FIMG2D_UNSUPPORTED_SCALE, FIMG2D_SRC_SCALE_CTRL);
	blit->rotate_90 = rotate;
	blit->repeat = repeat;
	blit->pad = fimg2d_register(engine, FIMG2D_SRC_PAD_VALUE);
	blit->scale = scale;
	blit->step_x = 1u << 16;
	blit->step_y = 1u << 16;
	if (scale != FIMG2D_SCALE_NONE) {
		blit->step_x = fimg2d_register(engine, FIMG2D_SRC_XSCALE);
		blit->step_y = fimg2d_register(engine, FIMG2D_SRC_YSCALE);
	}
	return true;
}

static bool decode_coefficient(u32 function, u32 shift, u32 invert,
			       struct fimg2d_coefficient *coefficient)
{
	u32 field = function >> shift;

	coefficient->coeff = field & FIMG2D_BF_COEFF_MASK;
	coefficient->src_alpha = field >> FIMG2D_BF_SRC_ALPHA_SHIFT & FIMG2D_BF_ALPHA_MASK;
	coefficient->dst_alpha = field >> FIMG2D_BF_DST_ALPHA_SHIFT & FIMG2D_BF_ALPHA_MASK;
	coefficient->invert = function & invert;
	return coefficient->coeff <= FIMG2D_COEFF_GLOBAL_ALPHA &&
	       coefficient->src_alpha <= FIMG2D_ALPHA_MUL_GLOBAL &&
	       coefficient->dst_alpha <= FIMG2D_ALPHA_MUL_GLOBAL;
}

static bool decode_blend(struct fimg2d_engine *engine, struct fimg2d_blit *blit)
{
	const u32 known = GENMASK(15, 0) | FIMG2D_BF_SRC_INVERT | FIMG2D_BF_DST_INVERT;
	u32 command = fimg2d_register(engine, FIMG2D_BITBLT_COMMAND);
	u32 function = fimg2d_register(engine, FIMG2D_BLEND_FUNCTION);
	u32 rop = fimg2d_register(engine, FIMG2D_ROP4) & FIMG2D_ROP4_UNMASKED_MASK;

	blit->blend = command & FIMG2D_CMD_BLEND_MASK;
	blit->premultiply_source = command & FIMG2D_CMD_SRC_PREMULTIPLY;
	blit->premultiply_target = command & FIMG2D_CMD_DST_PREMULTIPLY;
	blit->global_alpha = fimg2d_register(engine, FIMG2D_ALPHA) & FIMG2D_ALPHA_GLOBAL_MASK;
	/* The raster operation comes before the blending: only "source" leaves the source alone. */
	if (rop != FIMG2D_ROP3_SRC)
		return refuse(engine, FIMG2D_UNSUPPORTED_ROP, FIMG2D_ROP4);
	if (!blit->blend)
		return true;
	if (function & ~known ||
	    !decode_coefficient(function, FIMG2D_BF_SRC_COEFF_SHIFT, FIMG2D_BF_SRC_INVERT,
				&blit->source_coeff) ||
	    !decode_coefficient(function, FIMG2D_BF_DST_COEFF_SHIFT, FIMG2D_BF_DST_INVERT,
				&blit->target_coeff))
		return refuse(engine, FIMG2D_UNSUPPORTED_BLEND, FIMG2D_BLEND_FUNCTION);
	return true;
}

/**
 * fimg2d_decode_blit - reads the command registers
 * @engine: the engine
 * @blit: filled in
 *
 * Returns: false when something is asked for that is not modelled; it is counted then.
 */
bool fimg2d_decode_blit(struct fimg2d_engine *engine, struct fimg2d_blit *blit)
{
	const u32 known = FIMG2D_CMD_CLIP_ENABLE | FIMG2D_BLEND_ON << FIMG2D_CMD_BLEND_SHIFT |
			  FIMG2D_CMD_SRC_PREMULTIPLY | FIMG2D_CMD_DST_PREMULTIPLY |
			  FIMG2D_CMD_FAST_SOLID_FILL;
	u32 command = fimg2d_register(engine, FIMG2D_BITBLT_COMMAND);

	memset(blit, 0, sizeof(*blit));
	if (command & ~known)
		return refuse(engine, FIMG2D_UNSUPPORTED_COMMAND, FIMG2D_BITBLT_COMMAND);
	if (!decode_image(engine, FIMG2D_DST_SELECT, &blit->target))
		return false;
	decode_clip(engine, blit);

	/* The fast fill bypasses source, blending and raster operation. */
	if (command & FIMG2D_CMD_FAST_SOLID_FILL) {
		blit->fill = true;
		blit->color = fimg2d_register(engine, FIMG2D_SF_COLOR);
		return true;
	}
	if (!decode_select(engine, FIMG2D_SRC_SELECT, &blit->source_is_color, &blit->color) ||
	    !decode_select(engine, FIMG2D_DST_SELECT, &blit->target_is_color,
			   &blit->target_color))
		return false;
	if (!blit->source_is_color && !decode_image(engine, FIMG2D_SRC_SELECT, &blit->source))
		return false;
	return decode_directions(engine, blit) && decode_sampling(engine, blit) &&
	       decode_blend(engine, blit);
}

/**
 * fimg2d_bitblt - what BITBLT_START does
 * @engine: the engine
 */
void fimg2d_bitblt(struct fimg2d_engine *engine)
{
	struct fimg2d_blit blit;

	if (!fimg2d_decode_blit(engine, &blit))
		return;
	if (fimg2d_draw(engine, &blit))
		engine->counters.blits++;
}
