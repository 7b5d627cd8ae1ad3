// SPDX-License-Identifier: MIT
/*
 * driver/g2d-list.c: which registers a blit sets. Offsets and values stand here as numbers, from
 * libdrm's exynos/fimg2d_reg.h, so that a wrong constant in driver/fimg2d_regs.h is found.
 */
#include <errno.h>

#include <drm_fourcc.h>

#include "fixture.h"
#include "g2d-list.h"

#define SRC_SELECT 0x0300
#define SRC_BASE 0x0304
#define SRC_STRIDE 0x0308
#define SRC_COLOR_MODE 0x030c
#define SRC_LEFT_TOP 0x0310
#define SRC_RIGHT_BOTTOM 0x0314
#define DST_SELECT 0x0400
#define DST_BASE 0x0404
#define DST_STRIDE 0x0408
#define DST_COLOR_MODE 0x040c
#define DST_LEFT_TOP 0x0410
#define DST_RIGHT_BOTTOM 0x0414
#define BITBLT_COMMAND 0x0104
#define BLEND_FUNCTION 0x0108
#define ROP4 0x0614
#define ALPHA 0x0618
#define FG_COLOR 0x0700
#define SF_COLOR 0x070c

/* As register words: y in the high half. */
#define XY(x, y) ((y) << 16 | (x))

static struct exup_g2d_image
make_image(struct fixture *fixture, uint32_t fourcc, uint32_t width, uint32_t height,
	   uint64_t offset_bytes)
{
	struct exup_g2d_image image = {
		.format = exup_format_get(fourcc),
		.width = width,
		.height = height,
		.stride = width * 4,
		.offset_bytes = offset_bytes,
	};

	assert_int_equal(exup_bo_create(fixture->device,
					offset_bytes + (uint64_t)image.stride * height, &image.bo),
			 0);
	return image;
}

static bool
sets(const struct exup_g2d_list *list, uint32_t offset)
{
	uint32_t i;

	for (i = 0; i < list->command_count; i++) {
		if (list->commands[i].offset == offset) {
			return true;
		}
	}
	return false;
}

static uint32_t
get(const struct exup_g2d_list *list, uint32_t offset)
{
	uint32_t i;

	for (i = 0; i < list->command_count; i++) {
		if (list->commands[i].offset == offset) {
			return list->commands[i].data;
		}
	}
	fail_msg("register 0x%04x is not set", offset);
	return 0;
}

static void
test_fill(void **state)
{
	struct exup_g2d_image dst = make_image(*state, DRM_FORMAT_XRGB8888, 640, 480, 0);
	const struct exup_box box = { 10, 20, 110, 220 };
	struct exup_g2d_list list;

	assert_int_equal(exup_g2d_list_fill(&list, &dst, &box, 0x80402010, EXUP_G2D_OP_SRC), 0);
	assert_int_equal(get(&list, DST_SELECT), 0);
	assert_int_equal(get(&list, DST_STRIDE), 2560);
	assert_int_equal(get(&list, DST_COLOR_MODE), 0);
	assert_int_equal(get(&list, DST_LEFT_TOP), XY(10, 20));
	assert_int_equal(get(&list, DST_RIGHT_BOTTOM), XY(110, 220));
	assert_int_equal(get(&list, SF_COLOR), 0x80402010);
	/* fast solid fill */
	assert_int_equal(get(&list, BITBLT_COMMAND), 1 << 28);
	assert_int_equal(list.base_count, 1);
	assert_int_equal(list.bases[0].offset, DST_BASE);
	assert_ptr_equal(list.bos[0], dst.bo);
	assert_false(sets(&list, SRC_SELECT));
	exup_bo_destroy(dst.bo);
}

static void
test_fill_over(void **state)
{
	struct exup_g2d_image dst = make_image(*state, DRM_FORMAT_ARGB8888, 64, 64, 0);
	const struct exup_box box = { 0, 0, 64, 64 };
	struct exup_g2d_list list;

	/* the source is the foreground colour, d = s + d (1 - as) */
	assert_int_equal(exup_g2d_list_fill(&list, &dst, &box, 0x40102030, EXUP_G2D_OP_OVER), 0);
	assert_int_equal(get(&list, SRC_SELECT), 1);
	assert_int_equal(get(&list, FG_COLOR), 0x40102030);
	assert_int_equal(get(&list, ROP4), 0xcccc);
	assert_int_equal(get(&list, DST_COLOR_MODE), 1);
	assert_int_equal(get(&list, BITBLT_COMMAND), 1 << 20);
	/* source one (0), destination source alpha (2 << 8), inverted (bit 18) */
	assert_int_equal(get(&list, BLEND_FUNCTION), 1 << 18 | 2 << 8);
	/* an opaque colour needs no blending */
	assert_int_equal(exup_g2d_list_fill(&list, &dst, &box, 0xff102030, EXUP_G2D_OP_OVER), 0);
	assert_int_equal(get(&list, BITBLT_COMMAND), 1 << 28);
	exup_bo_destroy(dst.bo);
}

static void
test_copy(void **state)
{
	struct exup_g2d_image dst = make_image(*state, DRM_FORMAT_XRGB8888, 640, 480, 0);
	struct exup_g2d_image src = make_image(*state, DRM_FORMAT_XRGB8888, 200, 100, 0);
	const struct exup_box box = { 300, 200, 400, 250 };
	struct exup_g2d_list list;

	assert_int_equal(exup_g2d_list_copy(&list, &dst, &box, &src, 100, 50, EXUP_G2D_OP_SRC, 255),
			 0);
	assert_int_equal(get(&list, SRC_SELECT), 0);
	assert_int_equal(get(&list, SRC_STRIDE), 800);
	assert_int_equal(get(&list, SRC_COLOR_MODE), 0);
	assert_int_equal(get(&list, SRC_LEFT_TOP), XY(100, 50));
	assert_int_equal(get(&list, SRC_RIGHT_BOTTOM), XY(200, 100));
	assert_int_equal(get(&list, DST_LEFT_TOP), XY(300, 200));
	assert_int_equal(get(&list, DST_RIGHT_BOTTOM), XY(400, 250));
	assert_false(sets(&list, BITBLT_COMMAND));
	assert_false(sets(&list, BLEND_FUNCTION));
	/* the source, whatever a mask says: its value after a reset is unknown */
	assert_int_equal(get(&list, ROP4), 0xcccc);
	assert_int_equal(list.base_count, 2);
	assert_int_equal(list.bases[0].offset, DST_BASE);
	assert_ptr_equal(list.bos[0], dst.bo);
	assert_int_equal(list.bases[1].offset, SRC_BASE);
	assert_ptr_equal(list.bos[1], src.bo);
	exup_bo_destroy(dst.bo);
	exup_bo_destroy(src.bo);
}

static void
test_copy_over(void **state)
{
	struct exup_g2d_image dst = make_image(*state, DRM_FORMAT_XRGB8888, 64, 64, 0);
	struct exup_g2d_image argb = make_image(*state, DRM_FORMAT_ARGB8888, 64, 64, 0);
	struct exup_g2d_image xrgb = make_image(*state, DRM_FORMAT_XRGB8888, 64, 64, 0);
	const struct exup_box box = { 0, 0, 64, 64 };
	struct exup_g2d_list list;

	assert_int_equal(exup_g2d_list_copy(&list, &dst, &box, &argb, 0, 0, EXUP_G2D_OP_OVER, 255),
			 0);
	assert_int_equal(get(&list, BITBLT_COMMAND), 1 << 20);
	assert_int_equal(get(&list, BLEND_FUNCTION), 1 << 18 | 2 << 8);
	assert_false(sets(&list, ALPHA));

	/* d = s g + d (1 - as g): source global alpha (6), destination alpha x global (2 << 12) */
	assert_int_equal(exup_g2d_list_copy(&list, &dst, &box, &argb, 0, 0, EXUP_G2D_OP_OVER, 100),
			 0);
	assert_int_equal(get(&list, ALPHA), 100);
	assert_int_equal(get(&list, BLEND_FUNCTION), 1 << 18 | 2 << 12 | 2 << 8 | 6);

	/* without alpha there is nothing to blend, unless the view has some */
	assert_int_equal(exup_g2d_list_copy(&list, &dst, &box, &xrgb, 0, 0, EXUP_G2D_OP_OVER, 255),
			 0);
	assert_false(sets(&list, BITBLT_COMMAND));
	assert_int_equal(exup_g2d_list_copy(&list, &dst, &box, &xrgb, 0, 0, EXUP_G2D_OP_OVER, 0),
			 0);
	assert_int_equal(get(&list, ALPHA), 0);
	assert_int_equal(get(&list, BITBLT_COMMAND), 1 << 20);
	exup_bo_destroy(dst.bo);
	exup_bo_destroy(argb.bo);
	exup_bo_destroy(xrgb.bo);
}

/* The engine takes no offset: the image is a part of a larger one that begins with the object. */
static void
test_offset_becomes_coordinates(void **state)
{
	struct exup_g2d_image dst = make_image(*state, DRM_FORMAT_XRGB8888, 640, 480, 0);
	struct exup_g2d_image src = make_image(*state, DRM_FORMAT_XRGB8888, 100, 100, 3 * 400 + 64);
	const struct exup_box box = { 0, 0, 50, 50 };
	struct exup_g2d_list list;

	assert_int_equal(exup_g2d_check_image(&src), 0);
	assert_int_equal(exup_g2d_list_copy(&list, &dst, &box, &src, 1, 2, EXUP_G2D_OP_SRC, 255),
			 0);
	assert_int_equal(get(&list, SRC_LEFT_TOP), XY(16 + 1, 3 + 2));
	assert_int_equal(get(&list, SRC_RIGHT_BOTTOM), XY(16 + 51, 3 + 52));
	exup_bo_destroy(dst.bo);
	exup_bo_destroy(src.bo);
}

static void
test_check_image(void **state)
{
	struct exup_g2d_image image = make_image(*state, DRM_FORMAT_XRGB8888, 8000, 10, 0);

	assert_int_equal(exup_g2d_check_image(&image), 0);
	/* one pixel in: its right edge would be at 8001, in a row that is long enough */
	image.stride = 32004;
	image.height = 8;
	image.offset_bytes = 4;
	assert_int_equal(exup_g2d_check_image(&image), -ERANGE);
	image.width = 7999;
	assert_int_equal(exup_g2d_check_image(&image), 0);
	image.offset_bytes = 2;
	assert_int_equal(exup_g2d_check_image(&image), -EINVAL);
	image.offset_bytes = 0;
	image.height = 11;
	assert_int_equal(exup_g2d_check_image(&image), -ERANGE);
	exup_bo_destroy(image.bo);

	/* one row in: its bottom would be at 8001 */
	image = make_image(*state, DRM_FORMAT_XRGB8888, 16, 8000, 64);
	assert_int_equal(exup_g2d_check_image(&image), -ERANGE);
	image.height = 7999;
	assert_int_equal(exup_g2d_check_image(&image), 0);
	exup_bo_destroy(image.bo);
}

static void
test_boxes(void **state)
{
	static const struct exup_box wrong[] = {
		{ -1, 0, 10, 10 },	{ 0, -1, 10, 10 },  { 0, 0, 65, 10 },
		{ 0, 0, 10, 65 },	{ 10, 0, 10, 10 },  { 0, 10, 10, 10 },
		{ 10, 0, 5, 10 },	{ 0, 10, 10, 5 },   { 0, 0, INT32_MAX, 10 },
		{ INT32_MIN, 0, 1, 1 }, { 64, 64, 65, 65 },
	};
	struct exup_g2d_image image = make_image(*state, DRM_FORMAT_XRGB8888, 64, 64, 0);
	struct exup_g2d_image src = make_image(*state, DRM_FORMAT_XRGB8888, 64, 64, 0);
	struct exup_g2d_list list;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(exup_g2d_list_fill(&list, &image, &wrong[i], 0, EXUP_G2D_OP_SRC),
				 -EINVAL);
		assert_int_equal(exup_g2d_list_copy(&list, &image, &wrong[i], &src, 0, 0,
						    EXUP_G2D_OP_SRC, 255),
				 -EINVAL);
	}
	exup_bo_destroy(image.bo);
	exup_bo_destroy(src.bo);
}

static void
test_source_position(void **state)
{
	static const int32_t wrong[][2] = {
		{ -1, 0 }, { 0, -1 }, { 1, 0 }, { 0, 1 }, { INT32_MAX, 0 }, { 0, INT32_MIN },
	};
	struct exup_g2d_image dst = make_image(*state, DRM_FORMAT_XRGB8888, 64, 64, 0);
	struct exup_g2d_image src = make_image(*state, DRM_FORMAT_XRGB8888, 64, 64, 0);
	const struct exup_box box = { 0, 0, 64, 64 };
	struct exup_g2d_list list;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(exup_g2d_list_copy(&list, &dst, &box, &src, wrong[i][0],
						    wrong[i][1], EXUP_G2D_OP_SRC, 255),
				 -EINVAL);
	}
	/* global alpha without blending is a mistake of the caller */
	assert_int_equal(exup_g2d_list_copy(&list, &dst, &box, &src, 0, 0, EXUP_G2D_OP_SRC, 254),
			 -EINVAL);
	exup_bo_destroy(dst.bo);
	exup_bo_destroy(src.bo);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fill),
		TEST(test_fill_over),
		TEST(test_copy),
		TEST(test_copy_over),
		TEST_WITHOUT_SUBMIT(test_offset_becomes_coordinates),
		TEST_WITHOUT_SUBMIT(test_check_image),
		TEST(test_boxes),
		TEST(test_source_position),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
