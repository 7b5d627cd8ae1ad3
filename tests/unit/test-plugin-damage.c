// SPDX-License-Identifier: MIT
/* compositor-plugin/damage.c: nothing is left out, nothing costs more, and the rule for two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "damage.h"

#define PRICE 4096
#define WIDTH 1360
#define HEIGHT 768

static uint64_t
get_price(pixman_region32_t *region)
{
	const pixman_box32_t *boxes;
	uint64_t price = 0;
	int count, i;

	boxes = pixman_region32_rectangles(region, &count);
	for (i = 0; i < count; i++) {
		price += (uint64_t)(boxes[i].x2 - boxes[i].x1) *
				 (uint64_t)(boxes[i].y2 - boxes[i].y1) +
			 PRICE;
	}
	return price;
}

static int
count_boxes(pixman_region32_t *region)
{
	return pixman_region32_n_rects(region);
}

static void
assert_covers(pixman_region32_t *region, pixman_region32_t *part)
{
	pixman_region32_t rest;

	pixman_region32_init(&rest);
	pixman_region32_subtract(&rest, part, region);
	assert_false(pixman_region32_not_empty(&rest));
	pixman_region32_fini(&rest);
}

static void
assert_same_extents(pixman_region32_t *a, pixman_region32_t *b)
{
	assert_memory_equal(pixman_region32_extents(a), pixman_region32_extents(b),
			    sizeof(pixman_box32_t));
}

/* Simplifies, and checks what always holds. */
static void
simplify(pixman_region32_t *region)
{
	pixman_region32_t before;

	pixman_region32_init(&before);
	pixman_region32_copy(&before, region);
	exup_plugin_damage_simplify(region, PRICE);
	assert_covers(region, &before);
	assert_same_extents(region, &before);
	assert_true(get_price(region) <= get_price(&before));
	assert_true(count_boxes(region) <= count_boxes(&before));
	pixman_region32_fini(&before);
}

static void
test_two_rectangles(void **state)
{
	pixman_region32_t region;

	(void)state;
	/* beside each other, a gap of 64 columns by 64 rows: exactly what a rectangle is worth */
	pixman_region32_init_rect(&region, 0, 0, 64, 64);
	pixman_region32_union_rect(&region, &region, 128, 0, 64, 64);
	simplify(&region);
	assert_int_equal(count_boxes(&region), 1);
	pixman_region32_fini(&region);

	/* one column more */
	pixman_region32_init_rect(&region, 0, 0, 64, 64);
	pixman_region32_union_rect(&region, &region, 129, 0, 64, 64);
	simplify(&region);
	assert_int_equal(count_boxes(&region), 2);
	pixman_region32_fini(&region);
}

static void
test_nothing_to_do(void **state)
{
	pixman_region32_t region;

	(void)state;
	pixman_region32_init(&region);
	simplify(&region);
	assert_int_equal(count_boxes(&region), 0);
	pixman_region32_union_rect(&region, &region, 7, 8, 9, 10);
	simplify(&region);
	assert_int_equal(count_boxes(&region), 1);
	pixman_region32_fini(&region);
}

/* A window with something in each corner of the screen is not the whole screen. */
static void
test_far_corners(void **state)
{
	pixman_region32_t region;

	(void)state;
	pixman_region32_init_rect(&region, 0, 0, 40, 40);
	pixman_region32_union_rect(&region, &region, WIDTH - 40, 0, 40, 40);
	pixman_region32_union_rect(&region, &region, 0, HEIGHT - 40, 40, 40);
	pixman_region32_union_rect(&region, &region, WIDTH - 40, HEIGHT - 40, 40, 40);
	simplify(&region);
	assert_int_equal(count_boxes(&region), 4);
	pixman_region32_fini(&region);
}

/* Ten things that have moved, damaged where they were and where they are. */
static void
test_scattered(void **state)
{
	pixman_region32_t region;
	int before = 0, after = 0, round, i;

	(void)state;
	srand(1);
	for (round = 0; round < 100; round++) {
		pixman_region32_init(&region);
		for (i = 0; i < 10; i++) {
			int x = rand() % (WIDTH - 80), y = rand() % (HEIGHT - 80);

			pixman_region32_union_rect(&region, &region, x, y, 64, 64);
			pixman_region32_union_rect(&region, &region, x + 7, y + 5, 64, 64);
		}
		before += count_boxes(&region);
		simplify(&region);
		after += count_boxes(&region);
		pixman_region32_fini(&region);
	}
	/* the bands are what is saved */
	assert_true(after < before / 2);
}

static void
test_random(void **state)
{
	pixman_region32_t region;
	int round, i, count;

	(void)state;
	srand(2);
	for (round = 0; round < 2000; round++) {
		pixman_region32_init(&region);
		count = rand() % (round % 20 == 0 ? 400 : 30);
		for (i = 0; i < count; i++) {
			pixman_region32_union_rect(&region, &region, rand() % WIDTH,
						   rand() % HEIGHT, 1 + (unsigned int)rand() % 100,
						   1 + (unsigned int)rand() % 100);
		}
		simplify(&region);
		pixman_region32_fini(&region);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_rectangles), cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_far_corners),    cmocka_unit_test(test_scattered),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
