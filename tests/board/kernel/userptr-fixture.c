// SPDX-License-Identifier: MIT
/*
 * What the tests of user memory have in common: the device, memory whose content is known, and what
 * the engine sees of an object.
 */

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

#include "exynos-device.h"
#include "userptr-fixture.h"
#include "virtual-engine.h"

const struct g2d_box image_whole = { 0, 0, IMAGE_WIDTH, IMAGE_HEIGHT };

int
userptr_setup(void **state)
{
	struct userptr_device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->process_pinned = process_pinned();
	d->kernel_pinned = kernel_pinned_pages();
	d->mapped_bytes = virtual_engine_get("mapped_bytes");
	d->open_files = process_open_files();
	d->page = (size_t)sysconf(_SC_PAGESIZE);
	d->size = USERPTR_PAGES * d->page;
	d->card = exynos_open(EXYNOS_PRIMARY_NODE);
	assert_true(d->card >= 0);
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(d->fd >= 0);
	d->target.stride = IMAGE_STRIDE;
	assert_int_equal(exynos_gem_create(d->fd, IMAGE_SIZE, 0, &d->target.handle), 0);
	d->pixels = exynos_gem_mmap(d->fd, d->target.handle, IMAGE_SIZE);
	assert_non_null(d->pixels);
	memset(d->pixels, 0xee, IMAGE_SIZE);
	*state = d;

	return 0;
}

int
userptr_teardown(void **state)
{
	struct userptr_device *d = *state;

	assert_int_equal(virtual_engine_reset(), 0);
	assert_int_equal(exynos_user_limit(d->card, USERPTR_LIMIT), 0);
	munmap(d->pixels, IMAGE_SIZE);
	exynos_gem_close(d->fd, d->target.handle);
	assert_true(exynos_wait_pinned(d->fd, 0));
	assert_int_equal(process_pinned(), d->process_pinned);
	assert_int_equal(kernel_pinned_pages(), d->kernel_pinned);
	close(d->fd);
	close(d->card);
	assert_int_equal(virtual_engine_get("mapped_bytes"), d->mapped_bytes);
	assert_int_equal(process_open_files(), d->open_files);
	free(d);

	return 0;
}

void
assert_pinned(struct userptr_device *d, uint64_t bytes)
{
	assert_int_equal(exynos_userptr_pinned(d->fd), bytes);
	assert_int_equal(process_pinned(), d->process_pinned + bytes);
}

void
assert_refused(struct userptr_device *d, const void *ptr, uint64_t size_bytes, uint32_t flags,
	       int error)
{
	uint64_t before = exynos_userptr_pinned(d->fd);
	uint64_t process_before = process_pinned();
	uint32_t handle = 0;

	assert_int_equal(exynos_gem_userptr(d->fd, ptr, size_bytes, flags, &handle), error);
	assert_int_equal(handle, 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), before);
	assert_int_equal(process_pinned(), process_before);
}

uint32_t
assert_imported(struct userptr_device *d, const void *ptr, uint64_t size_bytes)
{
	uint32_t handle = 0;

	assert_int_equal(exynos_gem_userptr_shared(d->fd, ptr, size_bytes, &handle), 0);
	assert_int_not_equal(handle, 0);

	return handle;
}

void *
map_anonymous(size_t size_bytes, int protection)
{
	void *map = mmap(NULL, size_bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(map, MAP_FAILED);

	return map;
}

char *
map_memory(size_t size_bytes, int byte)
{
	return memset(map_anonymous(size_bytes, PROT_READ | PROT_WRITE), byte, size_bytes);
}

char *
child_map_memory(size_t size_bytes, int byte)
{
	char *map =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return NULL;

	return memset(map, byte, size_bytes);
}

bool
is_filled(const char *memory, size_t size_bytes, int byte)
{
	for (size_t i = 0; i < size_bytes; i++) {
		if (memory[i] != (char)byte)
			return false;
	}

	return true;
}

/* Makes what the CPU has written to an object's memory visible to the engine. */
static bool
flush_object(int fd, uint32_t handle)
{
	int dmabuf = exynos_prime_export(fd, handle, O_CLOEXEC | O_RDWR);
	bool flushed;

	if (dmabuf < 0)
		return false;

	flushed = exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE) == 0 &&
		  exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE) == 0;
	close(dmabuf);

	return flushed;
}

/*
 * The engine copies the object into a GEM object of its own, which is compared here. 32 bit pixels,
 * one page per line.
 */
bool
object_is_filled(int fd, uint32_t handle, size_t size_bytes, int byte)
{
	int page = (int)sysconf(_SC_PAGESIZE);
	struct g2d_box box = { 0, 0, page / 4, (int)size_bytes / page };
	struct g2d_image src = { handle, (uint32_t)page }, dst = { 0, (uint32_t)page };
	bool filled = false;
	char *map;

	if (exynos_gem_create(fd, size_bytes, 0, &dst.handle) < 0)
		return false;

	map = exynos_gem_mmap(fd, dst.handle, size_bytes);
	if (map) {
		memset(map, ~byte, size_bytes);
		filled = flush_object(fd, handle) && g2d_copy(fd, &dst, &box, &src, &box) == 0 &&
			 is_filled(map, size_bytes, byte);
		munmap(map, size_bytes);
	}
	exynos_gem_close(fd, dst.handle);

	return filled;
}

int
object_export(int fd, uint32_t handle)
{
	int dmabuf = exynos_prime_export(fd, handle, O_CLOEXEC | O_RDWR);

	assert_true(dmabuf >= 0);

	return dmabuf;
}

void
sync_dmabuf(int dmabuf, uint64_t flags)
{
	assert_int_equal(exynos_dmabuf_sync(dmabuf, flags), 0);
}

uint32_t
image_pixel(int x, int y, uint32_t seed)
{
	return seed ^ (uint32_t)(y * 65536 + x) * 2654435761u;
}

void
image_draw(uint32_t *pixels, uint32_t seed)
{
	for (int y = 0; y < IMAGE_HEIGHT; y++) {
		for (int x = 0; x < IMAGE_WIDTH; x++)
			pixels[y * IMAGE_WIDTH + x] = image_pixel(x, y, seed);
	}
}

bool
image_is_drawn(const uint32_t *pixels, uint32_t seed)
{
	for (int y = 0; y < IMAGE_HEIGHT; y++) {
		for (int x = 0; x < IMAGE_WIDTH; x++) {
			if (pixels[y * IMAGE_WIDTH + x] != image_pixel(x, y, seed))
				return false;
		}
	}

	return true;
}

struct g2d_image
image_import(struct userptr_device *d, const void *memory, size_t size_bytes)
{
	struct g2d_image image = { 0, IMAGE_STRIDE };

	assert_int_equal(exynos_gem_userptr_shared(d->fd, memory, size_bytes, &image.handle), 0);

	return image;
}

void
start_held_copy(struct userptr_device *d, const struct g2d_image *source)
{
	uint64_t started = virtual_engine_started();
	struct g2d_list list;

	assert_int_equal(virtual_engine_set("hold", 1), 0);
	g2d_list_copy(&list, &d->target, &image_whole, source, &image_whole);
	assert_int_equal(g2d_submit_event(d->fd, &list, 42), 0);
	assert_int_equal(g2d_exec(d->fd, true), 0);
	assert_true(virtual_engine_wait_started(started));
}

void
finish_held_copy(struct userptr_device *d)
{
	struct drm_exynos_g2d_event event;

	assert_int_equal(virtual_engine_set("hold", 0), 0);
	assert_int_equal(g2d_read_event(d->fd, &event), 0);
	assert_int_equal(event.user_data, 42);
}
