/* SPDX-License-Identifier: MIT */
/*
 * What the tests of command lists have in common: a file with an image, and that after each of them
 * all lists are there and the engine works.
 */

#ifndef G2D_FIXTURE_H
#define G2D_FIXTURE_H

#include <stdint.h>

#include "exynos-g2d.h"

enum {
	G2D_WIDTH = 64,
	G2D_HEIGHT = 64,
	G2D_STRIDE = 4 * G2D_WIDTH,
	G2D_SIZE = G2D_STRIDE * G2D_HEIGHT,
};

extern const struct g2d_box g2d_whole;

struct g2d_device {
	int fd;
	struct g2d_image image;
	uint32_t *pixels;

	/* what there was before the test */
	uint64_t mapped_bytes;
	int open_files;
};

/* For cmocka; whatever a test did, the second one wants engine, all lists and all files back. */
int
g2d_setup(void **state);

int
g2d_teardown(void **state);

/* A second file with an image of its own, which goes when the file is closed. */
int
g2d_open_other(struct g2d_image *image);

/* All pixels of the image are that. */
void
g2d_assert_filled(struct g2d_device *d, uint32_t color);

/* A fill is done as it should be. */
void
g2d_assert_works(struct g2d_device *d, uint32_t color);

/* How many lists the device has to give now, to a file that is closed again. */
int
g2d_count_free_lists(void);

#endif
