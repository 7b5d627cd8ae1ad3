// SPDX-License-Identifier: MIT
/*
 * wl_shm content is what was committed, whatever becomes of the surface's state between the commit
 * with the buffer and the repaint.
 *
 * It knows nothing of the module: Weston's own renderer has to pass it, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <wayland-client.h>

#include "test-buffer.h"
#include "test-client.h"
#include "test-screen.h"
#include "viewporter-client-protocol.h"

#define WIDTH 100
#define HEIGHT 80
#define X 50
#define Y 40
#define RED 0xffff0000u
#define GREEN 0xff00ff00u
#define RGB 0x00ffffffu

/**
 * struct fixture
 * @surface: a subsurface at X, Y, on a black window, of which it shows nothing else; red at the
 *	start of a test
 * @green: of the same size as @red, not committed yet
 */
struct fixture {
	struct test_client client;
	struct test_buffer *background;
	struct test_buffer *red;
	struct test_buffer *green;
	struct wl_surface *surface;
	struct wl_subsurface *subsurface;
	struct wp_viewport *viewport;
	uint32_t *screen;
	size_t pixels;
};

static struct test_buffer *
create_filled(struct fixture *fixture, int32_t width, int32_t height, uint32_t pixel)
{
	struct test_buffer *buffer;

	buffer = test_buffer_create(&fixture->client, NULL, TEST_BUFFER_SHM, width, height,
				    WL_SHM_FORMAT_XRGB8888, NULL);
	test_buffer_fill(buffer, pixel);
	return buffer;
}

static void
attach(struct fixture *fixture, struct test_buffer *buffer)
{
	test_buffer_attach(buffer, fixture->surface);
	wl_surface_damage_buffer(fixture->surface, 0, 0, WIDTH, HEIGHT);
}

static size_t
count(struct fixture *fixture, uint32_t color)
{
	size_t found = 0, i;

	for (i = 0; i < fixture->pixels; i++) {
		found += (fixture->screen[i] & RGB) == (color & RGB);
	}
	return found;
}

static int
set_up_group(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct test_client *client;

	assert_non_null(fixture);
	client = &fixture->client;
	test_client_init(client);
	test_client_make_window(client);
	fixture->pixels = (size_t)client->width * (size_t)client->height;
	fixture->screen = calloc(fixture->pixels, sizeof(uint32_t));
	assert_non_null(fixture->screen);
	fixture->background = create_filled(fixture, client->width, client->height, 0xff000000);
	fixture->surface = wl_compositor_create_surface(client->compositor);
	fixture->subsurface = wl_subcompositor_get_subsurface(client->subcompositor,
							      fixture->surface, client->surface);
	wl_subsurface_set_position(fixture->subsurface, X, Y);
	wl_subsurface_set_desync(fixture->subsurface);
	fixture->viewport = wp_viewporter_get_viewport(client->viewporter, fixture->surface);
	test_buffer_commit(fixture->background, client->surface, NULL, 0);
	*state = fixture;
	return 0;
}

static int
tear_down_group(void **state)
{
	struct fixture *fixture = *state;

	test_buffer_destroy(fixture->background);
	test_client_fini(&fixture->client);
	free(fixture->screen);
	free(fixture);
	return 0;
}

static int
set_up(void **state)
{
	struct fixture *fixture = *state;

	fixture->red = create_filled(fixture, WIDTH, HEIGHT, RED);
	fixture->green = create_filled(fixture, WIDTH, HEIGHT, GREEN);
	wp_viewport_set_source(fixture->viewport, wl_fixed_from_int(-1), wl_fixed_from_int(-1),
			       wl_fixed_from_int(-1), wl_fixed_from_int(-1));
	wp_viewport_set_destination(fixture->viewport, -1, -1);
	wl_surface_set_buffer_scale(fixture->surface, 1);
	wl_surface_set_buffer_transform(fixture->surface, WL_OUTPUT_TRANSFORM_NORMAL);
	attach(fixture, fixture->red);
	test_client_commit_shown(&fixture->client, fixture->surface);
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	test_buffer_destroy(fixture->red);
	test_buffer_destroy(fixture->green);
	return 0;
}

/* Commits, waits until that is on the screen, and reads it. */
static void
show(struct fixture *fixture)
{
	test_client_commit_shown(&fixture->client, fixture->surface);
	assert_int_equal(test_screen_read(fixture->screen, fixture->pixels), fixture->pixels);
}

/* Commits the second state right after the first, so that no repaint sees the first. */
static void
assert_shown(struct fixture *fixture, size_t green)
{
	show(fixture);
	assert_int_equal(count(fixture, GREEN), green);
	assert_int_equal(count(fixture, RED), 0);
}

static void
test_viewport_set(void **state)
{
	struct fixture *fixture = *state;

	attach(fixture, fixture->green);
	wl_surface_commit(fixture->surface);
	wp_viewport_set_destination(fixture->viewport, 2 * WIDTH, 2 * HEIGHT);
	assert_shown(fixture, 4 * WIDTH * HEIGHT);
}

static void
test_viewport_taken_back(void **state)
{
	struct fixture *fixture = *state;

	attach(fixture, fixture->green);
	wp_viewport_set_destination(fixture->viewport, WIDTH / 2, HEIGHT / 2);
	wl_surface_commit(fixture->surface);
	wp_viewport_set_destination(fixture->viewport, -1, -1);
	assert_shown(fixture, WIDTH * HEIGHT);
}

static void
test_crop_taken_back(void **state)
{
	struct fixture *fixture = *state;

	attach(fixture, fixture->green);
	wp_viewport_set_source(fixture->viewport, 0, 0, wl_fixed_from_int(WIDTH / 2),
			       wl_fixed_from_int(HEIGHT / 2));
	wl_surface_commit(fixture->surface);
	wp_viewport_set_source(fixture->viewport, wl_fixed_from_int(-1), wl_fixed_from_int(-1),
			       wl_fixed_from_int(-1), wl_fixed_from_int(-1));
	assert_shown(fixture, WIDTH * HEIGHT);
}

static void
test_scale(void **state)
{
	struct fixture *fixture = *state;

	attach(fixture, fixture->green);
	wl_surface_set_buffer_scale(fixture->surface, 2);
	wl_surface_commit(fixture->surface);
	wl_surface_set_buffer_scale(fixture->surface, 1);
	/* without this the core keeps the size that the surface had with the old scale */
	wp_viewport_set_destination(fixture->viewport, WIDTH, HEIGHT);
	assert_shown(fixture, WIDTH * HEIGHT);
}

static void
test_transform(void **state)
{
	struct fixture *fixture = *state;

	attach(fixture, fixture->green);
	wl_surface_commit(fixture->surface);
	wl_surface_set_buffer_transform(fixture->surface, WL_OUTPUT_TRANSFORM_90);
	assert_shown(fixture, WIDTH * HEIGHT);
}

/* Damage of a part, told in the surface's pixels, which mean others of the buffer afterwards. */
static void
test_part_before_transform(void **state)
{
	struct fixture *fixture = *state;
	uint32_t *row;
	int32_t x, y;

	test_buffer_fill(fixture->green, RED);
	for (y = 0; y < HEIGHT / 4; y++) {
		row = test_buffer_row(fixture->green, y);
		for (x = 0; x < WIDTH / 4; x++) {
			row[x] = GREEN;
		}
	}
	test_buffer_attach(fixture->green, fixture->surface);
	wl_surface_damage(fixture->surface, 0, 0, WIDTH / 4, HEIGHT / 4);
	wl_surface_commit(fixture->surface);
	wl_surface_set_buffer_transform(fixture->surface, WL_OUTPUT_TRANSFORM_180);
	test_client_commit_shown(&fixture->client, fixture->surface);
	/* all of it, since stock Weston does not know that a turn changes anything on the screen */
	wl_surface_damage(fixture->surface, 0, 0, WIDTH, HEIGHT);
	show(fixture);
	assert_int_equal(count(fixture, GREEN), WIDTH / 4 * (HEIGHT / 4));
	assert_int_equal(fixture->screen[(Y + HEIGHT - 1) * fixture->client.width + X + WIDTH - 1] &
				 RGB,
			 GREEN & RGB);
}

/* Turned by 180 degrees in memory and by the transform, so that nothing changes on the screen. */
static void
test_turned_buffer(void **state)
{
	struct fixture *fixture = *state;
	uint32_t *row;
	int32_t x, y;

	/* first the left half, then the right one */
	for (y = 0; y < HEIGHT; y++) {
		row = test_buffer_row(fixture->green, y);
		for (x = WIDTH / 2; x < WIDTH; x++) {
			row[x] = RED;
		}
	}
	attach(fixture, fixture->green);
	test_client_commit_shown(&fixture->client, fixture->surface);
	while (test_buffer_is_busy(fixture->red)) {
		test_client_dispatch(&fixture->client);
	}
	for (y = 0; y < HEIGHT; y++) {
		row = test_buffer_row(fixture->red, y);
		for (x = WIDTH / 2; x < WIDTH; x++) {
			row[x] = GREEN;
		}
	}
	test_buffer_attach(fixture->red, fixture->surface);
	wl_surface_set_buffer_transform(fixture->surface, WL_OUTPUT_TRANSFORM_180);
	test_client_commit_shown(&fixture->client, fixture->surface);
	/* what it is painted from shows when it is painted */
	wl_surface_damage(fixture->surface, 0, 0, WIDTH, HEIGHT);
	show(fixture);
	for (y = Y; y < Y + HEIGHT; y++) {
		for (x = X; x < X + WIDTH; x++) {
			assert_int_equal(fixture->screen[y * fixture->client.width + x] & RGB,
					 (x < X + WIDTH / 2 ? GREEN : RED) & RGB);
		}
	}
}

/* The core clips damage to whole pixels of the surface; this buffer has half a one more. */
static void
test_odd_size_scaled(void **state)
{
	struct fixture *fixture = *state;
	struct test_buffer *red, *green;

	red = create_filled(fixture, WIDTH + 1, HEIGHT + 1, RED);
	green = create_filled(fixture, WIDTH + 1, HEIGHT + 1, GREEN);
	wl_surface_set_buffer_scale(fixture->surface, 2);
	test_buffer_attach(red, fixture->surface);
	wl_surface_damage_buffer(fixture->surface, 0, 0, WIDTH + 1, HEIGHT + 1);
	test_client_commit_shown(&fixture->client, fixture->surface);
	test_buffer_attach(green, fixture->surface);
	wl_surface_damage_buffer(fixture->surface, 0, 0, WIDTH + 1, HEIGHT + 1);
	test_client_commit_shown(&fixture->client, fixture->surface);
	wl_surface_set_buffer_scale(fixture->surface, 1);
	wp_viewport_set_destination(fixture->viewport, WIDTH + 1, HEIGHT + 1);
	assert_shown(fixture, (WIDTH + 1) * (HEIGHT + 1));
	test_buffer_destroy(red);
	test_buffer_destroy(green);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_viewport_set, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_viewport_taken_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_crop_taken_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_scale, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_transform, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_part_before_transform, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_turned_buffer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_odd_size_scaled, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
