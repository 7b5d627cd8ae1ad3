// SPDX-License-Identifier: MIT
/*
 * What the tests of command lists have in common: a file with an image, and that after each of them
 * all lists are there and the engine works.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "exynos-device.h"
#include "g2d-fixture.h"
#include "virtual-engine.h"

const struct g2d_box g2d_whole = { 0, 0, G2D_WIDTH, G2D_HEIGHT };

int
g2d_open_other(struct g2d_image *image)
{
	int fd = exynos_open(EXYNOS_RENDER_NODE);

	assert_true(fd >= 0);
	image->stride = G2D_STRIDE;
	assert_int_equal(exynos_gem_create(fd, G2D_SIZE, 0, &image->handle), 0);

	return fd;
}

int
g2d_setup(void **state)
{
	struct g2d_device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->mapped_bytes = virtual_engine_get("mapped_bytes");
	d->open_files = process_open_files();
	d->fd = g2d_open_other(&d->image);
	d->pixels = exynos_gem_mmap(d->fd, d->image.handle, G2D_SIZE);
	assert_non_null(d->pixels);
	memset(d->pixels, 0, G2D_SIZE);
	*state = d;

	return 0;
}

int
g2d_teardown(void **state)
{
	struct g2d_device *d = *state;

	assert_int_equal(virtual_engine_reset(), 0);
	g2d_assert_works(d, 0x600d600d);
	munmap(d->pixels, G2D_SIZE);
	close(d->fd);
	assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
	assert_int_equal(virtual_engine_get("mapped_bytes"), d->mapped_bytes);
	assert_int_equal(process_open_files(), d->open_files);
	free(d);

	return 0;
}

void
g2d_assert_filled(struct g2d_device *d, uint32_t color)
{
	for (int i = 0; i < G2D_WIDTH * G2D_HEIGHT; i++)
		assert_int_equal(d->pixels[i], color);
}

void
g2d_assert_works(struct g2d_device *d, uint32_t color)
{
	assert_int_equal(g2d_fill(d->fd, &d->image, &g2d_whole, color), 0);
	g2d_assert_filled(d, color);
}

int
g2d_count_free_lists(void)
{
	struct g2d_image image;
	int fd = g2d_open_other(&image), count = 0;
	struct g2d_list list;

	g2d_list_fill(&list, &image, &g2d_whole, 0);
	while (count <= G2D_LISTS && g2d_submit(fd, &list) == 0)
		count++;
	close(fd);

	return count;
}
