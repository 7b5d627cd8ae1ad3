// SPDX-License-Identifier: MIT
/* Drivers before version 1.3: each blit a command list, in batches with an event for each. */
#include <errno.h>

#include <drm_fourcc.h>

#include "g2d-private.h"

/*
 * Such drivers have 64 lists for all processes together: at most half of them are ours at a time,
 * in batches that let the engine work while the next one is written.
 */
#define BATCHES_IN_FLIGHT 2

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
		ret = exup_g2d_wait_for_room(g2d, 1);
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
int
exup_g2d_batch_send(struct exup_g2d *g2d)
{
	uint64_t seqno = g2d->submitted + 1;
	uint32_t count = g2d->list_count;
	uint32_t unstarted = 0;
	bool has_event = false;
	int result = 0;
	uint32_t i;
	int ret;

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

int
exup_g2d_batch_send_and_make_room(struct exup_g2d *g2d)
{
	int result;
	int ret;

	result = exup_g2d_batch_send(g2d);
	if (g2d->submitted >= BATCHES_IN_FLIGHT) {
		ret = exup_g2d_wait_patiently(g2d, g2d->submitted - BATCHES_IN_FLIGHT + 1);
		if (result == 0) {
			result = ret;
		}
	}
	return result;
}
