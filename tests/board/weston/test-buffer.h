/* SPDX-License-Identifier: MIT */
/* A client's buffers for tests, of all the kinds that there are, drawn into by the CPU. */
#ifndef TEST_BUFFER_H
#define TEST_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "exynos-userptr.h"
#include "test-client.h"

/** enum test_buffer_kind - LIBRARY takes what libexynos-userptr chooses, DMABUF comes from a dma-heap */
enum test_buffer_kind {
	TEST_BUFFER_SHM,
	TEST_BUFFER_LIBRARY,
	TEST_BUFFER_DMABUF,
};

/**
 * struct test_buffer_layout - where the image is in its memory
 * @offset_bytes: from the start of a page to the first pixel
 * @padding_bytes: from the end of a row to the next
 */
struct test_buffer_layout {
	uint32_t offset_bytes;
	uint32_t padding_bytes;
};

struct test_buffer;

/**
 * Makes a buffer, filled with junk.
 *
 * @exup: for LIBRARY
 * @format: wl_shm's; DMABUF and LIBRARY take ARGB8888 and XRGB8888
 */
struct test_buffer *
test_buffer_create(struct test_client *client, struct exup_client *exup, enum test_buffer_kind kind,
		   int32_t width, int32_t height, uint32_t format,
		   const struct test_buffer_layout *layout);

/** Frees the buffer and its memory. NULL is ignored. */
void
test_buffer_destroy(struct test_buffer *buffer);

/** The address of a row. */
void *
test_buffer_row(struct test_buffer *buffer, int32_t y);

/** Fills all rows with one value per 32-bit pixel. */
void
test_buffer_fill(struct test_buffer *buffer, uint32_t pixel);

/** Attaches, and no more than that. Not for LIBRARY. */
void
test_buffer_attach(struct test_buffer *buffer, struct wl_surface *surface);

/** Attaches, damages (NULL: all) and commits. */
void
test_buffer_commit(struct test_buffer *buffer, struct wl_surface *surface,
		   const struct exup_rect *damage, int damage_count);

/** Whether it has been committed and not been released since. */
bool
test_buffer_is_busy(const struct test_buffer *buffer);

/** LIBRARY's buffer. */
struct exup_buffer *
test_buffer_get_exup(struct test_buffer *buffer);

/** Calls a function when the buffer is released. */
void
test_buffer_on_release(struct test_buffer *buffer,
		       void (*handle)(void *data, struct test_buffer *buffer), void *data);

/** Path of the pool's files: how many bytes are pinned now. */
uint64_t
test_read_pinned(void);

/** Waits until no more than so many bytes are pinned. False if that does not happen. */
bool
test_wait_pinned(uint64_t bytes);

#endif
