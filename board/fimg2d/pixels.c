// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pixel formats and blending, on spans of pixels.
 *
 * Between memory and memory a pixel is ARGB8888 in a u32. Choices, since the hardware's are not
 * public:
 *  - a format without alpha reads as alpha 255, and its unused bits are written as 1;
 *  - fewer bits are widened by repeating the upper ones, and narrowed by dropping the lower ones,
 *    as pixman does;
 *  - colour registers hold ARGB8888, whatever format and order the images have;
 *  - products are divided by 255 and rounded to nearest, as pixman's MUL_UN8 does; sums saturate.
 */

#include "blit.h"

/* Two channels at once: the other two are in the gaps between them. */
#define CHANNELS_RB		0x00ff00ffu
#define CHANNELS_HALF		0x00800080u
#define CHANNELS_OVERFLOW	0x01000100u

/**
 * fimg2d_bytes_per_pixel - size of a pixel in memory
 * @format: the format
 *
 * Returns: bytes, or 0 for a format that is not modelled.
 */
u32 fimg2d_bytes_per_pixel(enum fimg2d_format format)
{
	switch (format) {
	case FIMG2D_FMT_XRGB8888:
	case FIMG2D_FMT_ARGB8888:
		return 4;
	case FIMG2D_FMT_RGB565:
		return 2;
	default:
		return 0;
	}
}

/* Pixels lie anywhere; memcpy() of four bytes would be a call in the kernel. */
typedef u32 __attribute__((__aligned__(1), __may_alias__)) unaligned_u32;

static u32 swap_red_blue(u32 argb)
{
	return (argb & 0xff00ff00) | (argb >> 16 & 0xff) | (argb & 0xff) << 16;
}

static u32 unpack_8888(u32 raw, enum fimg2d_order order)
{
	switch (order) {
	case FIMG2D_ORDER_RGBAX:
		return raw >> 8 | raw << 24;
	case FIMG2D_ORDER_AXBGR:
		return swap_red_blue(raw);
	case FIMG2D_ORDER_BGRAX:
		return swap_red_blue(raw >> 8 | raw << 24);
	case FIMG2D_ORDER_AXRGB:
	default:
		return raw;
	}
}

static u32 pack_8888(u32 argb, enum fimg2d_order order)
{
	switch (order) {
	case FIMG2D_ORDER_RGBAX:
		return argb << 8 | argb >> 24;
	case FIMG2D_ORDER_AXBGR:
		return swap_red_blue(argb);
	case FIMG2D_ORDER_BGRAX:
		argb = swap_red_blue(argb);
		return argb << 8 | argb >> 24;
	case FIMG2D_ORDER_AXRGB:
	default:
		return argb;
	}
}

/* There is no alpha whose place could change: two orders are left. */
static bool order_is_bgr(enum fimg2d_order order)
{
	return order == FIMG2D_ORDER_AXBGR || order == FIMG2D_ORDER_BGRAX;
}

static u32 unpack_565(u16 raw, enum fimg2d_order order)
{
	u32 red = raw >> 11, green = raw >> 5 & 0x3f, blue = raw & 0x1f;
	u32 argb;

	red = red << 3 | red >> 2;
	green = green << 2 | green >> 4;
	blue = blue << 3 | blue >> 2;
	argb = 0xff000000 | red << 16 | green << 8 | blue;
	return order_is_bgr(order) ? swap_red_blue(argb) : argb;
}

static u16 pack_565(u32 argb, enum fimg2d_order order)
{
	if (order_is_bgr(order))
		argb = swap_red_blue(argb);
	return (argb >> 8 & 0xf800) | (argb >> 5 & 0x07e0) | (argb >> 3 & 0x001f);
}

/**
 * fimg2d_unpack_span - pixels from memory
 * @image: whose format and order they have
 * @raw: their bytes, any alignment
 * @span: where to put them as ARGB8888
 * @count: how many
 */
void fimg2d_unpack_span(const struct fimg2d_image *image, const u8 *raw, u32 *span, u32 count)
{
	u32 opaque = image->format == FIMG2D_FMT_XRGB8888 ? 0xff000000 : 0;
	const unaligned_u32 *words = (const unaligned_u32 *)raw;
	u32 i;

	if (image->format == FIMG2D_FMT_RGB565) {
		for (i = 0; i < count; i++)
			span[i] = unpack_565(raw[2 * i] | raw[2 * i + 1] << 8, image->order);
		return;
	}
	if (image->order == FIMG2D_ORDER_AXRGB) {
		for (i = 0; i < count; i++)
			span[i] = words[i] | opaque;
		return;
	}
	for (i = 0; i < count; i++)
		span[i] = unpack_8888(words[i], image->order) | opaque;
}

/**
 * fimg2d_pack_span - pixels for memory
 * @image: whose format and order they get
 * @span: the pixels as ARGB8888
 * @raw: where to put their bytes, any alignment
 * @count: how many
 */
void fimg2d_pack_span(const struct fimg2d_image *image, const u32 *span, u8 *raw, u32 count)
{
	u32 opaque = image->format == FIMG2D_FMT_XRGB8888 ? 0xff000000 : 0;
	unaligned_u32 *words = (unaligned_u32 *)raw;
	u32 i;

	if (image->format == FIMG2D_FMT_RGB565) {
		for (i = 0; i < count; i++) {
			u16 packed = pack_565(span[i], image->order);

			raw[2 * i] = packed;
			raw[2 * i + 1] = packed >> 8;
		}
		return;
	}
	if (image->order == FIMG2D_ORDER_AXRGB) {
		for (i = 0; i < count; i++)
			words[i] = span[i] | opaque;
		return;
	}
	for (i = 0; i < count; i++)
		words[i] = pack_8888(span[i] | opaque, image->order);
}

/* a x b / 255, rounded to nearest */
static u32 mul_un8(u32 a, u32 b)
{
	u32 t = a * b + 0x80;

	return (t + (t >> 8)) >> 8;
}

/* All four channels of @pixel x @factor / 255 */
static u32 scale_pixel(u32 pixel, u32 factor)
{
	u32 rb = (pixel & CHANNELS_RB) * factor + CHANNELS_HALF;
	u32 ag = (pixel >> 8 & CHANNELS_RB) * factor + CHANNELS_HALF;

	rb = (rb + (rb >> 8 & CHANNELS_RB)) >> 8 & CHANNELS_RB;
	ag = (ag + (ag >> 8 & CHANNELS_RB)) & ~CHANNELS_RB;
	return rb | ag;
}

/* Sums of two channels have a ninth bit where they overflow: that becomes 0xff. */
static u32 saturate(u32 channels)
{
	return (channels | (CHANNELS_OVERFLOW - (channels >> 8 & CHANNELS_RB))) & CHANNELS_RB;
}

static u32 add_pixels(u32 a, u32 b)
{
	u32 rb = (a & CHANNELS_RB) + (b & CHANNELS_RB);
	u32 ag = (a >> 8 & CHANNELS_RB) + (b >> 8 & CHANNELS_RB);

	return saturate(rb) | saturate(ag) << 8;
}

static u32 multiply_pixels(u32 a, u32 b)
{
	return mul_un8(a >> 24, b >> 24) << 24 | mul_un8(a >> 16 & 0xff, b >> 16 & 0xff) << 16 |
	       mul_un8(a >> 8 & 0xff, b >> 8 & 0xff) << 8 | mul_un8(a & 0xff, b & 0xff);
}

/**
 * fimg2d_premultiply_span - multiplies each pixel's colours with its alpha
 * @span: pixels as ARGB8888
 * @count: how many
 */
void fimg2d_premultiply_span(u32 *span, u32 count)
{
	u32 i, alpha;

	for (i = 0; i < count; i++) {
		alpha = span[i] & 0xff000000;
		span[i] = (scale_pixel(span[i], alpha >> 24) & 0x00ffffff) | alpha;
	}
}

static u32 effective_alpha(u32 alpha, enum fimg2d_alpha_mode mode, u32 global_alpha)
{
	switch (mode) {
	case FIMG2D_ALPHA_ADD_GLOBAL:
		return alpha + global_alpha > 255 ? 255 : alpha + global_alpha;
	case FIMG2D_ALPHA_MUL_GLOBAL:
		return mul_un8(alpha, global_alpha);
	case FIMG2D_ALPHA_PLAIN:
	default:
		return alpha;
	}
}

/* One term of the blend: @operand x the coefficient, which may look at both pixels. */
static u32 apply_coefficient(const struct fimg2d_coefficient *coefficient, u32 global_alpha,
			     u32 operand, u32 source, u32 target)
{
	u32 invert = coefficient->invert ? 0xff : 0;
	u32 factor;

	switch (coefficient->coeff) {
	case FIMG2D_COEFF_SRC_COLOR:
		return multiply_pixels(operand, coefficient->invert ? ~source : source);
	case FIMG2D_COEFF_DST_COLOR:
		return multiply_pixels(operand, coefficient->invert ? ~target : target);
	case FIMG2D_COEFF_SRC_ALPHA:
		factor = effective_alpha(source >> 24, coefficient->src_alpha, global_alpha);
		break;
	case FIMG2D_COEFF_DST_ALPHA:
		factor = effective_alpha(target >> 24, coefficient->dst_alpha, global_alpha);
		break;
	case FIMG2D_COEFF_GLOBAL_ALPHA:
		factor = global_alpha;
		break;
	case FIMG2D_COEFF_ZERO:
		factor = 0;
		break;
	case FIMG2D_COEFF_ONE:
	default:
		factor = 0xff;
		break;
	}
	return scale_pixel(operand, factor ^ invert);
}

/* What a premultiplied OVER asks for, nearly all blending there is: worth a loop of its own. */
static bool is_plain_over(const struct fimg2d_blit *blit)
{
	return blit->source_coeff.coeff == FIMG2D_COEFF_ONE && !blit->source_coeff.invert &&
	       blit->target_coeff.coeff == FIMG2D_COEFF_SRC_ALPHA && blit->target_coeff.invert &&
	       blit->target_coeff.src_alpha == FIMG2D_ALPHA_PLAIN;
}

/**
 * fimg2d_blend_span - target = source x source coefficient + target x target coefficient
 * @blit: what to do
 * @source: pixels as ARGB8888
 * @target: pixels as ARGB8888, replaced by the result
 * @count: how many
 */
void fimg2d_blend_span(const struct fimg2d_blit *blit, const u32 *source, u32 *target, u32 count)
{
	u32 i, s, t;

	if (is_plain_over(blit)) {
		for (i = 0; i < count; i++)
			target[i] = add_pixels(source[i],
					       scale_pixel(target[i], ~source[i] >> 24));
		return;
	}
	for (i = 0; i < count; i++) {
		s = source[i];
		t = target[i];
		target[i] = add_pixels(apply_coefficient(&blit->source_coeff, blit->global_alpha,
							 s, s, t),
				       apply_coefficient(&blit->target_coeff, blit->global_alpha,
							 t, s, t));
	}
}
