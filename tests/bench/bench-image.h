/* SPDX-License-Identifier: MIT */
/* Memory that a client of the benchmark draws into: a wl_shm pool of its own, or the library's. */
#ifndef BENCH_IMAGE_H
#define BENCH_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exynos-userptr.h"

struct wl_buffer;
struct wl_shm;
struct wl_surface;

/**
 * struct bench_image - four bytes a pixel, without space between the rows
 * @buffer: of the library
 * @wl_buffer: of the pool, whose memory @pixels is
 */
struct bench_image {
	uint32_t *pixels;
	uint32_t width;
	uint32_t height;
	size_t size_bytes;
	struct exup_buffer *buffer;
	struct wl_buffer *wl_buffer;
	bool is_busy;
};

/**
 * Makes an image.
 *
 * @client: of the library; NULL for a buffer of @shm, as clients have that know nothing of it
 * @fourcc: DRM_FORMAT_XRGB8888 or DRM_FORMAT_ARGB8888
 *
 * Returns 0 or a negative errno; the image is to be finished in both cases.
 */
int
bench_image_init(struct bench_image *image, struct exup_client *client, struct wl_shm *shm,
		 uint32_t width, uint32_t height, uint32_t fourcc);

/** Frees what an image has. */
void
bench_image_fini(struct bench_image *image);

/** Whether the compositor may still read it. */
bool
bench_image_is_busy(const struct bench_image *image);

/** Attaches, damages and commits. Returns 0 or a negative errno. */
int
bench_image_commit(struct bench_image *image, struct wl_surface *surface,
		   const struct exup_rect *damage, int damage_count);

/** How many bytes the library copied for the last commit. */
uint64_t
bench_image_get_copied(const struct bench_image *image);

/** How the pixels travel. */
enum exup_path
bench_image_get_path(const struct bench_image *image);

#endif
