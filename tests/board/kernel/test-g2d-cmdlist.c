// SPDX-License-Identifier: MIT
/*
 * G2D command lists: what SET_CMDLIST checks, that a refused list is not lost, events, and all 64
 * lists that there are.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "virtual-engine.h"

enum {
	WIDTH = 64,
	HEIGHT = 64,
	STRIDE = 4 * WIDTH,
	SIZE = STRIDE * HEIGHT,
};

static const struct g2d_box whole = { 0, 0, WIDTH, HEIGHT };

struct device {
	int fd;
	struct g2d_image image;
	uint32_t *pixels;
};

/* How many lists the device has to give now; they are put back by closing the file. */
static int
count_free_lists(void)
{
	struct g2d_image image = { 0, STRIDE };
	int fd = exynos_open(EXYNOS_RENDER_NODE), count = 0;
	struct g2d_list list;

	assert_true(fd >= 0);
	assert_int_equal(exynos_gem_create(fd, SIZE, 0, &image.handle), 0);
	g2d_list_fill(&list, &image, &whole, 0);
	while (count <= G2D_LISTS && g2d_submit(fd, &list) == 0)
		count++;
	close(fd);

	return count;
}

static int
setup(void **state)
{
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(d->fd >= 0);
	d->image.stride = STRIDE;
	assert_int_equal(exynos_gem_create(d->fd, SIZE, 0, &d->image.handle), 0);
	d->pixels = exynos_gem_mmap(d->fd, d->image.handle, SIZE);
	assert_non_null(d->pixels);
	memset(d->pixels, 0, SIZE);
	*state = d;

	return 0;
}

/* Whatever a test did, the engine works, and all the lists are there. */
static int
teardown(void **state)
{
	struct device *d = *state;

	assert_int_equal(virtual_engine_set("hold", 0), 0);
	munmap(d->pixels, SIZE);
	close(d->fd);
	assert_int_equal(count_free_lists(), G2D_LISTS);
	free(d);

	return 0;
}

static void
assert_filled(struct device *d, uint32_t color)
{
	for (int i = 0; i < WIDTH * HEIGHT; i++)
		assert_int_equal(d->pixels[i], color);
}

static void
test_version(void **state)
{
	struct device *d = *state;
	struct drm_exynos_g2d_get_ver version;

	assert_int_equal(exynos_ioctl(d->fd, DRM_IOCTL_EXYNOS_G2D_GET_VER, &version), 0);
	assert_int_equal(version.major, 4);
	assert_int_equal(version.minor, 1);
}

static void
test_fill(void **state)
{
	struct device *d = *state;

	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 0xff336699), 0);
	assert_filled(d, 0xff336699);
}

/* In the order of their submission: the last one wins. */
static void
test_lists_run_in_order(void **state)
{
	struct device *d = *state;
	uint64_t blits = virtual_engine_get("blits");
	struct g2d_list list;

	for (uint32_t i = 0; i < 40; i++) {
		g2d_list_fill(&list, &d->image, &whole, 0x01000000 + i);
		assert_int_equal(g2d_submit(d->fd, &list), 0);
	}
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_filled(d, 0x01000000 + 39);
	assert_int_equal(virtual_engine_get("blits") - blits, 40);
}

static void
test_exec_without_a_list(void **state)
{
	struct device *d = *state;

	assert_int_equal(g2d_exec(d->fd, false), -EPERM);
	assert_int_equal(g2d_exec(d->fd, true), -EPERM);
}

static void
submit_with_events(struct device *d, int lists)
{
	struct g2d_list list;

	for (int i = 0; i < lists; i++) {
		g2d_list_fill(&list, &d->image, &whole, (uint32_t)i);
		assert_int_equal(g2d_submit_event(d->fd, &list, 1000 + (uint64_t)i), 0);
	}
}

static void
assert_events(struct device *d, int lists)
{
	struct drm_exynos_g2d_event event;

	for (int i = 0; i < lists; i++) {
		assert_int_equal(g2d_read_event(d->fd, &event), 0);
		assert_int_equal(event.user_data, 1000 + (uint64_t)i);
	}
}

static void
test_two_events_in_one_exec(void **state)
{
	struct device *d = *state;

	submit_with_events(d, 2);
	assert_int_equal(g2d_exec(d->fd, true), 0);
	assert_events(d, 2);
}

static void
test_two_events_in_one_synchronous_exec(void **state)
{
	struct device *d = *state;

	for (int i = 0; i < 10; i++) {
		submit_with_events(d, 2);
		assert_int_equal(g2d_exec(d->fd, false), 0);
		assert_events(d, 2);
	}
}

static void
test_as_many_events_as_lists(void **state)
{
	struct device *d = *state;

	/* the file has room for 4096 bytes of events */
	submit_with_events(d, G2D_LISTS);
	assert_int_equal(g2d_exec(d->fd, true), 0);
	assert_events(d, G2D_LISTS);
	assert_filled(d, G2D_LISTS - 1);
}

static void
test_event_of_every_second_list(void **state)
{
	struct device *d = *state;
	struct drm_exynos_g2d_event event;
	struct g2d_list list;

	g2d_list_fill(&list, &d->image, &whole, 1);
	for (uint64_t i = 0; i < 8; i++) {
		assert_int_equal(g2d_submit(d->fd, &list), 0);
		assert_int_equal(g2d_submit_event(d->fd, &list, i), 0);
	}
	assert_int_equal(g2d_exec(d->fd, false), 0);
	for (uint64_t i = 0; i < 8; i++) {
		assert_int_equal(g2d_read_event(d->fd, &event), 0);
		assert_int_equal(event.user_data, i);
	}
}

static int
close_with_events(void *data)
{
	struct device *d = data;

	CHILD_CHECK(virtual_engine_set("hold", 1) == 0);
	CHILD_CHECK(g2d_exec(d->fd, true) == 0);

	return 0;
}

static void
test_file_closed_with_events_pending(void **state)
{
	struct device *d = *state, other;

	for (int i = 0; i < 5; i++) {
		other = *d;
		other.fd = exynos_open(EXYNOS_RENDER_NODE);
		assert_true(other.fd >= 0);
		assert_int_equal(exynos_gem_create(other.fd, SIZE, 0, &other.image.handle), 0);
		submit_with_events(&other, 3);
		assert_int_equal(close_with_events(&other), 0);
		submit_with_events(&other, 3);
		close(other.fd);
		assert_int_equal(virtual_engine_set("hold", 0), 0);
	}
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 77), 0);
	assert_filled(d, 77);
}

static void
set_cmdlist_refuses(struct device *d, const struct drm_exynos_g2d_set_cmdlist *args, int error)
{
	struct drm_exynos_g2d_set_cmdlist copy;

	/* more often than there are lists: one that gets lost is missed soon */
	for (int i = 0; i < 100; i++) {
		copy = *args;
		assert_int_equal(exynos_ioctl(d->fd, DRM_IOCTL_EXYNOS_G2D_SET_CMDLIST, &copy),
				 error);
	}
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 0x99), 0);
}

static void
test_too_many_commands(void **state)
{
	struct device *d = *state;
	struct drm_exynos_g2d_cmd cmds[G2D_LIST_WORDS] = { 0 };
	const uint32_t counts[] = { G2D_LIST_PAIRS_MAX + 1,
				    G2D_LIST_WORDS,
				    G2D_LIST_WORDS + 1,
				    1u << 30,
				    1u << 31,
				    UINT32_MAX };
	struct drm_exynos_g2d_set_cmdlist args = { .cmd = (uintptr_t)cmds };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		args.cmd_nr = counts[i];
		args.cmd_buf_nr = 0;
		set_cmdlist_refuses(d, &args, -EINVAL);
		args.cmd_nr = 0;
		args.cmd_buf_nr = counts[i];
		args.cmd_buf = (uintptr_t)cmds;
		set_cmdlist_refuses(d, &args, -EINVAL);
	}
	args.cmd_nr = args.cmd_buf_nr = G2D_LIST_PAIRS_MAX / 2 + 1;
	set_cmdlist_refuses(d, &args, -EINVAL);
}

static void
test_longest_list(void **state)
{
	struct device *d = *state;
	struct g2d_list list;

	g2d_list_fill(&list, &d->image, &whole, 0x12344321);
	while (list.n_cmds + list.n_bufs < G2D_LIST_PAIRS_MAX)
		g2d_list_add(&list, G2D_SF_COLOR, 0x12344321);
	assert_int_equal(g2d_submit(d->fd, &list), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_filled(d, 0x12344321);
}

static void
test_commands_that_cannot_be_read(void **state)
{
	struct device *d = *state;
	struct drm_exynos_g2d_cmd cmd = { G2D_SF_COLOR, 0 };
	struct drm_exynos_g2d_set_cmdlist args = { .cmd = 1, .cmd_nr = 1 };

	set_cmdlist_refuses(d, &args, -EFAULT);
	args.event_type = G2D_EVENT_NONSTOP;
	set_cmdlist_refuses(d, &args, -EFAULT);
	args = (struct drm_exynos_g2d_set_cmdlist){
		.cmd = (uintptr_t)&cmd,
		.cmd_nr = 1,
		.cmd_buf = 1,
		.cmd_buf_nr = 1,
	};
	set_cmdlist_refuses(d, &args, -EFAULT);
}

static void
test_registers_that_are_not_for_lists(void **state)
{
	struct device *d = *state;
	const uint32_t bad[] = {
		0x0000,
		0x0004,
		0x000c,
		0x0080,
		0x0084,
		0x0090,
		0x0100,
		0x0102,
		0x0106,
		0x0884,
		0x0ffc,
		G2D_SRC_BASE_ADDR,
		G2D_SRC_PLANE2_BASE_ADDR,
		G2D_DST_BASE_ADDR,
		G2D_DST_PLANE2_BASE_ADDR,
		G2D_PAT_BASE_ADDR,
		G2D_MSK_BASE_ADDR,
	};
	const uint32_t not_bases[] = { G2D_SRC_STRIDE, G2D_DST_LEFT_TOP, G2D_SF_COLOR, 0x0100, 0 };
	struct drm_exynos_g2d_cmd cmd = { 0 };
	struct drm_exynos_g2d_set_cmdlist args = { .cmd = (uintptr_t)&cmd, .cmd_nr = 1 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cmd.offset = bad[i];
		set_cmdlist_refuses(d, &args, -EINVAL);
	}

	args = (struct drm_exynos_g2d_set_cmdlist){ .cmd_buf = (uintptr_t)&cmd, .cmd_buf_nr = 1 };
	for (size_t i = 0; i < sizeof(not_bases) / sizeof(not_bases[0]); i++) {
		cmd.offset = not_bases[i];
		set_cmdlist_refuses(d, &args, -EINVAL);
	}
}

static void
test_handles_that_are_none(void **state)
{
	struct device *d = *state;
	const uint32_t handles[] = { 0, d->image.handle + 1, UINT32_MAX };
	struct g2d_list list;

	for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++) {
		const struct g2d_image none = { handles[i], STRIDE };

		g2d_list_fill(&list, &none, &whole, 0);
		for (int n = 0; n < 100; n++)
			assert_int_equal(g2d_submit(d->fd, &list), -EFAULT);
	}
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 3), 0);
}

static void
test_boxes_beyond_the_buffer(void **state)
{
	struct device *d = *state;
	const struct {
		struct g2d_box box;
		uint32_t stride;
		int error;
	} cases[] = {
		{ { 0, 0, WIDTH, HEIGHT }, STRIDE, 0 },
		{ { WIDTH - 1, HEIGHT - 1, WIDTH, HEIGHT }, STRIDE, 0 },
		{ { 0, 0, WIDTH + 1, HEIGHT }, STRIDE, -EFAULT },
		{ { 0, 0, WIDTH + 1, HEIGHT - 1 }, STRIDE, 0 },
		{ { 0, 0, WIDTH, HEIGHT + 1 }, STRIDE, -EFAULT },
		{ { 0, 0, WIDTH, HEIGHT }, STRIDE + 4, -EFAULT },
		{ { 0, 0, WIDTH, HEIGHT }, 0xffffffff, -EFAULT },
		{ { 0, 0, WIDTH, HEIGHT }, 0x80000000, -EFAULT },
		{ { 0, 0, 0, HEIGHT }, STRIDE, -EFAULT },
		{ { 0, 0, WIDTH, 0 }, STRIDE, -EFAULT },
		{ { 8, 0, 8, HEIGHT }, STRIDE, -EFAULT },
		{ { 9, 0, 8, HEIGHT }, STRIDE, -EFAULT },
		{ { 0, 9, WIDTH, 8 }, STRIDE, -EFAULT },
		{ { 0, 0, 8001, 1 }, 0, -EFAULT },
		{ { 0, 0, 1, 8001 }, 0, -EFAULT },
		{ { 0, 0, 1, 8000 }, 0, 0 },
	};
	struct g2d_list list;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct g2d_image image = { d->image.handle, cases[i].stride };
		const struct g2d_image good = d->image;
		const struct g2d_box pixel = { 0, 0, 1, 1 };

		g2d_list_fill(&list, &image, &cases[i].box, 0);
		assert_int_equal(g2d_submit(d->fd, &list), cases[i].error);
		/* as a source */
		g2d_list_copy(&list, &good, &pixel, &image, &cases[i].box);
		assert_int_equal(g2d_submit(d->fd, &list), cases[i].error);
	}
	/* the good ones are put back unused, when the file is closed */
}

static void
test_all_lists_taken(void **state)
{
	struct device *d = *state;
	int other = exynos_open(EXYNOS_RENDER_NODE);
	struct g2d_image image = { 0, STRIDE };
	struct g2d_list list, others;

	assert_true(other >= 0);
	assert_int_equal(exynos_gem_create(other, SIZE, 0, &image.handle), 0);
	g2d_list_fill(&others, &image, &whole, 1);
	g2d_list_fill(&list, &d->image, &whole, 0xa5a5a5a5);
	for (int i = 0; i < G2D_LISTS; i++)
		assert_int_equal(g2d_submit(d->fd, &list), 0);

	/* all lists are for all processes */
	assert_int_equal(g2d_submit(d->fd, &list), -ENOMEM);
	assert_int_equal(g2d_submit(other, &others), -ENOMEM);

	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_filled(d, 0xa5a5a5a5);
	assert_int_equal(g2d_submit(other, &others), 0);
	assert_int_equal(g2d_exec(other, false), 0);
	close(other);
}

static void
test_file_closed_with_lists_that_never_ran(void **state)
{
	struct device *d = *state;

	for (int round = 0; round < 3; round++)
		assert_int_equal(count_free_lists(), G2D_LISTS);
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 5), 0);
	assert_filled(d, 5);
}

static void
test_jobs_of_two_files_take_turns(void **state)
{
	struct device *d = *state;
	int other = exynos_open(EXYNOS_RENDER_NODE);
	struct g2d_image image = { 0, STRIDE };
	struct drm_exynos_g2d_event event;
	struct g2d_list list;

	assert_true(other >= 0);
	assert_int_equal(exynos_gem_create(other, SIZE, 0, &image.handle), 0);
	for (uint32_t i = 0; i < 20; i++) {
		g2d_list_fill(&list, &image, &whole, i);
		assert_int_equal(g2d_submit_event(other, &list, i), 0);
		assert_int_equal(g2d_exec(other, true), 0);
		assert_int_equal(g2d_fill(d->fd, &d->image, &whole, i), 0);
		assert_filled(d, i);
		assert_int_equal(g2d_read_event(other, &event), 0);
		assert_int_equal(event.user_data, i);
	}
	close(other);
}

/* The registers of a list are checked as the engine sees them: the last value of each counts. */
static void
test_register_set_twice(void **state)
{
	struct device *d = *state;
	struct g2d_list list;

	g2d_list_fill(&list, &d->image, &whole, 0);
	g2d_list_add(&list, G2D_DST_STRIDE, STRIDE * 1000);
	assert_int_equal(g2d_submit(d->fd, &list), -EFAULT);

	g2d_list_init(&list);
	g2d_list_add(&list, G2D_DST_STRIDE, STRIDE * 1000);
	g2d_list_add(&list, G2D_BITBLT_COMMAND, G2D_FAST_SOLID_FILL);
	g2d_list_add(&list, G2D_DST_COLOR_MODE, G2D_COLOR_MODE_ARGB8888);
	g2d_list_add(&list, G2D_DST_STRIDE, STRIDE);
	g2d_list_add(&list, G2D_DST_RIGHT_BOTTOM, WIDTH | HEIGHT << 16);
	g2d_list_add(&list, G2D_SF_COLOR, 0x13131313);
	g2d_list_add_buffer(&list, G2D_DST_BASE_ADDR, d->image.handle);
	assert_int_equal(g2d_submit(d->fd, &list), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_filled(d, 0x13131313);
}

static void
test_buffer_set_twice(void **state)
{
	struct device *d = *state;
	struct g2d_list list;

	for (int n = 0; n < 100; n++) {
		g2d_list_fill(&list, &d->image, &whole, 0);
		g2d_list_add_buffer(&list, G2D_DST_BASE_ADDR, d->image.handle);
		assert_int_equal(g2d_submit(d->fd, &list), -EINVAL);
		while (list.n_bufs < 8)
			g2d_list_add_buffer(&list, G2D_DST_BASE_ADDR, d->image.handle);
		assert_int_equal(g2d_submit(d->fd, &list), -EINVAL);
	}
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 0x14141414), 0);
	assert_filled(d, 0x14141414);
}

/* A format of a byte per pixel, set by one list, is no format of the next one. */
static void
test_registers_of_the_list_before(void **state)
{
	struct device *d = *state;
	const uint32_t color_mode_a8 = 11;
	struct g2d_list first, second;

	g2d_list_init(&first);
	g2d_list_add(&first, G2D_DST_COLOR_MODE, color_mode_a8);
	g2d_list_add(&first, G2D_SRC_COLOR_MODE, color_mode_a8);
	g2d_list_init(&second);
	g2d_list_add(&second, G2D_DST_RIGHT_BOTTOM, WIDTH * 2 | HEIGHT << 16);
	g2d_list_add(&second, G2D_DST_STRIDE, STRIDE);
	g2d_list_add_buffer(&second, G2D_DST_BASE_ADDR, d->image.handle);

	/* once through all lists: refused ones, and ones that are given back unused */
	for (int n = 0; n < G2D_LISTS; n++) {
		int other = exynos_open(EXYNOS_RENDER_NODE);

		assert_true(other >= 0);
		g2d_list_add_buffer(&first, G2D_MSK_BASE_ADDR, UINT32_MAX);
		assert_int_equal(g2d_submit(other, &first), -EFAULT);
		first.n_bufs = 0;
		assert_int_equal(g2d_submit(other, &first), 0);
		close(other);
	}
	for (int n = 0; n < G2D_LISTS; n++)
		assert_int_equal(g2d_submit(d->fd, &second), -EFAULT);
}

/* The second plane, in an object of the size that is needed for it and in one of a page less. */
static void
test_second_plane_beyond_its_buffer(void **state)
{
	struct device *d = *state;
	enum { YCBCR444 = 8, YCBCR422 = 9, YCBCR420 = 10 };
	const struct {
		uint32_t format;
		uint32_t stride;
		int bottom, error;
	} cases[] = {
		/* the second buffer has 64 lines of 256 bytes */
		{ YCBCR420, 256, 128, 0 }, { YCBCR420, 256, 129, -EFAULT },
		{ YCBCR422, 256, 64, 0 },  { YCBCR422, 256, 65, -EFAULT },
		{ YCBCR444, 256, 64, 0 },  { YCBCR444, 256, 65, -EFAULT },
	};
	struct g2d_list list;
	uint32_t first;

	assert_int_equal(exynos_gem_create(d->fd, 256 * 256, 0, &first), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int source = 0; source < 2; source++) {
			uint32_t base = source ? 0x0300 : 0x0400;

			g2d_list_init(&list);
			g2d_list_add(&list, base + 0x0c, cases[i].format | G2D_COLOR_MODE_2_PLANES);
			g2d_list_add(&list, base + 0x08, cases[i].stride);
			g2d_list_add(&list, base + 0x14, 128 | (uint32_t)cases[i].bottom << 16);
			g2d_list_add_buffer(&list, base + 0x04, first);
			g2d_list_add_buffer(&list, base + 0x18, d->image.handle);
			assert_int_equal(g2d_submit(d->fd, &list), cases[i].error);
		}
	}
}

/* Values that are asynchronous as 64 bits, and synchronous when they are cut to 32. */
static void
test_async_with_high_bits_only(void **state)
{
	struct device *d = *state;
	struct drm_exynos_g2d_exec args = { .async = (uint64_t)1 << 32 };
	struct drm_exynos_g2d_event event;
	struct g2d_list list;

	g2d_list_fill(&list, &d->image, &whole, 0x15151515);
	for (int n = 0; n < 2 * G2D_LISTS; n++) {
		assert_int_equal(g2d_submit_event(d->fd, &list, 1), 0);
		assert_int_equal(exynos_ioctl(d->fd, DRM_IOCTL_EXYNOS_G2D_EXEC, &args), 0);
		assert_int_equal(g2d_read_event(d->fd, &event), 0);
	}
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 0x16161616), 0);
	assert_filled(d, 0x16161616);
}

static void
test_engine_that_hangs_is_reset(void **state)
{
	struct device *d = *state;

	for (int n = 0; n < 2; n++) {
		assert_int_equal(virtual_engine_set("hang", 1), 0);
		assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 0x17171717), -EIO);
		assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 0x18181818), 0);
		assert_filled(d, 0x18181818);
	}
}

static void
test_interrupt_that_is_lost(void **state)
{
	struct device *d = *state;

	assert_int_equal(virtual_engine_set("lost_irq", 1), 0);
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 0x19191919), -EIO);
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 0x1a1a1a1a), 0);
	assert_filled(d, 0x1a1a1a1a);
}

/* Its own jobs do not run, and their events do not come; those of others do. */
static void
test_jobs_behind_one_that_hangs(void **state)
{
	struct device *d = *state;
	int other = exynos_open(EXYNOS_RENDER_NODE);
	struct g2d_image image = { 0, STRIDE };
	struct drm_exynos_g2d_event event;
	struct g2d_list list;

	assert_true(other >= 0);
	assert_int_equal(exynos_gem_create(other, SIZE, 0, &image.handle), 0);
	assert_int_equal(virtual_engine_set("hang", 1), 0);
	g2d_list_fill(&list, &image, &whole, 1);
	assert_int_equal(g2d_submit_event(other, &list, 1), 0);
	assert_int_equal(g2d_exec(other, true), 0);
	assert_int_equal(g2d_submit_event(other, &list, 2), 0);
	assert_int_equal(g2d_exec(other, true), 0);

	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 0x1b1b1b1b), 0);
	assert_filled(d, 0x1b1b1b1b);
	assert_int_equal(g2d_read_event(other, &event), 0);
	assert_int_equal(event.user_data, 2);
	close(other);
}

struct waiter {
	struct child_gate ready;
};

static int
wait_for_the_engine(void *data)
{
	struct waiter *waiter = data;
	struct g2d_image image = { 0, STRIDE };
	int fd = exynos_open(EXYNOS_RENDER_NODE);

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(exynos_gem_create(fd, SIZE, 0, &image.handle) == 0);
	CHILD_CHECK(child_gate_post(&waiter->ready) == 0);
	g2d_fill(fd, &image, &whole, 1);

	return __LINE__;
}

/* One waits for its own job, another one for its turn; both can be killed. */
static void
test_waiters_can_be_killed(void **state)
{
	struct device *d = *state;
	struct waiter first, second;
	pid_t first_pid, second_pid;

	assert_int_equal(child_gate_init(&first.ready), 0);
	assert_int_equal(child_gate_init(&second.ready), 0);
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	first_pid = child_start(wait_for_the_engine, &first);
	assert_int_equal(child_gate_wait(&first.ready), 0);
	assert_true(virtual_engine_wait_busy(true));
	second_pid = child_start(wait_for_the_engine, &second);
	assert_int_equal(child_gate_wait(&second.ready), 0);

	child_kill(second_pid);
	child_kill(first_pid);
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 0x1c1c1c1c), 0);
	assert_filled(d, 0x1c1c1c1c);
	child_gate_fini(&first.ready);
	child_gate_fini(&second.ready);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_version),
		TEST(test_fill),
		TEST(test_lists_run_in_order),
		TEST(test_longest_list),
		TEST(test_exec_without_a_list),
		TEST(test_two_events_in_one_exec),
		TEST(test_two_events_in_one_synchronous_exec),
		TEST(test_as_many_events_as_lists),
		TEST(test_event_of_every_second_list),
		TEST(test_file_closed_with_events_pending),
		TEST(test_too_many_commands),
		TEST(test_commands_that_cannot_be_read),
		TEST(test_registers_that_are_not_for_lists),
		TEST(test_handles_that_are_none),
		TEST(test_boxes_beyond_the_buffer),
		TEST(test_all_lists_taken),
		TEST(test_file_closed_with_lists_that_never_ran),
		TEST(test_jobs_of_two_files_take_turns),
		TEST(test_register_set_twice),
		TEST(test_buffer_set_twice),
		TEST(test_registers_of_the_list_before),
		TEST(test_second_plane_beyond_its_buffer),
		TEST(test_async_with_high_bits_only),
		TEST(test_engine_that_hangs_is_reset),
		TEST(test_interrupt_that_is_lost),
		TEST(test_jobs_behind_one_that_hangs),
		TEST(test_waiters_can_be_killed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("G2D command lists", tests, NULL, NULL);
}
