/* SPDX-License-Identifier: MIT */
/*
 * What the tests of coherency have in common: a buffer that is a part of some pages, drawn and
 * looked at by the CPU and by an engine that does not snoop the CPU's cache.
 */

#ifndef COHERENCY_FIXTURE_H
#define COHERENCY_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exynos-g2d.h"

/*
 * One line, so that an image may begin at any pixel of a page: on three pages with what is beside
 * it, and one page behind them.
 */
enum {
	BUFFER_WIDTH = 2500,
	BUFFER_SIZE = 4 * BUFFER_WIDTH,
	BUFFER_PAGES = 4,
	BUFFER_OFFSET = 400,
};

extern const struct g2d_box buffer_line;

struct coherency_device {
	int fd;
	size_t page;
	/* in memory that is not cached, so all see the same */
	struct g2d_image target;
	uint32_t *pixels;
	/* what is not synchronized is never seen; with hardware it is a matter of luck */
	bool is_model;
};

/* Part of some pages, the rest of which the process uses for something else. */
struct buffer {
	unsigned char *pages;
	size_t pages_size;
	uint32_t *pixels;
	size_t size;

	int fd; /* of the device */
	struct g2d_image image;
	struct g2d_box box;
	int dmabuf;
};

/* Whether the engine is known to snoop the CPU's cache, so that there is nothing to test. */
bool
coherency_is_of_no_account(void);

/* For cmocka. */
int
coherency_setup(void **state);

int
coherency_teardown(void **state);

/* A pixel of what is drawn with a seed. */
uint32_t
buffer_pixel(size_t i, uint32_t seed);

/* The CPU draws, and looks: at the buffer, and at the rest of its pages. */
void
buffer_draw(struct buffer *b, uint32_t seed);

bool
buffer_is_drawn(const struct buffer *b, uint32_t seed);

void
write_neighbours(struct buffer *b, unsigned char value);

bool
neighbours_are(const struct buffer *b, unsigned char value);

/* Memory; what the engine knows it as; and the ends of both, the memory's last. */
void
buffer_map(struct coherency_device *d, struct buffer *b, size_t offset, size_t size_bytes);

void
buffer_import(struct coherency_device *d, struct buffer *b);

/* With a dma-buf that is only for reading. */
void
buffer_import_for_reading(struct coherency_device *d, struct buffer *b);

void
buffer_release(struct buffer *b);

void
buffer_unmap(struct buffer *b);

/* CPU access to the buffer begins and ends: DMA_BUF_SYNC_READ, _WRITE or _RW. */
void
buffer_begin(const struct buffer *b, uint64_t access);

void
buffer_end(const struct buffer *b, uint64_t access);

/* Whether the engine reads this from the buffer; the engine writes it to the buffer. */
bool
engine_sees(struct coherency_device *d, const struct buffer *b, uint32_t seed);

void
engine_draws(struct coherency_device *d, const struct buffer *b, uint32_t seed);

#endif
