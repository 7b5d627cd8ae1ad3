// SPDX-License-Identifier: MIT
/*
 * User memory that is imported for reading only (EXYNOS_BO_READONLY): memory that cannot be written
 * can be imported so, and nobody can write to it through the object.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>

#include "bus-address.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "skip.h"
#include "virtual-engine.h"

enum {
	PAGE = 4096,
	SIZE = 4 * PAGE,
	WIDTH = 64,
	STRIDE = 4 * WIDTH,
	HEIGHT = SIZE / STRIDE,
};

static const struct g2d_box whole = { 0, 0, WIDTH, HEIGHT };

/* a picture among a program's constants, in pages that are the file's */
static const uint32_t constants[SIZE / 4] __attribute__((aligned(256))) = {
	[0] = 0xc0115741,
	[1] = 0x00000001,
	[SIZE / 4 - 1] = 0xffffffff,
};

struct device {
	int fd;
	/* what the engine copies to */
	struct g2d_image target;
	uint32_t *pixels;
};

static int
setup(void **state)
{
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	assert_int_equal(sysconf(_SC_PAGESIZE), PAGE);
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(d->fd >= 0);
	d->target.stride = STRIDE;
	assert_int_equal(exynos_gem_create(d->fd, 2 * SIZE, 0, &d->target.handle), 0);
	d->pixels = exynos_gem_mmap(d->fd, d->target.handle, 2 * SIZE);
	assert_non_null(d->pixels);
	*state = d;

	return 0;
}

static int
teardown(void **state)
{
	struct device *d = *state;

	virtual_engine_expect_faults(false);
	munmap(d->pixels, 2 * SIZE);
	exynos_gem_close(d->fd, d->target.handle);
	assert_true(exynos_wait_pinned(d->fd, 0));
	assert_int_equal(process_pinned(), 0);
	close(d->fd);
	free(d);

	return 0;
}

static void *
map(int fd, size_t size_bytes, int protection, int flags)
{
	void *memory = mmap(NULL, size_bytes, protection, flags, fd, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);

	return memory;
}

/* Anonymous memory, every word of it another one, that can only be read. */
static void *
map_drawn(uint32_t seed)
{
	uint32_t *memory = map(-1, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);

	for (size_t i = 0; i < SIZE / 4; i++)
		memory[i] = seed ^ (uint32_t)i * 2654435761u;
	assert_int_equal(mprotect(memory, SIZE, PROT_READ), 0);

	return memory;
}

static void
assert_refused(struct device *d, const void *memory, uint32_t flags, int error)
{
	uint32_t handle = 0;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, SIZE, flags, &handle), error);
	assert_int_equal(handle, 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	assert_int_equal(process_pinned(), 0);
}

static struct g2d_image
import(struct device *d, const void *memory)
{
	struct g2d_image image = { 0, STRIDE };
	uint64_t pinned = exynos_userptr_pinned(d->fd);

	assert_int_equal(exynos_gem_userptr(d->fd, memory, SIZE, EXYNOS_BO_READONLY, &image.handle),
			 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), pinned + SIZE);

	return image;
}

static int export(struct device *d, const struct g2d_image *image)
{
	int dmabuf = exynos_prime_export(d->fd, image->handle, O_CLOEXEC);

	assert_true(dmabuf >= 0);

	return dmabuf;
}

static void
assert_engine_reads(struct device *d, const struct g2d_image *image, const void *expected)
{
	memset(d->pixels, 0xee, SIZE);
	assert_int_equal(g2d_copy(d->fd, &d->target, &whole, image, &whole), 0);
	assert_memory_equal(d->pixels, expected, SIZE);
}

static void
test_memory_that_can_only_be_read(void **state)
{
	struct device *d = *state;
	void *memory = map_drawn(1);
	struct g2d_image image;
	uint64_t size_bytes;
	uint32_t flags;

	assert_refused(d, memory, 0, -EFAULT);
	image = import(d, memory);
	assert_int_equal(exynos_gem_get(d->fd, image.handle, &size_bytes, &flags), 0);
	assert_int_equal(size_bytes, SIZE);
	assert_true(flags & EXYNOS_BO_USERPTR);
	assert_true(flags & EXYNOS_BO_READONLY);
	assert_engine_reads(d, &image, memory);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, SIZE);
}

static void
test_memory_that_can_be_written(void **state)
{
	struct device *d = *state;
	void *memory = map_drawn(2);
	struct g2d_image image;

	assert_int_equal(mprotect(memory, SIZE, PROT_READ | PROT_WRITE), 0);
	image = import(d, memory);
	assert_engine_reads(d, &image, memory);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, SIZE);
}

/* The object begins at the page, so the engine finds them some lines further down. */
static void
test_constants_of_a_program(void **state)
{
	struct device *d = *state;
	struct g2d_image image = { 0, STRIDE };
	size_t offset = (uintptr_t)constants % PAGE;
	struct g2d_box box = { 0, 0, WIDTH, HEIGHT + (int)(offset / STRIDE) };

	assert_int_equal(offset % STRIDE, 0);
	assert_int_equal(exynos_gem_userptr(d->fd, constants, SIZE, 0, &image.handle), -EFAULT);
	assert_int_equal(
		exynos_gem_userptr(d->fd, constants, SIZE, EXYNOS_BO_READONLY, &image.handle), 0);
	memset(d->pixels, 0xee, 2 * SIZE);
	assert_int_equal(g2d_copy(d->fd, &d->target, &box, &image, &box), 0);
	assert_memory_equal((char *)d->pixels + offset, constants, SIZE);
	exynos_gem_close(d->fd, image.handle);
}

/* Pages that were the file's when the process had only read them. */
static void
test_private_mapping_that_is_written_afterwards(void **state)
{
	struct device *d = *state;
	int memfd = memfd_create("file", MFD_CLOEXEC), dmabuf;
	uint32_t *file, *memory;
	struct g2d_image image;

	assert_true(memfd >= 0);
	assert_int_equal(ftruncate(memfd, SIZE), 0);
	file = map(memfd, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
	memset(file, 0x31, SIZE);
	memory = map(memfd, SIZE, PROT_READ, MAP_PRIVATE);
	assert_int_equal(memory[0], 0x31313131);

	image = import(d, memory);
	dmabuf = export(d, &image);
	assert_engine_reads(d, &image, memory);

	/* the process's own from now on, as if it had written */
	memset(file, 0x32, SIZE);
	assert_int_equal(memory[0], 0x31313131);
	assert_int_equal(mprotect(memory, SIZE, PROT_READ | PROT_WRITE), 0);
	memset(memory, 0x33, SIZE);
	assert_int_equal(exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE), 0);
	assert_engine_reads(d, &image, memory);
	assert_int_equal(file[0], 0x32323232);

	close(dmabuf);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, SIZE);
	munmap(file, SIZE);
	close(memfd);
}

/* As a compositor gets it from a client who still draws. */
static void
test_shared_mapping_of_what_another_writes(void **state)
{
	struct device *d = *state;
	int memfd = memfd_create("pool", MFD_CLOEXEC), dmabuf;
	uint32_t *client, *compositor;
	struct g2d_image image;

	assert_true(memfd >= 0);
	assert_int_equal(ftruncate(memfd, SIZE), 0);
	client = map(memfd, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
	compositor = map(memfd, SIZE, PROT_READ, MAP_SHARED);
	assert_refused(d, compositor, 0, -EFAULT);

	/* also where no page is there yet */
	image = import(d, compositor);
	dmabuf = export(d, &image);
	memset(client, 0x41, SIZE);
	assert_int_equal(exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE), 0);
	assert_engine_reads(d, &image, client);

	close(dmabuf);
	exynos_gem_close(d->fd, image.handle);
	munmap(compositor, SIZE);
	munmap(client, SIZE);
	close(memfd);
}

static void
test_sealed_memfd(void **state)
{
	struct device *d = *state;
	int memfd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct g2d_image image;
	void *memory;

	assert_true(memfd >= 0);
	assert_int_equal(ftruncate(memfd, SIZE), 0);
	memory = map_drawn(5);
	assert_int_equal(write(memfd, memory, SIZE), SIZE);
	munmap(memory, SIZE);
	assert_int_equal(fcntl(memfd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK), 0);
	memory = map(memfd, SIZE, PROT_READ, MAP_PRIVATE);

	image = import(d, memory);
	assert_engine_reads(d, &image, memory);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, SIZE);
	close(memfd);
}

static void
test_engine_does_not_write(void **state)
{
	struct device *d = *state;
	void *memory = map_drawn(6);
	struct g2d_image image = import(d, memory), elsewhere = { 0, STRIDE };
	int dmabuf = export(d, &image), other = exynos_open(EXYNOS_RENDER_NODE);

	assert_int_equal(g2d_fill(d->fd, &image, &whole, 0), -EACCES);
	assert_int_equal(g2d_copy(d->fd, &image, &whole, &d->target, &whole), -EACCES);
	assert_int_equal(g2d_copy(d->fd, &image, &whole, &image, &whole), -EACCES);

	/* nor through another file */
	assert_true(other >= 0);
	assert_int_equal(exynos_prime_import(other, dmabuf, &elsewhere.handle), 0);
	assert_int_equal(g2d_fill(other, &elsewhere, &whole, 0), -EACCES);
	close(other);

	/* the list was given back, and nothing was left in it */
	assert_engine_reads(d, &image, memory);
	close(dmabuf);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, SIZE);
}

/*
 * An engine that writes where no list has told it to is stopped by the IOMMU, and by nothing else:
 * memory that is imported for writing gets what it wrote.
 */
static void
test_iommu_stops_an_engine_gone_astray(void **state)
{
	skip_without_engine("stray_write");
	if (!virtual_engine_expect_faults(true))
		skip_because("this board does not go on after a page fault");

	struct device *d = *state;
	uint32_t *readonly = map_drawn(9), *writable = map_drawn(9), *expected = map_drawn(9);
	struct g2d_image image = import(d, readonly), other = { 0, STRIDE };
	uint32_t address = bus_address_find(d->fd, &image);
	uint64_t faults = virtual_engine_get("faults");

	assert_int_equal(virtual_engine_set("stray_write", address), 0);
	assert_engine_reads(d, &image, expected);
	assert_int_equal(virtual_engine_get("faults"), faults + 1);
	assert_int_equal(virtual_engine_get("last_fault"), address);

	assert_int_equal(mprotect(writable, SIZE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(mprotect(expected, SIZE, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(exynos_gem_userptr(d->fd, writable, SIZE, 0, &other.handle), 0);
	address = bus_address_find(d->fd, &other);
	faults = virtual_engine_get("faults");
	assert_int_equal(virtual_engine_set("stray_write", address), 0);
	expected[0] = 0xdeadbeef;
	assert_engine_reads(d, &other, expected);
	assert_int_equal(virtual_engine_get("faults"), faults);

	exynos_gem_close(d->fd, other.handle);
	exynos_gem_close(d->fd, image.handle);
	munmap(expected, SIZE);
	munmap(writable, SIZE);
	munmap(readonly, SIZE);
}

static void
test_other_devices_can_only_read(void **state)
{
	skip_without_engine("import_read");

	struct device *d = *state;
	void *memory = map_drawn(12);
	struct g2d_image image = import(d, memory);
	int dmabuf = export(d, &image);

	assert_int_equal(virtual_engine_set("import_read", (uint32_t)dmabuf), 0);
	assert_int_equal(virtual_engine_set("import_write", (uint32_t)dmabuf), -EACCES);
	assert_int_equal(virtual_engine_set("import_vmap", (uint32_t)dmabuf), -EINVAL);
	close(dmabuf);
	assert_engine_reads(d, &image, memory);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, SIZE);
}

static void
test_dmabuf_is_only_for_reading(void **state)
{
	struct device *d = *state;
	void *memory = map_drawn(7), *view;
	struct g2d_image image = import(d, memory);
	int dmabuf;

	assert_int_equal(exynos_prime_export(d->fd, image.handle, O_CLOEXEC | O_RDWR), -EACCES);
	dmabuf = export(d, &image);
	assert_ptr_equal(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EACCES);
	assert_ptr_equal(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, dmabuf, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);

	view = map(dmabuf, SIZE, PROT_READ, MAP_SHARED);
	assert_memory_equal(view, memory, SIZE);
	assert_int_equal(mprotect(view, SIZE, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, EACCES);
	/* nor does the mapping lead to the object */
	assert_int_equal(exynos_gem_userptr(d->fd, view, SIZE, 0, &image.handle), -EFAULT);
	munmap(view, SIZE);
	close(dmabuf);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, SIZE);
}

static void
test_memory_that_cannot_be_read_either(void **state)
{
	struct device *d = *state;
	void *memory = map_drawn(8);

	assert_int_equal(mprotect(memory, SIZE, PROT_NONE), 0);
	assert_refused(d, memory, EXYNOS_BO_READONLY, -EFAULT);
	munmap(memory, SIZE);
	assert_refused(d, memory, EXYNOS_BO_READONLY, -EFAULT);
}

/* The handle would be one for the object, which others can write to. */
static void
test_mapping_of_a_gem_object(void **state)
{
	struct device *d = *state;

	assert_refused(d, d->pixels, EXYNOS_BO_READONLY, -EINVAL);
	assert_int_equal(mprotect(d->pixels, SIZE, PROT_READ), 0);
	assert_refused(d, d->pixels, EXYNOS_BO_READONLY, -EFAULT);
	assert_int_equal(mprotect(d->pixels, SIZE, PROT_READ | PROT_WRITE), 0);
}

static void
test_flag_is_for_user_memory(void **state)
{
	struct device *d = *state;
	uint32_t handle;

	assert_int_equal(exynos_gem_create(d->fd, SIZE, EXYNOS_BO_READONLY, &handle), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_memory_that_can_only_be_read),
		TEST(test_memory_that_can_be_written),
		TEST(test_constants_of_a_program),
		TEST(test_private_mapping_that_is_written_afterwards),
		TEST(test_shared_mapping_of_what_another_writes),
		TEST(test_sealed_memfd),
		TEST(test_engine_does_not_write),
		TEST(test_other_devices_can_only_read),
		TEST(test_iommu_stops_an_engine_gone_astray),
		TEST(test_dmabuf_is_only_for_reading),
		TEST(test_memory_that_cannot_be_read_either),
		TEST(test_mapping_of_a_gem_object),
		TEST(test_flag_is_for_user_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("read-only user memory", tests, NULL, NULL);
}
