// SPDX-License-Identifier: MIT
/* Painting a frame: each item as blits, or on the CPU in its turn, or all of it on the CPU. */
#include <stdlib.h>

#include "cpu-image.h"
#include "exynos-userptr-v1-server-protocol.h"
#include "fimg2d_regs.h"
#include "log.h"
#include "paint.h"

void
exup_plugin_frame_init(struct exup_plugin_frame *frame)
{
	wl_list_init(&frame->items);
	wl_list_init(&frame->spare_items);
}

void
exup_plugin_frame_clear(struct exup_plugin_frame *frame)
{
	wl_list_insert_list(&frame->spare_items, &frame->items);
	wl_list_init(&frame->items);
}

static void
free_items(struct wl_list *items)
{
	struct exup_plugin_item *item, *next;

	wl_list_for_each_safe (item, next, items, link) {
		pixman_region32_fini(&item->output_region);
		pixman_region32_fini(&item->source_clip);
		wl_list_remove(&item->link);
		free(item);
	}
}

void
exup_plugin_frame_fini(struct exup_plugin_frame *frame)
{
	if (!frame->items.next) {
		return;
	}
	free_items(&frame->items);
	free_items(&frame->spare_items);
}

/* One of a frame before, with what its regions have allocated, or a new one. */
static struct exup_plugin_item *
get_item(struct exup_plugin_frame *frame)
{
	struct exup_plugin_item *item;

	if (wl_list_empty(&frame->spare_items)) {
		item = calloc(1, sizeof(*item));
		if (item) {
			pixman_region32_init(&item->output_region);
			pixman_region32_init(&item->source_clip);
		}
		return item;
	}
	item = wl_container_of(frame->spare_items.next, item, link);
	wl_list_remove(&item->link);
	pixman_region32_clear(&item->output_region);
	pixman_region32_clear(&item->source_clip);
	return item;
}

struct exup_plugin_item *
exup_plugin_frame_add_below(struct exup_plugin_frame *frame, struct exup_plugin_content *content)
{
	struct exup_plugin_item *item;

	item = get_item(frame);
	if (!item) {
		return NULL;
	}
	item->content = content;
	item->alpha = 0xffff;
	item->has_source_clip = false;
	wl_list_insert(&frame->items, &item->link);
	return item;
}

/* Worse paths have more to tell; the order is that of the protocol's description. */
static unsigned int
path_rank(uint32_t path)
{
	switch (path) {
	case EXYNOS_USERPTR_SURFACE_V1_PATH_IN_PLACE:
		return 0;
	case EXYNOS_USERPTR_SURFACE_V1_PATH_FILL:
		return 1;
	case EXYNOS_USERPTR_SURFACE_V1_PATH_UPLOADED:
		return 2;
	default:
		return 3;
	}
}

static void
note_path(struct exup_plugin_content *content, uint32_t path, uint32_t reason)
{
	if (!content->was_painted || path_rank(path) > path_rank(content->path)) {
		content->path = path;
		content->reason = reason;
	}
	content->was_painted = true;
}

static void
note_engine_path(struct exup_plugin_content *content)
{
	switch (content->kind) {
	case EXUP_PLUGIN_CONTENT_IN_PLACE:
		note_path(content, EXYNOS_USERPTR_SURFACE_V1_PATH_IN_PLACE,
			  EXYNOS_USERPTR_SURFACE_V1_REASON_NONE);
		break;
	case EXUP_PLUGIN_CONTENT_UPLOAD:
		note_path(content, EXYNOS_USERPTR_SURFACE_V1_PATH_UPLOADED,
			  EXYNOS_USERPTR_SURFACE_V1_REASON_SHM);
		break;
	default:
		note_path(content, EXYNOS_USERPTR_SURFACE_V1_PATH_FILL,
			  EXYNOS_USERPTR_SURFACE_V1_REASON_NONE);
		break;
	}
}

static uint8_t
multiply_8(uint8_t a, uint8_t b)
{
	unsigned int t = a * b + 0x80u;

	return (uint8_t)((t + (t >> 8)) >> 8);
}

static uint32_t
get_solid_argb(const struct exup_plugin_item *item)
{
	const pixman_color_t *solid = &item->content->solid;
	uint8_t alpha = (uint8_t)(item->alpha >> 8);

	return (uint32_t)multiply_8((uint8_t)(solid->alpha >> 8), alpha) << 24 |
	       (uint32_t)multiply_8((uint8_t)(solid->red >> 8), alpha) << 16 |
	       (uint32_t)multiply_8((uint8_t)(solid->green >> 8), alpha) << 8 |
	       (uint32_t)multiply_8((uint8_t)(solid->blue >> 8), alpha);
}

/*
 * The engine paints what needs no more than a source moved by whole pixels. Returns true, or false
 * with the reason.
 */
static bool
engine_can_paint(const struct exup_plugin_item *item, uint32_t *reason)
{
	const struct exup_g2d_image *image;
	pixman_box32_t *extents;

	if (item->content->kind == EXUP_PLUGIN_CONTENT_SOLID) {
		/* a pixel that the shell zooms has soft edges, whichever way its buffer came */
		*reason = EXYNOS_USERPTR_SURFACE_V1_REASON_TRANSFORM;
		return !item->has_source_clip || (item->is_upright && item->content->width == 0);
	}
	image = exup_plugin_content_get_image(item->content);
	if (!image) {
		*reason = item->content->width > FIMG2D_COORDINATE_MAX ||
					  item->content->height > FIMG2D_COORDINATE_MAX ?
				  EXYNOS_USERPTR_SURFACE_V1_REASON_SIZE :
				  EXYNOS_USERPTR_SURFACE_V1_REASON_NO_MEMORY;
		return false;
	}
	if (exup_bo_is_lost(image->bo)) {
		*reason = EXYNOS_USERPTR_SURFACE_V1_REASON_ENGINE;
		return false;
	}
	*reason = EXYNOS_USERPTR_SURFACE_V1_REASON_TRANSFORM;
	if (!item->is_translation || item->has_source_clip) {
		return false;
	}
	/* beyond the edge pixman has rules of its own */
	extents = pixman_region32_extents((pixman_region32_t *)&item->output_region);
	return (int64_t)extents->x1 + item->dx >= 0 && (int64_t)extents->y1 + item->dy >= 0 &&
	       (int64_t)extents->x2 + item->dx <= (int64_t)image->width &&
	       (int64_t)extents->y2 + item->dy <= (int64_t)image->height;
}

static bool
paint_item_engine(struct exup_plugin_engine *engine, struct exup_plugin_target *target,
		  const struct exup_plugin_item *item)
{
	enum exup_g2d_op op = item->op == PIXMAN_OP_SRC ? EXUP_G2D_OP_SRC : EXUP_G2D_OP_OVER;
	pixman_box32_t *boxes;
	int count, i;
	bool ok = true;

	boxes = pixman_region32_rectangles((pixman_region32_t *)&item->output_region, &count);
	for (i = 0; i < count && ok; i++) {
		struct exup_box box = { boxes[i].x1, boxes[i].y1, boxes[i].x2, boxes[i].y2 };

		if (item->content->kind == EXUP_PLUGIN_CONTENT_SOLID) {
			ok = exup_plugin_engine_fill(engine, &target->image, &box,
						     get_solid_argb(item), op);
		} else {
			ok = exup_plugin_engine_copy(engine, &target->image, &box,
						     exup_plugin_content_get_image(item->content),
						     box.x1 + item->dx, box.y1 + item->dy, op,
						     (uint8_t)(item->alpha >> 8));
		}
	}
	return ok;
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

static bool
paint_item_cpu(struct exup_plugin_target *target, struct exup_plugin_item *item, uint32_t reason)
{
	const pixman_box32_t *extents =
		pixman_region32_extents((pixman_region32_t *)&item->output_region);
	const struct exup_box box = { extents->x1, extents->y1, extents->x2, extents->y2 };
	pixman_image_t *pixels;
	bool ok;

	pixels = exup_plugin_cpu_image_begin(&target->image, &box, EXUP_BO_READ_WRITE);
	if (!pixels) {
		return false;
	}
	ok = exup_plugin_paint_item_cpu(item, pixels);
	if (ok) {
		item->content->bytes_copied +=
			count_pixels(&item->output_region) * target->image.format->bytes_per_pixel;
		note_path(item->content, EXYNOS_USERPTR_SURFACE_V1_PATH_CPU, reason);
	}
	exup_plugin_cpu_image_end(&target->image, &box, EXUP_BO_READ_WRITE, pixels);
	return ok;
}

/* What the engine has been told of the frame: the numbers are those of the work that is queued now. */
static void
note_seqno(struct exup_plugin_engine *engine, struct exup_plugin_target *target,
	   struct exup_plugin_frame *frame)
{
	struct exup_plugin_item *item;

	target->seqno = exup_plugin_engine_get_submitted(engine);
	wl_list_for_each (item, &frame->items, link) {
		item->content->seqno = target->seqno;
	}
}

/* Returns false if the engine failed; @painted says whether the CPU could do its part. */
static bool
paint_with_engine(struct exup_plugin_engine *engine, struct exup_plugin_target *target,
		  struct exup_plugin_frame *frame, bool *painted)
{
	struct exup_plugin_item *item;
	bool is_queued = false;
	uint32_t reason;

	*painted = true;
	wl_list_for_each (item, &frame->items, link) {
		if (engine_can_paint(item, &reason)) {
			is_queued = true;
			if (!paint_item_engine(engine, target, item)) {
				break;
			}
			note_engine_path(item->content);
			continue;
		}
		/* what lies below must be there before the CPU draws over it */
		if (is_queued && !exup_plugin_engine_finish(engine)) {
			return false;
		}
		exup_plugin_engine_wait(engine, target->seqno);
		is_queued = false;
		*painted = paint_item_cpu(target, item, reason) && *painted;
	}
	return !is_queued || exup_plugin_engine_submit(engine);
}

bool
exup_plugin_paint(struct exup_plugin_engine *engine, struct exup_plugin_target *target,
		  struct exup_plugin_frame *frame)
{
	struct exup_plugin_item *item;
	bool painted, ok;

	wl_list_for_each (item, &frame->items, link) {
		item->content->was_painted = false;
	}
	if (exup_plugin_engine_begin_frame(engine)) {
		ok = paint_with_engine(engine, target, frame, &painted);
		note_seqno(engine, target, frame);
		if (ok) {
			return painted;
		}
	}
	/* from the bottom, whatever the engine has done of it, or still does if it is lost */
	exup_plugin_engine_wait(engine, target->seqno);
	painted = true;
	wl_list_for_each (item, &frame->items, link) {
		painted = paint_item_cpu(target, item, EXYNOS_USERPTR_SURFACE_V1_REASON_ENGINE) &&
			  painted;
	}
	return painted;
}
