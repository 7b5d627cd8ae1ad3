// SPDX-License-Identifier: MIT
/*
 * User memory on a board without an IOMMU: contiguous memory can be imported, all other is refused.
 * To be run with fimg2d.iommu=0.
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
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>

#include "bus-address.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "page-frames.h"
#include "skip.h"
#include "virtual-engine.h"

enum {
	PAGE = 4096,
	WIDTH = 64,
	STRIDE = 4 * WIDTH,
	PAGE_ROWS = PAGE / STRIDE,
	PAGES = 6,
	SIZE = PAGES * PAGE,
};

struct device {
	int fd;
	uint64_t mapped_bytes, faults;
	/* in memory that is not cached, so all see the same */
	struct g2d_image target;
	uint32_t *pixels;
};

static int
setup(void **state)
{
	const struct g2d_box pixel = { 0, 0, 1, 1 };
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	assert_int_equal(sysconf(_SC_PAGESIZE), PAGE);
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(d->fd >= 0);
	d->target.stride = STRIDE;
	assert_int_equal(exynos_gem_create(d->fd, SIZE, 0, &d->target.handle), 0);
	d->pixels = exynos_gem_mmap(d->fd, d->target.handle, SIZE);
	assert_non_null(d->pixels);
	/* a file keeps the memory of its command lists, from the first one on */
	assert_int_equal(g2d_fill(d->fd, &d->target, &pixel, 0), 0);
	d->mapped_bytes = virtual_engine_get("mapped_bytes");
	d->faults = virtual_engine_get("faults");
	*state = d;

	return 0;
}

static int
teardown(void **state)
{
	struct device *d = *state;

	assert_true(exynos_wait_pinned(d->fd, 0));
	assert_int_equal(process_pinned(), 0);
	assert_int_equal(virtual_engine_get("mapped_bytes"), d->mapped_bytes);
	munmap(d->pixels, SIZE);
	exynos_gem_close(d->fd, d->target.handle);
	close(d->fd);
	free(d);

	return 0;
}

static void
draw(void *memory, size_t size_bytes, uint32_t seed)
{
	uint32_t *pixels = memory;

	for (size_t i = 0; i < size_bytes / 4; i++)
		pixels[i] = seed ^ (uint32_t)i * 2654435761u;
}

static bool
is_drawn(const void *memory, size_t size_bytes, uint32_t seed)
{
	const uint32_t *pixels = memory;

	for (size_t i = 0; i < size_bytes / 4; i++) {
		if (pixels[i] != (seed ^ (uint32_t)i * 2654435761u))
			return false;
	}

	return true;
}

/* Nothing is pinned, counted or mapped for it. */
static void
assert_refused(struct device *d, const void *memory, size_t size_bytes, uint32_t flags)
{
	uint32_t handle = 0;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, size_bytes, flags, &handle), -ENXIO);
	assert_int_equal(handle, 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	assert_int_equal(process_pinned(), 0);
	assert_int_equal(virtual_engine_get("mapped_bytes"), d->mapped_bytes);
}

static struct g2d_image
import(struct device *d, const void *memory, size_t size_bytes)
{
	struct g2d_image image = { 0, STRIDE };
	size_t offset = (uintptr_t)memory % PAGE;
	uint64_t object_bytes;
	uint32_t flags;

	assert_int_equal(exynos_gem_userptr_shared(d->fd, memory, size_bytes, &image.handle), 0);
	assert_int_equal(exynos_gem_get(d->fd, image.handle, &object_bytes, &flags), 0);
	assert_int_equal(object_bytes, (offset + size_bytes + PAGE - 1) / PAGE * PAGE);
	assert_false(flags & EXYNOS_BO_NONCONTIG);

	return image;
}

/* The engine reads what was drawn, and writes what is seen after a sync. */
static void
check_both_ways(struct device *d, void *memory, size_t size_bytes)
{
	size_t offset = (uintptr_t)memory % PAGE;
	const struct g2d_box box = { 0, (int)(offset / STRIDE), WIDTH,
				     (int)((offset + size_bytes) / STRIDE) };
	unsigned char *target = (unsigned char *)d->pixels + offset;
	struct g2d_image image;
	int dmabuf;

	assert_int_equal(offset % STRIDE + size_bytes % STRIDE, 0);
	draw(memory, size_bytes, 1);
	image = import(d, memory, size_bytes);
	dmabuf = exynos_prime_export(d->fd, image.handle, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	memset(d->pixels, 0xee, SIZE);
	assert_int_equal(g2d_copy(d->fd, &d->target, &box, &image, &box), 0);
	assert_true(is_drawn(target, size_bytes, 1));

	draw(target, size_bytes, 2);
	assert_int_equal(g2d_copy(d->fd, &image, &box, &d->target, &box), 0);
	assert_int_equal(exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW), 0);
	assert_true(is_drawn(memory, size_bytes, 2));
	assert_int_equal(exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW), 0);
	assert_int_equal(virtual_engine_get("faults"), d->faults);

	close(dmabuf);
	assert_int_equal(exynos_gem_close(d->fd, image.handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
}

static void
test_single_page(void **state)
{
	struct device *d = *state;
	void *memory = page_frames_map_contiguous(1);

	check_both_ways(d, memory, PAGE);
	munmap(memory, PAGE);
}

static void
test_contiguous_pages(void **state)
{
	struct device *d = *state;
	void *memory = page_frames_map_contiguous(PAGES);

	check_both_ways(d, memory, SIZE);
	munmap(memory, SIZE);
}

/* Bus addresses are what the memory has. */
static void
test_bus_address_is_the_page_frame(void **state)
{
	skip_without_engine("fault_in");

	struct device *d = *state;
	void *memory = page_frames_map_contiguous(2);
	struct g2d_image image;

	draw(memory, 2 * PAGE, 3);
	image = import(d, memory, 2 * PAGE);
	assert_int_equal(bus_address_find(d->fd, &image), page_frame(memory) * PAGE);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, 2 * PAGE);
}

static void
test_pages_that_are_not_contiguous(void **state)
{
	static const size_t orders[][3] = {
		{ 0, 2, 1 }, { 1, 0, 2 }, { 2, 1, 0 }, { 1, 2, 0 }, { 2, 0, 1 },
	};
	struct device *d = *state;

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		void *memory = page_frames_map(orders[i], 3);

		assert_refused(d, memory, 3 * PAGE, 0);
		assert_refused(d, memory, 3 * PAGE, EXYNOS_BO_READONLY);
		munmap(memory, 3 * PAGE);
	}
}

/* What counts are the pages that the range touches, each of which can be had alone. */
static void
test_parts_of_pages(void **state)
{
	static const size_t gap[] = { 0, 1, 3, 2 };
	struct device *d = *state;
	unsigned char *memory = page_frames_map(gap, 4);

	/* within the first two, from within the first to within the second */
	check_both_ways(d, memory + STRIDE, PAGE - STRIDE);
	check_both_ways(d, memory + STRIDE, 2 * PAGE - 3 * STRIDE);
	check_both_ways(d, memory + PAGE - STRIDE, 2 * STRIDE);
	for (size_t i = 0; i < 4; i++)
		check_both_ways(d, memory + i * PAGE, PAGE);

	assert_refused(d, memory + 2 * PAGE - 1, 2, 0);
	assert_refused(d, memory + 3 * PAGE - STRIDE, 2 * STRIDE, 0);
	assert_refused(d, memory, 2 * PAGE + 1, 0);
	munmap(memory, 4 * PAGE);
}

static bool
is_filled(const uint32_t *pixels, size_t size_bytes, uint32_t color)
{
	for (size_t i = 0; i < size_bytes / 4; i++) {
		if (pixels[i] != color)
			return false;
	}

	return true;
}

/*
 * Larger than the allocator's largest block, too, and whatever flags it has. The engine, which has
 * one address, writes to all that the CPU has mapped.
 */
static void
test_gem_objects_are_contiguous(void **state)
{
	static const size_t sizes[] = { PAGE, 3 * PAGE, 1360 * 768 * 4, 9 << 20 };
	struct device *d = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		/* a row is a page */
		const struct g2d_box box = { 0, 0, PAGE / 4, (int)(sizes[i] / PAGE) };
		struct g2d_image image = { 0, PAGE };
		uint64_t size_bytes;
		uint32_t *pixels, flags;

		assert_int_equal(
			exynos_gem_create(d->fd, sizes[i], EXYNOS_BO_NONCONTIG, &image.handle), 0);
		assert_int_equal(exynos_gem_get(d->fd, image.handle, &size_bytes, &flags), 0);
		assert_false(flags & EXYNOS_BO_NONCONTIG);
		pixels = exynos_gem_mmap(d->fd, image.handle, sizes[i]);
		assert_non_null(pixels);
		assert_true(is_filled(pixels, sizes[i], 0));
		assert_int_equal(g2d_fill(d->fd, &image, &box, 0x01020304), 0);
		assert_true(is_filled(pixels, sizes[i], 0x01020304));
		munmap(pixels, sizes[i]);
		exynos_gem_close(d->fd, image.handle);
	}
	assert_int_equal(virtual_engine_get("faults"), d->faults);
}

/* A list that fills memory which it names by its address; the descriptor's has 32 bits. */
static int
submit_fill_address(struct device *d, struct drm_exynos_g2d_userptr *descriptor, void *memory,
		    size_t size_bytes, uint32_t color)
{
	const struct g2d_image image = { (uint32_t)(uintptr_t)descriptor, STRIDE };
	const struct g2d_box box = { 0, 0, WIDTH, (int)(size_bytes / STRIDE) };
	struct g2d_list list;

	*descriptor = (struct drm_exynos_g2d_userptr){ (unsigned long)memory, size_bytes };
	g2d_list_fill(&list, &image, &box, color);
	for (uint32_t i = 0; i < list.n_bufs; i++) {
		if (list.bufs[i].offset == G2D_DST_BASE_ADDR)
			list.bufs[i].offset |= G2D_BUF_USERPTR;
	}

	return g2d_submit(d->fd, &list);
}

static void
test_memory_by_address(void **state)
{
	static const size_t swapped[] = { 1, 0 };
	struct device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = g2d_map_descriptors();
	uint32_t *memory = page_frames_map_contiguous(2);
	uint32_t *scattered = page_frames_map(swapped, 2);

	assert_int_equal(submit_fill_address(d, descriptor, memory, 2 * PAGE, 0x05060708), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	for (size_t i = 0; i < 2 * PAGE / 4; i++)
		assert_int_equal(memory[i], 0x05060708);
	assert_true(exynos_wait_pinned(d->fd, 0));

	assert_int_equal(submit_fill_address(d, descriptor, scattered, 2 * PAGE, 1), -ENXIO);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	assert_int_equal(process_pinned(), 0);
	assert_int_equal(virtual_engine_get("mapped_bytes"), d->mapped_bytes);

	/* the list was given back: all of them are still there */
	for (int i = 0; i < 2 * G2D_LISTS; i++)
		assert_int_equal(submit_fill_address(d, descriptor, scattered, 2 * PAGE, 1),
				 -ENXIO);
	assert_int_equal(
		g2d_fill(d->fd, &d->target, &(struct g2d_box){ 0, 0, WIDTH, PAGES * PAGE_ROWS }, 4),
		0);
	assert_int_equal(virtual_engine_get("faults"), d->faults);
	munmap(scattered, 2 * PAGE);
	munmap(memory, 2 * PAGE);
	munmap(descriptor, PAGE);
}

/* The same pages as several objects, and the memory with its neighbours intact when they go. */
static void
test_pages_of_several_objects(void **state)
{
	struct device *d = *state;
	unsigned char *memory = page_frames_map_contiguous(3);
	const struct g2d_box box = { 0, 0, WIDTH, 2 * PAGE_ROWS };
	struct g2d_image first, second;

	draw(memory, 3 * PAGE, 5);
	first = import(d, memory, 2 * PAGE);
	second = import(d, memory + PAGE, 2 * PAGE);
	assert_int_equal(exynos_gem_close(d->fd, first.handle), 0);
	assert_int_equal(g2d_copy(d->fd, &d->target, &box, &second, &box), 0);
	assert_memory_equal(d->pixels, memory + PAGE, 2 * PAGE);
	assert_int_equal(virtual_engine_get("faults"), d->faults);
	assert_int_equal(exynos_gem_close(d->fd, second.handle), 0);
	assert_true(is_drawn(memory, 3 * PAGE, 5));
	munmap(memory, 3 * PAGE);
}

#define BOUNCE "/sys/module/fimg2d/parameters/bounce"

static void
set_bounce(bool bounce)
{
	FILE *file = fopen(BOUNCE, "we");

	assert_non_null(file);
	assert_true(fputs(bounce ? "1" : "0", file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* The engine would have a copy of the memory, and draw into that. */
static void
test_memory_that_is_bounced(void **state)
{
	skip_without_file(BOUNCE);

	struct device *d = *state;
	unsigned char *memory = page_frames_map_contiguous(2);

	set_bounce(true);
	assert_refused(d, memory, PAGE, 0);
	assert_refused(d, memory + 16, 2 * PAGE - 32, 0);
	assert_refused(d, memory, 2 * PAGE, EXYNOS_BO_READONLY);
	set_bounce(false);
	check_both_ways(d, memory, 2 * PAGE);
	munmap(memory, 2 * PAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_single_page),
		TEST(test_contiguous_pages),
		TEST(test_bus_address_is_the_page_frame),
		TEST(test_pages_that_are_not_contiguous),
		TEST(test_parts_of_pages),
		TEST(test_gem_objects_are_contiguous),
		TEST(test_memory_by_address),
		TEST(test_pages_of_several_objects),
		TEST(test_memory_that_is_bounced),
	};

	if (exynos_has_iommu())
		return skip_all("the engine is behind an IOMMU");
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("no IOMMU", tests, NULL, NULL);
}
