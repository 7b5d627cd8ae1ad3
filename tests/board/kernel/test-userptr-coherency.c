// SPDX-License-Identifier: MIT
/*
 * User memory on a board whose engine does not snoop the CPU's cache: what has to be synchronized
 * is, and nothing else is thrown away. Not for fimg2d.incoherent=0.
 */

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
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>

#include "child.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "virtual-engine.h"

/* one line, so that an image may begin at any pixel of a page; three pages with what is beside it */
enum {
	WIDTH = 2500,
	SIZE = 4 * WIDTH,
	PAGES = 4,
	OFFSET = 400,
};

static const struct g2d_box line = { 0, 0, WIDTH, 1 };

struct device {
	int fd;
	size_t page;
	/* in memory that is not cached, so all see the same */
	struct g2d_image target;
	uint32_t *pixels;
};

/* Part of some pages, the rest of which the process uses for something else. */
struct buffer {
	unsigned char *pages;
	size_t pages_size;
	uint32_t *pixels;
	size_t size;

	int fd; /* of the device */
	struct g2d_image image;
	struct g2d_box box;
	int dmabuf;
};

static int
setup(void **state)
{
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	assert_int_equal(virtual_engine_get("incoherent"), 1);
	d->page = (size_t)sysconf(_SC_PAGESIZE);
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(d->fd >= 0);
	d->target.stride = SIZE;
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
	close(d->fd);
	free(d);

	return 0;
}

static void
draw(uint32_t *pixels, size_t count, uint32_t seed)
{
	for (size_t i = 0; i < count; i++)
		pixels[i] = seed ^ (uint32_t)i * 2654435761u;
}

static bool
is_drawn(const uint32_t *pixels, size_t count, uint32_t seed)
{
	for (size_t i = 0; i < count; i++) {
		if (pixels[i] != (seed ^ (uint32_t)i * 2654435761u))
			return false;
	}

	return true;
}

static void
draw_buffer(struct buffer *b, uint32_t seed)
{
	draw(b->pixels, b->size / 4, seed);
}

static bool
buffer_is_drawn(const struct buffer *b, uint32_t seed)
{
	return is_drawn(b->pixels, b->size / 4, seed);
}

static bool
is_in_buffer(const struct buffer *b, size_t byte)
{
	size_t offset = (size_t)((unsigned char *)b->pixels - b->pages);

	return byte >= offset && byte < offset + b->size;
}

static void
write_neighbours(struct buffer *b, unsigned char value)
{
	for (size_t i = 0; i < b->pages_size; i++) {
		if (!is_in_buffer(b, i))
			b->pages[i] = (unsigned char)(value + i);
	}
}

static bool
neighbours_are(const struct buffer *b, unsigned char value)
{
	for (size_t i = 0; i < b->pages_size; i++) {
		if (!is_in_buffer(b, i) && b->pages[i] != (unsigned char)(value + i))
			return false;
	}

	return true;
}

static void
buffer_map(struct device *d, struct buffer *b, size_t offset, size_t size_bytes)
{
	*b = (struct buffer){ .pages_size = PAGES * d->page, .size = size_bytes, .fd = -1 };
	b->dmabuf = -1;
	b->pages = mmap(NULL, b->pages_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	assert_ptr_not_equal(b->pages, MAP_FAILED);
	b->pixels = (uint32_t *)(b->pages + offset);
}

static void
buffer_import(struct device *d, struct buffer *b)
{
	int x = (int)((uintptr_t)b->pixels % d->page / 4);

	b->fd = d->fd;
	b->image.stride = (uint32_t)(PAGES * d->page);
	b->box = (struct g2d_box){ x, 0, x + (int)(b->size / 4), 1 };
	assert_int_equal(exynos_gem_userptr(d->fd, b->pixels, b->size, 0, &b->image.handle), 0);
	b->dmabuf = exynos_prime_export(d->fd, b->image.handle, O_CLOEXEC | O_RDWR);
	assert_true(b->dmabuf >= 0);
}

/* The memory stays. */
static void
buffer_release(struct buffer *b)
{
	close(b->dmabuf);
	assert_int_equal(exynos_gem_close(b->fd, b->image.handle), 0);
}

static void
buffer_unmap(struct buffer *b)
{
	munmap(b->pages, b->pages_size);
}

static void
begin(const struct buffer *b, uint64_t access)
{
	assert_int_equal(exynos_dmabuf_sync(b->dmabuf, DMA_BUF_SYNC_START | access), 0);
}

static void
end(const struct buffer *b, uint64_t access)
{
	assert_int_equal(exynos_dmabuf_sync(b->dmabuf, DMA_BUF_SYNC_END | access), 0);
}

/* Whether the engine reads this from the buffer. */
static bool
engine_sees(struct device *d, const struct buffer *b, uint32_t seed)
{
	const struct g2d_box box = { 0, 0, (int)(b->size / 4), 1 };

	memset(d->pixels, 0xee, SIZE);
	assert_int_equal(g2d_copy(d->fd, &d->target, &box, &b->image, &b->box), 0);

	return is_drawn(d->pixels, b->size / 4, seed);
}

/* The engine writes it to the buffer. */
static void
engine_draws(struct device *d, const struct buffer *b, uint32_t seed)
{
	const struct g2d_box box = { 0, 0, (int)(b->size / 4), 1 };

	draw(d->pixels, b->size / 4, seed);
	assert_int_equal(g2d_copy(d->fd, &b->image, &b->box, &d->target, &box), 0);
}

static void
test_only_synchronized_writes_reach_the_engine(void **state)
{
	struct device *d = *state;
	struct buffer b;

	buffer_map(d, &b, OFFSET, SIZE);
	draw_buffer(&b, 1);
	buffer_import(d, &b);
	assert_true(engine_sees(d, &b, 1));

	draw_buffer(&b, 2);
	assert_false(engine_sees(d, &b, 2));

	for (uint32_t frame = 3; frame < 8; frame++) {
		begin(&b, DMA_BUF_SYNC_WRITE);
		draw_buffer(&b, frame);
		end(&b, DMA_BUF_SYNC_WRITE);
		assert_true(engine_sees(d, &b, frame));
	}
	buffer_release(&b);
	buffer_unmap(&b);
}

static void
test_engines_writes_are_seen_after_begin(void **state)
{
	struct device *d = *state;
	struct buffer b;

	buffer_map(d, &b, OFFSET, SIZE);
	draw_buffer(&b, 1);
	buffer_import(d, &b);
	for (uint32_t frame = 2; frame < 8; frame++) {
		engine_draws(d, &b, frame);
		assert_false(buffer_is_drawn(&b, frame));
		begin(&b, DMA_BUF_SYNC_READ);
		assert_true(buffer_is_drawn(&b, frame));
		end(&b, DMA_BUF_SYNC_READ);
	}
	buffer_release(&b);
	buffer_unmap(&b);
}

/* Who has only read has nothing that may go over what an engine writes meanwhile. */
static void
test_end_of_reading_changes_nothing(void **state)
{
	struct device *d = *state;
	struct buffer b;

	buffer_map(d, &b, OFFSET, SIZE);
	draw_buffer(&b, 1);
	buffer_import(d, &b);
	begin(&b, DMA_BUF_SYNC_READ);
	engine_draws(d, &b, 2);
	end(&b, DMA_BUF_SYNC_READ);
	begin(&b, DMA_BUF_SYNC_READ);
	assert_true(buffer_is_drawn(&b, 2));
	end(&b, DMA_BUF_SYNC_READ);
	buffer_release(&b);
	buffer_unmap(&b);
}

static void
check_neighbours(struct device *d, size_t offset, size_t size_bytes)
{
	struct buffer b;

	buffer_map(d, &b, offset, size_bytes);
	write_neighbours(&b, 1);
	draw_buffer(&b, 1);
	buffer_import(d, &b);
	assert_true(neighbours_are(&b, 1));

	write_neighbours(&b, 2);
	engine_draws(d, &b, 2);
	begin(&b, DMA_BUF_SYNC_RW);
	assert_true(neighbours_are(&b, 2));
	assert_true(buffer_is_drawn(&b, 2));
	draw_buffer(&b, 3);
	write_neighbours(&b, 3);
	end(&b, DMA_BUF_SYNC_RW);
	assert_true(neighbours_are(&b, 3));
	assert_true(engine_sees(d, &b, 3));

	write_neighbours(&b, 4);
	begin(&b, DMA_BUF_SYNC_READ);
	end(&b, DMA_BUF_SYNC_READ);
	assert_true(neighbours_are(&b, 4));

	write_neighbours(&b, 5);
	buffer_release(&b);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	assert_true(neighbours_are(&b, 5));
	assert_true(buffer_is_drawn(&b, 3));
	buffer_unmap(&b);
}

static void
test_neighbours_keep_what_was_written(void **state)
{
	struct device *d = *state;
	const size_t offsets[] = { 0, 4, OFFSET, d->page - 4 };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		check_neighbours(d, offsets[i], SIZE);
		/* up to the end of a page, and less than a page */
		check_neighbours(d, offsets[i], 2 * d->page - offsets[i]);
		check_neighbours(d, offsets[i], 4);
	}
	check_neighbours(d, d->page + OFFSET, d->page / 2);
}

static void
test_writes_survive_the_object(void **state)
{
	struct device *d = *state;
	struct buffer b;

	buffer_map(d, &b, OFFSET, SIZE);
	draw_buffer(&b, 1);
	buffer_import(d, &b);
	begin(&b, DMA_BUF_SYNC_WRITE);
	draw_buffer(&b, 2);
	end(&b, DMA_BUF_SYNC_WRITE);
	assert_true(engine_sees(d, &b, 2));

	/* who will not use the object any more has nothing to synchronize */
	draw_buffer(&b, 3);
	buffer_release(&b);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	assert_true(buffer_is_drawn(&b, 3));
	buffer_unmap(&b);
}

struct importer {
	struct device *d;
	const struct buffer *buffer;
	struct child_gate imported, go, done;
};

static void
importer_init(struct importer *importer, struct device *d, const struct buffer *b)
{
	*importer = (struct importer){ .d = d, .buffer = b };
	assert_int_equal(child_gate_init(&importer->imported), 0);
	assert_int_equal(child_gate_init(&importer->go), 0);
	assert_int_equal(child_gate_init(&importer->done), 0);
}

static void
importer_fini(struct importer *importer)
{
	child_gate_fini(&importer->imported);
	child_gate_fini(&importer->go);
	child_gate_fini(&importer->done);
}

/* Of the descriptors that fork() has left to it an importer uses the dma-buf alone. */
static int
importer_open(struct importer *importer, struct device *d, struct buffer *b)
{
	*b = *importer->buffer;
	*d = *importer->d;
	close(importer->d->fd);
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	CHILD_CHECK(d->fd >= 0);
	CHILD_CHECK(exynos_gem_create(d->fd, SIZE, 0, &d->target.handle) == 0);
	d->pixels = exynos_gem_mmap(d->fd, d->target.handle, SIZE);
	CHILD_CHECK(d->pixels);
	b->fd = d->fd;
	CHILD_CHECK(exynos_prime_import(d->fd, b->dmabuf, &b->image.handle) == 0);

	return 0;
}

static int
read_and_write_by_engine(void *data)
{
	struct importer *importer = data;
	struct buffer b;
	struct device d;
	int line;

	line = importer_open(importer, &d, &b);
	if (line)
		return line;

	CHILD_CHECK(engine_sees(&d, &b, 1));
	CHILD_CHECK(child_gate_post(&importer->imported) == 0);
	CHILD_CHECK(child_gate_wait(&importer->go) == 0);
	CHILD_CHECK(engine_sees(&d, &b, 2));
	engine_draws(&d, &b, 3);

	return 0;
}

static void
test_import_in_a_second_process(void **state)
{
	struct device *d = *state;
	struct importer importer;
	struct buffer b;
	pid_t pid;

	buffer_map(d, &b, OFFSET, SIZE);
	draw_buffer(&b, 1);
	buffer_import(d, &b);
	importer_init(&importer, d, &b);
	pid = child_start(read_and_write_by_engine, &importer);
	assert_int_equal(child_gate_wait(&importer.imported), 0);

	write_neighbours(&b, 2);
	begin(&b, DMA_BUF_SYNC_WRITE);
	draw_buffer(&b, 2);
	end(&b, DMA_BUF_SYNC_WRITE);
	assert_int_equal(child_gate_post(&importer.go), 0);
	assert_int_equal(child_wait(pid), 0);

	begin(&b, DMA_BUF_SYNC_READ);
	assert_true(buffer_is_drawn(&b, 3));
	end(&b, DMA_BUF_SYNC_READ);
	assert_true(neighbours_are(&b, 2));
	importer_fini(&importer);
	buffer_release(&b);
	buffer_unmap(&b);
}

static int
import_and_wait(void *data)
{
	struct importer *importer = data;
	struct buffer b;
	struct device d;
	int line;

	line = importer_open(importer, &d, &b);
	if (line)
		return line;

	CHILD_CHECK(engine_sees(&d, &b, 1));
	CHILD_CHECK(child_gate_post(&importer->imported) == 0);
	CHILD_CHECK(child_gate_wait(&importer->go) == 0);

	return 0;
}

/* The owner has let go of the object, and uses the memory for something else. */
static void
test_writes_survive_the_last_importer(void **state)
{
	struct device *d = *state;
	struct importer importer;
	struct buffer b;
	pid_t pid;

	buffer_map(d, &b, OFFSET, SIZE);
	draw_buffer(&b, 1);
	buffer_import(d, &b);
	importer_init(&importer, d, &b);
	pid = child_start(import_and_wait, &importer);
	assert_int_equal(child_gate_wait(&importer.imported), 0);

	buffer_release(&b);
	assert_int_not_equal(exynos_userptr_pinned(d->fd), 0);
	draw_buffer(&b, 2);
	write_neighbours(&b, 2);
	assert_int_equal(child_gate_post(&importer.go), 0);
	assert_int_equal(child_wait(pid), 0);
	assert_true(exynos_wait_pinned(d->fd, 0));
	assert_true(buffer_is_drawn(&b, 2));
	assert_true(neighbours_are(&b, 2));
	importer_fini(&importer);
	buffer_unmap(&b);
}

static void
test_mapping_of_the_dmabuf(void **state)
{
	struct device *d = *state;
	struct buffer b, map;

	buffer_map(d, &b, OFFSET, SIZE);
	draw_buffer(&b, 1);
	write_neighbours(&b, 1);
	buffer_import(d, &b);

	/* what the owner has is gone */
	map = b;
	map.pages = mmap(NULL, 3 * d->page, PROT_READ | PROT_WRITE, MAP_SHARED, b.dmabuf, 0);
	assert_ptr_not_equal(map.pages, MAP_FAILED);
	map.pages_size = 3 * d->page;
	map.pixels = (uint32_t *)(map.pages + OFFSET);
	buffer_unmap(&b);

	engine_draws(d, &map, 2);
	begin(&map, DMA_BUF_SYNC_RW);
	assert_true(buffer_is_drawn(&map, 2));
	assert_true(neighbours_are(&map, 1));
	draw_buffer(&map, 3);
	end(&map, DMA_BUF_SYNC_RW);
	assert_true(engine_sees(d, &map, 3));
	buffer_release(&map);
	assert_true(buffer_is_drawn(&map, 3));
	buffer_unmap(&map);
}

/* Somebody else's dma-buf of a memfd, whose pages the process has as memory, too. */
static int
create_udmabuf(size_t size_bytes, uint32_t **map)
{
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size_bytes };
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), dmabuf;
	int memfd = memfd_create("foreign", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(device >= 0 && memfd >= 0);
	assert_int_equal(ftruncate(memfd, (off_t)size_bytes), 0);
	assert_int_equal(fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	create.memfd = (uint32_t)memfd;
	dmabuf = ioctl(device, UDMABUF_CREATE, &create);
	assert_true(dmabuf >= 0);
	*map = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	assert_ptr_not_equal(*map, MAP_FAILED);
	close(memfd);
	close(device);

	return dmabuf;
}

static void
test_foreign_dmabuf(void **state)
{
	struct device *d = *state;
	struct buffer b = { .pages_size = 3 * d->page, .size = SIZE, .fd = d->fd, .box = line };

	b.dmabuf = create_udmabuf(b.pages_size, &b.pixels);
	b.pages = (unsigned char *)b.pixels;
	b.image.stride = SIZE;
	assert_int_equal(exynos_prime_import(d->fd, b.dmabuf, &b.image.handle), 0);
	for (uint32_t frame = 1; frame < 5; frame++) {
		begin(&b, DMA_BUF_SYNC_RW);
		draw_buffer(&b, frame);
		end(&b, DMA_BUF_SYNC_RW);
		assert_true(engine_sees(d, &b, frame));
		draw_buffer(&b, 100 + frame);
		assert_false(engine_sees(d, &b, 100 + frame));
		engine_draws(d, &b, 200 + frame);
		begin(&b, DMA_BUF_SYNC_READ);
		assert_true(buffer_is_drawn(&b, 200 + frame));
		end(&b, DMA_BUF_SYNC_READ);
	}
	buffer_release(&b);
	buffer_unmap(&b);
}

/* A list that fills the buffer, and names it by its address; the descriptor's has 32 bits. */
static void
list_fill_address(struct g2d_list *list, struct drm_exynos_g2d_userptr *descriptor,
		  const struct buffer *b, uint32_t color)
{
	const struct g2d_image image = { (uint32_t)(uintptr_t)descriptor, SIZE };

	*descriptor = (struct drm_exynos_g2d_userptr){ (unsigned long)b->pixels, b->size };
	g2d_list_fill(list, &image, &line, color);
	for (uint32_t i = 0; i < list->n_bufs; i++) {
		if (list->bufs[i].offset == G2D_DST_BASE_ADDR)
			list->bufs[i].offset |= G2D_BUF_USERPTR;
	}
}

static struct drm_exynos_g2d_userptr *
map_descriptor(struct device *d)
{
	void *map = mmap(NULL, d->page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	assert_ptr_not_equal(map, MAP_FAILED);

	return map;
}

static bool
is_filled(const struct buffer *b, uint32_t color)
{
	for (size_t i = 0; i < b->size / 4; i++) {
		if (b->pixels[i] != color)
			return false;
	}

	return true;
}

static void
test_memory_by_address_is_seen_when_the_list_has_run(void **state)
{
	struct device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = map_descriptor(d);
	struct drm_exynos_g2d_event event;
	struct g2d_list list;
	struct buffer b;

	buffer_map(d, &b, OFFSET, SIZE);
	list_fill_address(&list, descriptor, &b, 0x01020304);
	assert_int_equal(g2d_submit(d->fd, &list), 0);
	write_neighbours(&b, 1);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_true(is_filled(&b, 0x01020304));
	assert_true(neighbours_are(&b, 1));

	/* with the event of the first list, while the second one has still to run */
	list_fill_address(&list, descriptor, &b, 0x05060708);
	assert_int_equal(g2d_submit_event(d->fd, &list, 1), 0);
	g2d_list_fill(&list, &d->target, &line, 0);
	assert_int_equal(g2d_submit_event(d->fd, &list, 2), 0);
	assert_int_equal(g2d_exec(d->fd, true), 0);
	assert_int_equal(g2d_read_event(d->fd, &event), 0);
	assert_int_equal(event.user_data, 1);
	assert_true(is_filled(&b, 0x05060708));
	draw_buffer(&b, 2);
	assert_int_equal(g2d_read_event(d->fd, &event), 0);
	assert_true(exynos_wait_pinned(d->fd, 0));
	assert_true(buffer_is_drawn(&b, 2));
	assert_true(neighbours_are(&b, 1));
	buffer_unmap(&b);
	munmap(descriptor, d->page);
}

static void
test_memory_by_address_of_a_list_that_never_runs(void **state)
{
	struct device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = map_descriptor(d);
	int second = exynos_open(EXYNOS_RENDER_NODE);
	struct g2d_list list;
	struct buffer b;

	assert_true(second >= 0);
	buffer_map(d, &b, OFFSET, SIZE);
	list_fill_address(&list, descriptor, &b, 0x01020304);
	assert_int_equal(g2d_submit(second, &list), 0);
	draw_buffer(&b, 1);
	write_neighbours(&b, 1);
	close(second);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	assert_true(buffer_is_drawn(&b, 1));
	assert_true(neighbours_are(&b, 1));
	buffer_unmap(&b);
	munmap(descriptor, d->page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_only_synchronized_writes_reach_the_engine),
		TEST(test_engines_writes_are_seen_after_begin),
		TEST(test_end_of_reading_changes_nothing),
		TEST(test_neighbours_keep_what_was_written),
		TEST(test_writes_survive_the_object),
		TEST(test_import_in_a_second_process),
		TEST(test_writes_survive_the_last_importer),
		TEST(test_mapping_of_the_dmabuf),
		TEST(test_foreign_dmabuf),
		TEST(test_memory_by_address_is_seen_when_the_list_has_run),
		TEST(test_memory_by_address_of_a_list_that_never_runs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("userptr coherency", tests, NULL, NULL);
}
