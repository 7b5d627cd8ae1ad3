// SPDX-License-Identifier: MIT
/*
 * Shows a wl_shm window in one colour and checks that it is on the screen.
 *
 * usage: test-shown [--no-globals] [--headless]
 *
 * --no-globals: the compositor must not offer linux-dmabuf. --headless: there is no scan-out to
 * look at, the renderer's own pixels are read.
 */
#include <stdio.h>
#include <string.h>

#include <wayland-client.h>

#include "test-buffer.h"
#include "test-client.h"
#include "test-scene-client-protocol.h"
#include "test-screen.h"

#define COLOR 0x336699u

static void
handle_dumped(void *data, struct exup_test_scene *scene, int32_t result)
{
	int32_t *dump_result = data;

	(void)scene;
	*dump_result = result;
}

static const struct exup_test_scene_listener scene_listener = {
	.dumped = handle_dumped,
};

static size_t
count_rendered(struct test_client *client, size_t *total)
{
	static const char path[] = "/tmp/test-shown.raw";
	int32_t result = 1;

	exup_test_scene_add_listener(client->scene, &scene_listener, &result);
	exup_test_scene_dump(client->scene, path);
	while (result == 1) {
		test_client_dispatch(client);
	}
	return test_picture_count(path, COLOR, total);
}

int
main(int argc, char **argv)
{
	bool no_globals = false, headless = false;
	struct test_feedback *feedback;
	struct test_client client;
	struct test_buffer *buffer;
	size_t count, total;
	int i;

	for (i = 1; i < argc; i++) {
		no_globals = no_globals || strcmp(argv[i], "--no-globals") == 0;
		headless = headless || strcmp(argv[i], "--headless") == 0;
	}
	test_client_init(&client);
	if (no_globals && client.dmabuf) {
		test_fail("zwp_linux_dmabuf_v1 is offered");
	}
	test_client_make_window(&client);
	buffer = test_buffer_create(&client, NULL, TEST_BUFFER_SHM, client.width, client.height,
				    WL_SHM_FORMAT_XRGB8888, NULL);
	test_buffer_fill(buffer, 0xff000000u | COLOR);
	feedback = test_client_feedback(&client, client.surface);
	test_buffer_commit(buffer, client.surface, NULL, 0);
	test_client_wait_shown(&client, feedback);
	count = headless ? count_rendered(&client, &total) : test_screen_count(COLOR, &total);
	if (total == 0 || count != total) {
		test_fail("%zu of %zu pixels have the window's colour", count, total);
	}
	test_buffer_destroy(buffer);
	test_client_fini(&client);
	return 0;
}
