// SPDX-License-Identifier: MIT
/* exynos-userptr-simple: the shortest program that shows pixels from malloc'd memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "exynos-userptr.h"
#include "window.h"

#define WIDTH 320
#define HEIGHT 240

struct app {
	struct window window;
	struct exup_client *client;
	struct exup_buffer *buffers[2];
	uint32_t *pixels[2];
	uint32_t frame;
	bool is_frame_due;
};

static void
draw(uint32_t *pixels, uint32_t frame)
{
	for (uint32_t y = 0; y < HEIGHT; y++) {
		for (uint32_t x = 0; x < WIDTH; x++) {
			uint32_t red = (x + frame) & 255, green = (y + frame) & 255, blue = x ^ y;

			pixels[y * WIDTH + x] = 0xff000000 | red << 16 | green << 8 | (blue & 255);
		}
	}
}

static void
frame_done(void *data, struct wl_callback *callback, uint32_t time_ms)
{
	struct app *app = data;

	(void)time_ms;
	wl_callback_destroy(callback);
	app->is_frame_due = true;
}

static const struct wl_callback_listener frame_listener = {
	.done = frame_done,
};

static int
show(struct app *app, int i)
{
	draw(app->pixels[i], app->frame++);
	app->is_frame_due = false;
	/* it lives until the callback comes, or until the connection ends */
	wl_callback_add_listener(wl_surface_frame(app->window.surface), &frame_listener, app);
	return exup_buffer_commit(app->buffers[i], app->window.surface, NULL, 0);
}

static int
run(struct app *app)
{
	int ret = 0;

	app->is_frame_due = true;
	while (ret >= 0 && !app->window.is_closed) {
		for (int i = 0; i < 2 && app->is_frame_due && ret >= 0; i++) {
			if (!exup_buffer_is_busy(app->buffers[i])) {
				ret = show(app, i);
			}
		}
		if (ret >= 0) {
			ret = window_dispatch(&app->window, -1);
		}
	}
	return ret;
}

static int
create_buffers(struct app *app)
{
	int ret = 0;

	for (int i = 0; i < 2 && ret == 0; i++) {
		app->pixels[i] = malloc(WIDTH * HEIGHT * sizeof(uint32_t));
		struct exup_buffer_info info = {
			.data = app->pixels[i],
			.width = WIDTH,
			.height = HEIGHT,
			.stride = WIDTH * sizeof(uint32_t),
			.fourcc = DRM_FORMAT_XRGB8888,
		};
		ret = exup_buffer_create(app->client, &info, NULL, NULL, &app->buffers[i]);
	}
	return ret;
}

int
main(void)
{
	struct app app = { 0 };
	int ret;

	ret = window_init(&app.window, "Userptr", "exynos-userptr-simple", WIDTH, HEIGHT);
	if (ret == 0) {
		ret = exup_client_create(app.window.display, NULL, 0, &app.client);
	}
	if (ret == 0) {
		ret = create_buffers(&app);
	}
	if (ret == 0) {
		printf("path %s\n", exup_path_to_string(exup_buffer_get_path(app.buffers[0])));
		ret = run(&app);
	}
	if (ret < 0) {
		fprintf(stderr, "exynos-userptr-simple: %s\n", strerror(-ret));
	}
	for (int i = 0; i < 2; i++) {
		exup_buffer_destroy(app.buffers[i]);
		free(app.pixels[i]);
	}
	exup_client_destroy(app.client);
	window_fini(&app.window);
	return ret < 0;
}
