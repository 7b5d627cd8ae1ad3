// SPDX-License-Identifier: MIT
/*
 * The virtual FIMG2D's pixel work against pixman.
 *
 * Copies are exact. Blends are exact too: both round products to nearest and saturate sums, and a
 * difference of even 1 is a change of the model. Only bilinear scaling may differ by 1, where
 * pixman's SIMD code rounds at other places than its C code.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <pixman.h>

#include "regs.h"
#include "test-fimg2d-memory.h"

/* Larger than a span, and such that rows begin at all places within a page. */
#define WIDTH 1100
#define HEIGHT 37
#define STRIDE (WIDTH * 4 + 12)
#define SOURCE_ADDRESS (MEMORY_BASE + 0x1000)
#define TARGET_ADDRESS (MEMORY_BASE + 0x100000)

struct box {
	int left, top, right, bottom;
};

static uint32_t
point(int x, int y)
{
	return (uint32_t)y << 16 | (uint32_t)x;
}

static void
set(struct memory *memory, uint32_t offset, uint32_t value)
{
	fimg2d_engine_write(&memory->engine, offset, value);
}

/* base_offset is FIMG2D_SRC_SELECT or FIMG2D_DST_SELECT */
static void
set_image(struct memory *memory, uint32_t base_offset, uint32_t address, uint32_t mode,
	  const struct box *box)
{
	uint32_t base = base_offset - FIMG2D_SRC_SELECT;

	set(memory, base + FIMG2D_SRC_BASE_ADDR, address);
	set(memory, base + FIMG2D_SRC_STRIDE, STRIDE);
	set(memory, base + FIMG2D_SRC_COLOR_MODE, mode);
	set(memory, base + FIMG2D_SRC_LEFT_TOP, point(box->left, box->top));
	set(memory, base + FIMG2D_SRC_RIGHT_BOTTOM, point(box->right, box->bottom));
}

static void
blit(struct memory *memory)
{
	uint64_t blits = memory->engine.counters.blits;

	fimg2d_bitblt(&memory->engine);
	assert_int_equal(memory->engine.counters.unsupported, 0);
	assert_int_equal(memory->engine.counters.blits, blits + 1);
}

static uint8_t *
at(const struct memory *memory, uint32_t address)
{
	return memory->bytes + (address - MEMORY_BASE);
}

/* Random pixels; premultiplied ones, so that no sum overflows, if @premultiplied. */
static void
randomise(struct memory *memory, uint32_t address, bool premultiplied)
{
	uint32_t x, y, pixel, alpha, shift;

	for (y = 0; y < HEIGHT; y++) {
		for (x = 0; x < STRIDE / 4; x++) {
			pixel = memory_random(memory);
			/* edges are where the bugs are */
			if (memory_random(memory) % 8 == 0)
				pixel |= 0xff000000;
			if (memory_random(memory) % 8 == 0)
				pixel &= 0x00ffffff;
			alpha = pixel >> 24;
			for (shift = 0; premultiplied && shift < 24; shift += 8) {
				uint32_t channel = (pixel >> shift & 0xff) * alpha / 255;

				pixel = (pixel & ~(0xffu << shift)) | channel << shift;
			}
			memcpy(at(memory, address) + y * STRIDE + x * 4, &pixel, 4);
		}
	}
}

static pixman_image_t *
reference_image(pixman_format_code_t format, const uint8_t *bytes)
{
	uint32_t *copy = malloc(HEIGHT * STRIDE);

	memcpy(copy, bytes, HEIGHT * STRIDE);
	return pixman_image_create_bits(format, WIDTH, HEIGHT, copy, STRIDE);
}

static void
destroy_image(pixman_image_t *image)
{
	free(pixman_image_get_data(image));
	pixman_image_unref(image);
}

/* Compares whole targets, padding included; bits that are not in @mask do not count. */
static void
assert_target_equal(const struct memory *memory, pixman_image_t *reference, uint32_t mask,
		    int tolerance)
{
	const uint8_t *expected = (const uint8_t *)pixman_image_get_data(reference);
	const uint8_t *actual = at(memory, TARGET_ADDRESS);
	const uint8_t *mask_bytes = (const uint8_t *)&mask;
	int i, difference;

	for (i = 0; i < HEIGHT * STRIDE; i++) {
		difference = (actual[i] & mask_bytes[i % 4]) - (expected[i] & mask_bytes[i % 4]);
		if (abs(difference) <= tolerance)
			continue;
		fail_msg("x %d y %d byte %d: %#x instead of %#x", i % STRIDE / 4, i / STRIDE, i % 4,
			 actual[i], expected[i]);
	}
}

/* A random box of that size at most. */
static struct box
random_box(struct memory *memory, int width, int height)
{
	struct box box = {
		.left = memory_random(memory) % width,
		.top = memory_random(memory) % height,
	};

	box.right = box.left + 1 + memory_random(memory) % (width - box.left);
	box.bottom = box.top + 1 + memory_random(memory) % (height - box.top);
	return box;
}

/* A target box as large as the source's, elsewhere. */
static struct box
moved_box(struct memory *memory, const struct box *box)
{
	int width = box->right - box->left, height = box->bottom - box->top;
	struct box moved = {
		.left = memory_random(memory) % (WIDTH - width + 1),
		.top = memory_random(memory) % (HEIGHT - height + 1),
	};

	moved.right = moved.left + width;
	moved.bottom = moved.top + height;
	return moved;
}

static void
test_fill(void **state)
{
	static const struct {
		uint32_t mode, expected;
	} cases[] = {
		{ FIMG2D_FMT_ARGB8888, 0x11223344 },
		{ FIMG2D_FMT_XRGB8888, 0xff223344 },
		{ FIMG2D_FMT_ARGB8888 | FIMG2D_ORDER_RGBAX << 4, 0x22334411 },
		{ FIMG2D_FMT_ARGB8888 | FIMG2D_ORDER_AXBGR << 4, 0x11443322 },
		{ FIMG2D_FMT_ARGB8888 | FIMG2D_ORDER_BGRAX << 4, 0x44332211 },
		{ FIMG2D_FMT_XRGB8888 | FIMG2D_ORDER_RGBAX << 4, 0x223344ff },
	};
	const struct box box = { 3, 2, 1097, 30 };
	struct memory *memory = *state;
	pixman_image_t *reference;
	unsigned int i, x, y;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		randomise(memory, TARGET_ADDRESS, false);
		reference = reference_image(PIXMAN_a8r8g8b8, at(memory, TARGET_ADDRESS));
		for (y = 2; y < 30; y++) {
			for (x = 3; x < 1097; x++)
				pixman_image_get_data(reference)[y * STRIDE / 4 + x] =
					cases[i].expected;
		}
		set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, cases[i].mode, &box);
		set(memory, FIMG2D_BITBLT_COMMAND, FIMG2D_CMD_FAST_SOLID_FILL);
		set(memory, FIMG2D_SF_COLOR, 0x11223344);
		blit(memory);
		assert_target_equal(memory, reference, 0xffffffff, 0);
		destroy_image(reference);
	}
}

static void
test_copy(void **state)
{
	static const struct {
		uint32_t source_mode, target_mode;
		pixman_format_code_t source, target;
		uint32_t mask;
	} cases[] = {
		{ FIMG2D_FMT_XRGB8888, FIMG2D_FMT_XRGB8888, PIXMAN_x8r8g8b8, PIXMAN_x8r8g8b8,
		  0x00ffffff },
		{ FIMG2D_FMT_XRGB8888, FIMG2D_FMT_ARGB8888, PIXMAN_x8r8g8b8, PIXMAN_a8r8g8b8,
		  0xffffffff },
		{ FIMG2D_FMT_ARGB8888, FIMG2D_FMT_XRGB8888, PIXMAN_a8r8g8b8, PIXMAN_x8r8g8b8,
		  0x00ffffff },
		{ FIMG2D_FMT_ARGB8888, FIMG2D_FMT_ARGB8888 | FIMG2D_ORDER_AXBGR << 4,
		  PIXMAN_a8r8g8b8, PIXMAN_a8b8g8r8, 0xffffffff },
		{ FIMG2D_FMT_ARGB8888 | FIMG2D_ORDER_RGBAX << 4,
		  FIMG2D_FMT_ARGB8888 | FIMG2D_ORDER_BGRAX << 4, PIXMAN_r8g8b8a8, PIXMAN_b8g8r8a8,
		  0xffffffff },
		{ FIMG2D_FMT_RGB565, FIMG2D_FMT_ARGB8888, PIXMAN_r5g6b5, PIXMAN_a8r8g8b8,
		  0xffffffff },
		{ FIMG2D_FMT_ARGB8888, FIMG2D_FMT_RGB565, PIXMAN_a8r8g8b8, PIXMAN_r5g6b5,
		  0xffffffff },
		{ FIMG2D_FMT_RGB565 | FIMG2D_ORDER_AXBGR << 4, FIMG2D_FMT_ARGB8888, PIXMAN_b5g6r5,
		  PIXMAN_a8r8g8b8, 0xffffffff },
	};
	struct memory *memory = *state;
	pixman_image_t *source, *target;
	struct box from, to;
	unsigned int i, round;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (round = 0; round < 20; round++) {
			randomise(memory, SOURCE_ADDRESS, false);
			/* X bytes are not compared, but pixman leaves those outside alone */
			randomise(memory, TARGET_ADDRESS, false);
			from = random_box(memory, WIDTH, HEIGHT);
			to = moved_box(memory, &from);
			source = reference_image(cases[i].source, at(memory, SOURCE_ADDRESS));
			target = reference_image(cases[i].target, at(memory, TARGET_ADDRESS));
			pixman_image_composite32(PIXMAN_OP_SRC, source, NULL, target, from.left,
						 from.top, 0, 0, to.left, to.top,
						 from.right - from.left, from.bottom - from.top);
			set_image(memory, FIMG2D_SRC_SELECT, SOURCE_ADDRESS, cases[i].source_mode,
				  &from);
			set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, cases[i].target_mode,
				  &to);
			blit(memory);
			assert_target_equal(memory, target, cases[i].mask, 0);
			destroy_image(source);
			destroy_image(target);
		}
	}
}

/* The X byte of what is written says opaque, whatever the source's alpha is. */
static void
test_unused_bits_are_ones(void **state)
{
	const struct box box = { 0, 0, 16, 16 };
	struct memory *memory = *state;
	unsigned int x, y;

	randomise(memory, SOURCE_ADDRESS, false);
	set_image(memory, FIMG2D_SRC_SELECT, SOURCE_ADDRESS, FIMG2D_FMT_ARGB8888, &box);
	set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, FIMG2D_FMT_XRGB8888, &box);
	blit(memory);
	for (y = 0; y < 16; y++) {
		for (x = 0; x < 16; x++)
			assert_int_equal(at(memory, TARGET_ADDRESS)[y * STRIDE + x * 4 + 3], 0xff);
	}
}

#define BLEND_FUNCTION_OVER                              \
	(FIMG2D_COEFF_ONE << FIMG2D_BF_SRC_COEFF_SHIFT | \
	 FIMG2D_COEFF_SRC_ALPHA << FIMG2D_BF_DST_COEFF_SHIFT | FIMG2D_BF_DST_INVERT)

#define BLEND_FUNCTION_OVER_GLOBAL                                                            \
	(FIMG2D_COEFF_GLOBAL_ALPHA << FIMG2D_BF_SRC_COEFF_SHIFT |                             \
	 FIMG2D_COEFF_SRC_ALPHA << FIMG2D_BF_DST_COEFF_SHIFT |                                \
	 FIMG2D_ALPHA_MUL_GLOBAL << (FIMG2D_BF_DST_COEFF_SHIFT + FIMG2D_BF_SRC_ALPHA_SHIFT) | \
	 FIMG2D_BF_DST_INVERT)

/* Pixman's OVER with a mask of one alpha is what a view's alpha means in Weston. */
static void
check_over(struct memory *memory, uint32_t source_mode, pixman_format_code_t source_format,
	   uint32_t target_mode, pixman_format_code_t target_format, int global_alpha)
{
	pixman_color_t color = { .alpha = global_alpha * 0x101 };
	struct box from = random_box(memory, WIDTH, HEIGHT), to = moved_box(memory, &from);
	pixman_image_t *source, *target, *mask = NULL;

	randomise(memory, SOURCE_ADDRESS, true);
	randomise(memory, TARGET_ADDRESS, true);
	source = reference_image(source_format, at(memory, SOURCE_ADDRESS));
	target = reference_image(target_format, at(memory, TARGET_ADDRESS));
	if (global_alpha >= 0)
		mask = pixman_image_create_solid_fill(&color);
	pixman_image_composite32(PIXMAN_OP_OVER, source, mask, target, from.left, from.top, 0, 0,
				 to.left, to.top, from.right - from.left, from.bottom - from.top);
	set_image(memory, FIMG2D_SRC_SELECT, SOURCE_ADDRESS, source_mode, &from);
	set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, target_mode, &to);
	set(memory, FIMG2D_BITBLT_COMMAND, FIMG2D_BLEND_ON << FIMG2D_CMD_BLEND_SHIFT);
	set(memory, FIMG2D_BLEND_FUNCTION,
	    global_alpha >= 0 ? BLEND_FUNCTION_OVER_GLOBAL : BLEND_FUNCTION_OVER);
	set(memory, FIMG2D_ALPHA, global_alpha >= 0 ? global_alpha : 0);
	blit(memory);
	assert_target_equal(memory, target,
			    target_format == PIXMAN_a8r8g8b8 ? 0xffffffff : 0x00ffffff, 0);
	if (mask)
		pixman_image_unref(mask);
	destroy_image(source);
	destroy_image(target);
}

static void
test_over(void **state)
{
	int round;

	for (round = 0; round < 40; round++) {
		check_over(*state, FIMG2D_FMT_ARGB8888, PIXMAN_a8r8g8b8, FIMG2D_FMT_ARGB8888,
			   PIXMAN_a8r8g8b8, -1);
		check_over(*state, FIMG2D_FMT_ARGB8888, PIXMAN_a8r8g8b8, FIMG2D_FMT_XRGB8888,
			   PIXMAN_x8r8g8b8, -1);
		check_over(*state, FIMG2D_FMT_XRGB8888, PIXMAN_x8r8g8b8, FIMG2D_FMT_XRGB8888,
			   PIXMAN_x8r8g8b8, -1);
	}
}

static void
test_over_with_global_alpha(void **state)
{
	int global_alpha;

	for (global_alpha = 0; global_alpha < 256; global_alpha += 5) {
		check_over(*state, FIMG2D_FMT_ARGB8888, PIXMAN_a8r8g8b8, FIMG2D_FMT_ARGB8888,
			   PIXMAN_a8r8g8b8, global_alpha);
		check_over(*state, FIMG2D_FMT_XRGB8888, PIXMAN_x8r8g8b8, FIMG2D_FMT_XRGB8888,
			   PIXMAN_x8r8g8b8, global_alpha);
	}
}

static uint32_t
pixel_at(const struct memory *memory, uint32_t address, int x, int y)
{
	uint32_t pixel;

	memcpy(&pixel, at(memory, address) + y * STRIDE + x * 4, 4);
	return pixel;
}

static uint32_t
blend_one(struct memory *memory, uint32_t function, uint32_t source, uint32_t target)
{
	const struct box box = { 0, 0, 1, 1 };

	memcpy(at(memory, SOURCE_ADDRESS), &source, 4);
	memcpy(at(memory, TARGET_ADDRESS), &target, 4);
	set_image(memory, FIMG2D_SRC_SELECT, SOURCE_ADDRESS, FIMG2D_FMT_ARGB8888, &box);
	set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, FIMG2D_FMT_ARGB8888, &box);
	set(memory, FIMG2D_BITBLT_COMMAND, FIMG2D_BLEND_ON << FIMG2D_CMD_BLEND_SHIFT);
	set(memory, FIMG2D_BLEND_FUNCTION, function);
	blit(memory);
	memcpy(&target, at(memory, TARGET_ADDRESS), 4);
	return target;
}

/* Each coefficient alone, by hand: 0x80 / 255 of 0x40 is 0x20, of 0xff 0x80. */
static void
test_coefficients(void **state)
{
	const uint32_t zero = FIMG2D_COEFF_ZERO << FIMG2D_BF_DST_COEFF_SHIFT;
	const uint32_t source = 0x80ff4000, target = 0x4080ff00;
	struct memory *memory = *state;

	set(memory, FIMG2D_ALPHA, 0x80);
	assert_int_equal(blend_one(memory, FIMG2D_COEFF_ONE | zero, source, target), source);
	assert_int_equal(
		blend_one(memory, FIMG2D_COEFF_ZERO | FIMG2D_BF_SRC_INVERT | zero, source, target),
		source);
	assert_int_equal(blend_one(memory, FIMG2D_COEFF_ZERO | zero, source, target), 0);
	assert_int_equal(blend_one(memory, FIMG2D_COEFF_SRC_ALPHA | zero, source, target),
			 0x40802000);
	assert_int_equal(blend_one(memory, FIMG2D_COEFF_SRC_COLOR | zero, source, target),
			 0x40ff1000);
	assert_int_equal(blend_one(memory, FIMG2D_COEFF_DST_ALPHA | zero, source, target),
			 0x20401000);
	assert_int_equal(blend_one(memory, FIMG2D_COEFF_DST_COLOR | zero, source, target),
			 0x20804000);
	assert_int_equal(blend_one(memory, FIMG2D_COEFF_GLOBAL_ALPHA | zero, source, target),
			 0x40802000);
	/* alpha + global alpha saturates: 0x80 + 0x80 */
	assert_int_equal(blend_one(memory,
				   FIMG2D_COEFF_SRC_ALPHA |
					   FIMG2D_ALPHA_ADD_GLOBAL << FIMG2D_BF_SRC_ALPHA_SHIFT |
					   zero,
				   source, target),
			 source);
	/* alpha x global alpha: 0x40 */
	assert_int_equal(blend_one(memory,
				   FIMG2D_COEFF_SRC_ALPHA |
					   FIMG2D_ALPHA_MUL_GLOBAL << FIMG2D_BF_SRC_ALPHA_SHIFT |
					   zero,
				   source, target),
			 0x20401000);
	/* sums saturate */
	assert_int_equal(blend_one(memory, 0, source, target), 0xc0ffff00);
}

/* Every product of two 8-bit numbers, rounded to nearest, in all four channels. */
static void
test_products(void **state)
{
	const struct box box = { 0, 0, 256, 1 };
	struct memory *memory = *state;
	uint32_t alpha, x, pixel, product;

	set_image(memory, FIMG2D_SRC_SELECT, SOURCE_ADDRESS, FIMG2D_FMT_ARGB8888, &box);
	set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, FIMG2D_FMT_ARGB8888, &box);
	set(memory, FIMG2D_BITBLT_COMMAND, FIMG2D_BLEND_ON << FIMG2D_CMD_BLEND_SHIFT);
	for (alpha = 0; alpha < 256; alpha++) {
		set(memory, FIMG2D_ALPHA, alpha);
		for (x = 0; x < 256; x++) {
			pixel = x * 0x01010101;
			memcpy(at(memory, SOURCE_ADDRESS) + x * 4, &pixel, 4);
		}
		/* source x global alpha */
		set(memory, FIMG2D_BLEND_FUNCTION,
		    FIMG2D_COEFF_GLOBAL_ALPHA | FIMG2D_COEFF_ZERO << FIMG2D_BF_DST_COEFF_SHIFT);
		blit(memory);
		for (x = 0; x < 256; x++) {
			product = (2 * x * alpha + 255) / 510;
			assert_int_equal(pixel_at(memory, TARGET_ADDRESS, x, 0),
					 product * 0x01010101);
		}
		/* white target x (source alpha x global alpha) */
		memset(at(memory, TARGET_ADDRESS), 0xff, 256 * 4);
		set(memory, FIMG2D_BLEND_FUNCTION,
		    FIMG2D_COEFF_ZERO | FIMG2D_COEFF_SRC_ALPHA << FIMG2D_BF_DST_COEFF_SHIFT |
			    FIMG2D_ALPHA_MUL_GLOBAL
				    << (FIMG2D_BF_DST_COEFF_SHIFT + FIMG2D_BF_SRC_ALPHA_SHIFT));
		blit(memory);
		for (x = 0; x < 256; x++) {
			product = (2 * x * alpha + 255) / 510;
			assert_int_equal(pixel_at(memory, TARGET_ADDRESS, x, 0),
					 product * 0x01010101);
		}
	}
}

static void
test_color_operands(void **state)
{
	const struct box box = { 0, 0, 4, 4 };
	struct memory *memory = *state;
	uint32_t pixel;

	set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, FIMG2D_FMT_ARGB8888, &box);
	set(memory, FIMG2D_SRC_SELECT, FIMG2D_SELECT_FG_COLOR);
	set(memory, FIMG2D_FG_COLOR, 0x80402010);
	blit(memory);
	memcpy(&pixel, at(memory, TARGET_ADDRESS), 4);
	assert_int_equal(pixel, 0x80402010);

	/* the target's pixels are not read then: what is there does not count */
	memset(at(memory, TARGET_ADDRESS), 0xff, HEIGHT * STRIDE);
	set(memory, FIMG2D_DST_SELECT, FIMG2D_SELECT_BG_COLOR);
	set(memory, FIMG2D_BG_COLOR, 0xff000000);
	set(memory, FIMG2D_BITBLT_COMMAND, FIMG2D_BLEND_ON << FIMG2D_CMD_BLEND_SHIFT);
	set(memory, FIMG2D_BLEND_FUNCTION, BLEND_FUNCTION_OVER);
	blit(memory);
	memcpy(&pixel, at(memory, TARGET_ADDRESS), 4);
	assert_int_equal(pixel, 0xff402010);
}

static void
test_clip_window(void **state)
{
	struct memory *memory = *state;
	pixman_image_t *source, *target;
	pixman_region32_t clip;
	struct box from, to, window;
	int round;

	for (round = 0; round < 100; round++) {
		randomise(memory, SOURCE_ADDRESS, true);
		randomise(memory, TARGET_ADDRESS, true);
		from = random_box(memory, WIDTH, HEIGHT);
		to = moved_box(memory, &from);
		window = random_box(memory, WIDTH, HEIGHT);
		source = reference_image(PIXMAN_a8r8g8b8, at(memory, SOURCE_ADDRESS));
		target = reference_image(PIXMAN_a8r8g8b8, at(memory, TARGET_ADDRESS));
		pixman_region32_init_rect(&clip, window.left, window.top,
					  window.right - window.left, window.bottom - window.top);
		pixman_image_set_clip_region32(target, &clip);
		pixman_image_composite32(PIXMAN_OP_OVER, source, NULL, target, from.left, from.top,
					 0, 0, to.left, to.top, from.right - from.left,
					 from.bottom - from.top);
		set_image(memory, FIMG2D_SRC_SELECT, SOURCE_ADDRESS, FIMG2D_FMT_ARGB8888, &from);
		set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, FIMG2D_FMT_ARGB8888, &to);
		set(memory, FIMG2D_CW_LEFT_TOP, point(window.left, window.top));
		set(memory, FIMG2D_CW_RIGHT_BOTTOM, point(window.right, window.bottom));
		set(memory, FIMG2D_BLEND_FUNCTION, BLEND_FUNCTION_OVER);
		set(memory, FIMG2D_BITBLT_COMMAND,
		    FIMG2D_CMD_CLIP_ENABLE | FIMG2D_BLEND_ON << FIMG2D_CMD_BLEND_SHIFT);
		blit(memory);
		assert_target_equal(memory, target, 0xffffffff, 0);
		pixman_region32_fini(&clip);
		destroy_image(source);
		destroy_image(target);
	}
}

/* Sets pixman's destination-to-source transform: a scale about the boxes' corners. */
static void
set_scale(pixman_image_t *image, const struct box *from, const struct box *to)
{
	pixman_transform_t transform;

	pixman_transform_init_scale(&transform,
				    ((from->right - from->left) << 16) / (to->right - to->left),
				    ((from->bottom - from->top) << 16) / (to->bottom - to->top));
	pixman_image_set_transform(image, &transform);
	pixman_image_set_repeat(image, PIXMAN_REPEAT_PAD);
}

static void
check_scale(struct memory *memory, enum fimg2d_scale scale, int tolerance)
{
	struct box from = { 0, 0, 20 + memory_random(memory) % 400,
			    4 + memory_random(memory) % 30 };
	struct box to = random_box(memory, WIDTH, HEIGHT);
	pixman_image_t *image, *source, *target;

	randomise(memory, SOURCE_ADDRESS, true);
	randomise(memory, TARGET_ADDRESS, true);
	image = reference_image(PIXMAN_a8r8g8b8, at(memory, SOURCE_ADDRESS));
	/* the box alone, as repeating stops at its edges */
	source = pixman_image_create_bits(PIXMAN_a8r8g8b8, from.right, from.bottom,
					  pixman_image_get_data(image), STRIDE);
	set_scale(source, &from, &to);
	pixman_image_set_filter(source,
				scale == FIMG2D_SCALE_NEAREST ? PIXMAN_FILTER_NEAREST :
								PIXMAN_FILTER_BILINEAR,
				NULL, 0);
	target = reference_image(PIXMAN_a8r8g8b8, at(memory, TARGET_ADDRESS));
	pixman_image_composite32(PIXMAN_OP_SRC, source, NULL, target, 0, 0, 0, 0, to.left, to.top,
				 to.right - to.left, to.bottom - to.top);
	set_image(memory, FIMG2D_SRC_SELECT, SOURCE_ADDRESS, FIMG2D_FMT_ARGB8888, &from);
	set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, FIMG2D_FMT_ARGB8888, &to);
	set(memory, FIMG2D_SRC_REPEAT_MODE, FIMG2D_REPEAT_CLAMP);
	set(memory, FIMG2D_SRC_SCALE_CTRL, scale);
	set(memory, FIMG2D_SRC_XSCALE, (from.right << 16) / (to.right - to.left));
	set(memory, FIMG2D_SRC_YSCALE, (from.bottom << 16) / (to.bottom - to.top));
	blit(memory);
	assert_target_equal(memory, target, 0xffffffff, tolerance);
	pixman_image_unref(source);
	destroy_image(image);
	destroy_image(target);
}

static void
test_scale_nearest(void **state)
{
	int round;

	for (round = 0; round < 100; round++)
		check_scale(*state, FIMG2D_SCALE_NEAREST, 0);
}

static void
test_scale_bilinear(void **state)
{
	int round;

	for (round = 0; round < 100; round++)
		check_scale(*state, FIMG2D_SCALE_BILINEAR, 1);
}

/* All eight turns and flips, by coordinates. */
static void
test_mirrors_and_rotation(void **state)
{
	enum { W = 23, H = 11 };
	const struct box from = { 5, 3, 5 + W, 3 + H };
	struct memory *memory = *state;
	int turn, flip_x, flip_y, x, y, u, v;

	randomise(memory, SOURCE_ADDRESS, false);
	for (turn = 0; turn < 2; turn++) {
		for (flip_x = 0; flip_x < 2; flip_x++) {
			for (flip_y = 0; flip_y < 2; flip_y++) {
				const struct box to = { 7, 2, 7 + (turn ? H : W),
							2 + (turn ? W : H) };

				set_image(memory, FIMG2D_SRC_SELECT, SOURCE_ADDRESS,
					  FIMG2D_FMT_ARGB8888, &from);
				set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS,
					  FIMG2D_FMT_ARGB8888, &to);
				set(memory, FIMG2D_ROTATE, turn);
				set(memory, FIMG2D_SRC_MASK_DIRECT,
				    flip_x * FIMG2D_DIRECT_X_NEGATIVE |
					    flip_y * FIMG2D_DIRECT_Y_NEGATIVE);
				blit(memory);
				for (y = to.top; y < to.bottom; y++) {
					for (x = to.left; x < to.right; x++) {
						u = turn ? y - to.top : x - to.left;
						v = turn ? H - 1 - (x - to.left) : y - to.top;
						u = flip_x ? W - 1 - u : u;
						v = flip_y ? H - 1 - v : v;
						assert_int_equal(
							pixel_at(memory, TARGET_ADDRESS, x, y),
							pixel_at(memory, SOURCE_ADDRESS,
								 from.left + u, from.top + v));
					}
				}
			}
		}
	}
}

/* Source directions mirror before the turn, target directions after it. */
static void
test_target_mirror_after_rotation(void **state)
{
	const struct box from = { 0, 0, 5, 3 }, to = { 0, 0, 3, 5 };
	struct memory *memory = *state;
	int x, y;

	randomise(memory, SOURCE_ADDRESS, false);
	set_image(memory, FIMG2D_SRC_SELECT, SOURCE_ADDRESS, FIMG2D_FMT_ARGB8888, &from);
	set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, FIMG2D_FMT_ARGB8888, &to);
	set(memory, FIMG2D_ROTATE, FIMG2D_ROTATE_SRC_90);
	set(memory, FIMG2D_DST_PAT_DIRECT, FIMG2D_DIRECT_X_NEGATIVE);
	blit(memory);
	for (y = 0; y < 5; y++) {
		for (x = 0; x < 3; x++)
			assert_int_equal(pixel_at(memory, TARGET_ADDRESS, x, y),
					 pixel_at(memory, SOURCE_ADDRESS, y, x));
	}
}

static uint32_t
repeated_pixel(const struct memory *memory, enum fimg2d_repeat repeat, int x, int y)
{
	switch (repeat) {
	case FIMG2D_REPEAT_REPEAT:
		return pixel_at(memory, SOURCE_ADDRESS, x % 6, y % 4);
	case FIMG2D_REPEAT_REFLECT:
		x = x % 12 < 6 ? x % 12 : 11 - x % 12;
		y = y % 8 < 4 ? y % 8 : 7 - y % 8;
		return pixel_at(memory, SOURCE_ADDRESS, x, y);
	case FIMG2D_REPEAT_CLAMP:
		return pixel_at(memory, SOURCE_ADDRESS, x < 6 ? x : 5, y < 4 ? y : 3);
	case FIMG2D_REPEAT_PAD:
		return x < 6 && y < 4 ? pixel_at(memory, SOURCE_ADDRESS, x, y) : 0x12345678;
	case FIMG2D_REPEAT_NONE:
	default:
		return x < 6 && y < 4 ? pixel_at(memory, SOURCE_ADDRESS, x, y) : 0;
	}
}

static void
test_repeat_modes(void **state)
{
	const struct box from = { 0, 0, 6, 4 }, to = { 0, 0, 40, 20 };
	struct memory *memory = *state;
	int repeat, x, y;

	randomise(memory, SOURCE_ADDRESS, false);
	for (repeat = 0; repeat <= FIMG2D_REPEAT_NONE; repeat++) {
		memset(at(memory, TARGET_ADDRESS), 0, HEIGHT * STRIDE);
		set_image(memory, FIMG2D_SRC_SELECT, SOURCE_ADDRESS, FIMG2D_FMT_ARGB8888, &from);
		set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, FIMG2D_FMT_ARGB8888, &to);
		set(memory, FIMG2D_SRC_REPEAT_MODE, repeat);
		set(memory, FIMG2D_SRC_PAD_VALUE, 0x12345678);
		blit(memory);
		for (y = 0; y < 20; y++) {
			for (x = 0; x < 40; x++)
				assert_int_equal(pixel_at(memory, TARGET_ADDRESS, x, y),
						 repeated_pixel(memory, repeat, x, y));
		}
	}
}

/* Within one image: both directions negative draws from the far end, as libdrm's g2d_move does. */
static void
test_overlapping_moves(void **state)
{
	struct memory *memory = *state;
	uint8_t *before = malloc(HEIGHT * STRIDE);
	int dx, dy, x, y;
	uint32_t direction;

	for (dy = -3; dy <= 3; dy++) {
		for (dx = -3; dx <= 3; dx++) {
			const struct box from = { 10, 10, 1010, 30 };
			const struct box to = { 10 + dx, 10 + dy, 1010 + dx, 30 + dy };

			randomise(memory, TARGET_ADDRESS, false);
			memcpy(before, at(memory, TARGET_ADDRESS), HEIGHT * STRIDE);
			direction = (dx > 0 ? FIMG2D_DIRECT_X_NEGATIVE : 0) |
				    (dy > 0 ? FIMG2D_DIRECT_Y_NEGATIVE : 0);
			set_image(memory, FIMG2D_SRC_SELECT, TARGET_ADDRESS, FIMG2D_FMT_ARGB8888,
				  &from);
			set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, FIMG2D_FMT_ARGB8888,
				  &to);
			set(memory, FIMG2D_SRC_MASK_DIRECT, direction);
			set(memory, FIMG2D_DST_PAT_DIRECT, direction);
			blit(memory);
			for (y = 0; y < 20; y++) {
				for (x = 0; x < 1000; x++)
					assert_memory_equal(at(memory, TARGET_ADDRESS) +
								    (to.top + y) * STRIDE +
								    (to.left + x) * 4,
							    before + (from.top + y) * STRIDE +
								    (from.left + x) * 4,
							    4);
			}
		}
	}
	free(before);
}

/* Pixels of an unaligned image straddle pages. */
static void
test_unaligned_images(void **state)
{
	const struct box box = { 0, 0, WIDTH, HEIGHT };
	struct memory *memory = *state;
	int offset, y;

	for (offset = 1; offset < 8; offset++) {
		randomise(memory, SOURCE_ADDRESS, false);
		set_image(memory, FIMG2D_SRC_SELECT, SOURCE_ADDRESS + offset, FIMG2D_FMT_ARGB8888,
			  &box);
		set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS + 13 * offset,
			  FIMG2D_FMT_ARGB8888, &box);
		blit(memory);
		for (y = 0; y < HEIGHT; y++)
			assert_memory_equal(at(memory, TARGET_ADDRESS + 13 * offset) + y * STRIDE,
					    at(memory, SOURCE_ADDRESS + offset) + y * STRIDE,
					    WIDTH * 4);
	}
}

/* A missing page is counted and its span left alone; what is elsewhere is drawn all the same. */
static void
test_bus_faults(void **state)
{
	const struct box box = { 0, 0, 256, 1 };
	struct memory *memory = *state;
	struct fimg2d_counters *counters = &memory->engine.counters;

	randomise(memory, SOURCE_ADDRESS, false);
	set_image(memory, FIMG2D_SRC_SELECT, SOURCE_ADDRESS, FIMG2D_FMT_ARGB8888, &box);
	set_image(memory, FIMG2D_DST_SELECT, TARGET_ADDRESS, FIMG2D_FMT_ARGB8888, &box);
	memory->hole = SOURCE_ADDRESS;
	blit(memory);
	assert_int_equal(counters->faults, 1);
	assert_int_equal(counters->fault_address, SOURCE_ADDRESS);
	assert_int_equal(counters->pixels, 0);
	assert_int_equal(pixel_at(memory, TARGET_ADDRESS, 0, 0), 0);

	memory->hole = TARGET_ADDRESS;
	blit(memory);
	assert_int_equal(counters->faults, 2);
	assert_int_equal(counters->fault_address, TARGET_ADDRESS);
	assert_int_equal(pixel_at(memory, TARGET_ADDRESS, 0, 0), 0);

	memory->hole = 0;
	blit(memory);
	assert_int_equal(counters->faults, 2);
	assert_memory_equal(at(memory, TARGET_ADDRESS), at(memory, SOURCE_ADDRESS), 256 * 4);
}

static int
setup(void **state)
{
	*state = memory_create();
	return 0;
}

static int
teardown(void **state)
{
	memory_destroy(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* The upper bits of the register are not there, and the highest of those that are is a sign. */
static void
test_strides_of_16_bits(void **state)
{
	const struct {
		uint32_t stride;
		int bytes;
	} strides[] = { { 64, 64 },	    { 0x7ffc, 0x7ffc }, { 0x10040, 64 },
			{ 0x80000040, 64 }, { 0xffc0, -64 },	{ 0x8000, -0x8000 } };
	const uint32_t address = TARGET_ADDRESS + 0x10000;
	const struct box box = { 0, 0, 1, 2 };
	struct memory *memory = *state;

	for (size_t i = 0; i < sizeof(strides) / sizeof(strides[0]); i++) {
		uint32_t second = address + (uint32_t)strides[i].bytes;
		uint32_t pixel;

		memset(at(memory, second), 0, 4);
		set_image(memory, FIMG2D_DST_SELECT, address, FIMG2D_FMT_ARGB8888, &box);
		set(memory, FIMG2D_DST_STRIDE, strides[i].stride);
		set(memory, FIMG2D_SF_COLOR, 0x600d600d);
		set(memory, FIMG2D_BITBLT_COMMAND, FIMG2D_CMD_FAST_SOLID_FILL);
		blit(memory);
		memcpy(&pixel, at(memory, second), 4);
		assert_int_equal(pixel, 0x600d600d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fill),
		TEST(test_copy),
		TEST(test_unused_bits_are_ones),
		TEST(test_over),
		TEST(test_over_with_global_alpha),
		TEST(test_coefficients),
		TEST(test_products),
		TEST(test_color_operands),
		TEST(test_clip_window),
		TEST(test_scale_nearest),
		TEST(test_scale_bilinear),
		TEST(test_mirrors_and_rotation),
		TEST(test_target_mirror_after_rotation),
		TEST(test_repeat_modes),
		TEST(test_overlapping_moves),
		TEST(test_unaligned_images),
		TEST(test_strides_of_16_bits),
		TEST(test_bus_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
