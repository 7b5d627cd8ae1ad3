// SPDX-License-Identifier: MIT
/* driver/format.c: the table, and the check of sizes that a client sends. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <drm_fourcc.h>

#include "format.h"

static const struct exup_format *
xrgb(void)
{
	return exup_format_get(DRM_FORMAT_XRGB8888);
}

static void
test_table(void **state)
{
	const struct exup_format *list;
	size_t count, i;

	(void)state;
	list = exup_format_list(&count);
	assert_true(count >= 2);
	for (i = 0; i < count; i++) {
		assert_ptr_equal(exup_format_get(list[i].fourcc), &list[i]);
		assert_true(list[i].bytes_per_pixel > 0);
		assert_non_null(list[i].name);
	}
	/* COLOR_MODE: format in bits 3:0 (0 XRGB8888, 1 ARGB8888), order AXRGB = 0 in bits 5:4 */
	assert_int_equal(xrgb()->g2d_color_mode, 0);
	assert_false(xrgb()->has_alpha);
	assert_int_equal(exup_format_get(DRM_FORMAT_ARGB8888)->g2d_color_mode, 1);
	assert_true(exup_format_get(DRM_FORMAT_ARGB8888)->has_alpha);
	assert_int_equal(exup_format_get(DRM_FORMAT_ARGB8888)->bytes_per_pixel, 4);
}

static void
test_unknown_format(void **state)
{
	(void)state;
	assert_null(exup_format_get(0));
	assert_null(exup_format_get(DRM_FORMAT_NV12));
	assert_null(exup_format_get(UINT32_MAX));
}

static void
test_fitting_images(void **state)
{
	(void)state;
	assert_int_equal(exup_format_check_image(xrgb(), 1, 1, 4, 0, 4), 0);
	assert_int_equal(exup_format_check_image(xrgb(), 100, 10, 400, 0, 4000), 0);
	/* the gap after the last row need not be there */
	assert_int_equal(exup_format_check_image(xrgb(), 100, 10, 4096, 0, 9 * 4096 + 400), 0);
	assert_int_equal(exup_format_check_image(xrgb(), 100, 10, 400, 96, 4096), 0);
	assert_int_equal(exup_format_check_image(xrgb(), 8000, 8000, 32000, 0, 256000000), 0);
}

static void
test_sides(void **state)
{
	(void)state;
	assert_int_equal(exup_format_check_image(xrgb(), 0, 1, 4, 0, 4096), -EINVAL);
	assert_int_equal(exup_format_check_image(xrgb(), 1, 0, 4, 0, 4096), -EINVAL);
	/* G2D_LEN_MAX of the kernel driver */
	assert_int_equal(exup_format_check_image(xrgb(), 8001, 1, 32004, 0, 1 << 20), -EINVAL);
	assert_int_equal(exup_format_check_image(xrgb(), 1, 8001, 4, 0, 1 << 20), -EINVAL);
	/* width * 4 is 4, with 32 bits */
	assert_int_equal(exup_format_check_image(xrgb(), 0x40000001, 1, 4, 0, 4096), -EINVAL);
}

static void
test_stride(void **state)
{
	(void)state;
	assert_int_equal(exup_format_check_image(xrgb(), 100, 2, 399, 0, 4096), -EINVAL);
	assert_int_equal(exup_format_check_image(xrgb(), 100, 2, 396, 0, 4096), -EINVAL);
	assert_int_equal(exup_format_check_image(xrgb(), 100, 2, 402, 0, 4096), -EINVAL);
	assert_int_equal(exup_format_check_image(xrgb(), 100, 2, 0, 0, 4096), -EINVAL);
	/* the register has 16 bits, and the kernel driver takes 15 */
	assert_int_equal(exup_format_check_image(xrgb(), 1, 1, 0x7ffc, 0, 4096), 0);
	assert_int_equal(exup_format_check_image(xrgb(), 1, 1, 0x8000, 0, 4096), -EINVAL);
	assert_int_equal(exup_format_check_image(xrgb(), 1, 1, 0xfffc, 0, 4096), -EINVAL);
	assert_int_equal(exup_format_check_image(xrgb(), 1, 1, 0x10000, 0, 4096), -EINVAL);
	/* negative, for who counts in int */
	assert_int_equal(exup_format_check_image(xrgb(), 1, 1, 0x80000000, 0, 4096), -EINVAL);
}

static void
test_end_of_memory(void **state)
{
	(void)state;
	assert_int_equal(exup_format_check_image(xrgb(), 100, 10, 400, 0, 3999), -ERANGE);
	assert_int_equal(exup_format_check_image(xrgb(), 100, 10, 400, 100, 4096), -ERANGE);
	assert_int_equal(exup_format_check_image(xrgb(), 1, 1, 4, 4, 4), -ERANGE);
	assert_int_equal(exup_format_check_image(xrgb(), 1, 1, 4, 8, 4), -ERANGE);
	assert_int_equal(exup_format_check_image(xrgb(), 1, 1, 4, 0, 0), -ERANGE);
}

static void
test_overflows(void **state)
{
	const uint32_t big_stride = 0x7ffc;

	(void)state;
	/* the sum of offset and size wraps */
	assert_int_equal(exup_format_check_image(xrgb(), 100, 10, 400, UINT64_MAX - 3, UINT64_MAX),
			 -ERANGE);
	assert_int_equal(exup_format_check_image(xrgb(), 1, 2, 4, UINT64_MAX - 3, 4096), -ERANGE);
	/* the largest image that there is */
	assert_int_equal(exup_format_check_image(xrgb(), 1, 8000, big_stride, 0,
						 (uint64_t)7999 * big_stride + 4),
			 0);
	assert_int_equal(exup_format_check_image(xrgb(), 1, 8000, big_stride, 0,
						 (uint64_t)7999 * big_stride + 3),
			 -ERANGE);
}

static void
test_offset(void **state)
{
	(void)state;
	assert_int_equal(exup_format_check_image(xrgb(), 1, 1, 4, 1, 4096), -EINVAL);
	assert_int_equal(exup_format_check_image(xrgb(), 1, 1, 4, 4092, 4096), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),	       cmocka_unit_test(test_unknown_format),
		cmocka_unit_test(test_fitting_images), cmocka_unit_test(test_sides),
		cmocka_unit_test(test_stride),	       cmocka_unit_test(test_end_of_memory),
		cmocka_unit_test(test_overflows),      cmocka_unit_test(test_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
