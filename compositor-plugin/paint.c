// SPDX-License-Identifier: MIT
/* Painting a frame: as blits, but by the CPU where an item needs it, or all of it by the CPU. */
#include <stdlib.h>

#include "exynos-userptr-v1-server-protocol.h"
#include "fimg2d_regs.h"
#include "log.h"
#include "paint-shadow.h"

void
exup_plugin_frame_init(struct exup_plugin_frame *frame)
{
	wl_list_init(&frame->items);
	wl_list_init(&frame->spare_items);
	pixman_region32_init(&frame->cpu_region);
	pixman_region32_init(&frame->engine_region);
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
	pixman_region32_fini(&frame->cpu_region);
	pixman_region32_fini(&frame->engine_region);
	if (frame->shadow) {
		pixman_image_unref(frame->shadow);
	}
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

static void
note_engine_path(struct exup_plugin_content *content)
{
	switch (content->kind) {
	case EXUP_PLUGIN_CONTENT_IN_PLACE:
		exup_plugin_content_note_path(content, EXYNOS_USERPTR_SURFACE_V1_PATH_IN_PLACE,
					      EXYNOS_USERPTR_SURFACE_V1_REASON_NONE);
		break;
	case EXUP_PLUGIN_CONTENT_UPLOAD:
		exup_plugin_content_note_path(content, EXYNOS_USERPTR_SURFACE_V1_PATH_UPLOADED,
					      EXYNOS_USERPTR_SURFACE_V1_REASON_SHM);
		break;
	default:
		exup_plugin_content_note_path(content, EXYNOS_USERPTR_SURFACE_V1_PATH_FILL,
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
		  const struct exup_plugin_item *item, pixman_region32_t *region)
{
	enum exup_g2d_op op = item->op == PIXMAN_OP_SRC ? EXUP_G2D_OP_SRC : EXUP_G2D_OP_OVER;
	pixman_box32_t *boxes;
	int count, i;
	bool ok = true;

	boxes = pixman_region32_rectangles(region, &count);
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

/*
 * Tells apart what the engine paints from what it does not, and where the latter lies. Returns the
 * reason of the lowest of these items, for those that share their region with it.
 */
static uint32_t
find_cpu_region(struct exup_plugin_frame *frame, pixman_region32_t *cpu_region)
{
	uint32_t reason = EXYNOS_USERPTR_SURFACE_V1_REASON_NONE;
	struct exup_plugin_item *item;

	wl_list_for_each (item, &frame->items, link) {
		if (engine_can_paint(item, &item->cpu_reason)) {
			item->cpu_reason = EXYNOS_USERPTR_SURFACE_V1_REASON_NONE;
			continue;
		}
		if (reason == EXYNOS_USERPTR_SURFACE_V1_REASON_NONE) {
			reason = item->cpu_reason;
		}
		pixman_region32_union(cpu_region, cpu_region, &item->output_region);
	}
	return reason;
}

/* The engine's part of the frame, which nobody else writes to. Returns false if it failed. */
static bool
paint_with_engine(struct exup_plugin_engine *engine, struct exup_plugin_target *target,
		  struct exup_plugin_frame *frame, pixman_region32_t *cpu_region)
{
	bool is_shared = pixman_region32_not_empty(cpu_region);
	bool is_queued = false, ok = true;
	struct exup_plugin_item *item;

	wl_list_for_each (item, &frame->items, link) {
		pixman_region32_t *region = &item->output_region;

		if (item->cpu_reason != EXYNOS_USERPTR_SURFACE_V1_REASON_NONE) {
			continue;
		}
		if (is_shared) {
			region = &frame->engine_region;
			pixman_region32_subtract(region, &item->output_region, cpu_region);
		}
		if (!pixman_region32_not_empty(region)) {
			continue;
		}
		is_queued = true;
		ok = paint_item_engine(engine, target, item, region);
		if (!ok) {
			break;
		}
		note_engine_path(item->content);
	}
	return !is_queued || exup_plugin_engine_submit(engine);
}

static bool
paint_with_both(struct exup_plugin_engine *engine, struct exup_plugin_target *target,
		struct exup_plugin_frame *frame, bool *painted)
{
	uint64_t seqno = target->seqno;
	pixman_region32_t *cpu_region = &frame->cpu_region;
	uint32_t reason;
	bool ok;

	pixman_region32_clear(cpu_region);
	reason = find_cpu_region(frame, cpu_region);
	ok = paint_with_engine(engine, target, frame, cpu_region);
	note_seqno(engine, target, frame);
	*painted = true;
	if (ok && pixman_region32_not_empty(cpu_region)) {
		/* of an earlier frame it may still be at work anywhere */
		exup_plugin_engine_wait(engine, seqno);
		*painted = exup_plugin_paint_shadow(target, frame, cpu_region, reason);
	}
	return ok;
}

static bool
paint_by_cpu(struct exup_plugin_target *target, struct exup_plugin_frame *frame)
{
	struct exup_plugin_item *item;

	pixman_region32_clear(&frame->cpu_region);
	wl_list_for_each (item, &frame->items, link) {
		item->cpu_reason = EXYNOS_USERPTR_SURFACE_V1_REASON_ENGINE;
		pixman_region32_union(&frame->cpu_region, &frame->cpu_region, &item->output_region);
	}
	return !pixman_region32_not_empty(&frame->cpu_region) ||
	       exup_plugin_paint_shadow(target, frame, &frame->cpu_region,
					EXYNOS_USERPTR_SURFACE_V1_REASON_ENGINE);
}

bool
exup_plugin_paint(struct exup_plugin_engine *engine, struct exup_plugin_target *target,
		  struct exup_plugin_frame *frame)
{
	struct exup_plugin_item *item;
	bool painted;

	wl_list_for_each (item, &frame->items, link) {
		item->content->was_painted = false;
	}
	if (exup_plugin_engine_begin_frame(engine) &&
	    paint_with_both(engine, target, frame, &painted)) {
		return painted;
	}
	/* from the bottom, whatever the engine has done of it, or still does if it is lost */
	exup_plugin_engine_wait(engine, target->seqno);
	return paint_by_cpu(target, frame);
}
