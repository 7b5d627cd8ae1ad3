// SPDX-License-Identifier: MIT
/*
 * A pool that is too small, or an RLIMIT_MEMLOCK: the library falls back to wl_shm, and comes back
 * when there is room.
 */
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>
#include <wayland-client.h>

#include "test-buffer.h"
#include "test-client.h"
#include "test-screen.h"

/* The pool is [exynos-userptr] limit=1M in this test's weston.ini. */
#define POOL_BYTES (1u << 20)

struct fixture {
	struct test_client client;
	struct exup_client *exup;
	struct test_client other;
	struct exup_client *other_exup;
};

static int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	test_client_init(&fixture->client);
	test_client_init(&fixture->other);
	if (exup_client_create(fixture->client.display, NULL, 0, &fixture->exup) < 0 ||
	    exup_client_create(fixture->other.display, NULL, 0, &fixture->other_exup) < 0) {
		test_fail("exup_client_create");
	}
	test_client_make_window(&fixture->client);
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	exup_client_destroy(fixture->exup);
	exup_client_destroy(fixture->other_exup);
	test_client_fini(&fixture->client);
	test_client_fini(&fixture->other);
	free(fixture);
	return 0;
}

static struct test_buffer *
create_buffer(struct test_client *client, struct exup_client *exup, int32_t width, int32_t height)
{
	return test_buffer_create(client, exup, TEST_BUFFER_LIBRARY, width, height,
				  WL_SHM_FORMAT_XRGB8888, NULL);
}

static enum exup_path
get_path(struct test_buffer *buffer)
{
	return exup_buffer_get_path(test_buffer_get_exup(buffer));
}

static enum exup_reason
get_reason(struct test_buffer *buffer)
{
	return exup_buffer_get_reason(test_buffer_get_exup(buffer));
}

static size_t
show(struct fixture *fixture, struct test_buffer *buffer, uint32_t color)
{
	struct test_feedback *feedback;

	while (test_buffer_is_busy(buffer)) {
		test_client_dispatch(&fixture->client);
	}
	test_buffer_fill(buffer, 0xff000000u | color);
	feedback = test_client_feedback(&fixture->client, fixture->client.surface);
	test_buffer_commit(buffer, fixture->client.surface, NULL, 0);
	test_client_wait_shown(&fixture->client, feedback);
	return test_screen_count(color, NULL);
}

static void
test_announced(void **state)
{
	struct fixture *fixture = *state;
	struct exup_client_info info;

	exup_client_get_info(fixture->exup, &info);
	assert_true(info.userptr);
	assert_int_equal(info.pool_bytes, POOL_BYTES);
	assert_int_equal(info.available_bytes, POOL_BYTES);
	assert_int_equal(test_read_pinned(), 0);
}

static void
test_larger_than_pool(void **state)
{
	struct fixture *fixture = *state;
	struct test_buffer *buffer = create_buffer(&fixture->client, fixture->exup, 600, 440);

	assert_int_equal(get_path(buffer), EXUP_PATH_SHM);
	assert_int_equal(get_reason(buffer), EXUP_REASON_LIMIT);
	assert_int_equal(show(fixture, buffer, 0x123456), 600 * 440);
	assert_int_equal(test_read_pinned(), 0);
	test_buffer_destroy(buffer);
}

/* Another client has taken the pool, and gives it back. */
static void
test_comes_back(void **state)
{
	struct fixture *fixture = *state;
	struct test_buffer *large = create_buffer(&fixture->other, fixture->other_exup, 600, 400);
	struct test_buffer *small[2];
	uint32_t frame;

	assert_int_equal(get_path(large), EXUP_PATH_USERPTR);
	small[0] = create_buffer(&fixture->client, fixture->exup, 300, 200);
	small[1] = create_buffer(&fixture->client, fixture->exup, 300, 200);
	assert_int_equal(get_path(small[0]), EXUP_PATH_SHM);
	assert_int_equal(get_reason(small[0]), EXUP_REASON_LIMIT);
	for (frame = 0; frame < 4; frame++) {
		assert_int_equal(show(fixture, small[frame % 2], 0x654320 + frame), 300 * 200);
		assert_int_equal(get_path(small[frame % 2]), EXUP_PATH_SHM);
	}
	test_buffer_destroy(large);
	test_client_sync(&fixture->other);
	/* the driver tells the plugin, the plugin the clients: some frames later at most */
	for (frame = 0; frame < 100; frame++) {
		assert_int_equal(show(fixture, small[frame % 2], 0x654300 + frame), 300 * 200);
		if (get_path(small[0]) == EXUP_PATH_USERPTR &&
		    get_path(small[1]) == EXUP_PATH_USERPTR) {
			break;
		}
	}
	assert_int_equal(get_path(small[0]), EXUP_PATH_USERPTR);
	assert_int_equal(get_path(small[1]), EXUP_PATH_USERPTR);
	assert_int_equal(get_reason(small[0]), EXUP_REASON_NONE);
	/* the one that is shown is released when the other one is */
	assert_int_equal(show(fixture, small[(frame + 1) % 2], 0x0a0b0c), 300 * 200);
	assert_int_equal(show(fixture, small[frame % 2], 0x0c0b0a), 300 * 200);
	assert_true(test_read_pinned() >= 2 * 300 * 200 * 4);
	test_buffer_destroy(small[0]);
	test_buffer_destroy(small[1]);
}

/* What of root's rights is exempt from RLIMIT_MEMLOCK. */
static void
set_ipc_lock(bool is_allowed)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	if (is_allowed) {
		data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective |= CAP_TO_MASK(CAP_IPC_LOCK);
	} else {
		data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective &= ~CAP_TO_MASK(CAP_IPC_LOCK);
	}
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/*
 * An ordinary user, whose limit has room for two buffers of a window, and not for three: when it
 * gets larger, the one that is shown counts until there is a new frame.
 */
static void
test_memlock_and_resize(void **state)
{
	struct fixture *fixture = *state;
	struct test_buffer *buffers[2];
	struct rlimit old, limit;
	uint32_t frame;
	int32_t size;

	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &old), 0);
	limit = old;
	limit.rlim_cur = 520 * 1000;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	set_ipc_lock(false);
	/* one that is never shown is no obstacle */
	test_buffer_destroy(create_buffer(&fixture->client, fixture->exup, 400, 300));
	for (size = 0; size < 8; size += 2) {
		buffers[0] = create_buffer(&fixture->client, fixture->exup, 300 + size, 200);
		buffers[1] = create_buffer(&fixture->client, fixture->exup, 300 + size, 200);
		assert_int_equal(get_path(buffers[0]), EXUP_PATH_USERPTR);
		if (size > 0) {
			assert_int_equal(get_path(buffers[1]), EXUP_PATH_SHM);
			assert_int_equal(get_reason(buffers[1]), EXUP_REASON_MEMLOCK);
		}
		/* the driver tells the plugin, the plugin the clients: some frames later at most */
		for (frame = 0; frame < 100; frame++) {
			assert_int_equal(show(fixture, buffers[frame % 2], 0x304050 + frame),
					 (300 + size) * 200);
			if (frame >= 3 && get_path(buffers[1]) == EXUP_PATH_USERPTR) {
				break;
			}
		}
		assert_int_equal(get_path(buffers[0]), EXUP_PATH_USERPTR);
		assert_int_equal(get_path(buffers[1]), EXUP_PATH_USERPTR);
		assert_int_equal(get_reason(buffers[1]), EXUP_REASON_NONE);
		test_buffer_destroy(buffers[0]);
		test_buffer_destroy(buffers[1]);
	}
	set_ipc_lock(true);
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &old), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_announced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_larger_than_pool, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_memlock_and_resize, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
