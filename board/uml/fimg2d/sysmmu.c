// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stand-in for the SysMMU: a bus address space of scattered pages, and the DMA operations on it.
 *
 * Bus addresses are 0x20000000..0x5fffffff, the window that the Exynos DRM driver uses with an
 * IOMMU. Every buffer is contiguous there, whatever pages it has; a page is left unmapped after
 * each, so that running over the end faults.
 *
 * A page that is mapped DMA_TO_DEVICE can only be read. One that is mapped DMA_FROM_DEVICE can be
 * read as well: the SysMMU of the boards that have this engine knows read-only and read-write pages
 * only, and exynos-iommu makes the latter of IOMMU_WRITE ("not supported, use read/write").
 *
 * Every other access is a page fault: fault.c.
 */

#include <linux/bitmap.h>
#include <linux/dma-map-ops.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "cache.h"
#include "device.h"
#include "fault.h"

#define BUS_BASE	0x20000000UL
#define BUS_SIZE	0x40000000UL
#define BUS_PAGES	(BUS_SIZE >> PAGE_SHIFT)

static struct {
	unsigned long *view;		/* what the engine sees at each bus page; no lock */
	struct page **pages;		/* and what the CPU sees there, the same if coherent */
	unsigned long *used;		/* bus pages given away, guard pages included */
	unsigned long next;		/* where to search first, so that freed ones stay free */
	unsigned long mapped_pages;
	spinlock_t lock;		/* guards all but the table's entries */
} sysmmu = {
	.lock = __SPIN_LOCK_UNLOCKED(sysmmu.lock),
};

static dma_addr_t to_bus(unsigned long index)
{
	return BUS_BASE + (index << PAGE_SHIFT);
}

static unsigned long to_index(dma_addr_t address)
{
	return (address - BUS_BASE) >> PAGE_SHIFT;
}

/* An entry of the view: the page's address, and whether it can only be read. 0: not mapped. */
#define VIEW_READONLY	1UL

static unsigned long to_view(struct page *page, enum dma_data_direction direction)
{
	return (unsigned long)page | (direction == DMA_TO_DEVICE ? VIEW_READONLY : 0);
}

static struct page *view_page(unsigned long view)
{
	return (struct page *)(view & ~VIEW_READONLY);
}

static unsigned long view_at(u32 address)
{
	if (address < BUS_BASE || to_index(address) >= BUS_PAGES)
		return 0;
	return READ_ONCE(sysmmu.view[to_index(address)]);
}

/* Returns the first of @count consecutive bus pages, or -ENOMEM. */
static long bus_alloc(unsigned long count)
{
	unsigned long flags, index;

	spin_lock_irqsave(&sysmmu.lock, flags);
	index = bitmap_find_next_zero_area(sysmmu.used, BUS_PAGES, sysmmu.next, count + 1, 0);
	if (index >= BUS_PAGES)
		index = bitmap_find_next_zero_area(sysmmu.used, BUS_PAGES, 0, count + 1, 0);
	if (index < BUS_PAGES) {
		bitmap_set(sysmmu.used, index, count + 1);
		sysmmu.next = index + count + 1;
		sysmmu.mapped_pages += count;
	}
	spin_unlock_irqrestore(&sysmmu.lock, flags);

	return index < BUS_PAGES ? (long)index : -ENOMEM;
}

static void bus_free(unsigned long index, unsigned long count)
{
	unsigned long flags;

	memset(&sysmmu.view[index], 0, count * sizeof(*sysmmu.view));
	memset(&sysmmu.pages[index], 0, count * sizeof(*sysmmu.pages));
	spin_lock_irqsave(&sysmmu.lock, flags);
	bitmap_clear(sysmmu.used, index, count + 1);
	sysmmu.mapped_pages -= count;
	spin_unlock_irqrestore(&sysmmu.lock, flags);
}

/* The engine's view of memory. Runs on its thread: looks at the table, and calls nothing. */
static void *bus_access(void *priv, u32 address, u32 *size_bytes, bool write)
{
	unsigned long view;
	struct page *page;

	if (fimg2d_device_inject_fault(priv, address))
		return NULL;
	view = view_at(address);
	if (!view || (write && (view & VIEW_READONLY))) {
		fimg2d_fault_note(priv, address, write);
		return NULL;
	}
	page = view_page(view);
	*size_bytes = min_t(u32, *size_bytes, PAGE_SIZE - offset_in_page(address));

	return page_address(page) + offset_in_page(address);
}

u64 fimg2d_sysmmu_mapped_bytes(void)
{
	return (u64)READ_ONCE(sysmmu.mapped_pages) << PAGE_SHIFT;
}

static void free_pages_at(unsigned long index, unsigned long count)
{
	struct page *page;

	while (count--) {
		page = sysmmu.pages[index + count];
		WRITE_ONCE(sysmmu.view[index + count], 0);
		fimg2d_cache_set_uncached(page, false);
		__free_page(page);
	}
}

static void *sysmmu_alloc(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp,
			  unsigned long attrs)
{
	unsigned long count = PAGE_ALIGN(size) >> PAGE_SHIFT, i;
	long index = bus_alloc(count);
	void *memory;

	if (index < 0)
		return NULL;
	for (i = 0; i < count; i++) {
		struct page *page = alloc_page((gfp & ~__GFP_COMP) | __GFP_ZERO);

		if (!page)
			goto err;
		fimg2d_cache_set_uncached(page, true);
		sysmmu.pages[index + i] = page;
		WRITE_ONCE(sysmmu.view[index + i], to_view(page, DMA_BIDIRECTIONAL));
	}
	*handle = to_bus(index);
	/* then it is a cookie, of which DMA API debugging thinks that it is where the memory is */
	if (attrs & DMA_ATTR_NO_KERNEL_MAPPING)
		return page_address(sysmmu.pages[index]);
	memory = vmap(&sysmmu.pages[index], count, VM_MAP, PAGE_KERNEL);
	if (memory)
		return memory;
err:
	free_pages_at(index, i);
	bus_free(index, count);
	return NULL;
}

static void sysmmu_free(struct device *dev, size_t size, void *memory, dma_addr_t handle,
			unsigned long attrs)
{
	unsigned long count = PAGE_ALIGN(size) >> PAGE_SHIFT;
	unsigned long index = to_index(handle);

	if (!(attrs & DMA_ATTR_NO_KERNEL_MAPPING))
		vunmap(memory);
	free_pages_at(index, count);
	bus_free(index, count);
}

static int sysmmu_mmap(struct device *dev, struct vm_area_struct *vma, void *memory,
		       dma_addr_t handle, size_t size, unsigned long attrs)
{
	return vm_map_pages(vma, &sysmmu.pages[to_index(handle)], PAGE_ALIGN(size) >> PAGE_SHIFT);
}

static int sysmmu_get_sgtable(struct device *dev, struct sg_table *sgt, void *memory,
			      dma_addr_t handle, size_t size, unsigned long attrs)
{
	return sg_alloc_table_from_pages(sgt, &sysmmu.pages[to_index(handle)],
					 PAGE_ALIGN(size) >> PAGE_SHIFT, 0, size, GFP_KERNEL);
}

static void unmap_pages(unsigned long index, unsigned long count)
{
	unsigned long i;

	for (i = index; i < index + count; i++) {
		struct page *page = sysmmu.pages[i];
		bool cached = view_page(sysmmu.view[i]) != page;

		WRITE_ONCE(sysmmu.view[i], 0);
		if (cached)
			fimg2d_cache_put(page);
	}
}

static int map_pages(unsigned long index, struct page *first, unsigned long count,
		     enum dma_data_direction direction)
{
	unsigned long i;

	for (i = 0; i < count; i++) {
		struct page *page = nth_page(first, i);
		struct page *view = fimg2d_cache_has(page) ? fimg2d_cache_get(page) : page;

		if (!view) {
			unmap_pages(index, i);
			return -ENOMEM;
		}
		sysmmu.pages[index + i] = page;
		WRITE_ONCE(sysmmu.view[index + i], to_view(view, direction));
	}
	return 0;
}

static dma_addr_t sysmmu_map_page(struct device *dev, struct page *page, unsigned long offset,
				  size_t size, enum dma_data_direction direction,
				  unsigned long attrs)
{
	struct page *first = nth_page(page, offset >> PAGE_SHIFT);
	unsigned long count;
	long index;

	offset = offset_in_page(offset);
	count = fimg2d_pages_spanned(offset, size);
	index = bus_alloc(count);
	if (index < 0)
		return DMA_MAPPING_ERROR;
	if (map_pages(index, first, count, direction)) {
		bus_free(index, count);
		return DMA_MAPPING_ERROR;
	}
	if (!(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		fimg2d_cache_clean(first, offset, size);

	return to_bus(index) + offset;
}

/* A mapping's pages need not be neighbours in memory, as they are on the bus: page by page. */
static void sysmmu_sync_single_for_cpu(struct device *dev, dma_addr_t address, size_t size,
				       enum dma_data_direction direction)
{
	size_t piece;

	for (; size; size -= piece, address += piece) {
		piece = min_t(size_t, size, PAGE_SIZE - offset_in_page(address));
		fimg2d_cache_sync_for_cpu(sysmmu.pages[to_index(address)],
					  offset_in_page(address), piece, direction);
	}
}

static void sysmmu_sync_single_for_device(struct device *dev, dma_addr_t address, size_t size,
					  enum dma_data_direction direction)
{
	size_t piece;

	for (; size; size -= piece, address += piece) {
		piece = min_t(size_t, size, PAGE_SIZE - offset_in_page(address));
		fimg2d_cache_clean(sysmmu.pages[to_index(address)], offset_in_page(address), piece);
	}
}

static void sysmmu_unmap_page(struct device *dev, dma_addr_t address, size_t size,
			      enum dma_data_direction direction, unsigned long attrs)
{
	unsigned long count = fimg2d_pages_spanned(address, size);

	if (!(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		sysmmu_sync_single_for_cpu(dev, address, size, direction);
	unmap_pages(to_index(address), count);
	bus_free(to_index(address), count);
}

/*
 * By bus addresses: DMA-BUF debugging hides the pages of a mapped list from importers, and from the
 * exporter who has to synchronize it. Segments end with an empty one.
 */
static void sysmmu_sync_sg_for_cpu(struct device *dev, struct scatterlist *sg, int nents,
				   enum dma_data_direction direction)
{
	struct scatterlist *s;
	int i;

	for_each_sg(sg, s, nents, i) {
		if (!sg_dma_len(s))
			break;
		sysmmu_sync_single_for_cpu(dev, sg_dma_address(s), sg_dma_len(s), direction);
	}
}

static void sysmmu_sync_sg_for_device(struct device *dev, struct scatterlist *sg, int nents,
				      enum dma_data_direction direction)
{
	struct scatterlist *s;
	int i;

	for_each_sg(sg, s, nents, i) {
		if (!sg_dma_len(s))
			break;
		sysmmu_sync_single_for_device(dev, sg_dma_address(s), sg_dma_len(s), direction);
	}
}

static unsigned long sg_pages_spanned(struct scatterlist *sg, int nents)
{
	unsigned long count = 0;
	struct scatterlist *s;
	int i;

	for_each_sg(sg, s, nents, i)
		count += fimg2d_pages_spanned(s->offset, s->length);
	return count;
}

/* Entries join on the bus where one ends and the next begins at a page's edge. */
static bool joins_previous(const struct scatterlist *previous, const struct scatterlist *s)
{
	return offset_in_page(previous->offset + previous->length) == 0 &&
	       offset_in_page(s->offset) == 0;
}

/*
 * As the IOMMU layer does: one bus range for the whole list, and the fewest bus segments, which are
 * written over the first entries.
 */
static int sysmmu_map_sg(struct device *dev, struct scatterlist *sg, int nents,
			 enum dma_data_direction direction, unsigned long attrs)
{
	unsigned long count = sg_pages_spanned(sg, nents), mapped = 0;
	struct scatterlist *s, *previous = NULL, *segment = NULL;
	long index = bus_alloc(count);
	int i, segments = 0;

	if (index < 0)
		return -ENOMEM;

	for_each_sg(sg, s, nents, i) {
		unsigned long offset = offset_in_page(s->offset);
		unsigned long pages = fimg2d_pages_spanned(offset, s->length);

		if (map_pages(index + mapped, nth_page(sg_page(s), s->offset >> PAGE_SHIFT), pages,
			      direction))
			goto err;
		if (previous && joins_previous(previous, s)) {
			sg_dma_len(segment) += s->length;
		} else {
			segment = segment ? sg_next(segment) : sg;
			sg_dma_address(segment) = to_bus(index + mapped) + offset;
			sg_dma_len(segment) = s->length;
			segments++;
		}
		previous = s;
		mapped += pages;
	}
	if (segments < nents)
		sg_dma_len(sg_next(segment)) = 0;
	if (!(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		sysmmu_sync_sg_for_device(dev, sg, nents, direction);

	return segments;

err:
	unmap_pages(index, mapped);
	bus_free(index, count);
	return -ENOMEM;
}

static void sysmmu_unmap_sg(struct device *dev, struct scatterlist *sg, int nents,
			    enum dma_data_direction direction, unsigned long attrs)
{
	unsigned long count = sg_pages_spanned(sg, nents);
	unsigned long index = to_index(sg_dma_address(sg));

	if (!(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		sysmmu_sync_sg_for_cpu(dev, sg, nents, direction);
	unmap_pages(index, count);
	bus_free(index, count);
}

static int sysmmu_dma_supported(struct device *dev, u64 mask)
{
	return mask >= BUS_BASE + BUS_SIZE - 1;
}

const struct dma_map_ops fimg2d_sysmmu_dma_ops = {
	.alloc			= sysmmu_alloc,
	.free			= sysmmu_free,
	.mmap			= sysmmu_mmap,
	.get_sgtable		= sysmmu_get_sgtable,
	.map_page		= sysmmu_map_page,
	.unmap_page		= sysmmu_unmap_page,
	.map_sg			= sysmmu_map_sg,
	.unmap_sg		= sysmmu_unmap_sg,
	.sync_single_for_cpu	= sysmmu_sync_single_for_cpu,
	.sync_single_for_device	= sysmmu_sync_single_for_device,
	.sync_sg_for_cpu	= sysmmu_sync_sg_for_cpu,
	.sync_sg_for_device	= sysmmu_sync_sg_for_device,
	.dma_supported		= sysmmu_dma_supported,
};

/* Both tables have entries of this size. */
static void *__init alloc_table(void)
{
	return alloc_pages_exact(BUS_PAGES * sizeof(void *), GFP_KERNEL | __GFP_ZERO);
}

static void __init free_table(void *table)
{
	if (table)
		free_pages_exact(table, BUS_PAGES * sizeof(void *));
}

/**
 * fimg2d_sysmmu_init - makes an empty bus address space
 * @device: whose fault injection applies
 * @bus: filled in for fimg2d_engine_init()
 *
 * The tables lie in the linear map: the engine's thread cannot take the page faults by which
 * User-Mode Linux fills in vmalloc() memory.
 *
 * Returns: 0 or a negative errno.
 */
int __init fimg2d_sysmmu_init(struct fimg2d_device *device, struct fimg2d_bus *bus)
{
	sysmmu.view = alloc_table();
	sysmmu.pages = alloc_table();
	sysmmu.used = bitmap_zalloc(BUS_PAGES, GFP_KERNEL);
	if (!sysmmu.view || !sysmmu.pages || !sysmmu.used) {
		bitmap_free(sysmmu.used);
		free_table(sysmmu.pages);
		free_table(sysmmu.view);
		return -ENOMEM;
	}
	bus->access = bus_access;
	bus->priv = device;

	return 0;
}
