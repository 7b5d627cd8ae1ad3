// SPDX-License-Identifier: MIT
/* Running a frame's blits on the engine, and what happens when it refuses or does not answer. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine.h"
#include "log.h"

/* The longest pause between two attempts with an engine that fails: 2^6 seconds. */
#define PAUSE_SHIFT_MAX 6

/**
 * struct exup_plugin_engine
 * @error: the first error of the frame, 0 for none
 * @is_lost: the last frame's work could neither be waited for nor stopped
 * @failures_in_row: frames that failed, since the last that succeeded
 * @retry_s: when to use the engine again, CLOCK_MONOTONIC seconds
 */
struct exup_plugin_engine {
	struct exup_g2d *g2d;
	int timeout_ms;
	int error;
	bool is_lost;
	unsigned int failures_in_row;
	time_t retry_s;
	struct exup_plugin_engine_stats stats;
};

struct exup_plugin_engine *
exup_plugin_engine_create(struct exup_device *device, int timeout_ms)
{
	struct exup_plugin_engine *engine;
	int ret;

	engine = calloc(1, sizeof(*engine));
	if (!engine) {
		goto err;
	}
	ret = exup_g2d_create(device, &engine->g2d);
	if (ret < 0) {
		goto err;
	}
	engine->timeout_ms = timeout_ms;
	return engine;

err:
	exup_plugin_log("exynos-userptr: no memory for the engine's queue\n");
	free(engine);
	return NULL;
}

void
exup_plugin_engine_destroy(struct exup_plugin_engine *engine)
{
	if (!engine) {
		return;
	}
	exup_g2d_destroy(engine->g2d);
	free(engine);
}

static time_t
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* The device may have been busy closing when the reset failed: it is tried again. */
static bool
recover(struct exup_plugin_engine *engine)
{
	int ret;

	ret = exup_g2d_reset(engine->g2d);
	engine->is_lost = ret < 0;
	if (ret < 0) {
		exup_plugin_log("exynos-userptr: cannot reopen the device to reset the engine: %s; "
				"clients' buffers stay held until that works\n",
				strerror(-ret));
	}
	return ret == 0;
}

bool
exup_plugin_engine_begin_frame(struct exup_plugin_engine *engine)
{
	engine->error = 0;
	if (engine->failures_in_row > 0 && now_s() < engine->retry_s) {
		return false;
	}
	return !engine->is_lost || recover(engine);
}

static bool
count(struct exup_plugin_engine *engine, int ret, const struct exup_box *box)
{
	if (ret < 0) {
		if (engine->error == 0) {
			engine->error = ret;
		}
		return false;
	}
	engine->stats.blits++;
	engine->stats.pixels += (uint64_t)(box->x2 - box->x1) * (uint64_t)(box->y2 - box->y1);
	return true;
}

bool
exup_plugin_engine_fill(struct exup_plugin_engine *engine, const struct exup_g2d_image *dst,
			const struct exup_box *dst_box, uint32_t color, enum exup_g2d_op op)
{
	int ret;

	if (engine->error < 0) {
		return false;
	}
	ret = exup_g2d_fill(engine->g2d, dst, dst_box, color, op);
	return count(engine, ret, dst_box);
}

bool
exup_plugin_engine_copy(struct exup_plugin_engine *engine, const struct exup_g2d_image *dst,
			const struct exup_box *dst_box, const struct exup_g2d_image *src,
			int32_t src_x, int32_t src_y, enum exup_g2d_op op, uint8_t alpha)
{
	int ret;

	if (engine->error < 0) {
		return false;
	}
	ret = exup_g2d_copy(engine->g2d, dst, dst_box, src, src_x, src_y, op, alpha);
	return count(engine, ret, dst_box);
}

static void
handle_failure(struct exup_plugin_engine *engine)
{
	unsigned int shift = engine->failures_in_row;

	engine->stats.failures++;
	engine->failures_in_row++;
	if (shift > PAUSE_SHIFT_MAX) {
		shift = PAUSE_SHIFT_MAX;
	}
	engine->retry_s = now_s() + ((time_t)1 << shift);
	exup_plugin_log(
		"exynos-userptr: the engine failed a frame (%s, limit %d ms), failure %u in "
		"a row; the CPU paints it and all others for %d s\n",
		strerror(-engine->error), engine->timeout_ms, engine->failures_in_row, 1 << shift);
	recover(engine);
}

bool
exup_plugin_engine_finish(struct exup_plugin_engine *engine)
{
	uint64_t seqno;
	int ret;

	ret = exup_g2d_submit(engine->g2d, &seqno);
	if (engine->error == 0) {
		engine->error = ret;
	}
	/* whatever was refused, the rest runs and must have ended before anyone draws over it */
	ret = exup_g2d_wait(engine->g2d, seqno, engine->timeout_ms);
	if (ret < 0) {
		engine->error = ret;
	}
	if (engine->error < 0) {
		handle_failure(engine);
		return false;
	}
	engine->failures_in_row = 0;
	return true;
}

bool
exup_plugin_engine_is_lost(const struct exup_plugin_engine *engine)
{
	return engine->is_lost;
}

void
exup_plugin_engine_get_stats(const struct exup_plugin_engine *engine,
			     struct exup_plugin_engine_stats *stats)
{
	*stats = engine->stats;
}
