// SPDX-License-Identifier: MIT
/* A buffer after its commit: whose turn it is, its release, its destruction. */
#include <errno.h>

#include <drm_fourcc.h>
#include <linux/dma-buf.h>
#include <wayland-client.h>

#include "client-fixture.h"

/* CPU access is open while the application may draw, and at no other time. */
static void
test_cpu_access(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	struct fake_object *object = &fixture->fake.objects[0];
	struct exup_buffer *buffer;

	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_LATER;
	buffer = image_create_buffer(&image, fixture);
	assert_true(object->is_cpu_access);
	fixture_commit(fixture, buffer, NULL, 0);
	assert_false(object->is_cpu_access);
	compositor_release_all(fixture->compositor);
	assert_true(object->is_cpu_access);
	fixture_commit(fixture, buffer, NULL, 0);
	assert_false(object->is_cpu_access);
	assert_int_equal(object->sync_count, 4);
	/* to begin reading would take from the caches what has just been drawn */
	assert_int_equal(object->sync_access, DMA_BUF_SYNC_WRITE);
	/* an error there is logged, and no reason to stop */
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_GEM_SYNC, 0, 1, -EIO);
	fake_exynos_fail(&fixture->fake, DMA_BUF_IOCTL_SYNC, 0, 1, -EIO);
	compositor_release_all(fixture->compositor);
	fixture_commit(fixture, buffer, NULL, 0);
	assert_shown(fixture, &image);
	exup_buffer_destroy(buffer);
	image_free(&image);
}

static void
test_busy(void **state)
{
	static const enum exup_reason reasons[] = { EXUP_REASON_NONE, EXUP_REASON_FORCED };
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	struct exup_buffer *buffer;
	size_t i;

	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_LATER;
	for (i = 0; i < 2; i++) {
		fixture->client->reason = reasons[i];
		fixture->released = 0;
		buffer = image_create_buffer(&image, fixture);
		assert_false(exup_buffer_is_busy(buffer));
		fixture_commit(fixture, buffer, NULL, 0);
		assert_true(exup_buffer_is_busy(buffer));
		assert_int_equal(exup_buffer_commit(buffer, fixture->surface, NULL, 0), -EBUSY);
		compositor_sync(fixture->compositor);
		assert_int_equal(fixture->compositor->surfaces[0].commits, 2 * i + 1);
		assert_int_equal(fixture->released, 0);

		compositor_release_all(fixture->compositor);
		assert_false(exup_buffer_is_busy(buffer));
		assert_int_equal(fixture->released, 1);
		fixture_commit(fixture, buffer, NULL, 0);
		assert_int_equal(fixture->compositor->surfaces[0].commits, 2 * i + 2);
		exup_buffer_destroy(buffer);
	}
	image_free(&image);
}

/* A compositor that says it twice: the application hears it once. */
static void
test_released_twice(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	struct exup_buffer *buffer;

	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_TWICE;
	buffer = image_create_buffer(&image, fixture);
	fixture_commit(fixture, buffer, NULL, 0);
	assert_int_equal(fixture->released, 1);
	assert_int_equal(fixture->fake.sync_count, 3);
	exup_buffer_destroy(buffer);
	image_free(&image);
}

/* The memory may go at once: what the compositor still reads stays pinned until it has finished. */
static void
test_destroy_while_busy(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	struct exup_buffer *buffer;

	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_LATER;
	buffer = image_create_buffer(&image, fixture);
	assert_int_equal(exup_buffer_commit(buffer, fixture->surface, NULL, 0), 0);
	exup_buffer_destroy(buffer);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 4 * PAGE);
	compositor_sync(fixture->compositor);
	assert_int_equal(fixture->compositor->dmabuf_buffers, 0);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	assert_int_equal(fixture->released, 0);
	image_free(&image);
}

static void
test_destroy_while_busy_on_shm(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	struct exup_buffer *buffer;

	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	fixture->compositor->release = COMPOSITOR_RELEASE_LATER;
	buffer = image_create_buffer(&image, fixture);
	assert_int_equal(exup_buffer_commit(buffer, fixture->surface, NULL, 0), 0);
	exup_buffer_destroy(buffer);
	compositor_sync(fixture->compositor);
	assert_shown(fixture, &image);
	image_free(&image);
}

/* The release is on its way when the buffer goes. */
static void
test_destroy_with_release_queued(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	struct wl_event_queue *queue;
	struct exup_buffer *buffer;

	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	queue = wl_display_create_queue(fixture->compositor->display);
	buffer = image_create_buffer(&image, fixture);
	assert_int_equal(exup_buffer_commit(buffer, fixture->surface, NULL, 0), 0);
	/* reads the event without dispatching it */
	assert_true(wl_display_roundtrip_queue(fixture->compositor->display, queue) >= 0);
	exup_buffer_destroy(buffer);
	compositor_sync(fixture->compositor);
	assert_int_equal(fixture->released, 0);
	wl_event_queue_destroy(queue);
	image_free(&image);
}

static void
destroy_in_release(void *data, struct exup_buffer *buffer)
{
	struct fixture *fixture = data;

	fixture->released++;
	exup_buffer_destroy(buffer);
}

static const struct exup_buffer_listener destroying_listener = {
	.release = destroy_in_release,
};

static void
test_destroy_in_release(void **state)
{
	static const enum exup_reason reasons[] = { EXUP_REASON_NONE, EXUP_REASON_FORCED };
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	const struct exup_buffer_info info = { image.pixels, 64, 64, 256, DRM_FORMAT_XRGB8888 };
	struct exup_buffer *buffer;
	unsigned int i;

	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	for (i = 0; i < 2; i++) {
		fixture->client->reason = reasons[i];
		assert_int_equal(exup_buffer_create(fixture->client, &info, &destroying_listener,
						    fixture, &buffer),
				 0);
		assert_int_equal(exup_buffer_commit(buffer, fixture->surface, NULL, 0), 0);
		compositor_sync(fixture->compositor);
		assert_int_equal(fixture->released, i + 1);
	}
	image_free(&image);
}

static void
test_without_listener(void **state)
{
	static const struct exup_buffer_listener empty_listener;
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	const struct exup_buffer_info info = { image.pixels, 64, 64, 256, DRM_FORMAT_XRGB8888 };
	struct exup_buffer *buffers[2];
	int i;

	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	for (i = 0; i < 2; i++) {
		assert_int_equal(exup_buffer_create(fixture->client, &info,
						    i == 0 ? NULL : &empty_listener, NULL,
						    &buffers[i]),
				 0);
		fixture_commit(fixture, buffers[i], NULL, 0);
		assert_false(exup_buffer_is_busy(buffers[i]));
	}
	exup_buffer_destroy(buffers[1]);
	exup_buffer_destroy(buffers[0]);
	image_free(&image);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cpu_access),
		TEST(test_busy),
		TEST(test_released_twice),
		TEST(test_destroy_while_busy),
		TEST(test_destroy_while_busy_on_shm),
		TEST(test_destroy_with_release_queued),
		TEST(test_destroy_in_release),
		TEST(test_without_listener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
