// SPDX-License-Identifier: MIT
/* RLIMIT_MEMLOCK: what waits until other memory is let go of, what never fits, and what is said. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <drm.h>
#include <wayland-client.h>

#include "client-fixture.h"

/** struct messages - what the library has said */
struct messages {
	char text[2048];
	unsigned int lines;
};

static void
keep_message(void *data, const char *message)
{
	struct messages *messages = data;
	size_t length = strlen(messages->text);

	snprintf(messages->text + length, sizeof(messages->text) - length, "%s\n", message);
	messages->lines++;
}

static void
start_messages(struct messages *messages, struct fixture *fixture)
{
	exup_client_set_log(fixture->client, keep_message, messages);
	*messages = (struct messages){ .lines = 0 };
}

static void
assert_said(const struct messages *messages, const char *words)
{
	if (!strstr(messages->text, words)) {
		fail_msg("\"%s\" is not in what was said:\n%s", words, messages->text);
	}
}

/* As a compositor that goes on showing a buffer whose wl_buffer is destroyed; to be closed. */
static int
hold_object(struct fixture *fixture, int i)
{
	int fd = fcntl(fixture->fake.objects[i].memfd, F_DUPFD_CLOEXEC, 0);

	assert_true(fixture->fake.objects[i].is_live);
	assert_true(fd >= 0);
	return fd;
}

static void
show(struct fixture *fixture, struct exup_buffer *buffer, struct image *image)
{
	const struct exup_rect damage = { 3, 4, 10, 10 };

	image_scribble(image, damage);
	fixture_commit(fixture, buffer, &damage, 1);
	assert_shown(fixture, image);
}

/* A buffer that was never shown goes, and the next one takes its place at once. */
static void
test_place_of_destroyed(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	struct exup_buffer *buffer;
	unsigned int ioctls;
	int i;

	fixture_set_memlock(fixture, 4 * PAGE);
	fixture_connect(fixture, 0);
	for (i = 0; i < 3; i++) {
		buffer = image_create_buffer(&image, fixture);
		assert_path(buffer, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
		exup_buffer_destroy(buffer);
	}
	/* one that can never fit need not wait for it */
	fixture_set_memlock(fixture, PAGE);
	ioctls = fixture->fake.ioctl_count;
	buffer = image_create_buffer(&image, fixture);
	assert_path(buffer, EXUP_PATH_SHM, EXUP_REASON_MEMLOCK);
	assert_int_equal(fixture->fake.ioctl_count, ioctls + 1);
	exup_buffer_destroy(buffer);
	image_free(&image);
}

/*
 * A window of two buffers that the limit has just room for gets a little larger. The compositor
 * shows the old frame until there is a new one, so the second new buffer has to wait.
 */
static void
test_resize(void **state)
{
	struct fixture *fixture = *state;
	struct image images[4];
	struct exup_buffer *buffers[4];
	int held;
	int i;

	fixture_set_memlock(fixture, 9 * PAGE);
	fixture_connect(fixture, 0);
	for (i = 0; i < 4; i++) {
		images[i] = image_create(64, i < 2 ? 62 : 64, 256, 0);
	}
	for (i = 0; i < 2; i++) {
		buffers[i] = image_create_buffer(&images[i], fixture);
		fixture_commit(fixture, buffers[i], NULL, 0);
		assert_path(buffers[i], EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	}
	held = hold_object(fixture, 1);
	exup_buffer_destroy(buffers[0]);
	exup_buffer_destroy(buffers[1]);
	for (i = 2; i < 4; i++) {
		buffers[i] = image_create_buffer(&images[i], fixture);
	}
	assert_path(buffers[2], EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	assert_path(buffers[3], EXUP_PATH_SHM, EXUP_REASON_MEMLOCK);
	fixture_commit(fixture, buffers[2], NULL, 0);
	close(held);
	for (i = 0; i < 4; i++) {
		fixture_commit(fixture, buffers[3 - i % 2], NULL, 0);
		assert_shown(fixture, &images[3 - i % 2]);
	}
	assert_path(buffers[3], EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	for (i = 0; i < 4; i++) {
		if (i >= 2) {
			exup_buffer_destroy(buffers[i]);
		}
		image_free(&images[i]);
	}
}

/** struct pair - a buffer that takes all that may be pinned, and one that found nothing left */
struct pair {
	struct image images[2];
	struct exup_buffer *first;
	struct exup_buffer *second;
};

static void
open_pair(struct fixture *fixture, struct pair *pair)
{
	fixture_set_memlock(fixture, 6 * PAGE);
	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	pair->images[0] = image_create(64, 64, 256, 0);
	pair->images[1] = image_create(64, 64, 256, 0);
	pair->first = image_create_buffer(&pair->images[0], fixture);
	pair->second = image_create_buffer(&pair->images[1], fixture);
	assert_path(pair->first, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	assert_path(pair->second, EXUP_PATH_SHM, EXUP_REASON_MEMLOCK);
}

static void
close_pair(struct pair *pair)
{
	exup_buffer_destroy(pair->first);
	exup_buffer_destroy(pair->second);
	image_free(&pair->images[0]);
	image_free(&pair->images[1]);
}

static void
close_first(struct fixture *fixture, struct pair *pair)
{
	exup_buffer_destroy(pair->first);
	pair->first = NULL;
	compositor_sync(fixture->compositor);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
}

/* Nobody tells of room: it is tried now and then, and said once. */
static void
test_no_storm(void **state)
{
	struct fixture *fixture = *state;
	struct messages messages;
	unsigned int ioctls;
	struct pair pair;
	int i;

	open_pair(fixture, &pair);
	start_messages(&messages, fixture);
	ioctls = fixture->fake.ioctl_count;
	for (i = 0; i < 300; i++) {
		show(fixture, pair.second, &pair.images[1]);
	}
	assert_in_range(fixture->fake.ioctl_count, ioctls + 6, ioctls + 12);
	assert_int_equal(messages.lines, 0);
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_MEMLOCK);
	close_first(fixture, &pair);
	for (i = 0; i < 66 && exup_buffer_get_path(pair.second) == EXUP_PATH_SHM; i++) {
		show(fixture, pair.second, &pair.images[1]);
	}
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	close_pair(&pair);
}

/* What leaves the pool may have been this process's. */
static void
test_growth(void **state)
{
	struct fixture *fixture = *state;
	struct pair pair;
	int i;

	open_pair(fixture, &pair);
	for (i = 0; i < 100; i++) {
		show(fixture, pair.second, &pair.images[1]);
	}
	close_first(fixture, &pair);
	compositor_set_available(fixture->compositor, (16 << 20) + 1);
	show(fixture, pair.second, &pair.images[1]);
	show(fixture, pair.second, &pair.images[1]);
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	close_pair(&pair);
}

/* A buffer that waits for the pool meets the other limit on its way, and waits for that. */
static void
test_after_limit(void **state)
{
	struct fixture *fixture = *state;
	struct messages messages;
	struct pair pair;
	int i;

	fixture->fake.limit_bytes = 6 * PAGE;
	fixture_set_memlock(fixture, 6 * PAGE);
	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	pair.images[0] = image_create(64, 64, 256, 0);
	pair.images[1] = image_create(64, 64, 256, 0);
	pair.first = image_create_buffer(&pair.images[0], fixture);
	pair.second = image_create_buffer(&pair.images[1], fixture);
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_LIMIT);
	fixture->fake.limit_bytes = 16 << 20;
	start_messages(&messages, fixture);
	for (i = 0; i < 10; i++) {
		show(fixture, pair.second, &pair.images[1]);
	}
	assert_path(pair.second, EXUP_PATH_SHM, EXUP_REASON_MEMLOCK);
	assert_int_equal(messages.lines, 1);
	assert_said(&messages, "RLIMIT_MEMLOCK, 24576 bytes, has not that much left");
	close_first(fixture, &pair);
	for (i = 0; i < 66 && exup_buffer_get_path(pair.second) == EXUP_PATH_SHM; i++) {
		show(fixture, pair.second, &pair.images[1]);
	}
	assert_path(pair.second, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	close_pair(&pair);
}

/* Larger than the limit itself: said so, and never tried again while the limit is what it is. */
static void
test_larger_than_limit(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	struct messages messages;
	struct exup_buffer *buffer;
	unsigned int ioctls;
	int i;

	fixture_set_memlock(fixture, 4 * PAGE - 1);
	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	start_messages(&messages, fixture);
	buffer = image_create_buffer(&image, fixture);
	assert_path(buffer, EXUP_PATH_SHM, EXUP_REASON_MEMLOCK);
	assert_said(&messages, "cannot pin 16384 bytes");
	assert_said(&messages, "more than RLIMIT_MEMLOCK, 16383 bytes, ever allows: path shm");
	ioctls = fixture->fake.ioctl_count;
	for (i = 0; i < 100; i++) {
		compositor_set_available(fixture->compositor, (16 << 20) + (uint64_t)i);
		show(fixture, buffer, &image);
	}
	assert_int_equal(fixture->fake.ioctl_count, ioctls);
	assert_path(buffer, EXUP_PATH_SHM, EXUP_REASON_MEMLOCK);
	/* as prlimit does */
	fixture_set_memlock(fixture, 4 * PAGE);
	for (i = 0; i < 66 && exup_buffer_get_path(buffer) == EXUP_PATH_SHM; i++) {
		show(fixture, buffer, &image);
	}
	assert_path(buffer, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	exup_buffer_destroy(buffer);
	image_free(&image);
}

/* The same errno without any limit. */
static void
test_no_memory(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	struct exup_buffer *buffer;

	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_GEM_USERPTR, 0, 2, -ENOMEM);
	buffer = image_create_buffer(&image, fixture);
	assert_path(buffer, EXUP_PATH_SHM, EXUP_REASON_MEMLOCK);
	show(fixture, buffer, &image);
	assert_path(buffer, EXUP_PATH_SHM, EXUP_REASON_MEMLOCK);
	/* once more after two commits, and on the new path with the one after that */
	show(fixture, buffer, &image);
	show(fixture, buffer, &image);
	show(fixture, buffer, &image);
	assert_path(buffer, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	exup_buffer_destroy(buffer);
	image_free(&image);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_place_of_destroyed), TEST(test_resize),
		TEST(test_no_storm),	       TEST(test_growth),
		TEST(test_after_limit),	       TEST(test_larger_than_limit),
		TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
