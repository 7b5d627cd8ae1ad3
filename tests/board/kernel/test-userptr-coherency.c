// SPDX-License-Identifier: MIT
/*
 * User memory on a board whose engine does not snoop the CPU's cache: what has to be synchronized
 * is, and nothing else is thrown away.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>

#include "coherency-fixture.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "skip.h"
#include "virtual-engine.h"

static void
test_only_synchronized_writes_reach_the_engine(void **state)
{
	struct coherency_device *d = *state;
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	assert_true(engine_sees(d, &b, 1));

	buffer_draw(&b, 2);
	if (d->is_model)
		assert_false(engine_sees(d, &b, 2));

	for (uint32_t frame = 3; frame < 8; frame++) {
		buffer_begin(&b, DMA_BUF_SYNC_WRITE);
		buffer_draw(&b, frame);
		buffer_end(&b, DMA_BUF_SYNC_WRITE);
		assert_true(engine_sees(d, &b, frame));
	}
	buffer_release(&b);
	buffer_unmap(&b);
}

static void
test_engines_writes_are_seen_after_begin(void **state)
{
	struct coherency_device *d = *state;
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	for (uint32_t frame = 2; frame < 8; frame++) {
		engine_draws(d, &b, frame);
		if (d->is_model)
			assert_false(buffer_is_drawn(&b, frame));
		buffer_begin(&b, DMA_BUF_SYNC_READ);
		assert_true(buffer_is_drawn(&b, frame));
		buffer_end(&b, DMA_BUF_SYNC_READ);
	}
	buffer_release(&b);
	buffer_unmap(&b);
}

/* Who has only read has nothing that may go over what an engine writes meanwhile. */
static void
test_end_of_reading_changes_nothing(void **state)
{
	struct coherency_device *d = *state;
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	buffer_begin(&b, DMA_BUF_SYNC_READ);
	engine_draws(d, &b, 2);
	buffer_end(&b, DMA_BUF_SYNC_READ);
	buffer_begin(&b, DMA_BUF_SYNC_READ);
	assert_true(buffer_is_drawn(&b, 2));
	buffer_end(&b, DMA_BUF_SYNC_READ);
	buffer_release(&b);
	buffer_unmap(&b);
}

/* The CPU has read the line before the engine wrote to it, and goes on to write a part of it. */
static void
test_part_of_a_line_is_written_after_the_engine_drew(void **state)
{
	struct coherency_device *d = *state;
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	assert_true(buffer_is_drawn(&b, 1));
	engine_draws(d, &b, 2);

	buffer_begin(&b, DMA_BUF_SYNC_WRITE);
	b.pixels[1000] = 0x12345678;
	buffer_end(&b, DMA_BUF_SYNC_WRITE);
	assert_false(engine_sees(d, &b, 2));
	assert_int_equal(d->pixels[1000], 0x12345678);

	/* that is all that is not as it was drawn */
	buffer_begin(&b, DMA_BUF_SYNC_WRITE);
	b.pixels[1000] = buffer_pixel(1000, 2);
	buffer_end(&b, DMA_BUF_SYNC_WRITE);
	assert_true(engine_sees(d, &b, 2));
	buffer_release(&b);
	buffer_unmap(&b);
}

/* Whoever has a descriptor may begin an access, at any time. */
static void
test_begin_throws_nothing_away(void **state)
{
	struct coherency_device *d = *state;
	const uint64_t accesses[] = { DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW };
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	buffer_import_for_reading(d, &b);
	engine_draws(d, &b, 9);
	buffer_begin(&b, DMA_BUF_SYNC_RW);
	assert_true(buffer_is_drawn(&b, 9));
	for (uint32_t i = 0; i < 3; i++) {
		buffer_draw(&b, 2 + i);
		buffer_begin(&b, accesses[i]);
		assert_true(buffer_is_drawn(&b, 2 + i));
		buffer_end(&b, accesses[i]);
		buffer_end(&b, DMA_BUF_SYNC_WRITE);
		assert_true(engine_sees(d, &b, 2 + i));
	}
	buffer_release(&b);
	buffer_unmap(&b);
}

/* Nor is there anything to drop as long as devices only read. */
static void
test_nothing_is_dropped_before_a_device_has_written(void **state)
{
	skip_without_engine("invalidated_bytes");

	struct coherency_device *d = *state;
	uint64_t before = virtual_engine_get("invalidated_bytes");
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	assert_true(engine_sees(d, &b, 1));
	buffer_begin(&b, DMA_BUF_SYNC_RW);
	assert_int_equal(virtual_engine_get("invalidated_bytes"), before);
	buffer_end(&b, DMA_BUF_SYNC_RW);

	engine_draws(d, &b, 2);
	buffer_begin(&b, DMA_BUF_SYNC_RW);
	assert_int_equal(virtual_engine_get("invalidated_bytes"), before + BUFFER_SIZE);
	buffer_end(&b, DMA_BUF_SYNC_RW);
	buffer_release(&b);
	buffer_unmap(&b);
}

static void
check_neighbours(struct coherency_device *d, size_t offset, size_t size_bytes)
{
	struct buffer b;

	buffer_map(d, &b, offset, size_bytes);
	write_neighbours(&b, 1);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	assert_true(neighbours_are(&b, 1));

	write_neighbours(&b, 2);
	engine_draws(d, &b, 2);
	buffer_begin(&b, DMA_BUF_SYNC_RW);
	assert_true(neighbours_are(&b, 2));
	assert_true(buffer_is_drawn(&b, 2));
	buffer_draw(&b, 3);
	write_neighbours(&b, 3);
	buffer_end(&b, DMA_BUF_SYNC_RW);
	assert_true(neighbours_are(&b, 3));
	assert_true(engine_sees(d, &b, 3));

	write_neighbours(&b, 4);
	buffer_begin(&b, DMA_BUF_SYNC_READ);
	buffer_end(&b, DMA_BUF_SYNC_READ);
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
	struct coherency_device *d = *state;
	const size_t offsets[] = { 0, 4, BUFFER_OFFSET, d->page - 4 };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		check_neighbours(d, offsets[i], BUFFER_SIZE);
		/* up to the end of a page, and less than a page */
		check_neighbours(d, offsets[i], 2 * d->page - offsets[i]);
		check_neighbours(d, offsets[i], 4);
	}
	check_neighbours(d, d->page + BUFFER_OFFSET, d->page / 2);
}

static void
test_writes_survive_the_object(void **state)
{
	struct coherency_device *d = *state;
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	buffer_import(d, &b);
	buffer_begin(&b, DMA_BUF_SYNC_WRITE);
	buffer_draw(&b, 2);
	buffer_end(&b, DMA_BUF_SYNC_WRITE);
	assert_true(engine_sees(d, &b, 2));

	/* who will not use the object any more has nothing to synchronize */
	buffer_draw(&b, 3);
	buffer_release(&b);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	assert_true(buffer_is_drawn(&b, 3));
	buffer_unmap(&b);
}

static void
test_mapping_of_the_dmabuf(void **state)
{
	struct coherency_device *d = *state;
	struct buffer b, map;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	buffer_draw(&b, 1);
	write_neighbours(&b, 1);
	buffer_import(d, &b);

	/* what the owner has is gone */
	map = b;
	map.pages = mmap(NULL, 3 * d->page, PROT_READ | PROT_WRITE, MAP_SHARED, b.dmabuf, 0);
	assert_ptr_not_equal(map.pages, MAP_FAILED);
	map.pages_size = 3 * d->page;
	map.pixels = (uint32_t *)(map.pages + BUFFER_OFFSET);
	buffer_unmap(&b);

	engine_draws(d, &map, 2);
	buffer_begin(&map, DMA_BUF_SYNC_RW);
	assert_true(buffer_is_drawn(&map, 2));
	assert_true(neighbours_are(&map, 1));
	buffer_draw(&map, 3);
	buffer_end(&map, DMA_BUF_SYNC_RW);
	assert_true(engine_sees(d, &map, 3));
	buffer_release(&map);
	assert_true(buffer_is_drawn(&map, 3));
	buffer_unmap(&map);
}

/* A list that fills the buffer, and names it by its address; the descriptor's has 32 bits. */
static void
list_fill_address(struct g2d_list *list, struct drm_exynos_g2d_userptr *descriptor,
		  const struct buffer *b, uint32_t color)
{
	const struct g2d_image image = { (uint32_t)(uintptr_t)descriptor, BUFFER_SIZE };

	*descriptor = (struct drm_exynos_g2d_userptr){ (unsigned long)b->pixels, b->size };
	g2d_list_fill(list, &image, &buffer_line, color);
	for (uint32_t i = 0; i < list->n_bufs; i++) {
		if (list->bufs[i].offset == G2D_DST_BASE_ADDR)
			list->bufs[i].offset |= G2D_BUF_USERPTR;
	}
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
	struct coherency_device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = g2d_map_descriptors();
	struct drm_exynos_g2d_event event;
	struct g2d_list list;
	struct buffer b;

	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	list_fill_address(&list, descriptor, &b, 0x01020304);
	assert_int_equal(g2d_submit(d->fd, &list), 0);
	write_neighbours(&b, 1);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_true(is_filled(&b, 0x01020304));
	assert_true(neighbours_are(&b, 1));

	/* with the event of the first list, while the second one has still to run */
	list_fill_address(&list, descriptor, &b, 0x05060708);
	assert_int_equal(g2d_submit_event(d->fd, &list, 1), 0);
	g2d_list_fill(&list, &d->target, &buffer_line, 0);
	assert_int_equal(g2d_submit_event(d->fd, &list, 2), 0);
	assert_int_equal(g2d_exec(d->fd, true), 0);
	assert_int_equal(g2d_read_event(d->fd, &event), 0);
	assert_int_equal(event.user_data, 1);
	assert_true(is_filled(&b, 0x05060708));
	buffer_draw(&b, 2);
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
	struct coherency_device *d = *state;
	struct drm_exynos_g2d_userptr *descriptor = g2d_map_descriptors();
	int second = exynos_open(EXYNOS_RENDER_NODE);
	struct g2d_list list;
	struct buffer b;

	assert_true(second >= 0);
	buffer_map(d, &b, BUFFER_OFFSET, BUFFER_SIZE);
	list_fill_address(&list, descriptor, &b, 0x01020304);
	assert_int_equal(g2d_submit(second, &list), 0);
	buffer_draw(&b, 1);
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, coherency_setup, coherency_teardown)
		TEST(test_only_synchronized_writes_reach_the_engine),
		TEST(test_engines_writes_are_seen_after_begin),
		TEST(test_end_of_reading_changes_nothing),
		TEST(test_part_of_a_line_is_written_after_the_engine_drew),
		TEST(test_begin_throws_nothing_away),
		TEST(test_nothing_is_dropped_before_a_device_has_written),
		TEST(test_neighbours_keep_what_was_written),
		TEST(test_writes_survive_the_object),
		TEST(test_mapping_of_the_dmabuf),
		TEST(test_memory_by_address_is_seen_when_the_list_has_run),
		TEST(test_memory_by_address_of_a_list_that_never_runs),
	};

	if (coherency_is_of_no_account())
		return skip_all("the engine snoops the CPU's cache");
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("userptr coherency", tests, NULL, NULL);
}
