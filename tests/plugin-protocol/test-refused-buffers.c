// SPDX-License-Identifier: MIT
/* Every way in which a client can get a buffer wrong: what it is answered, and that nothing stays. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <drm_fourcc.h>

#include "client.h"

#define WIDTH 64
#define HEIGHT 16
#define STRIDE (WIDTH * 4)
#define SIZE_BYTES (STRIDE * HEIGHT)

/* Answers other than a protocol error. */
#define FAILED -1

#define ERROR(name) ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_##name

enum fd_kind {
	DMABUF,
	PIPE,
	DEV_NULL,
	EMPTY_FILE,
};

/** struct plane_args - an `add`; @size_bytes is of the DMABUF */
struct plane_args {
	enum fd_kind kind;
	uint64_t size_bytes;
	uint32_t index;
	uint32_t offset;
	uint32_t stride;
	uint64_t modifier;
};

/**
 * struct bad_buffer
 * @answer: to `create`: FAILED or an error
 * @answer_immed: to `create_immed`
 * @log: what the log line says, among the numbers
 */
struct bad_buffer {
	const char *name;
	uint32_t version;
	size_t plane_count;
	struct plane_args planes[2];
	int32_t width;
	int32_t height;
	uint32_t fourcc;
	uint32_t flags;
	int import_error;
	int answer;
	int answer_immed;
	const char *log;
};

#define GOOD_PLANE                                                         \
	{                                                                  \
		.kind = DMABUF, .size_bytes = SIZE_BYTES, .stride = STRIDE \
	}

/* A buffer without fault, into which each case puts one. */
#define GOOD_BUFFER                                                               \
	.version = 4, .plane_count = 1, .planes = { GOOD_PLANE }, .width = WIDTH, \
	.height = HEIGHT, .fourcc = DRM_FORMAT_XRGB8888

#define ALWAYS(error) .answer = ERROR(error), .answer_immed = ERROR(error)
#define UNLESS_FATAL(error) .answer = FAILED, .answer_immed = ERROR(error)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif

static struct bad_buffer bad_buffers[] = {
	{ "format that nobody knows, version 4", GOOD_BUFFER, .fourcc = 0x12345678,
	  ALWAYS(INVALID_FORMAT), .log = "format 0x12345678" },
	{ "format that nobody knows, version 3", GOOD_BUFFER, .version = 3, .fourcc = 0x12345678,
	  UNLESS_FATAL(INVALID_FORMAT), .log = "format 0x12345678" },
	{ "format of zero, version 4", GOOD_BUFFER, .fourcc = 0, ALWAYS(INVALID_FORMAT),
	  .log = "was not announced" },
	{ "format that is not announced, version 4", GOOD_BUFFER, .fourcc = DRM_FORMAT_NV12,
	  ALWAYS(INVALID_FORMAT), .log = "was not announced" },
	{ "format that is not announced, version 2", GOOD_BUFFER, .version = 2,
	  .fourcc = DRM_FORMAT_NV12, UNLESS_FATAL(INVALID_FORMAT), .log = "was not announced" },
	{ "modifier that is not announced, version 4", GOOD_BUFFER,
	  .planes[0].modifier = DRM_FORMAT_MOD_SAMSUNG_64_32_TILE, ALWAYS(INVALID_FORMAT),
	  .log = "with modifier 0x400000000000001" },
	{ "modifier that is not announced, version 3", GOOD_BUFFER, .version = 3,
	  .planes[0].modifier = DRM_FORMAT_MOD_SAMSUNG_64_32_TILE, UNLESS_FATAL(INVALID_FORMAT),
	  .log = "with modifier 0x400000000000001" },
	{ "modifier of all ones", GOOD_BUFFER, .planes[0].modifier = UINT64_MAX,
	  ALWAYS(INVALID_FORMAT), .log = "with modifier 0xffffffffffffffff" },
	{ "planes with different modifiers", GOOD_BUFFER, .plane_count = 2,
	  .planes[1] = { .size_bytes = SIZE_BYTES,
			 .index = 1,
			 .stride = STRIDE,
			 .modifier = DRM_FORMAT_MOD_INVALID },
	  ALWAYS(INVALID_FORMAT), .log = "planes with modifiers 0x0 and 0xffffffffffffff" },

	{ "no plane", GOOD_BUFFER, .plane_count = 0, ALWAYS(INCOMPLETE),
	  .log = "plane 0 has not been added" },
	{ "no plane, version 2", GOOD_BUFFER, .version = 2, .plane_count = 0, ALWAYS(INCOMPLETE),
	  .log = "plane 0 has not been added" },
	{ "hole in the planes", GOOD_BUFFER, .planes[0].index = 1, ALWAYS(INCOMPLETE),
	  .log = "plane 0 has not been added" },
	{ "more planes than the format has", GOOD_BUFFER, .plane_count = 2,
	  .planes[1] = { .size_bytes = SIZE_BYTES, .index = 1, .stride = STRIDE },
	  ALWAYS(INCOMPLETE), .log = "plane 1 has been added to a format of one plane" },
	{ "more planes than the format has, with a hole", GOOD_BUFFER, .plane_count = 2,
	  .planes[1] = { .size_bytes = SIZE_BYTES, .index = 3, .stride = STRIDE },
	  ALWAYS(INCOMPLETE), .log = "plane 3 has been added to a format of one plane" },
	{ "plane added twice", GOOD_BUFFER, .plane_count = 2, .planes[1] = GOOD_PLANE,
	  ALWAYS(PLANE_SET), .log = "plane 0 has already been added" },
	{ "plane index too large", GOOD_BUFFER, .planes[0].index = 4, ALWAYS(PLANE_IDX),
	  .log = "plane index 4 of at most 3" },
	{ "plane index of all ones", GOOD_BUFFER, .planes[0].index = UINT32_MAX, ALWAYS(PLANE_IDX),
	  .log = "plane index 4294967295 of at most 3" },

	{ "width of zero", GOOD_BUFFER, .width = 0, ALWAYS(INVALID_DIMENSIONS), .log = "0x16" },
	{ "height of zero", GOOD_BUFFER, .height = 0, ALWAYS(INVALID_DIMENSIONS), .log = "64x0" },
	{ "negative width", GOOD_BUFFER, .width = -1, ALWAYS(INVALID_DIMENSIONS), .log = "-1x16" },
	{ "least height", GOOD_BUFFER, .height = INT32_MIN, ALWAYS(INVALID_DIMENSIONS),
	  .log = "64x-2147483648" },
	{ "width past the engine's coordinates", GOOD_BUFFER, .width = 8001, .height = 1,
	  .planes[0].stride = 8001 * 4, .planes[0].size_bytes = 1 << 20,
	  UNLESS_FATAL(INVALID_WL_BUFFER), .log = "8001x1" },
	{ "height past the engine's coordinates", GOOD_BUFFER, .width = 1, .height = 8001,
	  .planes[0].stride = 4, .planes[0].size_bytes = 1 << 20, UNLESS_FATAL(INVALID_WL_BUFFER),
	  .log = "1x8001" },
	{ "greatest height", GOOD_BUFFER, .height = INT32_MAX, UNLESS_FATAL(INVALID_WL_BUFFER),
	  .log = "64x2147483647" },
	{ "greatest width, row of more than 32 bits", GOOD_BUFFER, .width = INT32_MAX,
	  .planes[0].stride = UINT32_MAX - 3, ALWAYS(OUT_OF_BOUNDS),
	  .log = "a row has 8589934588 bytes" },
	{ "width whose row is 0 in 32 bits", GOOD_BUFFER, .width = 1 << 30, ALWAYS(OUT_OF_BOUNDS),
	  .log = "a row has 4294967296 bytes" },

	{ "stride of zero", GOOD_BUFFER, .planes[0].stride = 0, ALWAYS(OUT_OF_BOUNDS),
	  .log = "a row has 256 bytes" },
	{ "stride less than a row", GOOD_BUFFER, .planes[0].stride = STRIDE - 4,
	  ALWAYS(OUT_OF_BOUNDS), .log = "stride 252" },
	{ "stride no multiple of a pixel", GOOD_BUFFER, .planes[0].stride = STRIDE + 2,
	  .planes[0].size_bytes = SIZE_BYTES * 2, UNLESS_FATAL(INVALID_WL_BUFFER),
	  .log = "stride 258" },
	{ "greatest stride of the engine", GOOD_BUFFER, .planes[0].stride = 32764,
	  ALWAYS(OUT_OF_BOUNDS), .log = "past the dma-buf of 4096 bytes" },
	{ "stride past the engine's register", GOOD_BUFFER, .planes[0].stride = 32768,
	  .planes[0].size_bytes = 2 << 20, UNLESS_FATAL(INVALID_WL_BUFFER),
	  .log = "strides up to 32767 bytes" },
	{ "greatest stride", GOOD_BUFFER, .planes[0].stride = INT32_MAX - 3,
	  UNLESS_FATAL(INVALID_WL_BUFFER), .log = "strides up to 32767 bytes" },
	{ "stride beyond an int", GOOD_BUFFER, .planes[0].stride = UINT32_MAX - 3,
	  ALWAYS(OUT_OF_BOUNDS), .log = "larger than any dma-buf" },
	{ "stride times height of 0 in 32 bits", GOOD_BUFFER, .planes[0].stride = 1 << 28,
	  UNLESS_FATAL(INVALID_WL_BUFFER), .log = "strides up to 32767 bytes" },
	{ "offset no multiple of a pixel", GOOD_BUFFER, .planes[0].offset = 2,
	  .planes[0].size_bytes = SIZE_BYTES * 2, UNLESS_FATAL(INVALID_WL_BUFFER),
	  .log = "offset 2," },
	{ "offset that moves the end out", GOOD_BUFFER, .planes[0].offset = 4,
	  ALWAYS(OUT_OF_BOUNDS), .log = "offset 4," },
	{ "offset at the end", GOOD_BUFFER, .planes[0].offset = SIZE_BYTES, ALWAYS(OUT_OF_BOUNDS),
	  .log = "offset 4096," },
	{ "greatest offset", GOOD_BUFFER, .planes[0].offset = UINT32_MAX - 3, ALWAYS(OUT_OF_BOUNDS),
	  .log = "offset 4294967292," },
	{ "offset and end of 0 in 32 bits", GOOD_BUFFER,
	  .planes[0].offset = UINT32_MAX - SIZE_BYTES + 1, ALWAYS(OUT_OF_BOUNDS),
	  .log = "offset 4294963200," },
	{ "offset out of reach of the engine's coordinates", GOOD_BUFFER, .width = 1, .height = 1,
	  .planes[0].stride = 4, .planes[0].offset = 8000 * 4, .planes[0].size_bytes = 1 << 20,
	  UNLESS_FATAL(INVALID_WL_BUFFER), .log = "out of reach" },
	{ "one row more than the memory", GOOD_BUFFER, .height = HEIGHT + 1, ALWAYS(OUT_OF_BOUNDS),
	  .log = "past the dma-buf of 4096 bytes" },
	{ "memory one byte too small", GOOD_BUFFER, .planes[0].size_bytes = SIZE_BYTES - 1,
	  ALWAYS(OUT_OF_BOUNDS), .log = "past the dma-buf of 4095 bytes" },

	{ "y-inverted", GOOD_BUFFER, .flags = ZWP_LINUX_BUFFER_PARAMS_V1_FLAGS_Y_INVERT,
	  UNLESS_FATAL(INVALID_WL_BUFFER), .log = "y-inverted contents are not supported" },
	{ "interlaced", GOOD_BUFFER, .flags = ZWP_LINUX_BUFFER_PARAMS_V1_FLAGS_INTERLACED,
	  UNLESS_FATAL(INVALID_WL_BUFFER), .log = "flags 0x2 are not supported" },
	{ "bottom field first", GOOD_BUFFER, .flags = ZWP_LINUX_BUFFER_PARAMS_V1_FLAGS_BOTTOM_FIRST,
	  UNLESS_FATAL(INVALID_WL_BUFFER), .log = "flags 0x4 are not supported" },
	{ "flag that the protocol does not know", GOOD_BUFFER, .flags = 1u << 31,
	  UNLESS_FATAL(INVALID_WL_BUFFER), .log = "flags 0x80000000 are not supported" },

	{ "descriptor of a pipe", GOOD_BUFFER, .planes[0].kind = PIPE,
	  UNLESS_FATAL(INVALID_WL_BUFFER), .log = "cannot import the fd" },
	{ "descriptor of /dev/null", GOOD_BUFFER, .planes[0].kind = DEV_NULL,
	  UNLESS_FATAL(INVALID_WL_BUFFER), .log = "cannot import the fd" },
	{ "descriptor of an empty file", GOOD_BUFFER, .planes[0].kind = EMPTY_FILE,
	  UNLESS_FATAL(INVALID_WL_BUFFER), .log = "cannot import the fd" },
	{ "device without memory", GOOD_BUFFER, .import_error = -ENOMEM,
	  UNLESS_FATAL(INVALID_WL_BUFFER), .log = "Cannot allocate memory" },
};

#pragma GCC diagnostic pop

#define BAD_BUFFER_COUNT (sizeof(bad_buffers) / sizeof(bad_buffers[0]))

/** struct answer - what came of a params object */
struct answer {
	bool created;
	bool failed;
};

static void
params_handle_created(void *data, struct zwp_linux_buffer_params_v1 *params,
		      struct wl_buffer *buffer)
{
	struct answer *answer = data;

	(void)params;
	answer->created = true;
	wl_buffer_destroy(buffer);
}

static void
params_handle_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	struct answer *answer = data;

	(void)params;
	answer->failed = true;
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = params_handle_created,
	.failed = params_handle_failed,
};

static int
open_fd(const struct plane_args *plane)
{
	int fds[2];

	switch (plane->kind) {
	case PIPE:
		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		close(fds[1]);
		return fds[0];
	case DEV_NULL:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case EMPTY_FILE:
		return fake_dmabuf_create(0);
	default:
		return fake_dmabuf_create(plane->size_bytes);
	}
}

static void
add_planes(struct zwp_linux_buffer_params_v1 *params, const struct bad_buffer *bad)
{
	const struct plane_args *plane;
	size_t i;
	int fd;

	for (i = 0; i < bad->plane_count; i++) {
		plane = &bad->planes[i];
		fd = open_fd(plane);
		assert_true(fd >= 0);
		zwp_linux_buffer_params_v1_add(params, fd, plane->index, plane->offset,
					       plane->stride, (uint32_t)(plane->modifier >> 32),
					       (uint32_t)plane->modifier);
		close(fd);
	}
}

static void
check_answer(struct test_client *client, const struct answer *answer, int expected)
{
	assert_false(answer->created);
	if (expected == FAILED) {
		assert_true(answer->failed);
		assert_int_equal(wl_display_get_error(client->display), 0);
	} else {
		assert_false(answer->failed);
		assert_int_equal(test_client_get_error(client, "zwp_linux_buffer_params_v1"),
				 expected);
		assert_null(client->server->client);
	}
}

static void
try_bad_buffer(const struct bad_buffer *bad, bool immediate)
{
	struct zwp_linux_buffer_params_v1 *params;
	struct wl_buffer *buffer = NULL;
	struct answer answer = { false, false };
	struct test_server server;
	struct test_client client;
	unsigned int fd_count;

	assert_true(test_server_init(&server, NULL));
	assert_true(test_client_init(&client, &server, bad->version));
	server.driver.import_error = bad->import_error;
	fd_count = test_count_fds();
	test_log_clear();

	params = zwp_linux_dmabuf_v1_create_params(client.dmabuf);
	zwp_linux_buffer_params_v1_add_listener(params, &params_listener, &answer);
	add_planes(params, bad);
	if (immediate) {
		buffer = zwp_linux_buffer_params_v1_create_immed(params, bad->width, bad->height,
								 bad->fourcc, bad->flags);
	} else {
		zwp_linux_buffer_params_v1_create(params, bad->width, bad->height, bad->fourcc,
						  bad->flags);
	}
	test_client_roundtrip(&client);

	check_answer(&client, &answer, immediate ? bad->answer_immed : bad->answer);
	assert_non_null(strstr(test_log_get(), bad->log));
	assert_int_equal(test_log_count_lines(), 1);
	assert_int_equal(fake_driver_count_handles(&server.driver), 0);
	/* fewer if the server has closed the connection */
	assert_true(test_count_fds() <= fd_count);

	if (buffer) {
		wl_buffer_destroy(buffer);
	}
	zwp_linux_buffer_params_v1_destroy(params);
	test_client_finish(&client);
	test_server_finish(&server);
}

static void
test_bad_buffer(void **state)
{
	unsigned int fd_count = test_count_fds();
	const struct bad_buffer *bad = *state;

	try_bad_buffer(bad, false);
	if (bad->version >= 2) {
		try_bad_buffer(bad, true);
	}
	assert_int_equal(test_count_fds(), fd_count);
}

int
main(void)
{
	struct CMUnitTest tests[BAD_BUFFER_COUNT];
	size_t i;

	for (i = 0; i < BAD_BUFFER_COUNT; i++) {
		tests[i] = (struct CMUnitTest){
			.name = bad_buffers[i].name,
			.test_func = test_bad_buffer,
			.initial_state = &bad_buffers[i],
		};
	}
	return _cmocka_run_group_tests("refused buffers", tests, BAD_BUFFER_COUNT, NULL, NULL);
}
