// SPDX-License-Identifier: MIT
/*
 * What can be imported: flags, sizes, alignments, and what memory it is.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "exynos-device.h"
#include "userptr-fixture.h"

static void
test_driver_version_tells_of_the_import(void **state)
{
	struct userptr_device *d = *state;
	struct drm_version version = { 0 };

	assert_int_equal(exynos_ioctl(d->fd, DRM_IOCTL_VERSION, &version), 0);
	assert_int_equal(version.version_major, 1);
	assert_true(version.version_minor >= 2);
}

static void
test_flags_of_the_mask_are_accepted(void **state)
{
	struct userptr_device *d = *state;
	void *memory = map_anonymous(d->page, PROT_READ | PROT_WRITE);

	for (uint32_t flags = 0; flags <= EXYNOS_BO_MASK; flags++) {
		uint64_t size;
		uint32_t handle, got;

		assert_int_equal(exynos_gem_userptr(d->fd, memory, d->page, flags, &handle), 0);
		assert_int_equal(exynos_gem_get(d->fd, handle, &size, &got), 0);
		assert_true(got & EXYNOS_BO_USERPTR);
		/* the memory is what the process has mapped, whatever the flags say */
		assert_true(got & EXYNOS_BO_CACHABLE);
		assert_false(got & EXYNOS_BO_WC);
		exynos_gem_close(d->fd, handle);
	}
	munmap(memory, d->page);
}

static void
test_flags_outside_the_mask_are_refused(void **state)
{
	struct userptr_device *d = *state;
	const uint32_t known = EXYNOS_BO_MASK | EXYNOS_BO_READONLY | EXYNOS_BO_WHOLE_PAGES;
	void *memory = map_anonymous(d->page, PROT_READ | PROT_WRITE);

	for (int bit = 0; bit < 32; bit++) {
		uint32_t flag = 1u << bit;

		if (!(flag & known))
			assert_refused(d, memory, d->page, flag, -EINVAL);
	}
	munmap(memory, d->page);
}

static void
test_gem_create_refuses_the_userptr_flag(void **state)
{
	struct userptr_device *d = *state;
	uint32_t handle;

	assert_int_equal(exynos_gem_create(d->fd, d->page, EXYNOS_BO_USERPTR, &handle), -EINVAL);
}

static void
test_size_zero_is_refused(void **state)
{
	struct userptr_device *d = *state;
	void *memory = map_anonymous(d->page, PROT_READ | PROT_WRITE);

	assert_refused(d, memory, 0, 0, -EINVAL);
	munmap(memory, d->page);
}

static void
test_object_has_no_mmap_offset(void **state)
{
	struct userptr_device *d = *state;
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
test_object_covers_every_page_of_the_range(void **state)
{
	struct userptr_device *d = *state;
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
			assert_int_equal(exynos_gem_get(d->fd, handle, &size, &flags), 0);
			assert_int_equal(size, expected);
			assert_pinned(d, expected);
			assert_int_equal(exynos_gem_close(d->fd, handle), 0);
			assert_pinned(d, 0);
		}
	}
	munmap(memory, 4 * d->page);
}

/* What the engine reads in the object is what the process has there, from the first byte on. */
static void
assert_engine_reads(struct userptr_device *d, uint32_t handle, const void *ptr, size_t size_bytes)
{
	size_t offset = (uintptr_t)ptr % d->page;
	size_t pages = (offset + size_bytes + d->page - 1) / d->page;
	const struct g2d_box box = { 0, 0, (int)d->page / 4, (int)pages };
	const struct g2d_image source = { handle, (uint32_t)d->page };
	struct g2d_image copy = { 0, (uint32_t)d->page };
	char *map;

	assert_int_equal(exynos_gem_create(d->fd, pages * d->page, 0, &copy.handle), 0);
	map = exynos_gem_mmap(d->fd, copy.handle, pages * d->page);
	assert_non_null(map);
	memset(map, 0xee, pages * d->page);
	assert_int_equal(g2d_copy(d->fd, &copy, &box, &source, &box), 0);
	assert_memory_equal(map + offset, ptr, size_bytes);
	munmap(map, pages * d->page);
	exynos_gem_close(d->fd, copy.handle);
}

/* Two pages with this start and this end; the engine looks at some of them. */
static void
check_range(struct userptr_device *d, const char *start, const char *end, bool with_engine)
{
	uint32_t handle = assert_imported(d, start, (uint64_t)(end - start)), flags;
	uint64_t size_bytes;

	assert_int_equal(exynos_gem_get(d->fd, handle, &size_bytes, &flags), 0);
	assert_int_equal(size_bytes, 2 * d->page);
	assert_pinned(d, 2 * d->page);
	if (with_engine)
		assert_engine_reads(d, handle, start, (size_t)(end - start));
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);
}

static void
test_start_and_end_at_every_byte(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_anonymous(2 * d->page, PROT_READ | PROT_WRITE);

	for (size_t i = 0; i < 2 * d->page; i++)
		memory[i] = (char)(i * 31 + i / 256);
	for (size_t i = 0; i < d->page; i++) {
		bool with_engine = i % 61 == 0 || i == d->page - 1;

		check_range(d, memory + i, memory + 2 * d->page, with_engine);
		check_range(d, memory, memory + d->page + 1 + i, with_engine);
		if (with_engine)
			check_range(d, memory + i, memory + d->page + 1 + i, true);
	}
	munmap(memory, 2 * d->page);
}

static void
test_sizes_from_a_byte_to_the_whole_pool(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(USERPTR_LIMIT, 0x3d);

	for (size_t power = 1; power <= USERPTR_LIMIT; power *= 2) {
		for (size_t size = power - 1; size <= power + 1; size++) {
			size_t pages = (size + d->page - 1) / d->page;
			uint32_t handle;

			if (size == 0 || size > USERPTR_LIMIT)
				continue;
			handle = assert_imported(d, memory, size);
			assert_pinned(d, pages * d->page);
			if (size == power)
				assert_true(object_is_filled(d->fd, handle, pages * d->page, 0x3d));
			assert_int_equal(exynos_gem_close(d->fd, handle), 0);
		}
	}
	assert_pinned(d, 0);
	munmap(memory, USERPTR_LIMIT);
}

static void
test_ranges_that_wrap_or_reach_the_kernel(void **state)
{
	struct userptr_device *d = *state;
	const uintptr_t top = UINTPTR_MAX;
	/* on ARM three quarters are a process's */
	const uintptr_t kernel =
		sizeof(uintptr_t) == 4 ? 0xc0000000 : (uintptr_t)1 << (sizeof(uintptr_t) * 8 - 1);
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

/* An address has 64 bits in the ioctl on every board: what no pointer can hold is not cut off. */
static void
test_addresses_with_more_bits_than_pointers(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_anonymous(d->page, PROT_READ | PROT_WRITE);

	for (int bit = sizeof(void *) == 4 ? 32 : 48; bit < 64; bit++) {
		struct drm_exynos_gem_userptr args = {
			.userptr = (uintptr_t)memory | UINT64_C(1) << bit,
			.size = d->page,
		};

		assert_int_equal(exynos_ioctl(d->fd, DRM_IOCTL_EXYNOS_GEM_USERPTR, &args), -EFAULT);
		assert_pinned(d, 0);
	}
	munmap(memory, d->page);
}

static void
test_memory_that_is_not_mapped(void **state)
{
	struct userptr_device *d = *state;
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
	struct userptr_device *d = *state;
	char *memory = map_anonymous(2 * d->page, PROT_READ | PROT_WRITE);

	assert_int_equal(mprotect(memory + d->page, d->page, PROT_READ), 0);
	assert_refused(d, memory, 2 * d->page, 0, -EFAULT);
	assert_int_equal(mprotect(memory + d->page, d->page, PROT_NONE), 0);
	assert_refused(d, memory, 2 * d->page, 0, -EFAULT);
	/* code */
	assert_refused(d, (void *)(uintptr_t)userptr_setup, 1, 0, -EFAULT);
	munmap(memory, 2 * d->page);
}

static void
test_shared_memory(void **state)
{
	struct userptr_device *d = *state;
	int memfd = memfd_create("pool", MFD_CLOEXEC);
	uint32_t handle;
	void *map;

	assert_true(memfd >= 0);
	assert_int_equal(ftruncate(memfd, 4 * d->page), 0);
	map = mmap(NULL, 4 * d->page, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);

	handle = assert_imported(d, map, 4 * d->page);
	assert_pinned(d, 4 * d->page);
	exynos_gem_close(d->fd, handle);
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
	struct userptr_device *d = *state;
	char *memory = map_anonymous(64 * d->page, PROT_READ | PROT_WRITE);
	uint32_t handle = assert_imported(d, memory, 64 * d->page);

	assert_pinned(d, 64 * d->page);
	/* it was zero before it was touched, and is that afterwards */
	for (size_t i = 0; i < 64 * d->page; i++)
		assert_int_equal(memory[i], 0);
	exynos_gem_close(d->fd, handle);
	munmap(memory, 64 * d->page);
}

static void
test_memory_of_the_stack_the_heap_and_system_v(void **state)
{
	struct userptr_device *d = *state;
	int segment = shmget(IPC_PRIVATE, d->size, IPC_CREAT | 0600);
	char stack[3 * 4096 + 5], *heap = malloc(100001), *shared = shmat(segment, NULL, 0);
	const struct {
		char *ptr;
		size_t size_bytes;
	} cases[] = { { stack, sizeof(stack) }, { heap, 100001 }, { shared, d->size } };

	assert_non_null(heap);
	assert_ptr_not_equal(shared, (char *)-1);
	assert_int_equal(shmctl(segment, IPC_RMID, NULL), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t handle;

		memset(cases[i].ptr, 0x51 + (int)i, cases[i].size_bytes);
		handle = assert_imported(d, cases[i].ptr, cases[i].size_bytes);
		assert_engine_reads(d, handle, cases[i].ptr, cases[i].size_bytes);
		exynos_gem_close(d->fd, handle);
	}
	shmdt(shared);
	free(heap);
}

/* Nobody has looked at the pages since they were told to go: the import reads the file. */
static void
test_memory_that_has_to_be_read_from_a_file(void **state)
{
	struct userptr_device *d = *state;
	char *expected = map_memory(d->size, 0), *memory;
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	uint32_t handle;

	assert_true(file >= 0);
	assert_int_equal(pread(file, expected, d->size, 0), d->size);
	for (int i = 0; i < 3; i++) {
		memory = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
		assert_ptr_not_equal(memory, MAP_FAILED);
		assert_int_equal(madvise(memory, d->size, MADV_PAGEOUT), 0);
		assert_int_equal(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
		handle = assert_imported(d, memory, d->size);
		assert_engine_reads(d, handle, expected, d->size);
		assert_memory_equal(memory, expected, d->size);
		exynos_gem_close(d->fd, handle);
		munmap(memory, d->size);
	}
	close(file);
	munmap(expected, d->size);
}

/* Told to go they stay: the object and the process have the same pages afterwards. */
static void
test_pinned_memory_is_not_paged_out(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x5d);
	uint32_t handle = assert_imported(d, memory, d->size);

	assert_int_equal(madvise(memory, d->size, MADV_COLD), 0);
	assert_int_equal(madvise(memory, d->size, MADV_PAGEOUT), 0);
	memset(memory, 0x5e, d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x5e));
	exynos_gem_close(d->fd, handle);
	munmap(memory, d->size);
}

/* What is one mapping and what are three is the kernel's affair, before the import and after it. */
static void
test_mappings_that_are_split_and_merged(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x4d);
	uint32_t whole, middle;

	assert_int_equal(madvise(memory + d->page, d->page, MADV_DONTFORK), 0);
	whole = assert_imported(d, memory, d->size);
	middle = assert_imported(d, memory + d->page, 2 * d->page);
	assert_int_equal(madvise(memory + d->page, d->page, MADV_DOFORK), 0);
	assert_int_equal(mprotect(memory + 2 * d->page, d->page, PROT_READ), 0);
	assert_int_equal(mprotect(memory + 2 * d->page, d->page, PROT_READ | PROT_WRITE), 0);
	memset(memory, 0x4e, d->size);
	assert_true(object_is_filled(d->fd, whole, d->size, 0x4e));
	assert_true(object_is_filled(d->fd, middle, 2 * d->page, 0x4e));

	/* other memory in front of it becomes a part of the same mapping */
	assert_int_equal(munmap(memory, d->page), 0);
	assert_ptr_equal(mmap(memory, d->page, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
			 memory);
	memset(memory + d->page, 0x4f, d->size - d->page);
	assert_true(object_is_filled(d->fd, middle, 2 * d->page, 0x4f));
	assert_int_equal(memory[0], 0);
	exynos_gem_close(d->fd, whole);
	exynos_gem_close(d->fd, middle);
	munmap(memory, d->size);
}

static volatile sig_atomic_t signals_caught;

static void
catch_signal(int number)
{
	(void)number;
	signals_caught++;
}

/* No signal but one that kills ends an import: the ioctl itself never says EINTR. */
static void
test_signals_do_not_interrupt_an_import(void **state)
{
	enum { SIGNALS = 30, SIZE = 4 << 20 };
	struct userptr_device *d = *state;
	const struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { 0 };
	const struct sigaction action = { .sa_handler = catch_signal };
	struct drm_exynos_gem_userptr args = { 0 };
	char *memory = map_anonymous(SIZE, PROT_READ | PROT_WRITE);
	struct sigaction before;

	signals_caught = 0;
	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	while (signals_caught < SIGNALS) {
		/* so that there is something to do: each page has to be found anew */
		assert_int_equal(madvise(memory, SIZE, MADV_DONTNEED), 0);
		args = (struct drm_exynos_gem_userptr){ (uintptr_t)memory, SIZE, 0, 0 };
		assert_int_equal(ioctl(d->fd, DRM_IOCTL_EXYNOS_GEM_USERPTR, &args), 0);
		assert_int_equal(exynos_gem_close(d->fd, args.handle), 0);
	}
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
	munmap(memory, SIZE);
}

static void
test_create_and_destroy_many_times(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 1);
	uint32_t first = assert_imported(d, memory, d->size);

	assert_int_equal(exynos_gem_close(d->fd, first), 0);
	for (int i = 0; i < 2000; i++) {
		/* the handle is free again each time */
		assert_int_equal(assert_imported(d, memory, d->size), first);
		assert_int_equal(exynos_gem_close(d->fd, first), 0);
	}
	assert_pinned(d, 0);
	munmap(memory, d->size);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, userptr_setup, userptr_teardown)
		TEST(test_driver_version_tells_of_the_import),
		TEST(test_flags_of_the_mask_are_accepted),
		TEST(test_flags_outside_the_mask_are_refused),
		TEST(test_gem_create_refuses_the_userptr_flag),
		TEST(test_size_zero_is_refused),
		TEST(test_object_has_no_mmap_offset),
		TEST(test_object_covers_every_page_of_the_range),
		TEST(test_start_and_end_at_every_byte),
		TEST(test_sizes_from_a_byte_to_the_whole_pool),
		TEST(test_ranges_that_wrap_or_reach_the_kernel),
		TEST(test_addresses_with_more_bits_than_pointers),
		TEST(test_memory_that_is_not_mapped),
		TEST(test_memory_that_cannot_be_written),
		TEST(test_shared_memory),
		TEST(test_memory_that_was_never_touched),
		TEST(test_memory_of_the_stack_the_heap_and_system_v),
		TEST(test_memory_that_has_to_be_read_from_a_file),
		TEST(test_pinned_memory_is_not_paged_out),
		TEST(test_mappings_that_are_split_and_merged),
		TEST(test_signals_do_not_interrupt_an_import),
		TEST(test_create_and_destroy_many_times),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("ranges of user memory", tests, NULL, NULL);
}
