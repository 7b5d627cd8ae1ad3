// SPDX-License-Identifier: MIT
/*
 * The dma-buf of user memory: imported, mapped, synchronized, and held by others than its owner.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>

#include "child.h"
#include "exynos-device.h"
#include "skip.h"
#include "userptr-fixture.h"
#include "virtual-engine.h"

static void
test_export_twice_is_one_dmabuf(void **state)
{
	struct userptr_device *d = *state;
	int second = exynos_open(EXYNOS_RENDER_NODE);
	char *memory = map_memory(d->size, 1);
	uint32_t handle, same, imported;
	int dmabuf, again;

	assert_true(second >= 0);
	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	dmabuf = exynos_prime_export(d->fd, handle, O_CLOEXEC);
	again = exynos_prime_export(d->fd, handle, O_CLOEXEC);
	assert_true(dmabuf >= 0 && again >= 0);

	/* in the same file it is the same handle, in another one it is the same object */
	assert_int_equal(exynos_prime_import(d->fd, again, &same), 0);
	assert_int_equal(same, handle);
	assert_int_equal(exynos_prime_import(second, dmabuf, &imported), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);

	close(dmabuf);
	close(again);
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	close(second);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	munmap(memory, d->size);
}

static void
test_import_in_a_second_file_is_the_same_memory(void **state)
{
	struct userptr_device *d = *state;
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	struct g2d_image image = image_import(d, memory, IMAGE_SIZE), same = { 0, IMAGE_STRIDE };
	int second = exynos_open(EXYNOS_RENDER_NODE), dmabuf = object_export(d->fd, image.handle);
	uint64_t size;
	uint32_t flags;

	assert_true(second >= 0);
	assert_int_equal(exynos_prime_import(second, dmabuf, &same.handle), 0);
	assert_int_equal(exynos_gem_get(second, same.handle, &size, &flags), 0);
	assert_int_equal(size, (IMAGE_SIZE + d->page - 1) / d->page * d->page);
	assert_true(flags & EXYNOS_BO_USERPTR);

	assert_int_equal(g2d_fill(second, &same, &image_whole, 0x11223344), 0);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	for (int i = 0; i < IMAGE_WIDTH * IMAGE_HEIGHT; i++)
		assert_int_equal(memory[i], 0x11223344);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);

	close(dmabuf);
	close(second);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, IMAGE_SIZE);
}

static void
test_sync_takes_every_direction_and_nothing_else(void **state)
{
	struct userptr_device *d = *state;
	const uint64_t accesses[] = { DMA_BUF_SYNC_READ, DMA_BUF_SYNC_WRITE, DMA_BUF_SYNC_RW };
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	struct g2d_image image = image_import(d, memory, IMAGE_SIZE);
	int dmabuf = object_export(d->fd, image.handle);

	for (int i = 0; i < 3; i++) {
		sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | accesses[i]);
		sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | accesses[i]);
	}
	assert_int_equal(exynos_dmabuf_sync(dmabuf, 0), -EINVAL);
	assert_int_equal(exynos_dmabuf_sync(dmabuf, 1 << 3 | DMA_BUF_SYNC_RW), -EINVAL);
	close(dmabuf);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, IMAGE_SIZE);
}

static void
test_mapping_of_the_dmabuf_shows_what_the_engine_wrote(void **state)
{
	struct userptr_device *d = *state;
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE), *map;
	struct g2d_image image = image_import(d, memory, IMAGE_SIZE);
	int dmabuf = object_export(d->fd, image.handle);

	map = mmap(NULL, IMAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(munmap(memory, IMAGE_SIZE), 0);

	image_draw(d->pixels, 23);
	assert_int_equal(g2d_copy(d->fd, &image, &image_whole, &d->target, &image_whole), 0);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	assert_true(image_is_drawn(map, 23));
	image_draw(map, 24);
	sync_dmabuf(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	assert_int_equal(g2d_copy(d->fd, &d->target, &image_whole, &image, &image_whole), 0);
	assert_true(image_is_drawn(d->pixels, 24));

	munmap(map, IMAGE_SIZE);
	close(dmabuf);
	exynos_gem_close(d->fd, image.handle);
}

static void
test_mapping_of_the_dmabuf_outlives_everything(void **state)
{
	struct userptr_device *d = *state;
	int second = exynos_open(EXYNOS_RENDER_NODE), dmabuf;
	char *memory = map_memory(d->size, 0x71), *map;
	uint32_t handle;

	assert_true(second >= 0);
	assert_int_equal(exynos_gem_userptr(second, memory, d->size, 0, &handle), 0);
	dmabuf = exynos_prime_export(second, handle, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	map = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	close(dmabuf);
	close(second);
	assert_int_equal(munmap(memory, d->size), 0);

	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_true(is_filled(map, d->size, 0x71));
	memset(map, 0x72, d->size);
	assert_true(is_filled(map, d->size, 0x72));

	/* a part of it is enough, wherever it has been moved */
	assert_int_equal(munmap(map, d->size - d->page), 0);
	map = mremap(map + d->size - d->page, d->page, d->page, MREMAP_MAYMOVE);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_true(is_filled(map, d->page, 0x72));
	assert_int_equal(munmap(map, d->page), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
}

struct reader {
	char *map;
	size_t size;
	struct child_gate go;
};

static int
child_reads_the_mapping(void *data)
{
	struct reader *r = data;

	CHILD_CHECK(child_gate_wait(&r->go) == 0);
	CHILD_CHECK(is_filled(r->map, r->size, 0x82));
	memset(r->map, 0x83, r->size);

	return 0;
}

static void
test_mapping_of_the_dmabuf_is_shared_by_fork(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x81);
	struct reader r = { .size = d->size };
	uint32_t handle;
	int dmabuf;
	pid_t pid;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	dmabuf = exynos_prime_export(d->fd, handle, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	r.map = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	assert_ptr_not_equal(r.map, MAP_FAILED);

	assert_int_equal(child_gate_init(&r.go), 0);
	pid = child_start(child_reads_the_mapping, &r);
	memset(memory, 0x82, d->size);
	assert_int_equal(child_gate_post(&r.go), 0);
	assert_int_equal(child_wait(pid), 0);
	assert_true(is_filled(r.map, d->size, 0x83));
	assert_true(is_filled(memory, d->size, 0x83));

	child_gate_fini(&r.go);
	munmap(r.map, d->size);
	close(dmabuf);
	exynos_gem_close(d->fd, handle);
	munmap(memory, d->size);
}

static void
test_mapping_of_the_dmabuf_as_the_dmabuf_allows(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 1);
	int read_only, writable;
	uint32_t handle, other;
	void *map;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	read_only = exynos_prime_export(d->fd, handle, O_CLOEXEC);
	assert_true(read_only >= 0);
	assert_ptr_equal(mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, read_only, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EACCES);
	map = mmap(NULL, d->size, PROT_READ, MAP_SHARED, read_only, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(map, d->size, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, EACCES);
	munmap(map, d->size);

	/* pages of a private mapping would have to be copied, and there are none to copy */
	assert_ptr_equal(mmap(NULL, d->size, PROT_READ, MAP_PRIVATE, read_only, 0), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	close(read_only);
	exynos_gem_close(d->fd, handle);

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &other), 0);
	writable = exynos_prime_export(d->fd, other, O_CLOEXEC | O_RDWR);
	assert_true(writable >= 0);
	assert_ptr_equal(mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, writable, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, d->size + d->page, PROT_READ, MAP_SHARED, writable, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, d->size, PROT_READ, MAP_SHARED, writable, (off_t)d->page),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	close(writable);
	exynos_gem_close(d->fd, other);
	munmap(memory, d->size);
}

/* Others would see what else the process has in its first and last page. */
static void
test_parts_of_pages_are_exported_if_the_owner_says_so(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 1);
	const struct {
		size_t first, size;
	} parts[] = {
		{ 16, d->size - 16 }, { 0, d->size - 1 }, { 16, 16 }, { d->page - 1, 2 }, { 0, 1 },
	};
	uint64_t size;
	uint32_t handle, flags;
	int dmabuf;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (uint32_t readonly = 0; readonly < 2; readonly++) {
			const char *part = memory + parts[i].first;
			uint32_t import_flags = readonly ? EXYNOS_BO_READONLY : 0;

			assert_int_equal(exynos_gem_userptr(d->fd, part, parts[i].size,
							    import_flags, &handle),
					 0);
			assert_int_equal(exynos_prime_export(d->fd, handle, O_CLOEXEC), -EPERM);
			exynos_gem_close(d->fd, handle);

			import_flags |= EXYNOS_BO_WHOLE_PAGES;
			assert_int_equal(exynos_gem_userptr(d->fd, part, parts[i].size,
							    import_flags, &handle),
					 0);
			assert_int_equal(exynos_gem_get(d->fd, handle, &size, &flags), 0);
			assert_true(flags & EXYNOS_BO_WHOLE_PAGES);
			dmabuf = exynos_prime_export(d->fd, handle, O_CLOEXEC);
			assert_true(dmabuf >= 0);
			close(dmabuf);
			exynos_gem_close(d->fd, handle);
		}
	}
	munmap(memory, d->size);
}

/* Where there is nothing else, nothing has to be said; and no other object has such a flag. */
static void
test_whole_pages_are_exported(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 1);
	uint64_t size;
	uint32_t handle, flags;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	assert_int_equal(exynos_gem_get(d->fd, handle, &size, &flags), 0);
	assert_false(flags & EXYNOS_BO_WHOLE_PAGES);
	close(object_export(d->fd, handle));
	exynos_gem_close(d->fd, handle);
	assert_int_equal(exynos_gem_create(d->fd, d->size, EXYNOS_BO_WHOLE_PAGES, &handle),
			 -EINVAL);
	munmap(memory, d->size);
}

static void
test_mapping_of_a_part_of_the_dmabuf(void **state)
{
	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0), *map;
	uint32_t handle;
	int dmabuf;

	for (int i = 0; i < USERPTR_PAGES; i++)
		memset(memory + i * d->page, i, d->page);
	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	dmabuf = exynos_prime_export(d->fd, handle, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	map = mmap(NULL, 2 * d->page, PROT_READ, MAP_SHARED, dmabuf, (off_t)d->page);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_memory_equal(map, memory + d->page, 2 * d->page);

	munmap(map, 2 * d->page);
	close(dmabuf);
	exynos_gem_close(d->fd, handle);
	munmap(memory, d->size);
}

static void
test_other_devices_import_it(void **state)
{
	skip_without_engine("import_read");

	struct userptr_device *d = *state;
	char *memory = map_memory(d->size, 0x0f);
	uint32_t handle = assert_imported(d, memory, d->size);
	int dmabuf = object_export(d->fd, handle);

	assert_int_equal(virtual_engine_set("import_read", (uint32_t)dmabuf), 0);
	assert_int_equal(virtual_engine_set("import_write", (uint32_t)dmabuf), 0);
	/* and their drivers can have the CPU write to it */
	assert_int_equal(virtual_engine_set("import_vmap", (uint32_t)dmabuf), 0);
	assert_int_equal((unsigned char)memory[0], 0xf0);
	assert_true(is_filled(memory + 1, d->size - 1, 0x0f));
	close(dmabuf);
	exynos_gem_close(d->fd, handle);
	munmap(memory, d->size);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, userptr_setup, userptr_teardown)
		TEST(test_export_twice_is_one_dmabuf),
		TEST(test_import_in_a_second_file_is_the_same_memory),
		TEST(test_other_devices_import_it),
		TEST(test_sync_takes_every_direction_and_nothing_else),
		TEST(test_mapping_of_the_dmabuf_shows_what_the_engine_wrote),
		TEST(test_mapping_of_the_dmabuf_outlives_everything),
		TEST(test_mapping_of_the_dmabuf_is_shared_by_fork),
		TEST(test_mapping_of_the_dmabuf_as_the_dmabuf_allows),
		TEST(test_parts_of_pages_are_exported_if_the_owner_says_so),
		TEST(test_whole_pages_are_exported),
		TEST(test_mapping_of_a_part_of_the_dmabuf),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("dma-bufs of user memory", tests, NULL, NULL);
}
