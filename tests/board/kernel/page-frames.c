// SPDX-License-Identifier: MIT
/*
 * Memory whose page frames are known: contiguous, or surely not. For root, by /proc/self/pagemap.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "page-frames.h"

#define PAGE 4096
/* pages among which frames that follow each other are looked for */
#define CANDIDATES 2048
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

/* The first of count neighbours among the candidates, which are sorted; NULL if there are none. */
static const struct candidate *
find_neighbours(const struct candidate *candidates, size_t count)
{
	size_t in_a_row = 1;

	for (size_t i = 1; i < CANDIDATES; i++) {
		in_a_row = candidates[i].frame == candidates[i - 1].frame + 1 ? in_a_row + 1 : 1;
		if (in_a_row == count)
			return &candidates[i + 1 - count];
	}

	return count == 1 ? candidates : NULL;
}

/* Pages keep their frames when they are moved to another address. */
void *
page_frames_map(const size_t *order, size_t count)
{
	struct candidate *candidates = calloc(CANDIDATES, sizeof(*candidates));
	unsigned char *pages = map((size_t)CANDIDATES * PAGE), *memory = map(count * PAGE);
	const struct candidate *first;
	int pagemap = open_pagemap();

	assert_non_null(candidates);
	memset(pages, 1, (size_t)CANDIDATES * PAGE);
	for (size_t i = 0; i < CANDIDATES; i++) {
		candidates[i].page = pages + i * PAGE;
		candidates[i].frame = read_frame(pagemap, candidates[i].page);
	}
	close(pagemap);
	qsort(candidates, CANDIDATES, sizeof(*candidates), compare_frames);
	first = find_neighbours(candidates, count);
	assert_non_null(first);

	for (size_t i = 0; i < count; i++) {
		void *target = memory + i * PAGE;

		assert_ptr_equal(mremap(first[order[i]].page, PAGE, PAGE,
					MREMAP_MAYMOVE | MREMAP_FIXED, target),
				 target);
	}
	munmap(pages, (size_t)CANDIDATES * PAGE);
	free(candidates);

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
