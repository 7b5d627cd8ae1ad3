// SPDX-License-Identifier: MIT
/* Buffers that are accepted, how long their images live, and the uses of a params object. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <drm_fourcc.h>

#include "client.h"

#define WIDTH 64
#define HEIGHT 16
#define STRIDE (WIDTH * 4)
#define SIZE_BYTES 8192

#define PARAMS_INTERFACE "zwp_linux_buffer_params_v1"

/**
 * struct fixture - a server, a client of version 4 and a params object
 * @fd_count: before the params object
 * @created: from its event
 * @failed_count: how many `failed` events there were
 */
struct fixture {
	struct test_server server;
	struct test_client client;
	struct zwp_linux_buffer_params_v1 *params;
	struct wl_buffer *created;
	unsigned int failed_count;
	unsigned int fd_count;
	unsigned int fd_count_outside;
};

static void
params_handle_created(void *data, struct zwp_linux_buffer_params_v1 *params,
		      struct wl_buffer *buffer)
{
	struct fixture *fixture = data;

	(void)params;
	assert_null(fixture->created);
	fixture->created = buffer;
}

static void
params_handle_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	struct fixture *fixture = data;

	(void)params;
	fixture->failed_count++;
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = params_handle_created,
	.failed = params_handle_failed,
};

static void
renew_params(struct fixture *fixture)
{
	if (fixture->params) {
		zwp_linux_buffer_params_v1_destroy(fixture->params);
	}
	fixture->params = zwp_linux_dmabuf_v1_create_params(fixture->client.dmabuf);
	zwp_linux_buffer_params_v1_add_listener(fixture->params, &params_listener, fixture);
}

static void
connect_client(struct fixture *fixture, uint32_t version)
{
	assert_true(test_client_init(&fixture->client, &fixture->server, version));
	fixture->fd_count = test_count_fds();
	renew_params(fixture);
}

static void
disconnect_client(struct fixture *fixture)
{
	zwp_linux_buffer_params_v1_destroy(fixture->params);
	fixture->params = NULL;
	if (fixture->created) {
		wl_buffer_destroy(fixture->created);
		fixture->created = NULL;
	}
	test_client_finish(&fixture->client);
}

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->fd_count_outside = test_count_fds();
	assert_true(test_server_init(&fixture->server, NULL));
	connect_client(fixture, 4);
	test_log_clear();
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	disconnect_client(fixture);
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 0);
	test_server_finish(&fixture->server);
	assert_int_equal(test_count_fds(), fixture->fd_count_outside);
	free(fixture);
	return 0;
}

static void
add_plane(struct fixture *fixture, int fd, uint32_t offset, uint64_t modifier)
{
	zwp_linux_buffer_params_v1_add(fixture->params, fd, 0, offset, STRIDE,
				       (uint32_t)(modifier >> 32), (uint32_t)modifier);
}

static void
add_dmabuf(struct fixture *fixture)
{
	int fd = fake_dmabuf_create(SIZE_BYTES);

	assert_true(fd >= 0);
	add_plane(fixture, fd, 0, DRM_FORMAT_MOD_LINEAR);
	close(fd);
}

static struct wl_buffer *
create_immed(struct fixture *fixture)
{
	return zwp_linux_buffer_params_v1_create_immed(fixture->params, WIDTH, HEIGHT,
						       DRM_FORMAT_XRGB8888, 0);
}

static void
create(struct fixture *fixture)
{
	zwp_linux_buffer_params_v1_create(fixture->params, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, 0);
}

/* The server's side of a wl_buffer. */
static struct wl_resource *
get_resource(struct fixture *fixture, struct wl_buffer *buffer)
{
	return wl_client_get_object(fixture->server.client,
				    wl_proxy_get_id((struct wl_proxy *)buffer));
}

static struct exup_plugin_image *
get_image(struct fixture *fixture, struct wl_buffer *buffer)
{
	return exup_plugin_image_from_resource(get_resource(fixture, buffer));
}

static void
check_good_buffer(uint32_t version, uint32_t fourcc, uint64_t modifier, bool immediate)
{
	struct wl_buffer *buffer;
	struct exup_plugin_image *image;
	struct fixture fixture = { 0 };
	int fd;

	assert_true(test_server_init(&fixture.server, NULL));
	connect_client(&fixture, version);
	fd = fake_dmabuf_create(SIZE_BYTES);
	add_plane(&fixture, fd, 1024, modifier);
	close(fd);
	if (immediate) {
		buffer = zwp_linux_buffer_params_v1_create_immed(fixture.params, WIDTH, HEIGHT,
								 fourcc, 0);
		fixture.created = buffer;
	} else {
		zwp_linux_buffer_params_v1_create(fixture.params, WIDTH, HEIGHT, fourcc, 0);
	}
	assert_true(test_client_roundtrip(&fixture.client));
	assert_non_null(fixture.created);
	assert_int_equal(fixture.failed_count, 0);

	image = get_image(&fixture, fixture.created);
	assert_non_null(image);
	assert_ptr_equal(image->g2d.format, exup_format_get(fourcc));
	assert_int_equal(image->g2d.width, WIDTH);
	assert_int_equal(image->g2d.height, HEIGHT);
	assert_int_equal(image->g2d.stride, STRIDE);
	assert_int_equal(image->g2d.offset_bytes, 1024);
	assert_int_equal(exup_bo_get_size(image->g2d.bo), SIZE_BYTES);
	assert_int_equal(image->refcount, 1);
	assert_int_equal(fake_driver_count_handles(&fixture.server.driver), 1);
	/* nothing of the client's descriptors is kept */
	assert_int_equal(test_count_fds(), fixture.fd_count);

	disconnect_client(&fixture);
	test_server_finish(&fixture.server);
}

static void
test_good_buffers_of_all_versions(void **state)
{
	const struct exup_format *formats;
	size_t format_count, i;
	uint32_t version;

	(void)state;
	formats = exup_format_list(&format_count);
	for (version = 1; version <= 4; version++) {
		for (i = 0; i < format_count; i++) {
			check_good_buffer(version, formats[i].fourcc, DRM_FORMAT_MOD_LINEAR, false);
			check_good_buffer(version, formats[i].fourcc, DRM_FORMAT_MOD_INVALID,
					  false);
		}
	}
}

static void
test_good_buffers_immediately(void **state)
{
	uint32_t version;

	(void)state;
	for (version = 2; version <= 4; version++) {
		check_good_buffer(version, DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR, true);
		check_good_buffer(version, DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_INVALID, true);
	}
}

static void
test_last_row_needs_no_padding(void **state)
{
	struct fixture *fixture = *state;
	int fd = fake_dmabuf_create(STRIDE * (HEIGHT - 1) + (WIDTH - 1) * 4);

	add_plane(fixture, fd, 0, DRM_FORMAT_MOD_LINEAR);
	close(fd);
	zwp_linux_buffer_params_v1_create(fixture->params, WIDTH - 1, HEIGHT, DRM_FORMAT_XRGB8888,
					  0);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_non_null(fixture->created);
}

static void
test_destroyed_buffer_leaves_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct wl_buffer *buffer;

	add_dmabuf(fixture);
	buffer = create_immed(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 1);
	wl_buffer_destroy(buffer);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 0);
}

static void
test_image_outlives_its_buffer(void **state)
{
	struct fixture *fixture = *state;
	struct exup_plugin_image *image;
	struct wl_buffer *buffer;

	add_dmabuf(fixture);
	buffer = create_immed(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	image = exup_plugin_image_ref(get_image(fixture, buffer));
	wl_buffer_destroy(buffer);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(image->refcount, 1);
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 1);
	exup_plugin_image_unref(image);
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 0);
}

static void
test_image_outlives_its_client(void **state)
{
	struct fixture *fixture = *state;
	struct exup_plugin_image *image;
	struct wl_buffer *buffer;

	add_dmabuf(fixture);
	buffer = create_immed(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	image = exup_plugin_image_ref(get_image(fixture, buffer));
	wl_client_destroy(fixture->server.client);
	assert_int_equal(image->refcount, 1);
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 1);
	exup_plugin_image_unref(image);
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 0);
	wl_buffer_destroy(buffer);
}

static void
test_two_buffers_of_one_dmabuf_share_its_object(void **state)
{
	struct fixture *fixture = *state;
	struct exup_plugin_image *images[2];
	struct wl_buffer *buffers[2];
	int fd = fake_dmabuf_create(SIZE_BYTES);
	int i;

	for (i = 0; i < 2; i++) {
		renew_params(fixture);
		add_plane(fixture, fd, (uint32_t)i * 4096, DRM_FORMAT_MOD_LINEAR);
		buffers[i] = create_immed(fixture);
	}
	close(fd);
	assert_true(test_client_roundtrip(&fixture->client));
	for (i = 0; i < 2; i++) {
		images[i] = get_image(fixture, buffers[i]);
		assert_int_equal(images[i]->g2d.offset_bytes, i * 4096);
	}
	assert_ptr_not_equal(images[0], images[1]);
	assert_ptr_equal(images[0]->g2d.bo, images[1]->g2d.bo);
	wl_buffer_destroy(buffers[0]);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 1);
	wl_buffer_destroy(buffers[1]);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 0);
}

static void
test_other_buffers_have_no_image(void **state)
{
	struct fixture *fixture = *state;
	struct wl_shm_pool *pool;
	struct wl_buffer *buffer;
	int fd = fake_dmabuf_create(SIZE_BYTES);

	assert_int_equal(wl_display_init_shm(fixture->server.display), 0);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_non_null(fixture->client.shm);
	pool = wl_shm_create_pool(fixture->client.shm, fd, SIZE_BYTES);
	close(fd);
	buffer = wl_shm_pool_create_buffer(pool, 0, WIDTH, HEIGHT, STRIDE, WL_SHM_FORMAT_XRGB8888);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_non_null(get_resource(fixture, buffer));
	assert_null(get_image(fixture, buffer));
	wl_buffer_destroy(buffer);
	wl_shm_pool_destroy(pool);
}

static void
test_cancelled_params_close_their_fds(void **state)
{
	struct fixture *fixture = *state;

	add_dmabuf(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(test_count_fds(), fixture->fd_count + 1);
	renew_params(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(test_count_fds(), fixture->fd_count);
}

static void
test_disconnected_params_close_their_fds(void **state)
{
	struct fixture *fixture = *state;

	add_dmabuf(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(test_count_fds(), fixture->fd_count + 1);
	wl_client_destroy(fixture->server.client);
	/* the socket's server side has gone as well */
	assert_true(test_count_fds() <= fixture->fd_count - 1);
}

static void
create_and_wait(struct fixture *fixture)
{
	create(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_non_null(fixture->created);
}

static void
check_already_used(struct fixture *fixture)
{
	test_client_roundtrip(&fixture->client);
	assert_int_equal(test_client_get_error(&fixture->client, PARAMS_INTERFACE),
			 ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_ALREADY_USED);
	assert_null(fixture->server.client);
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 0);
}

static void
test_params_create_twice(void **state)
{
	struct fixture *fixture = *state;

	add_dmabuf(fixture);
	create_and_wait(fixture);
	create(fixture);
	check_already_used(fixture);
}

static void
test_params_create_after_failed(void **state)
{
	struct fixture *fixture = *state;

	fixture->server.driver.import_error = -ENOMEM;
	add_dmabuf(fixture);
	create(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(fixture->failed_count, 1);
	fixture->server.driver.import_error = 0;
	create(fixture);
	check_already_used(fixture);
}

static void
test_params_create_immed_after_create(void **state)
{
	struct fixture *fixture = *state;
	struct wl_buffer *buffer;

	add_dmabuf(fixture);
	create_and_wait(fixture);
	buffer = create_immed(fixture);
	check_already_used(fixture);
	wl_buffer_destroy(buffer);
}

static void
test_params_add_after_create(void **state)
{
	struct fixture *fixture = *state;

	add_dmabuf(fixture);
	create_and_wait(fixture);
	add_dmabuf(fixture);
	check_already_used(fixture);
}

static void
test_failed_client_may_go_on(void **state)
{
	struct fixture *fixture = *state;

	fixture->server.driver.import_error = -ENOMEM;
	add_dmabuf(fixture);
	create(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(fixture->failed_count, 1);
	assert_null(fixture->created);
	fixture->server.driver.import_error = 0;
	renew_params(fixture);
	add_dmabuf(fixture);
	create(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(fixture->failed_count, 1);
	assert_non_null(get_image(fixture, fixture->created));
}

/* Params that are filled and left alone. */
static void
test_waiting_descriptors_are_bounded(void **state)
{
	struct zwp_linux_buffer_params_v1 *waiting[50];
	struct fixture *fixture = *state;
	int fd = fake_dmabuf_create(SIZE_BYTES);
	uint32_t plane;
	size_t i;

	for (i = 0; i < 50; i++) {
		waiting[i] = zwp_linux_dmabuf_v1_create_params(fixture->client.dmabuf);
		for (plane = 0; plane < 4; plane++) {
			zwp_linux_buffer_params_v1_add(waiting[i], fd, plane, 0, STRIDE, 0, 0);
		}
		assert_true(test_client_roundtrip(&fixture->client));
	}
	assert_in_range(test_count_fds() - fixture->fd_count, 1, 40);
	/* more is refused, and no error */
	add_plane(fixture, fd, 0, DRM_FORMAT_MOD_LINEAR);
	create(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(fixture->failed_count, 1);
	assert_non_null(strstr(test_log_get(), "descriptors waiting"));
	/* there is room again when they go */
	for (i = 0; i < 50; i++) {
		zwp_linux_buffer_params_v1_destroy(waiting[i]);
	}
	renew_params(fixture);
	add_plane(fixture, fd, 0, DRM_FORMAT_MOD_LINEAR);
	create(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_non_null(fixture->created);
	close(fd);
}

static void
be_refused(struct fixture *fixture, unsigned int times)
{
	unsigned int failed_before = fixture->failed_count;
	unsigned int i;

	fixture->server.driver.import_error = -ENOMEM;
	for (i = 0; i < times; i++) {
		renew_params(fixture);
		add_dmabuf(fixture);
		create(fixture);
		assert_true(test_client_roundtrip(&fixture->client));
	}
	assert_int_equal(fixture->failed_count - failed_before, times);
	fixture->server.driver.import_error = 0;
}

static void
test_refusals_do_not_fill_the_log(void **state)
{
	struct fixture *fixture = *state;
	unsigned int line_count;

	be_refused(fixture, 50);
	line_count = test_log_count_lines();
	assert_in_range(line_count, 2, 8);
	assert_non_null(strstr(test_log_get(), "64x16, format 0x34325258, modifier 0x0, "
					       "stride 256, offset 0, flags 0x0"));
	assert_non_null(strstr(test_log_get(), "further lines"));

	/* each client has lines of its own */
	disconnect_client(fixture);
	connect_client(fixture, 4);
	be_refused(fixture, 50);
	assert_int_equal(test_log_count_lines(), 2 * line_count);
}

static void
withdraw_global(struct fixture *fixture)
{
	exup_plugin_dmabuf_destroy(fixture->server.dmabuf);
	fixture->server.dmabuf = NULL;
}

static void
test_withdrawn_global_takes_the_images(void **state)
{
	struct fixture *fixture = *state;
	struct exup_plugin_image *shown;
	struct wl_buffer *buffers[2];
	int i;

	for (i = 0; i < 2; i++) {
		renew_params(fixture);
		add_dmabuf(fixture);
		buffers[i] = create_immed(fixture);
	}
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 2);
	shown = exup_plugin_image_ref(get_image(fixture, buffers[0]));

	withdraw_global(fixture);
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 1);
	exup_plugin_image_unref(shown);
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 0);
	for (i = 0; i < 2; i++) {
		assert_non_null(get_resource(fixture, buffers[i]));
		assert_null(get_image(fixture, buffers[i]));
		wl_buffer_destroy(buffers[i]);
	}
	assert_true(test_client_roundtrip(&fixture->client));
}

static void
test_withdrawn_global_fails_buffers(void **state)
{
	struct fixture *fixture = *state;
	struct zwp_linux_buffer_params_v1 *before = fixture->params;

	add_dmabuf(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	withdraw_global(fixture);
	create(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(fixture->failed_count, 1);

	fixture->params = NULL;
	renew_params(fixture);
	add_dmabuf(fixture);
	create(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	assert_int_equal(fixture->failed_count, 2);
	/* the format table has gone with the global */
	assert_int_equal(test_count_fds(), fixture->fd_count - 1);
	zwp_linux_buffer_params_v1_destroy(before);
}

static void
test_withdrawn_global_before_disconnection(void **state)
{
	struct fixture *fixture = *state;
	struct wl_buffer *buffer;

	add_dmabuf(fixture);
	buffer = create_immed(fixture);
	renew_params(fixture);
	add_dmabuf(fixture);
	assert_true(test_client_roundtrip(&fixture->client));
	withdraw_global(fixture);
	/* the resources that are left do not reach for the global */
	wl_client_destroy(fixture->server.client);
	assert_int_equal(fake_driver_count_handles(&fixture->server.driver), 0);
	wl_buffer_destroy(buffer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_buffers_of_all_versions),
		cmocka_unit_test(test_good_buffers_immediately),
		TEST(test_last_row_needs_no_padding),
		TEST(test_destroyed_buffer_leaves_nothing),
		TEST(test_image_outlives_its_buffer),
		TEST(test_image_outlives_its_client),
		TEST(test_two_buffers_of_one_dmabuf_share_its_object),
		TEST(test_other_buffers_have_no_image),
		TEST(test_cancelled_params_close_their_fds),
		TEST(test_disconnected_params_close_their_fds),
		TEST(test_params_create_twice),
		TEST(test_params_create_after_failed),
		TEST(test_params_create_immed_after_create),
		TEST(test_params_add_after_create),
		TEST(test_failed_client_may_go_on),
		TEST(test_refusals_do_not_fill_the_log),
		TEST(test_waiting_descriptors_are_bounded),
		TEST(test_withdrawn_global_takes_the_images),
		TEST(test_withdrawn_global_fails_buffers),
		TEST(test_withdrawn_global_before_disconnection),
	};

	return cmocka_run_group_tests_name("buffers", tests, NULL, NULL);
}
