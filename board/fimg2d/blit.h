/* SPDX-License-Identifier: GPL-2.0-only */
/* One blit as the registers describe it, checked, and the spans that it is made of. */
#ifndef FIMG2D_BLIT_H
#define FIMG2D_BLIT_H

#include "engine.h"

/* Coordinates in pixels; right and bottom are exclusive. */
struct fimg2d_box {
	s32 left, top, right, bottom;
};

struct fimg2d_image {
	u32 base;		/* bus address of pixel (0, 0) */
	s32 stride;		/* bytes */
	enum fimg2d_format format;
	enum fimg2d_order order;
	struct fimg2d_box box;
};

struct fimg2d_coefficient {
	enum fimg2d_coeff coeff;
	enum fimg2d_alpha_mode src_alpha, dst_alpha;
	bool invert;
};

struct fimg2d_blit {
	bool fill;		/* write `color`, nothing else counts but target and clip */
	u32 color;		/* ARGB8888: of the fill, or of a source that is a colour */

	bool source_is_color;
	struct fimg2d_image source;
	enum fimg2d_repeat repeat;
	u32 pad;		/* ARGB8888 */
	enum fimg2d_scale scale;
	u32 step_x, step_y;	/* source pixels per target pixel, 16.16 */
	bool mirror_source_x, mirror_source_y;	/* along the source's axes, before the turn */
	bool rotate_90;				/* clockwise */

	struct fimg2d_image target;
	struct fimg2d_box clip;	/* part of target.box that is drawn */
	bool mirror_target_x, mirror_target_y;	/* along the target's axes, after the turn */
	bool target_is_color;
	u32 target_color;	/* ARGB8888: operand instead of the target's pixels */

	bool blend;
	bool premultiply_source, premultiply_target;
	struct fimg2d_coefficient source_coeff, target_coeff;
	u32 global_alpha;
};

/* blit.c */
bool fimg2d_decode_blit(struct fimg2d_engine *engine, struct fimg2d_blit *blit);

/* draw.c: geometry */
bool fimg2d_draw(struct fimg2d_engine *engine, const struct fimg2d_blit *blit);

/* pixels.c: pixel formats and blending, on spans of ARGB8888 */
u32 fimg2d_bytes_per_pixel(enum fimg2d_format format);
void fimg2d_unpack_span(const struct fimg2d_image *image, const u8 *raw, u32 *span, u32 count);
void fimg2d_pack_span(const struct fimg2d_image *image, const u32 *span, u8 *raw, u32 count);
void fimg2d_premultiply_span(u32 *span, u32 count);
void fimg2d_blend_span(const struct fimg2d_blit *blit, const u32 *source, u32 *target,
		       u32 count);

#endif
