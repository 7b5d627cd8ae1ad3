/* SPDX-License-Identifier: MIT */
/*
 * What the tests of user memory have in common: the device, memory whose content is known, and what
 * the engine sees of an object. After each test nothing is pinned, mapped or open that was not
 * before.
 */

#ifndef USERPTR_FIXTURE_H
#define USERPTR_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exynos-g2d.h"

enum {
	USERPTR_PAGES = 4, /* of the memory that most tests import */
	USERPTR_LIMIT = 16 << 20, /* unless root sets another one */
	USERPTR_MAX_LIMIT = 64 << 20,
};

/* An image with an odd size, and lines that are no power of two. */
enum {
	IMAGE_WIDTH = 123,
	IMAGE_HEIGHT = 77,
	IMAGE_STRIDE = 4 * IMAGE_WIDTH,
	IMAGE_SIZE = IMAGE_STRIDE * IMAGE_HEIGHT,
};

extern const struct g2d_box image_whole;

struct userptr_device {
	int card, fd; /* the primary node, as the master, and the render node */
	size_t page, size; /* bytes; size is that of USERPTR_PAGES */

	/* an image of the driver's own, which the engine copies to or from */
	struct g2d_image target;
	uint32_t *pixels;

	/* what there was before the test */
	uint64_t process_pinned, kernel_pinned, mapped_bytes;
	int open_files;
};

/* For cmocka. */
int
userptr_setup(void **state);

int
userptr_teardown(void **state);

/* Both counts, the device's and the process's, are that many bytes above what was there. */
void
assert_pinned(struct userptr_device *d, uint64_t bytes);

/* The import fails with error, and changes no count. */
void
assert_refused(struct userptr_device *d, const void *ptr, uint64_t size_bytes, uint32_t flags,
	       int error);

uint32_t
assert_imported(struct userptr_device *d, const void *ptr, uint64_t size_bytes);

/* Fails the test when there is no memory. */
void *
map_anonymous(size_t size_bytes, int protection);

/* Anonymous memory, filled with one byte. Fails the test when there is none. */
char *
map_memory(size_t size_bytes, int byte);

/* The same for children, which cannot fail the test by themselves: NULL when there is none. */
char *
child_map_memory(size_t size_bytes, int byte);

bool
is_filled(const char *memory, size_t size_bytes, int byte);

/*
 * Whether an engine sees the object filled with that byte, after what the CPU has written was made
 * visible to it. The object has whole pages.
 */
bool
object_is_filled(int fd, uint32_t handle, size_t size_bytes, int byte);

/* A dma-buf of the object, to be closed. */
int
object_export(int fd, uint32_t handle);

/* DMA_BUF_IOCTL_SYNC, which succeeds. */
void
sync_dmabuf(int dmabuf, uint64_t flags);

/* Images in which every pixel is another one. */
uint32_t
image_pixel(int x, int y, uint32_t seed);

void
image_draw(uint32_t *pixels, uint32_t seed);

bool
image_is_drawn(const uint32_t *pixels, uint32_t seed);

/* User memory as an image that begins with its object. */
struct g2d_image
image_import(struct userptr_device *d, const void *memory, size_t size_bytes);

/* One job that copies the image to the target, held before its first access; and its end. */
void
start_held_copy(struct userptr_device *d, const struct g2d_image *source);

void
finish_held_copy(struct userptr_device *d);

#endif
