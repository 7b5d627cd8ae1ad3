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
 * What is cleaned are lines that the CPU has written to: those that differ from what they were when
 * cache and memory last were the same. Such a line goes back as a whole, with what is stale in it,
 * over what the engine has written meanwhile.
 *
 * This is the worst that a cache may do: nothing is ever evicted by itself, what memory holds when
 * a page is first mapped is garbage, and invalidating throws away what the CPU has written since
 * the page was last cleaned, in all of the range. It is kinder in one point: at its ends the range
 * is kept to the byte, where hardware works on lines.
 *
 * A page that was cleaned for another device is remembered, so that it is not garbage when it is
 * mapped for the engine later.
 */

#include <linux/bitmap.h>
#include <linux/dma-map-ops.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "cache.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"fimg2d."

#define GARBAGE			0xa5

#define LINE			32		/* bytes; the Cortex-A9's */
#define LINES			(PAGE_SIZE / LINE)
#define REMEMBERED_MAX		4096		/* pages; what was cleaned first is forgotten */

struct cached_page {
	struct page *page;		/* the CPU's view */
	struct page *memory;		/* the engine's */
	struct page *clean;		/* both when they last were the same */
	DECLARE_BITMAP(unclean, LINES);	/* lines that never were */
	unsigned int users;		/* mappings */
	bool foreign;			/* cleaned for another device: remembered without users */
	struct list_head remembered;	/* in the list of those that are */
};

static bool incoherent = true;
module_param(incoherent, bool, 0444);
MODULE_PARM_DESC(incoherent, "the engine does not snoop the CPU's cache (default)");

static DEFINE_XARRAY(cached_pages);	/* by page frame number; its lock guards what they hold */
static LIST_HEAD(remembered_pages);	/* no users, oldest first */
static unsigned int n_remembered;
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

static void free_cached(struct cached_page *cached)
{
	if (!cached)
		return;
	if (cached->memory)
		__free_page(cached->memory);
	if (cached->clean)
		__free_page(cached->clean);
	kfree(cached);
}

static struct cached_page *alloc_cached(struct page *page, gfp_t gfp)
{
	struct cached_page *cached = kzalloc(sizeof(*cached), gfp);

	if (!cached)
		return NULL;
	cached->page = page;
	cached->memory = alloc_page(gfp);
	cached->clean = alloc_page(gfp);
	if (!cached->memory || !cached->clean) {
		free_cached(cached);
		return NULL;
	}
	memset(page_address(cached->memory), GARBAGE, PAGE_SIZE);
	bitmap_fill(cached->unclean, LINES);
	INIT_LIST_HEAD(&cached->remembered);

	return cached;
}

static void remember(struct cached_page *cached)
{
	list_add_tail(&cached->remembered, &remembered_pages);
	n_remembered++;
}

static void recall(struct cached_page *cached)
{
	if (!list_empty(&cached->remembered)) {
		list_del_init(&cached->remembered);
		n_remembered--;
	}
}

static void forget(struct cached_page *cached)
{
	recall(cached);
	__xa_erase(&cached_pages, page_to_pfn(cached->page));
	free_cached(cached);
}

/**
 * fimg2d_cache_set_uncached - begins or ends a page's life as memory of the DMA API
 * @page: the page
 * @uncached: whether it begins
 */
void fimg2d_cache_set_uncached(struct page *page, bool uncached)
{
	struct cached_page *cached;

	xa_lock(&cached_pages);
	cached = xa_load(&cached_pages, page_to_pfn(page));
	if (cached && !cached->users)
		forget(cached);
	xa_unlock(&cached_pages);
	set_page_private(page, uncached ? PRIVATE_UNCACHED : 0);
}

static struct cached_page *find_and_use(struct page *page)
{
	struct cached_page *cached;

	xa_lock(&cached_pages);
	cached = xa_load(&cached_pages, page_to_pfn(page));
	if (cached) {
		recall(cached);
		cached->users++;
	}
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
	struct cached_page *cached = find_and_use(page), *other;

	if (cached)
		return cached->memory;

	cached = alloc_cached(page, GFP_KERNEL);
	if (!cached)
		return NULL;
	cached->users = 1;

	/* somebody else may have mapped the page while memory was looked for */
	xa_lock(&cached_pages);
	other = __xa_cmpxchg(&cached_pages, page_to_pfn(page), NULL, cached, GFP_KERNEL);
	if (other && !xa_is_err(other)) {
		recall(other);
		other->users++;
	}
	xa_unlock(&cached_pages);
	if (!other)
		return cached->memory;

	free_cached(cached);
	return xa_is_err(other) ? NULL : other->memory;
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
	if (cached && --cached->users == 0) {
		if (cached->foreign)
			remember(cached);
		else
			forget(cached);
	}
	xa_unlock(&cached_pages);
}

/* Another device's mapping is cleaned; the engine may come to the page later. */
static void remember_foreign(struct page *page)
{
	struct cached_page *cached;

	if (!fimg2d_cache_has(page))
		return;

	xa_lock(&cached_pages);
	cached = xa_load(&cached_pages, page_to_pfn(page));
	if (cached) {
		cached->foreign = true;
		goto out_unlock;
	}
	cached = alloc_cached(page, GFP_ATOMIC | __GFP_NOWARN);
	if (!cached)
		goto out_unlock;
	if (xa_is_err(__xa_store(&cached_pages, page_to_pfn(page), cached,
				 GFP_ATOMIC | __GFP_NOWARN))) {
		free_cached(cached);
		goto out_unlock;
	}
	cached->foreign = true;
	remember(cached);
	if (n_remembered > REMEMBERED_MAX)
		forget(list_first_entry(&remembered_pages, struct cached_page, remembered));
out_unlock:
	xa_unlock(&cached_pages);
}

static void copy(struct page *to, struct page *from, unsigned long offset, size_t size)
{
	memcpy(page_address(to) + offset, page_address(from) + offset, size);
}

static void clean_line(struct cached_page *cached, unsigned long line)
{
	copy(cached->memory, cached->page, line * LINE, LINE);
	copy(cached->clean, cached->page, line * LINE, LINE);
	clear_bit(line, cached->unclean);
}

/* By words: most frames are cleaned whole, and memcmp() goes from byte to byte. */
static bool line_is_written(struct cached_page *cached, unsigned long line)
{
	const u64 *page = page_address(cached->page) + line * LINE;
	const u64 *clean = page_address(cached->clean) + line * LINE;
	u64 changed = 0;
	int i;

	for (i = 0; i < LINE / sizeof(u64); i++)
		changed |= page[i] ^ clean[i];

	return changed;
}

static void clean_lines(struct cached_page *cached, unsigned long first, unsigned long end)
{
	unsigned long line;

	for (line = first; line < end; line++) {
		if (test_bit(line, cached->unclean) || line_is_written(cached, line))
			clean_line(cached, line);
	}
}

/* Both within one line: the range's part of it. */
static void clean_part(struct cached_page *cached, unsigned long offset, size_t size)
{
	unsigned long line = offset / LINE;

	if (test_bit(line, cached->unclean)) {
		clean_line(cached, line);
	} else if (memcmp(page_address(cached->page) + offset,
			  page_address(cached->clean) + offset, size)) {
		copy(cached->memory, cached->page, offset, size);
		copy(cached->clean, cached->page, offset, size);
	}
}

static void invalidate_lines(struct cached_page *cached, unsigned long first, unsigned long end)
{
	bitmap_clear(cached->unclean, first, end - first);
	copy(cached->page, cached->memory, first * LINE, (end - first) * LINE);
	copy(cached->clean, cached->memory, first * LINE, (end - first) * LINE);
}

static void invalidate_part(struct cached_page *cached, unsigned long offset, size_t size)
{
	unsigned long line = offset / LINE;

	/* what is beside the range is not thrown away */
	if (test_bit(line, cached->unclean))
		clean_line(cached, line);
	copy(cached->page, cached->memory, offset, size);
	copy(cached->clean, cached->memory, offset, size);
}

struct cache_operation {
	void (*whole_lines)(struct cached_page *cached, unsigned long first, unsigned long end);
	void (*part_of_line)(struct cached_page *cached, unsigned long offset, size_t size);
};

static const struct cache_operation cleaning = { clean_lines, clean_part };
static const struct cache_operation invalidation = { invalidate_lines, invalidate_part };

/* From one byte of the page to before another one. */
static void operate_on_page(const struct cache_operation *operation, struct cached_page *cached,
			    unsigned long offset, unsigned long end)
{
	unsigned long first = round_up(offset, LINE), last = round_down(end, LINE);

	if (first > last) {
		operation->part_of_line(cached, offset, end - offset);
		return;
	}
	if (offset < first)
		operation->part_of_line(cached, offset, first - offset);
	operation->whole_lines(cached, first / LINE, last / LINE);
	if (last < end)
		operation->part_of_line(cached, last, end - last);
}

/* Those pages in the range that have two contents. */
static void operate(const struct cache_operation *operation, struct page *page,
		    unsigned long offset, size_t size, u64 *counter)
{
	struct cached_page *cached;
	unsigned long end;

	page = nth_page(page, offset >> PAGE_SHIFT);
	offset = offset_in_page(offset);
	for (; size; page = nth_page(page, 1), offset = 0) {
		end = min(offset + size, PAGE_SIZE);
		size -= end - offset;

		xa_lock(&cached_pages);
		cached = xa_load(&cached_pages, page_to_pfn(page));
		if (cached) {
			*counter += end - offset;
			operate_on_page(operation, cached, offset, end);
		}
		xa_unlock(&cached_pages);
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
	operate(&cleaning, page, offset, size, &counters.cleaned_bytes);
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
		operate(&invalidation, page, offset, size, &counters.invalidated_bytes);
}

/*
 * A cache is not a device's: when another device (udmabuf's, say) synchronises a page that is also
 * mapped for the engine, the engine sees it. These are called for devices without DMA operations.
 */
void arch_sync_dma_for_device(phys_addr_t address, size_t size,
			      enum dma_data_direction direction)
{
	struct page *page = pfn_to_page(PHYS_PFN(address));
	unsigned long offset = offset_in_page(address), i;

	for (i = 0; i < DIV_ROUND_UP(offset + size, PAGE_SIZE); i++)
		remember_foreign(nth_page(page, i));
	fimg2d_cache_clean(page, offset, size);
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
