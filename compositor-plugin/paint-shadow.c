// SPDX-License-Identifier: MIT
/*
 * Painting by the CPU: in ordinary memory first, which is as large as the target.
 *
 * Targets are write-combined, so that the engine and the display see what is written. To read from
 * such memory takes a CPU ten times as long as from its cache, and blending reads all that it writes
 * to. So all layers of a region are put together in cached memory, and what comes of it is written
 * out once, as Weston's own renderer does it.
 */
#include "cpu-image.h"
#include "exynos-userptr-v1-server-protocol.h"
#include "log.h"
#include "paint-shadow.h"

/* The one of the frame before, if it fits: its pages are there when they are first touched. */
static pixman_image_t *
get_shadow(struct exup_plugin_frame *frame, const struct exup_g2d_image *target)
{
	pixman_format_code_t format = exup_plugin_cpu_format(target->format);
	pixman_image_t *shadow = frame->shadow;

	if (shadow && pixman_image_get_width(shadow) == (int)target->width &&
	    pixman_image_get_height(shadow) == (int)target->height &&
	    pixman_image_get_format(shadow) == format) {
		return shadow;
	}
	if (shadow) {
		pixman_image_unref(shadow);
	}
	frame->shadow = pixman_image_create_bits_no_clear(format, (int)target->width,
							  (int)target->height, NULL, 0);
	if (!frame->shadow) {
		exup_plugin_log("exynos-userptr: no memory for %dx%d pixels to paint in by the "
				"CPU; they stay as they are\n",
				(int)target->width, (int)target->height);
	}
	return frame->shadow;
}

static uint64_t
count_pixels(const pixman_region32_t *region)
{
	pixman_box32_t *boxes;
	uint64_t pixels = 0;
	int count, i;

	boxes = pixman_region32_rectangles((pixman_region32_t *)region, &count);
	for (i = 0; i < count; i++) {
		pixels += (uint64_t)(boxes[i].x2 - boxes[i].x1) *
			  (uint64_t)(boxes[i].y2 - boxes[i].y1);
	}
	return pixels;
}

static void
copy_region(pixman_image_t *source, pixman_image_t *target, pixman_region32_t *region)
{
	const pixman_box32_t *extents = pixman_region32_extents(region);

	pixman_image_set_clip_region32(target, region);
	pixman_image_composite32(PIXMAN_OP_SRC, source, NULL, target, extents->x1, extents->y1, 0,
				 0, extents->x1, extents->y1, extents->x2 - extents->x1,
				 extents->y2 - extents->y1);
	pixman_image_set_clip_region32(target, NULL);
}

/* Of an item that cannot be read what was there before stays: the shadow has pixels of no frame. */
static bool
paint_item(struct exup_plugin_item *item, pixman_image_t *pixels, pixman_image_t *shadow,
	   const pixman_region32_t *region, uint32_t reason)
{
	const uint32_t none = EXYNOS_USERPTR_SURFACE_V1_REASON_NONE;
	struct exup_plugin_content *content = item->content;
	pixman_region32_t part;
	bool ok = true;

	pixman_region32_init(&part);
	pixman_region32_intersect(&part, &item->output_region, (pixman_region32_t *)region);
	if (pixman_region32_not_empty(&part)) {
		ok = exup_plugin_paint_item_cpu(item, &part, shadow);
		if (ok) {
			content->bytes_copied += count_pixels(&part) * sizeof(uint32_t);
			exup_plugin_content_note_path(content, EXYNOS_USERPTR_SURFACE_V1_PATH_CPU,
						      item->cpu_reason != none ? item->cpu_reason :
										 reason);
		} else if (item->op == PIXMAN_OP_SRC) {
			copy_region(pixels, shadow, &part);
		}
	}
	pixman_region32_fini(&part);
	return ok;
}

/* What no opaque item covers shows what has been there before. */
static void
find_uncovered(struct exup_plugin_frame *frame, const pixman_region32_t *region,
	       pixman_region32_t *uncovered)
{
	struct exup_plugin_item *item;

	pixman_region32_copy(uncovered, (pixman_region32_t *)region);
	wl_list_for_each (item, &frame->items, link) {
		if (item->op == PIXMAN_OP_SRC && !item->has_source_clip) {
			pixman_region32_subtract(uncovered, uncovered, &item->output_region);
		}
	}
}

bool
exup_plugin_paint_shadow(struct exup_plugin_target *target, struct exup_plugin_frame *frame,
			 const pixman_region32_t *region, uint32_t reason)
{
	const pixman_box32_t *extents = pixman_region32_extents((pixman_region32_t *)region);
	const struct exup_box box = { extents->x1, extents->y1, extents->x2, extents->y2 };
	struct exup_plugin_item *item;
	pixman_image_t *shadow, *pixels;
	pixman_region32_t uncovered;
	bool ok = true;

	shadow = get_shadow(frame, &target->image);
	if (!shadow) {
		return false;
	}
	pixels = exup_plugin_cpu_image_begin(&target->image, &box, EXUP_BO_READ_WRITE);
	if (!pixels) {
		return false;
	}
	pixman_region32_init(&uncovered);
	find_uncovered(frame, region, &uncovered);
	if (pixman_region32_not_empty(&uncovered)) {
		copy_region(pixels, shadow, &uncovered);
	}
	pixman_region32_fini(&uncovered);
	wl_list_for_each (item, &frame->items, link) {
		ok = paint_item(item, pixels, shadow, region, reason) && ok;
	}
	copy_region(shadow, pixels, (pixman_region32_t *)region);
	exup_plugin_cpu_image_end(&target->image, &box, EXUP_BO_READ_WRITE, pixels);
	return ok;
}
