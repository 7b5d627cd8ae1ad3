// SPDX-License-Identifier: MIT
/*
 * Mappings without pages as user memory, on a kernel that was told to take them
 * (exynosdrm.userptr_pfnmap=1). That others do not is in test-userptr-mappings.c.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>

#include "exynos-device.h"
#include "exynos-g2d.h"
#include "kernel-log.h"
#include "skip.h"
#include "virtual-engine.h"

#define HEAP "/dev/dma_heap/system"
#define PARAMETER "/sys/module/exynosdrm/parameters/userptr_pfnmap"

enum {
	PAGE = 4096,
	PAGES = 16, /* which the system heap takes in one piece */
	SIZE = PAGES * PAGE,
	WIDTH = 64,
	STRIDE = 4 * WIDTH,
	TAINT_USER = 1 << 6, /* of /proc/sys/kernel/tainted */
	MAX_BUFFERS = 64,
};

struct device {
	int fd;
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
	assert_int_equal(exynos_gem_create(d->fd, SIZE, 0, &d->target.handle), 0);
	d->pixels = exynos_gem_mmap(d->fd, d->target.handle, SIZE);
	assert_non_null(d->pixels);
	*state = d;

	return 0;
}

static int
teardown(void **state)
{
	struct device *d = *state;

	munmap(d->pixels, SIZE);
	exynos_gem_close(d->fd, d->target.handle);
	assert_true(exynos_wait_pinned(d->fd, 0));
	assert_int_equal(process_pinned(), 0);
	close(d->fd);
	free(d);

	return 0;
}

/* A mapping of a buffer of the system heap, whose frames are remapped: VM_PFNMAP. */
static char *
map_heap(size_t size_bytes, int *dmabuf)
{
	struct dma_heap_allocation_data args = { .len = size_bytes,
						 .fd_flags = O_CLOEXEC | O_RDWR };
	int heap = open(HEAP, O_RDONLY | O_CLOEXEC);
	char *memory;

	assert_true(heap >= 0);
	assert_int_equal(ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &args), 0);
	close(heap);
	*dmabuf = (int)args.fd;
	memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *dmabuf, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);

	return memory;
}

static void
assert_refused(struct device *d, const void *memory, size_t size_bytes, uint32_t flags, int error)
{
	uint32_t handle = 0;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, size_bytes, flags, &handle), error);
	assert_int_equal(handle, 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	assert_int_equal(process_pinned(), 0);
}

static struct g2d_image
import(struct device *d, const void *memory, size_t size_bytes, uint32_t flags)
{
	struct g2d_image image = { 0, STRIDE };

	assert_int_equal(exynos_gem_userptr(d->fd, memory, size_bytes, flags, &image.handle), 0);
	/* they are not pinned, but count all the same */
	assert_int_equal(exynos_userptr_pinned(d->fd), size_bytes);

	return image;
}

static void
assert_engine_reads(struct device *d, const struct g2d_image *image, size_t size_bytes,
		    uint32_t color)
{
	const struct g2d_box box = { 0, 0, WIDTH, (int)(size_bytes / STRIDE) };

	memset(d->pixels, 0xee, SIZE);
	assert_int_equal(g2d_copy(d->fd, &d->target, &box, image, &box), 0);
	for (size_t i = 0; i < size_bytes / 4; i++)
		assert_int_equal(d->pixels[i], color);
}

static void
fill(void *memory, size_t size_bytes, uint32_t color)
{
	for (size_t i = 0; i < size_bytes / 4; i++)
		((uint32_t *)memory)[i] = color;
}

static void
test_kernel_is_tainted(void **state)
{
	char text[32] = "";
	int fd = open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_true(strtoul(text, NULL, 10) & TAINT_USER);
}

static void
test_log_tells_of_it(void **state)
{
	const char *expected = "userptr_pfnmap - tainting kernel";
	int log = kernel_log_open();

	(void)state;
	assert_true(log >= 0);
	/* it has been said at boot */
	assert_int_equal(lseek(log, 0, SEEK_SET), 0);
	assert_true(kernel_log_count(log, expected) > 0);
	close(log);
}

static void
test_contiguous_mapping(void **state)
{
	struct device *d = *state;
	int dmabuf;
	char *memory = map_heap(SIZE, &dmabuf);
	struct g2d_image image;

	fill(memory, SIZE, 0x11223344);
	image = import(d, memory, SIZE, 0);
	assert_engine_reads(d, &image, SIZE, 0x11223344);

	/* its file is held: the frames are still the buffer's */
	munmap(memory, SIZE);
	close(dmabuf);
	assert_engine_reads(d, &image, SIZE, 0x11223344);
	exynos_gem_close(d->fd, image.handle);
}

static void
test_part_of_a_mapping(void **state)
{
	struct device *d = *state;
	int dmabuf;
	char *memory = map_heap(SIZE, &dmabuf);
	struct g2d_image image;

	fill(memory, SIZE, 0);
	fill(memory + 3 * PAGE, 2 * PAGE, 0x55667788);
	image = import(d, memory + 3 * PAGE, 2 * PAGE, 0);
	assert_engine_reads(d, &image, 2 * PAGE, 0x55667788);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, SIZE);
	close(dmabuf);
}

static void
test_engine_writes_to_the_mapping(void **state)
{
	struct device *d = *state;
	const struct g2d_box box = { 0, 0, WIDTH, PAGE / STRIDE };
	int dmabuf;
	char *memory = map_heap(PAGE, &dmabuf);
	struct g2d_image image = import(d, memory, PAGE, 0);
	int exported = exynos_prime_export(d->fd, image.handle, O_CLOEXEC | O_RDWR);

	assert_true(exported >= 0);
	assert_int_equal(g2d_fill(d->fd, &image, &box, 0x99aabbcc), 0);
	assert_int_equal(exynos_dmabuf_sync(exported, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ), 0);
	for (size_t i = 0; i < PAGE / 4; i++)
		assert_int_equal(((uint32_t *)memory)[i], 0x99aabbcc);
	assert_int_equal(exynos_dmabuf_sync(exported, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ), 0);
	close(exported);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, PAGE);
	close(dmabuf);
}

/* One of them could be the one whose file it is. */
static void
test_other_devices_cannot_import_it(void **state)
{
	skip_without_engine("import_read");

	struct device *d = *state;
	int dmabuf, exported;
	char *memory = map_heap(PAGE, &dmabuf);
	struct g2d_image image = import(d, memory, PAGE, 0);

	exported = exynos_prime_export(d->fd, image.handle, O_CLOEXEC | O_RDWR);
	assert_true(exported >= 0);
	assert_int_equal(virtual_engine_set("import_read", (uint32_t)exported), -EOPNOTSUPP);
	assert_int_equal(virtual_engine_set("import_write", (uint32_t)exported), -EOPNOTSUPP);
	close(exported);
	exynos_gem_close(d->fd, image.handle);
	/* the buffer itself they can */
	assert_int_equal(virtual_engine_set("import_write", (uint32_t)dmabuf), 0);
	munmap(memory, PAGE);
	close(dmabuf);
}

/*
 * One page more than the heap takes in one piece. That page could happen to be the next one, but
 * not of all the buffers there are at a time.
 */
static void
test_scattered_mapping_is_refused(void **state)
{
	struct device *d = *state;
	int dmabufs[MAX_BUFFERS], n = 0, ret = 0;
	struct g2d_image image = { 0, STRIDE };
	char *memory = NULL;

	while (ret == 0) {
		assert_true(n < MAX_BUFFERS);
		if (memory)
			munmap(memory, SIZE + PAGE);
		memory = map_heap(SIZE + PAGE, &dmabufs[n++]);
		ret = exynos_gem_userptr(d->fd, memory, SIZE + PAGE, 0, &image.handle);
		if (ret == 0)
			exynos_gem_close(d->fd, image.handle);
	}
	assert_int_equal(ret, -ENXIO);
	assert_refused(d, memory, SIZE + PAGE, 0, -ENXIO);

	/* what comes before the last page is one piece */
	fill(memory, SIZE, 0x12);
	image = import(d, memory, SIZE, 0);
	assert_engine_reads(d, &image, SIZE, 0x12);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, SIZE + PAGE);
	while (n > 0)
		close(dmabufs[--n]);
}

static void
test_range_that_leaves_the_mapping_is_refused(void **state)
{
	struct device *d = *state;
	int dmabuf;
	char *memory = map_heap(SIZE, &dmabuf);

	munmap(memory + PAGE, SIZE - PAGE);
	assert_refused(d, memory, PAGE + 1, 0, -EFAULT);
	assert_ptr_equal(mmap(memory + PAGE, PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 memory + PAGE);
	assert_refused(d, memory, PAGE + 1, 0, -EFAULT);
	munmap(memory, 2 * PAGE);
	close(dmabuf);
}

static void
test_mapping_that_cannot_be_written(void **state)
{
	struct device *d = *state;
	const struct g2d_box box = { 0, 0, WIDTH, PAGE / STRIDE };
	int dmabuf;
	char *memory = map_heap(PAGE, &dmabuf);
	struct g2d_image image;

	fill(memory, PAGE, 0x34);
	assert_int_equal(mprotect(memory, PAGE, PROT_READ), 0);
	assert_refused(d, memory, PAGE, 0, -EFAULT);
	image = import(d, memory, PAGE, EXYNOS_BO_READONLY);
	assert_engine_reads(d, &image, PAGE, 0x34);
	assert_int_equal(g2d_fill(d->fd, &image, &box, 0), -EACCES);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, PAGE);
	close(dmabuf);
}

static void
test_mapping_of_a_gem_object_still_is_the_object(void **state)
{
	struct device *d = *state;
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->fd, d->pixels, SIZE, 0, &handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	exynos_gem_close(d->fd, handle);
	assert_refused(d, d->pixels + PAGE / 4, PAGE, 0, -ENXIO);
}

static void
set_parameter(const char *value)
{
	int fd = open(PARAMETER, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, value, 1), 1);
	close(fd);
}

static void
test_parameter_can_be_taken_back(void **state)
{
	struct device *d = *state;
	int dmabuf;
	char *memory = map_heap(PAGE, &dmabuf);
	struct g2d_image image;

	fill(memory, PAGE, 0x56);
	image = import(d, memory, PAGE, 0);
	set_parameter("N");
	/* what there is stays */
	assert_engine_reads(d, &image, PAGE, 0x56);
	exynos_gem_close(d->fd, image.handle);
	assert_refused(d, memory, PAGE, 0, -EFAULT);
	set_parameter("Y");
	image = import(d, memory, PAGE, 0);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, PAGE);
	close(dmabuf);
}

static bool
parameter_is_set(void)
{
	int fd = open(PARAMETER, O_RDONLY | O_CLOEXEC);
	char value = 'N';
	bool is_set = fd >= 0 && read(fd, &value, 1) == 1 && value == 'Y';

	if (fd >= 0)
		close(fd);

	return is_set;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_kernel_is_tainted),
		TEST(test_log_tells_of_it),
		TEST(test_contiguous_mapping),
		TEST(test_part_of_a_mapping),
		TEST(test_engine_writes_to_the_mapping),
		TEST(test_other_devices_cannot_import_it),
		TEST(test_scattered_mapping_is_refused),
		TEST(test_range_that_leaves_the_mapping_is_refused),
		TEST(test_mapping_that_cannot_be_written),
		TEST(test_mapping_of_a_gem_object_still_is_the_object),
		TEST(test_parameter_can_be_taken_back),
	};

	if (access(HEAP, F_OK) < 0)
		return skip_all("the kernel has no " HEAP);
	if (!parameter_is_set())
		return skip_all("exynosdrm.userptr_pfnmap is not set");
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("mappings without pages", tests, NULL, NULL);
}
