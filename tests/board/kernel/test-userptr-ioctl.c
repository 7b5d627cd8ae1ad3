// SPDX-License-Identifier: MIT
/*
 * GEM_USERPTR and USER_LIMIT: arguments, limits, permissions, and that nothing stays pinned.
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
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "exynos-device.h"

#define DEFAULT_LIMIT (16u << 20)
#define MAX_LIMIT (64u << 20)
#define PINNED_WAKEUP_MS 10000

struct device {
	int card, render;
	size_t page;
	uint64_t process_pinned;
};

static int
setup(void **state)
{
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->page = (size_t)sysconf(_SC_PAGESIZE);
	d->card = exynos_open(EXYNOS_PRIMARY_NODE);
	assert_true(d->card >= 0);
	d->render = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(d->render >= 0);
	d->process_pinned = process_pinned();
	*state = d;

	return 0;
}

/* Whatever a test did, afterwards the limit is the default and nothing is pinned. */
static int
teardown(void **state)
{
	struct device *d = *state;

	assert_int_equal(exynos_user_limit(d->card, DEFAULT_LIMIT), 0);
	assert_true(exynos_wait_pinned(d->card, 0));
	assert_int_equal(process_pinned(), d->process_pinned);
	close(d->render);
	close(d->card);
	free(d);

	return 0;
}

static void *
map_anonymous(size_t size_bytes, int prot)
{
	void *map = mmap(NULL, size_bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(map, MAP_FAILED);

	return map;
}

/* Both counts, the device's and the process's, are that many bytes above what was there. */
static void
assert_pinned(struct device *d, uint64_t bytes)
{
	assert_int_equal(exynos_userptr_pinned(d->render), bytes);
	assert_int_equal(process_pinned(), d->process_pinned + bytes);
}

static void
assert_refused(struct device *d, const void *ptr, uint64_t size, uint32_t flags, int error)
{
	uint64_t before = exynos_userptr_pinned(d->render);
	uint64_t process_before = process_pinned();
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->render, ptr, size, flags, &handle), error);
	assert_int_equal(exynos_userptr_pinned(d->render), before);
	assert_int_equal(process_pinned(), process_before);
}

static uint32_t
assert_imported(struct device *d, const void *ptr, uint64_t size)
{
	uint32_t handle = 0;

	assert_int_equal(exynos_gem_userptr(d->render, ptr, size, 0, &handle), 0);
	assert_int_not_equal(handle, 0);

	return handle;
}

static void
test_limit_is_16_mib_by_default(void **state)
{
	struct device *d = *state;

	assert_int_equal(exynos_userptr_limit(d->card), DEFAULT_LIMIT);
	assert_int_equal(exynos_userptr_pinned(d->card), 0);
}

static void
test_attributes_are_the_same_through_both_nodes(void **state)
{
	struct device *d = *state;
	void *memory = map_anonymous(3 * d->page, PROT_READ | PROT_WRITE);
	uint32_t handle = assert_imported(d, memory, 3 * d->page);

	assert_int_equal(exynos_user_limit(d->card, 5 * d->page), 0);
	assert_int_equal(exynos_userptr_limit(d->card), 5 * d->page);
	assert_int_equal(exynos_userptr_limit(d->render), 5 * d->page);
	assert_int_equal(exynos_userptr_pinned(d->card), 3 * d->page);
	assert_int_equal(exynos_userptr_pinned(d->render), 3 * d->page);

	exynos_gem_close(d->render, handle);
	munmap(memory, 3 * d->page);
}

static void
test_attributes_cannot_be_written(void **state)
{
	struct device *d = *state;
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

static void
test_limit_range(void **state)
{
	struct device *d = *state;
	const uint32_t good[] = { d->page, d->page + 1, DEFAULT_LIMIT, MAX_LIMIT };
	const uint32_t bad[] = { 0, 1, d->page - 1, MAX_LIMIT + 1, UINT32_MAX };

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
	struct device *d = *state;
	int second = exynos_open(EXYNOS_PRIMARY_NODE);

	assert_true(second >= 0);
	assert_int_equal(exynos_user_limit(second, 5 * d->page), -EACCES);
	close(second);

	assert_int_equal(exynos_ioctl(d->card, DRM_IOCTL_DROP_MASTER, NULL), 0);
	assert_int_equal(exynos_user_limit(d->card, 5 * d->page), -EACCES);
	assert_int_equal(exynos_ioctl(d->card, DRM_IOCTL_SET_MASTER, NULL), 0);

	assert_int_equal(exynos_userptr_limit(d->card), DEFAULT_LIMIT);
}

static int
set_limit_without_root(void *data)
{
	struct device *d = data;

	CHILD_CHECK(child_drop_root() == 0);
	CHILD_CHECK(exynos_user_limit(d->card, 5 * d->page) == -EACCES);
	CHILD_CHECK(exynos_user_limit(d->render, 5 * d->page) == -EACCES);

	return 0;
}

static void
test_limit_is_refused_to_master_without_root(void **state)
{
	struct device *d = *state;

	assert_int_equal(child_run(set_limit_without_root, d), 0);
	assert_int_equal(exynos_userptr_limit(d->card), DEFAULT_LIMIT);
}

static void
test_limit_is_refused_on_the_render_node(void **state)
{
	struct device *d = *state;

	assert_int_equal(exynos_user_limit(d->render, 5 * d->page), -EACCES);
	assert_int_equal(exynos_userptr_limit(d->card), DEFAULT_LIMIT);
}

static int
read_attributes_without_root(void *data)
{
	struct device *d = data;

	CHILD_CHECK(child_drop_root() == 0);
	CHILD_CHECK(exynos_userptr_limit(d->render) == DEFAULT_LIMIT);
	CHILD_CHECK(exynos_userptr_pinned(d->render) == 0);

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
	struct device *d = *state;
	struct pollfd limit = { .events = POLLPRI }, pinned = { .events = POLLPRI };
	void *memory = map_anonymous(d->page, PROT_READ | PROT_WRITE);
	uint32_t handle;
	char text[32];

	limit.fd = exynos_open_attribute(d->render, "userptr_limit");
	pinned.fd = exynos_open_attribute(d->render, "userptr_pinned");
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
	assert_int_equal(exynos_gem_close(d->render, handle), 0);
	assert_wakes(&pinned, true);
	assert_wakes(&limit, false);

	close(limit.fd);
	close(pinned.fd);
	munmap(memory, d->page);
}

static void
test_flags_of_the_mask_are_accepted(void **state)
{
	struct device *d = *state;
	void *memory = map_anonymous(d->page, PROT_READ | PROT_WRITE);

	for (uint32_t flags = 0; flags <= EXYNOS_BO_MASK; flags++) {
		uint64_t size;
		uint32_t handle, got;

		assert_int_equal(exynos_gem_userptr(d->render, memory, d->page, flags, &handle), 0);
		assert_int_equal(exynos_gem_get(d->render, handle, &size, &got), 0);
		assert_true(got & EXYNOS_BO_USERPTR);
		/* the memory is what the process has mapped, whatever the flags say */
		assert_true(got & EXYNOS_BO_CACHABLE);
		assert_false(got & EXYNOS_BO_WC);
		exynos_gem_close(d->render, handle);
	}
	munmap(memory, d->page);
}

static void
test_flags_outside_the_mask_are_refused(void **state)
{
	struct device *d = *state;
	void *memory = map_anonymous(d->page, PROT_READ | PROT_WRITE);

	for (int bit = 0; bit < 32; bit++) {
		uint32_t flag = 1u << bit;

		if (!(flag & (EXYNOS_BO_MASK | EXYNOS_BO_READONLY)))
			assert_refused(d, memory, d->page, flag, -EINVAL);
	}
	munmap(memory, d->page);
}

static void
test_gem_create_refuses_the_userptr_flag(void **state)
{
	struct device *d = *state;
	uint32_t handle;

	assert_int_equal(exynos_gem_create(d->render, d->page, EXYNOS_BO_USERPTR, &handle),
			 -EINVAL);
}

static void
test_size_zero_is_refused(void **state)
{
	struct device *d = *state;
	void *memory = map_anonymous(d->page, PROT_READ | PROT_WRITE);

	assert_refused(d, memory, 0, 0, -EINVAL);
	munmap(memory, d->page);
}

static void
test_object_covers_every_page_of_the_range(void **state)
{
	struct device *d = *state;
	const size_t sizes[] = { 1, 2, d->page - 1, d->page, d->page + 1, 2 * d->page };
	char *memory = map_anonymous(4 * d->page, PROT_READ | PROT_WRITE);

	for (size_t offset = 0; offset < d->page; offset++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			size_t end = offset + sizes[i];
			size_t expected = (end + d->page - 1) / d->page * d->page;
			uint32_t handle, flags;
			uint64_t size;

			/* every offset with a page's size, some of them with all sizes */
			if (sizes[i] != d->page && offset % 509 != 0 && offset + 2 < d->page)
				continue;

			handle = assert_imported(d, memory + offset, sizes[i]);
			assert_int_equal(exynos_gem_get(d->render, handle, &size, &flags), 0);
			assert_int_equal(size, expected);
			assert_pinned(d, expected);
			assert_int_equal(exynos_gem_close(d->render, handle), 0);
			assert_pinned(d, 0);
		}
	}
	munmap(memory, 4 * d->page);
}

static void
test_whole_pool_and_not_a_page_more(void **state)
{
	struct device *d = *state;
	char *memory = map_anonymous(DEFAULT_LIMIT + 2 * d->page, PROT_READ | PROT_WRITE);
	uint32_t handle;

	assert_refused(d, memory, DEFAULT_LIMIT + 1, 0, -EINVAL);
	assert_refused(d, memory, DEFAULT_LIMIT + d->page, 0, -EINVAL);
	/* not larger than the limit, but it needs a page more */
	assert_refused(d, memory + 1, DEFAULT_LIMIT, 0, -EINVAL);

	handle = assert_imported(d, memory, DEFAULT_LIMIT);
	assert_pinned(d, DEFAULT_LIMIT);
	assert_refused(d, memory, 1, 0, -EINVAL);
	assert_refused(d, memory + DEFAULT_LIMIT + d->page, 1, 0, -EINVAL);
	assert_int_equal(exynos_gem_close(d->render, handle), 0);
	assert_pinned(d, 0);

	handle = assert_imported(d, memory + DEFAULT_LIMIT + d->page, 1);
	exynos_gem_close(d->render, handle);
	munmap(memory, DEFAULT_LIMIT + 2 * d->page);
}

static void
test_largest_limit(void **state)
{
	struct device *d = *state;
	char *memory = map_anonymous(MAX_LIMIT + d->page, PROT_READ | PROT_WRITE);
	uint32_t handle;

	assert_int_equal(exynos_user_limit(d->card, MAX_LIMIT), 0);
	assert_refused(d, memory, MAX_LIMIT + 1, 0, -EINVAL);
	handle = assert_imported(d, memory, MAX_LIMIT);
	assert_pinned(d, MAX_LIMIT);
	assert_refused(d, memory + MAX_LIMIT, 1, 0, -EINVAL);
	exynos_gem_close(d->render, handle);
	munmap(memory, MAX_LIMIT + d->page);
}

static void
test_pool_in_small_pieces(void **state)
{
	struct device *d = *state;
	enum { PIECES = 8 };
	char *memory = map_anonymous((PIECES + 1) * d->page, PROT_READ | PROT_WRITE);
	uint32_t handles[PIECES];

	assert_int_equal(exynos_user_limit(d->card, PIECES * d->page), 0);
	for (int i = 0; i < PIECES; i++)
		handles[i] = assert_imported(d, memory + i * d->page, d->page);
	assert_pinned(d, PIECES * d->page);
	assert_refused(d, memory + PIECES * d->page, 1, 0, -EINVAL);

	assert_int_equal(exynos_gem_close(d->render, handles[3]), 0);
	handles[3] = assert_imported(d, memory + PIECES * d->page, 1);
	assert_refused(d, memory, 1, 0, -EINVAL);

	for (int i = 0; i < PIECES; i++)
		exynos_gem_close(d->render, handles[i]);
	assert_pinned(d, 0);
	munmap(memory, (PIECES + 1) * d->page);
}

static void
test_limit_lowered_below_what_is_pinned(void **state)
{
	struct device *d = *state;
	char *memory = map_anonymous(12 * d->page, PROT_READ | PROT_WRITE);
	uint32_t first, second, third;

	first = assert_imported(d, memory, 8 * d->page);
	second = assert_imported(d, memory + 8 * d->page, 2 * d->page);
	assert_int_equal(exynos_user_limit(d->card, 4 * d->page), 0);
	assert_pinned(d, 10 * d->page);
	assert_refused(d, memory, 1, 0, -EINVAL);

	assert_int_equal(exynos_gem_close(d->render, first), 0);
	assert_pinned(d, 2 * d->page);
	assert_refused(d, memory, 3 * d->page, 0, -EINVAL);
	third = assert_imported(d, memory, 2 * d->page);
	assert_refused(d, memory, 1, 0, -EINVAL);

	assert_int_equal(exynos_user_limit(d->card, DEFAULT_LIMIT), 0);
	exynos_gem_close(d->render, second);
	exynos_gem_close(d->render, third);
	assert_pinned(d, 0);
	munmap(memory, 12 * d->page);
}

static int
import_over_memlock(void *data)
{
	struct device *d = data;
	struct rlimit rlimit = { .rlim_cur = 8 * d->page, .rlim_max = 8 * d->page };
	char *memory = map_anonymous(16 * d->page, PROT_READ | PROT_WRITE);
	uint32_t first, second;

	CHILD_CHECK(setrlimit(RLIMIT_MEMLOCK, &rlimit) == 0);

	/* CAP_IPC_LOCK is exempt, and counted all the same */
	CHILD_CHECK(exynos_gem_userptr(d->render, memory, 9 * d->page, 0, &first) == 0);
	CHILD_CHECK(process_pinned() == 9 * d->page);
	CHILD_CHECK(exynos_gem_close(d->render, first) == 0);

	CHILD_CHECK(child_drop_root() == 0);
	CHILD_CHECK(exynos_gem_userptr(d->render, memory, 9 * d->page, 0, &first) == -ENOMEM);
	CHILD_CHECK(process_pinned() == 0);
	CHILD_CHECK(exynos_userptr_pinned(d->render) == 0);

	CHILD_CHECK(exynos_gem_userptr(d->render, memory, 8 * d->page, 0, &first) == 0);
	CHILD_CHECK(exynos_gem_userptr(d->render, memory + 8 * d->page, 1, 0, &second) == -ENOMEM);
	CHILD_CHECK(process_pinned() == 8 * d->page);
	CHILD_CHECK(exynos_userptr_pinned(d->render) == 8 * d->page);

	CHILD_CHECK(exynos_gem_close(d->render, first) == 0);
	CHILD_CHECK(exynos_gem_userptr(d->render, memory + 8 * d->page, 1, 0, &second) == 0);
	CHILD_CHECK(exynos_gem_close(d->render, second) == 0);
	CHILD_CHECK(process_pinned() == 0);

	return 0;
}

static void
test_memlock_limits_a_process(void **state)
{
	assert_int_equal(child_run(import_over_memlock, *state), 0);
}

static void
test_ranges_that_wrap_or_reach_the_kernel(void **state)
{
	struct device *d = *state;
	const uintptr_t top = UINTPTR_MAX;
	const uintptr_t kernel = (uintptr_t)1 << (sizeof(uintptr_t) * 8 - 1);
	char *memory = map_anonymous(d->page, PROT_READ | PROT_WRITE);

	assert_refused(d, (void *)top, 1, 0, -EFAULT);
	assert_refused(d, (void *)top, 2, 0, -EFAULT);
	assert_refused(d, (void *)(top - d->page + 1), d->page, 0, -EFAULT);
	assert_refused(d, (void *)(top - d->page), 3 * d->page, 0, -EFAULT);
	assert_refused(d, (void *)kernel, d->page, 0, -EFAULT);
	assert_refused(d, (void *)(kernel - d->page), 2 * d->page, 0, -EFAULT);
	assert_refused(d, NULL, d->page, 0, -EFAULT);

	assert_refused(d, memory, UINT64_MAX, 0, -EINVAL);
	assert_refused(d, memory, UINT64_MAX - (uintptr_t)memory, 0, -EINVAL);
	assert_refused(d, memory, (uint64_t)1 << 32, 0, -EINVAL);
	assert_refused(d, memory, ((uint64_t)1 << 32) + d->page, 0, -EINVAL);
	munmap(memory, d->page);
}

static void
test_memory_that_is_not_mapped(void **state)
{
	struct device *d = *state;
	char *memory = map_anonymous(5 * d->page, PROT_READ | PROT_WRITE);

	/* a hole in the middle, at the end, at the start, everywhere */
	assert_int_equal(munmap(memory + 2 * d->page, d->page), 0);
	assert_refused(d, memory, 5 * d->page, 0, -EFAULT);
	assert_refused(d, memory, 2 * d->page + 1, 0, -EFAULT);
	assert_refused(d, memory + 3 * d->page - 1, d->page, 0, -EFAULT);
	assert_refused(d, memory + 2 * d->page, d->page, 0, -EFAULT);
	munmap(memory, 5 * d->page);
}

static void
test_memory_that_cannot_be_written(void **state)
{
	struct device *d = *state;
	char *memory = map_anonymous(2 * d->page, PROT_READ | PROT_WRITE);

	assert_int_equal(mprotect(memory + d->page, d->page, PROT_READ), 0);
	assert_refused(d, memory, 2 * d->page, 0, -EFAULT);
	assert_int_equal(mprotect(memory + d->page, d->page, PROT_NONE), 0);
	assert_refused(d, memory, 2 * d->page, 0, -EFAULT);
	/* code */
	assert_refused(d, (void *)(uintptr_t)setup, 1, 0, -EFAULT);
	munmap(memory, 2 * d->page);
}

static void
test_shared_memory(void **state)
{
	struct device *d = *state;
	int memfd = memfd_create("pool", MFD_CLOEXEC);
	uint32_t handle;
	void *map;

	assert_true(memfd >= 0);
	assert_int_equal(ftruncate(memfd, 4 * d->page), 0);
	map = mmap(NULL, 4 * d->page, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);

	handle = assert_imported(d, map, 4 * d->page);
	assert_pinned(d, 4 * d->page);
	exynos_gem_close(d->render, handle);
	assert_pinned(d, 0);

	/* mapped, but beyond the end of the file */
	assert_int_equal(ftruncate(memfd, 2 * d->page), 0);
	assert_refused(d, map, 4 * d->page, 0, -EFAULT);
	munmap(map, 4 * d->page);
	close(memfd);
}

static void
test_memory_that_was_never_touched(void **state)
{
	struct device *d = *state;
	char *memory = map_anonymous(64 * d->page, PROT_READ | PROT_WRITE);
	uint32_t handle = assert_imported(d, memory, 64 * d->page);

	assert_pinned(d, 64 * d->page);
	/* it was zero before it was touched, and is that afterwards */
	for (size_t i = 0; i < 64 * d->page; i++)
		assert_int_equal(memory[i], 0);
	exynos_gem_close(d->render, handle);
	munmap(memory, 64 * d->page);
}

static void
test_object_has_no_mmap_offset(void **state)
{
	struct device *d = *state;
	char *memory = map_anonymous(d->page, PROT_READ | PROT_WRITE);
	uint32_t handle;
	uint64_t offset;

	assert_int_equal(exynos_gem_userptr(d->card, memory, d->page, 0, &handle), 0);
	assert_int_equal(exynos_gem_map_offset(d->card, handle, &offset), -EINVAL);
	assert_int_equal(exynos_dumb_map_offset(d->card, handle, &offset), -EINVAL);
	assert_int_equal(exynos_gem_map_offset(d->card, handle + 100, &offset), -ENOENT);
	exynos_gem_close(d->card, handle);
	munmap(memory, d->page);
}

static void
test_driver_version_tells_of_the_import(void **state)
{
	struct device *d = *state;
	struct drm_version version = { 0 };

	assert_int_equal(exynos_ioctl(d->render, DRM_IOCTL_VERSION, &version), 0);
	assert_int_equal(version.version_major, 1);
	assert_true(version.version_minor >= 2);
}

enum { RACERS = 8, RACER_PAGES = 3, RACER_ROUNDS = 200 };

/* In memory that all racers share; one of them alone may be unlucky every time. */
struct race {
	struct device *d;
	unsigned int imported, refused;
};

static int
race_for_the_pool(void *data)
{
	struct race *race = data;
	struct device *d = race->d;
	char *memory = map_anonymous(RACER_PAGES * d->page, PROT_READ | PROT_WRITE);

	for (int i = 0; i < RACER_ROUNDS; i++) {
		uint32_t handle;
		int ret = exynos_gem_userptr(d->render, memory, RACER_PAGES * d->page, 0, &handle);

		CHILD_CHECK(ret == 0 || ret == -EINVAL);
		CHILD_CHECK(exynos_userptr_pinned(d->render) <= 10 * d->page);
		if (ret < 0) {
			__atomic_add_fetch(&race->refused, 1, __ATOMIC_RELAXED);
			continue;
		}

		__atomic_add_fetch(&race->imported, 1, __ATOMIC_RELAXED);
		sched_yield();
		CHILD_CHECK(exynos_gem_close(d->render, handle) == 0);
	}

	return 0;
}

static void
test_racing_importers_stay_within_the_pool(void **state)
{
	struct device *d = *state;
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
		/* the first one sees the limit as the driver has set it */
		cmocka_unit_test_setup_teardown(test_limit_is_16_mib_by_default, setup, teardown),
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_attributes_are_the_same_through_both_nodes),
		TEST(test_attributes_cannot_be_written),
		TEST(test_attributes_can_be_read_without_root),
		TEST(test_attributes_can_be_polled),
		TEST(test_limit_range),
		TEST(test_limit_is_refused_to_root_without_master),
		TEST(test_limit_is_refused_to_master_without_root),
		TEST(test_limit_is_refused_on_the_render_node),
		TEST(test_flags_of_the_mask_are_accepted),
		TEST(test_flags_outside_the_mask_are_refused),
		TEST(test_gem_create_refuses_the_userptr_flag),
		TEST(test_size_zero_is_refused),
		TEST(test_object_covers_every_page_of_the_range),
		TEST(test_whole_pool_and_not_a_page_more),
		TEST(test_largest_limit),
		TEST(test_pool_in_small_pieces),
		TEST(test_limit_lowered_below_what_is_pinned),
		TEST(test_memlock_limits_a_process),
		TEST(test_ranges_that_wrap_or_reach_the_kernel),
		TEST(test_memory_that_is_not_mapped),
		TEST(test_memory_that_cannot_be_written),
		TEST(test_shared_memory),
		TEST(test_memory_that_was_never_touched),
		TEST(test_object_has_no_mmap_offset),
		TEST(test_driver_version_tells_of_the_import),
		TEST(test_racing_importers_stay_within_the_pool),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("userptr ioctls", tests, NULL, NULL);
}
