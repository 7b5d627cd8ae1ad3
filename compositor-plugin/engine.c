// SPDX-License-Identifier: MIT
/* Running a frame's blits on the engine, and what happens when it refuses or does not answer. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wayland-server-core.h>

#include "engine.h"
#include "log.h"

/* The longest pause between two attempts with an engine that fails: 2^6 seconds. */
#define PAUSE_SHIFT_MAX 6

/* What is refused depends on what clients show, each frame anew. */
#define REFUSALS_LOGGED_MAX 8

/**
 * struct exup_plugin_engine
 * @events: of the device's file, while work is under way that nobody waits for
 * @timer: runs for @timeout_ms while such work is under way
 * @watched_seqno: what was the last work when the timer was started
 * @idle: calls the listener for what somebody met who may not be called back now
 * @is_failure_due: that was a failure, and not work that has ended
 * @error: the first error of the frame, 0 for none
 * @is_lost: the work of some frame could neither be waited for nor stopped
 * @refusals_logged: frames with a blit that the driver refused
 * @failures_in_row: frames that failed, since the last that succeeded
 * @retry_ms: when to use the engine again, CLOCK_MONOTONIC milliseconds
 */
struct exup_plugin_engine {
	struct exup_device *device;
	struct exup_g2d *g2d;
	int timeout_ms;
	struct wl_event_loop *loop;
	const struct exup_plugin_engine_listener *listener;
	void *data;
	struct wl_event_source *events;
	struct wl_event_source *timer;
	bool is_timer_running;
	uint64_t watched_seqno;
	struct wl_event_source *idle;
	bool is_failure_due;
	int error;
	bool is_lost;
	unsigned int refusals_logged;
	unsigned int failures_in_row;
	int64_t retry_ms;
	struct exup_plugin_engine_stats stats;
};

static int
handle_timer(void *data);

struct exup_plugin_engine *
exup_plugin_engine_create(struct exup_device *device, int timeout_ms, struct wl_event_loop *loop,
			  const struct exup_plugin_engine_listener *listener, void *data)
{
	struct exup_plugin_engine *engine;

	engine = calloc(1, sizeof(*engine));
	if (!engine) {
		goto err;
	}
	engine->device = device;
	engine->timeout_ms = timeout_ms;
	engine->loop = loop;
	engine->listener = listener;
	engine->data = data;
	if (exup_g2d_create(device, &engine->g2d) < 0) {
		goto err;
	}
	engine->timer = wl_event_loop_add_timer(loop, handle_timer, engine);
	if (!engine->timer) {
		goto err;
	}
	return engine;

err:
	exup_plugin_log("exynos-userptr: no memory for the engine's queue\n");
	exup_plugin_engine_destroy(engine);
	return NULL;
}

static void
remove_source(struct wl_event_source **source)
{
	if (*source) {
		wl_event_source_remove(*source);
		*source = NULL;
	}
}

void
exup_plugin_engine_destroy(struct exup_plugin_engine *engine)
{
	if (!engine) {
		return;
	}
	remove_source(&engine->idle);
	remove_source(&engine->timer);
	remove_source(&engine->events);
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

	/* the loop has a descriptor of its own, and the driver resets when the last one is closed */
	remove_source(&engine->events);
	ret = exup_g2d_reset(engine->g2d);
	engine->is_lost = ret < 0;
	if (ret < 0) {
		exup_plugin_log("exynos-userptr: cannot reopen the device to reset the engine: %s; "
				"clients' buffers of the frame stay held until that works\n",
				strerror(-ret));
	}
	return ret == 0;
}

static void
tell(struct exup_plugin_engine *engine)
{
	bool is_failure = engine->is_failure_due;

	engine->is_failure_due = false;
	engine->listener->completed(engine->data);
	if (is_failure) {
		engine->listener->failed(engine->data);
	}
}

static void
handle_idle(void *data)
{
	struct exup_plugin_engine *engine = data;

	engine->idle = NULL;
	tell(engine);
}

static void
tell_failure(struct exup_plugin_engine *engine)
{
	remove_source(&engine->idle);
	engine->is_failure_due = true;
	tell(engine);
}

/* Who has met it is in the midst of a repaint. */
static void
tell_later(struct exup_plugin_engine *engine)
{
	if (!engine->idle) {
		engine->idle = wl_event_loop_add_idle(engine->loop, handle_idle, engine);
	}
}

static void
tell_failure_later(struct exup_plugin_engine *engine)
{
	engine->is_failure_due = true;
	tell_later(engine);
}

bool
exup_plugin_engine_begin_frame(struct exup_plugin_engine *engine)
{
	engine->error = 0;
	if (engine->failures_in_row > 0 && now_ms() < engine->retry_ms) {
		return false;
	}
	if (engine->is_lost) {
		if (!reset_engine(engine)) {
			pause_engine(engine);
			return false;
		}
		/* until now it may have written over what the CPU painted meanwhile */
		tell_failure_later(engine);
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
	return error == -EINVAL || error == -EFAULT || error == -ESTALE;
}

/* What others have to do first was not done in time: that is not the engine's fault. */
static bool
is_of_others(int error)
{
	return error == -ETIMEDOUT || error == -ECANCELED;
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
	int pause_s;

	engine->stats.failures++;
	if (is_refusal(engine->error)) {
		log_refusal(engine);
		return;
	}
	pause_s = pause_engine(engine);
	exup_plugin_log(
		"exynos-userptr: the engine failed a frame (%s, limit %d ms), failure %u in "
		"a row; the CPU paints it and all others for %d s\n",
		strerror(-engine->error), engine->timeout_ms, engine->failures_in_row, pause_s);
	reset_engine(engine);
}

/* A frame that has been shown, or will be, is not what it should be. */
static void
handle_late_failure(struct exup_plugin_engine *engine, int error)
{
	if (is_of_others(error)) {
		engine->stats.failures++;
		exup_plugin_log("exynos-userptr: a frame was not painted, as others had not done "
				"with its buffers in time (%s); it is painted again\n",
				strerror(-error));
	} else {
		engine->error = error;
		handle_failure(engine);
	}
}

static bool
take_events(struct exup_plugin_engine *engine)
{
	uint64_t completed = exup_g2d_get_completed(engine->g2d);
	int ret;

	ret = exup_g2d_dispatch(engine->g2d);
	if (ret == 0) {
		ret = exup_g2d_take_error(engine->g2d);
	}
	if (ret < 0) {
		handle_late_failure(engine, ret);
		return false;
	}
	if (exup_g2d_get_completed(engine->g2d) > completed) {
		engine->failures_in_row = 0;
	}
	return true;
}

static int
handle_events(int fd, uint32_t mask, void *data)
{
	struct exup_plugin_engine *engine = data;

	(void)fd, (void)mask;
	if (take_events(engine)) {
		engine->listener->completed(engine->data);
	} else {
		tell_failure(engine);
	}
	return 0;
}

/* One timer for all frames, started anew no more often than it runs out: a frame costs no call. */
static void
watch(struct exup_plugin_engine *engine)
{
	engine->watched_seqno = exup_g2d_get_submitted(engine->g2d);
	engine->is_timer_running = true;
	wl_event_source_timer_update(engine->timer, engine->timeout_ms);
}

static int
handle_timer(void *data)
{
	struct exup_plugin_engine *engine = data;

	engine->is_timer_running = false;
	if (!take_events(engine)) {
		tell_failure(engine);
	} else if (exup_g2d_get_completed(engine->g2d) < engine->watched_seqno &&
		   !engine->is_lost) {
		handle_late_failure(engine, -ETIME);
		tell_failure(engine);
	} else {
		engine->listener->completed(engine->data);
	}
	if (exup_g2d_get_completed(engine->g2d) < exup_g2d_get_submitted(engine->g2d) &&
	    !engine->is_lost) {
		watch(engine);
	}
	return 0;
}

bool
exup_plugin_engine_submit(struct exup_plugin_engine *engine)
{
	uint64_t seqno;

	if (!exup_g2d_has_fences(engine->g2d) || engine->error < 0) {
		return exup_plugin_engine_finish(engine);
	}
	if (!engine->events) {
		engine->events =
			wl_event_loop_add_fd(engine->loop, exup_device_get_fd(engine->device),
					     WL_EVENT_READABLE, handle_events, engine);
		/* no descriptor is left: then somebody has to wait */
		if (!engine->events) {
			return exup_plugin_engine_finish(engine);
		}
	}
	engine->error = exup_g2d_submit(engine->g2d, &seqno);
	if (engine->error < 0) {
		handle_failure(engine);
		/* a reset has ended frames before this one */
		if (!is_refusal(engine->error)) {
			tell_failure_later(engine);
		}
		return false;
	}
	if (!engine->is_timer_running) {
		watch(engine);
	}
	return true;
}

void
exup_plugin_engine_wait(struct exup_plugin_engine *engine, uint64_t seqno)
{
	int ret;

	if (exup_g2d_get_completed(engine->g2d) >= seqno || engine->is_lost) {
		return;
	}
	ret = exup_g2d_wait(engine->g2d, seqno, engine->timeout_ms);
	if (ret == 0) {
		ret = exup_g2d_take_error(engine->g2d);
	}
	if (ret == 0) {
		/* the event loop does not hear of the events that were read here */
		engine->failures_in_row = 0;
		tell_later(engine);
		return;
	}
	handle_late_failure(engine, ret);
	tell_failure_later(engine);
}

bool
exup_plugin_engine_has_fences(const struct exup_plugin_engine *engine)
{
	return exup_g2d_has_fences(engine->g2d);
}

uint64_t
exup_plugin_engine_get_submitted(const struct exup_plugin_engine *engine)
{
	return exup_g2d_get_submitted(engine->g2d);
}

uint64_t
exup_plugin_engine_get_completed(const struct exup_plugin_engine *engine)
{
	return exup_g2d_get_completed(engine->g2d);
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
		if (ret == 0) {
			ret = exup_g2d_take_error(engine->g2d);
		}
		if (ret < 0) {
			engine->error = ret;
		}
	}
	if (engine->error < 0) {
		handle_failure(engine);
		/* frames before this one may have been under way */
		if (exup_g2d_has_fences(engine->g2d) && !is_refusal(engine->error)) {
			tell_failure_later(engine);
		}
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
