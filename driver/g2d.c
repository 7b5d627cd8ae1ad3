// SPDX-License-Identifier: MIT
/* Submitting command lists in batches, and knowing when they have been executed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

#include "device-private.h"
#include "g2d-list.h"

/*
 * Before version 1.3 the driver has 64 lists for all processes together: at most half of them are
 * ours at a time, in batches that let the engine work while the next one is written.
 */
#define BATCH_LISTS 16
#define BATCHES_IN_FLIGHT 2

/* How long to wait in all for who never sets it. */
#define DEFAULT_PATIENCE_MS 500

/**
 * struct exup_g2d
 * @lists: queued, not yet handed to the driver
 * @submitted: number of the last batch that was executed or tried
 * @completed: number of the last batch whose event has come
 * @patience_ms: how long calls may still wait, all together
 * @fence_bo: a page for the blit that only carries an event, made when first needed
 */
struct exup_g2d {
	struct exup_device *device;
	struct exup_g2d_list lists[BATCH_LISTS];
	uint32_t list_count;
	uint64_t submitted;
	uint64_t completed;
	int64_t patience_ms;
	struct exup_bo *fence_bo;
};

int
exup_g2d_create(struct exup_device *device, struct exup_g2d **out)
{
	struct exup_g2d *g2d;

	g2d = calloc(1, sizeof(*g2d));
	if (!g2d) {
		return -ENOMEM;
	}
	g2d->device = device;
	g2d->patience_ms = DEFAULT_PATIENCE_MS;
	*out = g2d;
	return 0;
}

void
exup_g2d_destroy(struct exup_g2d *g2d)
{
	if (!g2d) {
		return;
	}
	exup_bo_destroy(g2d->fence_bo);
	free(g2d);
}

static void
handle_event(struct exup_g2d *g2d, const struct drm_event *base, const char *data)
{
	struct exup_exynos_g2d_event event;

	if (base->type != EXUP_EXYNOS_G2D_EVENT || base->length < sizeof(event)) {
		return;
	}
	memcpy(&event, data, sizeof(event));
	if (event.user_data > g2d->completed && event.user_data <= g2d->submitted) {
		g2d->completed = event.user_data;
	}
}

int
exup_g2d_dispatch(struct exup_g2d *g2d)
{
	const struct exup_sys *sys = g2d->device->sys;
	struct drm_event base;
	char data[1024];
	ssize_t len, pos;

	for (;;) {
		len = sys->read(sys, g2d->device->fd, data, sizeof(data));
		if (len == -EAGAIN || len == 0) {
			return 0;
		}
		if (len < 0) {
			return (int)len;
		}
		for (pos = 0; len - pos >= (ssize_t)sizeof(base); pos += base.length) {
			memcpy(&base, data + pos, sizeof(base));
			if (base.length < sizeof(base) || base.length > (size_t)(len - pos)) {
				return -EPROTO;
			}
			handle_event(g2d, &base, data + pos);
		}
	}
}

int
exup_g2d_wait(struct exup_g2d *g2d, uint64_t seqno, int timeout_ms)
{
	const struct exup_sys *sys = g2d->device->sys;
	int64_t deadline_ms = sys->now_ms(sys) + timeout_ms;
	int64_t left_ms;
	int ret;

	for (;;) {
		ret = exup_g2d_dispatch(g2d);
		if (ret < 0) {
			return ret;
		}
		if (g2d->completed >= seqno) {
			return 0;
		}
		left_ms = deadline_ms - sys->now_ms(sys);
		if (left_ms <= 0) {
			return -ETIME;
		}
		ret = sys->wait_readable(sys, g2d->device->fd, (int)left_ms);
		if (ret < 0) {
			return ret;
		}
	}
}

void
exup_g2d_set_patience(struct exup_g2d *g2d, int patience_ms)
{
	g2d->patience_ms = patience_ms;
}

static void
spend_patience(struct exup_g2d *g2d, int64_t start_ms)
{
	const struct exup_sys *sys = g2d->device->sys;

	g2d->patience_ms -= sys->now_ms(sys) - start_ms;
	if (g2d->patience_ms < 0) {
		g2d->patience_ms = 0;
	}
}

int
exup_g2d_wait_patiently(struct exup_g2d *g2d, uint64_t seqno)
{
	const struct exup_sys *sys = g2d->device->sys;
	int64_t start_ms = sys->now_ms(sys);
	int ret;

	ret = exup_g2d_wait(g2d, seqno, (int)g2d->patience_ms);
	spend_patience(g2d, start_ms);
	return ret;
}

uint64_t
exup_g2d_get_submitted(const struct exup_g2d *g2d)
{
	return g2d->submitted;
}

uint64_t
exup_g2d_get_completed(const struct exup_g2d *g2d)
{
	return g2d->completed;
}

static int
execute(struct exup_g2d *g2d)
{
	struct exup_exynos_g2d_exec args = { .async = 1 };
	const struct exup_sys *sys = g2d->device->sys;
	int ret;

	ret = sys->ioctl(sys, g2d->device->fd, EXUP_IOCTL_EXYNOS_G2D_EXEC, &args);
	return ret < 0 ? ret : 0;
}

static int
set_list(struct exup_g2d *g2d, struct exup_g2d_list *list, uint64_t event_seqno)
{
	struct exup_exynos_g2d_set_cmdlist args = {
		.cmd = (uintptr_t)list->commands,
		.cmd_buf = (uintptr_t)list->bases,
		.cmd_nr = list->command_count,
		.cmd_buf_nr = list->base_count,
		.event_type =
			event_seqno ? EXUP_EXYNOS_G2D_EVENT_NONSTOP : EXUP_EXYNOS_G2D_EVENT_NOT,
		.user_data = event_seqno,
	};
	const struct exup_sys *sys = g2d->device->sys;
	uint32_t i;
	int ret;

	for (i = 0; i < list->base_count; i++) {
		list->bases[i].data = exup_bo_get_handle(list->bos[i]);
	}
	ret = sys->ioctl(sys, g2d->device->fd, EXUP_IOCTL_EXYNOS_G2D_SET_CMDLIST, &args);
	return ret < 0 ? ret : 0;
}

/*
 * Hands one list to the driver. All 64 may be taken: then what we have queued there is set going,
 * so that two processes cannot wait for each other's unstarted lists, and the list is tried again.
 */
static int
set_list_patiently(struct exup_g2d *g2d, struct exup_g2d_list *list, uint64_t event_seqno,
		   uint32_t *unstarted)
{
	const struct exup_sys *sys = g2d->device->sys;
	int64_t start_ms;
	int ret;

	for (;;) {
		ret = set_list(g2d, list, event_seqno);
		if (ret == 0) {
			(*unstarted)++;
		}
		if (ret != -ENOMEM) {
			return ret;
		}
		if (*unstarted > 0) {
			ret = execute(g2d);
			if (ret < 0) {
				return ret;
			}
			*unstarted = 0;
		}
		if (g2d->patience_ms == 0) {
			return -EBUSY;
		}
		start_ms = sys->now_ms(sys);
		ret = sys->wait_readable(sys, g2d->device->fd, 1);
		spend_patience(g2d, start_ms);
		if (ret >= 0) {
			ret = exup_g2d_dispatch(g2d);
		}
		if (ret < 0) {
			return ret;
		}
	}
}

/* A blit of one pixel that only carries the event of a batch whose last blit was refused. */
static int
set_fence(struct exup_g2d *g2d, uint64_t event_seqno, uint32_t *unstarted)
{
	struct exup_g2d_list list;
	struct exup_g2d_image image = {
		.format = exup_format_get(DRM_FORMAT_XRGB8888),
		.width = 1,
		.height = 1,
		.stride = 4,
	};
	int ret;

	if (!g2d->fence_bo) {
		ret = exup_bo_create(g2d->device, 4, &g2d->fence_bo);
		if (ret < 0) {
			return ret;
		}
	}
	image.bo = g2d->fence_bo;
	ret = exup_g2d_list_fill(&list, &image, &(struct exup_box){ 0, 0, 1, 1 }, 0,
				 EXUP_G2D_OP_SRC);
	if (ret < 0) {
		return ret;
	}
	return set_list_patiently(g2d, &list, event_seqno, unstarted);
}

/* One event for a batch, on its last list: drivers without the event fix take no more. */
static int
submit_batch(struct exup_g2d *g2d)
{
	uint64_t seqno = g2d->submitted + 1;
	uint32_t count = g2d->list_count;
	uint32_t unstarted = 0;
	bool has_event = false;
	int result = 0;
	uint32_t i;
	int ret;

	if (count == 0) {
		return 0;
	}
	g2d->list_count = 0;
	g2d->submitted = seqno;
	/* whoever holds all lists will hold them for the next one too: no second wait */
	for (i = 0; i < count && result != -EBUSY; i++) {
		bool is_last = i == count - 1;

		ret = set_list_patiently(g2d, &g2d->lists[i], is_last ? seqno : 0, &unstarted);
		if (ret == 0) {
			has_event = is_last;
		} else if (result == 0) {
			result = ret;
		}
	}
	if (!has_event && result != -EBUSY) {
		ret = set_fence(g2d, seqno, &unstarted);
		if (ret < 0) {
			result = ret;
		}
	}
	if (unstarted == 0) {
		return result;
	}
	ret = execute(g2d);
	return result == 0 ? ret : result;
}

static int
make_room(struct exup_g2d *g2d)
{
	int result;
	int ret;

	if (g2d->list_count < BATCH_LISTS) {
		return 0;
	}
	result = submit_batch(g2d);
	if (g2d->submitted >= BATCHES_IN_FLIGHT) {
		ret = exup_g2d_wait_patiently(g2d, g2d->submitted - BATCHES_IN_FLIGHT + 1);
		if (result == 0) {
			result = ret;
		}
	}
	return result;
}

int
exup_g2d_fill(struct exup_g2d *g2d, const struct exup_g2d_image *dst,
	      const struct exup_box *dst_box, uint32_t color, enum exup_g2d_op op)
{
	struct exup_g2d_list list;
	int ret;

	ret = exup_g2d_list_fill(&list, dst, dst_box, color, op);
	if (ret < 0) {
		return ret;
	}
	ret = make_room(g2d);
	g2d->lists[g2d->list_count++] = list;
	return ret;
}

int
exup_g2d_copy(struct exup_g2d *g2d, const struct exup_g2d_image *dst,
	      const struct exup_box *dst_box, const struct exup_g2d_image *src, int32_t src_x,
	      int32_t src_y, enum exup_g2d_op op, uint8_t alpha)
{
	struct exup_g2d_list list;
	int ret;

	ret = exup_g2d_list_copy(&list, dst, dst_box, src, src_x, src_y, op, alpha);
	if (ret < 0) {
		return ret;
	}
	ret = make_room(g2d);
	g2d->lists[g2d->list_count++] = list;
	return ret;
}

int
exup_g2d_submit(struct exup_g2d *g2d, uint64_t *seqno)
{
	int ret;

	ret = submit_batch(g2d);
	*seqno = g2d->submitted;
	return ret;
}

void
exup_g2d_drop(struct exup_g2d *g2d)
{
	g2d->list_count = 0;
}

int
exup_g2d_reset(struct exup_g2d *g2d)
{
	int ret;

	ret = exup_device_reopen(g2d->device);
	if (ret < 0) {
		return ret;
	}
	g2d->list_count = 0;
	g2d->completed = g2d->submitted;
	return 0;
}
