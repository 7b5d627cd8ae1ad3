/* SPDX-License-Identifier: MIT */
/* A frame: what is painted, in order, by the engine where it can and by the CPU where not. */
#ifndef EXUP_PLUGIN_PAINT_H
#define EXUP_PLUGIN_PAINT_H

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-util.h>

#include "content.h"
#include "engine.h"
#include "target.h"

/**
 * struct exup_plugin_item - one region of one view, painted one way
 * @link: of exup_plugin_frame.items, bottom to top
 * @content: what is painted
 * @output_region: where, in pixels of the target, within it
 * @op: SRC for the opaque parts
 * @alpha: of the view, 0xffff for opaque
 * @output_to_buffer: from pixels of the target to pixels of the content
 * @is_translation: @output_to_buffer moves whole pixels by @dx, @dy and does nothing else
 * @is_upright: @output_to_buffer keeps rectangles upright: no turn other than by 90 degrees
 * @bilinear: otherwise nearest
 * @cpu_reason: why the engine cannot paint it, REASON_NONE if it can; told while it is painted
 * @has_source_clip: only @source_clip, in buffer pixels, is used; @output_region is larger
 */
struct exup_plugin_item {
	struct wl_list link;
	struct exup_plugin_content *content;
	pixman_region32_t output_region;
	pixman_op_t op;
	uint16_t alpha;
	pixman_transform_t output_to_buffer;
	bool is_translation;
	bool is_upright;
	int32_t dx;
	int32_t dy;
	bool bilinear;
	uint32_t cpu_reason;
	bool has_source_clip;
	pixman_region32_t source_clip;
};

/**
 * struct exup_plugin_frame
 * @items: struct exup_plugin_item, bottom to top
 * @spare_items: of frames before, so that a frame allocates none in the long run
 * @cpu_region: what the CPU paints, while it is painted
 * @engine_region: what the engine paints of an item, while it is painted
 * @shadow: where the CPU paints, kept from frame to frame; NULL until it had to
 */
struct exup_plugin_frame {
	struct wl_list items;
	struct wl_list spare_items;
	pixman_region32_t cpu_region;
	pixman_region32_t engine_region;
	pixman_image_t *shadow;
};

/** Makes a frame without items. */
void
exup_plugin_frame_init(struct exup_plugin_frame *frame);

/** Empties the frame for the next one. */
void
exup_plugin_frame_clear(struct exup_plugin_frame *frame);

/** Frees the items and the shadow. Of a zeroed struct: nothing. */
void
exup_plugin_frame_fini(struct exup_plugin_frame *frame);

/** Adds an item below all others, with both regions empty. Returns NULL without memory. */
struct exup_plugin_item *
exup_plugin_frame_add_below(struct exup_plugin_frame *frame, struct exup_plugin_content *content);

/**
 * Paints a frame: by the engine, but for the regions of items that it cannot paint, where the CPU puts
 * all items together. When it returns that is done, or, with an engine that has fences, under way: work up
 * to exup_plugin_engine_get_submitted() reads the contents and writes to the target.
 *
 * Sets path, reason and was_painted of every content with an item, and adds what the CPU copied.
 * If the engine fails, the whole frame is painted by the CPU.
 *
 * Returns false if something could not be painted at all; logged.
 */
bool
exup_plugin_paint(struct exup_plugin_engine *engine, struct exup_plugin_target *target,
		  struct exup_plugin_frame *frame);

/**
 * Paints one item with pixman.
 *
 * @output_region: what to paint of its own
 * @pixels: as large as the target
 *
 * Returns false if the content cannot be read by the CPU.
 */
bool
exup_plugin_paint_item_cpu(const struct exup_plugin_item *item,
			   const pixman_region32_t *output_region, pixman_image_t *pixels);

#endif
