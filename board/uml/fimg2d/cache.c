// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU cache that the engine does not snoop, as on the Exynos boards. fimg2d.incoherent=0 makes it
 * snoop.
 *
 * A page that is mapped for streaming DMA has two contents: what the CPU sees, which is the page
 * itself and stands for the cache, and what the engine sees, which is a copy and stands for the
 * memory. Nothing goes from one to the other but by the DMA API: cleaning (at mapping, and
 * sync_for_device) writes the CPU's bytes back to memory, invalidating (at unmapping, and
 * sync_for_cpu) makes the CPU see memory. A call that was forgotten shows as wrong pixels.
 *
 * This is the worst that a cache may do: nothing is ever evicted by itself, what memory holds when
 * a page is first mapped is garbage, and invalidating throws away what the CPU has written since
 * the page was last cleaned, in all of the range. It is kinder in one point: the range is kept to
 * the byte, where hardware works on lines.
 */

#include <linux/dma-map-ops.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "cache.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"fimg2d."

#define GARBAGE			0xa5

struct cached_page {
	struct page *memory;		/* the engine's view */
	unsigned int users;		/* mappings */
};

static bool incoherent = true;
module_param(incoherent, bool, 0444);
MODULE_PARM_DESC(incoherent, "the engine does not snoop the CPU's cache (default)");

static DEFINE_XARRAY(cached_pages);	/* by page frame number; its lock guards users */
static struct fimg2d_cache_counters counters;

bool fimg2d_cache_enabled(void)
{
	return incoherent;
}

const struct fimg2d_cache_counters *fimg2d_cache_counters(void)
{
	return &counters;
}

/*
 * Memory from the DMA API is not cached, and stays so when its pages are mapped once more, as a
 * dma-buf: the mark is in their private field, which is nobody's else.
 */
#define PRIVATE_UNCACHED	0xf1362dul

/**
 * fimg2d_cache_has - tells whether a page has two contents when it is mapped
 * @page: the page as the CPU knows it
 */
bool fimg2d_cache_has(struct page *page)
{
	return incoherent && page_private(page) != PRIVATE_UNCACHED;
}

/**
 * fimg2d_cache_set_uncached - begins or ends a page's life as memory of the DMA API
 * @page: the page
 * @uncached: whether it begins
 */
void fimg2d_cache_set_uncached(struct page *page, bool uncached)
{
	set_page_private(page, uncached ? PRIVATE_UNCACHED : 0);
}

static struct cached_page *find_and_use(struct page *page)
{
	struct cached_page *cached;

	xa_lock(&cached_pages);
	cached = xa_load(&cached_pages, page_to_pfn(page));
	if (cached)
		cached->users++;
	xa_unlock(&cached_pages);

	return cached;
}

/**
 * fimg2d_cache_get - begins a mapping of a page
 * @page: the page as the CPU knows it
 *
 * Returns: the page that the engine is to see instead, or NULL without memory.
 */
struct page *fimg2d_cache_get(struct page *page)
{
	struct cached_page *cached = find_and_use(page), *other = NULL;

	if (cached)
		return cached->memory;

	cached = kzalloc(sizeof(*cached), GFP_KERNEL);
	if (!cached)
		return NULL;
	cached->memory = alloc_page(GFP_KERNEL);
	if (!cached->memory)
		goto err_free;
	memset(page_address(cached->memory), GARBAGE, PAGE_SIZE);
	cached->users = 1;

	/* somebody else may have mapped the page while memory was looked for */
	xa_lock(&cached_pages);
	other = __xa_cmpxchg(&cached_pages, page_to_pfn(page), NULL, cached, GFP_KERNEL);
	if (other && !xa_is_err(other))
		other->users++;
	xa_unlock(&cached_pages);
	if (!other)
		return cached->memory;

	__free_page(cached->memory);
err_free:
	kfree(cached);
	return !other || xa_is_err(other) ? NULL : other->memory;
}

/**
 * fimg2d_cache_put - ends a mapping of a page
 * @page: the page as the CPU knows it
 */
void fimg2d_cache_put(struct page *page)
{
	struct cached_page *cached;

	xa_lock(&cached_pages);
	cached = xa_load(&cached_pages, page_to_pfn(page));
	if (!cached || --cached->users) {
		xa_unlock(&cached_pages);
		return;
	}
	__xa_erase(&cached_pages, page_to_pfn(page));
	xa_unlock(&cached_pages);
	__free_page(cached->memory);
	kfree(cached);
}

/* Makes both contents the same, of those pages in the range that have two. */
static void copy_pieces(struct page *page, unsigned long offset, size_t size, bool to_memory,
			u64 *counter)
{
	struct cached_page *cached;
	void *cpu, *memory;
	size_t piece;

	page = nth_page(page, offset >> PAGE_SHIFT);
	offset = offset_in_page(offset);
	for (; size; size -= piece, page = nth_page(page, 1), offset = 0) {
		piece = min(size, PAGE_SIZE - offset);
		cached = xa_load(&cached_pages, page_to_pfn(page));
		if (!cached)
			continue;
		cpu = page_address(page) + offset;
		memory = page_address(cached->memory) + offset;
		if (to_memory)
			memcpy(memory, cpu, piece);
		else
			memcpy(cpu, memory, piece);
		*counter += piece;
	}
}

/**
 * fimg2d_cache_clean - makes the engine see what the CPU has written
 * @page: first page
 * @offset: from its beginning, in bytes; may be beyond its end
 * @size: in bytes
 */
void fimg2d_cache_clean(struct page *page, unsigned long offset, size_t size)
{
	copy_pieces(page, offset, size, true, &counters.cleaned_bytes);
}

/**
 * fimg2d_cache_sync_for_cpu - makes the CPU see what the engine has written
 * @page: first page
 * @offset: from its beginning, in bytes; may be beyond its end
 * @size: in bytes
 * @direction: of the mapping: DMA_TO_DEVICE is nothing to do
 */
void fimg2d_cache_sync_for_cpu(struct page *page, unsigned long offset, size_t size,
			       enum dma_data_direction direction)
{
	if (direction != DMA_TO_DEVICE)
		copy_pieces(page, offset, size, false, &counters.invalidated_bytes);
}

/*
 * A cache is not a device's: when another device (udmabuf's, say) synchronises a page that is also
 * mapped for the engine, the engine sees it. These are called for devices without DMA operations.
 */
void arch_sync_dma_for_device(phys_addr_t address, size_t size,
			      enum dma_data_direction direction)
{
	fimg2d_cache_clean(pfn_to_page(PHYS_PFN(address)), offset_in_page(address), size);
}

void arch_sync_dma_for_cpu(phys_addr_t address, size_t size, enum dma_data_direction direction)
{
	fimg2d_cache_sync_for_cpu(pfn_to_page(PHYS_PFN(address)), offset_in_page(address), size,
				  direction);
}

/*
 * Their counterpart for coherent memory of such devices. No driver on the board asks for any, and
 * only the engine has uncached memory to give.
 */
void *arch_dma_alloc(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp,
		     unsigned long attrs)
{
	return NULL;
}

void arch_dma_free(struct device *dev, size_t size, void *memory, dma_addr_t handle,
		   unsigned long attrs)
{
}
