/* SPDX-License-Identifier: MIT */
/*
 * Memory whose page frames are known: contiguous, or surely not. For root, by /proc/self/pagemap.
 */

#ifndef PAGE_FRAMES_H
#define PAGE_FRAMES_H

#include <stddef.h>
#include <stdint.h>

/* The page frame at an address, 0 if there is none. */
uint64_t
page_frame(const void *address);

/* How many pages from an address on have frames that follow each other, at most count. */
size_t
page_frames_in_a_row(const void *address, size_t count);

/*
 * Anonymous memory, to be unmapped by munmap(): its i-th page has the order[i]-th of count frames
 * that follow each other. Fails the test when there are no such frames.
 */
void *
page_frames_map(const size_t *order, size_t count);

/* The same with the frames in their order. */
void *
page_frames_map_contiguous(size_t count);

#endif
