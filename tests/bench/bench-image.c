// SPDX-License-Identifier: MIT
/* Memory that a client of the benchmark draws into: a wl_shm pool of its own, or the library's. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "bench-image.h"

#define BYTES_PER_PIXEL 4

static void
release(void *data, struct wl_buffer *wl_buffer)
{
	struct bench_image *image = data;

	(void)wl_buffer;
	image->is_busy = false;
}

static const struct wl_buffer_listener buffer_listener = {
	.release = release,
};

static int
init_shm(struct bench_image *image, struct wl_shm *shm, uint32_t fourcc)
{
	struct wl_shm_pool *pool;
	void *map;
	int fd, ret = 0;

	fd = memfd_create("bench", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)image->size_bytes) < 0) {
		ret = -errno;
		goto out;
	}
	map = mmap(NULL, image->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		ret = -errno;
		goto out;
	}
	image->pixels = map;
	pool = wl_shm_create_pool(shm, fd, (int32_t)image->size_bytes);
	image->wl_buffer = wl_shm_pool_create_buffer(
		pool, 0, (int32_t)image->width, (int32_t)image->height,
		(int32_t)(image->width * BYTES_PER_PIXEL),
		fourcc == DRM_FORMAT_ARGB8888 ? WL_SHM_FORMAT_ARGB8888 : WL_SHM_FORMAT_XRGB8888);
	wl_buffer_add_listener(image->wl_buffer, &buffer_listener, image);
	wl_shm_pool_destroy(pool);
out:
	if (fd >= 0) {
		close(fd);
	}
	return ret;
}

static int
init_library(struct bench_image *image, struct exup_client *client, uint32_t fourcc)
{
	struct exup_buffer_info info = {
		.width = image->width,
		.height = image->height,
		.stride = image->width * BYTES_PER_PIXEL,
		.fourcc = fourcc,
	};

	image->pixels = malloc(image->size_bytes);
	if (!image->pixels) {
		return -ENOMEM;
	}
	info.data = image->pixels;
	return exup_buffer_create(client, &info, NULL, NULL, &image->buffer);
}

int
bench_image_init(struct bench_image *image, struct exup_client *client, struct wl_shm *shm,
		 uint32_t width, uint32_t height, uint32_t fourcc)
{
	*image = (struct bench_image){
		.width = width,
		.height = height,
		.size_bytes = (size_t)width * height * BYTES_PER_PIXEL,
	};
	return client ? init_library(image, client, fourcc) : init_shm(image, shm, fourcc);
}

void
bench_image_fini(struct bench_image *image)
{
	exup_buffer_destroy(image->buffer);
	if (image->wl_buffer) {
		wl_buffer_destroy(image->wl_buffer);
		munmap(image->pixels, image->size_bytes);
	} else {
		free(image->pixels);
	}
}

bool
bench_image_is_busy(const struct bench_image *image)
{
	return image->buffer ? exup_buffer_is_busy(image->buffer) : image->is_busy;
}

int
bench_image_commit(struct bench_image *image, struct wl_surface *surface,
		   const struct exup_rect *damage, int damage_count)
{
	int i;

	if (image->buffer) {
		return exup_buffer_commit(image->buffer, surface, damage, damage_count);
	}
	image->is_busy = true;
	wl_surface_attach(surface, image->wl_buffer, 0, 0);
	for (i = 0; i < damage_count; i++) {
		wl_surface_damage_buffer(surface, damage[i].x, damage[i].y, damage[i].width,
					 damage[i].height);
	}
	wl_surface_commit(surface);
	return 0;
}

uint64_t
bench_image_get_copied(const struct bench_image *image)
{
	return image->buffer ? exup_buffer_get_copied(image->buffer) : 0;
}

enum exup_path
bench_image_get_path(const struct bench_image *image)
{
	return image->buffer ? exup_buffer_get_path(image->buffer) : EXUP_PATH_SHM;
}
