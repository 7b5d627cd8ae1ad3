// SPDX-License-Identifier: MIT
/*
 * User memory that is a mapping of one of the device's own objects: it is that object.
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

enum {
	PAGE = 4096,
	PAGES = 4, /* of every object here */
	SIZE = PAGES * PAGE,
	WIDTH = 64,
	STRIDE = 4 * WIDTH,
	HEIGHT = SIZE / STRIDE,
};

static const struct g2d_box whole = { 0, 0, WIDTH, HEIGHT };

struct device {
	int fd;
	/* what the engine copies to */
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
	memset(d->pixels, 0xee, SIZE);
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

/* Every word is another one. */
static uint32_t
word(size_t index, uint32_t seed)
{
	return seed ^ (uint32_t)index * 2654435761u;
}

static void
draw(void *memory, uint32_t seed)
{
	for (size_t i = 0; i < SIZE / 4; i++)
		((uint32_t *)memory)[i] = word(i, seed);
}

static bool
is_drawn(const void *memory, uint32_t seed)
{
	for (size_t i = 0; i < SIZE / 4; i++) {
		if (((const uint32_t *)memory)[i] != word(i, seed))
			return false;
	}

	return true;
}

/* The engine copies all of the object, and finds what was drawn. */
static void
assert_engine_reads(struct device *d, uint32_t handle, uint32_t seed)
{
	const struct g2d_image image = { handle, STRIDE };

	memset(d->pixels, 0xee, SIZE);
	assert_int_equal(g2d_copy(d->fd, &d->target, &whole, &image, &whole), 0);
	assert_true(is_drawn(d->pixels, seed));
}

static void
assert_refused(struct device *d, const void *memory, uint64_t size_bytes, int error)
{
	uint64_t pinned = exynos_userptr_pinned(d->fd);
	uint32_t handle = 0;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, size_bytes, 0, &handle), error);
	assert_int_equal(handle, 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), pinned);
}

/* Another handle for the object, without anything that is pinned. */
static uint32_t
find(struct device *d, const void *memory, size_t size_bytes)
{
	uint64_t pinned = exynos_userptr_pinned(d->fd);
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, size_bytes, 0, &handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), pinned);

	return handle;
}

static void *
map(int fd, size_t size_bytes, int protection, int flags)
{
	void *memory = mmap(NULL, size_bytes, protection, flags, fd, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);

	return memory;
}

/* A GEM object and a mapping of it through the node. */
static void *
create(struct device *d, uint32_t flags, uint32_t *handle)
{
	void *memory;

	assert_int_equal(exynos_gem_create(d->fd, SIZE, flags, handle), 0);
	memory = exynos_gem_mmap(d->fd, *handle, SIZE);
	assert_non_null(memory);

	return memory;
}

static void
test_mapping_of_a_gem_object_is_the_object(void **state)
{
	struct device *d = *state;
	uint32_t created, found, flags;
	void *memory = create(d, EXYNOS_BO_NONCONTIG | EXYNOS_BO_WC, &created);
	uint64_t size_bytes;

	draw(memory, 1);
	found = find(d, memory, SIZE);
	assert_int_not_equal(found, created);
	assert_int_equal(exynos_gem_get(d->fd, found, &size_bytes, &flags), 0);
	assert_int_equal(size_bytes, SIZE);
	assert_false(flags & EXYNOS_BO_USERPTR);
	assert_true(flags & EXYNOS_BO_WC);
	assert_engine_reads(d, found, 1);

	/* it is not a copy, and needs neither the first handle nor the mapping */
	draw(memory, 2);
	assert_int_equal(exynos_gem_close(d->fd, created), 0);
	munmap(memory, SIZE);
	assert_engine_reads(d, found, 2);
	exynos_gem_close(d->fd, found);
}

static void
test_engine_writes_to_the_object_of_a_mapping(void **state)
{
	struct device *d = *state;
	uint32_t created;
	uint32_t *memory = create(d, 0, &created);
	struct g2d_image image = { find(d, memory, SIZE), STRIDE };

	memset(memory, 0x11, SIZE);
	assert_int_equal(g2d_fill(d->fd, &image, &whole, 0xdecade01), 0);
	for (size_t i = 0; i < SIZE / 4; i++)
		assert_int_equal(memory[i], 0xdecade01);
	exynos_gem_close(d->fd, image.handle);
	exynos_gem_close(d->fd, created);
	munmap(memory, SIZE);
}

static void
test_part_of_the_first_page_is_the_object(void **state)
{
	struct device *d = *state;
	uint32_t created, found;
	char *memory = create(d, 0, &created);

	draw(memory, 3);
	found = find(d, memory + 5, 1);
	assert_engine_reads(d, found, 3);
	exynos_gem_close(d->fd, found);
	found = find(d, memory + PAGE - 1, SIZE - PAGE + 1);
	assert_engine_reads(d, found, 3);
	exynos_gem_close(d->fd, found);
	exynos_gem_close(d->fd, created);
	munmap(memory, SIZE);
}

static void
test_object_from_another_page_is_refused(void **state)
{
	struct device *d = *state;
	uint32_t created;
	char *memory = create(d, 0, &created);

	assert_refused(d, memory + PAGE, PAGE, -ENXIO);
	assert_refused(d, memory + SIZE - 1, 1, -ENXIO);

	/* what is left of a mapping does not begin with the object */
	munmap(memory, PAGE);
	assert_refused(d, memory + PAGE, PAGE, -ENXIO);
	assert_refused(d, memory, SIZE, -EFAULT);
	munmap(memory + PAGE, SIZE - PAGE);
	exynos_gem_close(d->fd, created);
}

static void
test_range_that_leaves_the_mapping_is_refused(void **state)
{
	struct device *d = *state;
	uint32_t created, found;
	char *memory = create(d, 0, &created);

	assert_refused(d, memory, SIZE + 1, -EFAULT);
	assert_refused(d, memory, UINT64_MAX, -EFAULT);
	assert_refused(d, memory, 0, -EINVAL);
	found = find(d, memory, SIZE);
	exynos_gem_close(d->fd, found);
	munmap(memory + 2 * PAGE, SIZE - 2 * PAGE);
	assert_refused(d, memory, 2 * PAGE + 1, -EFAULT);
	munmap(memory, 2 * PAGE);
	exynos_gem_close(d->fd, created);
}

/* A handle is for all of the object, and who has mapped a part of it may see no more. */
static void
test_mapping_of_a_part_of_an_object_is_refused(void **state)
{
	struct device *d = *state;
	uint32_t created;
	char *memory = create(d, 0, &created);

	munmap(memory + SIZE - PAGE, PAGE);
	assert_refused(d, memory, SIZE - PAGE, -ENXIO);
	assert_refused(d, memory, 1, -ENXIO);
	munmap(memory, SIZE - PAGE);
	exynos_gem_close(d->fd, created);
}

/*
 * An object without handles gets a new one from a mapping, and a second dma-buf: the first one is
 * none of its own any more. A warning in the kernel's log would fail this test.
 */
static void
assert_one_dmabuf(struct device *d, uint32_t handle, void *memory, uint32_t seed)
{
	int first = exynos_prime_export(d->fd, handle, O_CLOEXEC | O_RDWR), second;
	uint32_t imported, found;

	assert_true(first >= 0);
	draw(memory, seed);
	assert_int_equal(exynos_dmabuf_sync(first, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE), 0);
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);
	found = find(d, memory, SIZE);
	second = exynos_prime_export(d->fd, found, O_CLOEXEC | O_RDWR);
	assert_true(second >= 0);

	assert_int_equal(exynos_prime_import(d->fd, first, &imported), -EBUSY);
	assert_int_equal(exynos_prime_import(d->fd, second, &imported), 0);
	assert_int_equal(imported, found);
	assert_engine_reads(d, imported, seed);

	/* with its last handle it forgets the second one, too, and any may be the next */
	assert_int_equal(exynos_gem_close(d->fd, found), 0);
	assert_int_equal(exynos_prime_import(d->fd, first, &imported), 0);
	assert_engine_reads(d, imported, seed);
	exynos_gem_close(d->fd, imported);
	close(first);
	close(second);
	munmap(memory, SIZE);
}

static void
test_object_with_a_second_dmabuf(void **state)
{
	struct device *d = *state;
	uint32_t handle;
	void *memory = create(d, 0, &handle);

	assert_one_dmabuf(d, handle, memory, 11);
}

static void
test_user_memory_with_a_second_dmabuf(void **state)
{
	struct device *d = *state;
	void *memory = map(-1, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS), *view;
	uint32_t handle;
	int dmabuf;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, SIZE, 0, &handle), 0);
	dmabuf = exynos_prime_export(d->fd, handle, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	view = map(dmabuf, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);
	close(dmabuf);
	assert_one_dmabuf(d, handle, view, 12);
	munmap(memory, SIZE);
}

static void
test_mapping_that_was_moved(void **state)
{
	struct device *d = *state;
	uint32_t created, found;
	char *memory = create(d, 0, &created);
	char *place = map(-1, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);

	draw(memory, 4);
	place = mremap(memory, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
	assert_ptr_not_equal(place, MAP_FAILED);
	assert_refused(d, memory, SIZE, -EFAULT);
	found = find(d, place, SIZE);
	assert_engine_reads(d, found, 4);
	exynos_gem_close(d->fd, found);
	exynos_gem_close(d->fd, created);
	munmap(place, SIZE);
}

/* Who may only read it gets no handle that is good for writing. */
static void
test_mapping_that_cannot_be_written(void **state)
{
	struct device *d = *state;
	uint32_t created;
	void *memory = create(d, 0, &created);

	assert_int_equal(mprotect(memory, SIZE, PROT_READ), 0);
	assert_refused(d, memory, SIZE, -EFAULT);
	assert_int_equal(mprotect(memory, SIZE, PROT_NONE), 0);
	assert_refused(d, memory, SIZE, -EFAULT);
	assert_int_equal(mprotect(memory, SIZE, PROT_READ | PROT_WRITE), 0);
	exynos_gem_close(d->fd, find(d, memory, SIZE));
	exynos_gem_close(d->fd, created);
	munmap(memory, SIZE);
}

/* What is written to it does not reach the object. */
static void
test_private_mapping_of_an_object(void **state)
{
	struct device *d = *state;
	uint32_t created;
	uint64_t offset;
	void *memory;

	assert_int_equal(exynos_gem_create(d->fd, SIZE, 0, &created), 0);
	assert_int_equal(exynos_gem_map_offset(d->fd, created, &offset), 0);
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, d->fd, (off_t)offset);
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_refused(d, memory, SIZE, -EFAULT);
	munmap(memory, SIZE);
	exynos_gem_close(d->fd, created);
}

static int
find_in_child(void *data)
{
	struct device *d = data, own = *d;
	void *memory = d->pixels;
	uint32_t handle;

	/* the mapping was inherited, the file is another one */
	own.fd = exynos_open(EXYNOS_RENDER_NODE);
	CHILD_CHECK(own.fd >= 0);
	CHILD_CHECK(exynos_gem_userptr(own.fd, memory, SIZE, 0, &handle) == 0);
	own.target.handle = handle;
	CHILD_CHECK(g2d_fill(own.fd, &own.target, &whole, 0xc41d) == 0);

	return 0;
}

static void
test_mapping_in_another_process(void **state)
{
	struct device *d = *state;

	assert_int_equal(child_run(find_in_child, d), 0);
	for (size_t i = 0; i < SIZE / 4; i++)
		assert_int_equal(d->pixels[i], 0xc41d);
}

/* A list that names the mapping by its address, in a structure that 32 bits can name. */
static void
test_list_with_the_address_of_a_mapping(void **state)
{
	struct device *d = *state;
	struct drm_exynos_g2d_userptr *user = g2d_map_descriptors();
	uint32_t created;
	void *memory = create(d, 0, &created);
	struct g2d_image image = { (uint32_t)(uintptr_t)user, STRIDE };
	struct g2d_list list;

	draw(memory, 5);
	user->userptr = (unsigned long)memory;
	user->size = SIZE;
	g2d_list_copy(&list, &d->target, &whole, &image, &whole);
	for (uint32_t i = 0; i < list.n_bufs; i++) {
		if (list.bufs[i].offset == G2D_SRC_BASE_ADDR)
			list.bufs[i].offset |= G2D_BUF_USERPTR;
	}
	assert_int_equal(g2d_submit(d->fd, &list), 0);
	/* the list has the object, not the mapping */
	munmap(memory, SIZE);
	exynos_gem_close(d->fd, created);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_true(is_drawn(d->pixels, 5));
	munmap(user, PAGE);
}

static void
test_mapping_of_the_dmabuf_of_user_memory(void **state)
{
	struct device *d = *state;
	void *memory = map(-1, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS), *view;
	uint32_t imported, found, flags;
	uint64_t size_bytes;
	int dmabuf;

	draw(memory, 6);
	assert_int_equal(exynos_gem_userptr(d->fd, memory, SIZE, 0, &imported), 0);
	dmabuf = exynos_prime_export(d->fd, imported, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	view = map(dmabuf, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED);

	found = find(d, view, SIZE);
	assert_refused(d, (char *)view + PAGE, PAGE, -ENXIO);
	assert_int_equal(exynos_gem_get(d->fd, found, &size_bytes, &flags), 0);
	assert_true(flags & EXYNOS_BO_USERPTR);
	assert_int_equal(exynos_userptr_pinned(d->fd), SIZE);

	exynos_gem_close(d->fd, imported);
	close(dmabuf);
	munmap(view, SIZE);
	munmap(memory, SIZE);
	assert_int_equal(exynos_userptr_pinned(d->fd), SIZE);
	assert_engine_reads(d, found, 6);
	exynos_gem_close(d->fd, found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_mapping_of_a_gem_object_is_the_object),
		TEST(test_engine_writes_to_the_object_of_a_mapping),
		TEST(test_part_of_the_first_page_is_the_object),
		TEST(test_object_from_another_page_is_refused),
		TEST(test_range_that_leaves_the_mapping_is_refused),
		TEST(test_mapping_of_a_part_of_an_object_is_refused),
		TEST(test_object_with_a_second_dmabuf),
		TEST(test_user_memory_with_a_second_dmabuf),
		TEST(test_mapping_that_was_moved),
		TEST(test_mapping_that_cannot_be_written),
		TEST(test_private_mapping_of_an_object),
		TEST(test_mapping_in_another_process),
		TEST(test_list_with_the_address_of_a_mapping),
		TEST(test_mapping_of_the_dmabuf_of_user_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("mappings as user memory", tests, NULL, NULL);
}
