// SPDX-License-Identifier: MIT
/*
 * User memory as the engine sees it: read and written by it, by handle and by address.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>

#include "exynos-device.h"
#include "userptr-fixture.h"

static void
test_engine_reads_it(void **state)
{
	struct userptr_device *d = *state;
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	struct g2d_image source;

	/* drawn before the import, which makes it visible */
	image_draw(memory, 1);
	source = image_import(d, memory, IMAGE_SIZE);
	assert_int_equal(g2d_copy(d->fd, &d->target, &image_whole, &source, &image_whole), 0);
	assert_true(image_is_drawn(d->pixels, 1));
	exynos_gem_close(d->fd, source.handle);
	munmap(memory, IMAGE_SIZE);
}

static void
test_engine_reads_what_was_drawn_after_the_import(void **state)
{
	struct userptr_device *d = *state;
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	struct g2d_image source = image_import(d, memory, IMAGE_SIZE);
	int dmabuf = object_export(d->fd, source.handle);

	for (uint32_t frame = 1; frame < 20; frame++) {
		sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
		image_draw(memory, frame);
		sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
		assert_int_equal(g2d_copy(d->fd, &d->target, &image_whole, &source, &image_whole),
				 0);
		assert_true(image_is_drawn(d->pixels, frame));
	}
	close(dmabuf);
	exynos_gem_close(d->fd, source.handle);
	munmap(memory, IMAGE_SIZE);
}

static void
test_engine_writes_it(void **state)
{
	struct userptr_device *d = *state;
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	struct g2d_image target = image_import(d, memory, IMAGE_SIZE);
	int dmabuf = object_export(d->fd, target.handle);

	image_draw(d->pixels, 7);
	assert_int_equal(g2d_copy(d->fd, &target, &image_whole, &d->target, &image_whole), 0);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	assert_true(image_is_drawn(memory, 7));
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	close(dmabuf);
	exynos_gem_close(d->fd, target.handle);
	munmap(memory, IMAGE_SIZE);
}

static void
test_engine_writes_nothing_but_the_box(void **state)
{
	struct userptr_device *d = *state;
	const struct g2d_box box = { 5, 3, 100, 70 };
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	struct g2d_image target;
	int dmabuf;

	image_draw(memory, 3);
	target = image_import(d, memory, IMAGE_SIZE);
	dmabuf = object_export(d->fd, target.handle);
	assert_int_equal(g2d_fill(d->fd, &target, &box, 0x80402010), 0);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	for (int y = 0; y < IMAGE_HEIGHT; y++) {
		for (int x = 0; x < IMAGE_WIDTH; x++) {
			bool inside =
				x >= box.left && x < box.right && y >= box.top && y < box.bottom;

			assert_int_equal(memory[y * IMAGE_WIDTH + x],
					 inside ? 0x80402010 : image_pixel(x, y, 3));
		}
	}
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	close(dmabuf);
	exynos_gem_close(d->fd, target.handle);
	munmap(memory, IMAGE_SIZE);
}

/* From user memory to user memory: what a CPU renderer and a CPU encoder would do. */
static void
test_engine_copies_from_it_to_it(void **state)
{
	struct userptr_device *d = *state;
	uint32_t *from = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE),
		 *to = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	struct g2d_image source, target = image_import(d, to, IMAGE_SIZE);
	int dmabuf = object_export(d->fd, target.handle);

	image_draw(from, 11);
	source = image_import(d, from, IMAGE_SIZE);
	assert_int_equal(g2d_copy(d->fd, &target, &image_whole, &source, &image_whole), 0);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	assert_true(image_is_drawn(to, 11));
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	close(dmabuf);
	exynos_gem_close(d->fd, source.handle);
	exynos_gem_close(d->fd, target.handle);
	munmap(from, IMAGE_SIZE);
	munmap(to, IMAGE_SIZE);
}

/* The object begins at the page, the image where malloc() has put it: by the x offset. */
static void
test_image_that_begins_within_a_page(void **state)
{
	struct userptr_device *d = *state;
	const int offsets[] = { 4, 16, 100, 1000, (int)d->page - 4 };
	size_t mapped = IMAGE_SIZE + 2 * d->page;
	char *pages = map_anonymous(mapped, PROT_READ | PROT_WRITE);

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		/* one line: what the offset does to the following ones is up to the stride */
		const struct g2d_box line = { 0, 0, IMAGE_WIDTH, 1 };
		const struct g2d_box box = { offsets[i] / 4, 0, offsets[i] / 4 + IMAGE_WIDTH, 1 };
		uint32_t *memory = (uint32_t *)(pages + offsets[i]);
		struct g2d_image source;
		int dmabuf;

		source = image_import(d, memory, IMAGE_STRIDE);
		dmabuf = object_export(d->fd, source.handle);
		sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
		for (int x = 0; x < IMAGE_WIDTH; x++)
			memory[x] = image_pixel(x, 0, (uint32_t)i);
		sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);

		assert_int_equal(g2d_copy(d->fd, &d->target, &line, &source, &box), 0);
		for (int x = 0; x < IMAGE_WIDTH; x++)
			assert_int_equal(d->pixels[x], image_pixel(x, 0, (uint32_t)i));
		close(dmabuf);
		exynos_gem_close(d->fd, source.handle);
	}
	munmap(pages, mapped);
}

/* The last byte of a range that straddles one page more than its size tells. */
static void
test_tail_of_a_range_that_straddles_pages(void **state)
{
	struct userptr_device *d = *state;
	char *pages = map_anonymous(3 * d->page, PROT_READ | PROT_WRITE);
	/* a page's worth of pixels, from the last pixel of one page on */
	uint32_t *memory = (uint32_t *)(pages + d->page - 4);
	int row = (int)d->page / 4;
	const struct g2d_box last = { row - 2, 1, row - 1, 2 }, corner = { 0, 0, 1, 1 };
	struct g2d_image source = { 0, (uint32_t)d->page };
	uint64_t size;
	uint32_t flags;

	memory[row - 1] = 0xabcd1234;
	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->page, 0, &source.handle), 0);
	assert_int_equal(exynos_gem_get(d->fd, source.handle, &size, &flags), 0);
	assert_int_equal(size, 2 * d->page);
	assert_int_equal(g2d_copy(d->fd, &d->target, &corner, &source, &last), 0);
	assert_int_equal(d->pixels[0], 0xabcd1234);
	exynos_gem_close(d->fd, source.handle);
	munmap(pages, 3 * d->page);
}

static void
test_blit_beyond_the_object_is_refused(void **state)
{
	struct userptr_device *d = *state;
	const int lines = (int)((IMAGE_SIZE + d->page - 1) / d->page * d->page / IMAGE_STRIDE);
	const struct g2d_box fits = { 0, 0, IMAGE_WIDTH, lines },
			     beyond = { 0, 0, IMAGE_WIDTH, lines + 1 };
	uint32_t *memory = map_anonymous(IMAGE_SIZE + d->page, PROT_READ | PROT_WRITE);
	struct g2d_image image = image_import(d, memory, IMAGE_SIZE);

	assert_int_equal(g2d_fill(d->fd, &image, &fits, 1), 0);
	assert_int_equal(g2d_fill(d->fd, &image, &beyond, 1), -EFAULT);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, IMAGE_SIZE + d->page);
}

/*
 * The old way: the list refers to a descriptor of the memory, whose address has 32 bits. In a list
 * that copies the memory to the target.
 */
static int
submit_copy_from_address(struct userptr_device *d, struct drm_exynos_g2d_userptr *descriptor,
			 const void *memory, size_t size_bytes)
{
	const struct g2d_image source = { (uint32_t)(uintptr_t)descriptor, IMAGE_STRIDE };
	struct g2d_list list;

	*descriptor = (struct drm_exynos_g2d_userptr){ (unsigned long)memory, size_bytes };
	g2d_list_copy(&list, &d->target, &image_whole, &source, &image_whole);
	for (uint32_t i = 0; i < list.n_bufs; i++) {
		if (list.bufs[i].offset == G2D_SRC_BASE_ADDR)
			list.bufs[i].offset |= G2D_BUF_USERPTR;
	}

	return g2d_submit(d->fd, &list);
}

static void
test_list_with_an_address(void **state)
{
	struct userptr_device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = g2d_map_descriptors();
	char *pages = map_anonymous(IMAGE_SIZE + d->page, PROT_READ | PROT_WRITE);

	for (size_t offset = 0; offset < d->page; offset += 332) {
		uint32_t *memory = (uint32_t *)(pages + offset);

		image_draw(memory, (uint32_t)offset);
		assert_int_equal(submit_copy_from_address(d, descriptor, memory, IMAGE_SIZE), 0);
		assert_int_not_equal(exynos_userptr_pinned(d->fd), 0);
		assert_int_equal(g2d_exec(d->fd, false), 0);
		assert_true(image_is_drawn(d->pixels, (uint32_t)offset));
		assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	}
	munmap(pages, IMAGE_SIZE + d->page);
	munmap(descriptor, d->page);
}

static void
test_list_with_an_address_that_has_other_memory_now(void **state)
{
	struct userptr_device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = g2d_map_descriptors();
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);

	for (uint32_t n = 0; n < 3; n++) {
		image_draw(memory, 51 + n);
		assert_int_equal(submit_copy_from_address(d, descriptor, memory, IMAGE_SIZE), 0);
		assert_int_equal(g2d_exec(d->fd, false), 0);
		assert_true(image_is_drawn(d->pixels, 51 + n));

		assert_int_equal(munmap(memory, IMAGE_SIZE), 0);
		assert_ptr_equal(mmap(memory, IMAGE_SIZE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
				 memory);
	}
	munmap(memory, IMAGE_SIZE);
	munmap(descriptor, d->page);
}

/* A source need not be writable, a destination does. */
static void
test_list_with_an_address_of_memory_for_reading(void **state)
{
	struct userptr_device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = g2d_map_descriptors();
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	struct g2d_image target = { (uint32_t)(uintptr_t)descriptor, IMAGE_STRIDE };
	struct g2d_list list;

	image_draw(memory, 71);
	assert_int_equal(mprotect(memory, IMAGE_SIZE, PROT_READ), 0);
	assert_int_equal(submit_copy_from_address(d, descriptor, memory, IMAGE_SIZE), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_true(image_is_drawn(d->pixels, 71));

	g2d_list_fill(&list, &target, &image_whole, 1);
	for (uint32_t i = 0; i < list.n_bufs; i++)
		list.bufs[i].offset |= G2D_BUF_USERPTR;
	assert_int_equal(g2d_submit(d->fd, &list), -EFAULT);
	assert_true(image_is_drawn(memory, 71));
	munmap(memory, IMAGE_SIZE);
	munmap(descriptor, d->page);
}

static void
test_list_with_an_address_keeps_to_the_limit(void **state)
{
	struct userptr_device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = g2d_map_descriptors();
	const size_t limit = 16 << 20;
	char *memory = map_anonymous(limit + d->page, PROT_READ | PROT_WRITE);

	assert_int_equal(submit_copy_from_address(d, descriptor, memory, limit + 1), -EINVAL);
	assert_int_equal(submit_copy_from_address(d, descriptor, memory, 0), -EINVAL);
	assert_int_equal(submit_copy_from_address(d, descriptor, memory, IMAGE_SIZE - 1), -EFAULT);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);

	assert_int_equal(submit_copy_from_address(d, descriptor, memory, limit), 0);
	assert_int_equal(submit_copy_from_address(d, descriptor, memory, IMAGE_SIZE), -EINVAL);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_int_equal(submit_copy_from_address(d, descriptor, memory, IMAGE_SIZE), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	munmap(memory, limit + d->page);
	munmap(descriptor, d->page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, userptr_setup, userptr_teardown)
		TEST(test_engine_reads_it),
		TEST(test_engine_reads_what_was_drawn_after_the_import),
		TEST(test_engine_writes_it),
		TEST(test_engine_writes_nothing_but_the_box),
		TEST(test_engine_copies_from_it_to_it),
		TEST(test_image_that_begins_within_a_page),
		TEST(test_tail_of_a_range_that_straddles_pages),
		TEST(test_blit_beyond_the_object_is_refused),
		TEST(test_list_with_an_address),
		TEST(test_list_with_an_address_that_has_other_memory_now),
		TEST(test_list_with_an_address_of_memory_for_reading),
		TEST(test_list_with_an_address_keeps_to_the_limit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("userptr and G2D", tests, NULL, NULL);
}
