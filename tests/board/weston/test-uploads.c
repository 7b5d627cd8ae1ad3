// SPDX-License-Identifier: MIT
/*
 * The memory that copies of wl_shm buffers take: none for what is not shown, and no more for a
 * client than the limit; what is beyond is shown all the same.
 *
 * The limit is [exynos-userptr] upload-limit=1M in this test's weston.ini.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <wayland-client.h>

#include "test-buffer.h"
#include "test-client.h"
#include "test-screen.h"

/* Two of them are within the limit. */
#define WIDTH 400
#define HEIGHT 300
#define RGB 0x00ffffffu

/* Sixteen of them would be 192 MiB. */
#define LARGE_WIDTH 3000
#define LARGE_HEIGHT 1000
#define HIDDEN_COUNT 16
#define HIDDEN_BYTES_MAX (UINT64_C(48) << 20)

#define NO_MEMORY_LINE "gets no memory of the engine"

/** struct window - a subsurface with one colour */
struct window {
	struct wl_surface *surface;
	struct wl_subsurface *subsurface;
	struct test_buffer *buffer;
};

struct fixture {
	struct test_client client;
	struct test_buffer *background;
};

static uint64_t
read_free_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	uint64_t kilobytes = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "MemAvailable: %" SCNu64 " kB", &kilobytes) == 1) {
			break;
		}
	}
	fclose(file);
	assert_true(kilobytes > 0);
	return kilobytes * 1024;
}

static int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct test_client *client;
	struct test_feedback *feedback;

	assert_non_null(fixture);
	client = &fixture->client;
	test_client_init(client);
	test_client_make_window(client);
	/* of one pixel, which takes no memory of the engine */
	fixture->background = test_buffer_create(client, NULL, TEST_BUFFER_SHM, 1, 1,
						 WL_SHM_FORMAT_XRGB8888, NULL);
	test_buffer_fill(fixture->background, 0xff000000);
	feedback = test_client_feedback(client, client->surface);
	test_buffer_commit(fixture->background, client->surface, NULL, 0);
	test_client_wait_shown(client, feedback);
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	test_buffer_destroy(fixture->background);
	test_client_fini(&fixture->client);
	free(fixture);
	return 0;
}

static void
show(struct fixture *fixture, struct window *window, uint32_t format, uint32_t pixel)
{
	struct test_buffer *old = window->buffer;
	struct test_feedback *feedback = test_client_feedback(&fixture->client, window->surface);
	uint32_t *row;
	int32_t x, y;

	window->buffer = test_buffer_create(&fixture->client, NULL, TEST_BUFFER_SHM, WIDTH, HEIGHT,
					    format, NULL);
	for (y = 0; y < HEIGHT; y++) {
		row = test_buffer_row(window->buffer, y);
		for (x = 0; x < (format == WL_SHM_FORMAT_RGB565 ? WIDTH / 2 : WIDTH); x++) {
			row[x] = pixel;
		}
	}
	test_buffer_commit(window->buffer, window->surface, NULL, 0);
	test_client_wait_shown(&fixture->client, feedback);
	while (old && test_buffer_is_busy(old)) {
		test_client_dispatch(&fixture->client);
	}
	test_buffer_destroy(old);
}

static void
create_window(struct fixture *fixture, struct window *window, int32_t x, int32_t y)
{
	struct test_client *client = &fixture->client;

	window->buffer = NULL;
	window->surface = wl_compositor_create_surface(client->compositor);
	window->subsurface = wl_subcompositor_get_subsurface(client->subcompositor, window->surface,
							     client->surface);
	wl_subsurface_set_position(window->subsurface, x, y);
	wl_subsurface_set_desync(window->subsurface);
	wl_surface_commit(client->surface);
}

static void
destroy_window(struct window *window)
{
	wl_subsurface_destroy(window->subsurface);
	wl_surface_destroy(window->surface);
	test_buffer_destroy(window->buffer);
}

static void
test_hidden(void **state)
{
	const int32_t stride = LARGE_WIDTH * 4;
	const int32_t size = stride * LARGE_HEIGHT;
	struct fixture *fixture = *state;
	struct test_client *client = &fixture->client;
	struct wl_surface *surfaces[HIDDEN_COUNT];
	struct wl_shm_pool *pool;
	struct wl_buffer *buffer;
	uint64_t before, after;
	int fd, i;

	/* without a page in it */
	fd = memfd_create("sparse", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	pool = wl_shm_create_pool(client->shm, fd, size);
	before = read_free_bytes();
	for (i = 0; i < HIDDEN_COUNT; i++) {
		buffer = wl_shm_pool_create_buffer(pool, 0, LARGE_WIDTH, LARGE_HEIGHT, stride,
						   WL_SHM_FORMAT_XRGB8888);
		surfaces[i] = wl_compositor_create_surface(client->compositor);
		wl_surface_attach(surfaces[i], buffer, 0, 0);
		wl_surface_damage_buffer(surfaces[i], 0, 0, LARGE_WIDTH, LARGE_HEIGHT);
		wl_surface_commit(surfaces[i]);
	}
	/* whatever Weston had to repaint meanwhile */
	wl_surface_damage(client->surface, 0, 0, 1, 1);
	test_client_commit_shown(client, client->surface);
	after = read_free_bytes();
	assert_true(after + HIDDEN_BYTES_MAX > before);
	for (i = 0; i < HIDDEN_COUNT; i++) {
		wl_surface_destroy(surfaces[i]);
	}
	/* before their buffers: what is destroyed with the connection has no order */
	wl_display_roundtrip(client->display);
	wl_shm_pool_destroy(pool);
	close(fd);
}

static void
test_beyond_the_limit(void **state)
{
	struct fixture *fixture = *state;
	struct test_client *client = &fixture->client;
	int lines = test_log_count(NO_MEMORY_LINE);
	struct window windows[3];
	int i;

	for (i = 0; i < 3; i++) {
		create_window(fixture, &windows[i], i * WIDTH, 0);
		show(fixture, &windows[i], WL_SHM_FORMAT_XRGB8888, 0xff0000ffu);
	}
	assert_int_equal(test_log_count(NO_MEMORY_LINE), lines + 1);
	assert_int_equal(test_screen_count(0x0000ff, NULL), 3 * WIDTH * HEIGHT);

	/* the one beyond goes on, in any format, each buffer released for the next */
	show(fixture, &windows[2], WL_SHM_FORMAT_XRGB8888, 0xff00ff00u);
	show(fixture, &windows[2], WL_SHM_FORMAT_RGB565, 0xf800f800u);
	assert_int_equal(test_screen_count(0xff0000, NULL), WIDTH * HEIGHT);
	assert_int_equal(test_screen_count(0x0000ff, NULL), 2 * WIDTH * HEIGHT);

	/* there is nowhere to copy it to when it goes: this one is not to be seen any more */
	test_buffer_destroy(windows[2].buffer);
	windows[2].buffer = NULL;
	wl_surface_damage(windows[2].surface, 0, 0, WIDTH, HEIGHT);
	test_client_commit_shown(client, windows[2].surface);
	assert_int_equal(test_screen_count(0x0000ff, NULL), 2 * WIDTH * HEIGHT);

	/* when there is room again its copy is made, and the buffer released with no other shown */
	destroy_window(&windows[0]);
	show(fixture, &windows[2], WL_SHM_FORMAT_XRGB8888, 0xff00ffffu);
	while (test_buffer_is_busy(windows[2].buffer)) {
		test_client_dispatch(client);
	}
	assert_int_equal(test_screen_count(0x00ffff, NULL), WIDTH * HEIGHT);
	destroy_window(&windows[1]);
	destroy_window(&windows[2]);
}

/* Each frame is one beyond the limit, and each of a size of its own. */
static void
test_does_not_fill_the_log(void **state)
{
	struct fixture *fixture = *state;
	struct test_client *client = &fixture->client;
	int lines = test_log_count(NO_MEMORY_LINE);
	struct test_buffer *buffer;
	struct window window;
	int i;

	create_window(fixture, &window, 0, 0);
	for (i = 0; i < 10; i++) {
		buffer = test_buffer_create(client, NULL, TEST_BUFFER_SHM, 1000 + i, 600,
					    WL_SHM_FORMAT_XRGB8888, NULL);
		test_buffer_commit(buffer, window.surface, NULL, 0);
		test_client_commit_shown(client, window.surface);
		test_buffer_destroy(buffer);
	}
	assert_in_range(test_log_count(NO_MEMORY_LINE) - lines, 1, 4);
	destroy_window(&window);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hidden, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_beyond_the_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_does_not_fill_the_log, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
