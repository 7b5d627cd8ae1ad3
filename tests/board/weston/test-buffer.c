// SPDX-License-Identifier: MIT
/* A client's buffers for tests: wl_shm, the library's, and dma-bufs of another driver. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <wayland-client.h>

#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "test-buffer.h"

#define PAGE_BYTES 4096u

/* from this size on */
#define SCATTERED_BYTES (1024 * 1024)

/* a value that no test draws, so that memory outside of the image is seen if it is shown */
#define JUNK 0xc7

/**
 * struct test_buffer
 * @memory: @size_bytes of them, the image begins @offset_bytes into it
 * @fd: a memfd, or for DMABUF the dma-buf; -1 for LIBRARY
 */
struct test_buffer {
	enum test_buffer_kind kind;
	int32_t width;
	int32_t height;
	uint32_t format;
	uint32_t bytes_per_pixel;
	uint32_t stride;
	uint32_t offset_bytes;
	size_t size_bytes;
	uint8_t *memory;
	int fd;
	struct wl_buffer *wl_buffer;
	struct exup_buffer *exup;
	bool is_busy;
	void (*handle_release)(void *data, struct test_buffer *buffer);
	void *release_data;
};

static void
released(struct test_buffer *buffer)
{
	buffer->is_busy = false;
	if (buffer->handle_release) {
		buffer->handle_release(buffer->release_data, buffer);
	}
}

static void
handle_wl_release(void *data, struct wl_buffer *wl_buffer)
{
	(void)wl_buffer;
	released(data);
}

static const struct wl_buffer_listener wl_buffer_listener = {
	.release = handle_wl_release,
};

static void
handle_exup_release(void *data, struct exup_buffer *exup)
{
	(void)exup;
	released(data);
}

static const struct exup_buffer_listener exup_buffer_listener = {
	.release = handle_exup_release,
};

/* wl_shm names two formats by numbers of its own, and the others as DRM does */
static uint32_t
get_fourcc(uint32_t format)
{
	switch (format) {
	case WL_SHM_FORMAT_ARGB8888:
		return DRM_FORMAT_ARGB8888;
	case WL_SHM_FORMAT_XRGB8888:
		return DRM_FORMAT_XRGB8888;
	default:
		return format;
	}
}

static void
make_library(struct test_buffer *buffer, struct exup_client *exup)
{
	const struct exup_buffer_info info = {
		.data = test_buffer_row(buffer, 0),
		.width = (uint32_t)buffer->width,
		.height = (uint32_t)buffer->height,
		.stride = buffer->stride,
		.fourcc = get_fourcc(buffer->format),
	};
	int ret;

	ret = exup_buffer_create(exup, &info, &exup_buffer_listener, buffer, &buffer->exup);
	if (ret < 0) {
		test_fail("exup_buffer_create: %s", strerror(-ret));
	}
}

static void
make_shm(struct test_buffer *buffer, struct test_client *client)
{
	struct wl_shm_pool *pool;

	pool = wl_shm_create_pool(client->shm, buffer->fd, (int32_t)buffer->size_bytes);
	buffer->wl_buffer =
		wl_shm_pool_create_buffer(pool, (int32_t)buffer->offset_bytes, buffer->width,
					  buffer->height, (int32_t)buffer->stride, buffer->format);
	wl_shm_pool_destroy(pool);
	wl_buffer_add_listener(buffer->wl_buffer, &wl_buffer_listener, buffer);
}

static void
make_dmabuf(struct test_buffer *buffer, struct test_client *client)
{
	struct zwp_linux_buffer_params_v1 *params;

	if (!client->dmabuf) {
		test_fail("the compositor does not offer zwp_linux_dmabuf_v1");
	}
	params = zwp_linux_dmabuf_v1_create_params(client->dmabuf);
	zwp_linux_buffer_params_v1_add(params, buffer->fd, 0, buffer->offset_bytes, buffer->stride,
				       0, 0);
	buffer->wl_buffer = zwp_linux_buffer_params_v1_create_immed(
		params, buffer->width, buffer->height, get_fourcc(buffer->format), 0);
	zwp_linux_buffer_params_v1_destroy(params);
	wl_buffer_add_listener(buffer->wl_buffer, &wl_buffer_listener, buffer);
}

static int
create_dmabuf(size_t size_bytes)
{
	struct dma_heap_allocation_data allocation = {
		.len = size_bytes,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int heap = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);

	if (heap < 0 || ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &allocation) < 0) {
		test_fail("%zu bytes from /dev/dma_heap/system: %s", size_bytes, strerror(errno));
	}
	close(heap);
	return (int)allocation.fd;
}

static int
create_memfd(size_t size_bytes)
{
	int fd = memfd_create("test-buffer", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)size_bytes) < 0) {
		test_fail("a memfd of %zu bytes: %s", size_bytes, strerror(errno));
	}
	return fd;
}

/*
 * Pages get their frames as they are touched: in this order they are surely not contiguous, which
 * matters to a board without an IOMMU.
 */
static void
scatter_pages(uint8_t *memory, size_t size_bytes)
{
	size_t i;

	for (i = PAGE_BYTES; i < size_bytes; i += 2 * (size_t)PAGE_BYTES) {
		memory[i] = JUNK;
	}
	for (i = 0; i < size_bytes; i += 2 * (size_t)PAGE_BYTES) {
		memory[i] = JUNK;
	}
}

static void
alloc_memory(struct test_buffer *buffer)
{
	if (buffer->kind == TEST_BUFFER_LIBRARY) {
		buffer->memory = aligned_alloc(PAGE_BYTES, buffer->size_bytes);
		if (!buffer->memory) {
			test_fail("no memory for %zu bytes", buffer->size_bytes);
		}
		if (buffer->size_bytes >= SCATTERED_BYTES) {
			scatter_pages(buffer->memory, buffer->size_bytes);
		}
		return;
	}
	buffer->fd = buffer->kind == TEST_BUFFER_SHM ? create_memfd(buffer->size_bytes) :
						       create_dmabuf(buffer->size_bytes);
	buffer->memory =
		mmap(NULL, buffer->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, buffer->fd, 0);
	if (buffer->memory == MAP_FAILED) {
		test_fail("mapping %zu bytes: %s", buffer->size_bytes, strerror(errno));
	}
}

struct test_buffer *
test_buffer_create(struct test_client *client, struct exup_client *exup, enum test_buffer_kind kind,
		   int32_t width, int32_t height, uint32_t format,
		   const struct test_buffer_layout *layout)
{
	struct test_buffer *buffer = calloc(1, sizeof(*buffer));

	if (!buffer) {
		test_fail("no memory");
	}
	buffer->kind = kind;
	buffer->width = width;
	buffer->height = height;
	buffer->format = format;
	buffer->bytes_per_pixel = format == WL_SHM_FORMAT_RGB565 ? 2 : 4;
	buffer->offset_bytes = layout ? layout->offset_bytes : 0;
	buffer->stride =
		(uint32_t)width * buffer->bytes_per_pixel + (layout ? layout->padding_bytes : 0);
	buffer->size_bytes = buffer->offset_bytes + (size_t)buffer->stride * (size_t)height;
	buffer->size_bytes = (buffer->size_bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
	buffer->fd = -1;
	alloc_memory(buffer);
	memset(buffer->memory, JUNK, buffer->size_bytes);
	switch (kind) {
	case TEST_BUFFER_SHM:
		make_shm(buffer, client);
		break;
	case TEST_BUFFER_LIBRARY:
		make_library(buffer, exup);
		break;
	case TEST_BUFFER_DMABUF:
		make_dmabuf(buffer, client);
		break;
	}
	return buffer;
}

void
test_buffer_destroy(struct test_buffer *buffer)
{
	if (!buffer) {
		return;
	}
	exup_buffer_destroy(buffer->exup);
	if (buffer->wl_buffer) {
		wl_buffer_destroy(buffer->wl_buffer);
	}
	if (buffer->kind == TEST_BUFFER_LIBRARY) {
		free(buffer->memory);
	} else {
		munmap(buffer->memory, buffer->size_bytes);
		close(buffer->fd);
	}
	free(buffer);
}

void *
test_buffer_row(struct test_buffer *buffer, int32_t y)
{
	return buffer->memory + buffer->offset_bytes + (size_t)y * buffer->stride;
}

void
test_buffer_fill(struct test_buffer *buffer, uint32_t pixel)
{
	int32_t x, y;

	for (y = 0; y < buffer->height; y++) {
		uint32_t *row = test_buffer_row(buffer, y);

		for (x = 0; x < buffer->width; x++) {
			row[x] = pixel;
		}
	}
}

/* The CPU has drawn, other devices are to see it. */
static void
sync_dmabuf(struct test_buffer *buffer)
{
	struct dma_buf_sync begin = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE };
	struct dma_buf_sync end = { .flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE };

	if (ioctl(buffer->fd, DMA_BUF_IOCTL_SYNC, &begin) < 0 ||
	    ioctl(buffer->fd, DMA_BUF_IOCTL_SYNC, &end) < 0) {
		test_fail("DMA_BUF_IOCTL_SYNC: %s", strerror(errno));
	}
}

void
test_buffer_attach(struct test_buffer *buffer, struct wl_surface *surface)
{
	buffer->is_busy = true;
	if (buffer->kind == TEST_BUFFER_DMABUF) {
		sync_dmabuf(buffer);
	}
	wl_surface_attach(surface, buffer->wl_buffer, 0, 0);
}

void
test_buffer_commit(struct test_buffer *buffer, struct wl_surface *surface,
		   const struct exup_rect *damage, int damage_count)
{
	const struct exup_rect all = { 0, 0, buffer->width, buffer->height };
	int ret, i;

	if (!damage) {
		damage = &all;
		damage_count = 1;
	}
	if (buffer->exup) {
		buffer->is_busy = true;
		ret = exup_buffer_commit(buffer->exup, surface, damage, damage_count);
		if (ret < 0) {
			test_fail("exup_buffer_commit: %s", strerror(-ret));
		}
		return;
	}
	test_buffer_attach(buffer, surface);
	for (i = 0; i < damage_count; i++) {
		wl_surface_damage_buffer(surface, damage[i].x, damage[i].y, damage[i].width,
					 damage[i].height);
	}
	wl_surface_commit(surface);
}

bool
test_buffer_is_busy(const struct test_buffer *buffer)
{
	return buffer->is_busy;
}

struct exup_buffer *
test_buffer_get_exup(struct test_buffer *buffer)
{
	return buffer->exup;
}

void
test_buffer_on_release(struct test_buffer *buffer,
		       void (*handle)(void *data, struct test_buffer *buffer), void *data)
{
	buffer->handle_release = handle;
	buffer->release_data = data;
}

uint64_t
test_read_pinned(void)
{
	FILE *file = fopen("/sys/devices/platform/exynos-drm/userptr_pinned", "r");
	uint64_t bytes;

	if (!file || fscanf(file, "%" SCNu64, &bytes) != 1) {
		test_fail("cannot read the driver's userptr_pinned");
	}
	fclose(file);
	return bytes;
}

bool
test_wait_pinned(uint64_t bytes)
{
	int tries;

	for (tries = 0; tries < 3000; tries++) {
		if (test_read_pinned() <= bytes) {
			return true;
		}
		usleep(20000);
	}
	fprintf(stderr, "%" PRIu64 " bytes are still pinned\n", test_read_pinned());
	return false;
}
