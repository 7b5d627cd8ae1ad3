// SPDX-License-Identifier: MIT
/* The examples of the documents, as they stand there: they go on after their first frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <drm_fourcc.h>
#include <wayland-client.h>

#include "exynos-userptr.h"
#include "test-client.h"
#include "test-screen.h"

/* each buffer more than once */
#define FRAMES 5

/* what the examples take for given, beside a display, a surface and draw() */
static const uint32_t width = 120, height = 90;

/** struct frames - @drawn: how many, each in a colour of its own; @shown: how many of them */
struct frames {
	struct test_client client;
	struct test_feedback *feedback;
	uint32_t drawn;
	uint32_t shown;
};

static struct frames *frames;

static uint32_t
get_color(void)
{
	return 0x203040 + frames->drawn;
}

static void
draw(uint32_t *pixels)
{
	uint32_t i;

	frames->drawn++;
	for (i = 0; i < width * height; i++) {
		pixels[i] = get_color();
	}
}

static void
begin_frame(void)
{
	if (!frames->feedback) {
		frames->feedback = test_client_feedback(&frames->client, frames->client.surface);
	}
}

/* What was drawn is on the screen. If all buffers were busy, the example is asked again. */
static void
end_frame(void)
{
	if (frames->shown == frames->drawn) {
		test_client_dispatch(&frames->client);
		return;
	}
	test_client_wait_shown(&frames->client, frames->feedback);
	frames->feedback = NULL;
	frames->shown++;
	assert_int_equal(frames->shown, frames->drawn);
	assert_int_equal(test_screen_count(get_color(), NULL), width * height);
}

static void
clean_up(struct exup_client *client, struct exup_buffer *buffers[2], uint32_t *pixels[2])
{
	int i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(exup_buffer_get_path(buffers[i]), EXUP_PATH_USERPTR);
		exup_buffer_destroy(buffers[i]);
		free(pixels[i]);
	}
	exup_client_destroy(client);
}

static int
show_readme(struct wl_display *display, struct wl_surface *surface)
{
#include "readme-once.h"

	while (frames->shown < FRAMES) {
		begin_frame();
#include "readme-frame.h"
		end_frame();
	}
	clean_up(client, buffers, pixels);
	return 0;
}

static int
show_application(struct wl_display *display, struct wl_surface *surface)
{
#include "application-once.h"

	while (frames->shown < FRAMES) {
		begin_frame();
#include "application-frame.h"
		end_frame();
	}
	clean_up(client, buffers, pixels);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	frames = calloc(1, sizeof(*frames));
	test_client_init(&frames->client);
	test_client_make_window(&frames->client);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	test_client_fini(&frames->client);
	free(frames);
	return 0;
}

static void
test_readme(void **state)
{
	(void)state;
	assert_int_equal(show_readme(frames->client.display, frames->client.surface), 0);
}

static void
test_application(void **state)
{
	(void)state;
	assert_int_equal(show_application(frames->client.display, frames->client.surface), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_readme, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_application, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
