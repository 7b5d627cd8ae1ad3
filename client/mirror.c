// SPDX-License-Identifier: MIT
/* The fallback: a wl_shm buffer with a copy of the application's pixels. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "client-private.h"

/**
 * struct exup_mirror
 * @stride: bytes, without gaps between rows
 */
struct exup_mirror {
	struct wl_buffer *buffer;
	uint8_t *pixels;
	size_t size_bytes;
	uint32_t stride;
	uint32_t bytes_per_pixel;
};

/* enum wl_shm.format is the fourcc, but for the two formats that are older than that rule. */
static uint32_t
get_shm_format(uint32_t fourcc)
{
	switch (fourcc) {
	case DRM_FORMAT_ARGB8888:
		return WL_SHM_FORMAT_ARGB8888;
	case DRM_FORMAT_XRGB8888:
		return WL_SHM_FORMAT_XRGB8888;
	default:
		return fourcc;
	}
}

/* Memory that is there (no SIGBUS later for want of it) and cannot shrink under the compositor. */
static int
create_memory(size_t size_bytes)
{
	sigset_t all, old;
	int fd;
	int ret;

	fd = memfd_create("exynos-userptr", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0) {
		return -errno;
	}
	/* Linux 6.1 gives up at any signal: with a fast timer this would never end */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	do {
		ret = posix_fallocate(fd, 0, (off_t)size_bytes);
	} while (ret == EINTR);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret != 0) {
		close(fd);
		return ret == ENOSPC ? -ENOMEM : -ret;
	}
	/* no reason to give up: the seal lets the compositor go without its SIGBUS handler */
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL);
	return fd;
}

static struct wl_buffer *
create_buffer(struct exup_client *client, int fd, const struct exup_image *image,
	      const struct exup_mirror *mirror)
{
	struct wl_shm_pool *pool;
	struct wl_buffer *buffer;

	pool = wl_shm_create_pool(client->shm, fd, (int32_t)mirror->size_bytes);
	if (!pool) {
		return NULL;
	}
	buffer = wl_shm_pool_create_buffer(pool, 0, (int32_t)image->width, (int32_t)image->height,
					   (int32_t)mirror->stride,
					   get_shm_format(image->format->fourcc));
	wl_shm_pool_destroy(pool);
	if (buffer) {
		wl_proxy_set_queue((struct wl_proxy *)buffer, client->app_queue);
	}
	return buffer;
}

int
exup_mirror_create(struct exup_client *client, const struct exup_image *image,
		   struct exup_mirror **out)
{
	struct exup_mirror *mirror;
	void *pixels;
	int fd;
	int ret;

	mirror = calloc(1, sizeof(*mirror));
	if (!mirror) {
		return -ENOMEM;
	}
	/* exup_image_init() has made sure that both fit */
	mirror->bytes_per_pixel = image->format->bytes_per_pixel;
	mirror->stride = image->width * mirror->bytes_per_pixel;
	mirror->size_bytes = (size_t)mirror->stride * image->height;
	ret = create_memory(mirror->size_bytes);
	if (ret < 0) {
		goto err_free;
	}
	fd = ret;
	ret = exup_client_check_fd(fd);
	if (ret < 0) {
		goto err_close;
	}
	pixels = mmap(NULL, mirror->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (pixels == MAP_FAILED) {
		ret = -errno;
		goto err_close;
	}
	mirror->pixels = pixels;
	mirror->buffer = create_buffer(client, fd, image, mirror);
	if (!mirror->buffer) {
		ret = -ENOMEM;
		goto err_unmap;
	}
	close(fd);
	*out = mirror;
	return 0;

err_unmap:
	munmap(pixels, mirror->size_bytes);
err_close:
	close(fd);
err_free:
	free(mirror);
	return ret;
}

void
exup_mirror_destroy(struct exup_mirror *mirror)
{
	if (!mirror) {
		return;
	}
	wl_buffer_destroy(mirror->buffer);
	munmap(mirror->pixels, mirror->size_bytes);
	free(mirror);
}

struct wl_buffer *
exup_mirror_get_buffer(const struct exup_mirror *mirror)
{
	return mirror->buffer;
}

uint64_t
exup_mirror_copy(struct exup_mirror *mirror, const void *pixels, uint32_t stride,
		 const struct exup_damage *damage)
{
	uint64_t copied_bytes = 0;
	int i;

	for (i = 0; i < damage->count; i++) {
		const struct exup_rect *rect = &damage->rects[i];
		size_t row_bytes = (size_t)rect->width * mirror->bytes_per_pixel;
		size_t left_bytes = (size_t)rect->x * mirror->bytes_per_pixel;
		const uint8_t *src =
			(const uint8_t *)pixels + (size_t)rect->y * stride + left_bytes;
		uint8_t *dst = mirror->pixels + (size_t)rect->y * mirror->stride + left_bytes;
		int32_t y;

		for (y = 0; y < rect->height; y++) {
			memcpy(dst, src, row_bytes);
			src += stride;
			dst += mirror->stride;
		}
		copied_bytes += (uint64_t)row_bytes * (uint32_t)rect->height;
	}
	return copied_bytes;
}
