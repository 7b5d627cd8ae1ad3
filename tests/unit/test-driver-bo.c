// SPDX-License-Identifier: MIT
/* driver/bo.c: lifetime of objects and handles, pinned memory, dma-bufs, CPU access. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>
#include <linux/dma-buf.h>

#include "bo.h"
#include "fixture.h"

static void
test_create(void **state)
{
	struct fixture *fixture = *state;
	struct exup_bo *bo;

	assert_int_equal(exup_bo_create(fixture->device, 5000, &bo), 0);
	assert_int_equal(exup_bo_get_size(bo), 2 * PAGE);
	assert_int_equal(exup_bo_get_offset(bo), 0);
	assert_int_equal(fixture->fake.objects[0].flags,
			 EXUP_EXYNOS_BO_NONCONTIG | EXUP_EXYNOS_BO_WC);
	exup_bo_destroy(bo);
	assert_int_equal(exup_bo_create(fixture->device, 0, &bo), -EINVAL);
	exup_bo_destroy(NULL);
}

static void
test_create_fails(void **state)
{
	struct fixture *fixture = *state;
	struct exup_bo *bo;

	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_GEM_CREATE, 0, 1, -ENOMEM);
	assert_int_equal(exup_bo_create(fixture->device, PAGE, &bo), -ENOMEM);
	/* the handle that exists by then is closed */
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_GEM_GET, 0, 1, -EINVAL);
	assert_int_equal(exup_bo_create(fixture->device, PAGE, &bo), -EINVAL);
	assert_int_equal(fake_exynos_count_handles(&fixture->fake), 0);
}

/* The object covers whole pages and tells where the range begins. */
static void
test_userptr_alignment(void **state)
{
	static const struct {
		size_t offset, size, object;
	} cases[] = {
		{ 0, PAGE, PAGE },	   { 0, 1, PAGE },
		{ 64, PAGE, 2 * PAGE },	   { PAGE - 1, 2, 2 * PAGE },
		{ 100, PAGE - 100, PAGE }, { 4, 3 * PAGE, 4 * PAGE },
		{ PAGE + 8, 16, PAGE },
	};
	struct fixture *fixture = *state;
	struct exup_bo *bo;
	void *memory;
	size_t i;

	memory = allocate_pages(8);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t *start = (uint8_t *)memory + cases[i].offset;

		assert_int_equal(exup_bo_create_userptr(fixture->device, start, cases[i].size, &bo),
				 0);
		assert_int_equal(exup_bo_get_offset(bo), cases[i].offset % PAGE);
		assert_int_equal(exup_bo_get_size(bo), cases[i].object);
		assert_int_equal(fake_exynos_get_pinned(&fixture->fake), cases[i].object);
		exup_bo_destroy(bo);
		assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	}
	free(memory);
}

static void
test_userptr_refused(void **state)
{
	struct fixture *fixture = *state;
	struct exup_device *device = fixture->device;
	struct exup_bo *bo;
	void *no_access;
	uint8_t *memory;

	memory = calloc(4, PAGE);
	assert_int_equal(exup_bo_create_userptr(device, memory, 0, &bo), -EINVAL);
	fixture->fake.limit_bytes = 2 * PAGE;
	assert_int_equal(exup_bo_create_userptr(device, memory, 4 * PAGE, &bo), -EINVAL);
	fixture->fake.limit_bytes = 16 << 20;
	fixture->fake.memlock_bytes = PAGE;
	assert_int_equal(exup_bo_create_userptr(device, memory, 2 * PAGE, &bo), -ENOMEM);
	fixture->fake.memlock_bytes = UINT64_MAX;
	fixture->fake.is_contiguous_required = true;
	assert_int_equal(exup_bo_create_userptr(device, memory, 2 * PAGE, &bo), -ENXIO);
	no_access = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_int_equal(exup_bo_create_userptr(device, no_access, PAGE, &bo), -EFAULT);
	munmap(no_access, PAGE);
	assert_int_equal(exup_bo_create_userptr(device, no_access, PAGE, &bo), -EFAULT);
	assert_int_equal(exup_bo_create_userptr(device, NULL, PAGE, &bo), -EFAULT);
	assert_int_equal(fake_exynos_count_objects(&fixture->fake), 0);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	free(memory);
}

/* Imported for reading, and exported so: also when its handle moves to another file. */
static void
test_userptr_read_only(void **state)
{
	struct fixture *fixture = *state;
	struct exup_bo *bo;
	void *memory;
	int fd;

	memory = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_int_equal(exup_bo_create_userptr(fixture->device, memory, 2 * PAGE, &bo), 0);
	assert_true(fixture->fake.objects[0].flags & EXUP_EXYNOS_BO_READONLY);
	assert_int_equal(exup_bo_export(bo, &fd), 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
	assert_int_equal(exup_device_reopen(fixture->device), 0);
	assert_int_equal(exup_bo_export(bo, &fd), 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
	exup_bo_destroy(bo);
	munmap(memory, 2 * PAGE);
}

/* The pool is taken between the two calls; and a driver that has never heard of the second one. */
static void
test_userptr_read_only_refused(void **state)
{
	struct fixture *fixture = *state;
	struct exup_device *old;
	struct exup_bo *bo;
	void *memory;

	memory = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_GEM_USERPTR, 1, 1, -EINVAL);
	assert_int_equal(exup_bo_create_userptr(fixture->device, memory, PAGE, &bo), -EINVAL);
	fixture->fake.driver_minor = 2;
	assert_int_equal(exup_device_create(&fixture->fake.sys, FAKE_DEVNUM, &old), 0);
	assert_int_equal(exup_bo_create_userptr(old, memory, PAGE, &bo), -EFAULT);
	exup_device_destroy(old);
	munmap(memory, PAGE);
}

/* "No such ioctl" and "no room" are the same errno. */
static void
test_userptr_unsupported(void **state)
{
	struct fixture *fixture = *state;
	struct exup_bo *bo;
	uint8_t *memory = calloc(1, PAGE);

	fixture->fake.has_userptr = false;
	assert_int_equal(exup_bo_create_userptr(fixture->device, memory, PAGE, &bo), -ENOTSUP);
	fixture->fake.has_userptr = true;
	fixture->fake.limit_bytes = 0;
	assert_int_equal(exup_bo_create_userptr(fixture->device, memory, PAGE, &bo), -EINVAL);
	free(memory);
}

static void
test_dmabuf_keeps_memory_pinned(void **state)
{
	struct fixture *fixture = *state;
	struct exup_bo *bo;
	void *memory;
	int fd;

	memory = allocate_pages(2);
	assert_int_equal(exup_bo_create_userptr(fixture->device, memory, 2 * PAGE, &bo), 0);
	assert_int_equal(exup_bo_export(bo, &fd), 0);
	exup_bo_destroy(bo);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 2 * PAGE);
	assert_ptr_equal(fake_exynos_find_dmabuf(&fixture->fake, fd)->user, memory);
	close(fd);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	free(memory);
}

static void
test_import(void **state)
{
	struct fixture *fixture = *state;
	struct exup_device *other;
	struct exup_bo *bo, *imported;
	int fd;

	assert_int_equal(exup_device_create(&fixture->fake.sys, FAKE_DEVNUM, &other), 0);
	assert_int_equal(exup_bo_create(fixture->device, PAGE, &bo), 0);
	assert_int_equal(exup_bo_export(bo, &fd), 0);
	assert_int_equal(exup_bo_import(other, fd, &imported), 0);
	close(fd);
	assert_int_equal(exup_bo_get_size(imported), PAGE);
	assert_int_equal(fake_exynos_count_objects(&fixture->fake), 1);
	exup_bo_destroy(bo);
	assert_int_equal(fake_exynos_count_objects(&fixture->fake), 1);
	exup_bo_destroy(imported);
	exup_device_destroy(other);
}

/* The same dma-buf has one handle on a file, however often it is imported. */
static void
test_import_twice(void **state)
{
	struct fixture *fixture = *state;
	struct exup_bo *bo, *again, *third;
	int fd;

	assert_int_equal(exup_bo_create(fixture->device, PAGE, &bo), 0);
	assert_int_equal(exup_bo_export(bo, &fd), 0);
	assert_int_equal(exup_bo_import(fixture->device, fd, &again), 0);
	assert_int_equal(exup_bo_import(fixture->device, fd, &third), 0);
	close(fd);
	assert_int_equal(exup_bo_get_handle(again), exup_bo_get_handle(bo));
	exup_bo_destroy(bo);
	exup_bo_destroy(third);
	assert_int_equal(fake_exynos_count_handles(&fixture->fake), 1);
	assert_int_equal(exup_bo_get_size(again), PAGE);
	exup_bo_destroy(again);
	assert_int_equal(fake_exynos_count_handles(&fixture->fake), 0);
}

static void
test_import_refused(void **state)
{
	struct fixture *fixture = *state;
	struct exup_bo *bo;
	int fd = memfd_create("no dma-buf", MFD_CLOEXEC);

	assert_int_equal(exup_bo_import(fixture->device, fd, &bo), -EINVAL);
	close(fd);
	assert_int_equal(exup_bo_import(fixture->device, fd, &bo), -EBADF);
	assert_int_equal(exup_bo_import(fixture->device, -1, &bo), -EBADF);
}

static void
test_map(void **state)
{
	struct fixture *fixture = *state;
	struct exup_bo *bo;
	void *addr, *again;

	assert_int_equal(exup_bo_create(fixture->device, 2 * PAGE, &bo), 0);
	assert_int_equal(exup_bo_map(bo, EXUP_BO_READ_WRITE, &addr), 0);
	assert_int_equal(exup_bo_map(bo, EXUP_BO_READ_WRITE, &again), 0);
	assert_ptr_equal(addr, again);
	assert_int_equal(fixture->fake.map_count, 1);
	memset(addr, 0x5a, 2 * PAGE);
	exup_bo_destroy(bo);
	assert_int_equal(fixture->fake.map_count, 0);
}

/* Mapped for reading only, then for more; and no descriptor stays open for it. */
static void
test_map_for_more(void **state)
{
	struct fixture *fixture = *state;
	struct exup_bo *bo;
	uint8_t *addr;
	void *again;

	assert_int_equal(exup_bo_create(fixture->device, PAGE, &bo), 0);
	assert_int_equal(exup_bo_map(bo, EXUP_BO_READ, (void **)&addr), 0);
	assert_int_equal(addr[0], 0);
	assert_int_equal(exup_bo_map(bo, EXUP_BO_WRITE, (void **)&addr), 0);
	assert_int_equal(fixture->fake.map_count, 1);
	addr[0] = 0x5a;
	/* less than there is: the mapping stays */
	assert_int_equal(exup_bo_map(bo, EXUP_BO_READ, &again), 0);
	assert_ptr_equal(again, addr);
	assert_int_equal(addr[0], 0x5a);
	exup_bo_destroy(bo);
	assert_int_equal(fixture->fake.map_count, 0);
}

static void
test_map_fails(void **state)
{
	struct fixture *fixture = *state;
	struct exup_bo *bo;
	void *addr;
	void *memory;

	assert_int_equal(exup_bo_create(fixture->device, PAGE, &bo), 0);
	fake_exynos_fail(&fixture->fake, DRM_IOCTL_PRIME_HANDLE_TO_FD, 0, 1, -EMFILE);
	assert_int_equal(exup_bo_map(bo, EXUP_BO_READ_WRITE, &addr), -EMFILE);
	exup_bo_destroy(bo);
	/* pinned memory has an owner who has mapped it already */
	memory = allocate_pages(1);
	assert_int_equal(exup_bo_create_userptr(fixture->device, memory, PAGE, &bo), 0);
	assert_int_equal(exup_bo_map(bo, EXUP_BO_READ_WRITE, &addr), -EINVAL);
	exup_bo_destroy(bo);
	free(memory);
}

static void
test_access(void **state)
{
	struct fixture *fixture = *state;
	const struct exup_sys *sys = &fixture->fake.sys;
	struct fake_object *object = &fixture->fake.objects[0];
	struct exup_bo *bo;
	void *memory = allocate_pages(1);
	int fd;

	assert_int_equal(exup_bo_create_userptr(fixture->device, memory, PAGE, &bo), 0);
	assert_int_equal(exup_bo_begin_access(bo, EXUP_BO_WRITE), 0);
	assert_true(object->is_cpu_access);
	assert_int_equal(exup_bo_end_access(bo, EXUP_BO_WRITE), 0);
	assert_false(object->is_cpu_access);
	assert_int_equal(exup_bo_export(bo, &fd), 0);
	assert_int_equal(exup_dmabuf_begin_access(sys, fd, EXUP_BO_READ_WRITE), 0);
	assert_true(object->is_cpu_access);
	assert_int_equal(exup_dmabuf_end_access(sys, fd, EXUP_BO_READ_WRITE), 0);
	assert_false(object->is_cpu_access);
	fake_exynos_fail(&fixture->fake, DMA_BUF_IOCTL_SYNC, 0, 1, -EINTR);
	assert_int_equal(exup_dmabuf_begin_access(sys, fd, EXUP_BO_READ), -EINTR);
	assert_int_equal(object->sync_count, 4);
	close(fd);
	fake_exynos_fail(&fixture->fake, DRM_IOCTL_PRIME_HANDLE_TO_FD, 0, 1, -EMFILE);
	assert_int_equal(exup_bo_begin_access(bo, EXUP_BO_READ), -EMFILE);
	exup_bo_destroy(bo);
	free(memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_create),
		TEST(test_create_fails),
		TEST(test_userptr_alignment),
		TEST(test_userptr_refused),
		TEST(test_userptr_read_only),
		TEST(test_userptr_read_only_refused),
		TEST(test_userptr_unsupported),
		TEST(test_dmabuf_keeps_memory_pinned),
		TEST(test_import),
		TEST(test_import_twice),
		TEST(test_import_refused),
		TEST(test_map),
		TEST(test_map_for_more),
		TEST(test_map_fails),
		TEST(test_access),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
