// SPDX-License-Identifier: MIT
/* Memory that an application may read and not write: it is shown in place like any other. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_fourcc.h>
#include <wayland-client.h>

#include "exynos-userptr.h"
#include "test-client.h"
#include "test-screen.h"
#include "viewporter-client-protocol.h"

enum {
	WIDTH = 128,
	HEIGHT = 96,
	PIXELS = WIDTH * HEIGHT,
	SIZE_BYTES = 4 * PIXELS,
};

/* a picture among the program's constants, in pages that are the file's */
static const uint32_t constants[PIXELS] = { [0 ... PIXELS - 1] = 0xff5a6b7c };

struct fixture {
	struct test_client client;
	struct exup_client *exup;
	struct exup_report *report;
	uint32_t composited;
};

static void
handle_composited(void *data, struct exup_report *report, uint32_t how, const char *reason,
		  uint64_t bytes_copied)
{
	struct fixture *fixture = data;

	(void)report, (void)reason, (void)bytes_copied;
	fixture->composited = how;
}

static const struct exup_report_listener report_listener = {
	.composited = handle_composited,
};

static int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	test_client_init(&fixture->client);
	test_client_make_window(&fixture->client);
	if (exup_client_create(fixture->client.display, NULL, 0, &fixture->exup) < 0 ||
	    exup_report_create(fixture->exup, fixture->client.surface, &report_listener, fixture,
			       &fixture->report) < 0) {
		test_fail("exup_client_create");
	}
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	exup_report_destroy(fixture->report);
	exup_client_destroy(fixture->exup);
	test_client_fini(&fixture->client);
	free(fixture);
	return 0;
}

static struct exup_buffer *
create_buffer(struct fixture *fixture, const void *pixels)
{
	const struct exup_buffer_info info = {
		.data = pixels,
		.width = WIDTH,
		.height = HEIGHT,
		.stride = 4 * WIDTH,
		.fourcc = DRM_FORMAT_XRGB8888,
	};
	struct exup_buffer *buffer;

	assert_int_equal(exup_buffer_create(fixture->exup, &info, NULL, NULL, &buffer), 0);
	assert_int_equal(exup_buffer_get_path(buffer), EXUP_PATH_USERPTR);
	return buffer;
}

/* Commits the buffer, and checks that its colour is there and how it got there. */
static void
assert_shown(struct fixture *fixture, struct exup_buffer *buffer, uint32_t color, size_t count,
	     uint32_t how)
{
	struct test_feedback *feedback;

	while (exup_buffer_is_busy(buffer)) {
		test_client_dispatch(&fixture->client);
	}
	fixture->composited = UINT32_MAX;
	feedback = test_client_feedback(&fixture->client, fixture->client.surface);
	assert_int_equal(exup_buffer_commit(buffer, fixture->client.surface, NULL, 0), 0);
	test_client_wait_shown(&fixture->client, feedback);
	assert_int_equal(test_screen_count(color, NULL), count);
	while (fixture->composited == UINT32_MAX) {
		test_client_dispatch(&fixture->client);
	}
	assert_int_equal(fixture->composited, how);
}

static void *
map_memfd(int fd, int protection, int flags)
{
	void *memory = mmap(NULL, SIZE_BYTES, protection, flags, fd, 0);

	if (memory == MAP_FAILED) {
		test_fail("mapping %d bytes: %s", SIZE_BYTES, strerror(errno));
	}
	return memory;
}

static void
fill(uint32_t *pixels, uint32_t color)
{
	int i;

	for (i = 0; i < PIXELS; i++) {
		pixels[i] = 0xff000000 | color;
	}
}

static void
test_constants(void **state)
{
	struct fixture *fixture = *state;
	struct exup_buffer *buffer = create_buffer(fixture, constants);

	assert_shown(fixture, buffer, 0x5a6b7c, PIXELS, EXUP_COMPOSITED_IN_PLACE);
	exup_buffer_destroy(buffer);
}

/* As from another process that draws: what it wrote is there with the commit. */
static void
test_mapping_of_a_file(void **state)
{
	static const int flags[] = { MAP_SHARED, MAP_PRIVATE };
	struct fixture *fixture = *state;
	struct exup_buffer *buffers[2];
	uint32_t *written, *pixels;
	uint32_t color;
	size_t i;
	int fd;

	for (i = 0; i < 2; i++) {
		fd = memfd_create("picture", MFD_CLOEXEC);
		assert_int_equal(ftruncate(fd, SIZE_BYTES), 0);
		written = map_memfd(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
		fill(written, 0x123456);
		pixels = map_memfd(fd, PROT_READ, flags[i]);
		close(fd);
		buffers[0] = create_buffer(fixture, pixels);
		buffers[1] = create_buffer(fixture, pixels);
		for (color = 0x123456; color < 0x12345a; color++) {
			/* the pages of a private mapping are those of before */
			if (flags[i] == MAP_SHARED) {
				fill(written, color);
			}
			assert_shown(fixture, buffers[color % 2],
				     flags[i] == MAP_SHARED ? color : 0x123456, PIXELS,
				     EXUP_COMPOSITED_IN_PLACE);
		}
		exup_buffer_destroy(buffers[0]);
		exup_buffer_destroy(buffers[1]);
		munmap(pixels, SIZE_BYTES);
		munmap(written, SIZE_BYTES);
	}
}

/* What the engine cannot do, the compositor's CPU reads by way of the dma-buf. */
static void
test_scaled(void **state)
{
	struct fixture *fixture = *state;
	struct exup_buffer *buffer = create_buffer(fixture, constants);
	struct wp_viewport *viewport;

	viewport = wp_viewporter_get_viewport(fixture->client.viewporter, fixture->client.surface);
	wp_viewport_set_destination(viewport, 2 * WIDTH, 2 * HEIGHT);
	assert_shown(fixture, buffer, 0x5a6b7c, 4 * PIXELS, EXUP_COMPOSITED_CPU);
	wp_viewport_destroy(viewport);
	exup_buffer_destroy(buffer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_constants, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mapping_of_a_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_scaled, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
