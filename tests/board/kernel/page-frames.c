// SPDX-License-Identifier: MIT
/*
 * Memory whose page frames are known: contiguous, or surely not. For root, by /proc/self/pagemap.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "page-frames.h"

#define PAGE 4096
/* pages among which frames that follow each other are looked for: few at first, faults are slow */
#define CANDIDATES_MIN 64
#define CANDIDATES_MAX 16384
#define FRAME_MASK ((UINT64_C(1) << 55) - 1)

struct candidate {
	uint64_t frame;
	unsigned char *page;
};

static uint64_t
read_frame(int pagemap, const void *address)
{
	uint64_t entry;
	off_t offset = (off_t)((uintptr_t)address / PAGE * sizeof(entry));

	assert_int_equal(pread(pagemap, &entry, sizeof(entry), offset), sizeof(entry));

	return entry & FRAME_MASK;
}

static int
open_pagemap(void)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	assert_true(pagemap >= 0);

	return pagemap;
}

uint64_t
page_frame(const void *address)
{
	int pagemap = open_pagemap();
	uint64_t frame = read_frame(pagemap, address);

	close(pagemap);

	return frame;
}

size_t
page_frames_in_a_row(const void *address, size_t count)
{
	int pagemap = open_pagemap();
	uint64_t first = read_frame(pagemap, address);
	size_t found = 1;

	while (found < count &&
	       read_frame(pagemap, (const char *)address + found * PAGE) == first + found)
		found++;
	close(pagemap);

	return found;
}

static void *
map(size_t size_bytes)
{
	void *memory =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);

	return memory;
}

static int
compare_frames(const void *a, const void *b)
{
	uint64_t left = ((const struct candidate *)a)->frame;
	uint64_t right = ((const struct candidate *)b)->frame;

	return (left > right) - (left < right);
}

/* The first of count neighbours among n candidates, which are sorted; NULL if there are none. */
static const struct candidate *
find_neighbours(const struct candidate *candidates, size_t n, size_t count)
{
	size_t in_a_row = 1;

	for (size_t i = 1; i < n; i++) {
		in_a_row = candidates[i].frame == candidates[i - 1].frame + 1 ? in_a_row + 1 : 1;
		if (in_a_row == count)
			return &candidates[i + 1 - count];
	}

	return count == 1 ? candidates : NULL;
}

static struct candidate *
find_candidates(unsigned char *pages, size_t n)
{
	struct candidate *candidates = calloc(n, sizeof(*candidates));
	int pagemap = open_pagemap();

	assert_non_null(candidates);
	for (size_t i = 0; i < n; i++) {
		candidates[i].page = pages + i * PAGE;
		candidates[i].page[0] = 1;
		candidates[i].frame = read_frame(pagemap, candidates[i].page);
	}
	close(pagemap);
	qsort(candidates, n, sizeof(*candidates), compare_frames);

	return candidates;
}

/* From n pages; NULL if they are too few. Pages keep their frames when they are moved. */
static void *
map_from(size_t n, const size_t *order, size_t count)
{
	unsigned char *pages = map(n * PAGE), *memory = NULL;
	struct candidate *candidates = find_candidates(pages, n);
	const struct candidate *first = find_neighbours(candidates, n, count);

	if (first) {
		memory = map(count * PAGE);
		for (size_t i = 0; i < count; i++) {
			void *target = memory + i * PAGE;

			assert_ptr_equal(mremap(first[order[i]].page, PAGE, PAGE,
						MREMAP_MAYMOVE | MREMAP_FIXED, target),
					 target);
		}
	}
	munmap(pages, n * PAGE);
	free(candidates);

	return memory;
}

void *
page_frames_map(const size_t *order, size_t count)
{
	void *memory = NULL;

	for (size_t n = CANDIDATES_MIN; n <= CANDIDATES_MAX && !memory; n *= 2)
		memory = map_from(n, order, count);
	assert_non_null(memory);

	return memory;
}

void *
page_frames_map_contiguous(size_t count)
{
	size_t *order = calloc(count, sizeof(*order));
	void *memory;

	assert_non_null(order);
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	memory = page_frames_map(order, count);
	assert_int_equal(page_frames_in_a_row(memory, count), count);
	free(order);

	return memory;
}
