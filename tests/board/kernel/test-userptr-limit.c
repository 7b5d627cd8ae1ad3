// SPDX-License-Identifier: MIT
/*
 * How much user memory there may be: the limit of the device, who may set and read it, the pool
 * that all processes share, and RLIMIT_MEMLOCK.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "exynos-device.h"
#include "userptr-fixture.h"

#define PINNED_WAKEUP_MS 60000

static void
test_limit_is_16_mib_by_default(void **state)
{
	struct userptr_device *d = *state;

	assert_int_equal(exynos_userptr_limit(d->card), USERPTR_LIMIT);
	assert_int_equal(exynos_userptr_pinned(d->card), 0);
}

static void
test_attributes_are_the_same_through_both_nodes(void **state)
{
	struct userptr_device *d = *state;
	void *memory = map_anonymous(3 * d->page, PROT_READ | PROT_WRITE);
	uint32_t handle = assert_imported(d, memory, 3 * d->page);

	assert_int_equal(exynos_user_limit(d->card, 5 * d->page), 0);
	assert_int_equal(exynos_userptr_limit(d->card), 5 * d->page);
	assert_int_equal(exynos_userptr_limit(d->fd), 5 * d->page);
	assert_int_equal(exynos_userptr_pinned(d->card), 3 * d->page);
	assert_int_equal(exynos_userptr_pinned(d->fd), 3 * d->page);

	exynos_gem_close(d->fd, handle);
	munmap(memory, 3 * d->page);
}

static void
test_attributes_cannot_be_written(void **state)
{
	struct userptr_device *d = *state;
	const char *names[] = { "userptr_limit", "userptr_pinned" };

	for (int i = 0; i < 2; i++) {
		int attribute = exynos_open_attribute(d->card, names[i]);

		assert_true(attribute >= 0);
		char path[64];
		snprintf(path, sizeof(path), "/proc/self/fd/%d", attribute);
		int writable = open(path, O_WRONLY | O_CLOEXEC);
		assert_true(writable < 0 || write(writable, "1", 1) < 0);
		if (writable >= 0)
			close(writable);
		close(attribute);
	}
}

static int
read_attributes_without_root(void *data)
{
	struct userptr_device *d = data;

	CHILD_CHECK(child_drop_root() == 0);
	CHILD_CHECK(exynos_userptr_limit(d->fd) == USERPTR_LIMIT);
	CHILD_CHECK(exynos_userptr_pinned(d->fd) == 0);

	return 0;
}

static void
test_attributes_can_be_read_without_root(void **state)
{
	assert_int_equal(child_run(read_attributes_without_root, *state), 0);
}

/* Reads the attribute, as sysfs wants it, then polls for the next change. */
static void
assert_wakes(struct pollfd *pollfd, bool wakes)
{
	char text[32];

	pollfd->revents = 0;
	assert_int_equal(poll(pollfd, 1, wakes ? PINNED_WAKEUP_MS : 0), wakes);
	if (wakes)
		assert_true(pollfd->revents & POLLPRI);
	assert_true(pread(pollfd->fd, text, sizeof(text), 0) > 0);
}

static void
test_attributes_can_be_polled(void **state)
{
	struct userptr_device *d = *state;
	struct pollfd limit = { .events = POLLPRI }, pinned = { .events = POLLPRI };
	void *memory = map_anonymous(d->page, PROT_READ | PROT_WRITE);
	uint32_t handle;
	char text[32];

	limit.fd = exynos_open_attribute(d->fd, "userptr_limit");
	pinned.fd = exynos_open_attribute(d->fd, "userptr_pinned");
	assert_true(limit.fd >= 0 && pinned.fd >= 0);
	assert_true(pread(limit.fd, text, sizeof(text), 0) > 0);
	assert_true(pread(pinned.fd, text, sizeof(text), 0) > 0);
	assert_wakes(&limit, false);
	assert_wakes(&pinned, false);

	assert_int_equal(exynos_user_limit(d->card, 9 * d->page), 0);
	assert_wakes(&limit, true);
	assert_wakes(&pinned, false);

	handle = assert_imported(d, memory, d->page);
	assert_wakes(&pinned, true);
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);
	assert_wakes(&pinned, true);
	assert_wakes(&limit, false);

	close(limit.fd);
	close(pinned.fd);
	munmap(memory, d->page);
}

static void
test_limit_range(void **state)
{
	struct userptr_device *d = *state;
	const uint32_t good[] = { d->page, d->page + 1, USERPTR_LIMIT, USERPTR_MAX_LIMIT };
	const uint32_t bad[] = { 0, 1, d->page - 1, USERPTR_MAX_LIMIT + 1, UINT32_MAX };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(exynos_user_limit(d->card, good[i]), 0);
		assert_int_equal(exynos_userptr_limit(d->card), good[i]);
	}

	assert_int_equal(exynos_user_limit(d->card, 7 * d->page), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(exynos_user_limit(d->card, bad[i]), -EINVAL);
		assert_int_equal(exynos_userptr_limit(d->card), 7 * d->page);
	}
}

static void
test_limit_is_refused_to_root_without_master(void **state)
{
	struct userptr_device *d = *state;
	int second = exynos_open(EXYNOS_PRIMARY_NODE);

	assert_true(second >= 0);
	assert_int_equal(exynos_user_limit(second, 5 * d->page), -EACCES);
	close(second);

	assert_int_equal(exynos_ioctl(d->card, DRM_IOCTL_DROP_MASTER, NULL), 0);
	assert_int_equal(exynos_user_limit(d->card, 5 * d->page), -EACCES);
	assert_int_equal(exynos_ioctl(d->card, DRM_IOCTL_SET_MASTER, NULL), 0);

	assert_int_equal(exynos_userptr_limit(d->card), USERPTR_LIMIT);
}

static int
set_limit_without_root(void *data)
{
	struct userptr_device *d = data;

	CHILD_CHECK(child_drop_root() == 0);
	CHILD_CHECK(exynos_user_limit(d->card, 5 * d->page) == -EACCES);
	CHILD_CHECK(exynos_user_limit(d->fd, 5 * d->page) == -EACCES);

	return 0;
}

static void
test_limit_is_refused_to_master_without_root(void **state)
{
	struct userptr_device *d = *state;

	assert_int_equal(child_run(set_limit_without_root, d), 0);
	assert_int_equal(exynos_userptr_limit(d->card), USERPTR_LIMIT);
}

static void
test_limit_is_refused_on_the_render_node(void **state)
{
	struct userptr_device *d = *state;

	assert_int_equal(exynos_user_limit(d->fd, 5 * d->page), -EACCES);
	assert_int_equal(exynos_userptr_limit(d->card), USERPTR_LIMIT);
}

static void
test_whole_pool_and_not_a_page_more(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_anonymous(USERPTR_LIMIT + 2 * d->page, PROT_READ | PROT_WRITE);
	uint32_t handle;

	assert_refused(d, memory, USERPTR_LIMIT + 1, 0, -EINVAL);
	assert_refused(d, memory, USERPTR_LIMIT + d->page, 0, -EINVAL);
	/* not larger than the limit, but it needs a page more */
	assert_refused(d, memory + 1, USERPTR_LIMIT, 0, -EINVAL);

	handle = assert_imported(d, memory, USERPTR_LIMIT);
	assert_pinned(d, USERPTR_LIMIT);
	assert_refused(d, memory, 1, 0, -EINVAL);
	assert_refused(d, memory + USERPTR_LIMIT + d->page, 1, 0, -EINVAL);
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);
	assert_pinned(d, 0);

	handle = assert_imported(d, memory + USERPTR_LIMIT + d->page, 1);
	exynos_gem_close(d->fd, handle);
	munmap(memory, USERPTR_LIMIT + 2 * d->page);
}

static void
test_largest_limit(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_anonymous(USERPTR_MAX_LIMIT + d->page, PROT_READ | PROT_WRITE);
	uint32_t handle;

	assert_int_equal(exynos_user_limit(d->card, USERPTR_MAX_LIMIT), 0);
	assert_refused(d, memory, USERPTR_MAX_LIMIT + 1, 0, -EINVAL);
	handle = assert_imported(d, memory, USERPTR_MAX_LIMIT);
	assert_pinned(d, USERPTR_MAX_LIMIT);
	assert_refused(d, memory + USERPTR_MAX_LIMIT, 1, 0, -EINVAL);
	exynos_gem_close(d->fd, handle);
	munmap(memory, USERPTR_MAX_LIMIT + d->page);
}

static void
test_pool_in_small_pieces(void **state)
{
	struct userptr_device *d = *state;
	enum { PIECES = 8 };
	char *memory = map_anonymous((PIECES + 1) * d->page, PROT_READ | PROT_WRITE);
	uint32_t handles[PIECES];

	assert_int_equal(exynos_user_limit(d->card, PIECES * d->page), 0);
	for (int i = 0; i < PIECES; i++)
		handles[i] = assert_imported(d, memory + i * d->page, d->page);
	assert_pinned(d, PIECES * d->page);
	assert_refused(d, memory + PIECES * d->page, 1, 0, -EINVAL);

	assert_int_equal(exynos_gem_close(d->fd, handles[3]), 0);
	handles[3] = assert_imported(d, memory + PIECES * d->page, 1);
	assert_refused(d, memory, 1, 0, -EINVAL);

	for (int i = 0; i < PIECES; i++)
		exynos_gem_close(d->fd, handles[i]);
	assert_pinned(d, 0);
	munmap(memory, (PIECES + 1) * d->page);
}

static int
take_the_whole_pool(void *data)
{
	struct child_gate *gates = data;
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	char *memory = child_map_memory(USERPTR_LIMIT, 1);
	uint32_t handle;

	CHILD_CHECK(fd >= 0 && memory);
	CHILD_CHECK(exynos_gem_userptr(fd, memory, USERPTR_LIMIT, 0, &handle) == 0);
	CHILD_CHECK(child_gate_post(&gates[0]) == 0);
	CHILD_CHECK(child_gate_wait(&gates[1]) == 0);

	return 0;
}

static void
test_pool_taken_by_another_process(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->page, 1);
	struct child_gate gates[2];
	pid_t pid;

	assert_int_equal(child_gate_init(&gates[0]), 0);
	assert_int_equal(child_gate_init(&gates[1]), 0);
	pid = child_start(take_the_whole_pool, gates);
	assert_int_equal(child_gate_wait(&gates[0]), 0);
	assert_refused(d, memory, 1, 0, -EINVAL);

	/* room by the limit, and then by the end of the other one */
	assert_int_equal(exynos_user_limit(d->card, USERPTR_LIMIT + (uint32_t)d->page), 0);
	exynos_gem_close(d->fd, assert_imported(d, memory, d->page));
	assert_int_equal(exynos_user_limit(d->card, USERPTR_LIMIT), 0);
	assert_refused(d, memory, 1, 0, -EINVAL);
	assert_int_equal(child_gate_post(&gates[1]), 0);
	assert_int_equal(child_wait(pid), 0);
	assert_true(exynos_wait_pinned(d->fd, 0));
	exynos_gem_close(d->fd, assert_imported(d, memory, d->page));
	child_gate_fini(&gates[0]);
	child_gate_fini(&gates[1]);
	munmap(memory, d->page);
}

static void
test_limit_lowered_below_what_is_pinned(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_anonymous(12 * d->page, PROT_READ | PROT_WRITE);
	uint32_t first, second, third;

	first = assert_imported(d, memory, 8 * d->page);
	second = assert_imported(d, memory + 8 * d->page, 2 * d->page);
	assert_int_equal(exynos_user_limit(d->card, 4 * d->page), 0);
	assert_pinned(d, 10 * d->page);
	assert_refused(d, memory, 1, 0, -EINVAL);

	assert_int_equal(exynos_gem_close(d->fd, first), 0);
	assert_pinned(d, 2 * d->page);
	assert_refused(d, memory, 3 * d->page, 0, -EINVAL);
	third = assert_imported(d, memory, 2 * d->page);
	assert_refused(d, memory, 1, 0, -EINVAL);

	assert_int_equal(exynos_user_limit(d->card, USERPTR_LIMIT), 0);
	exynos_gem_close(d->fd, second);
	exynos_gem_close(d->fd, third);
	assert_pinned(d, 0);
	munmap(memory, 12 * d->page);
}

static int
import_over_memlock(void *data)
{
	struct userptr_device *d = data;
	struct rlimit rlimit = { .rlim_cur = 8 * d->page, .rlim_max = 8 * d->page };
	char *memory = map_anonymous(16 * d->page, PROT_READ | PROT_WRITE);
	uint32_t first, second;

	CHILD_CHECK(setrlimit(RLIMIT_MEMLOCK, &rlimit) == 0);

	/* CAP_IPC_LOCK is exempt, and counted all the same */
	CHILD_CHECK(exynos_gem_userptr(d->fd, memory, 9 * d->page, 0, &first) == 0);
	CHILD_CHECK(process_pinned() == 9 * d->page);
	CHILD_CHECK(exynos_gem_close(d->fd, first) == 0);

	CHILD_CHECK(child_drop_root() == 0);
	CHILD_CHECK(exynos_gem_userptr(d->fd, memory, 9 * d->page, 0, &first) == -ENOMEM);
	CHILD_CHECK(process_pinned() == 0);
	CHILD_CHECK(exynos_userptr_pinned(d->fd) == 0);

	CHILD_CHECK(exynos_gem_userptr(d->fd, memory, 8 * d->page, 0, &first) == 0);
	CHILD_CHECK(exynos_gem_userptr(d->fd, memory + 8 * d->page, 1, 0, &second) == -ENOMEM);
	CHILD_CHECK(process_pinned() == 8 * d->page);
	CHILD_CHECK(exynos_userptr_pinned(d->fd) == 8 * d->page);

	CHILD_CHECK(exynos_gem_close(d->fd, first) == 0);
	CHILD_CHECK(exynos_gem_userptr(d->fd, memory + 8 * d->page, 1, 0, &second) == 0);
	CHILD_CHECK(exynos_gem_close(d->fd, second) == 0);
	CHILD_CHECK(process_pinned() == 0);

	return 0;
}

static void
test_memlock_limits_a_process(void **state)
{
	assert_int_equal(child_run(import_over_memlock, *state), 0);
}

enum { RACERS = 8, RACER_PAGES = 3, RACER_ROUNDS = 200 };

/* In memory that all racers share; one of them alone may be unlucky every time. */
struct race {
	struct userptr_device *d;
	unsigned int imported, refused;
};

static int
race_for_the_pool(void *data)
{
	struct race *race = data;
	struct userptr_device *d = race->d;
	char *memory = map_anonymous(RACER_PAGES * d->page, PROT_READ | PROT_WRITE);

	for (int i = 0; i < RACER_ROUNDS; i++) {
		uint32_t handle;
		int ret = exynos_gem_userptr(d->fd, memory, RACER_PAGES * d->page, 0, &handle);

		CHILD_CHECK(ret == 0 || ret == -EINVAL);
		CHILD_CHECK(exynos_userptr_pinned(d->fd) <= 10 * d->page);
		if (ret < 0) {
			__atomic_add_fetch(&race->refused, 1, __ATOMIC_RELAXED);
			continue;
		}

		__atomic_add_fetch(&race->imported, 1, __ATOMIC_RELAXED);
		sched_yield();
		CHILD_CHECK(exynos_gem_close(d->fd, handle) == 0);
	}

	return 0;
}

static void
test_racing_importers_stay_within_the_pool(void **state)
{
	struct userptr_device *d = *state;
	struct race *race = mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t racers[RACERS];
	int failed = 0;

	assert_ptr_not_equal(race, MAP_FAILED);
	race->d = d;
	/* room for three of them at a time */
	assert_int_equal(exynos_user_limit(d->card, 10 * d->page), 0);
	for (int i = 0; i < RACERS; i++)
		racers[i] = child_start(race_for_the_pool, race);
	for (int i = 0; i < RACERS; i++)
		failed += child_wait(racers[i]) != 0;

	assert_int_equal(failed, 0);
	assert_int_not_equal(race->imported, 0);
	assert_int_not_equal(race->refused, 0);
	assert_pinned(d, 0);
	munmap(race, sizeof(*race));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, userptr_setup, userptr_teardown)
		/* the first one sees the limit as the driver has set it */
		TEST(test_limit_is_16_mib_by_default),
		TEST(test_attributes_are_the_same_through_both_nodes),
		TEST(test_attributes_cannot_be_written),
		TEST(test_attributes_can_be_read_without_root),
		TEST(test_attributes_can_be_polled),
		TEST(test_limit_range),
		TEST(test_limit_is_refused_to_root_without_master),
		TEST(test_limit_is_refused_to_master_without_root),
		TEST(test_limit_is_refused_on_the_render_node),
		TEST(test_whole_pool_and_not_a_page_more),
		TEST(test_largest_limit),
		TEST(test_pool_in_small_pieces),
		TEST(test_pool_taken_by_another_process),
		TEST(test_limit_lowered_below_what_is_pinned),
		TEST(test_memlock_limits_a_process),
		TEST(test_racing_importers_stay_within_the_pool),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("limits of user memory", tests, NULL, NULL);
}
