// SPDX-License-Identifier: MIT
/*
 * G2D command lists: what SET_CMDLIST checks, and that a list that is refused is not lost.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "exynos-device.h"
#include "exynos-g2d.h"
#include "g2d-fixture.h"
#include "kernel-log.h"

static void
set_cmdlist_refuses(struct g2d_device *d, const struct drm_exynos_g2d_set_cmdlist *args, int error)
{
	struct drm_exynos_g2d_set_cmdlist copy;

	/* more often than there are lists: one that gets lost is missed soon */
	for (int i = 0; i < 100; i++) {
		copy = *args;
		assert_int_equal(exynos_ioctl(d->fd, DRM_IOCTL_EXYNOS_G2D_SET_CMDLIST, &copy),
				 error);
	}
	assert_int_equal(g2d_fill(d->fd, &d->image, &g2d_whole, 0x99), 0);
}

static void
test_too_many_commands(void **state)
{
	struct g2d_device *d = *state;
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
	struct g2d_device *d = *state;
	struct g2d_list list;

	g2d_list_fill(&list, &d->image, &g2d_whole, 0x12344321);
	while (list.n_cmds + list.n_bufs < G2D_LIST_PAIRS_MAX)
		g2d_list_add(&list, G2D_SF_COLOR, 0x12344321);
	assert_int_equal(g2d_submit(d->fd, &list), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	g2d_assert_filled(d, 0x12344321);
}

static void
test_commands_that_cannot_be_read(void **state)
{
	struct g2d_device *d = *state;
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
	struct g2d_device *d = *state;
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
	struct g2d_device *d = *state;
	const uint32_t handles[] = { 0, d->image.handle + 1, UINT32_MAX };
	struct g2d_list list;

	for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++) {
		const struct g2d_image none = { handles[i], G2D_STRIDE };

		g2d_list_fill(&list, &none, &g2d_whole, 0);
		for (int n = 0; n < 100; n++)
			assert_int_equal(g2d_submit(d->fd, &list), -EFAULT);
	}
	assert_int_equal(g2d_fill(d->fd, &d->image, &g2d_whole, 3), 0);
}

static void
test_boxes_beyond_the_buffer(void **state)
{
	struct g2d_device *d = *state;
	const struct {
		struct g2d_box box;
		uint32_t stride;
		int error;
	} cases[] = {
		{ { 0, 0, G2D_WIDTH, G2D_HEIGHT }, G2D_STRIDE, 0 },
		{ { G2D_WIDTH - 1, G2D_HEIGHT - 1, G2D_WIDTH, G2D_HEIGHT }, G2D_STRIDE, 0 },
		{ { 0, 0, G2D_WIDTH + 1, G2D_HEIGHT }, G2D_STRIDE, -EFAULT },
		{ { 1, 0, G2D_WIDTH + 1, G2D_HEIGHT - 1 }, G2D_STRIDE, 0 },
		{ { 0, 0, G2D_WIDTH, G2D_HEIGHT + 1 }, G2D_STRIDE, -EFAULT },
		{ { 0, 0, G2D_WIDTH, G2D_HEIGHT }, G2D_STRIDE + 4, -EFAULT },
		/* lines that overlap, also by nothing but the last pixel */
		{ { 0, 0, G2D_WIDTH, G2D_HEIGHT / 2 }, G2D_STRIDE - 1, -EFAULT },
		{ { 0, 0, G2D_WIDTH + 1, G2D_HEIGHT - 1 }, G2D_STRIDE, -EFAULT },
		{ { 0, 0, G2D_WIDTH, 1 }, 0, -EFAULT },
		/* the register has 16 bits, and the upper one may be a sign */
		{ { 0, 0, 1, 1 }, 0x7fff, 0 },
		{ { 0, 0, 1, 1 }, 0x8000, -EINVAL },
		{ { 0, 0, 1, 1 }, 0xffff, -EINVAL },
		{ { 0, 0, 1, 1 }, 0x10000 | G2D_STRIDE, -EINVAL },
		{ { 0, 0, G2D_WIDTH, G2D_HEIGHT }, 0x80000000, -EINVAL },
		{ { 0, 0, G2D_WIDTH, G2D_HEIGHT }, 0xffffffff, -EINVAL },
		{ { 0, 0, 0, G2D_HEIGHT }, G2D_STRIDE, -EFAULT },
		{ { 0, 0, G2D_WIDTH, 0 }, G2D_STRIDE, -EFAULT },
		{ { 8, 0, 8, G2D_HEIGHT }, G2D_STRIDE, -EFAULT },
		{ { 9, 0, 8, G2D_HEIGHT }, G2D_STRIDE, -EFAULT },
		{ { 0, 9, G2D_WIDTH, 8 }, G2D_STRIDE, -EFAULT },
		{ { 0, 0, 8001, 1 }, 0x7fff, -EINVAL },
		{ { 0, 0, 1, 8001 }, 4, -EINVAL },
		{ { 8000, 8000, 8001, 8001 }, 4, -EINVAL },
		{ { 0, 0, 1, 8000 }, 4, -EFAULT },
		{ { 0, 0, 1, G2D_SIZE / 4 }, 4, 0 },
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

/* The registers of a list are checked as the engine sees them: the last value of each counts. */
static void
test_register_set_twice(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_list list;

	g2d_list_fill(&list, &d->image, &g2d_whole, 0);
	g2d_list_add(&list, G2D_DST_STRIDE, G2D_STRIDE * 100);
	assert_int_equal(g2d_submit(d->fd, &list), -EFAULT);

	g2d_list_init(&list);
	g2d_list_add(&list, G2D_DST_STRIDE, G2D_STRIDE * 100);
	g2d_list_add(&list, G2D_BITBLT_COMMAND, G2D_FAST_SOLID_FILL);
	g2d_list_add(&list, G2D_DST_COLOR_MODE, G2D_COLOR_MODE_ARGB8888);
	g2d_list_add(&list, G2D_DST_STRIDE, G2D_STRIDE);
	g2d_list_add(&list, G2D_DST_RIGHT_BOTTOM, G2D_WIDTH | G2D_HEIGHT << 16);
	g2d_list_add(&list, G2D_SF_COLOR, 0x13131313);
	g2d_list_add_buffer(&list, G2D_DST_BASE_ADDR, d->image.handle);
	assert_int_equal(g2d_submit(d->fd, &list), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	g2d_assert_filled(d, 0x13131313);
}

static void
test_buffer_set_twice(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_list list;

	for (int n = 0; n < 100; n++) {
		g2d_list_fill(&list, &d->image, &g2d_whole, 0);
		g2d_list_add_buffer(&list, G2D_DST_BASE_ADDR, d->image.handle);
		assert_int_equal(g2d_submit(d->fd, &list), -EINVAL);
		while (list.n_bufs < 8)
			g2d_list_add_buffer(&list, G2D_DST_BASE_ADDR, d->image.handle);
		assert_int_equal(g2d_submit(d->fd, &list), -EINVAL);
	}
	g2d_assert_works(d, 0x14141414);
}

/* An image of pixels that do not fit, unless they have a byte each. */
static void
add_twice_as_wide(struct g2d_list *list, uint32_t base)
{
	g2d_list_add(list, base + 0x08, G2D_STRIDE);
	g2d_list_add(list, base + 0x14, G2D_WIDTH * 2 | G2D_HEIGHT << 16);
}

/* A format of a byte per pixel, set by one list, is no format of the next one. */
static void
test_registers_of_the_list_before(void **state)
{
	struct g2d_device *d = *state;
	const uint32_t color_mode_a8 = 11;
	struct g2d_list refused, unused, second[2];
	struct g2d_image image;

	g2d_list_fill(&refused, &(struct g2d_image){ UINT32_MAX, G2D_STRIDE }, &g2d_whole, 0);
	g2d_list_add(&refused, G2D_DST_COLOR_MODE, color_mode_a8);

	/* neither says which format it has */
	g2d_list_init(&second[0]);
	g2d_list_add(&second[0], G2D_BITBLT_COMMAND, G2D_FAST_SOLID_FILL);
	add_twice_as_wide(&second[0], 0x0400);
	g2d_list_add_buffer(&second[0], G2D_DST_BASE_ADDR, d->image.handle);
	g2d_list_fill(&second[1], &d->image, &g2d_whole, 0);
	g2d_list_add(&second[1], G2D_BITBLT_COMMAND, 0);
	add_twice_as_wide(&second[1], 0x0300);
	g2d_list_add_buffer(&second[1], G2D_SRC_BASE_ADDR, d->image.handle);

	/* once through all lists: refused ones, and ones that are given back unused */
	for (int n = 0; n < G2D_LISTS; n++) {
		int other = g2d_open_other(&image);

		assert_int_equal(g2d_submit(other, &refused), -EFAULT);
		g2d_list_fill(&unused, &image, &g2d_whole, 0);
		g2d_list_add(&unused, G2D_SRC_COLOR_MODE, color_mode_a8);
		assert_int_equal(g2d_submit(other, &unused), 0);
		close(other);
	}
	for (int n = 0; n < 2 * G2D_LISTS; n++)
		assert_int_equal(g2d_submit(d->fd, &second[n / G2D_LISTS]), -EFAULT);
}

/* The second plane, in an object of the size that is needed for it and in one of a page less. */
static void
test_second_plane_beyond_its_buffer(void **state)
{
	struct g2d_device *d = *state;
	enum {
		YCBCR444 = G2D_COLOR_MODE_YCBCR444,
		YCBCR422 = G2D_COLOR_MODE_YCBCR422,
		YCBCR420 = G2D_COLOR_MODE_YCBCR420,
	};
	const struct {
		uint32_t format;
		uint32_t stride;
		int bottom, error;
	} cases[] = {
		/* the second buffer has 64 lines of 256 bytes */
		{ YCBCR420, 256, 128, 0 }, { YCBCR420, 256, 129, -EFAULT },
		{ YCBCR422, 256, 64, 0 },  { YCBCR422, 256, 65, -EFAULT },
		{ YCBCR444, 256, 32, 0 },  { YCBCR444, 256, 65, -EFAULT },
	};
	struct g2d_list list;
	uint32_t first;

	assert_int_equal(exynos_gem_create(d->fd, 256 * 256, 0, &first), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int source = 0; source < 2; source++) {
			uint32_t base = source ? 0x0300 : 0x0400;

			g2d_list_fill(&list, &d->image, &g2d_whole, 0);
			if (source)
				g2d_list_add(&list, G2D_BITBLT_COMMAND, 0);
			else
				g2d_list_drop_buffer(&list, G2D_DST_BASE_ADDR);
			g2d_list_add(&list, base + 0x0c, cases[i].format | G2D_COLOR_MODE_2_PLANES);
			g2d_list_add(&list, base + 0x08, cases[i].stride);
			g2d_list_add(&list, base + 0x14, 128 | (uint32_t)cases[i].bottom << 16);
			g2d_list_add_buffer(&list, base + 0x04, first);
			g2d_list_add_buffer(&list, base + 0x18, d->image.handle);
			assert_int_equal(g2d_submit(d->fd, &list), cases[i].error);
		}
	}
}

/* Formats of which it is not known how much memory they have; and how much the others have. */
static void
test_formats(void **state)
{
	struct g2d_device *d = *state;
	const struct {
		uint32_t mode, stride, right_bottom;
		int error;
	} cases[] = {
		/* the buffer has 16384 bytes */
		{ G2D_COLOR_MODE_ARGB8888, 256, 64 | 64 << 16, 0 },
		{ G2D_COLOR_MODE_A8, 1024, 1024 | 16 << 16, 0 },
		{ G2D_COLOR_MODE_A8, 1024, 1024 | 17 << 16, -EFAULT },
		{ G2D_COLOR_MODE_A4, 1024, 2048 | 16 << 16, 0 },
		{ G2D_COLOR_MODE_A4, 1024, 2049 | 16 << 16, -EFAULT },
		{ G2D_COLOR_MODE_A1, 128, 1024 | 128 << 16, 0 },
		{ G2D_COLOR_MODE_A1, 128, 1025 | 128 << 16, -EFAULT },
		/* two pixels of 4 bytes, of which the engine may access all */
		{ G2D_COLOR_MODE_YCBCR422, 128, 64 | 128 << 16, 0 },
		{ G2D_COLOR_MODE_YCBCR422, G2D_SIZE - 130, 65 | 2 << 16, -EFAULT },
		{ G2D_COLOR_MODE_YCBCR422, G2D_SIZE - 130, 64 | 2 << 16, 0 },
		/* the lines of the second plane, of twice the bytes, may have twice the stride */
		{ G2D_COLOR_MODE_YCBCR444 | G2D_COLOR_MODE_2_PLANES, 256, 128 | 32 << 16, 0 },
		{ G2D_COLOR_MODE_YCBCR444 | G2D_COLOR_MODE_2_PLANES, 256, 128 | 33 << 16, -EFAULT },
		/* nobody says how these are */
		{ G2D_COLOR_MODE_YCBCR420, 256, 8 | 8 << 16, -EFAULT },
		{ G2D_COLOR_MODE_YCBCR444, 256, 8 | 8 << 16, -EFAULT },
		{ G2D_COLOR_MODE_ARGB8888 | G2D_COLOR_MODE_2_PLANES, 256, 8 | 8 << 16, -EFAULT },
		{ G2D_COLOR_MODE_A8 | G2D_COLOR_MODE_2_PLANES, 256, 8 | 8 << 16, -EFAULT },
		{ 15, 256, 8 | 8 << 16, -EINVAL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int source = 0; source < 2; source++) {
			const uint32_t base = source ? G2D_SRC_SELECT : G2D_DST_SELECT;
			const struct g2d_box pixel = { 0, 0, 1, 1 };
			struct g2d_list list;

			g2d_list_copy(&list, &d->image, &pixel, &d->image, &pixel);
			g2d_list_add(&list, base + 0x08, cases[i].stride);
			g2d_list_add(&list, base + 0x0c, cases[i].mode);
			g2d_list_add(&list, base + 0x14, cases[i].right_bottom);
			if (cases[i].mode & G2D_COLOR_MODE_2_PLANES)
				g2d_list_add_buffer(&list, base + 0x18, d->image.handle);
			assert_int_equal(g2d_submit(d->fd, &list), cases[i].error);
		}
	}
	assert_int_equal(g2d_exec(d->fd, false), 0);
}

static void
assert_list_with(struct g2d_device *d, uint32_t offset, uint32_t value, int error)
{
	struct g2d_list list;

	g2d_list_copy(&list, &d->image, &g2d_whole, &d->image, &g2d_whole);
	g2d_list_add(&list, offset, value);
	assert_int_equal(g2d_submit(d->fd, &list), error);
}

/*
 * Nobody knows what these do, so they are not handed to the engine. What each register has, KUnit tests
 * (test-g2d-check).
 */
static void
test_registers_and_bits_that_are_not_known(void **state)
{
	struct g2d_device *d = *state;
	const uint32_t unknown[] = { 0x0110, 0x01fc, 0x020c, 0x0334, 0x03fc, 0x0420, 0x0514,
				     0x0548, 0x0608, 0x061c, 0x0740, 0x07fc, 0x0884 };
	const struct drm_exynos_g2d_cmd bits[] = {
		{ G2D_BITBLT_COMMAND, 1 << 4 },
		{ G2D_BITBLT_COMMAND, 1 << 9 },
		{ G2D_BITBLT_COMMAND, 3 << 12 },
		{ G2D_BITBLT_COMMAND, 1u << 31 },
		{ G2D_BLEND_FUNCTION, 12 },
		{ G2D_BLEND_FUNCTION, 1 << 17 },
		{ G2D_ROUND_MODE, 1 << 2 },
		{ G2D_ROTATE, 1 << 1 },
		{ G2D_SRC_MASK_DIRECT, 1 << 2 },
		{ G2D_DST_PAT_DIRECT, 1 << 6 },
		{ G2D_SRC_SELECT, 3 },
		{ G2D_DST_SELECT, 3 },
		{ G2D_DST_SELECT, 1u << 31 },
		{ G2D_SRC_REPEAT_MODE, 5 },
		/* of Samsung's own: a filter that looks beyond the border */
		{ G2D_SRC_SCALE_CTRL, 3 },
		{ G2D_SRC_XSCALE, 1 << 29 },
		{ G2D_CW_LEFT_TOP, 8001 },
		{ G2D_CW_RIGHT_BOTTOM, 1u << 31 },
		{ G2D_THIRD_OPERAND, 3 },
		{ G2D_ROP4, 1 << 16 | G2D_ROP3_SRC },
	};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_list_with(d, unknown[i], 0, -EINVAL);
		assert_list_with(d, unknown[i], 1, -EINVAL);
	}
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		assert_list_with(d, bits[i].offset, bits[i].data, -EINVAL);
	assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
}

/* Bits of an offset that none has, for the engine to take or to leave; with what is checked and not. */
static void
test_offsets_with_other_bits(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_list list;

	for (uint32_t bit = 1u << 12; bit != 0; bit <<= 1) {
		for (uint32_t i = 0; i < 2; i++) {
			const uint32_t offset = i == 0 ? G2D_DST_COLOR_MODE : G2D_SF_COLOR;

			g2d_list_fill(&list, &d->image, &g2d_whole, 0);
			g2d_list_add(&list, offset | bit, G2D_COLOR_MODE_ARGB8888);
			assert_int_equal(g2d_submit(d->fd, &list), -EINVAL);
		}
		/* the last one says that it is user memory, whose descriptor is no address then */
		g2d_list_fill(&list, &d->image, &g2d_whole, 0);
		list.bufs[0].offset |= bit;
		assert_int_equal(g2d_submit(d->fd, &list),
				 bit == (uint32_t)G2D_BUF_USERPTR ? -EFAULT : -EINVAL);
	}
	assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
}

/* Coordinates of more than 13 bits, of which the driver has only ever looked at 13. */
static void
test_coordinates_that_are_too_large(void **state)
{
	struct g2d_device *d = *state;
	const uint32_t corners[] = { G2D_SRC_LEFT_TOP, G2D_SRC_RIGHT_BOTTOM, G2D_DST_LEFT_TOP,
				     G2D_DST_RIGHT_BOTTOM };
	const uint32_t bits[] = { 1u << 13, 1u << 14, 1u << 15, 1u << 29, 1u << 30, 1u << 31 };
	struct g2d_list list;

	for (size_t i = 0; i < sizeof(corners) / sizeof(corners[0]); i++) {
		const bool is_end = corners[i] % 8 == 4;
		const uint32_t corner = is_end ? G2D_WIDTH | G2D_HEIGHT << 16 : 0;

		for (size_t j = 0; j < sizeof(bits) / sizeof(bits[0]); j++) {
			g2d_list_copy(&list, &d->image, &g2d_whole, &d->image, &g2d_whole);
			g2d_list_add(&list, corners[i], corner | bits[j]);
			assert_int_equal(g2d_submit(d->fd, &list), -EINVAL);
			/* even if a good one follows */
			g2d_list_add(&list, corners[i], corner);
			assert_int_equal(g2d_submit(d->fd, &list), -EINVAL);
		}
		g2d_list_copy(&list, &d->image, &g2d_whole, &d->image, &g2d_whole);
		g2d_list_add(&list, corners[i], corner);
		assert_int_equal(g2d_submit(d->fd, &list), 0);
	}
	assert_int_equal(g2d_exec(d->fd, false), 0);
}

/* Whoever may open the render node could fill the log otherwise. */
static void
test_lists_that_are_refused_are_not_logged(void **state)
{
	struct g2d_device *d = *state;
	const struct g2d_box beyond = { 0, 0, G2D_WIDTH, G2D_HEIGHT + 1 };
	const struct g2d_image none = { d->image.handle + 1, G2D_STRIDE };
	int log = kernel_log_open();
	struct g2d_list list;

	assert_true(log >= 0);
	assert_int_equal(g2d_fill(d->fd, &none, &g2d_whole, 0), -EFAULT);
	assert_int_equal(g2d_fill(d->fd, &d->image, &beyond, 0), -EFAULT);
	g2d_list_init(&list);
	g2d_list_add(&list, 0x0100, 0);
	assert_int_equal(g2d_submit(d->fd, &list), -EINVAL);
	g2d_list_fill(&list, &d->image, &g2d_whole, 0);
	while (list.n_cmds < G2D_LIST_WORDS)
		g2d_list_add(&list, G2D_SF_COLOR, 0);
	assert_int_equal(g2d_submit(d->fd, &list), -EINVAL);
	assert_int_equal(kernel_log_count_driver(log), 0);
	close(log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, g2d_setup, g2d_teardown)
		TEST(test_too_many_commands),
		TEST(test_longest_list),
		TEST(test_commands_that_cannot_be_read),
		TEST(test_registers_that_are_not_for_lists),
		TEST(test_handles_that_are_none),
		TEST(test_boxes_beyond_the_buffer),
		TEST(test_register_set_twice),
		TEST(test_buffer_set_twice),
		TEST(test_registers_of_the_list_before),
		TEST(test_second_plane_beyond_its_buffer),
		TEST(test_formats),
		TEST(test_registers_and_bits_that_are_not_known),
		TEST(test_offsets_with_other_bits),
		TEST(test_coordinates_that_are_too_large),
		TEST(test_lists_that_are_refused_are_not_logged),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("G2D command lists", tests, NULL, NULL);
}
