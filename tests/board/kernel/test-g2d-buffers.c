// SPDX-License-Identifier: MIT
/*
 * G2D command lists that would have the engine use an image for which they name no buffer: refused,
 * each and every one. And all that libdrm sends, and what is like it: accepted, and run.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "exynos-device.h"
#include "exynos-g2d.h"
#include "g2d-fixture.h"

enum {
	PAGE = 4096,
	NV12 = G2D_COLOR_MODE_YCBCR420 | G2D_COLOR_MODE_2_PLANES,
	THREE_PLANES = 2 << 8, /* of which there are no lists */
	PLANES_MASK = 3 << 8,
};

/* More often than there are lists, and without that anything is left behind. */
static void
assert_refused(struct g2d_device *d, const struct g2d_list *list)
{
	for (int i = 0; i < 100; i++)
		assert_int_equal(g2d_submit(d->fd, list), -EINVAL);
	assert_int_equal(g2d_submit_event(d->fd, list, 1), -EINVAL);
	assert_int_equal(g2d_exec(d->fd, false), -EPERM);
	assert_int_equal(process_pinned(), 0);
}

static void
assert_accepted(struct g2d_device *d, const struct g2d_list *list)
{
	assert_int_equal(g2d_submit(d->fd, list), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_int_equal(process_pinned(), 0);
}

static void
make_fill(struct g2d_device *d, struct g2d_list *list)
{
	g2d_list_fill(list, &d->image, &g2d_whole, 0x11223344);
}

static void
make_copy(struct g2d_device *d, struct g2d_list *list)
{
	g2d_list_copy(list, &d->image, &g2d_whole, &d->image, &g2d_whole);
}

/* What a client sends that has found out that nobody asks for more. */
static void
test_list_without_any_buffer(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_list list;

	g2d_list_init(&list);
	assert_refused(d, &list);
	g2d_list_add(&list, G2D_SF_COLOR, 0);
	assert_refused(d, &list);
	make_fill(d, &list);
	list.n_bufs = 0;
	assert_refused(d, &list);
	make_copy(d, &list);
	list.n_bufs = 0;
	assert_refused(d, &list);
	/* lines that lie where the client wants it */
	g2d_list_add(&list, G2D_DST_STRIDE, 0x40000000);
	assert_refused(d, &list);
}

/* Whatever is done, and whatever DST_SELECT says: the destination is written. */
static void
test_destination(void **state)
{
	struct g2d_device *d = *state;
	const uint32_t selects[] = { G2D_SELECT_NORMAL, G2D_SELECT_FOREGROUND,
				     G2D_SELECT_BACKGROUND, 3, UINT32_MAX };
	struct g2d_list list;

	for (size_t i = 0; i < sizeof(selects) / sizeof(selects[0]); i++) {
		make_fill(d, &list);
		g2d_list_add(&list, G2D_DST_SELECT, selects[i]);
		g2d_list_drop_buffer(&list, G2D_DST_BASE_ADDR);
		assert_refused(d, &list);
		make_copy(d, &list);
		g2d_list_add(&list, G2D_DST_SELECT, selects[i]);
		g2d_list_drop_buffer(&list, G2D_DST_BASE_ADDR);
		assert_refused(d, &list);
		/* a buffer for something else is none for it */
		g2d_list_add_buffer(&list, G2D_DST_PLANE2_BASE_ADDR, d->image.handle);
		assert_refused(d, &list);
	}
}

static void
test_source(void **state)
{
	struct g2d_device *d = *state;
	/* the engine may look at some bits only: anything but these three is nothing */
	const uint32_t bad[] = { 3, 4, 5, 1u << 31, G2D_SELECT_FOREGROUND | 1u << 31, UINT32_MAX };
	const uint32_t colors[] = { G2D_SELECT_FOREGROUND, G2D_SELECT_BACKGROUND };
	struct g2d_list list;

	make_copy(d, &list);
	g2d_list_drop_buffer(&list, G2D_SRC_BASE_ADDR);
	assert_refused(d, &list);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make_copy(d, &list);
		g2d_list_add(&list, G2D_SRC_SELECT, bad[i]);
		assert_refused(d, &list);
	}
	for (size_t i = 0; i < sizeof(colors) / sizeof(colors[0]); i++) {
		make_copy(d, &list);
		g2d_list_add(&list, G2D_SRC_SELECT, colors[i]);
		assert_accepted(d, &list);
		g2d_list_drop_buffer(&list, G2D_SRC_BASE_ADDR);
		assert_accepted(d, &list);
		/* the last value is what the engine has */
		g2d_list_add(&list, G2D_SRC_SELECT, G2D_SELECT_NORMAL);
		assert_refused(d, &list);
	}

	/* what it is after a clear, nobody says */
	g2d_list_init(&list);
	g2d_list_add(&list, G2D_DST_STRIDE, G2D_STRIDE);
	g2d_list_add(&list, G2D_DST_RIGHT_BOTTOM, G2D_WIDTH | G2D_HEIGHT << 16);
	g2d_list_add_buffer(&list, G2D_DST_BASE_ADDR, d->image.handle);
	assert_refused(d, &list);
}

/* A solid fill, and that alone, has no source. */
static void
test_source_of_a_fill(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_list list;

	for (uint32_t bit = 1; bit != 0; bit <<= 1) {
		make_copy(d, &list);
		g2d_list_drop_buffer(&list, G2D_SRC_BASE_ADDR);
		g2d_list_add(&list, G2D_BITBLT_COMMAND, bit);
		assert_int_equal(g2d_submit(d->fd, &list),
				 bit == G2D_FAST_SOLID_FILL ? 0 : -EINVAL);
	}
	assert_int_equal(g2d_exec(d->fd, false), 0);

	make_fill(d, &list);
	assert_accepted(d, &list);
	g2d_list_add(&list, G2D_BITBLT_COMMAND, 0);
	assert_refused(d, &list);
}

/* NV12 from the image's first line on, with the second plane in its second half. */
static void
add_two_planes(struct g2d_list *list, uint32_t base, uint32_t color_mode, uint32_t handle)
{
	g2d_list_add(list, base + 0x08, G2D_WIDTH);
	g2d_list_add(list, base + 0x0c, color_mode);
	g2d_list_add_buffer(list, base + 0x18, handle);
}

static void
test_second_plane(void **state)
{
	struct g2d_device *d = *state;
	const uint32_t modes[] = { NV12, G2D_COLOR_MODE_YCBCR422 | G2D_COLOR_MODE_2_PLANES };
	const uint32_t bad[] = { G2D_COLOR_MODE_YCBCR420 | THREE_PLANES,
				 G2D_COLOR_MODE_YCBCR420 | PLANES_MASK };
	struct g2d_list list;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make_copy(d, &list);
		add_two_planes(&list, 0x0300, bad[i], d->image.handle);
		assert_refused(d, &list);
	}

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		make_copy(d, &list);
		add_two_planes(&list, 0x0300, modes[i], d->image.handle);
		assert_accepted(d, &list);
		g2d_list_drop_buffer(&list, G2D_SRC_PLANE2_BASE_ADDR);
		assert_refused(d, &list);
		/* not looked at, if the source is a color */
		g2d_list_add(&list, G2D_SRC_SELECT, G2D_SELECT_FOREGROUND);
		assert_accepted(d, &list);

		make_copy(d, &list);
		add_two_planes(&list, 0x0400, modes[i], d->image.handle);
		assert_accepted(d, &list);
		g2d_list_drop_buffer(&list, G2D_DST_PLANE2_BASE_ADDR);
		assert_refused(d, &list);
		g2d_list_add(&list, G2D_DST_SELECT, G2D_SELECT_BACKGROUND);
		assert_refused(d, &list);
		g2d_list_add(&list, G2D_BITBLT_COMMAND, G2D_FAST_SOLID_FILL);
		assert_refused(d, &list);
		g2d_list_add(&list, G2D_DST_COLOR_MODE, G2D_COLOR_MODE_ARGB8888);
		g2d_list_add(&list, G2D_DST_STRIDE, G2D_STRIDE);
		assert_accepted(d, &list);
	}

	/* one of them is not enough */
	make_copy(d, &list);
	add_two_planes(&list, 0x0300, NV12, d->image.handle);
	g2d_list_drop_buffer(&list, G2D_SRC_BASE_ADDR);
	assert_refused(d, &list);
}

/*
 * Memory that is named by its address is as good a buffer, and nothing is pinned if one is missing. A
 * page, which is contiguous also without an IOMMU.
 */
static void
test_user_memory(void **state)
{
	struct g2d_device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = g2d_map_descriptors();
	const struct g2d_box rows = { 0, 0, G2D_WIDTH, PAGE / G2D_STRIDE };
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const uint32_t bases[] = { G2D_SRC_BASE_ADDR, G2D_DST_BASE_ADDR };
	struct g2d_list list;

	assert_ptr_not_equal(memory, MAP_FAILED);
	*descriptor = (struct drm_exynos_g2d_userptr){ (unsigned long)memory, PAGE };
	for (int i = 0; i < 2; i++) {
		g2d_list_copy(&list, &d->image, &rows, &d->image, &rows);
		g2d_list_drop_buffer(&list, bases[i]);
		g2d_list_add_buffer(&list, bases[i] | (uint32_t)G2D_BUF_USERPTR,
				    (uint32_t)(uintptr_t)descriptor);
		assert_int_equal(g2d_submit(d->fd, &list), 0);
		assert_int_equal(g2d_exec(d->fd, false), 0);
		g2d_list_drop_buffer(&list, bases[!i]);
		for (int n = 0; n < 100; n++)
			assert_int_equal(g2d_submit(d->fd, &list), -EINVAL);
	}
	munmap(memory, PAGE);
	munmap(descriptor, sizeof(*descriptor));
}

/* Nothing checks the size of their buffers. */
static void
test_pattern_and_mask_buffers(void **state)
{
	struct g2d_device *d = *state;
	const uint32_t bases[] = { G2D_PAT_BASE_ADDR, G2D_MSK_BASE_ADDR };
	struct drm_exynos_g2d_userptr *descriptor = g2d_map_descriptors();
	struct g2d_list list;

	*descriptor = (struct drm_exynos_g2d_userptr){ (unsigned long)descriptor, 1 };
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		make_copy(d, &list);
		g2d_list_add_buffer(&list, bases[i], d->image.handle);
		assert_refused(d, &list);
		make_fill(d, &list);
		g2d_list_add_buffer(&list, bases[i] | (uint32_t)G2D_BUF_USERPTR,
				    (uint32_t)(uintptr_t)descriptor);
		assert_refused(d, &list);
	}
	munmap(descriptor, sizeof(*descriptor));
}

static void
test_masks(void **state)
{
	struct g2d_device *d = *state;
	const uint32_t masks[] = { G2D_MASK_ROP4, G2D_MASKING, G2D_MASK_ROP4 | G2D_MASKING,
				   G2D_MASKING | G2D_ALPHA_BLEND };
	struct g2d_list list;

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		make_copy(d, &list);
		g2d_list_add(&list, G2D_BITBLT_COMMAND, masks[i]);
		assert_refused(d, &list);
		g2d_list_add(&list, G2D_BITBLT_COMMAND, G2D_ALPHA_BLEND);
		assert_accepted(d, &list);
	}
}

/* A raster operation is a table of eight bits, which depends on the pattern if its halves differ. */
static void
test_raster_operations(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_list list;

	for (uint32_t rop = 0; rop <= 0xff; rop++) {
		const bool has_pattern = rop >> 4 != (rop & 0xf);
		const uint32_t both[] = { rop, rop << 8, rop | rop << 8, rop | G2D_ROP3_SRC << 8 };

		for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
			make_copy(d, &list);
			g2d_list_add(&list, G2D_ROP4, both[i]);
			assert_int_equal(g2d_submit(d->fd, &list), has_pattern ? -EINVAL : 0);
			/* it may be a color then, but what says so is not known */
			g2d_list_add(&list, G2D_THIRD_OPERAND, 0x11);
			assert_int_equal(g2d_submit(d->fd, &list), has_pattern ? -EINVAL : 0);
		}
		if (!has_pattern)
			assert_int_equal(g2d_exec(d->fd, false), 0);
	}

	/* the last value is what the engine has */
	make_copy(d, &list);
	g2d_list_add(&list, G2D_ROP4, G2D_ROP3_3RD);
	g2d_list_add(&list, G2D_ROP4, G2D_ROP3_SRC);
	assert_accepted(d, &list);
	g2d_list_add(&list, G2D_ROP4, G2D_ROP3_3RD);
	assert_refused(d, &list);
}

/* What the functions of libdrm's exynos/exynos_fimg2d.c send besides the images, and this project's. */
enum { NO_SOURCE = -1 };

static const struct {
	uint32_t dst_select;
	int src_select;
	struct drm_exynos_g2d_cmd more[8]; /* up to one without an offset */
} sent[] = {
	/* g2d_solid_fill() */
	{ G2D_SELECT_NORMAL,
	  NO_SOURCE,
	  { { G2D_SF_COLOR, 0xff123456 }, { G2D_BITBLT_COMMAND, G2D_FAST_SOLID_FILL } } },
	/* g2d_copy() */
	{ G2D_SELECT_BACKGROUND, G2D_SELECT_NORMAL, { { G2D_ROP4, G2D_ROP3_SRC } } },
	/* g2d_move() */
	{ G2D_SELECT_BACKGROUND,
	  G2D_SELECT_NORMAL,
	  { { G2D_SRC_MASK_DIRECT, 3 }, { G2D_DST_PAT_DIRECT, 3 }, { G2D_ROP4, G2D_ROP3_SRC } } },
	/* g2d_copy_with_scale(), with a color around it, and as a negative */
	{ G2D_SELECT_BACKGROUND,
	  G2D_SELECT_NORMAL,
	  { { G2D_SRC_REPEAT_MODE, 1 },
	    { G2D_SRC_PAD_VALUE, 0xff0000ff },
	    { G2D_ROP4, G2D_ROP3_SRC },
	    { G2D_SRC_SCALE_CTRL, 2 },
	    { G2D_SRC_XSCALE, 0x8000 },
	    { G2D_SRC_YSCALE, 0x8000 } } },
	{ G2D_SELECT_BACKGROUND,
	  G2D_SELECT_NORMAL,
	  { { G2D_SRC_REPEAT_MODE, 4 },
	    { G2D_BG_COLOR, 0x00ffffff },
	    { G2D_ROP4, G2D_ROP3_SRC ^ G2D_ROP3_DST } } },
	/* g2d_blend(): an image over another, a color over it, a color instead of it */
	{ G2D_SELECT_NORMAL,
	  G2D_SELECT_NORMAL,
	  { { G2D_BITBLT_COMMAND, G2D_ALPHA_BLEND }, { G2D_BLEND_FUNCTION, 0x00040200 } } },
	{ G2D_SELECT_NORMAL,
	  G2D_SELECT_FOREGROUND,
	  { { G2D_FG_COLOR, 0x80008000 },
	    { G2D_BITBLT_COMMAND, G2D_ALPHA_BLEND },
	    { G2D_BLEND_FUNCTION, 0x00040200 } } },
	{ G2D_SELECT_BACKGROUND,
	  G2D_SELECT_BACKGROUND,
	  { { G2D_BG_COLOR, 0x80800000 },
	    { G2D_BITBLT_COMMAND, G2D_ALPHA_BLEND },
	    { G2D_BLEND_FUNCTION, 0x00000100 } } },
	/* g2d_scale_and_blend() */
	{ G2D_SELECT_NORMAL,
	  G2D_SELECT_NORMAL,
	  { { G2D_SRC_SCALE_CTRL, 2 },
	    { G2D_SRC_XSCALE, 0x8000 },
	    { G2D_SRC_YSCALE, 0x8000 },
	    { G2D_BITBLT_COMMAND, G2D_ALPHA_BLEND },
	    { G2D_BLEND_FUNCTION, 0x00040200 } } },
	/* Samsung's X server: a fill, and a color of it through a raster operation */
	{ G2D_SELECT_FOREGROUND,
	  NO_SOURCE,
	  { { G2D_SF_COLOR, 0xff123456 }, { G2D_BITBLT_COMMAND, G2D_FAST_SOLID_FILL } } },
	{ G2D_SELECT_NORMAL,
	  G2D_SELECT_FOREGROUND,
	  { { G2D_FG_COLOR, 0xff123456 }, { G2D_ROP4, G2D_ROP3_SRC ^ G2D_ROP3_DST } } },
	/* what Samsung's kernel sets for a view that is turned, blended and cut */
	{ G2D_SELECT_NORMAL,
	  G2D_SELECT_NORMAL,
	  { { G2D_ROUND_MODE, 0x10 },
	    { G2D_ROTATE, 0x101 },
	    { G2D_ALPHA, 0x80808080 },
	    { G2D_CW_LEFT_TOP, 0 },
	    { G2D_CW_RIGHT_BOTTOM, 8000 | 8000u << 16 },
	    { G2D_BITBLT_COMMAND, 0x0f100100 },
	    { G2D_BLEND_FUNCTION, 0x0004a2a6 } } },
	/* a view with an alpha of its own */
	{ G2D_SELECT_NORMAL,
	  G2D_SELECT_NORMAL,
	  { { G2D_ALPHA, 0x80 },
	    { G2D_ROP4, G2D_ROP3_SRC },
	    { G2D_BITBLT_COMMAND, G2D_ALPHA_BLEND },
	    { G2D_BLEND_FUNCTION, 0x00042206 } } },
};

/* A quarter of the image; a color has all of it but the buffer. */
static void
add_image(struct g2d_list *list, uint32_t base, uint32_t select, int left)
{
	const uint32_t corner = (uint32_t)left | (uint32_t)left << 16;

	g2d_list_add(list, base, select);
	g2d_list_add(list, base + 0x0c, G2D_COLOR_MODE_ARGB8888);
	g2d_list_add(list, base + 0x08, G2D_STRIDE);
	g2d_list_add(list, base + 0x10, corner);
	g2d_list_add(list, base + 0x14, corner + (32 | 32 << 16));
}

static void
test_lists_of_libdrm(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_list list;

	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		g2d_list_init(&list);
		add_image(&list, G2D_DST_SELECT, sent[i].dst_select, 8);
		g2d_list_add_buffer(&list, G2D_DST_BASE_ADDR, d->image.handle);
		if (sent[i].src_select != NO_SOURCE)
			add_image(&list, G2D_SRC_SELECT, (uint32_t)sent[i].src_select, 0);
		if (sent[i].src_select == G2D_SELECT_NORMAL)
			g2d_list_add_buffer(&list, G2D_SRC_BASE_ADDR, d->image.handle);
		for (size_t j = 0; sent[i].more[j].offset != 0; j++)
			g2d_list_add(&list, sent[i].more[j].offset, sent[i].more[j].data);
		assert_accepted(d, &list);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, g2d_setup, g2d_teardown)
		TEST(test_list_without_any_buffer),
		TEST(test_destination),
		TEST(test_source),
		TEST(test_source_of_a_fill),
		TEST(test_second_plane),
		TEST(test_user_memory),
		TEST(test_pattern_and_mask_buffers),
		TEST(test_masks),
		TEST(test_raster_operations),
		TEST(test_lists_of_libdrm),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("buffers of G2D command lists", tests, NULL, NULL);
}
