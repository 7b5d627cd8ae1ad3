// SPDX-License-Identifier: MIT
/* Moving from wl_shm to pinned memory when there is room in the pool again. */
#include <errno.h>

#include <drm.h>
#include <linux/dma-buf.h>
#include <wayland-client.h>

#include "client-fixture.h"

/** struct pair - a buffer that fills the pool, and one that found no room */
struct pair {
	struct image images[2];
	struct exup_buffer *first;
	struct exup_buffer *second;
};

static void
open_pair(struct fixture *fixture, struct pair *pair)
{
	fixture->fake.limit_bytes = 6 * PAGE;
	fixture->options.pool_bytes = 6 * PAGE;
	fixture->options.available_bytes = 6 * PAGE;
	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	pair->images[0] = image_create(64, 64, 256, 0);
	pair->images[1] = image_create(64, 64, 256, 0);
	pair->first = image_create_buffer(&pair->images[0], fixture);
	pair->second = image_create_buffer(&pair->images[1], fixture);
	compositor_set_available(fixture->compositor, 2 * PAGE);
	assert_path(pair->first, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	assert_path(pair->second, EXUP_PATH_SHM, EXUP_REASON_LIMIT);
}

static void
close_pair(struct pair *pair)
{
	exup_buffer_destroy(pair->first);
	exup_buffer_destroy(pair->second);
	image_free(&pair->images[0]);
	image_free(&pair->images[1]);
}

/* The first buffer goes, and the compositor says so. */
static void
make_room(struct fixture *fixture, struct pair *pair)
{
	exup_buffer_destroy(pair->first);
	pair->first = NULL;
	compositor_sync(fixture->compositor);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	compositor_set_available(fixture->compositor, 6 * PAGE);
}

/* Each time elsewhere: what a commit does not make visible, the next one does not happen to. */
static void
show_second(struct fixture *fixture, struct pair *pair)
{
	int32_t place = (int32_t)(fixture->compositor->surfaces[0].commits % 4);
	const struct exup_rect damage = { 3 + 12 * place, 4 + 12 * place, 10, 10 };

	image_scribble(&pair->images[1], damage);
	fixture_commit(fixture, pair->second, &damage, 1);
	assert_shown(fixture, &pair->images[1]);
}

static void
test_comes_back(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;

	open_pair(fixture, &pair);
	fixture_commit(fixture, pair.second, NULL, 0);
	make_room(fixture, &pair);
	/* the compositor is asked with this commit, which does not wait for the answer */
	show_second(fixture, &pair);
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_LIMIT);
	assert_int_equal(exup_buffer_get_copied(pair.second), 10 * 10 * 4);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 4 * PAGE);
	show_second(fixture, &pair);
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	assert_int_equal(exup_buffer_get_copied(pair.second), 0);
	assert_false(fixture->compositor->surfaces[0].is_shm);
	/* and its release is heard on the new path */
	assert_false(exup_buffer_is_busy(pair.second));
	show_second(fixture, &pair);
	assert_int_equal(fixture->compositor->imports, 2);
	close_pair(&pair);
}

/* The answer may take its time; frames go on meanwhile. */
static void
test_late_answer(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;
	int i;

	open_pair(fixture, &pair);
	fixture->compositor->import = COMPOSITOR_IMPORT_LATER;
	make_room(fixture, &pair);
	for (i = 0; i < 3; i++) {
		show_second(fixture, &pair);
		assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_LIMIT);
	}
	assert_int_equal(fixture->compositor->later_count, 1);
	compositor_answer_imports(fixture->compositor, true);
	/* the path is that of the last commit */
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_LIMIT);
	show_second(fixture, &pair);
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	close_pair(&pair);
}

/* There is still more room while the answer is outstanding: no second attempt. */
static void
test_growth_before_answer(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;

	open_pair(fixture, &pair);
	fixture->compositor->import = COMPOSITOR_IMPORT_LATER;
	fixture->fake.limit_bytes = 64 * PAGE;
	make_room(fixture, &pair);
	show_second(fixture, &pair);
	compositor_set_available(fixture->compositor, 60 * PAGE);
	show_second(fixture, &pair);
	assert_int_equal(fixture->compositor->later_count, 1);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 4 * PAGE);
	compositor_answer_imports(fixture->compositor, true);
	show_second(fixture, &pair);
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	close_pair(&pair);
}

static void
test_no_room_for_this_one(void **state)
{
	struct fixture *fixture = *state;
	unsigned int ioctls;
	struct pair pair;

	open_pair(fixture, &pair);
	compositor_set_available(fixture->compositor, 4 * PAGE - 1);
	ioctls = fixture->fake.ioctl_count;
	show_second(fixture, &pair);
	show_second(fixture, &pair);
	assert_int_equal(fixture->fake.ioctl_count, ioctls);
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_LIMIT);
	close_pair(&pair);
}

/* Somebody else was faster: a try for each time that the number has grown, and few others. */
static void
test_no_storm(void **state)
{
	struct fixture *fixture = *state;
	unsigned int ioctls;
	struct pair pair;
	int i;

	open_pair(fixture, &pair);
	compositor_set_available(fixture->compositor, 5 * PAGE);
	ioctls = fixture->fake.ioctl_count;
	show_second(fixture, &pair);
	assert_int_equal(fixture->fake.ioctl_count, ioctls + 1);
	for (i = 0; i < 200; i++) {
		show_second(fixture, &pair);
		/* falling or staying is no reason to try */
		compositor_set_available(fixture->compositor, 5 * PAGE - (uint64_t)i / 2);
	}
	assert_in_range(fixture->fake.ioctl_count, ioctls + 2, ioctls + 8);
	/* without room for it, none at all */
	compositor_set_available(fixture->compositor, 4 * PAGE - 1);
	ioctls = fixture->fake.ioctl_count;
	for (i = 0; i < 200; i++) {
		show_second(fixture, &pair);
	}
	assert_int_equal(fixture->fake.ioctl_count, ioctls);
	compositor_set_available(fixture->compositor, 6 * PAGE);
	show_second(fixture, &pair);
	assert_true(fixture->fake.ioctl_count > ioctls);
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_LIMIT);
	assert_int_equal(fixture->compositor->imports, 1);
	compositor_set_available(fixture->compositor, 2 * PAGE);
	make_room(fixture, &pair);
	show_second(fixture, &pair);
	show_second(fixture, &pair);
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	close_pair(&pair);
}

/*
 * Room is taken and given back before the compositor looks at the pool: the number that was told
 * when there was none does not change any more.
 */
static void
test_room_that_nobody_told(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;
	int i;

	open_pair(fixture, &pair);
	compositor_set_available(fixture->compositor, 5 * PAGE);
	for (i = 0; i < 300; i++) {
		show_second(fixture, &pair);
	}
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_LIMIT);
	exup_buffer_destroy(pair.first);
	pair.first = NULL;
	for (i = 0; i < 66 && exup_buffer_get_path(pair.second) == EXUP_PATH_SHM; i++) {
		show_second(fixture, &pair);
	}
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	close_pair(&pair);
}

static void
count_line(void *data, const char *message)
{
	(void)message;
	(*(unsigned int *)data)++;
}

/* A buffer that is too large by itself is not tried, and not told about, again. */
static void
test_larger_than_any(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	struct exup_buffer *buffer;
	unsigned int lines = 0;
	int i;

	fixture->options.max_buffer_bytes = 4 * PAGE - 1;
	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	buffer = image_create_buffer(&image, fixture);
	exup_client_set_log(fixture->client, count_line, &lines);
	lines = 0;
	for (i = 0; i < 10; i++) {
		compositor_set_available(fixture->compositor, (17 << 20) + (uint64_t)i);
		fixture_commit(fixture, buffer, NULL, 0);
	}
	assert_int_equal(lines, 0);
	assert_path(buffer, EXUP_PATH_SHM, EXUP_REASON_LIMIT);
	exup_buffer_destroy(buffer);
	image_free(&image);
}

/* An error that may pass is no reason to give up. */
static void
test_passing_error(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;
	int i;

	open_pair(fixture, &pair);
	make_room(fixture, &pair);
	fake_exynos_fail(&fixture->fake, DRM_IOCTL_PRIME_HANDLE_TO_FD, 0, 1, -EMFILE);
	show_second(fixture, &pair);
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_LIMIT);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	for (i = 0; i < 3; i++) {
		show_second(fixture, &pair);
	}
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	close_pair(&pair);
}

/*
 * The compositor refuses. Giving the memory back makes the number grow again: a buffer that tried
 * whenever it grows would do nothing else.
 */
static void
test_refused_import(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;
	int i;

	open_pair(fixture, &pair);
	fixture->compositor->import = COMPOSITOR_IMPORT_FAIL;
	make_room(fixture, &pair);
	for (i = 0; i < 4; i++) {
		show_second(fixture, &pair);
		compositor_set_available(fixture->compositor, 2 * PAGE);
		compositor_set_available(fixture->compositor, 6 * PAGE);
	}
	assert_int_equal(fixture->compositor->imports, 2);
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_IMPORT);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	close_pair(&pair);
}

static void
test_other_reason_at_second_try(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;

	open_pair(fixture, &pair);
	fixture->fake.is_contiguous_required = true;
	make_room(fixture, &pair);
	show_second(fixture, &pair);
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_MEMORY);
	fixture->fake.is_contiguous_required = false;
	compositor_set_available(fixture->compositor, 7 * PAGE);
	show_second(fixture, &pair);
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_MEMORY);
	close_pair(&pair);
}

static void
take_descriptors(void *data)
{
	fd_hog_take(data, 0);
}

/* The compositor cannot be asked for want of a file descriptor: not now, but at a later time. */
static void
test_no_descriptors(void **state)
{
	struct fixture *fixture = *state;
	struct fd_hog hog = { .count = 0 };
	struct pair pair;
	int ret;

	open_pair(fixture, &pair);
	make_room(fixture, &pair);
	fixture->fake.on_export = take_descriptors;
	fixture->fake.on_export_data = &hog;
	ret = exup_buffer_commit(pair.second, fixture->surface, NULL, 0);
	fixture->fake.on_export = NULL;
	assert_true(hog.count > 0);
	fd_hog_release(&hog);
	assert_int_equal(ret, 0);
	compositor_sync(fixture->compositor);
	assert_shown(fixture, &pair.images[1]);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_LIMIT);
	assert_int_equal(fixture->compositor->imports, 1);
	compositor_set_available(fixture->compositor, 7 * PAGE);
	show_second(fixture, &pair);
	show_second(fixture, &pair);
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	close_pair(&pair);
}

/* The memory must be the compositor's to read on the first commit on the new path. */
static void
test_cpu_access_ends(void **state)
{
	struct fixture *fixture = *state;
	struct fake_object *object = &fixture->fake.objects[0];
	struct pair pair;

	open_pair(fixture, &pair);
	make_room(fixture, &pair);
	show_second(fixture, &pair);
	assert_true(object->is_live && object->is_cpu_access);
	fixture->compositor->release = COMPOSITOR_RELEASE_LATER;
	show_second(fixture, &pair);
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	assert_false(object->is_cpu_access);
	compositor_release_all(fixture->compositor);
	assert_true(object->is_cpu_access);
	close_pair(&pair);
}

/* While the answer is outstanding, releases are those of the copy: access was never given up. */
static void
test_cpu_access_while_waiting(void **state)
{
	struct fixture *fixture = *state;
	struct fake_object *object = &fixture->fake.objects[0];
	struct pair pair;
	unsigned int i;

	open_pair(fixture, &pair);
	fixture->compositor->import = COMPOSITOR_IMPORT_LATER;
	make_room(fixture, &pair);
	for (i = 0; i < 3; i++) {
		show_second(fixture, &pair);
		assert_int_equal(fixture->released, i + 1);
		assert_true(object->is_live && object->is_cpu_access);
		assert_int_equal(object->sync_count, 1);
	}
	compositor_answer_imports(fixture->compositor, true);
	/* ends with the commit, and begins with its release */
	show_second(fixture, &pair);
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	assert_true(object->is_cpu_access);
	assert_int_equal(object->sync_count, 3);
	assert_int_equal(object->sync_access, DMA_BUF_SYNC_WRITE);
	close_pair(&pair);
}

/* The buffer goes before the answer: the wl_buffer that comes is not lost. */
static void
test_destroy_before_answer(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;

	open_pair(fixture, &pair);
	fixture->compositor->import = COMPOSITOR_IMPORT_LATER;
	make_room(fixture, &pair);
	show_second(fixture, &pair);
	exup_buffer_destroy(pair.second);
	pair.second = NULL;
	assert_int_equal(fixture->compositor->later_count, 1);
	compositor_answer_imports(fixture->compositor, true);
	assert_int_equal(fixture->compositor->dmabuf_buffers, 1);
	exup_client_destroy(fixture->client);
	fixture->client = NULL;
	compositor_sync(fixture->compositor);
	assert_int_equal(fixture->compositor->dmabuf_buffers, 0);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	close_pair(&pair);
}

/* Nothing stays pinned for a buffer that is gone, also if the library is never called again. */
static void
test_destroy_and_dispatch(void **state)
{
	struct fixture *fixture = *state;
	struct wl_event_queue *queue;
	struct pair pair;
	int pass;

	for (pass = 0; pass < 2; pass++) {
		open_pair(fixture, &pair);
		make_room(fixture, &pair);
		queue = wl_display_create_queue(fixture->compositor->display);
		assert_int_equal(exup_buffer_commit(pair.second, fixture->surface, NULL, 0), 0);
		if (pass == 1) {
			/* the answer has been read, and waits in the library's queue */
			assert_true(wl_display_roundtrip_queue(fixture->compositor->display,
							       queue) >= 0);
		}
		exup_buffer_destroy(pair.second);
		pair.second = NULL;
		/* the library's own handles go at once: what is left is the compositor's */
		assert_int_equal(fake_exynos_count_handles(&fixture->fake), 0);
		compositor_sync(fixture->compositor);
		compositor_sync(fixture->compositor);
		assert_int_equal(fixture->compositor->imports, 2);
		assert_int_equal(fixture->compositor->dmabuf_buffers, 0);
		assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
		wl_event_queue_destroy(queue);
		close_pair(&pair);
		fixture_disconnect(fixture);
	}
}

/* A new buffer takes the place of one that was abandoned on its way. */
static void
test_destroy_and_create(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;

	open_pair(fixture, &pair);
	make_room(fixture, &pair);
	assert_int_equal(exup_buffer_commit(pair.second, fixture->surface, NULL, 0), 0);
	exup_buffer_destroy(pair.second);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 4 * PAGE);
	pair.second = image_create_buffer(&pair.images[1], fixture);
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	assert_int_equal(fixture->compositor->imports, 3);
	close_pair(&pair);
}

/* An answer that took its time is handled with the next call, whichever that is. */
static void
test_destroy_and_late_answer(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(16, 16, 64, 0);
	struct exup_buffer *other;
	struct pair pair;
	int pass;

	for (pass = 0; pass < 3; pass++) {
		open_pair(fixture, &pair);
		make_room(fixture, &pair);
		other = image_create_buffer(&image, fixture);
		fixture->compositor->import = COMPOSITOR_IMPORT_LATER;
		show_second(fixture, &pair);
		exup_buffer_destroy(pair.second);
		pair.second = NULL;
		/* the library is woken too early */
		compositor_sync(fixture->compositor);
		assert_int_equal(fixture->compositor->later_count, 1);
		compositor_answer_imports(fixture->compositor, true);
		fixture->compositor->import = COMPOSITOR_IMPORT_OK;
		switch (pass) {
		case 0:
			fixture_commit(fixture, other, NULL, 0);
			break;
		case 1:
			exup_buffer_destroy(image_create_buffer(&image, fixture));
			break;
		case 2:
			exup_buffer_destroy(other);
			other = NULL;
			break;
		}
		compositor_sync(fixture->compositor);
		assert_int_equal(fixture->compositor->dmabuf_buffers, other ? 1 : 0);
		assert_int_equal(fake_exynos_get_pinned(&fixture->fake), other ? PAGE : 0);
		exup_buffer_destroy(other);
		close_pair(&pair);
		fixture_disconnect(fixture);
	}
	image_free(&image);
}

/* The answer is on its way while buffer and client go. */
static void
test_destroy_client_before_answer(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;

	open_pair(fixture, &pair);
	make_room(fixture, &pair);
	assert_int_equal(exup_buffer_commit(pair.second, fixture->surface, NULL, 0), 0);
	exup_buffer_destroy(pair.second);
	pair.second = NULL;
	exup_client_destroy(fixture->client);
	fixture->client = NULL;
	compositor_sync(fixture->compositor);
	assert_int_equal(fixture->compositor->imports, 2);
	assert_int_equal(fixture->compositor->dmabuf_buffers, 0);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	close_pair(&pair);
}

/* The compositor never answers. */
static void
test_no_answer(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;

	open_pair(fixture, &pair);
	fixture->compositor->import = COMPOSITOR_IMPORT_LATER;
	make_room(fixture, &pair);
	show_second(fixture, &pair);
	exup_buffer_destroy(pair.second);
	pair.second = NULL;
	exup_client_destroy(fixture->client);
	fixture->client = NULL;
	compositor_sync(fixture->compositor);
	assert_int_equal(fixture->compositor->later_count, 0);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	close_pair(&pair);
}

static void
test_connection_breaks_meanwhile(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;

	open_pair(fixture, &pair);
	fixture->compositor->import = COMPOSITOR_IMPORT_LATER;
	make_room(fixture, &pair);
	show_second(fixture, &pair);
	compositor_hang_up(fixture->compositor);
	assert_true(wl_display_roundtrip(fixture->compositor->display) < 0);
	exup_buffer_commit(pair.second, fixture->surface, NULL, 0);
	close_pair(&pair);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
}

/* The same, when the buffer is gone already and only its answer is waited for. */
static void
test_connection_breaks_after_destroy(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;

	open_pair(fixture, &pair);
	fixture->compositor->import = COMPOSITOR_IMPORT_LATER;
	make_room(fixture, &pair);
	show_second(fixture, &pair);
	exup_buffer_destroy(pair.second);
	pair.second = NULL;
	compositor_hang_up(fixture->compositor);
	assert_true(wl_display_roundtrip(fixture->compositor->display) < 0);
	exup_client_destroy(fixture->client);
	fixture->client = NULL;
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	close_pair(&pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_comes_back),
		TEST(test_late_answer),
		TEST(test_growth_before_answer),
		TEST(test_no_room_for_this_one),
		TEST(test_no_storm),
		TEST(test_room_that_nobody_told),
		TEST(test_larger_than_any),
		TEST(test_passing_error),
		TEST(test_refused_import),
		TEST(test_other_reason_at_second_try),
		TEST(test_no_descriptors),
		TEST(test_cpu_access_ends),
		TEST(test_cpu_access_while_waiting),
		TEST(test_destroy_before_answer),
		TEST(test_destroy_and_dispatch),
		TEST(test_destroy_and_create),
		TEST(test_destroy_and_late_answer),
		TEST(test_destroy_client_before_answer),
		TEST(test_no_answer),
		TEST(test_connection_breaks_meanwhile),
		TEST(test_connection_breaks_after_destroy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
