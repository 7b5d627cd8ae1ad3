// SPDX-License-Identifier: MIT
/*
 * Kinds of user memory: buffers of other drivers, memfds, files, and several of them in one range.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>

#include "exynos-device.h"
#include "skip.h"
#include "userptr-fixture.h"

/* What lies there is replaced; anywhere if place is NULL. */
static char *
map_file(int fd, char *place, size_t size_bytes, int flags)
{
	char *memory = mmap(place, size_bytes, PROT_READ | PROT_WRITE,
			    flags | (place ? MAP_FIXED : 0), fd, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);

	return memory;
}

/* A buffer of the system heap. */
static int
heap_alloc(size_t size_bytes)
{
	struct dma_heap_allocation_data args = { .len = size_bytes,
						 .fd_flags = O_CLOEXEC | O_RDWR };
	int heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);

	assert_true(heap >= 0);
	assert_int_equal(ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &args), 0);
	close(heap);

	return (int)args.fd;
}

static void
test_mapping_of_another_drivers_buffer_is_refused(void **state)
{
	skip_without_file("/dev/dma_heap/system");

	struct userptr_device *d = *state;
	int dmabuf = heap_alloc(d->size);
	char *memory = map_file(dmabuf, NULL, d->size, MAP_SHARED);

	assert_refused(d, memory, d->size, 0, -EFAULT);
	assert_refused(d, memory, 1, 0, -EFAULT);
	munmap(memory, d->size);
	close(dmabuf);
}

/* Ordinary memory that runs into a mapping without pages, and the other way round. */
static void
test_memory_and_a_buffer_side_by_side(void **state)
{
	skip_without_file("/dev/dma_heap/system");

	struct userptr_device *d = *state;
	int dmabuf = heap_alloc(d->size);
	char *memory = map_memory(3 * d->size, 1);

	map_file(dmabuf, memory + d->size, d->size, MAP_SHARED);
	assert_refused(d, memory, d->size + 1, 0, -EFAULT);
	assert_refused(d, memory + d->size, d->size + 1, 0, -EFAULT);
	assert_refused(d, memory, 3 * d->size, 0, -EFAULT);
	munmap(memory, 3 * d->size);
	close(dmabuf);
}

static int
create_memfd(size_t size_bytes)
{
	int memfd = memfd_create("pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(memfd >= 0);
	assert_int_equal(ftruncate(memfd, (off_t)size_bytes), 0);

	return memfd;
}

static void
test_memory_of_several_mappings(void **state)
{
	struct userptr_device *d = *state;
	int memfd = create_memfd(d->page);
	char *memory = map_memory(d->size, 7);
	uint32_t handle;

	map_file(memfd, memory + d->page, d->page, MAP_SHARED);
	memset(memory + d->page, 7, d->page);
	handle = assert_imported(d, memory, d->size);
	assert_pinned(d, d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 7));
	exynos_gem_close(d->fd, handle);
	munmap(memory, d->size);
	close(memfd);
}

/* As a compositor has the pool of a wl_shm client: the pages are the same ones. */
static void
test_memfd_of_another_process(void **state)
{
	struct userptr_device *d = *state;
	int memfd = create_memfd(d->size);
	char *client = map_file(memfd, NULL, d->size, MAP_SHARED);
	char *compositor = map_file(memfd, NULL, d->size, MAP_SHARED);
	uint32_t handle = assert_imported(d, compositor, d->size);

	memset(client, 8, d->size);
	munmap(compositor, d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 8));
	exynos_gem_close(d->fd, handle);
	munmap(client, d->size);
	close(memfd);
}

/* Who seals it against writing has to know that nobody writes any more, devices included. */
static void
test_pinned_memfd_cannot_be_sealed(void **state)
{
	struct userptr_device *d = *state;
	int memfd = create_memfd(d->size);
	char *memory = map_file(memfd, NULL, d->size, MAP_SHARED);
	uint32_t handle = assert_imported(d, memory, d->size);

	munmap(memory, d->size);
	assert_int_equal(fcntl(memfd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	assert_int_equal(errno, EBUSY);
	exynos_gem_close(d->fd, handle);
	assert_int_equal(fcntl(memfd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	close(memfd);
}

/*
 * Whether the kernel has a file system of this type mounted there. statfs() would tell of a folder of
 * the host what the host has it on.
 */
static bool
is_on(const char *folder, const char *type)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[1024], device[32], pattern[32];
	bool found = false;
	struct stat st;

	assert_non_null(file);
	assert_int_equal(stat(folder, &st), 0);
	snprintf(device, sizeof(device), " %u:%u ", major(st.st_dev), minor(st.st_dev));
	snprintf(pattern, sizeof(pattern), " - %s ", type);
	while (!found && fgets(line, sizeof(line), file))
		found = strstr(line, device) && strstr(line, pattern);
	fclose(file);

	return found;
}

/* A folder whose file system writes back what was changed in memory. */
static const char *
disk_folder(void)
{
	const char *folder = getenv("EXUP_OUT");

	if (!folder)
		skip_because("EXUP_OUT does not name a folder on a disk (board/run --out)");
	if (is_on(folder, "tmpfs") || is_on(folder, "ramfs"))
		skip_because("EXUP_OUT is %s, in memory: nothing is written back", folder);

	return folder;
}

static int
open_file(const char *folder, size_t size_bytes)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/pixels", folder);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size_bytes), 0);

	return fd;
}

static void
test_shared_mapping_of_a_file_is_refused(void **state)
{
	struct userptr_device *d = *state;
	int fd = open_file(disk_folder(), d->size);
	char *memory = map_file(fd, NULL, d->size, MAP_SHARED);

	memset(memory, 9, d->size);
	assert_refused(d, memory, d->size, 0, -EFAULT);
	assert_refused(d, memory, d->size, EXYNOS_BO_READONLY, -EFAULT);
	munmap(memory, d->size);

	/* also where it is only a part of the range */
	memory = map_memory(d->size, 9);
	map_file(fd, memory + d->page, d->page, MAP_SHARED);
	assert_refused(d, memory, d->size, 0, -EFAULT);
	munmap(memory, d->size);
	close(fd);
}

/* Its pages are the process's own, and the file does not see what the engine writes. */
static void
test_private_mapping_of_a_file(void **state)
{
	struct userptr_device *d = *state;
	const struct g2d_box whole = { 0, 0, (int)d->page / 4, USERPTR_PAGES };
	struct g2d_image image = { 0, (uint32_t)d->page };
	char *content = map_memory(d->size, 10), *memory;
	const char *folder = getenv("EXUP_OUT");
	int fd = open_file(folder ? folder : "/tmp", d->size), dmabuf;

	assert_int_equal(pwrite(fd, content, d->size, 0), d->size);
	memory = map_file(fd, NULL, d->size, MAP_PRIVATE);
	image.handle = assert_imported(d, memory, d->size);
	assert_true(object_is_filled(d->fd, image.handle, d->size, 10));
	dmabuf = object_export(d->fd, image.handle);

	assert_int_equal(g2d_fill(d->fd, &image, &whole, 0x11111111), 0);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	assert_true(is_filled(memory, d->size, 0x11));
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	assert_int_equal(pread(fd, content, d->size, 0), d->size);
	assert_true(is_filled(content, d->size, 10));
	close(dmabuf);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, d->size);
	munmap(content, d->size);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, userptr_setup, userptr_teardown)
		TEST(test_mapping_of_another_drivers_buffer_is_refused),
		TEST(test_memory_and_a_buffer_side_by_side),
		TEST(test_memory_of_several_mappings),
		TEST(test_memfd_of_another_process),
		TEST(test_pinned_memfd_cannot_be_sealed),
		TEST(test_shared_mapping_of_a_file_is_refused),
		TEST(test_private_mapping_of_a_file),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("kinds of user memory", tests, NULL, NULL);
}
