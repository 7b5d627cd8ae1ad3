// SPDX-License-Identifier: MIT
/* What the engine cannot paint: the same item with pixman, by the rules of Weston's renderer. */
#include <stddef.h>

#include "paint.h"

/* A colour with a source clip is a rectangle that is turned: an image as large as the clip. */
static pixman_image_t *
create_colored_rectangle(const struct exup_plugin_item *item)
{
	pixman_box32_t *clip = pixman_region32_extents((pixman_region32_t *)&item->source_clip);
	pixman_box32_t box = { 0, 0, clip->x2 - clip->x1, clip->y2 - clip->y1 };
	pixman_transform_t transform = item->output_to_buffer;
	pixman_image_t *image;

	image = pixman_image_create_bits(PIXMAN_a8r8g8b8, box.x2, box.y2, NULL, 0);
	if (!image) {
		return NULL;
	}
	pixman_image_fill_boxes(PIXMAN_OP_SRC, image, &item->content->solid, 1, &box);
	pixman_transform_translate(&transform, NULL, -pixman_int_to_fixed(clip->x1),
				   -pixman_int_to_fixed(clip->y1));
	pixman_image_set_transform(image, &transform);
	pixman_image_set_filter(
		image, item->bilinear ? PIXMAN_FILTER_BILINEAR : PIXMAN_FILTER_NEAREST, NULL, 0);
	return image;
}

/* Over the whole target: its clip says where. */
static void
composite(pixman_op_t op, pixman_image_t *source, pixman_image_t *mask, pixman_image_t *pixels)
{
	pixman_image_composite32(op, source, mask, pixels, 0, 0, 0, 0, 0, 0,
				 pixman_image_get_width(pixels), pixman_image_get_height(pixels));
}

static void
paint_whole(const struct exup_plugin_item *item, pixman_image_t *source, pixman_image_t *mask,
	    pixman_image_t *pixels)
{
	pixman_image_set_transform(source, &item->output_to_buffer);
	pixman_image_set_filter(
		source, item->bilinear ? PIXMAN_FILTER_BILINEAR : PIXMAN_FILTER_NEAREST, NULL, 0);
	/* a filter must not mix the edge with what lies beyond it */
	pixman_image_set_repeat(source, item->bilinear ? PIXMAN_REPEAT_PAD : PIXMAN_REPEAT_NONE);
	composite(item->op, source, mask, pixels);
}

/*
 * The clip is in the source, so that its edges turn with the view: each box becomes an image of its
 * own, outside of which there is nothing, which OVER leaves alone.
 */
static void
paint_clipped(const struct exup_plugin_item *item, pixman_image_t *source, pixman_image_t *mask,
	      pixman_image_t *pixels)
{
	pixman_format_code_t format = pixman_image_get_format(source);
	ptrdiff_t stride = pixman_image_get_stride(source);
	uint8_t *data = (uint8_t *)pixman_image_get_data(source);
	pixman_box32_t *boxes;
	int count, i;

	boxes = pixman_region32_rectangles((pixman_region32_t *)&item->source_clip, &count);
	for (i = 0; i < count; i++) {
		pixman_transform_t transform = item->output_to_buffer;
		pixman_image_t *part;

		part = pixman_image_create_bits_no_clear(
			format, boxes[i].x2 - boxes[i].x1, boxes[i].y2 - boxes[i].y1,
			(uint32_t *)(data + boxes[i].y1 * stride +
				     boxes[i].x1 * (PIXMAN_FORMAT_BPP(format) / 8)),
			(int)stride);
		if (!part) {
			continue;
		}
		pixman_transform_translate(&transform, NULL, -pixman_int_to_fixed(boxes[i].x1),
					   -pixman_int_to_fixed(boxes[i].y1));
		pixman_image_set_transform(part, &transform);
		pixman_image_set_filter(
			part, item->bilinear ? PIXMAN_FILTER_BILINEAR : PIXMAN_FILTER_NEAREST, NULL,
			0);
		composite(PIXMAN_OP_OVER, part, mask, pixels);
		pixman_image_unref(part);
	}
}

static bool
paint_solid(const struct exup_plugin_item *item, pixman_image_t *mask, pixman_image_t *pixels)
{
	pixman_image_t *source;

	if (item->has_source_clip && (!item->is_upright || item->content->width > 0) &&
	    pixman_region32_not_empty((pixman_region32_t *)&item->source_clip)) {
		source = create_colored_rectangle(item);
	} else {
		source = pixman_image_create_solid_fill(&item->content->solid);
	}
	if (!source) {
		return false;
	}
	composite(item->op, source, mask, pixels);
	pixman_image_unref(source);
	return true;
}

static int64_t
clamp(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* One coordinate of a box that goes through a transform, with 16 fractional bits. */
static void
transform_bounds(const pixman_fixed_t row[3], const pixman_box32_t *box, int64_t *least,
		 int64_t *most)
{
	int64_t left = (int64_t)row[0] * box->x1, right = (int64_t)row[0] * box->x2;
	int64_t top = (int64_t)row[1] * box->y1, bottom = (int64_t)row[1] * box->y2;

	*least = row[2] + (left < right ? left : right) + (top < bottom ? top : bottom);
	*most = row[2] + (left < right ? right : left) + (top < bottom ? bottom : top);
}

/*
 * All that is read of the content: where the region comes from, and what a filter takes along, a
 * pixel at most, with one more for rounding. Beyond the edges the pixels at the edges are read.
 */
static struct exup_box
get_source_box(const struct exup_plugin_item *item, const pixman_region32_t *output_region)
{
	const pixman_fixed_t(*matrix)[3] = item->output_to_buffer.matrix;
	int64_t width = item->content->width, height = item->content->height;
	const pixman_box32_t *box;
	int64_t x1, y1, x2, y2;

	if (item->has_source_clip) {
		box = pixman_region32_extents((pixman_region32_t *)&item->source_clip);
		return (struct exup_box){ box->x1, box->y1, box->x2, box->y2 };
	}
	if (matrix[2][0] != 0 || matrix[2][1] != 0 || matrix[2][2] != pixman_fixed_1) {
		return (struct exup_box){ 0, 0, (int32_t)width, (int32_t)height };
	}
	box = pixman_region32_extents((pixman_region32_t *)output_region);
	transform_bounds(matrix[0], box, &x1, &x2);
	transform_bounds(matrix[1], box, &y1, &y2);
	return (struct exup_box){
		.x1 = (int32_t)clamp((x1 >> 16) - 2, 0, width - 1),
		.y1 = (int32_t)clamp((y1 >> 16) - 2, 0, height - 1),
		.x2 = (int32_t)clamp((x2 >> 16) + 3, 1, width),
		.y2 = (int32_t)clamp((y2 >> 16) + 3, 1, height),
	};
}

static bool
paint_image(const struct exup_plugin_item *item, const pixman_region32_t *output_region,
	    pixman_image_t *mask, pixman_image_t *pixels)
{
	const struct exup_box box = get_source_box(item, output_region);
	pixman_image_t *source;

	source = exup_plugin_content_begin_cpu(item->content, &box);
	if (!source) {
		return false;
	}
	if (item->has_source_clip) {
		paint_clipped(item, source, mask, pixels);
	} else {
		paint_whole(item, source, mask, pixels);
	}
	exup_plugin_content_end_cpu(item->content, &box, source);
	return true;
}

bool
exup_plugin_paint_item_cpu(const struct exup_plugin_item *item,
			   const pixman_region32_t *output_region, pixman_image_t *pixels)
{
	pixman_image_t *mask = NULL;
	bool painted;

	if (item->alpha != 0xffff) {
		mask = pixman_image_create_solid_fill(&(pixman_color_t){ .alpha = item->alpha });
		if (!mask) {
			return false;
		}
	}
	pixman_image_set_clip_region32(pixels, (pixman_region32_t *)output_region);
	if (item->content->kind == EXUP_PLUGIN_CONTENT_SOLID) {
		painted = paint_solid(item, mask, pixels);
	} else {
		painted = paint_image(item, output_region, mask, pixels);
	}
	pixman_image_set_clip_region32(pixels, NULL);
	if (mask) {
		pixman_image_unref(mask);
	}
	return painted;
}
