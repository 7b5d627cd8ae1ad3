// SPDX-License-Identifier: GPL-2.0-only
/*
 * The geometry of a blit: which source pixel each target pixel shows, span by span.
 *
 * Choices, since the hardware's are not public:
 *  - turning by 90 degrees is clockwise; XSCALE steps along the source's x, turned or not;
 *  - a target pixel samples at its centre. Nearest takes the pixel below the point (the left or
 *    upper one of two that are equally near), bilinear weighs with 7 bits: both as pixman does;
 *  - bilinear taps beyond the source's box follow SRC_REPEAT_MODE, and are clamped for "none";
 *  - a span (at most 512 pixels) that meets a bus fault while it is read is not written.
 */

#include "blit.h"

/* Where in the source a target pixel lies: 16.16, relative to the source's box. */
struct position {
	s64 x, y;
};

static s32 box_width(const struct fimg2d_box *box)
{
	return box->right - box->left;
}

static s32 box_height(const struct fimg2d_box *box)
{
	return box->bottom - box->top;
}

static u32 pixel_address(const struct fimg2d_image *image, s32 x, s32 y)
{
	return image->base + (u32)y * (u32)image->stride +
	       (u32)x * fimg2d_bytes_per_pixel(image->format);
}

static bool read_span(struct fimg2d_engine *engine, const struct fimg2d_image *image, s32 x, s32 y,
		      u32 *span, u32 count)
{
	u32 size_bytes = count * fimg2d_bytes_per_pixel(image->format);

	if (!fimg2d_bus_read(engine, pixel_address(image, x, y), engine->raw_span, size_bytes))
		return false;
	fimg2d_unpack_span(image, engine->raw_span, span, count);
	return true;
}

static void write_span(struct fimg2d_engine *engine, const struct fimg2d_image *image, s32 x,
		       s32 y, const u32 *span, u32 count)
{
	u32 size_bytes = count * fimg2d_bytes_per_pixel(image->format);

	fimg2d_pack_span(image, span, engine->raw_span, count);
	if (fimg2d_bus_write(engine, pixel_address(image, x, y), engine->raw_span, size_bytes))
		engine->counters.pixels += count;
}

static void set_span(u32 *span, u32 color, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		span[i] = color;
}

/* Brings a coordinate into 0..size-1. Returns false when the repeat mode has no pixel for it. */
static bool repeat_coordinate(enum fimg2d_repeat repeat, s64 *coordinate, s32 size)
{
	s64 c = *coordinate;

	if (c >= 0 && c < size)
		return true;
	switch (repeat) {
	case FIMG2D_REPEAT_REPEAT:
		c %= size;
		c = c < 0 ? c + size : c;
		break;
	case FIMG2D_REPEAT_REFLECT:
		c %= 2 * size;
		c = c < 0 ? c + 2 * size : c;
		c = c >= size ? 2 * size - 1 - c : c;
		break;
	case FIMG2D_REPEAT_CLAMP:
		c = c < 0 ? 0 : size - 1;
		break;
	case FIMG2D_REPEAT_PAD:
	case FIMG2D_REPEAT_NONE:
	default:
		return false;
	}
	*coordinate = c;
	return true;
}

/* One source pixel, given in pixels relative to the box. Returns false on a bus fault. */
static bool fetch_pixel(struct fimg2d_engine *engine, const struct fimg2d_blit *blit,
			enum fimg2d_repeat repeat, s64 x, s64 y, u32 *pixel)
{
	const struct fimg2d_box *box = &blit->source.box;

	if (!repeat_coordinate(repeat, &x, box_width(box)) ||
	    !repeat_coordinate(repeat, &y, box_height(box))) {
		*pixel = blit->pad;
		return true;
	}
	return read_span(engine, &blit->source, box->left + x, box->top + y, pixel, 1);
}

/* Weighs four neighbours with eighths of 1/256, as pixman's bilinear_interpolation() does. */
static u32 interpolate(const u32 tap[4], u32 weight_x, u32 weight_y)
{
	u32 weight[4] = {
		(256 - weight_x) * (256 - weight_y), weight_x * (256 - weight_y),
		(256 - weight_x) * weight_y, weight_x * weight_y,
	};
	u32 shift, i, sum, result = 0;

	for (shift = 0; shift < 32; shift += 8) {
		for (i = 0, sum = 0; i < 4; i++)
			sum += (tap[i] >> shift & 0xff) * weight[i];
		result |= sum >> 16 << shift;
	}
	return result;
}

static bool fetch_bilinear(struct fimg2d_engine *engine, const struct fimg2d_blit *blit,
			   struct position at, u32 *pixel)
{
	enum fimg2d_repeat repeat =
		blit->repeat == FIMG2D_REPEAT_NONE ? FIMG2D_REPEAT_CLAMP : blit->repeat;
	s64 x, y;
	u32 tap[4], i;

	at.x -= 1 << 15;
	at.y -= 1 << 15;
	x = at.x >> 16;
	y = at.y >> 16;
	for (i = 0; i < 4; i++) {
		if (!fetch_pixel(engine, blit, repeat, x + (i & 1), y + (i >> 1), &tap[i]))
			return false;
	}
	*pixel = interpolate(tap, (at.x >> 9 & 0x7f) << 1, (at.y >> 9 & 0x7f) << 1);
	return true;
}

/* The centre of the target pixel (x, y), seen from the source. */
static struct position source_position(const struct fimg2d_blit *blit, s32 x, s32 y)
{
	s32 width = box_width(&blit->target.box), height = box_height(&blit->target.box);
	s32 u = x - blit->target.box.left, v = y - blit->target.box.top, swap;

	if (blit->mirror_target_x)
		u = width - 1 - u;
	if (blit->mirror_target_y)
		v = height - 1 - v;
	if (blit->rotate_90) {
		swap = width - 1 - u;
		u = v;
		v = swap;
		swap = width;
		width = height;
		height = swap;
	}
	if (blit->mirror_source_x)
		u = width - 1 - u;
	if (blit->mirror_source_y)
		v = height - 1 - v;
	return (struct position){
		.x = (s64)u * blit->step_x + (((s64)blit->step_x + 1) >> 1),
		.y = (s64)v * blit->step_y + (((s64)blit->step_y + 1) >> 1),
	};
}

static s64 nearest_pixel(s64 position)
{
	return (position - 1) >> 16;
}

/*
 * Samples pixel after pixel from target pixel (x, y) on, up to the first that is not drawn.
 * Returns how many, or -1 on a bus fault.
 */
static s32 sample_span(struct fimg2d_engine *engine, const struct fimg2d_blit *blit, s32 x, s32 y,
		       u32 count)
{
	s32 width = box_width(&blit->source.box), height = box_height(&blit->source.box);
	struct position at;
	u32 i, *pixel;
	s64 sx, sy;
	bool ok;

	for (i = 0; i < count; i++) {
		pixel = &engine->source_span[i];
		at = source_position(blit, x + i, y);
		sx = nearest_pixel(at.x);
		sy = nearest_pixel(at.y);
		if (blit->repeat == FIMG2D_REPEAT_NONE &&
		    (sx < 0 || sx >= width || sy < 0 || sy >= height))
			break;
		if (blit->scale == FIMG2D_SCALE_BILINEAR)
			ok = fetch_bilinear(engine, blit, at, pixel);
		else
			ok = fetch_pixel(engine, blit, blit->repeat, sx, sy, pixel);
		if (!ok)
			return -1;
	}
	return i;
}

/* A run of neighbours that lie within the source's box can be read at once. */
static bool is_straight(const struct fimg2d_blit *blit)
{
	return blit->scale == FIMG2D_SCALE_NONE && !blit->rotate_90 &&
	       blit->mirror_source_x == blit->mirror_target_x;
}

/*
 * Fills the source span for target pixels (x.. x + count - 1, y). Returns how many are to be
 * drawn (the one after them is not), or -1 on a bus fault.
 */
static s32 source_span(struct fimg2d_engine *engine, const struct fimg2d_blit *blit, s32 x, s32 y,
		       u32 count)
{
	const struct fimg2d_box *box = &blit->source.box;
	struct position at;
	s64 sx, sy;

	if (blit->source_is_color) {
		set_span(engine->source_span, blit->color, count);
		return count;
	}
	if (is_straight(blit)) {
		at = source_position(blit, x, y);
		sx = nearest_pixel(at.x);
		sy = nearest_pixel(at.y);
		if (sx >= 0 && sx + count <= box_width(box) && sy >= 0 && sy < box_height(box))
			return read_span(engine, &blit->source, box->left + sx, box->top + sy,
					 engine->source_span, count) ? (s32)count : -1;
	}
	return sample_span(engine, blit, x, y, count);
}

/* Draws the source span to target pixels (x.. x + count - 1, y). */
static void draw_span(struct fimg2d_engine *engine, const struct fimg2d_blit *blit, s32 x, s32 y,
		      u32 count)
{
	if (blit->premultiply_source)
		fimg2d_premultiply_span(engine->source_span, count);
	if (!blit->blend) {
		write_span(engine, &blit->target, x, y, engine->source_span, count);
		return;
	}
	if (blit->target_is_color)
		set_span(engine->target_span, blit->target_color, count);
	else if (!read_span(engine, &blit->target, x, y, engine->target_span, count))
		return;
	if (blit->premultiply_target)
		fimg2d_premultiply_span(engine->target_span, count);
	fimg2d_blend_span(blit, engine->source_span, engine->target_span, count);
	write_span(engine, &blit->target, x, y, engine->target_span, count);
}

/* Target pixels left..right - 1 of row y, at most FIMG2D_SPAN_MAX of them. */
static void draw_chunk(struct fimg2d_engine *engine, const struct fimg2d_blit *blit, s32 left,
		       s32 right, s32 y)
{
	s32 drawn;

	while (left < right) {
		drawn = source_span(engine, blit, left, y, right - left);
		if (drawn < 0)
			return;
		if (drawn > 0)
			draw_span(engine, blit, left, y, drawn);
		left += drawn + 1;
	}
}

static void draw_row(struct fimg2d_engine *engine, const struct fimg2d_blit *blit, s32 y)
{
	const struct fimg2d_box *clip = &blit->clip;
	s32 x;

	if (blit->mirror_target_x) {
		for (x = clip->right; x > clip->left; x -= FIMG2D_SPAN_MAX)
			draw_chunk(engine, blit, x - clip->left > FIMG2D_SPAN_MAX ?
				   x - FIMG2D_SPAN_MAX : clip->left, x, y);
	} else {
		for (x = clip->left; x < clip->right; x += FIMG2D_SPAN_MAX)
			draw_chunk(engine, blit, x, clip->right - x > FIMG2D_SPAN_MAX ?
				   x + FIMG2D_SPAN_MAX : clip->right, y);
	}
}

static void fill_row(struct fimg2d_engine *engine, const struct fimg2d_blit *blit, s32 y)
{
	s32 x, count;

	for (x = blit->clip.left; x < blit->clip.right; x += count) {
		count = blit->clip.right - x;
		if (count > FIMG2D_SPAN_MAX)
			count = FIMG2D_SPAN_MAX;
		write_span(engine, &blit->target, x, y, engine->source_span, count);
	}
}

/* The y of the row that is drawn as the n-th, from 0. */
static s32 row_y(const struct fimg2d_blit *blit, s32 row)
{
	return blit->mirror_target_y ? blit->clip.bottom - 1 - row : blit->clip.top + row;
}

/* From which row on a blit was not drawn. */
static void note_unwritten(struct fimg2d_engine *engine, const struct fimg2d_blit *blit, s32 row)
{
	const struct fimg2d_image *target = &blit->target;

	engine->unwritten = (struct fimg2d_rows){
		.address = pixel_address(target, blit->clip.left, row_y(blit, row)),
		.step_bytes = blit->mirror_target_y ? -target->stride : target->stride,
		.row_bytes = box_width(&blit->clip) * fimg2d_bytes_per_pixel(target->format),
		.count = box_height(&blit->clip) - row,
	};
}

/**
 * fimg2d_draw - does a blit, in the order of the target's directions
 * @engine: the engine; an abort stops it after the current row
 * @blit: from fimg2d_decode_blit()
 *
 * Returns: false when it was stopped; &fimg2d_engine.unwritten has the rest then.
 */
bool fimg2d_draw(struct fimg2d_engine *engine, const struct fimg2d_blit *blit)
{
	s32 rows = box_height(&blit->clip), row;

	if (blit->fill)
		set_span(engine->source_span, blit->color, FIMG2D_SPAN_MAX);
	for (row = 0; row < rows; row++) {
		if (fimg2d_engine_aborted(engine)) {
			note_unwritten(engine, blit, row);
			return false;
		}
		if (blit->fill)
			fill_row(engine, blit, row_y(blit, row));
		else
			draw_row(engine, blit, row_y(blit, row));
	}
	return true;
}
