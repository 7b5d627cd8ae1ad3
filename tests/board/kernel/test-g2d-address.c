// SPDX-License-Identifier: MIT
/*
 * Memory that command lists name by its address, as libdrm does it: how much of it the driver keeps
 * pinned, by the kernel's own count of pins, and for how long.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "exynos-device.h"
#include "exynos-g2d.h"
#include "g2d-fixture.h"

enum {
	PAGE = 4096,
	CHUNK_BYTES = 4 << 20,
	CHUNKS = 40, /* more than the largest pool */
	POOL_BYTES = 64 << 20, /* which no driver has exceeded that kept to its own limits */
};

static void *
map(size_t size_bytes)
{
	void *memory =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);

	return memory;
}

/* A list that copies the first pixels of the memory to the image. */
static int
submit(int fd, uint32_t handle, struct drm_exynos_g2d_userptr *descriptor, const void *memory,
       size_t size_bytes)
{
	const struct g2d_image source = { (uint32_t)(uintptr_t)descriptor, G2D_STRIDE };
	const struct g2d_image target = { handle, G2D_STRIDE };
	struct g2d_list list;

	*descriptor = (struct drm_exynos_g2d_userptr){ (unsigned long)memory, size_bytes };
	g2d_list_copy(&list, &target, &g2d_whole, &source, &g2d_whole);
	for (uint32_t i = 0; i < list.n_bufs; i++) {
		if (list.bufs[i].offset == G2D_SRC_BASE_ADDR)
			list.bufs[i].offset |= G2D_BUF_USERPTR;
	}

	return g2d_submit(fd, &list);
}

/* The same address with other sizes, over and over: whatever is kept goes with the file. */
static void
test_same_address_with_other_sizes(void **state)
{
	struct drm_exynos_g2d_userptr *descriptor = g2d_map_descriptors();
	char *memory = map(64 * PAGE);
	uint64_t pinned = kernel_pinned_pages();
	struct g2d_image image;
	int other = g2d_open_other(&image);

	(void)state;
	for (size_t pages = 8; pages < 64; pages++) {
		for (int again = 0; again < 3; again++) {
			assert_int_equal(
				submit(other, image.handle, descriptor, memory, pages * PAGE), 0);
			assert_int_equal(g2d_exec(other, false), 0);
		}
	}
	close(other);
	assert_int_equal(kernel_pinned_pages(), pinned);
	munmap(memory, 64 * PAGE);
	munmap(descriptor, PAGE);
}

/* What is kept after a job is at most the pool, also when another file was closed in between. */
static void
test_other_file_closed_meanwhile(void **state)
{
	struct drm_exynos_g2d_userptr *descriptor = g2d_map_descriptors();
	char *memory = map((size_t)CHUNKS * CHUNK_BYTES);
	uint64_t pinned = kernel_pinned_pages();
	struct g2d_image image, another;
	int file = g2d_open_other(&image);

	(void)state;
	for (int i = 0; i < CHUNKS; i++) {
		int ret = submit(file, image.handle, descriptor, memory + (size_t)i * CHUNK_BYTES,
				 CHUNK_BYTES);

		assert_int_equal(ret, 0);
		assert_int_equal(g2d_exec(file, false), 0);
		close(g2d_open_other(&another));
		assert_true((kernel_pinned_pages() - pinned) * PAGE <= POOL_BYTES);
	}
	close(file);
	assert_int_equal(kernel_pinned_pages(), pinned);
	munmap(memory, (size_t)CHUNKS * CHUNK_BYTES);
	munmap(descriptor, PAGE);
}

/* A list that never runs lets go of its memory with the file. */
static void
test_list_that_never_ran(void **state)
{
	struct drm_exynos_g2d_userptr *descriptor = g2d_map_descriptors();
	char *memory = map(CHUNK_BYTES);
	uint64_t pinned = kernel_pinned_pages();
	struct g2d_image image;
	int other = g2d_open_other(&image);

	(void)state;
	assert_int_equal(submit(other, image.handle, descriptor, memory, CHUNK_BYTES), 0);
	assert_int_equal(kernel_pinned_pages(), pinned + CHUNK_BYTES / PAGE);
	munmap(memory, CHUNK_BYTES);
	close(other);
	assert_int_equal(kernel_pinned_pages(), pinned);
	munmap(descriptor, PAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, g2d_setup, g2d_teardown)
		TEST(test_same_address_with_other_sizes),
		TEST(test_other_file_closed_meanwhile),
		TEST(test_list_that_never_ran),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("memory by address", tests, NULL, NULL);
}
