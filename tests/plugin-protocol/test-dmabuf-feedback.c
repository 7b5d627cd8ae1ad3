// SPDX-License-Identifier: MIT
/* What the linux-dmabuf global announces, in each of its versions. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include <drm_fourcc.h>

#include "client.h"

#define EVENTS_MAX 32

/* The layout that the protocol prescribes, written down a second time. */
struct table_entry {
	uint32_t fourcc;
	uint32_t padding;
	uint64_t modifier;
};

/**
 * struct feedback - what an object has sent
 * @events: their first letters, in order
 * @table_fd: -1 if there was none
 */
struct feedback {
	struct zwp_linux_dmabuf_feedback_v1 *object;
	char events[EVENTS_MAX];
	int table_fd;
	uint32_t table_size;
	dev_t main_device;
	dev_t target_device;
	uint32_t flags;
	uint16_t indices[EVENTS_MAX];
	size_t index_count;
};

static void
add_event(struct feedback *feedback, char event)
{
	size_t len = strlen(feedback->events);

	assert_true(len < EVENTS_MAX - 1);
	feedback->events[len] = event;
}

static void
handle_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *object)
{
	(void)object;
	add_event(data, 'D');
}

static void
handle_format_table(void *data, struct zwp_linux_dmabuf_feedback_v1 *object, int32_t fd,
		    uint32_t size)
{
	struct feedback *feedback = data;

	(void)object;
	add_event(feedback, 'T');
	feedback->table_fd = fd;
	feedback->table_size = size;
}

static void
handle_main_device(void *data, struct zwp_linux_dmabuf_feedback_v1 *object, struct wl_array *device)
{
	struct feedback *feedback = data;

	(void)object;
	add_event(feedback, 'm');
	assert_int_equal(device->size, sizeof(feedback->main_device));
	memcpy(&feedback->main_device, device->data, device->size);
}

static void
handle_tranche_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *object)
{
	(void)object;
	add_event(data, 'd');
}

static void
handle_tranche_target_device(void *data, struct zwp_linux_dmabuf_feedback_v1 *object,
			     struct wl_array *device)
{
	struct feedback *feedback = data;

	(void)object;
	add_event(feedback, 't');
	assert_int_equal(device->size, sizeof(feedback->target_device));
	memcpy(&feedback->target_device, device->data, device->size);
}

static void
handle_tranche_formats(void *data, struct zwp_linux_dmabuf_feedback_v1 *object,
		       struct wl_array *indices)
{
	struct feedback *feedback = data;

	(void)object;
	add_event(feedback, 'f');
	assert_true(indices->size <= sizeof(feedback->indices));
	memcpy(feedback->indices, indices->data, indices->size);
	feedback->index_count = indices->size / sizeof(feedback->indices[0]);
}

static void
handle_tranche_flags(void *data, struct zwp_linux_dmabuf_feedback_v1 *object, uint32_t flags)
{
	struct feedback *feedback = data;

	(void)object;
	add_event(feedback, 'F');
	feedback->flags = flags;
}

static const struct zwp_linux_dmabuf_feedback_v1_listener feedback_listener = {
	.done = handle_done,
	.format_table = handle_format_table,
	.main_device = handle_main_device,
	.tranche_done = handle_tranche_done,
	.tranche_target_device = handle_tranche_target_device,
	.tranche_formats = handle_tranche_formats,
	.tranche_flags = handle_tranche_flags,
};

static void
feedback_init(struct feedback *feedback, struct zwp_linux_dmabuf_feedback_v1 *object)
{
	*feedback = (struct feedback){ .object = object, .table_fd = -1 };
	zwp_linux_dmabuf_feedback_v1_add_listener(object, &feedback_listener, feedback);
}

static void
feedback_finish(struct feedback *feedback)
{
	zwp_linux_dmabuf_feedback_v1_destroy(feedback->object);
	if (feedback->table_fd >= 0) {
		close(feedback->table_fd);
	}
}

/** struct fixture - a server without client */
struct fixture {
	struct test_server server;
	unsigned int fd_count_outside;
};

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->fd_count_outside = test_count_fds();
	assert_true(test_server_init(&fixture->server, NULL));
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	test_server_finish(&fixture->server);
	assert_int_equal(test_count_fds(), fixture->fd_count_outside);
	free(fixture);
	return 0;
}

/* Every format with every modifier once, LINEAR first. */
static void
check_table(const struct feedback *feedback)
{
	const uint64_t modifiers[] = { DRM_FORMAT_MOD_LINEAR, DRM_FORMAT_MOD_INVALID };
	const struct exup_format *formats;
	const struct table_entry *table;
	size_t format_count, m, f, i = 0;

	formats = exup_format_list(&format_count);
	assert_true(format_count > 0);
	assert_int_equal(feedback->table_size, 2 * format_count * 16);
	table = mmap(NULL, feedback->table_size, PROT_READ, MAP_PRIVATE, feedback->table_fd, 0);
	assert_ptr_not_equal(table, MAP_FAILED);
	for (m = 0; m < 2; m++) {
		for (f = 0; f < format_count; f++, i++) {
			assert_int_equal(table[i].fourcc, formats[f].fourcc);
			assert_int_equal(table[i].modifier, modifiers[m]);
			assert_int_equal(table[i].padding, 0);
		}
	}
	munmap((void *)table, feedback->table_size);
	assert_int_equal(feedback->index_count, i);
	while (i-- > 0) {
		assert_int_equal(feedback->indices[i], i);
	}
}

static void
check_feedback(const struct feedback *feedback)
{
	assert_string_equal(feedback->events, "TmtFfdD");
	assert_true(feedback->main_device == FAKE_DEVNUM);
	assert_true(feedback->target_device == FAKE_DEVNUM);
	assert_int_equal(feedback->flags, 0);
	check_table(feedback);
}

static void
test_default_feedback(void **state)
{
	struct fixture *fixture = *state;
	struct feedback feedback;
	struct test_client client;

	assert_true(test_client_init(&client, &fixture->server, 4));
	assert_int_equal(client.registry_version, 4);
	feedback_init(&feedback, zwp_linux_dmabuf_v1_get_default_feedback(client.dmabuf));
	assert_true(test_client_roundtrip(&client));
	check_feedback(&feedback);
	/* nothing is sent twice */
	assert_true(test_client_roundtrip(&client));
	assert_string_equal(feedback.events, "TmtFfdD");
	/* from version 4 on these must not be sent */
	assert_int_equal(client.announced_count, 0);
	feedback_finish(&feedback);
	test_client_finish(&client);
}

static void
test_surface_feedback(void **state)
{
	struct fixture *fixture = *state;
	struct wl_surface *surface;
	struct feedback feedback;
	struct test_client client;

	assert_true(test_client_init(&client, &fixture->server, 4));
	surface = wl_compositor_create_surface(client.compositor);
	feedback_init(&feedback, zwp_linux_dmabuf_v1_get_surface_feedback(client.dmabuf, surface));
	assert_true(test_client_roundtrip(&client));
	check_feedback(&feedback);
	/* the surface may go first */
	wl_surface_destroy(surface);
	assert_true(test_client_roundtrip(&client));
	feedback_finish(&feedback);
	assert_true(test_client_roundtrip(&client));
	test_client_finish(&client);
}

static void
test_table_cannot_be_changed(void **state)
{
	const int all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	struct fixture *fixture = *state;
	struct feedback feedback;
	struct test_client client;

	assert_true(test_client_init(&client, &fixture->server, 4));
	feedback_init(&feedback, zwp_linux_dmabuf_v1_get_default_feedback(client.dmabuf));
	assert_true(test_client_roundtrip(&client));
	assert_int_equal(fcntl(feedback.table_fd, F_GET_SEALS), all_seals);
	assert_int_equal(pwrite(feedback.table_fd, "", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(feedback.table_fd, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_ptr_equal(mmap(NULL, feedback.table_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			      feedback.table_fd, 0),
			 MAP_FAILED);
	check_table(&feedback);
	feedback_finish(&feedback);
	test_client_finish(&client);
}

static void
test_table_outlives_the_global(void **state)
{
	struct fixture *fixture = *state;
	struct feedback feedback, late;
	struct test_client client;

	assert_true(test_client_init(&client, &fixture->server, 4));
	feedback_init(&feedback, zwp_linux_dmabuf_v1_get_default_feedback(client.dmabuf));
	assert_true(test_client_roundtrip(&client));
	exup_plugin_dmabuf_destroy(fixture->server.dmabuf);
	fixture->server.dmabuf = NULL;
	check_feedback(&feedback);
	/* there is nothing to announce any more */
	feedback_init(&late, zwp_linux_dmabuf_v1_get_default_feedback(client.dmabuf));
	assert_true(test_client_roundtrip(&client));
	assert_string_equal(late.events, "");
	feedback_finish(&late);
	feedback_finish(&feedback);
	assert_true(test_client_roundtrip(&client));
	test_client_finish(&client);
}

static size_t
count_announced(const struct test_client *client, const struct announced *wanted)
{
	const struct announced *announced;
	size_t count = 0;
	size_t i;

	for (i = 0; i < client->announced_count; i++) {
		announced = &client->announced[i];
		count += announced->fourcc == wanted->fourcc &&
			 announced->has_modifier == wanted->has_modifier &&
			 announced->modifier == wanted->modifier;
	}
	return count;
}

/* Every format once, and from version 3 on every pair once. */
static void
check_announced(const struct test_client *client, uint32_t version)
{
	struct announced wanted;
	const struct exup_format *formats;
	size_t format_count, i;

	formats = exup_format_list(&format_count);
	assert_int_equal(client->announced_count, format_count * (version < 3 ? 1 : 3));
	for (i = 0; i < format_count; i++) {
		wanted = (struct announced){ .fourcc = formats[i].fourcc };
		assert_int_equal(count_announced(client, &wanted), 1);
		if (version < 3) {
			continue;
		}
		wanted.has_modifier = true;
		wanted.modifier = DRM_FORMAT_MOD_LINEAR;
		assert_int_equal(count_announced(client, &wanted), 1);
		wanted.modifier = DRM_FORMAT_MOD_INVALID;
		assert_int_equal(count_announced(client, &wanted), 1);
	}
}

static void
test_events_of_versions_1_to_3(void **state)
{
	struct fixture *fixture = *state;
	struct test_client client;
	uint32_t version;

	for (version = 1; version <= 3; version++) {
		assert_true(test_client_init(&client, &fixture->server, version));
		check_announced(&client, version);
		test_client_finish(&client);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_default_feedback),	      TEST(test_surface_feedback),
		TEST(test_table_cannot_be_changed),   TEST(test_table_outlives_the_global),
		TEST(test_events_of_versions_1_to_3),
	};

	return cmocka_run_group_tests_name("dmabuf-feedback", tests, NULL, NULL);
}
