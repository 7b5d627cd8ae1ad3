// SPDX-License-Identifier: MIT
/*
 * User memory as the engine sees it: read and written by it, by handle and through dma-bufs, and
 * held while a job uses it.
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

#include "child.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "virtual-engine.h"

/* an odd size, and lines that are no power of two */
enum {
	WIDTH = 123,
	HEIGHT = 77,
	STRIDE = 4 * WIDTH,
	SIZE = STRIDE * HEIGHT,
};

static const struct g2d_box whole = { 0, 0, WIDTH, HEIGHT };

struct device {
	int fd;
	size_t page;
	/* what the engine copies to, or from */
	struct g2d_image target;
	uint32_t *pixels;
};

static int
setup(void **state)
{
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->page = (size_t)sysconf(_SC_PAGESIZE);
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(d->fd >= 0);
	d->target.stride = STRIDE;
	assert_int_equal(exynos_gem_create(d->fd, SIZE, 0, &d->target.handle), 0);
	d->pixels = exynos_gem_mmap(d->fd, d->target.handle, SIZE);
	assert_non_null(d->pixels);
	memset(d->pixels, 0xee, SIZE);
	*state = d;

	return 0;
}

static int
teardown(void **state)
{
	struct device *d = *state;

	assert_int_equal(virtual_engine_set("hold", 0), 0);
	munmap(d->pixels, SIZE);
	exynos_gem_close(d->fd, d->target.handle);
	assert_true(exynos_wait_pinned(d->fd, 0));
	close(d->fd);
	free(d);

	return 0;
}

/* Every pixel is another one. */
static uint32_t
pattern(int x, int y, uint32_t seed)
{
	return seed ^ (uint32_t)(y * 65536 + x) * 2654435761u;
}

static void
draw(uint32_t *pixels, uint32_t seed)
{
	for (int y = 0; y < HEIGHT; y++) {
		for (int x = 0; x < WIDTH; x++)
			pixels[y * WIDTH + x] = pattern(x, y, seed);
	}
}

static bool
is_drawn(const uint32_t *pixels, uint32_t seed)
{
	for (int y = 0; y < HEIGHT; y++) {
		for (int x = 0; x < WIDTH; x++) {
			if (pixels[y * WIDTH + x] != pattern(x, y, seed))
				return false;
		}
	}

	return true;
}

static uint32_t *
map_pages(size_t size_bytes)
{
	void *map =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(map, MAP_FAILED);

	return map;
}

static struct g2d_image
import(struct device *d, const void *memory, size_t size_bytes)
{
	struct g2d_image image = { 0, STRIDE };

	assert_int_equal(exynos_gem_userptr(d->fd, memory, size_bytes, 0, &image.handle), 0);

	return image;
}

static int export(struct device *d, const struct g2d_image *image)
{
	int dmabuf = exynos_prime_export(d->fd, image->handle, O_CLOEXEC | O_RDWR);

	assert_true(dmabuf >= 0);

	return dmabuf;
}

static void
sync_dmabuf(int dmabuf, uint64_t flags)
{
	assert_int_equal(exynos_dmabuf_sync(dmabuf, flags), 0);
}

static void
test_engine_reads_it(void **state)
{
	struct device *d = *state;
	uint32_t *memory = map_pages(SIZE);
	struct g2d_image source;

	/* drawn before the import, which makes it visible */
	draw(memory, 1);
	source = import(d, memory, SIZE);
	assert_int_equal(g2d_copy(d->fd, &d->target, &whole, &source, &whole), 0);
	assert_true(is_drawn(d->pixels, 1));
	exynos_gem_close(d->fd, source.handle);
	munmap(memory, SIZE);
}

static void
test_engine_reads_what_was_drawn_after_the_import(void **state)
{
	struct device *d = *state;
	uint32_t *memory = map_pages(SIZE);
	struct g2d_image source = import(d, memory, SIZE);
	int dmabuf = export(d, &source);

	for (uint32_t frame = 1; frame < 20; frame++) {
		sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
		draw(memory, frame);
		sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
		assert_int_equal(g2d_copy(d->fd, &d->target, &whole, &source, &whole), 0);
		assert_true(is_drawn(d->pixels, frame));
	}
	close(dmabuf);
	exynos_gem_close(d->fd, source.handle);
	munmap(memory, SIZE);
}

static void
test_engine_writes_it(void **state)
{
	struct device *d = *state;
	uint32_t *memory = map_pages(SIZE);
	struct g2d_image target = import(d, memory, SIZE);
	int dmabuf = export(d, &target);

	draw(d->pixels, 7);
	assert_int_equal(g2d_copy(d->fd, &target, &whole, &d->target, &whole), 0);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	assert_true(is_drawn(memory, 7));
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	close(dmabuf);
	exynos_gem_close(d->fd, target.handle);
	munmap(memory, SIZE);
}

static void
test_engine_writes_nothing_but_the_box(void **state)
{
	struct device *d = *state;
	const struct g2d_box box = { 5, 3, 100, 70 };
	uint32_t *memory = map_pages(SIZE);
	struct g2d_image target;
	int dmabuf;

	draw(memory, 3);
	target = import(d, memory, SIZE);
	dmabuf = export(d, &target);
	assert_int_equal(g2d_fill(d->fd, &target, &box, 0x80402010), 0);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	for (int y = 0; y < HEIGHT; y++) {
		for (int x = 0; x < WIDTH; x++) {
			bool inside =
				x >= box.left && x < box.right && y >= box.top && y < box.bottom;

			assert_int_equal(memory[y * WIDTH + x],
					 inside ? 0x80402010 : pattern(x, y, 3));
		}
	}
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	close(dmabuf);
	exynos_gem_close(d->fd, target.handle);
	munmap(memory, SIZE);
}

/* From user memory to user memory: what a CPU renderer and a CPU encoder would do. */
static void
test_engine_copies_from_it_to_it(void **state)
{
	struct device *d = *state;
	uint32_t *from = map_pages(SIZE), *to = map_pages(SIZE);
	struct g2d_image source, target = import(d, to, SIZE);
	int dmabuf = export(d, &target);

	draw(from, 11);
	source = import(d, from, SIZE);
	assert_int_equal(g2d_copy(d->fd, &target, &whole, &source, &whole), 0);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	assert_true(is_drawn(to, 11));
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
	close(dmabuf);
	exynos_gem_close(d->fd, source.handle);
	exynos_gem_close(d->fd, target.handle);
	munmap(from, SIZE);
	munmap(to, SIZE);
}

/* The object begins at the page, the image where malloc() has put it: the x offset makes up for it. */
static void
test_image_that_begins_within_a_page(void **state)
{
	struct device *d = *state;
	const int offsets[] = { 4, 16, 100, 1000, (int)d->page - 4 };
	size_t mapped = SIZE + 2 * d->page;
	char *pages = (char *)map_pages(mapped);

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		/* one line: what the offset does to the following ones is up to the stride */
		const struct g2d_box line = { 0, 0, WIDTH, 1 };
		const struct g2d_box box = { offsets[i] / 4, 0, offsets[i] / 4 + WIDTH, 1 };
		uint32_t *memory = (uint32_t *)(pages + offsets[i]);
		struct g2d_image source;
		int dmabuf;

		source = import(d, memory, STRIDE);
		dmabuf = export(d, &source);
		sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
		for (int x = 0; x < WIDTH; x++)
			memory[x] = pattern(x, 0, (uint32_t)i);
		sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);

		assert_int_equal(g2d_copy(d->fd, &d->target, &line, &source, &box), 0);
		for (int x = 0; x < WIDTH; x++)
			assert_int_equal(d->pixels[x], pattern(x, 0, (uint32_t)i));
		close(dmabuf);
		exynos_gem_close(d->fd, source.handle);
	}
	munmap(pages, mapped);
}

/* The last byte of a range that straddles one page more than its size tells. */
static void
test_tail_of_a_range_that_straddles_pages(void **state)
{
	struct device *d = *state;
	char *pages = (char *)map_pages(3 * d->page);
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
	struct device *d = *state;
	const int lines = (int)((SIZE + d->page - 1) / d->page * d->page / STRIDE);
	const struct g2d_box fits = { 0, 0, WIDTH, lines }, beyond = { 0, 0, WIDTH, lines + 1 };
	uint32_t *memory = map_pages(SIZE + d->page);
	struct g2d_image image = import(d, memory, SIZE);

	assert_int_equal(g2d_fill(d->fd, &image, &fits, 1), 0);
	assert_int_equal(g2d_fill(d->fd, &image, &beyond, 1), -EFAULT);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, SIZE + d->page);
}

static void
test_import_in_a_second_file_is_the_same_memory(void **state)
{
	struct device *d = *state;
	uint32_t *memory = map_pages(SIZE);
	struct g2d_image image = import(d, memory, SIZE), same = { 0, STRIDE };
	int second = exynos_open(EXYNOS_RENDER_NODE), dmabuf = export(d, &image);
	uint64_t size;
	uint32_t flags;

	assert_true(second >= 0);
	assert_int_equal(exynos_prime_import(second, dmabuf, &same.handle), 0);
	assert_int_equal(exynos_gem_get(second, same.handle, &size, &flags), 0);
	assert_int_equal(size, (SIZE + d->page - 1) / d->page * d->page);
	assert_true(flags & EXYNOS_BO_USERPTR);

	assert_int_equal(g2d_fill(second, &same, &whole, 0x11223344), 0);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	for (int i = 0; i < WIDTH * HEIGHT; i++)
		assert_int_equal(memory[i], 0x11223344);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);

	close(dmabuf);
	close(second);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, SIZE);
}

static void
test_mapping_of_the_dmabuf_shows_what_the_engine_wrote(void **state)
{
	struct device *d = *state;
	uint32_t *memory = map_pages(SIZE), *map;
	struct g2d_image image = import(d, memory, SIZE);
	int dmabuf = export(d, &image);

	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(munmap(memory, SIZE), 0);

	draw(d->pixels, 23);
	assert_int_equal(g2d_copy(d->fd, &image, &whole, &d->target, &whole), 0);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	assert_true(is_drawn(map, 23));
	draw(map, 24);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	assert_int_equal(g2d_copy(d->fd, &d->target, &whole, &image, &whole), 0);
	assert_true(is_drawn(d->pixels, 24));

	munmap(map, SIZE);
	close(dmabuf);
	exynos_gem_close(d->fd, image.handle);
}

static void
test_sync_takes_every_direction_and_nothing_else(void **state)
{
	struct device *d = *state;
	const uint64_t accesses[] = { DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW };
	uint32_t *memory = map_pages(SIZE);
	struct g2d_image image = import(d, memory, SIZE);
	int dmabuf = export(d, &image);

	for (int i = 0; i < 3; i++) {
		sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | accesses[i]);
		sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | accesses[i]);
	}
	assert_int_equal(exynos_dmabuf_sync(dmabuf, 0), -EINVAL);
	assert_int_equal(exynos_dmabuf_sync(dmabuf, 1 << 3 | DMA_BUF_SYNC_RW), -EINVAL);
	close(dmabuf);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, SIZE);
}

/* One job that copies the image to the target, held before its first access. */
static void
start_held_copy(struct device *d, const struct g2d_image *source)
{
	struct g2d_list list;

	assert_int_equal(virtual_engine_set("hold", 1), 0);
	g2d_list_copy(&list, &d->target, &whole, source, &whole);
	assert_int_equal(g2d_submit_event(d->fd, &list, 42), 0);
	assert_int_equal(g2d_exec(d->fd, true), 0);
	assert_true(virtual_engine_wait_busy(true));
}

static void
finish_held_copy(struct device *d)
{
	struct drm_exynos_g2d_event event;

	assert_int_equal(virtual_engine_set("hold", 0), 0);
	assert_int_equal(g2d_read_event(d->fd, &event), 0);
	assert_int_equal(event.user_data, 42);
}

static void
test_munmap_and_close_while_the_engine_reads(void **state)
{
	struct device *d = *state;
	uint32_t *memory = map_pages(SIZE);
	struct g2d_image source;
	uint64_t pinned;

	draw(memory, 31);
	source = import(d, memory, SIZE);
	pinned = exynos_userptr_pinned(d->fd);
	start_held_copy(d, &source);

	assert_int_equal(munmap(memory, SIZE), 0);
	assert_int_equal(exynos_gem_close(d->fd, source.handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), pinned);

	finish_held_copy(d);
	assert_true(is_drawn(d->pixels, 31));
	assert_true(exynos_wait_pinned(d->fd, 0));
}

static void
test_handle_closed_before_the_job_runs(void **state)
{
	struct device *d = *state;
	uint32_t *memory = map_pages(SIZE);
	struct g2d_image source;
	struct g2d_list list;

	draw(memory, 37);
	source = import(d, memory, SIZE);
	g2d_list_copy(&list, &d->target, &whole, &source, &whole);
	assert_int_equal(g2d_submit(d->fd, &list), 0);
	assert_int_equal(exynos_gem_close(d->fd, source.handle), 0);
	assert_int_equal(munmap(memory, SIZE), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_true(is_drawn(d->pixels, 37));
}

static int
write_the_parents_memory(void *memory)
{
	memset(memory, 0xff, SIZE);

	return 0;
}

static void
test_fork_while_the_engine_reads(void **state)
{
	struct device *d = *state;
	uint32_t *memory = map_pages(SIZE);
	struct g2d_image source;

	draw(memory, 41);
	source = import(d, memory, SIZE);
	start_held_copy(d, &source);
	assert_int_equal(child_run(write_the_parents_memory, memory), 0);
	finish_held_copy(d);
	assert_true(is_drawn(d->pixels, 41));
	assert_true(is_drawn(memory, 41));
	exynos_gem_close(d->fd, source.handle);
	munmap(memory, SIZE);
}

struct reader {
	struct child_gate ready;
};

/* Everything of this process goes while its job is held: memory, files, mappings. */
static int
die_while_the_engine_reads(void *data)
{
	struct reader *reader = data;
	struct g2d_image source = { 0, STRIDE }, target = { 0, STRIDE };
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	uint32_t *memory = map_pages(SIZE);
	struct g2d_list list;

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(exynos_gem_userptr(fd, memory, SIZE, 0, &source.handle) == 0);
	CHILD_CHECK(exynos_gem_create(fd, SIZE, 0, &target.handle) == 0);
	g2d_list_copy(&list, &target, &whole, &source, &whole);
	CHILD_CHECK(virtual_engine_set("hold", 1) == 0);
	CHILD_CHECK(g2d_submit_event(fd, &list, 1) == 0);
	CHILD_CHECK(g2d_exec(fd, true) == 0);
	CHILD_CHECK(virtual_engine_wait_busy(true));
	CHILD_CHECK(child_gate_post(&reader->ready) == 0);
	pause();

	return __LINE__;
}

/* The engine never answers: the driver resets it, lets the memory go, and serves the next one. */
static void
test_sigkill_while_the_engine_reads(void **state)
{
	struct device *d = *state;
	struct reader reader;
	pid_t pid;

	assert_int_equal(child_gate_init(&reader.ready), 0);
	pid = child_start(die_while_the_engine_reads, &reader);
	assert_int_equal(child_gate_wait(&reader.ready), 0);
	child_kill(pid);
	assert_true(exynos_wait_pinned(d->fd, 0));
	assert_int_equal(virtual_engine_set("hold", 0), 0);

	assert_int_equal(g2d_fill(d->fd, &d->target, &whole, 0x55667788), 0);
	assert_int_equal(d->pixels[0], 0x55667788);
	child_gate_fini(&reader.ready);
}

/*
 * The old way: the list refers to a descriptor of the memory, whose address has 32 bits. In a list
 * that copies the memory to the target.
 */
static int
submit_copy_from_address(struct device *d, struct drm_exynos_g2d_userptr *descriptor,
			 const void *memory, size_t size_bytes)
{
	const struct g2d_image source = { (uint32_t)(uintptr_t)descriptor, STRIDE };
	struct g2d_list list;

	*descriptor = (struct drm_exynos_g2d_userptr){ (unsigned long)memory, size_bytes };
	g2d_list_copy(&list, &d->target, &whole, &source, &whole);
	for (uint32_t i = 0; i < list.n_bufs; i++) {
		if (list.bufs[i].offset == G2D_SRC_BASE_ADDR)
			list.bufs[i].offset |= G2D_BUF_USERPTR;
	}

	return g2d_submit(d->fd, &list);
}

static struct drm_exynos_g2d_userptr *
map_descriptor(struct device *d)
{
	void *map = mmap(NULL, d->page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	assert_ptr_not_equal(map, MAP_FAILED);

	return map;
}

static void
test_list_with_an_address(void **state)
{
	struct device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = map_descriptor(d);
	char *pages = (char *)map_pages(SIZE + d->page);

	for (size_t offset = 0; offset < d->page; offset += 332) {
		uint32_t *memory = (uint32_t *)(pages + offset);

		draw(memory, (uint32_t)offset);
		assert_int_equal(submit_copy_from_address(d, descriptor, memory, SIZE), 0);
		assert_int_not_equal(exynos_userptr_pinned(d->fd), 0);
		assert_int_equal(g2d_exec(d->fd, false), 0);
		assert_true(is_drawn(d->pixels, (uint32_t)offset));
		assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	}
	munmap(pages, SIZE + d->page);
	munmap(descriptor, d->page);
}

static void
test_list_with_an_address_that_has_other_memory_now(void **state)
{
	struct device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = map_descriptor(d);
	uint32_t *memory = map_pages(SIZE);

	for (uint32_t n = 0; n < 3; n++) {
		draw(memory, 51 + n);
		assert_int_equal(submit_copy_from_address(d, descriptor, memory, SIZE), 0);
		assert_int_equal(g2d_exec(d->fd, false), 0);
		assert_true(is_drawn(d->pixels, 51 + n));

		assert_int_equal(munmap(memory, SIZE), 0);
		assert_ptr_equal(mmap(memory, SIZE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
				 memory);
	}
	munmap(memory, SIZE);
	munmap(descriptor, d->page);
}

static void
test_list_with_an_address_keeps_to_the_limit(void **state)
{
	struct device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = map_descriptor(d);
	const size_t limit = 16 << 20;
	char *memory = (char *)map_pages(limit + d->page);

	assert_int_equal(submit_copy_from_address(d, descriptor, memory, limit + 1), -EINVAL);
	assert_int_equal(submit_copy_from_address(d, descriptor, memory, 0), -EINVAL);
	assert_int_equal(submit_copy_from_address(d, descriptor, memory, SIZE - 1), -EFAULT);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);

	assert_int_equal(submit_copy_from_address(d, descriptor, memory, limit), 0);
	assert_int_equal(submit_copy_from_address(d, descriptor, memory, SIZE), -EINVAL);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_int_equal(submit_copy_from_address(d, descriptor, memory, SIZE), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	munmap(memory, limit + d->page);
	munmap(descriptor, d->page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_engine_reads_it),
		TEST(test_engine_reads_what_was_drawn_after_the_import),
		TEST(test_engine_writes_it),
		TEST(test_engine_writes_nothing_but_the_box),
		TEST(test_engine_copies_from_it_to_it),
		TEST(test_image_that_begins_within_a_page),
		TEST(test_tail_of_a_range_that_straddles_pages),
		TEST(test_blit_beyond_the_object_is_refused),
		TEST(test_import_in_a_second_file_is_the_same_memory),
		TEST(test_mapping_of_the_dmabuf_shows_what_the_engine_wrote),
		TEST(test_sync_takes_every_direction_and_nothing_else),
		TEST(test_munmap_and_close_while_the_engine_reads),
		TEST(test_handle_closed_before_the_job_runs),
		TEST(test_fork_while_the_engine_reads),
		TEST(test_sigkill_while_the_engine_reads),
		TEST(test_list_with_an_address),
		TEST(test_list_with_an_address_that_has_other_memory_now),
		TEST(test_list_with_an_address_keeps_to_the_limit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("userptr and G2D", tests, NULL, NULL);
}
