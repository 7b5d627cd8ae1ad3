// SPDX-License-Identifier: MIT
/* Queueing blits, handing them over, and knowing when they have been executed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "g2d-private.h"

/* How long to wait in all for who never sets it. */
#define DEFAULT_PATIENCE_MS 500

/* Events are no longer than this one, so what read() left room for was all there is. */
#define EVENT_BYTES_MAX 64

int
exup_g2d_create(struct exup_device *device, struct exup_g2d **out)
{
	struct exup_g2d *g2d;
	int ret = -ENOMEM;

	g2d = calloc(1, sizeof(*g2d));
	if (!g2d) {
		return -ENOMEM;
	}
	g2d->device = device;
	g2d->patience_ms = DEFAULT_PATIENCE_MS;
	g2d->list_capacity = EXUP_G2D_BATCH_LISTS;
	if (device->has_g2d_submit) {
		ret = exup_g2d_submission_create(&g2d->submission);
		if (ret < 0) {
			goto err;
		}
		g2d->list_capacity = EXUP_EXYNOS_G2D_SUBMIT_BLITS_MAX;
	}
	g2d->lists = calloc(g2d->list_capacity, sizeof(*g2d->lists));
	if (!g2d->lists) {
		ret = -ENOMEM;
		goto err;
	}
	*out = g2d;
	return 0;

err:
	exup_g2d_destroy(g2d);
	return ret;
}

void
exup_g2d_destroy(struct exup_g2d *g2d)
{
	if (!g2d) {
		return;
	}
	exup_bo_destroy(g2d->fence_bo);
	exup_g2d_submission_destroy(g2d->submission);
	free(g2d->lists);
	free(g2d);
}

bool
exup_g2d_has_fences(const struct exup_g2d *g2d)
{
	return g2d->submission;
}

static void
handle_event(struct exup_g2d *g2d, const struct drm_event *base, const char *data)
{
	struct exup_exynos_g2d_event event;

	if (base->type != EXUP_EXYNOS_G2D_EVENT || base->length < sizeof(event)) {
		return;
	}
	memcpy(&event, data, sizeof(event));
	if (event.user_data <= g2d->completed || event.user_data > g2d->submitted) {
		return;
	}
	g2d->completed = event.user_data;
	if (g2d->submission && event.reserved != 0 && g2d->error == 0) {
		g2d->error = event.reserved <= INT32_MAX ? -(int)event.reserved : -EIO;
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
		if (len + EVENT_BYTES_MAX <= (ssize_t)sizeof(data)) {
			return 0;
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

int
exup_g2d_wait_for_room(struct exup_g2d *g2d, int timeout_ms)
{
	const struct exup_sys *sys = g2d->device->sys;
	int64_t start_ms;
	int ret;

	if (g2d->patience_ms == 0) {
		return -EBUSY;
	}
	if (timeout_ms > g2d->patience_ms) {
		timeout_ms = (int)g2d->patience_ms;
	}
	start_ms = sys->now_ms(sys);
	ret = sys->wait_readable(sys, g2d->device->fd, timeout_ms);
	spend_patience(g2d, start_ms);
	return ret < 0 ? ret : exup_g2d_dispatch(g2d);
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

int
exup_g2d_take_error(struct exup_g2d *g2d)
{
	int error = g2d->error;

	g2d->error = 0;
	return error;
}

static int
send(struct exup_g2d *g2d)
{
	if (g2d->list_count == 0) {
		return 0;
	}
	return g2d->submission ? exup_g2d_submission_send(g2d) : exup_g2d_batch_send(g2d);
}

static int
make_room(struct exup_g2d *g2d)
{
	if (g2d->list_count < g2d->list_capacity) {
		return 0;
	}
	return g2d->submission ? exup_g2d_submission_send(g2d) :
				 exup_g2d_batch_send_and_make_room(g2d);
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

	ret = send(g2d);
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
	g2d->error = 0;
	return 0;
}
