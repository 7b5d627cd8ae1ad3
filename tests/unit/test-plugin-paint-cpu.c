// SPDX-License-Identifier: MIT
/* compositor-plugin/paint-cpu.c: what it reads of a content is within the box that it asks for. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "paint.h"
#include "skip.h"

#define SIDE 80
#define ROUNDS 400
#define JUNK 0xffff00ffu

/* What the content shows; and whether all that was not asked for is junk instead. */
static uint32_t source[SIDE][SIDE];
static uint32_t source_copy[SIDE][SIDE];
static bool has_junk;
static struct exup_box asked;

/* Shown instead, if there is one. */
static pixman_image_t *large;

pixman_image_t *
exup_plugin_content_begin_cpu(struct exup_plugin_content *content, const struct exup_box *box)
{
	int x, y;

	(void)content;
	asked = *box;
	if (large) {
		return pixman_image_ref(large);
	}
	for (y = 0; y < SIDE; y++) {
		for (x = 0; x < SIDE; x++) {
			source_copy[y][x] = has_junk && (x < box->x1 || x >= box->x2 ||
							 y < box->y1 || y >= box->y2) ?
						    JUNK :
						    source[y][x];
		}
	}
	return pixman_image_create_bits_no_clear(PIXMAN_a8r8g8b8, SIDE, SIDE, &source_copy[0][0],
						 SIDE * 4);
}

void
exup_plugin_content_end_cpu(struct exup_plugin_content *content, const struct exup_box *box,
			    pixman_image_t *pixels)
{
	(void)content;
	assert_memory_equal(box, &asked, sizeof(asked));
	pixman_image_unref(pixels);
}

static void
paint(const struct exup_plugin_item *item, bool junk, uint32_t target[SIDE][SIDE])
{
	pixman_image_t *pixels;

	memset(target, 0x40, SIDE * SIDE * 4);
	pixels = pixman_image_create_bits_no_clear(PIXMAN_x8r8g8b8, SIDE, SIDE, &target[0][0],
						   SIDE * 4);
	assert_non_null(pixels);
	has_junk = junk;
	assert_true(exup_plugin_paint_item_cpu(item, &item->output_region, pixels));
	pixman_image_unref(pixels);
}

/* Pictures of both are the same, so that nothing was read that was not asked for. */
static void
assert_reads_box(const struct exup_plugin_item *item)
{
	static uint32_t with[SIDE][SIDE], without[SIDE][SIDE];

	paint(item, false, without);
	paint(item, true, with);
	assert_memory_equal(with, without, sizeof(with));
	assert_true(asked.x1 >= 0 && asked.x1 < asked.x2 && asked.x2 <= SIDE);
	assert_true(asked.y1 >= 0 && asked.y1 < asked.y2 && asked.y2 <= SIDE);
}

static double
random_between(double least, double most)
{
	return least + (most - least) * rand() / RAND_MAX;
}

static void
set_region(pixman_region32_t *region)
{
	int x = rand() % SIDE, y = rand() % SIDE;

	pixman_region32_fini(region);
	pixman_region32_init_rect(region, x, y, (unsigned int)(1 + rand() % (SIDE - x)),
				  (unsigned int)(1 + rand() % (SIDE - y)));
}

static void
set_transform(struct exup_plugin_item *item)
{
	static const double turns[] = { 0, M_PI / 2, M_PI, 0.3, 2.0, 5.5 };
	double turn = turns[rand() % 6], scale = random_between(0.2, 4);
	struct pixman_f_transform transform;

	pixman_f_transform_init_identity(&transform);
	pixman_f_transform_translate(&transform, NULL, -SIDE / 2.0, -SIDE / 2.0);
	pixman_f_transform_rotate(&transform, NULL, cos(turn), sin(turn));
	pixman_f_transform_scale(&transform, NULL, rand() % 4 ? scale : -scale, scale);
	/* also such that all of it comes from beyond an edge */
	pixman_f_transform_translate(&transform, NULL, random_between(-SIDE, 2 * SIDE),
				     random_between(-SIDE, 2 * SIDE));
	if (rand() % 8 == 0) {
		transform.m[2][0] = random_between(-0.002, 0.002);
	}
	assert_true(pixman_transform_from_pixman_f_transform(&item->output_to_buffer, &transform));
}

static void
test_reads_what_it_asks_for(void **state)
{
	struct exup_plugin_content content = {
		.kind = EXUP_PLUGIN_CONTENT_UPLOAD,
		.width = SIDE,
		.height = SIDE,
	};
	struct exup_plugin_item item = { .content = &content };
	unsigned int whole = 0;
	int round, i;

	(void)state;
	srand(161803);
	for (i = 0; i < SIDE * SIDE; i++) {
		(&source[0][0])[i] = 0xff000000u | ((uint32_t)rand() & 0xffff);
	}
	pixman_region32_init(&item.output_region);
	pixman_region32_init(&item.source_clip);
	for (round = 0; round < ROUNDS; round++) {
		item.alpha = rand() % 2 ? 0xffff : 0x8000;
		item.op = rand() % 2 ? PIXMAN_OP_SRC : PIXMAN_OP_OVER;
		item.bilinear = rand() % 2;
		item.has_source_clip = rand() % 4 == 0;
		set_region(&item.output_region);
		set_region(&item.source_clip);
		set_transform(&item);
		assert_reads_box(&item);
		whole += asked.x2 - asked.x1 == SIDE && asked.y2 - asked.y1 == SIDE;
	}
	/* or else it would be no use */
	assert_true(whole < ROUNDS / 2);
	pixman_region32_fini(&item.output_region);
	pixman_region32_fini(&item.source_clip);
}

/* An image whose bytes are more than an int holds, of which there is one row in memory. */
static void
test_image_beyond_2_gib(void **state)
{
	const int stride = 32000 * 4, height = 20000, y = 19000;
	const size_t size_bytes = (size_t)stride * height;
	static uint32_t target[SIDE][SIDE];
	struct exup_plugin_content content = {
		.kind = EXUP_PLUGIN_CONTENT_UPLOAD,
		.width = SIDE,
		.height = height,
	};
	struct exup_plugin_item item = {
		.content = &content,
		.op = PIXMAN_OP_OVER,
		.alpha = 0xffff,
		.has_source_clip = true,
	};
	uint8_t *memory;
	int x;

	(void)state;
	if (sizeof(void *) < 8) {
		skip_because("no image of 32 bits is that large");
	}
	memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	for (x = 0; x < SIDE; x++) {
		((uint32_t *)(memory + (size_t)y * stride))[x] = 0xff112233u;
	}
	large = pixman_image_create_bits_no_clear(PIXMAN_a8r8g8b8, SIDE, height, (uint32_t *)memory,
						  stride);
	assert_non_null(large);
	pixman_transform_init_translate(&item.output_to_buffer, 0, pixman_int_to_fixed(y));
	pixman_region32_init_rect(&item.output_region, 0, 0, SIDE, SIDE);
	pixman_region32_init_rect(&item.source_clip, 0, y, SIDE, 1);
	paint(&item, false, target);
	assert_int_equal(target[0][0], 0xff112233u);
	assert_int_equal(target[0][SIDE - 1], 0xff112233u);
	assert_int_not_equal(target[1][0], 0xff112233u);
	pixman_region32_fini(&item.output_region);
	pixman_region32_fini(&item.source_clip);
	pixman_image_unref(large);
	large = NULL;
	munmap(memory, size_bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_it_asks_for),
		cmocka_unit_test(test_image_beyond_2_gib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
