// SPDX-License-Identifier: MIT
/* Drivers from version 1.3 on: all that is queued in one call, with one event for all of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fimg2d_regs.h"
#include "g2d-private.h"

/**
 * struct exup_g2d_submission - what the call points to; kept, so that a frame allocates nothing
 * @bos: those of @bufs
 */
struct exup_g2d_submission {
	struct exup_exynos_g2d_blit blits[EXUP_EXYNOS_G2D_SUBMIT_BLITS_MAX];
	struct exup_exynos_g2d_cmd
		cmds[EXUP_EXYNOS_G2D_SUBMIT_BLITS_MAX * EXUP_G2D_LIST_COMMANDS_MAX];
	struct exup_exynos_g2d_submit_buf bufs[EXUP_EXYNOS_G2D_SUBMIT_BUFS_MAX];
	const struct exup_bo *bos[EXUP_EXYNOS_G2D_SUBMIT_BUFS_MAX];
	uint32_t blit_count;
	uint32_t cmd_count;
	uint32_t buf_count;
};

int
exup_g2d_submission_create(struct exup_g2d_submission **submission)
{
	*submission = calloc(1, sizeof(**submission));
	return *submission ? 0 : -ENOMEM;
}

void
exup_g2d_submission_destroy(struct exup_g2d_submission *submission)
{
	free(submission);
}

/* A frame has one destination and a few sources: what was found last is mostly near the end. */
static uint32_t
use_buf(struct exup_g2d_submission *submission, const struct exup_bo *bo, uint32_t flags)
{
	uint32_t i;

	for (i = submission->buf_count; i > 0; i--) {
		if (submission->bos[i - 1] == bo) {
			submission->bufs[i - 1].flags |= flags;
			return i - 1;
		}
	}
	i = submission->buf_count++;
	submission->bos[i] = bo;
	submission->bufs[i] = (struct exup_exynos_g2d_submit_buf){
		.handle = exup_bo_get_handle(bo),
		.flags = flags,
	};
	return i;
}

static void
add_list(struct exup_g2d_submission *submission, const struct exup_g2d_list *list)
{
	static const struct exup_exynos_g2d_image none = { .buf = EXUP_EXYNOS_G2D_NO_BUF };
	struct exup_exynos_g2d_blit *blit = &submission->blits[submission->blit_count++];
	uint32_t i;

	*blit = (struct exup_exynos_g2d_blit){
		.first_cmd = submission->cmd_count,
		.nr_cmds = list->command_count,
		.src = none,
		.src2 = none,
		.dst = none,
		.dst2 = none,
	};
	memcpy(&submission->cmds[submission->cmd_count], list->commands,
	       list->command_count * sizeof(list->commands[0]));
	submission->cmd_count += list->command_count;
	for (i = 0; i < list->base_count; i++) {
		bool is_dst = list->bases[i].offset == FIMG2D_DST_BASE;
		struct exup_exynos_g2d_image *image = is_dst ? &blit->dst : &blit->src;

		image->buf = use_buf(submission, list->bos[i],
				     is_dst ? EXUP_EXYNOS_G2D_BUF_WRITE : EXUP_EXYNOS_G2D_BUF_READ);
		image->offset = list->offsets[i];
	}
}

/* Takes lists from the queue, from @first on, as far as there is room for their objects. */
static uint32_t
fill(struct exup_g2d_submission *submission, const struct exup_g2d *g2d, uint32_t first)
{
	const uint32_t bases_max = sizeof(g2d->lists[0].bases) / sizeof(g2d->lists[0].bases[0]);
	uint32_t i;

	submission->blit_count = 0;
	submission->cmd_count = 0;
	submission->buf_count = 0;
	for (i = first; i < g2d->list_count; i++) {
		if (submission->buf_count > EXUP_EXYNOS_G2D_SUBMIT_BUFS_MAX - bases_max) {
			break;
		}
		add_list(submission, &g2d->lists[i]);
	}
	return i;
}

/* What the driver takes to count a job as ended after it has sent its event: a moment. */
#define ROOM_AFTER_EVENT_MS 1

/* -EBUSY: of this file's blits too many have not ended. Room comes with an event, or soon after. */
static int
submit(struct exup_g2d *g2d)
{
	const struct exup_g2d_submission *submission = g2d->submission;
	const struct exup_sys *sys = g2d->device->sys;
	struct exup_exynos_g2d_submit args;
	int ret;

	for (;;) {
		args = (struct exup_exynos_g2d_submit){
			.flags = EXUP_EXYNOS_G2D_SUBMIT_EVENT,
			.nr_blits = submission->blit_count,
			.blit_stride = sizeof(submission->blits[0]),
			.nr_bufs = submission->buf_count,
			.blits = (uintptr_t)submission->blits,
			.bufs = (uintptr_t)submission->bufs,
			.cmds = (uintptr_t)submission->cmds,
			.nr_cmds = submission->cmd_count,
			.user_data = g2d->submitted + 1,
		};
		ret = sys->ioctl(sys, g2d->device->fd, EXUP_IOCTL_EXYNOS_G2D_SUBMIT, &args);
		if (ret >= 0) {
			g2d->submitted++;
			return 0;
		}
		if (ret != -EBUSY) {
			return ret;
		}
		ret = exup_g2d_wait_for_room(g2d, g2d->completed == g2d->submitted ?
							  ROOM_AFTER_EVENT_MS :
							  (int)g2d->patience_ms);
		if (ret < 0) {
			return ret;
		}
	}
}

int
exup_g2d_submission_send(struct exup_g2d *g2d)
{
	uint32_t first = 0;
	int ret = 0;

	while (first < g2d->list_count && ret == 0) {
		first = fill(g2d->submission, g2d, first);
		ret = submit(g2d);
	}
	g2d->list_count = 0;
	return ret;
}
