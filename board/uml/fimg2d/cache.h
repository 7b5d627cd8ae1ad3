/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU cache that the engine does not snoop: see cache.c. */
#ifndef FIMG2D_CACHE_H
#define FIMG2D_CACHE_H

#include <linux/dma-direction.h>
#include <linux/types.h>

struct page;

struct fimg2d_cache_counters {
	u64 cleaned_bytes;	/* brought from the CPU's view to the engine's */
	u64 invalidated_bytes;	/* brought from the engine's view to the CPU's */
};

bool fimg2d_cache_enabled(void);
const struct fimg2d_cache_counters *fimg2d_cache_counters(void);

bool fimg2d_cache_has(struct page *page);
void fimg2d_cache_set_uncached(struct page *page, bool uncached);
struct page *fimg2d_cache_get(struct page *page);
void fimg2d_cache_put(struct page *page);
void fimg2d_cache_clean(struct page *page, unsigned long offset, size_t size);
void fimg2d_cache_sync_for_cpu(struct page *page, unsigned long offset, size_t size,
			       enum dma_data_direction direction);

#endif
