/* SPDX-License-Identifier: MIT */
/* The engine as the painter uses it: blits, their end, a time limit for it, and life after that. */
#ifndef EXUP_PLUGIN_ENGINE_H
#define EXUP_PLUGIN_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "g2d.h"

struct exup_plugin_engine;
struct wl_event_loop;

/**
 * struct exup_plugin_engine_listener - what the engine tells from the event loop
 * @completed: work has ended, one way or the other: see exup_plugin_engine_get_completed()
 * @failed: a frame that nobody waited for is not what it should be; logged. @completed comes as well.
 */
struct exup_plugin_engine_listener {
	void (*completed)(void *data);
	void (*failed)(void *data);
};

/** struct exup_plugin_engine_stats - what the engine has done since it was created */
struct exup_plugin_engine_stats {
	uint64_t blits;
	uint64_t pixels;
	uint64_t failures;
};

/**
 * Makes an engine on a device, which must outlive it.
 *
 * @timeout_ms: how long a frame may take before the engine is declared dead: all that somebody waits,
 *	or, where nobody does, at least that and at most twice that
 * @loop: where @listener is called from
 * @data: what it is called with
 *
 * Returns NULL without memory; logged.
 */
struct exup_plugin_engine *
exup_plugin_engine_create(struct exup_device *device, int timeout_ms, struct wl_event_loop *loop,
			  const struct exup_plugin_engine_listener *listener, void *data);

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

/**
 * Ends a frame: hands over what was queued. With exup_plugin_engine_has_fences() nobody waits, and
 * what becomes of it is the listener's business; else it is exup_plugin_engine_finish().
 *
 * Returns false as that does.
 */
bool
exup_plugin_engine_submit(struct exup_plugin_engine *engine);

/** Whether a frame is one call that nobody waits for, since page flips do. */
bool
exup_plugin_engine_has_fences(const struct exup_plugin_engine *engine);

/** The number of the last work that was handed over. */
uint64_t
exup_plugin_engine_get_submitted(const struct exup_plugin_engine *engine);

/** The number of the last work that has ended. */
uint64_t
exup_plugin_engine_get_completed(const struct exup_plugin_engine *engine);

/**
 * Waits for work, for @timeout_ms at most. Returns at once if it has ended, or if the engine is lost.
 *
 * What has failed is the listener's, later; an engine that does not answer is reset here, too.
 */
void
exup_plugin_engine_wait(struct exup_plugin_engine *engine, uint64_t seqno);

/** Whether work may still run that can neither be waited for nor stopped. */
bool
exup_plugin_engine_is_lost(const struct exup_plugin_engine *engine);

/** Counters. */
void
exup_plugin_engine_get_stats(const struct exup_plugin_engine *engine,
			     struct exup_plugin_engine_stats *stats);

#endif
