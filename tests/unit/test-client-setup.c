// SPDX-License-Identifier: MIT
/* What the library finds out about compositor and machine; its queue; broken connections. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "client-fixture.h"

static int
create(struct fixture *fixture, uint32_t flags)
{
	return exup_client_create_for_sys(&fixture->fake.sys, fixture->compositor->display, NULL,
					  flags, &fixture->client);
}

/* An image goes the whole way on the expected path. */
static void
assert_works(struct fixture *fixture, enum exup_path path, enum exup_reason reason)
{
	struct image image = image_create(50, 20, 200, 0);
	struct exup_buffer *buffer = image_create_buffer(&image, fixture);

	assert_path(buffer, path, reason);
	fixture_commit(fixture, buffer, NULL, 0);
	assert_shown(fixture, &image);
	assert_int_equal(fixture->compositor->surfaces[0].is_shm, path == EXUP_PATH_SHM);
	exup_buffer_destroy(buffer);
	image_free(&image);
}

static void
assert_reason(struct fixture *fixture, uint32_t flags, enum exup_reason reason)
{
	struct exup_client_info info;

	fixture_connect(fixture, flags);
	exup_client_get_info(fixture->client, &info);
	assert_int_equal(info.userptr, reason == EXUP_REASON_NONE);
	assert_string_equal(exup_reason_to_string(info.reason), exup_reason_to_string(reason));
	assert_works(fixture, reason == EXUP_REASON_NONE ? EXUP_PATH_USERPTR : EXUP_PATH_SHM,
		     reason);
}

static void
test_info(void **state)
{
	struct fixture *fixture = *state;
	struct exup_client_info info;

	fixture->options.max_buffer_bytes = UINT64_C(0x123456789a);
	fixture->options.pool_bytes = UINT64_C(0xfedcba9876543210);
	fixture->options.available_bytes = UINT64_C(0x8000000100000000);
	fixture_connect(fixture, 0);
	exup_client_get_info(fixture->client, &info);
	assert_true(info.userptr);
	assert_int_equal(info.reason, EXUP_REASON_NONE);
	assert_int_equal(info.device, FAKE_DEVNUM);
	assert_true(info.max_buffer_bytes == fixture->options.max_buffer_bytes);
	assert_true(info.pool_bytes == fixture->options.pool_bytes);
	assert_true(info.available_bytes == fixture->options.available_bytes);

	compositor_set_available(fixture->compositor, UINT64_C(0x700000005));
	exup_client_get_info(fixture->client, &info);
	assert_true(info.available_bytes == UINT64_C(0x700000005));
}

static void
test_userptr_with_feedback(void **state)
{
	assert_reason(*state, 0, EXUP_REASON_NONE);
}

static void
test_userptr_with_modifiers(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.dmabuf_version = 3;
	assert_reason(fixture, 0, EXUP_REASON_NONE);
}

static void
test_forced(void **state)
{
	assert_reason(*state, EXUP_CLIENT_FORCE_SHM, EXUP_REASON_FORCED);
}

static void
test_old_dmabuf(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.dmabuf_version = 2;
	assert_reason(fixture, 0, EXUP_REASON_NO_PROTOCOL);
}

static void
test_no_dmabuf(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.dmabuf_version = 0;
	assert_reason(fixture, 0, EXUP_REASON_NO_PROTOCOL);
}

static void
test_no_userptr_protocol(void **state)
{
	struct fixture *fixture = *state;
	struct exup_client_info info;

	fixture->options.has_userptr = false;
	assert_reason(fixture, 0, EXUP_REASON_NO_PROTOCOL);
	exup_client_get_info(fixture->client, &info);
	assert_int_equal(info.device, 0);
	assert_int_equal(info.pool_bytes, 0);
}

static void
test_no_node(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.devnum = makedev(226, 140);
	assert_reason(fixture, 0, EXUP_REASON_NO_DEVICE);
}

static void
test_no_permission(void **state)
{
	struct fixture *fixture = *state;

	fixture->fake.open_error = -EACCES;
	assert_reason(fixture, 0, EXUP_REASON_NO_DEVICE);
}

static void
test_other_driver(void **state)
{
	struct fixture *fixture = *state;

	fixture->fake.driver_name = "lima";
	assert_reason(fixture, 0, EXUP_REASON_NO_DEVICE);
}

static void
test_no_pool(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.pool_bytes = 0;
	assert_reason(fixture, 0, EXUP_REASON_NO_DEVICE);
}

static void
test_strange_device(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.device_bytes = 4;
	assert_reason(fixture, 0, EXUP_REASON_NO_DEVICE);
}

static void
test_no_format(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.fourccs[0] = DRM_FORMAT_ARGB8888;
	fixture->options.fourccs[1] = DRM_FORMAT_NV12;
	fixture_connect(fixture, 0);
	assert_works(fixture, EXUP_PATH_SHM, EXUP_REASON_FORMAT);
}

static void
test_no_linear_format(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.modifier = DRM_FORMAT_MOD_SAMSUNG_64_32_TILE;
	fixture_connect(fixture, 0);
	assert_works(fixture, EXUP_PATH_SHM, EXUP_REASON_FORMAT);
}

static void
test_no_shm(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.has_shm = false;
	fixture_start(fixture);
	assert_int_equal(create(fixture, 0), -ENOTSUP);
}

static void
test_unknown_flags(void **state)
{
	struct fixture *fixture = *state;

	fixture_start(fixture);
	assert_int_equal(create(fixture, 4), -EINVAL);
	assert_int_equal(create(fixture, 0x80000001), -EINVAL);
}

static void
test_hung_up(void **state)
{
	struct fixture *fixture = *state;

	fixture_start(fixture);
	compositor_hang_up(fixture->compositor);
	assert_int_equal(create(fixture, 0), -EPIPE);
}

static void
test_protocol_error(void **state)
{
	struct fixture *fixture = *state;

	fixture_start(fixture);
	compositor_post_error(fixture->compositor);
	assert_int_equal(create(fixture, 0), -EPROTO);
}

/* Without room for the table of formats: the connection must not end for that. */
static void
test_no_descriptors(void **state)
{
	struct fixture *fixture = *state;
	struct fd_hog hog;
	int ret;

	fixture_start(fixture);
	fd_hog_take(&hog, 0);
	ret = create(fixture, EXUP_CLIENT_FORCE_SHM);
	fd_hog_release(&hog);
	assert_int_equal(ret, -EMFILE);
	compositor_sync(fixture->compositor);
	assert_int_equal(create(fixture, 0), 0);
	assert_works(fixture, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
}

static void
append_log(void *data, const char *message)
{
	char *log = data;

	strncat(log, message, 2000 - strlen(log));
	strncat(log, "\n", 2000 - strlen(log));
}

/* Every path and reason is told, with numbers. */
static void
test_log(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(512, 512, 2048, 0);
	struct exup_buffer *buffer;
	char log[2048] = "";

	fixture->options.max_buffer_bytes = 1048575;
	fixture_connect(fixture, 0);
	exup_client_set_log(fixture->client, append_log, log);
	assert_non_null(strstr(log, "226:128"));
	assert_non_null(strstr(log, "1048575"));
	buffer = image_create_buffer(&image, fixture);
	assert_non_null(strstr(log, "1048576"));
	assert_non_null(strstr(log, "512x512"));
	assert_non_null(strstr(log, "limit"));
	exup_buffer_destroy(buffer);

	log[0] = '\0';
	exup_client_set_log(fixture->client, NULL, NULL);
	exup_buffer_destroy(image_create_buffer(&image, fixture));
	assert_string_equal(log, "");
	image_free(&image);
}

static void
test_log_of_reasons(void **state)
{
	static const struct {
		enum exup_reason reason;
		const char *word;
	} cases[] = {
		{ EXUP_REASON_FORCED, "asked" },
		{ EXUP_REASON_NO_PROTOCOL, "exynos_userptr_v1" },
		{ EXUP_REASON_NO_DEVICE, "Permission denied" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct exup_client client = {
			.reason = cases[i].reason,
			.device_error = -EACCES,
		};
		char log[2048] = "";

		(void)state;
		exup_client_set_log(&client, append_log, log);
		assert_non_null(strstr(log, cases[i].word));
	}
}

/* What the driver says is told in words, with the numbers that matter. */
static void
test_log_of_refusals(void **state)
{
	static const struct {
		int error;
		enum exup_reason reason;
		const char *words;
	} cases[] = {
		{ -EINVAL, EXUP_REASON_LIMIT,
		  "0 bytes of the driver's pool of 16777216 are pinned" },
		{ -ENOMEM, EXUP_REASON_MEMLOCK, "RLIMIT_MEMLOCK" },
		{ -EFAULT, EXUP_REASON_MEMORY, "read-only" },
		{ -ENXIO, EXUP_REASON_MEMORY, "scattered" },
		{ -EIO, EXUP_REASON_OTHER, "Input/output error" },
	};
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	size_t i;

	fixture_connect(fixture, 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct exup_buffer *buffer;
		char log[2048] = "";

		exup_client_set_log(fixture->client, append_log, log);
		/* memory that cannot be written is asked for twice */
		fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_GEM_USERPTR, 0,
				 cases[i].error == -EFAULT ? 2 : 1, cases[i].error);
		buffer = image_create_buffer(&image, fixture);
		assert_path(buffer, EXUP_PATH_SHM, cases[i].reason);
		assert_non_null(strstr(log, "cannot pin 16384 bytes at 0x"));
		assert_non_null(strstr(log, cases[i].words));
		assert_null(strstr(log, "Invalid argument"));
		assert_null(strstr(log, "Bad address"));
		exup_buffer_destroy(buffer);
	}
	image_free(&image);
}

/* Dispatches one queue until it has had its round trip; the other one is not touched. */
static void
test_queue(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(16, 16, 64, 0);
	struct wl_event_queue *queue;
	struct exup_buffer *buffer;
	int pass;

	fixture_start(fixture);
	queue = wl_display_create_queue(fixture->compositor->display);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	for (pass = 0; pass < 2; pass++) {
		assert_int_equal(exup_client_create_for_sys(
					 &fixture->fake.sys, fixture->compositor->display, queue,
					 pass == 0 ? 0 : EXUP_CLIENT_FORCE_SHM, &fixture->client),
				 0);
		fixture->released = 0;
		buffer = image_create_buffer(&image, fixture);
		fixture_commit(fixture, buffer, NULL, 0);
		compositor_set_available(fixture->compositor, 12345);
		assert_int_equal(fixture->released, 0);
		assert_true(exup_buffer_is_busy(buffer));
		assert_int_not_equal(fixture->client->available_bytes, 12345);

		assert_true(wl_display_roundtrip_queue(fixture->compositor->display, queue) >= 0);
		assert_int_equal(fixture->released, 1);
		assert_int_equal(fixture->client->available_bytes, 12345);
		exup_buffer_destroy(buffer);
		exup_client_destroy(fixture->client);
		fixture->client = NULL;
	}
	wl_event_queue_destroy(queue);
	image_free(&image);
}

static void
ignore_done(void *data, struct wl_callback *callback, uint32_t serial)
{
	(void)serial;
	wl_callback_destroy(callback);
	*(bool *)data = true;
}

static const struct wl_callback_listener ignore_listener = {
	.done = ignore_done,
};

/* What blocks does not dispatch the application's events. */
static void
test_no_foreign_dispatch(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(16, 16, 64, 0);
	struct exup_buffer *buffer;
	bool is_dispatched = false;

	fixture_start(fixture);
	wl_callback_add_listener(wl_display_sync(fixture->compositor->display), &ignore_listener,
				 &is_dispatched);
	assert_int_equal(create(fixture, 0), 0);
	buffer = image_create_buffer(&image, fixture);
	assert_false(is_dispatched);
	compositor_sync(fixture->compositor);
	assert_true(is_dispatched);
	exup_buffer_destroy(buffer);
	image_free(&image);
}

/** struct reports - what a listener heard */
struct reports {
	unsigned int count;
	uint32_t how;
	char reason[64];
	uint64_t bytes;
};

static void
handle_composited(void *data, struct exup_report *report, uint32_t how, const char *reason,
		  uint64_t bytes_copied)
{
	struct reports *reports = data;

	assert_non_null(report);
	reports->count++;
	reports->how = how;
	snprintf(reports->reason, sizeof(reports->reason), "%s", reason);
	reports->bytes = bytes_copied;
}

static const struct exup_report_listener report_listener = {
	.composited = handle_composited,
};

static void
test_report(void **state)
{
	struct fixture *fixture = *state;
	struct reports reports = { 0 };
	struct exup_report *report;

	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	assert_int_equal(exup_report_create(fixture->client, fixture->surface, &report_listener,
					    &reports, &report),
			 0);
	compositor_sync(fixture->compositor);
	compositor_send_report(fixture->compositor, 0, 0, 0);
	assert_int_equal(reports.count, 1);
	assert_int_equal(reports.how, EXUP_COMPOSITED_IN_PLACE);
	assert_string_equal(reports.reason, "");
	compositor_send_report(fixture->compositor, 1, 1, UINT64_C(0x100000002));
	assert_int_equal(reports.how, EXUP_COMPOSITED_UPLOADED);
	assert_non_null(strstr(reports.reason, "wl_shm"));
	assert_true(reports.bytes == UINT64_C(0x100000002));
	/* a newer compositor */
	compositor_send_report(fixture->compositor, 17, 4711, 1);
	assert_int_equal(reports.how, 17);
	assert_string_equal(reports.reason, "unknown");
	exup_report_destroy(report);
	compositor_sync(fixture->compositor);
	assert_null(fixture->compositor->surfaces[0].report);
	exup_report_destroy(NULL);
}

static void
test_no_report(void **state)
{
	struct fixture *fixture = *state;
	struct exup_report *report;

	fixture->options.has_userptr = false;
	fixture_connect(fixture, 0);
	assert_int_equal(exup_report_create(fixture->client, fixture->surface, &report_listener,
					    NULL, &report),
			 -ENOTSUP);
}

static void
test_strings(void **state)
{
	const char *word;
	int i, j;

	(void)state;
	for (i = 0; i <= (int)EXUP_REASON_OTHER; i++) {
		word = exup_reason_to_string((enum exup_reason)i);
		assert_string_not_equal(word, "unknown");
		assert_null(strchr(word, ' '));
		for (j = 0; j < i; j++) {
			assert_string_not_equal(word, exup_reason_to_string((enum exup_reason)j));
		}
	}
	assert_string_equal(exup_reason_to_string((enum exup_reason)99), "unknown");
	assert_string_equal(exup_reason_to_string((enum exup_reason) - 1), "unknown");
	assert_string_equal(exup_path_to_string(EXUP_PATH_USERPTR), "userptr");
	assert_string_equal(exup_path_to_string(EXUP_PATH_DMABUF), "dmabuf");
	assert_string_equal(exup_path_to_string((enum exup_path)3), "unknown");
	assert_string_equal(exup_composited_to_string(EXUP_COMPOSITED_FILL), "fill");
	assert_string_equal(exup_composited_to_string(UINT32_MAX), "unknown");
}

static void
test_destroy_null(void **state)
{
	(void)state;
	exup_client_destroy(NULL);
	exup_buffer_destroy(NULL);
}

static void
test_null_pointers(void **state)
{
	static const struct exup_report_listener no_function = { NULL };
	struct fixture *fixture = *state;
	struct image image = image_create(16, 16, 64, 0);
	const struct exup_buffer_info info = { image.pixels, 16, 16, 64, image.fourcc };
	const struct exup_dmabuf_info dmabuf = { .fd = -1 };
	struct exup_client *client = NULL;
	struct exup_report *report;
	struct exup_buffer *buffer;

	assert_int_equal(exup_client_create(NULL, NULL, 0, &client), -EINVAL);
	fixture_connect(fixture, 0);
	assert_int_equal(exup_client_create(fixture->compositor->display, NULL, 0, NULL), -EINVAL);
	client = fixture->client;
	assert_int_equal(exup_buffer_create(NULL, &info, NULL, NULL, &buffer), -EINVAL);
	assert_int_equal(exup_buffer_create(client, NULL, NULL, NULL, &buffer), -EINVAL);
	assert_int_equal(exup_buffer_create(client, &info, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(exup_buffer_create_from_dmabuf(NULL, &dmabuf, NULL, NULL, &buffer),
			 -EINVAL);
	assert_int_equal(exup_buffer_create_from_dmabuf(client, NULL, NULL, NULL, &buffer),
			 -EINVAL);
	assert_int_equal(exup_buffer_create_from_dmabuf(client, &dmabuf, NULL, NULL, NULL),
			 -EINVAL);
	assert_int_equal(exup_buffer_commit(NULL, fixture->surface, NULL, 0), -EINVAL);
	buffer = image_create_buffer(&image, fixture);
	assert_int_equal(exup_buffer_commit(buffer, NULL, NULL, 0), -EINVAL);
	assert_false(exup_buffer_is_busy(buffer));
	exup_buffer_destroy(buffer);
	assert_int_equal(
		exup_report_create(NULL, fixture->surface, &report_listener, NULL, &report),
		-EINVAL);
	assert_int_equal(exup_report_create(client, NULL, &report_listener, NULL, &report),
			 -EINVAL);
	assert_int_equal(exup_report_create(client, fixture->surface, NULL, NULL, &report),
			 -EINVAL);
	assert_int_equal(exup_report_create(client, fixture->surface, &no_function, NULL, &report),
			 -EINVAL);
	assert_int_equal(exup_report_create(client, fixture->surface, &report_listener, NULL, NULL),
			 -EINVAL);
	assert_int_equal(fixture->compositor->surfaces[0].commits, 0);
	image_free(&image);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_info),
		TEST(test_userptr_with_feedback),
		TEST(test_userptr_with_modifiers),
		TEST(test_forced),
		TEST(test_old_dmabuf),
		TEST(test_no_dmabuf),
		TEST(test_no_userptr_protocol),
		TEST(test_no_node),
		TEST(test_no_permission),
		TEST(test_other_driver),
		TEST(test_no_pool),
		TEST(test_strange_device),
		TEST(test_no_format),
		TEST(test_no_linear_format),
		TEST(test_no_shm),
		TEST(test_unknown_flags),
		TEST(test_null_pointers),
		TEST(test_hung_up),
		TEST(test_protocol_error),
		TEST(test_no_descriptors),
		TEST(test_log),
		TEST(test_log_of_reasons),
		TEST(test_log_of_refusals),
		TEST(test_queue),
		TEST(test_no_foreign_dispatch),
		TEST(test_report),
		TEST(test_no_report),
		TEST(test_strings),
		TEST(test_destroy_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
