/* SPDX-License-Identifier: MIT */
/* The engine as the painter uses it: blits, an end with a time limit, and life after it. */
#ifndef EXUP_PLUGIN_ENGINE_H
#define EXUP_PLUGIN_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "g2d.h"

struct exup_plugin_engine;

/** struct exup_plugin_engine_stats - what the engine has done since it was created */
struct exup_plugin_engine_stats {
	uint64_t blits;
	uint64_t pixels;
	uint64_t failures;
};

/**
 * Makes an engine on a device, which must outlive it.
 *
 * @timeout_ms: how long a frame may wait for the engine, in all, before that is declared dead
 *
 * Returns NULL without memory; logged.
 */
struct exup_plugin_engine *
exup_plugin_engine_create(struct exup_device *device, int timeout_ms);

/** Frees the engine; work that was not finished is dropped. NULL is ignored. */
void
exup_plugin_engine_destroy(struct exup_plugin_engine *engine);

/**
 * Whether to use the engine for the frame that begins now. After a failure it is left alone for a
 * while that doubles with each failure in a row.
 */
bool
exup_plugin_engine_begin_frame(struct exup_plugin_engine *engine);

/** Queues exup_g2d_fill(). Returns false if the engine does not take it: finish the frame. */
bool
exup_plugin_engine_fill(struct exup_plugin_engine *engine, const struct exup_g2d_image *dst,
			const struct exup_box *dst_box, uint32_t color, enum exup_g2d_op op);

/** Queues exup_g2d_copy(). Returns false if the engine does not take it: finish the frame. */
bool
exup_plugin_engine_copy(struct exup_plugin_engine *engine, const struct exup_g2d_image *dst,
			const struct exup_box *dst_box, const struct exup_g2d_image *src,
			int32_t src_x, int32_t src_y, enum exup_g2d_op op, uint8_t alpha);

/**
 * Executes what was queued and waits for it.
 *
 * Returns false if any of the blits since exup_plugin_engine_begin_frame() may not have been done.
 * Then the engine has been reset and nothing of this frame reads or writes memory any more, unless
 * exup_plugin_engine_is_lost() says that not even that could be done.
 */
bool
exup_plugin_engine_finish(struct exup_plugin_engine *engine);

/** Whether work may still run that can neither be waited for nor stopped. */
bool
exup_plugin_engine_is_lost(const struct exup_plugin_engine *engine);

/** Counters. */
void
exup_plugin_engine_get_stats(const struct exup_plugin_engine *engine,
			     struct exup_plugin_engine_stats *stats);

#endif
