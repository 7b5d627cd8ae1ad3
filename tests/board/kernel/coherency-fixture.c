// SPDX-License-Identifier: MIT
/*
 * What the tests of coherency have in common: a buffer that is a part of some pages, drawn and
 * looked at by the CPU and by an engine that does not snoop the CPU's cache.
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

#include "coherency-fixture.h"
#include "exynos-device.h"
#include "virtual-engine.h"

const struct g2d_box buffer_line = { 0, 0, BUFFER_WIDTH, 1 };

bool
coherency_is_of_no_account(void)
{
	return virtual_engine_has("incoherent") && virtual_engine_get("incoherent") == 0;
}

int
coherency_setup(void **state)
{
	struct coherency_device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->is_model = virtual_engine_has("incoherent") && virtual_engine_get("incoherent");
	d->page = (size_t)sysconf(_SC_PAGESIZE);
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(d->fd >= 0);
	d->target.stride = BUFFER_SIZE;
	assert_int_equal(exynos_gem_create(d->fd, BUFFER_SIZE, 0, &d->target.handle), 0);
	d->pixels = exynos_gem_mmap(d->fd, d->target.handle, BUFFER_SIZE);
	assert_non_null(d->pixels);
	*state = d;

	return 0;
}

int
coherency_teardown(void **state)
{
	struct coherency_device *d = *state;

	munmap(d->pixels, BUFFER_SIZE);
	exynos_gem_close(d->fd, d->target.handle);
	assert_true(exynos_wait_pinned(d->fd, 0));
	close(d->fd);
	free(d);

	return 0;
}

uint32_t
buffer_pixel(size_t i, uint32_t seed)
{
	return seed ^ (uint32_t)i * 2654435761u;
}

static void
draw(uint32_t *pixels, size_t count, uint32_t seed)
{
	for (size_t i = 0; i < count; i++)
		pixels[i] = buffer_pixel(i, seed);
}

static bool
is_drawn(const uint32_t *pixels, size_t count, uint32_t seed)
{
	for (size_t i = 0; i < count; i++) {
		if (pixels[i] != buffer_pixel(i, seed))
			return false;
	}

	return true;
}

void
buffer_draw(struct buffer *b, uint32_t seed)
{
	draw(b->pixels, b->size / 4, seed);
}

bool
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

void
write_neighbours(struct buffer *b, unsigned char value)
{
	for (size_t i = 0; i < b->pages_size; i++) {
		if (!is_in_buffer(b, i))
			b->pages[i] = (unsigned char)(value + i);
	}
}

bool
neighbours_are(const struct buffer *b, unsigned char value)
{
	for (size_t i = 0; i < b->pages_size; i++) {
		if (!is_in_buffer(b, i) && b->pages[i] != (unsigned char)(value + i))
			return false;
	}

	return true;
}

void
buffer_map(struct coherency_device *d, struct buffer *b, size_t offset, size_t size_bytes)
{
	*b = (struct buffer){ .pages_size = BUFFER_PAGES * d->page, .size = size_bytes, .fd = -1 };
	b->dmabuf = -1;
	b->pages = mmap(NULL, b->pages_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	assert_ptr_not_equal(b->pages, MAP_FAILED);
	b->pixels = (uint32_t *)(b->pages + offset);
}

static void
import_and_export(struct coherency_device *d, struct buffer *b, uint32_t flags)
{
	int x = (int)((uintptr_t)b->pixels % d->page / 4);

	b->fd = d->fd;
	b->image.stride = (uint32_t)(BUFFER_PAGES * d->page);
	b->box = (struct g2d_box){ x, 0, x + (int)(b->size / 4), 1 };
	assert_int_equal(exynos_gem_userptr_shared(d->fd, b->pixels, b->size, &b->image.handle), 0);
	b->dmabuf = exynos_prime_export(d->fd, b->image.handle, O_CLOEXEC | flags);
	assert_true(b->dmabuf >= 0);
}

void
buffer_import(struct coherency_device *d, struct buffer *b)
{
	import_and_export(d, b, O_RDWR);
}

void
buffer_import_for_reading(struct coherency_device *d, struct buffer *b)
{
	import_and_export(d, b, 0);
}

/* The memory stays. */
void
buffer_release(struct buffer *b)
{
	close(b->dmabuf);
	assert_int_equal(exynos_gem_close(b->fd, b->image.handle), 0);
}

void
buffer_unmap(struct buffer *b)
{
	munmap(b->pages, b->pages_size);
}

void
buffer_begin(const struct buffer *b, uint64_t access)
{
	assert_int_equal(exynos_dmabuf_sync(b->dmabuf, DMA_BUF_SYNC_START | access), 0);
}

void
buffer_end(const struct buffer *b, uint64_t access)
{
	assert_int_equal(exynos_dmabuf_sync(b->dmabuf, DMA_BUF_SYNC_END | access), 0);
}

/* Whether the engine reads this from the buffer. */
bool
engine_sees(struct coherency_device *d, const struct buffer *b, uint32_t seed)
{
	const struct g2d_box box = { 0, 0, (int)(b->size / 4), 1 };

	memset(d->pixels, 0xee, BUFFER_SIZE);
	assert_int_equal(g2d_copy(d->fd, &d->target, &box, &b->image, &b->box), 0);

	return is_drawn(d->pixels, b->size / 4, seed);
}

/* The engine writes it to the buffer. */
void
engine_draws(struct coherency_device *d, const struct buffer *b, uint32_t seed)
{
	const struct g2d_box box = { 0, 0, (int)(b->size / 4), 1 };

	draw(d->pixels, b->size / 4, seed);
	assert_int_equal(g2d_copy(d->fd, &b->image, &b->box, &d->target, &box), 0);
}
