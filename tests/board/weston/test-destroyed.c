// SPDX-License-Identifier: MIT
/* wl_shm buffers that are destroyed right after their commit: what was committed is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <wayland-client.h>

#include "test-buffer.h"
#include "test-client.h"
#include "test-screen.h"

#define WIDTH 100
#define HEIGHT 80
#define RED 0xffff0000u
#define GREEN 0xff00ff00u
#define RGB 0x00ffffffu

/** struct fixture - @surface: a subsurface on a black window, without a buffer yet */
struct fixture {
	struct test_client client;
	struct exup_client *exup;
	struct test_buffer *background;
	struct wl_surface *surface;
	struct wl_subsurface *subsurface;
};

static struct test_buffer *
create_filled(struct fixture *fixture, struct exup_client *exup, int32_t width, int32_t height,
	      uint32_t pixel)
{
	struct test_buffer *buffer;

	buffer = test_buffer_create(&fixture->client, exup,
				    exup ? TEST_BUFFER_LIBRARY : TEST_BUFFER_SHM, width, height,
				    WL_SHM_FORMAT_XRGB8888, NULL);
	test_buffer_fill(buffer, pixel);
	return buffer;
}

static int
set_up_group(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct test_client *client;

	assert_non_null(fixture);
	client = &fixture->client;
	test_client_init(client);
	assert_int_equal(
		exup_client_create(client->display, NULL, EXUP_CLIENT_FORCE_SHM, &fixture->exup),
		0);
	test_client_make_window(client);
	fixture->background =
		create_filled(fixture, NULL, client->width, client->height, 0xff000000);
	test_buffer_commit(fixture->background, client->surface, NULL, 0);
	*state = fixture;
	return 0;
}

static int
tear_down_group(void **state)
{
	struct fixture *fixture = *state;

	exup_client_destroy(fixture->exup);
	test_buffer_destroy(fixture->background);
	test_client_fini(&fixture->client);
	free(fixture);
	return 0;
}

static int
set_up(void **state)
{
	struct fixture *fixture = *state;
	struct test_client *client = &fixture->client;

	fixture->surface = wl_compositor_create_surface(client->compositor);
	fixture->subsurface = wl_subcompositor_get_subsurface(client->subcompositor,
							      fixture->surface, client->surface);
	wl_subsurface_set_desync(fixture->subsurface);
	wl_surface_commit(client->surface);
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	wl_subsurface_destroy(fixture->subsurface);
	wl_surface_destroy(fixture->surface);
	return 0;
}

/* Commits a buffer, destroys it before the compositor hears of either, and waits for the frame. */
static void
show_destroyed(struct fixture *fixture, struct exup_client *exup, uint32_t pixel)
{
	struct test_buffer *buffer = create_filled(fixture, exup, WIDTH, HEIGHT, pixel);
	struct test_feedback *feedback = test_client_feedback(&fixture->client, fixture->surface);

	test_buffer_commit(buffer, fixture->surface, NULL, 0);
	test_buffer_destroy(buffer);
	test_client_wait_shown(&fixture->client, feedback);
	assert_int_equal(test_screen_count(pixel & RGB, NULL), WIDTH * HEIGHT);
}

static void
test_first_buffer(void **state)
{
	show_destroyed(*state, NULL, GREEN);
}

static void
test_each_buffer(void **state)
{
	show_destroyed(*state, NULL, RED);
	show_destroyed(*state, NULL, GREEN);
}

static void
test_one_pixel(void **state)
{
	struct fixture *fixture = *state;
	struct test_buffer *buffer = create_filled(fixture, NULL, 1, 1, GREEN);
	struct test_feedback *feedback = test_client_feedback(&fixture->client, fixture->surface);

	test_buffer_commit(buffer, fixture->surface, NULL, 0);
	test_buffer_destroy(buffer);
	test_client_wait_shown(&fixture->client, feedback);
	assert_int_equal(test_screen_count(GREEN & RGB, NULL), 1);
}

static void
test_library(void **state)
{
	struct fixture *fixture = *state;

	show_destroyed(fixture, fixture->exup, RED);
	show_destroyed(fixture, fixture->exup, GREEN);
}

/* A part of the frame, and another with the next commit: the upload has both on what was there. */
static void
test_parts(void **state)
{
	static const struct exup_rect left = { 0, 0, WIDTH / 4, HEIGHT };
	static const struct exup_rect right = { WIDTH / 2, 0, WIDTH / 2, HEIGHT };
	struct fixture *fixture = *state;
	struct test_buffer *buffer;
	struct test_feedback *feedback;

	show_destroyed(fixture, NULL, RED);
	buffer = create_filled(fixture, NULL, WIDTH, HEIGHT, GREEN);
	test_buffer_commit(buffer, fixture->surface, &left, 1);
	test_buffer_destroy(buffer);
	buffer = create_filled(fixture, NULL, WIDTH, HEIGHT, GREEN);
	feedback = test_client_feedback(&fixture->client, fixture->surface);
	test_buffer_commit(buffer, fixture->surface, &right, 1);
	test_buffer_destroy(buffer);
	test_client_wait_shown(&fixture->client, feedback);
	assert_int_equal(test_screen_count(GREEN & RGB, NULL), WIDTH * HEIGHT * 3 / 4);
	assert_int_equal(test_screen_count(RED & RGB, NULL), WIDTH * HEIGHT / 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_buffer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_each_buffer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_pixel, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_library, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_parts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
