// SPDX-License-Identifier: MIT
/*
 * What a client draws is on the screen, to the pixel, where only its damage is made visible to an
 * engine that does not snoop the CPU's cache.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <wayland-client.h>

#include "test-buffer.h"
#include "test-client.h"
#include "test-screen.h"
#include "virtual-engine.h"

#define RGB 0x00ffffffu

#define BUFFERS 3
#define FRAMES 12
#define RECTS_MAX 4

struct fixture {
	struct test_client client;
	struct exup_client *exup;
	uint32_t *picture;
	uint32_t *screen;
	size_t pixels;
};

static int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	test_client_init(&fixture->client);
	if (exup_client_create(fixture->client.display, NULL, 0, &fixture->exup) < 0) {
		test_fail("exup_client_create");
	}
	test_client_make_window(&fixture->client);
	fixture->pixels = (size_t)fixture->client.width * (size_t)fixture->client.height;
	fixture->picture = calloc(fixture->pixels, sizeof(uint32_t));
	fixture->screen = calloc(fixture->pixels, sizeof(uint32_t));
	assert_true(fixture->picture && fixture->screen);
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	exup_client_destroy(fixture->exup);
	test_client_fini(&fixture->client);
	free(fixture->picture);
	free(fixture->screen);
	free(fixture);
	return 0;
}

/* Changes a few rectangles of the picture, small ones, so that most of it stays as it is. */
static int
change_picture(struct fixture *fixture, struct exup_rect rects[RECTS_MAX])
{
	int32_t width = fixture->client.width, height = fixture->client.height;
	int count = 1 + rand() % RECTS_MAX;
	int32_t x, y;
	int i;

	for (i = 0; i < count; i++) {
		rects[i].width = 1 + rand() % (width / 8);
		rects[i].height = 1 + rand() % (height / 8);
		rects[i].x = rand() % (width - rects[i].width + 1);
		rects[i].y = rand() % (height - rects[i].height + 1);
		for (y = rects[i].y; y < rects[i].y + rects[i].height; y++) {
			for (x = rects[i].x; x < rects[i].x + rects[i].width; x++) {
				fixture->picture[(size_t)y * (size_t)width + (size_t)x] =
					(uint32_t)rand() & RGB;
			}
		}
	}
	return count;
}

/* All of the picture, most of which is there already. */
static void
draw_picture(struct fixture *fixture, struct test_buffer *buffer)
{
	size_t width = (size_t)fixture->client.width;
	int32_t y;

	for (y = 0; y < fixture->client.height; y++) {
		memcpy(test_buffer_row(buffer, y), fixture->picture + (size_t)y * width, width * 4);
	}
}

static void
assert_screen_is_picture(struct fixture *fixture)
{
	size_t i;

	assert_int_equal(test_screen_read(fixture->screen, fixture->pixels), fixture->pixels);
	for (i = 0; i < fixture->pixels; i++) {
		if ((fixture->screen[i] & RGB) != fixture->picture[i]) {
			test_fail("pixel %zu,%zu is 0x%06x, and not 0x%06x",
				  i % (size_t)fixture->client.width,
				  i / (size_t)fixture->client.width, fixture->screen[i] & RGB,
				  fixture->picture[i]);
		}
	}
}

static void
show(struct fixture *fixture, struct test_buffer *buffer, const struct exup_rect *damage,
     int damage_count)
{
	struct test_feedback *feedback;

	while (test_buffer_is_busy(buffer)) {
		test_client_dispatch(&fixture->client);
	}
	draw_picture(fixture, buffer);
	feedback = test_client_feedback(&fixture->client, fixture->client.surface);
	test_buffer_commit(buffer, fixture->client.surface, damage, damage_count);
	test_client_wait_shown(&fixture->client, feedback);
}

/* The first frames are whole; of the others, what is cleaned is counted, where it can be. */
static void
show_frames(struct fixture *fixture, const struct test_buffer_layout *layout)
{
	struct test_buffer *buffers[BUFFERS];
	struct exup_rect damage[RECTS_MAX];
	uint64_t cleaned_bytes = 0;
	int shown = BUFFERS - 1;
	int frame, count, i;

	for (i = 0; i < BUFFERS; i++) {
		buffers[i] = test_buffer_create(
			&fixture->client, fixture->exup, TEST_BUFFER_LIBRARY, fixture->client.width,
			fixture->client.height, WL_SHM_FORMAT_XRGB8888, layout);
		assert_int_equal(exup_buffer_get_path(test_buffer_get_exup(buffers[i])),
				 EXUP_PATH_USERPTR);
		change_picture(fixture, damage);
		show(fixture, buffers[i], NULL, 0);
	}
	for (frame = 0; frame < FRAMES; frame++) {
		/* all have been told of whole frames by then */
		if (frame == BUFFERS) {
			cleaned_bytes = virtual_engine_get("cleaned_bytes");
		}
		/* in turn, now and then the other way round; what is shown is busy for as long */
		shown = (shown + (rand() % 4 ? 1 : BUFFERS - 1)) % BUFFERS;
		count = change_picture(fixture, damage);
		show(fixture, buffers[shown], damage, count);
		assert_screen_is_picture(fixture);
	}
	if (virtual_engine_has("cleaned_bytes")) {
		cleaned_bytes = virtual_engine_get("cleaned_bytes") - cleaned_bytes;
		assert_true(cleaned_bytes < (FRAMES - BUFFERS) * fixture->pixels * 4 / 2);
	}
	for (i = 0; i < BUFFERS; i++) {
		test_buffer_destroy(buffers[i]);
	}
}

static void
test_pages(void **state)
{
	static const struct test_buffer_layout layout = { 0, 0 };

	srand(1);
	show_frames(*state, &layout);
}

/* Image and rows begin in the midst of cache lines, and there is memory between the rows. */
static void
test_in_the_midst(void **state)
{
	static const struct test_buffer_layout layout = { 68, 20 };

	srand(2);
	show_frames(*state, &layout);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_in_the_midst, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
