// SPDX-License-Identifier: MIT
/*
 * Parts of an object that the CPU accesses: what DRM_IOCTL_EXYNOS_GEM_SYNC refuses, and what it
 * writes back and drops on a board whose engine does not snoop the CPU's cache.
 */

#include <errno.h>
#include <fcntl.h>
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
#include <linux/udmabuf.h>

#include "coherency-fixture.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "skip.h"
#include "virtual-engine.h"

enum {
	SYNC_RW = EXYNOS_GEM_SYNC_READ | EXYNOS_GEM_SYNC_WRITE,
	END_WRITE = EXYNOS_GEM_SYNC_END | EXYNOS_GEM_SYNC_WRITE,
	PAGES = 4,
};

/* As much of the object as a single row can be. */
static struct drm_exynos_gem_sync_range
span(uint64_t offset, uint32_t size_bytes)
{
	return (struct drm_exynos_gem_sync_range){ .offset = offset,
						   .row_bytes = size_bytes,
						   .rows = 1 };
}

static int
sync_span(int fd, uint32_t handle, uint32_t flags, uint64_t offset, uint32_t size_bytes)
{
	const struct drm_exynos_gem_sync_range range = span(offset, size_bytes);

	return exynos_gem_sync(fd, handle, flags, &range, 1);
}

static int
sync_rows(int fd, uint32_t handle, uint64_t offset, uint32_t stride, uint32_t row_bytes,
	  uint32_t rows)
{
	const struct drm_exynos_gem_sync_range range = {
		.offset = offset, .stride = stride, .row_bytes = row_bytes, .rows = rows
	};

	return exynos_gem_sync(fd, handle, END_WRITE, &range, 1);
}

/* User memory of whole pages. */
static uint32_t
import_pages(struct coherency_device *d, void **memory, uint32_t flags)
{
	uint32_t handle;

	*memory = mmap(NULL, PAGES * d->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	assert_ptr_not_equal(*memory, MAP_FAILED);
	assert_int_equal(exynos_gem_userptr(d->fd, *memory, PAGES * d->page, flags, &handle), 0);

	return handle;
}

static void
release_pages(struct coherency_device *d, void *memory, uint32_t handle)
{
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);
	munmap(memory, PAGES * d->page);
}

/* How userspace finds out that the ioctl is there. */
static void
test_no_ranges(void **state)
{
	struct coherency_device *d = *state;
	struct drm_exynos_gem_sync args = { 0 };
	int card = exynos_open(EXYNOS_PRIMARY_NODE);

	assert_true(card >= 0);
	assert_true(exynos_has_version(d->fd, 3));
	assert_int_equal(exynos_gem_sync(d->fd, 0, 0, NULL, 0), 0);
	assert_int_equal(exynos_gem_sync(card, 0, END_WRITE, NULL, 0), 0);
	assert_int_equal(exynos_gem_sync(d->fd, 0, 1 << 3, NULL, 0), -EINVAL);
	args.pad = 1;
	assert_int_equal(exynos_ioctl(d->fd, DRM_IOCTL_EXYNOS_GEM_SYNC, &args), -EINVAL);
	close(card);
}

static void
test_flags(void **state)
{
	struct coherency_device *d = *state;
	void *memory;
	uint32_t handle = import_pages(d, &memory, 0);

	for (uint32_t flags = 0; flags < 8; flags++)
		assert_int_equal(sync_span(d->fd, handle, flags, 0, 1),
				 flags & SYNC_RW ? 0 : -EINVAL);
	assert_int_equal(sync_span(d->fd, handle, SYNC_RW | 1 << 3, 0, 1), -EINVAL);
	assert_int_equal(sync_span(d->fd, handle, SYNC_RW | 1u << 31, 0, 1), -EINVAL);
	release_pages(d, memory, handle);
}

static void
check_ranges(struct coherency_device *d, uint32_t handle)
{
	const uint64_t size = PAGES * d->page;
	const uint32_t max = UINT32_MAX;
	const struct drm_exynos_gem_sync_range good[] = {
		{ 0, 0, (uint32_t)size, 1, 0 },
		{ size - 1, 0, 1, 1, 0 },
		{ size - 1, max, 1, 1, 0 },
		{ 0, 1, 1, (uint32_t)size, 0 },
		{ 0, (uint32_t)d->page, 1, PAGES, 0 },
		{ d->page - 1, (uint32_t)d->page, 1, PAGES, 0 },
	};
	const struct drm_exynos_gem_sync_range bad[] = {
		{ 0, 0, 0, 1, 0 },
		{ 0, 16, 16, 0, 0 },
		{ 0, 0, 1, 2, 0 },
		{ 0, 15, 16, 2, 0 },
		{ 0, 16, 16, 1, 1 },
		{ 0, 0, (uint32_t)size + 1, 1, 0 },
		{ 1, 0, (uint32_t)size, 1, 0 },
		{ size, 0, 1, 1, 0 },
		{ size + 1, 0, 1, 1, 0 },
		{ 0, 1, 1, (uint32_t)size + 1, 0 },
		{ 1, (uint32_t)d->page, (uint32_t)d->page, PAGES, 0 },
		{ UINT64_MAX, 0, 1, 1, 0 },
		{ UINT64_MAX - max, 0, max, 1, 0 },
		{ 1ull << 32, 0, 1, 1, 0 },
		{ 0, 1u << 31, 1, 3, 0 },
		{ 0, 1u << 16, 1, (1u << 16) + 1, 0 },
		{ 0, max, max, max, 0 },
		{ UINT64_MAX - 1, max, max, max, 0 },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(exynos_gem_sync(d->fd, handle, SYNC_RW, &good[i], 1), 0);
		assert_int_equal(exynos_gem_sync(d->fd, handle, END_WRITE, &good[i], 1), 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(exynos_gem_sync(d->fd, handle, SYNC_RW, &bad[i], 1), -EINVAL);
		assert_int_equal(exynos_gem_sync(d->fd, handle, END_WRITE, &bad[i], 1), -EINVAL);
	}
}

static void
test_ranges(void **state)
{
	struct coherency_device *d = *state;
	void *memory;
	uint32_t handle = import_pages(d, &memory, 0), created;

	check_ranges(d, handle);
	release_pages(d, memory, handle);

	handle = import_pages(d, &memory, EXYNOS_BO_READONLY);
	check_ranges(d, handle);
	release_pages(d, memory, handle);

	/* those that the driver has allocated need nothing, and are checked all the same */
	assert_int_equal(exynos_gem_create(d->fd, PAGES * d->page, 0, &created), 0);
	check_ranges(d, created);
	exynos_gem_close(d->fd, created);
}

static void
test_number_of_ranges(void **state)
{
	struct coherency_device *d = *state;
	struct drm_exynos_gem_sync_range ranges[EXYNOS_GEM_SYNC_RANGES_MAX + 1];
	void *memory;
	uint32_t handle = import_pages(d, &memory, 0);

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		ranges[i] = span(i, 1);
	assert_int_equal(
		exynos_gem_sync(d->fd, handle, END_WRITE, ranges, EXYNOS_GEM_SYNC_RANGES_MAX), 0);
	assert_int_equal(
		exynos_gem_sync(d->fd, handle, END_WRITE, ranges, EXYNOS_GEM_SYNC_RANGES_MAX + 1),
		-EINVAL);
	assert_int_equal(exynos_gem_sync(d->fd, handle, END_WRITE, ranges, UINT32_MAX), -EINVAL);
	assert_int_equal(exynos_gem_sync(d->fd, handle, END_WRITE, NULL, 1), -EFAULT);
	assert_int_equal(exynos_gem_sync(d->fd, handle, END_WRITE, (const void *)UINTPTR_MAX, 1),
			 -EFAULT);
	release_pages(d, memory, handle);
}

static void
test_handles(void **state)
{
	skip_without_file("/dev/udmabuf");

	struct coherency_device *d = *state;
	struct udmabuf_create create = { .size = d->page };
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), dmabuf;
	int memfd = memfd_create("foreign", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	uint32_t foreign;

	assert_int_equal(sync_span(d->fd, 0, SYNC_RW, 0, 1), -ENOENT);
	assert_int_equal(sync_span(d->fd, 12345, SYNC_RW, 0, 1), -ENOENT);

	/* its own driver synchronizes it */
	assert_true(device >= 0 && memfd >= 0);
	assert_int_equal(ftruncate(memfd, (off_t)d->page), 0);
	assert_int_equal(fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	create.memfd = (uint32_t)memfd;
	dmabuf = ioctl(device, UDMABUF_CREATE, &create);
	assert_true(dmabuf >= 0);
	assert_int_equal(exynos_prime_import(d->fd, dmabuf, &foreign), 0);
	assert_int_equal(sync_span(d->fd, foreign, SYNC_RW, 0, 1), -EOPNOTSUPP);
	exynos_gem_close(d->fd, foreign);
	close(dmabuf);
	close(memfd);
	close(device);
}

/* One that is wrong, be it the last, and none is synchronized. What is, costs what it is long. */
static void
test_all_ranges_or_none(void **state)
{
	skip_without_engine("cleaned_bytes");

	struct coherency_device *d = *state;
	struct drm_exynos_gem_sync_range ranges[] = { span(8, 24), span(4096, 100), span(1, 0) };
	void *memory;
	uint32_t handle = import_pages(d, &memory, 0);
	uint64_t before = virtual_engine_get("cleaned_bytes");

	assert_int_equal(exynos_gem_sync(d->fd, handle, END_WRITE, ranges, 3), -EINVAL);
	assert_int_equal(virtual_engine_get("cleaned_bytes"), before);
	assert_int_equal(exynos_gem_sync(d->fd, handle, END_WRITE, ranges, 2), 0);
	assert_int_equal(virtual_engine_get("cleaned_bytes"), before + 124);

	/* rows that are far from each other, and such that are not */
	before = virtual_engine_get("cleaned_bytes");
	assert_int_equal(sync_rows(d->fd, handle, 16, 3000, 40, 5), 0);
	assert_int_equal(virtual_engine_get("cleaned_bytes"), before + 5 * 40);
	before = virtual_engine_get("cleaned_bytes");
	assert_int_equal(sync_rows(d->fd, handle, 16, 300, 40, 5), 0);
	assert_int_equal(virtual_engine_get("cleaned_bytes"), before + 4 * 300 + 40);

	/* who has only read has nothing to write back */
	before = virtual_engine_get("cleaned_bytes");
	assert_int_equal(
		sync_span(d->fd, handle, EXYNOS_GEM_SYNC_END | EXYNOS_GEM_SYNC_READ, 0, 100), 0);
	assert_int_equal(virtual_engine_get("cleaned_bytes"), before);
	release_pages(d, memory, handle);
}

/* Those pixels of the buffer, whose object begins with the page. */
static int
sync_pixels(struct coherency_device *d, const struct buffer *b, uint32_t flags, size_t first,
	    size_t count)
{
	size_t offset = (uintptr_t)b->pixels % d->page;

	return sync_span(d->fd, b->image.handle, flags, offset + 4 * first, (uint32_t)(4 * count));
}

static bool
pixels_are(const uint32_t *pixels, size_t first, size_t count, uint32_t seed)
{
	for (size_t i = first; i < first + count; i++) {
		if (pixels[i] != buffer_pixel(i, seed))
			return false;
	}

	return true;
}

/* What the engine reads is in the device's own pixels afterwards. */
static void
engine_reads(struct coherency_device *d, const struct buffer *b)
{
	engine_sees(d, b, 0);
}

static void
test_engine_sees_the_range(void **state)
{
	struct coherency_device *d = *state;
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	buffer_draw(&b, 2);

	/* over a page's end, and with neither of its ends where a line of the cache begins */
	assert_int_equal(sync_pixels(d, &b, END_WRITE, 501, 1000), 0);
	engine_reads(d, &b);
	assert_true(pixels_are(d->pixels, 501, 1000, 2));
	if (d->is_model) {
		assert_true(pixels_are(d->pixels, 0, 501, 1));
		assert_true(pixels_are(d->pixels, 1501, BUFFER_WIDTH - 1501, 1));
	}

	assert_int_equal(sync_pixels(d, &b, END_WRITE, 0, 501), 0);
	assert_int_equal(sync_pixels(d, &b, END_WRITE, 1501, BUFFER_WIDTH - 1501), 0);
	assert_true(engine_sees(d, &b, 2));
	buffer_release(&b);
	buffer_unmap(&b);
}

static void
test_engine_sees_the_rows(void **state)
{
	struct coherency_device *d = *state;
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	buffer_draw(&b, 2);
	assert_int_equal(
		sync_rows(d->fd, b.image.handle, BUFFER_OFFSET + 4 * 7, 4 * 500, 4 * 30, 4), 0);
	engine_reads(d, &b);
	for (size_t row = 0; row < 4; row++)
		assert_true(pixels_are(d->pixels, 500 * row + 7, 30, 2));
	if (d->is_model) {
		/* beside them, and the row that was forgotten */
		for (size_t row = 0; row < 4; row++)
			assert_true(pixels_are(d->pixels, 500 * row + 37, 470, 1));
		assert_true(pixels_are(d->pixels, 2007, 30, 1));
	}
	assert_int_equal(sync_rows(d->fd, b.image.handle, BUFFER_OFFSET, 4 * 500, 4 * 500, 5), 0);
	assert_true(engine_sees(d, &b, 2));
	buffer_release(&b);
	buffer_unmap(&b);
}

static void
test_cpu_sees_the_range(void **state)
{
	struct coherency_device *d = *state;
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	engine_draws(d, &b, 2);
	assert_int_equal(sync_pixels(d, &b, EXYNOS_GEM_SYNC_READ, 501, 1000), 0);
	assert_true(pixels_are(b.pixels, 501, 1000, 2));
	if (d->is_model) {
		assert_true(pixels_are(b.pixels, 0, 501, 1));
		assert_true(pixels_are(b.pixels, 1501, BUFFER_WIDTH - 1501, 1));
	}
	assert_int_equal(sync_pixels(d, &b, EXYNOS_GEM_SYNC_READ, 0, BUFFER_WIDTH), 0);
	assert_true(buffer_is_drawn(&b, 2));
	buffer_release(&b);
	buffer_unmap(&b);
}

/* The same as with the whole buffer: the rest of a line must not be of before. */
static void
test_part_of_a_line_is_written_after_the_engine_drew(void **state)
{
	struct coherency_device *d = *state;
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	engine_draws(d, &b, 2);
	assert_int_equal(sync_pixels(d, &b, EXYNOS_GEM_SYNC_WRITE, 900, 200), 0);
	for (size_t i = 900; i < 1100; i += 10)
		b.pixels[i] = 0;
	assert_int_equal(sync_pixels(d, &b, END_WRITE, 900, 200), 0);
	engine_reads(d, &b);
	for (size_t i = 900; i < 1100; i++)
		assert_int_equal(d->pixels[i], i % 10 ? buffer_pixel(i, 2) : 0);
	assert_true(pixels_are(d->pixels, 0, 900, 2));
	assert_true(pixels_are(d->pixels, 1100, BUFFER_WIDTH - 1100, 2));
	buffer_release(&b);
	buffer_unmap(&b);
}

static void
test_begin_throws_nothing_away(void **state)
{
	struct coherency_device *d = *state;
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	engine_draws(d, &b, 2);
	assert_int_equal(sync_pixels(d, &b, SYNC_RW, 0, BUFFER_WIDTH), 0);
	buffer_draw(&b, 3);
	assert_int_equal(sync_pixels(d, &b, EXYNOS_GEM_SYNC_READ, 0, BUFFER_WIDTH), 0);
	assert_true(buffer_is_drawn(&b, 3));
	buffer_release(&b);
	buffer_unmap(&b);
}

/* Of the object's pages only what was imported is synchronized. */
static void
test_neighbours_are_left_alone(void **state)
{
	struct coherency_device *d = *state;
	const struct g2d_box first_bytes = { 0, 0, BUFFER_OFFSET / 4, 1 };
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	memset(b.pages, 0, b.pages_size);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	write_neighbours(&b, 1);
	buffer_draw(&b, 2);
	assert_int_equal(sync_span(d->fd, b.image.handle, END_WRITE, 0, (uint32_t)(3 * d->page)),
			 0);
	assert_true(engine_sees(d, &b, 2));
	assert_int_equal(g2d_copy(d->fd, &d->target, &first_bytes, &b.image, &first_bytes), 0);
	for (size_t i = 0; i < BUFFER_OFFSET / 4 && d->is_model; i++)
		assert_int_equal(d->pixels[i], 0);

	assert_int_equal(sync_span(d->fd, b.image.handle, SYNC_RW, 0, (uint32_t)(3 * d->page)), 0);
	assert_true(neighbours_are(&b, 1));
	buffer_release(&b);
	buffer_unmap(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, coherency_setup, coherency_teardown)
		TEST(test_no_ranges),
		TEST(test_flags),
		TEST(test_ranges),
		TEST(test_number_of_ranges),
		TEST(test_handles),
		TEST(test_all_ranges_or_none),
		TEST(test_engine_sees_the_range),
		TEST(test_engine_sees_the_rows),
		TEST(test_cpu_sees_the_range),
		TEST(test_part_of_a_line_is_written_after_the_engine_drew),
		TEST(test_begin_throws_nothing_away),
		TEST(test_neighbours_are_left_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("userptr sync", tests, NULL, NULL);
}
