// SPDX-License-Identifier: MIT
/*
 * How long user memory stays pinned, and whose bytes an object holds, when the process changes its
 * mappings: before a job, and while the engine works on it.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_fourcc.h>
#include <drm_mode.h>
#include <linux/dma-buf.h>

#include "exynos-device.h"
#include "skip.h"
#include "userptr-fixture.h"
#include "virtual-engine.h"

static void
test_closing_the_handle_unpins(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 1);
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	munmap(memory, d->size);
}

static void
test_closing_the_file_unpins(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 1);
	int second = exynos_open(EXYNOS_RENDER_NODE);
	uint32_t handle;

	assert_true(second >= 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(exynos_gem_userptr(second, memory, d->size, 0, &handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 5 * d->size);
	close(second);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	munmap(memory, d->size);
}

static void
test_munmap_leaves_the_object_alone(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x5a), *other;
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	assert_int_equal(munmap(memory, d->size), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x5a));

	/* other memory at the same address is other memory */
	other = mmap(memory, d->size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	assert_ptr_equal(other, memory);
	memset(other, 0x11, d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x5a));

	exynos_gem_close(d->fd, handle);
	assert_true(is_filled(other, d->size, 0x11));
	munmap(other, d->size);
}

static void
test_import_again_after_munmap_takes_the_new_memory(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x21);
	uint32_t first, second;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &first), 0);
	assert_int_equal(munmap(memory, d->size), 0);
	assert_ptr_equal(mmap(memory, d->size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
			 memory);
	memset(memory, 0x22, d->size);
	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &second), 0);

	assert_true(object_is_filled(d->fd, first, d->size, 0x21));
	assert_true(object_is_filled(d->fd, second, d->size, 0x22));
	exynos_gem_close(d->fd, first);
	exynos_gem_close(d->fd, second);
	munmap(memory, d->size);
}

static void
test_unmap_cycles(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0);

	for (int i = 1; i < 200; i++) {
		uint32_t handle;

		memset(memory, i, d->size);
		handle = assert_imported(d, memory, d->size);
		assert_int_equal(munmap(memory, d->size), 0);
		assert_true(object_is_filled(d->fd, handle, d->size, i));
		assert_ptr_equal(mmap(memory, d->size, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
				 memory);
		assert_int_equal(exynos_gem_close(d->fd, handle), 0);
		assert_true(is_filled(memory, d->size, 0));
	}
	munmap(memory, d->size);
}

static void
test_map_fixed_over_a_part(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x2a);
	uint32_t handle = assert_imported(d, memory, d->size);

	assert_ptr_equal(mmap(memory + d->page, d->page, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 memory + d->page);
	memset(memory + d->page, 0x2b, d->page);
	assert_pinned(d, d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x2a));
	exynos_gem_close(d->fd, handle);
	assert_true(is_filled(memory + d->page, d->page, 0x2b));
	munmap(memory, d->size);
}

static void
test_madvise_dontneed_leaves_the_object_alone(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x31);
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	assert_int_equal(madvise(memory, d->size, MADV_DONTNEED), 0);
	assert_true(is_filled(memory, d->size, 0));
	assert_true(object_is_filled(d->fd, handle, d->size, 0x31));
	exynos_gem_close(d->fd, handle);
	munmap(memory, d->size);
}

static void
test_mremap_moves_the_same_pages(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x41);
	char *target = map_memory(d->size, 0);
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	assert_ptr_equal(mremap(memory, d->size, d->size, MREMAP_MAYMOVE | MREMAP_FIXED, target),
			 target);
	assert_true(is_filled(target, d->size, 0x41));
	memset(target, 0x42, d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x42));
	exynos_gem_close(d->fd, handle);
	munmap(target, d->size);
}

/* The pages go wherever the mapping goes, and what leaves the mapping stays with the object. */
static void
test_mremap_that_grows_and_shrinks(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x46), *moved;
	uint32_t handle = assert_imported(d, memory, d->size);

	memory = mremap(memory, d->size, 16 * d->size, MREMAP_MAYMOVE);
	assert_ptr_not_equal(memory, MAP_FAILED);
	memset(memory, 0x47, 16 * d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x47));

	moved = mremap(memory, d->size, d->size, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	assert_ptr_not_equal(moved, MAP_FAILED);
	assert_true(is_filled(memory, d->size, 0));
	memset(moved, 0x48, d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x48));

	assert_ptr_equal(mremap(moved, d->size, d->page, 0), moved);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x48));
	assert_pinned(d, d->size);
	exynos_gem_close(d->fd, handle);
	munmap(moved, d->page);
	munmap(memory, 16 * d->size);
}

/* It takes the process's right away, not the object's. */
static void
test_mprotect_after_the_import(void **state)
{
	struct userptr_device *d = *state;
	const struct g2d_box box = { 0, 0, (int)d->page / 4, USERPTR_PAGES };
	char *memory = map_memory(d->size, 0x3a);
	struct g2d_image image = { assert_imported(d, memory, d->size), (uint32_t)d->page };
	int dmabuf = object_export(d->fd, image.handle);

	assert_int_equal(mprotect(memory, d->size, PROT_NONE), 0);
	assert_true(object_is_filled(d->fd, image.handle, d->size, 0x3a));
	assert_int_equal(g2d_fill(d->fd, &image, &box, 0x3b3b3b3b), 0);
	assert_int_equal(mprotect(memory, d->size, PROT_READ), 0);
	assert_int_equal(exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ), 0);
	assert_true(is_filled(memory, d->size, 0x3b));
	close(dmabuf);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, d->size);
}

static void
test_munlock_does_not_unpin(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x43);
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	assert_int_equal(mlock(memory, d->size), 0);
	assert_int_equal(munlock(memory, d->size), 0);
	assert_int_equal(munlockall(), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_int_equal(process_pinned(), d->process_pinned + d->size);
	memset(memory, 0x44, d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x44));
	exynos_gem_close(d->fd, handle);
	munmap(memory, d->size);
}

static void
test_same_range_twice(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x0a);
	uint32_t first, second;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &first), 0);
	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &second), 0);
	assert_int_not_equal(first, second);
	assert_int_equal(exynos_userptr_pinned(d->fd), 2 * d->size);

	memset(memory, 0x0b, d->size);
	assert_true(object_is_filled(d->fd, first, d->size, 0x0b));
	assert_int_equal(exynos_gem_close(d->fd, first), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	memset(memory, 0x0c, d->size);
	assert_true(object_is_filled(d->fd, second, d->size, 0x0c));
	exynos_gem_close(d->fd, second);
	munmap(memory, d->size);
}

static void
test_ranges_that_overlap(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x1a);
	uint32_t first, second;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, 3 * d->page, 0, &first), 0);
	assert_int_equal(exynos_gem_userptr(d->fd, memory + d->page, 3 * d->page, 0, &second), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 6 * d->page);
	memset(memory, 0x1b, d->size);
	assert_true(object_is_filled(d->fd, first, 3 * d->page, 0x1b));
	assert_true(object_is_filled(d->fd, second, 3 * d->page, 0x1b));

	assert_int_equal(exynos_gem_close(d->fd, first), 0);
	assert_int_equal(munmap(memory, 2 * d->page), 0);
	assert_true(object_is_filled(d->fd, second, 3 * d->page, 0x1b));
	exynos_gem_close(d->fd, second);
	munmap(memory + 2 * d->page, d->size - 2 * d->page);
}

struct remapper {
	char *memory;
	size_t size_bytes;
	atomic_bool stop;
};

static void *
remap(void *data)
{
	struct remapper *r = data;

	while (!atomic_load(&r->stop)) {
		munmap(r->memory, r->size_bytes);
		sched_yield();
		mmap(r->memory, r->size_bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		sched_yield();
	}

	return NULL;
}

/* The memory is there or not, or a part of it: then it is imported or not, and nothing else. */
static void
test_another_thread_unmaps_meanwhile(void **state)
{
	struct userptr_device *d = *state;
	struct remapper r = { .size_bytes = 64 * d->page };
	int imported = 0, refused = 0;
	pthread_t thread;

	r.memory = map_anonymous(r.size_bytes, PROT_READ | PROT_WRITE);
	assert_int_equal(pthread_create(&thread, NULL, remap, &r), 0);
	while (imported < 200 || refused < 200) {
		uint32_t handle;
		int ret = exynos_gem_userptr(d->fd, r.memory, r.size_bytes, 0, &handle);

		assert_true(ret == 0 || ret == -EFAULT);
		if (ret == 0) {
			assert_pinned(d, r.size_bytes);
			assert_int_equal(exynos_gem_close(d->fd, handle), 0);
			imported++;
		} else {
			refused++;
		}
		assert_pinned(d, 0);
		sched_yield();
	}
	atomic_store(&r.stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	munmap(r.memory, r.size_bytes);
}

static uint32_t
add_framebuffer(int card, uint32_t handle, size_t page)
{
	struct drm_mode_fb_cmd2 args = {
		.width = (uint32_t)page / 4,
		.height = USERPTR_PAGES,
		.pixel_format = DRM_FORMAT_XRGB8888,
		.handles = { handle },
		.pitches = { (uint32_t)page },
	};

	assert_int_equal(exynos_ioctl(card, DRM_IOCTL_MODE_ADDFB2, &args), 0);

	return args.fb_id;
}

static void
test_framebuffer_keeps_it_pinned(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 1);
	int second = exynos_open(EXYNOS_PRIMARY_NODE);
	uint32_t handle, framebuffer;

	assert_int_equal(exynos_gem_userptr(d->card, memory, d->size, 0, &handle), 0);
	framebuffer = add_framebuffer(d->card, handle, d->page);
	assert_int_equal(exynos_gem_close(d->card, handle), 0);
	assert_int_equal(munmap(memory, d->size), 0);
	assert_pinned(d, d->size);
	assert_int_equal(exynos_ioctl(d->card, DRM_IOCTL_MODE_RMFB, &framebuffer), 0);
	assert_pinned(d, 0);

	/* a file takes its framebuffers along */
	memory = map_memory(d->size, 1);
	assert_true(second >= 0);
	assert_int_equal(exynos_gem_userptr(second, memory, d->size, 0, &handle), 0);
	add_framebuffer(second, handle, d->page);
	close(second);
	assert_true(exynos_wait_pinned(d->fd, 0));
	munmap(memory, d->size);
}

static void
test_munmap_and_close_while_the_engine_reads(void **state)
{
	skip_without_engine("hold");

	struct userptr_device *d = *state;
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	struct g2d_image source;
	uint64_t pinned;

	image_draw(memory, 31);
	source = image_import(d, memory, IMAGE_SIZE);
	pinned = exynos_userptr_pinned(d->fd);
	start_held_copy(d, &source);

	assert_int_equal(munmap(memory, IMAGE_SIZE), 0);
	assert_int_equal(exynos_gem_close(d->fd, source.handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), pinned);

	finish_held_copy(d);
	assert_true(image_is_drawn(d->pixels, 31));
	assert_true(exynos_wait_pinned(d->fd, 0));
}

static void
test_map_fixed_while_the_engine_reads(void **state)
{
	skip_without_engine("hold");

	struct userptr_device *d = *state;
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	struct g2d_image source;

	image_draw(memory, 61);
	source = image_import(d, memory, IMAGE_SIZE);
	start_held_copy(d, &source);
	assert_ptr_equal(mmap(memory, IMAGE_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 memory);
	image_draw(memory, 62);
	finish_held_copy(d);
	assert_true(image_is_drawn(d->pixels, 61));
	exynos_gem_close(d->fd, source.handle);
	assert_true(image_is_drawn(memory, 62));
	munmap(memory, IMAGE_SIZE);
}

static void
test_mremap_and_madvise_while_the_engine_reads(void **state)
{
	skip_without_engine("hold");

	struct userptr_device *d = *state;
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	uint32_t *place = map_anonymous(IMAGE_SIZE, PROT_NONE);
	struct g2d_image source;

	image_draw(memory, 63);
	source = image_import(d, memory, IMAGE_SIZE);
	start_held_copy(d, &source);
	assert_ptr_equal(
		mremap(memory, IMAGE_SIZE, IMAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, place),
		place);
	assert_true(image_is_drawn(place, 63));
	assert_int_equal(madvise(place, IMAGE_SIZE, MADV_DONTNEED), 0);
	assert_int_equal(place[0], 0);
	finish_held_copy(d);
	assert_true(image_is_drawn(d->pixels, 63));
	exynos_gem_close(d->fd, source.handle);
	munmap(place, IMAGE_SIZE);
}

static void
test_handle_closed_before_the_job_runs(void **state)
{
	struct userptr_device *d = *state;
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	struct g2d_image source;
	struct g2d_list list;

	image_draw(memory, 37);
	source = image_import(d, memory, IMAGE_SIZE);
	g2d_list_copy(&list, &d->target, &image_whole, &source, &image_whole);
	assert_int_equal(g2d_submit(d->fd, &list), 0);
	assert_int_equal(exynos_gem_close(d->fd, source.handle), 0);
	assert_int_equal(munmap(memory, IMAGE_SIZE), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_true(image_is_drawn(d->pixels, 37));
}

/* Jobs that wait for their turn hold the memory until the file goes, and then do not run. */
static void
test_file_closed_with_jobs_queued(void **state)
{
	skip_without_engine("hold");

	struct userptr_device *d = *state;
	const struct g2d_box box = { 0, 0, (int)d->page / 4, USERPTR_PAGES };
	struct g2d_image image = { 0, (uint32_t)d->page };
	int other = exynos_open(EXYNOS_RENDER_NODE);
	char *memory = map_memory(d->size, 0x6a);
	struct g2d_list list;

	assert_true(other >= 0);
	start_held_copy(d, &d->target);
	assert_int_equal(exynos_gem_userptr(other, memory, d->size, 0, &image.handle), 0);
	g2d_list_fill(&list, &image, &box, 0);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(g2d_submit_event(other, &list, 1), 0);
		assert_int_equal(g2d_exec(other, true), 0);
	}
	assert_int_equal(exynos_gem_close(other, image.handle), 0);
	assert_pinned(d, d->size);
	close(other);
	assert_pinned(d, 0);
	finish_held_copy(d);
	assert_true(is_filled(memory, d->size, 0x6a));
	munmap(memory, d->size);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, userptr_setup, userptr_teardown)
		TEST(test_closing_the_handle_unpins),
		TEST(test_closing_the_file_unpins),
		TEST(test_munmap_leaves_the_object_alone),
		TEST(test_import_again_after_munmap_takes_the_new_memory),
		TEST(test_unmap_cycles),
		TEST(test_map_fixed_over_a_part),
		TEST(test_madvise_dontneed_leaves_the_object_alone),
		TEST(test_mremap_moves_the_same_pages),
		TEST(test_mremap_that_grows_and_shrinks),
		TEST(test_mprotect_after_the_import),
		TEST(test_munlock_does_not_unpin),
		TEST(test_same_range_twice),
		TEST(test_ranges_that_overlap),
		TEST(test_another_thread_unmaps_meanwhile),
		TEST(test_framebuffer_keeps_it_pinned),
		TEST(test_munmap_and_close_while_the_engine_reads),
		TEST(test_map_fixed_while_the_engine_reads),
		TEST(test_mremap_and_madvise_while_the_engine_reads),
		TEST(test_handle_closed_before_the_job_runs),
		TEST(test_file_closed_with_jobs_queued),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("userptr lifetime", tests, NULL, NULL);
}
