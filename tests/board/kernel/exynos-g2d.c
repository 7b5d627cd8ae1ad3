// SPDX-License-Identifier: MIT
/*
 * G2D command lists as the kernel tests write them: raw registers, and the few blits they need.
 */

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exynos-device.h"
#include "exynos-g2d.h"

#define EVENT_TIMEOUT_MS 60000
#define PAGE 4096
/* where a page for descriptors is looked for: any place that is free in most processes */
#define DESCRIPTORS_FIRST 0x10000000
#define DESCRIPTORS_END 0x70000000
#define DESCRIPTORS_STEP 0x100000
#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

void
g2d_list_init(struct g2d_list *list)
{
	memset(list, 0, sizeof(*list));
}

void
g2d_list_add(struct g2d_list *list, uint32_t offset, uint32_t value)
{
	assert(list->n_cmds < ARRAY_LENGTH(list->cmds));
	list->cmds[list->n_cmds++] = (struct drm_exynos_g2d_cmd){ offset, value };
}

void
g2d_list_add_buffer(struct g2d_list *list, uint32_t offset, uint32_t value)
{
	assert(list->n_bufs < ARRAY_LENGTH(list->bufs));
	list->bufs[list->n_bufs++] = (struct drm_exynos_g2d_cmd){ offset, value };
}

void
g2d_list_drop_buffer(struct g2d_list *list, uint32_t offset)
{
	uint32_t i = 0;

	while (i < list->n_bufs && list->bufs[i].offset != offset)
		i++;
	assert(i < list->n_bufs);
	list->bufs[i] = list->bufs[--list->n_bufs];
}

static uint32_t
point(int x, int y)
{
	return (uint32_t)x | (uint32_t)y << 16;
}

static void
add_destination(struct g2d_list *list, const struct g2d_image *dst, const struct g2d_box *box)
{
	g2d_list_add(list, G2D_DST_COLOR_MODE, G2D_COLOR_MODE_ARGB8888);
	g2d_list_add_buffer(list, G2D_DST_BASE_ADDR, dst->handle);
	g2d_list_add(list, G2D_DST_STRIDE, dst->stride);
	g2d_list_add(list, G2D_DST_LEFT_TOP, point(box->left, box->top));
	g2d_list_add(list, G2D_DST_RIGHT_BOTTOM, point(box->right, box->bottom));
}

void
g2d_list_fill(struct g2d_list *list, const struct g2d_image *dst, const struct g2d_box *box,
	      uint32_t color)
{
	g2d_list_init(list);
	g2d_list_add(list, G2D_BITBLT_COMMAND, G2D_FAST_SOLID_FILL);
	g2d_list_add(list, G2D_DST_SELECT, G2D_SELECT_NORMAL);
	add_destination(list, dst, box);
	g2d_list_add(list, G2D_SF_COLOR, color);
}

void
g2d_list_copy(struct g2d_list *list, const struct g2d_image *dst, const struct g2d_box *dst_box,
	      const struct g2d_image *src, const struct g2d_box *src_box)
{
	g2d_list_init(list);
	g2d_list_add(list, G2D_DST_SELECT, G2D_SELECT_BACKGROUND);
	add_destination(list, dst, dst_box);
	g2d_list_add(list, G2D_SRC_SELECT, G2D_SELECT_NORMAL);
	g2d_list_add(list, G2D_SRC_COLOR_MODE, G2D_COLOR_MODE_ARGB8888);
	g2d_list_add_buffer(list, G2D_SRC_BASE_ADDR, src->handle);
	g2d_list_add(list, G2D_SRC_STRIDE, src->stride);
	g2d_list_add(list, G2D_SRC_LEFT_TOP, point(src_box->left, src_box->top));
	g2d_list_add(list, G2D_SRC_RIGHT_BOTTOM, point(src_box->right, src_box->bottom));
	g2d_list_add(list, G2D_ROP4, G2D_ROP3_SRC);
}

/* Not with MAP_32BIT, which only x86 has. */
struct drm_exynos_g2d_userptr *
g2d_map_descriptors(void)
{
	void *page = MAP_FAILED;

	for (uintptr_t place = DESCRIPTORS_FIRST; place < DESCRIPTORS_END && page == MAP_FAILED;
	     place += DESCRIPTORS_STEP) {
		page = mmap((void *)place, PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	}
	assert(page != MAP_FAILED);
	assert((uintptr_t)page <= UINT32_MAX);

	return page;
}

static int
submit(int fd, const struct g2d_list *list, uint64_t event_type, uint64_t user_data)
{
	struct drm_exynos_g2d_set_cmdlist args = {
		.cmd = (uintptr_t)list->cmds,
		.cmd_nr = list->n_cmds,
		.cmd_buf = (uintptr_t)list->bufs,
		.cmd_buf_nr = list->n_bufs,
		.event_type = event_type,
		.user_data = user_data,
	};

	return exynos_ioctl(fd, DRM_IOCTL_EXYNOS_G2D_SET_CMDLIST, &args);
}

int
g2d_submit(int fd, const struct g2d_list *list)
{
	return submit(fd, list, G2D_EVENT_NOT, 0);
}

int
g2d_submit_event(int fd, const struct g2d_list *list, uint64_t user_data)
{
	return submit(fd, list, G2D_EVENT_NONSTOP, user_data);
}

int
g2d_exec(int fd, bool async)
{
	struct drm_exynos_g2d_exec args = { .async = async };

	return exynos_ioctl(fd, DRM_IOCTL_EXYNOS_G2D_EXEC, &args);
}

static int
run(int fd, const struct g2d_list *list)
{
	int ret = g2d_submit(fd, list);

	return ret < 0 ? ret : g2d_exec(fd, false);
}

int
g2d_fill(int fd, const struct g2d_image *dst, const struct g2d_box *box, uint32_t color)
{
	struct g2d_list list;

	g2d_list_fill(&list, dst, box, color);

	return run(fd, &list);
}

int
g2d_copy(int fd, const struct g2d_image *dst, const struct g2d_box *dst_box,
	 const struct g2d_image *src, const struct g2d_box *src_box)
{
	struct g2d_list list;

	g2d_list_copy(&list, dst, dst_box, src, src_box);

	return run(fd, &list);
}

int
g2d_read_event(int fd, struct drm_exynos_g2d_event *event)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	ssize_t length;

	if (poll(&pollfd, 1, EVENT_TIMEOUT_MS) != 1)
		return -ETIME;

	/* the kernel gives whole events, as many as fit: one */
	length = read(fd, event, sizeof(*event));
	if (length < 0)
		return -errno;
	if (length != sizeof(*event) || event->base.type != DRM_EXYNOS_G2D_EVENT ||
	    event->base.length != sizeof(*event))
		return -EBADMSG;

	return 0;
}
