// SPDX-License-Identifier: MIT
/* What no correct client sends: an answer by the protocol, a line in the log, and nothing pinned. */
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_fourcc.h>
#include <linux/dma-heap.h>
#include <wayland-client.h>

#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "test-buffer.h"
#include "test-client.h"
#include "test-screen.h"

#define BUFFER_BYTES (64 * 64 * 4)
#define REFUSED_LINE "exynos-userptr: refused"

/** enum answer - instead of a protocol error; numbers from 0 up are protocol errors */
enum answer {
	CREATED = -1,
	FAILED = -2,
};

/**
 * struct bad - a buffer that is requested
 * @open: what fd to hand in
 * @plane: index
 * @planes: how many times it is added
 * @answer: enum answer or zwp_linux_buffer_params_v1_error
 */
struct bad {
	const char *name;
	int (*open)(void);
	int32_t width;
	int32_t height;
	uint32_t fourcc;
	uint32_t stride;
	uint32_t offset;
	uint64_t modifier;
	uint32_t flags;
	uint32_t plane;
	uint32_t planes;
	int answer;
};

static int
open_dmabuf(void)
{
	struct dma_heap_allocation_data allocation = {
		.len = BUFFER_BYTES,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);

	if (heap < 0 || ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &allocation) < 0) {
		test_fail("/dev/dma_heap/system: %s", strerror(errno));
	}
	close(heap);
	return (int)allocation.fd;
}

static int
open_memfd(void)
{
	int fd = memfd_create("no-dmabuf", MFD_CLOEXEC);

	return fd >= 0 && ftruncate(fd, BUFFER_BYTES) == 0 ? fd : -1;
}

static int
open_null(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static int
open_pipe(void)
{
	int fds[2];

	if (pipe(fds) < 0) {
		return -1;
	}
	close(fds[1]);
	return fds[0];
}

static int
open_card(void)
{
	return open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
}

#define GOOD                                                                           \
	.open = open_dmabuf, .width = 64, .height = 64, .fourcc = DRM_FORMAT_XRGB8888, \
	.stride = 256, .planes = 1
#define ERROR(name) ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_##name

/* each of these is GOOD but for what it overrides */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const struct bad bads[] = {
	{ .name = "nothing wrong", GOOD, .answer = CREATED },
	{ .name = "memfd", GOOD, .open = open_memfd, .answer = FAILED },
	{ .name = "/dev/null", GOOD, .open = open_null, .answer = FAILED },
	{ .name = "pipe", GOOD, .open = open_pipe, .answer = FAILED },
	{ .name = "DRM node", GOOD, .open = open_card, .answer = FAILED },
	{ .name = "one row too many", GOOD, .height = 65, .answer = ERROR(OUT_OF_BOUNDS) },
	{ .name = "stride below row", GOOD, .stride = 252, .answer = ERROR(OUT_OF_BOUNDS) },
	{ .name = "stride too large", GOOD, .stride = 260, .answer = ERROR(OUT_OF_BOUNDS) },
	{ .name = "stride of 16 bits", GOOD, .stride = 32768, .answer = FAILED },
	{ .name = "largest stride", GOOD, .stride = 0xfffffffc, .answer = ERROR(OUT_OF_BOUNDS) },
	{ .name = "stride of half pixels", GOOD, .height = 8, .stride = 258, .answer = FAILED },
	{ .name = "offset past the end",
	  GOOD,
	  .offset = BUFFER_BYTES,
	  .answer = ERROR(OUT_OF_BOUNDS) },
	{ .name = "offset of half a pixel", GOOD, .height = 8, .offset = 2, .answer = FAILED },
	{ .name = "no width", GOOD, .width = 0, .answer = ERROR(INVALID_DIMENSIONS) },
	{ .name = "negative height", GOOD, .height = -64, .answer = ERROR(INVALID_DIMENSIONS) },
	{ .name = "width whose bytes overflow",
	  GOOD,
	  .width = 0x40000001,
	  .height = 1,
	  .answer = ERROR(OUT_OF_BOUNDS) },
	{ .name = "larger than the engine",
	  GOOD,
	  .width = 1,
	  .height = 60000,
	  .stride = 4,
	  .answer = FAILED },
	{ .name = "unknown format", GOOD, .fourcc = DRM_FORMAT_NV12, .answer = FAILED },
	{ .name = "no format", GOOD, .fourcc = 0, .answer = FAILED },
	{ .name = "tiled", GOOD, .modifier = DRM_FORMAT_MOD_SAMSUNG_64_32_TILE, .answer = FAILED },
	{ .name = "upside down",
	  GOOD,
	  .flags = ZWP_LINUX_BUFFER_PARAMS_V1_FLAGS_Y_INVERT,
	  .answer = FAILED },
	{ .name = "interlaced",
	  GOOD,
	  .flags = ZWP_LINUX_BUFFER_PARAMS_V1_FLAGS_INTERLACED,
	  .answer = FAILED },
	{ .name = "no plane", GOOD, .planes = 0, .answer = ERROR(INCOMPLETE) },
	{ .name = "only plane 1", GOOD, .plane = 1, .answer = ERROR(INCOMPLETE) },
	{ .name = "plane 4", GOOD, .plane = 4, .answer = ERROR(PLANE_IDX) },
	{ .name = "plane 0 twice", GOOD, .planes = 2, .answer = ERROR(PLANE_SET) },
};
#pragma GCC diagnostic pop

static void
handle_created(void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *buffer)
{
	int *answer = data;

	(void)params, (void)buffer;
	*answer = CREATED;
}

static void
handle_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	int *answer = data;

	(void)params;
	*answer = FAILED;
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = handle_created,
	.failed = handle_failed,
};

/* Returns the answer; with create_immed it can only be an error, or CREATED where there is none. */
static int
request(const struct bad *bad, bool immed)
{
	struct zwp_linux_buffer_params_v1 *params;
	const struct wl_interface *interface = NULL;
	struct test_client client;
	int answer = CREATED;
	uint32_t id, i;
	int fd;

	test_client_init(&client);
	fd = bad->open();
	assert_true(fd >= 0);
	params = zwp_linux_dmabuf_v1_create_params(client.dmabuf);
	zwp_linux_buffer_params_v1_add_listener(params, &params_listener, &answer);
	for (i = 0; i < bad->planes; i++) {
		zwp_linux_buffer_params_v1_add(params, fd, bad->plane, bad->offset, bad->stride,
					       (uint32_t)(bad->modifier >> 32),
					       (uint32_t)bad->modifier);
	}
	if (immed) {
		zwp_linux_buffer_params_v1_create_immed(params, bad->width, bad->height,
							bad->fourcc, bad->flags);
	} else {
		zwp_linux_buffer_params_v1_create(params, bad->width, bad->height, bad->fourcc,
						  bad->flags);
	}
	if (wl_display_roundtrip(client.display) < 0) {
		assert_int_equal(wl_display_get_error(client.display), EPROTO);
		answer = (int)wl_display_get_protocol_error(client.display, &interface, &id);
		assert_string_equal(interface->name, "zwp_linux_buffer_params_v1");
	}
	close(fd);
	test_client_fini(&client);
	return answer;
}

static void
test_create(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		int lines = test_log_count(REFUSED_LINE);
		int answer = request(&bads[i], false);

		if (answer != bads[i].answer) {
			fail_msg("%s: answer %d instead of %d", bads[i].name, answer,
				 bads[i].answer);
		}
		if (test_log_count(REFUSED_LINE) != lines + (bads[i].answer != CREATED)) {
			fail_msg("%s: no line in the log, or too many", bads[i].name);
		}
	}
}

/* There is no `failed` here: what would be refused ends the connection. */
static void
test_create_immed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		int answer = request(&bads[i], true);

		if (bads[i].answer == CREATED ? answer != CREATED : answer < 0) {
			fail_msg("%s: answer %d", bads[i].name, answer);
		}
		if (bads[i].answer >= 0 && answer != bads[i].answer) {
			fail_msg("%s: error %d instead of %d", bads[i].name, answer,
				 bads[i].answer);
		}
	}
}

/* A shared memory that shrinks under the compositor's hands is an error of the client's. */
static void
test_shrunk_shm(void **state)
{
	const struct wl_interface *interface = NULL;
	struct test_client client;
	struct wl_shm_pool *pool;
	struct wl_buffer *buffer;
	uint32_t id, code;
	int fd;

	(void)state;
	test_client_init(&client);
	test_client_make_window(&client);
	fd = open_memfd();
	pool = wl_shm_create_pool(client.shm, fd, BUFFER_BYTES);
	buffer = wl_shm_pool_create_buffer(pool, 0, 64, 64, 256, WL_SHM_FORMAT_XRGB8888);
	assert_int_equal(ftruncate(fd, 0), 0);
	wl_surface_attach(client.surface, buffer, 0, 0);
	wl_surface_damage_buffer(client.surface, 0, 0, 64, 64);
	wl_surface_commit(client.surface);
	while (wl_display_dispatch(client.display) >= 0) {
		;
	}
	assert_int_equal(wl_display_get_error(client.display), EPROTO);
	code = wl_display_get_protocol_error(client.display, &interface, &id);
	assert_int_equal(code, WL_SHM_ERROR_INVALID_FD);
	close(fd);
	test_client_fini(&client);
}

/*
 * libwayland compares the stride, in bytes, with the width, in pixels: it lets rows through that are
 * shorter than their pixels, and a pool that ends where they are said to end.
 */
static void
test_short_rows_in_shm(void **state)
{
	const int width = 32000;
	struct test_client client;
	struct wl_shm_pool *pool;
	struct wl_buffer *buffer;
	int fd;

	(void)state;
	test_client_init(&client);
	test_client_make_window(&client);
	fd = memfd_create("short-rows", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, width), 0);
	pool = wl_shm_create_pool(client.shm, fd, width);
	buffer = wl_shm_pool_create_buffer(pool, 0, width, 1, width, WL_SHM_FORMAT_XRGB8888);
	wl_surface_attach(client.surface, buffer, 0, 0);
	wl_surface_damage_buffer(client.surface, 0, 0, width, 1);
	wl_surface_commit(client.surface);
	while (wl_display_dispatch(client.display) >= 0) {
		;
	}
	/* what libwayland makes of WL_DISPLAY_ERROR_INVALID_OBJECT */
	assert_int_equal(wl_display_get_error(client.display), EINVAL);
	close(fd);
	test_client_fini(&client);
}

/*
 * A format whose rows are no whole words, which pixman does not draw: no error of the client's, who
 * may go on for ever.
 */
static void
test_odd_rows_in_shm(void **state)
{
	const char *line = "cannot show a wl_shm buffer";
	int lines = test_log_count(line);
	struct test_client client;
	struct wl_shm_pool *pool;
	struct wl_buffer *buffer;
	int fd, i;

	(void)state;
	test_client_init(&client);
	test_client_make_window(&client);
	fd = open_memfd();
	pool = wl_shm_create_pool(client.shm, fd, BUFFER_BYTES);
	buffer = wl_shm_pool_create_buffer(pool, 0, 3, 1, 6, WL_SHM_FORMAT_RGB565);
	for (i = 0; i < 20; i++) {
		wl_surface_attach(client.surface, buffer, 0, 0);
		wl_surface_damage_buffer(client.surface, 0, 0, 3, 1);
		wl_surface_commit(client.surface);
		test_client_sync(&client);
	}
	assert_in_range(test_log_count(line) - lines, 1, 4);
	close(fd);
	test_client_fini(&client);
}

/* After all that: nothing is left, and a correct client is served as if nothing had been. */
static void
test_weston_lives(void **state)
{
	struct test_client client;
	struct exup_client *exup;
	struct test_buffer *buffer;
	struct test_feedback *feedback;
	size_t count, total;

	(void)state;
	assert_true(test_wait_pinned(0));
	test_client_init(&client);
	assert_int_equal(exup_client_create(client.display, NULL, 0, &exup), 0);
	test_client_make_window(&client);
	buffer = test_buffer_create(&client, exup, TEST_BUFFER_LIBRARY, client.width, client.height,
				    WL_SHM_FORMAT_XRGB8888, NULL);
	assert_int_equal(exup_buffer_get_path(test_buffer_get_exup(buffer)), EXUP_PATH_USERPTR);
	test_buffer_fill(buffer, 0xff336699u);
	feedback = test_client_feedback(&client, client.surface);
	test_buffer_commit(buffer, client.surface, NULL, 0);
	test_client_wait_shown(&client, feedback);
	count = test_screen_count(0x336699u, &total);
	assert_int_equal(count, total);
	test_buffer_destroy(buffer);
	exup_client_destroy(exup);
	test_client_fini(&client);
	assert_true(test_wait_pinned(0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),		cmocka_unit_test(test_create_immed),
		cmocka_unit_test(test_shrunk_shm),	cmocka_unit_test(test_short_rows_in_shm),
		cmocka_unit_test(test_odd_rows_in_shm), cmocka_unit_test(test_weston_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
