// SPDX-License-Identifier: MIT
/*
 * Submissions as the kernel tests write them: blits of the kinds that g2d_list_fill() and
 * g2d_list_copy() know, in one call.
 */

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <linux/sync_file.h>

#include "exynos-device.h"
#include "g2d-submission.h"

enum {
	FENCE_TIMEOUT_MS = 10000,
};

struct g2d_submission *
g2d_submission_create(void)
{
	struct g2d_submission *s = calloc(1, sizeof(*s));

	assert(s);
	s->args.blit_stride = sizeof(s->blits[0]);
	s->args.blits = (uintptr_t)s->blits;
	s->args.bufs = (uintptr_t)s->bufs;
	s->args.cmds = (uintptr_t)s->cmds;
	s->args.in_fences = (uintptr_t)s->in_fences;

	return s;
}

uint32_t
g2d_submission_add_buf(struct g2d_submission *s, uint32_t handle, uint32_t flags)
{
	uint32_t i;

	for (i = 0; i < s->args.nr_bufs && s->bufs[i].handle != handle; i++)
		;
	assert(i < sizeof(s->bufs) / sizeof(s->bufs[0]));
	s->bufs[i].handle = handle;
	s->bufs[i].flags |= flags;
	if (i == s->args.nr_bufs)
		s->args.nr_bufs++;

	return i;
}

/* A list names its buffers with their registers, a blit has a place for each. */
static void
set_image(struct g2d_submission *s, struct drm_exynos_g2d_image *image, const struct g2d_list *list,
	  uint32_t base_register, uint32_t flags, uint32_t offset)
{
	image->buf = EXYNOS_G2D_NO_BUF;
	for (uint32_t i = 0; i < list->n_bufs; i++) {
		if (list->bufs[i].offset == base_register) {
			image->buf = g2d_submission_add_buf(s, list->bufs[i].data, flags);
			image->offset = offset;
		}
	}
}

void
g2d_submission_add_list(struct g2d_submission *s, const struct g2d_list *list, uint32_t dst_offset,
			uint32_t src_offset)
{
	struct drm_exynos_g2d_blit *blit = &s->blits[s->args.nr_blits++];

	assert(s->args.nr_blits <= sizeof(s->blits) / sizeof(s->blits[0]));
	assert(list->n_cmds <= G2D_SUBMISSION_PAIRS);
	blit->first_cmd = s->args.nr_cmds;
	blit->nr_cmds = list->n_cmds;
	memcpy(&s->cmds[s->args.nr_cmds], list->cmds, list->n_cmds * sizeof(list->cmds[0]));
	s->args.nr_cmds += list->n_cmds;

	set_image(s, &blit->src, list, G2D_SRC_BASE_ADDR, EXYNOS_G2D_BUF_READ, src_offset);
	set_image(s, &blit->src2, list, G2D_SRC_PLANE2_BASE_ADDR, EXYNOS_G2D_BUF_READ, 0);
	set_image(s, &blit->dst, list, G2D_DST_BASE_ADDR, EXYNOS_G2D_BUF_WRITE, dst_offset);
	set_image(s, &blit->dst2, list, G2D_DST_PLANE2_BASE_ADDR, EXYNOS_G2D_BUF_WRITE, 0);
}

void
g2d_submission_fill(struct g2d_submission *s, const struct g2d_image *dst, uint32_t dst_offset,
		    const struct g2d_box *box, uint32_t color)
{
	struct g2d_list list;

	g2d_list_fill(&list, dst, box, color);
	g2d_submission_add_list(s, &list, dst_offset, 0);
}

void
g2d_submission_copy(struct g2d_submission *s, const struct g2d_image *dst, uint32_t dst_offset,
		    const struct g2d_box *dst_box, const struct g2d_image *src, uint32_t src_offset,
		    const struct g2d_box *src_box)
{
	struct g2d_list list;

	g2d_list_copy(&list, dst, dst_box, src, src_box);
	g2d_submission_add_list(s, &list, dst_offset, src_offset);
}

void
g2d_submission_add_in_fence(struct g2d_submission *s, int fd)
{
	assert(s->args.nr_in_fences < sizeof(s->in_fences) / sizeof(s->in_fences[0]));
	s->in_fences[s->args.nr_in_fences++] = fd;
}

int
g2d_submission_send(int fd, struct g2d_submission *s)
{
	return exynos_ioctl(fd, DRM_IOCTL_EXYNOS_G2D_SUBMIT, &s->args);
}

int
g2d_submission_run(int fd, struct g2d_submission *s)
{
	struct drm_exynos_g2d_event event;
	int ret;

	s->args.flags |= EXYNOS_G2D_SUBMIT_EVENT;
	ret = g2d_submission_send(fd, s);
	if (ret == 0)
		ret = g2d_read_event(fd, &event);
	if (ret == 0)
		ret = -(int)event.reserved;

	return ret;
}

int
sync_file_wait(int sync_file)
{
	struct pollfd pollfd = { .fd = sync_file, .events = POLLIN };
	struct sync_file_info info = { 0 };

	if (poll(&pollfd, 1, FENCE_TIMEOUT_MS) != 1)
		return -ETIME;
	if (exynos_ioctl(sync_file, SYNC_IOC_FILE_INFO, &info) < 0)
		return -EBADF;

	return info.status == 1 ? 0 : info.status;
}
