// SPDX-License-Identifier: MIT
/*
 * GEM objects of the Exynos DRM driver: create, map, get, close, and PRIME in both directions.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_mode.h>
#include <linux/udmabuf.h>

#include "exynos-device.h"
#include "exynos-g2d.h"
#include "skip.h"

enum { PAGES = 5 };

struct device {
	int fd;
	size_t page, size;
};

static int
setup(void **state)
{
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->page = (size_t)sysconf(_SC_PAGESIZE);
	d->size = PAGES * d->page;
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(d->fd >= 0);
	*state = d;

	return 0;
}

static int
teardown(void **state)
{
	struct device *d = *state;

	close(d->fd);
	free(d);

	return 0;
}

static void
test_create_rounds_up_to_pages(void **state)
{
	struct device *d = *state;
	const size_t sizes[] = { 1, d->page - 1, d->page, d->page + 1, 3 * d->page, 1 << 20 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint32_t handle, flags;
		uint64_t size;

		assert_int_equal(exynos_gem_create(d->fd, sizes[i], 0, &handle), 0);
		assert_int_equal(exynos_gem_get(d->fd, handle, &size, &flags), 0);
		assert_int_equal(size, (sizes[i] + d->page - 1) / d->page * d->page);
		assert_int_equal(flags & EXYNOS_BO_USERPTR, 0);
		assert_int_equal(exynos_gem_close(d->fd, handle), 0);
	}
}

static void
test_create_refuses(void **state)
{
	struct device *d = *state;
	uint32_t handle;

	assert_int_equal(exynos_gem_create(d->fd, 0, 0, &handle), -EINVAL);
	for (int bit = 3; bit < 32; bit++)
		assert_int_equal(exynos_gem_create(d->fd, d->page, 1u << bit, &handle), -EINVAL);
}

/* In the kernel's long, which is as long as this program's; or not when they are rounded up to pages. */
static void
test_sizes_that_do_not_fit(void **state)
{
	struct device *d = *state;
	const uint64_t most = ULONG_MAX - d->page + 1;
	const uint64_t sizes[] = { most + 1, ULONG_MAX, UINT64_MAX - d->page + 2, UINT64_MAX };
	const uint64_t lower_half[] = { 0, 1, d->page, d->size, UINT32_MAX };
	uint32_t handle;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_int_equal(exynos_gem_create(d->fd, sizes[i], 0, &handle), -EINVAL);
	/* with the upper half that it has in 32 bits: none */
	for (int bit = 32; ULONG_MAX == UINT32_MAX && bit < 64; bit++) {
		for (size_t i = 0; i < sizeof(lower_half) / sizeof(lower_half[0]); i++)
			assert_int_equal(
				exynos_gem_create(d->fd, 1ull << bit | lower_half[i], 0, &handle),
				-EINVAL);
	}
}

static void
test_create_with_every_flag(void **state)
{
	struct device *d = *state;
	const uint32_t cacheable[] = { 0, EXYNOS_BO_CACHABLE, EXYNOS_BO_WC };

	for (int i = 0; i < 3; i++) {
		uint32_t handle, flags;
		uint64_t size;

		assert_int_equal(exynos_gem_create(d->fd, d->size, cacheable[i], &handle), 0);
		assert_int_equal(exynos_gem_get(d->fd, handle, &size, &flags), 0);
		assert_int_equal(flags, cacheable[i]);
		exynos_gem_close(d->fd, handle);
	}
}

static bool
is_zero(const uint32_t *words, size_t size_bytes)
{
	for (size_t i = 0; i < size_bytes / 4; i++) {
		if (words[i] != 0)
			return false;
	}

	return true;
}

/* What the engine finds in an object's last page is what it copies to one that was not zero. */
static bool
engine_finds_zero(struct device *d, uint32_t handle, size_t size_bytes)
{
	const int row = (int)(size_bytes / d->page) - 1, width = (int)d->page / 4;
	const struct g2d_box last = { 0, row, width, row + 1 }, first = { 0, 0, width, 1 };
	const struct g2d_image image = { handle, (uint32_t)d->page };
	struct g2d_image copy = { 0, (uint32_t)d->page };
	uint32_t *words;
	bool found;

	assert_int_equal(exynos_gem_create(d->fd, d->page, 0, &copy.handle), 0);
	words = exynos_gem_mmap(d->fd, copy.handle, d->page);
	assert_non_null(words);
	memset(words, 0x55, d->page);
	assert_int_equal(g2d_copy(d->fd, &copy, &first, &image, &last), 0);
	found = is_zero(words, d->page);
	munmap(words, d->page);
	exynos_gem_close(d->fd, copy.handle);

	return found;
}

/* Written to when it has been looked at: whoever gets the memory next finds that if it is not cleared. */
static void
assert_zero_and_spoil(int fd, uint32_t handle, size_t size_bytes)
{
	uint32_t *words = exynos_gem_mmap(fd, handle, size_bytes);

	assert_non_null(words);
	assert_true(is_zero(words, size_bytes));
	memset(words, 0xaa, size_bytes);
	munmap(words, size_bytes);
	exynos_gem_close(fd, handle);
}

static void
test_new_object_is_zero(void **state)
{
	static const uint32_t flags[] = { 0, EXYNOS_BO_NONCONTIG, EXYNOS_BO_CACHABLE,
					  EXYNOS_BO_WC };
	struct device *d = *state;
	/* the last one is more than the allocator has in one piece */
	const size_t sizes[] = { d->page, d->size, 1 << 20, 9 << 20 };
	int card = exynos_open(EXYNOS_PRIMARY_NODE);
	uint32_t handle;

	assert_true(card >= 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct drm_mode_create_dumb dumb = { .width = (uint32_t)d->page / 4, .bpp = 32 };

		/* each gets what the one before it has written */
		for (size_t j = 0; j < sizeof(flags) / sizeof(flags[0]); j++) {
			assert_int_equal(exynos_gem_create(d->fd, sizes[i], flags[j], &handle), 0);
			assert_true(engine_finds_zero(d, handle, sizes[i]));
			assert_zero_and_spoil(d->fd, handle, sizes[i]);
		}
		dumb.height = (uint32_t)(sizes[i] / d->page);
		assert_int_equal(exynos_ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb), 0);
		assert_int_equal(dumb.size, sizes[i]);
		assert_zero_and_spoil(card, dumb.handle, sizes[i]);
	}
	close(card);
}

static void
test_mappings_share_the_object(void **state)
{
	struct device *d = *state;
	char *first, *second;
	uint32_t handle;

	assert_int_equal(exynos_gem_create(d->fd, d->size, 0, &handle), 0);
	first = exynos_gem_mmap(d->fd, handle, d->size);
	second = exynos_gem_mmap(d->fd, handle, d->size);
	assert_true(first && second);
	memset(first, 0x3c, d->size);
	assert_memory_equal(first, second, d->size);

	/* a mapping holds the object */
	munmap(first, d->size);
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);
	assert_int_equal(second[d->size - 1], 0x3c);
	munmap(second, d->size);
}

static void
test_mapping_larger_than_the_object(void **state)
{
	struct device *d = *state;
	uint32_t handle;

	assert_int_equal(exynos_gem_create(d->fd, d->size, 0, &handle), 0);
	assert_null(exynos_gem_mmap(d->fd, handle, d->size + d->page));
	exynos_gem_close(d->fd, handle);
}

static void
test_handles_that_are_none(void **state)
{
	struct device *d = *state;
	uint64_t size, offset;
	uint32_t handle, flags;

	assert_int_equal(exynos_gem_create(d->fd, d->size, 0, &handle), 0);
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);

	assert_int_equal(exynos_gem_close(d->fd, handle), -EINVAL);
	assert_int_equal(exynos_gem_get(d->fd, handle, &size, &flags), -EINVAL);
	assert_int_equal(exynos_gem_map_offset(d->fd, handle, &offset), -ENOENT);
	assert_int_equal(exynos_prime_export(d->fd, handle, 0), -ENOENT);
}

static void
test_handles_are_of_one_file(void **state)
{
	struct device *d = *state;
	int second = exynos_open(EXYNOS_RENDER_NODE);
	uint64_t size;
	uint32_t handle, flags;

	assert_true(second >= 0);
	assert_int_equal(exynos_gem_create(d->fd, d->size, 0, &handle), 0);
	assert_int_equal(exynos_gem_get(second, handle, &size, &flags), -EINVAL);
	exynos_gem_close(d->fd, handle);
	close(second);
}

static void
test_own_dmabuf_is_the_same_object(void **state)
{
	struct device *d = *state;
	int second = exynos_open(EXYNOS_RENDER_NODE), dmabuf;
	uint32_t handle, again, imported;
	char *map, *other, *of_dmabuf;

	assert_true(second >= 0);
	assert_int_equal(exynos_gem_create(d->fd, d->size, 0, &handle), 0);
	dmabuf = exynos_prime_export(d->fd, handle, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	assert_int_equal(lseek(dmabuf, 0, SEEK_END), d->size);
	assert_int_equal(exynos_prime_import(d->fd, dmabuf, &again), 0);
	assert_int_equal(again, handle);
	assert_int_equal(exynos_prime_import(second, dmabuf, &imported), 0);

	map = exynos_gem_mmap(d->fd, handle, d->size);
	other = exynos_gem_mmap(second, imported, d->size);
	of_dmabuf = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	assert_true(map && other);
	assert_ptr_not_equal(of_dmabuf, MAP_FAILED);
	memset(map, 0x77, d->size);
	assert_memory_equal(map, other, d->size);
	assert_memory_equal(map, of_dmabuf, d->size);

	munmap(map, d->size);
	munmap(other, d->size);
	munmap(of_dmabuf, d->size);
	close(dmabuf);
	exynos_gem_close(d->fd, handle);
	close(second);
}

/* A memfd as a dma-buf; the pages are scattered, so without an IOMMU the driver need not take it. */
static int
create_udmabuf(size_t size_bytes, int *memfd)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size_bytes };
	int device, dmabuf;

	skip_without_file("/dev/udmabuf");
	if (!exynos_has_iommu())
		skip_because("there is no IOMMU that makes scattered pages one range");
	device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	assert_true(device >= 0);
	*memfd = memfd_create("foreign", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(*memfd >= 0);
	assert_int_equal(ftruncate(*memfd, (off_t)size_bytes), 0);
	assert_int_equal(fcntl(*memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	create.memfd = (uint32_t)*memfd;
	dmabuf = ioctl(device, UDMABUF_CREATE, &create);
	assert_true(dmabuf >= 0);
	close(device);

	return dmabuf;
}

static void
test_foreign_dmabuf(void **state)
{
	struct device *d = *state;
	struct g2d_image image = { 0, (uint32_t)d->page };
	const struct g2d_box whole = { 0, 0, (int)d->page / 4, PAGES };
	int memfd, dmabuf = create_udmabuf(d->size, &memfd);
	uint32_t flags, *map;
	uint64_t size;

	assert_int_equal(exynos_prime_import(d->fd, dmabuf, &image.handle), 0);
	assert_int_equal(exynos_gem_get(d->fd, image.handle, &size, &flags), 0);
	assert_int_equal(size, d->size);
	assert_int_equal(flags & EXYNOS_BO_USERPTR, 0);
	assert_int_equal(g2d_fill(d->fd, &image, &whole, 0xfeedf00d), 0);

	map = mmap(NULL, d->size, PROT_READ, MAP_SHARED, memfd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(exynos_dmabuf_sync(dmabuf, 1), 0);
	for (size_t i = 0; i < d->size / 4; i++)
		assert_int_equal(map[i], 0xfeedf00d);

	munmap(map, d->size);
	close(dmabuf);
	close(memfd);
	exynos_gem_close(d->fd, image.handle);
}

/*
 * Whoever wants to map it has its dma-buf for that. No ioctl tells the offset, but it can be
 * guessed: it lies near that of an object made before.
 */
static void
test_imported_object_is_not_mapped(void **state)
{
	struct device *d = *state;
	int memfd, dmabuf = create_udmabuf(d->size, &memfd), own = 0;
	uint32_t neighbour, imported;
	uint64_t offset, unknown;

	assert_int_equal(exynos_gem_create(d->fd, d->size, 0, &neighbour), 0);
	assert_int_equal(exynos_gem_map_offset(d->fd, neighbour, &offset), 0);
	assert_int_equal(exynos_prime_import(d->fd, dmabuf, &imported), 0);
	assert_int_equal(exynos_gem_map_offset(d->fd, imported, &unknown), -EINVAL);
	for (int pages = -16 * PAGES; pages <= 16 * PAGES; pages++) {
		off_t guess = (off_t)offset + pages * (off_t)d->page;
		void *map;

		if (guess < 0)
			continue;
		map = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd, guess);
		if (map == MAP_FAILED)
			continue;
		assert_int_equal(pages, 0);
		own++;
		munmap(map, d->size);
	}
	assert_int_equal(own, 1);
	exynos_gem_close(d->fd, imported);
	exynos_gem_close(d->fd, neighbour);
	close(dmabuf);
	close(memfd);
}

static void
test_import_of_what_is_no_dmabuf(void **state)
{
	struct device *d = *state;
	int memfd = memfd_create("none", MFD_CLOEXEC);
	uint32_t handle;

	assert_int_equal(exynos_prime_import(d->fd, memfd, &handle), -EINVAL);
	assert_int_equal(exynos_prime_import(d->fd, d->fd, &handle), -EINVAL);
	assert_int_equal(exynos_prime_import(d->fd, -1, &handle), -EBADF);
	assert_int_equal(exynos_prime_import(d->fd, 9999, &handle), -EBADF);
	close(memfd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_sizes_that_do_not_fit),
		TEST(test_create_rounds_up_to_pages),
		TEST(test_create_refuses),
		TEST(test_create_with_every_flag),
		TEST(test_new_object_is_zero),
		TEST(test_mappings_share_the_object),
		TEST(test_mapping_larger_than_the_object),
		TEST(test_handles_that_are_none),
		TEST(test_handles_are_of_one_file),
		TEST(test_own_dmabuf_is_the_same_object),
		TEST(test_foreign_dmabuf),
		TEST(test_imported_object_is_not_mapped),
		TEST(test_import_of_what_is_no_dmabuf),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("GEM", tests, NULL, NULL);
}
