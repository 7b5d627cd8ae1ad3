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

/* What is refused depends on what clients show, each frame anew. */
#define REFUSALS_LOGGED_MAX 8

/**
 * struct exup_plugin_engine
 * @error: the first error of the frame, 0 for none
 * @is_lost: the work of some frame could neither be waited for nor stopped
 * @refusals_logged: frames with a blit that the driver refused
 * @failures_in_row: frames that failed, since the last that succeeded
 * @retry_ms: when to use the engine again, CLOCK_MONOTONIC milliseconds
 */
struct exup_plugin_engine {
	struct exup_g2d *g2d;
	int timeout_ms;
	int error;
	bool is_lost;
	unsigned int refusals_logged;
	unsigned int failures_in_row;
	int64_t retry_ms;
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

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Returns for how many seconds the engine is left alone: twice as long after each failure. */
static int
pause_engine(struct exup_plugin_engine *engine)
{
	unsigned int shift = engine->failures_in_row;

	if (shift > PAUSE_SHIFT_MAX) {
		shift = PAUSE_SHIFT_MAX;
	}
	engine->failures_in_row++;
	engine->retry_ms = now_ms() + (INT64_C(1000) << shift);
	return 1 << shift;
}

static bool
reset_engine(struct exup_plugin_engine *engine)
{
	int ret;

	ret = exup_g2d_reset(engine->g2d);
	engine->is_lost = ret < 0;
	if (ret < 0) {
		exup_plugin_log("exynos-userptr: cannot reopen the device to reset the engine: %s; "
				"clients' buffers of the frame stay held until that works\n",
				strerror(-ret));
	}
	return ret == 0;
}

bool
exup_plugin_engine_begin_frame(struct exup_plugin_engine *engine)
{
	engine->error = 0;
	if (engine->failures_in_row > 0 && now_ms() < engine->retry_ms) {
		return false;
	}
	if (engine->is_lost && !reset_engine(engine)) {
		pause_engine(engine);
		return false;
	}
	exup_g2d_set_patience(engine->g2d, engine->timeout_ms);
	return true;
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

/* A blit that the driver refuses says nothing about the engine: what it took has been executed. */
static bool
is_refusal(int error)
{
	return error == -EINVAL || error == -EFAULT;
}

static void
log_refusal(struct exup_plugin_engine *engine)
{
	if (engine->refusals_logged == REFUSALS_LOGGED_MAX) {
		return;
	}
	engine->refusals_logged++;
	exup_plugin_log(
		"exynos-userptr: the driver refused a blit (%s); the CPU paints the frame%s\n",
		strerror(-engine->error),
		engine->refusals_logged == REFUSALS_LOGGED_MAX ? "; further ones are not logged" :
								 "");
}

static void
handle_failure(struct exup_plugin_engine *engine)
{
	engine->stats.failures++;
	if (is_refusal(engine->error)) {
		log_refusal(engine);
		return;
	}
	exup_plugin_log(
		"exynos-userptr: the engine failed a frame (%s, limit %d ms), failure %u in "
		"a row; the CPU paints it and all others for %d s\n",
		strerror(-engine->error), engine->timeout_ms, engine->failures_in_row + 1,
		pause_engine(engine));
	reset_engine(engine);
}

bool
exup_plugin_engine_finish(struct exup_plugin_engine *engine)
{
	uint64_t seqno;
	int ret;

	if (engine->error < 0) {
		exup_g2d_drop(engine->g2d);
	} else {
		engine->error = exup_g2d_submit(engine->g2d, &seqno);
	}
	/* whatever was refused, the rest runs and must have ended before anyone draws over it */
	if (engine->error == 0 || is_refusal(engine->error)) {
		ret = exup_g2d_wait_patiently(engine->g2d, exup_g2d_get_submitted(engine->g2d));
		if (ret < 0) {
			engine->error = ret;
		}
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
