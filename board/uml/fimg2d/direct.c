// SPDX-License-Identifier: GPL-2.0-only
/*
 * A board without an IOMMU: fimg2d.iommu=0. Bus addresses are physical addresses, what the DMA API
 * allocates is contiguous memory, and a mapping has as many bus segments as memory has.
 *
 * On such a board nothing keeps the engine from any memory. Here it reaches what is mapped or
 * allocated for it, and with anything else the board panics (fault.c): on hardware a driver that lets
 * it go astray is found by nobody but those whose memory it was. Directions are nobody's to enforce,
 * as on hardware.
 */

#include <linux/dma-map-ops.h>
#include <linux/gfp.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "cache.h"
#include "device.h"
#include "fault.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"fimg2d."

#define GARBAGE		0xa5

/*
 * As with memory that a device does not reach, which the DMA API then copies. Here nobody copies
 * anything: it is for who has to notice.
 */
static bool bounce;
module_param(bounce, bool, 0644);
MODULE_PARM_DESC(bounce, "without an IOMMU, give the engine other pages than those of a list");

static struct {
	struct page **view;		/* what the engine sees at each page frame; no lock */
	unsigned int *users;		/* mappings of each page frame */
	unsigned long count;		/* of page frames */
	unsigned long mapped_pages;
	spinlock_t lock;		/* guards users and mapped_pages */
} frames = {
	.lock = __SPIN_LOCK_UNLOCKED(frames.lock),
};

/* The engine's view of memory. Runs on its thread: looks at the table, and calls nothing. */
static void *bus_access(void *priv, u32 address, u32 *size_bytes, bool write)
{
	struct page *page = NULL;

	if (fimg2d_device_inject_fault(priv, address))
		return NULL;
	if (PHYS_PFN(address) < frames.count)
		page = READ_ONCE(frames.view[PHYS_PFN(address)]);
	if (!page) {
		fimg2d_fault_note(priv, address, write);
		return NULL;
	}
	*size_bytes = min_t(u32, *size_bytes, PAGE_SIZE - offset_in_page(address));

	return page_address(page) + offset_in_page(address);
}

u64 fimg2d_direct_mapped_bytes(void)
{
	return (u64)READ_ONCE(frames.mapped_pages) << PAGE_SHIFT;
}

static void unmap_page(struct page *page)
{
	unsigned long pfn = page_to_pfn(page), flags;
	bool cached;

	spin_lock_irqsave(&frames.lock, flags);
	cached = frames.view[pfn] != page;
	if (!--frames.users[pfn])
		WRITE_ONCE(frames.view[pfn], NULL);
	frames.mapped_pages--;
	spin_unlock_irqrestore(&frames.lock, flags);
	if (cached)
		fimg2d_cache_put(page);
}

static int map_page(struct page *page)
{
	struct page *view = fimg2d_cache_has(page) ? fimg2d_cache_get(page) : page;
	unsigned long pfn = page_to_pfn(page), flags;

	if (!view)
		return -ENOMEM;

	spin_lock_irqsave(&frames.lock, flags);
	frames.users[pfn]++;
	frames.mapped_pages++;
	WRITE_ONCE(frames.view[pfn], view);
	spin_unlock_irqrestore(&frames.lock, flags);

	return 0;
}

static void unmap_range(struct page *first, unsigned long count)
{
	while (count--)
		unmap_page(nth_page(first, count));
}

static int map_range(struct page *first, unsigned long count)
{
	unsigned long i;
	int err;

	for (i = 0; i < count; i++) {
		err = map_page(nth_page(first, i));
		if (err) {
			unmap_range(first, i);
			return err;
		}
	}
	return 0;
}

/*
 * Buddies as long as there are such large ones, else whatever range can be made free. Each page is
 * one of its own then, so that both are freed alike.
 */
static struct page *alloc_contiguous(unsigned long count, gfp_t gfp)
{
	unsigned int order = get_order(count << PAGE_SHIFT);
	struct page *page;
	unsigned long i;

	if (order >= MAX_ORDER)
		return alloc_contig_pages(count, gfp, numa_node_id(), NULL);
	page = alloc_pages(gfp, order);
	if (!page)
		return NULL;
	split_page(page, order);
	for (i = count; i < 1UL << order; i++)
		__free_page(nth_page(page, i));

	return page;
}

static void free_uncached(struct page *first, unsigned long count)
{
	unsigned long i;

	for (i = 0; i < count; i++)
		fimg2d_cache_set_uncached(nth_page(first, i), false);
	free_contig_range(page_to_pfn(first), count);
}

/*
 * dma-direct clears memory by its kernel mapping. What has none comes with what was in it before,
 * which here is always garbage: fresh memory of the host's is zeros, and would hide it.
 */
static void init_page(struct page *page, bool has_mapping)
{
	memset(page_address(page), has_mapping ? 0 : GARBAGE, PAGE_SIZE);
}

static void *direct_alloc(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp,
			  unsigned long attrs)
{
	unsigned long count = PAGE_ALIGN(size) >> PAGE_SHIFT, i;
	struct page *page = alloc_contiguous(count, gfp & ~(__GFP_COMP | __GFP_ZERO));

	if (!page)
		return NULL;
	for (i = 0; i < count; i++) {
		fimg2d_cache_set_uncached(nth_page(page, i), true);
		init_page(nth_page(page, i), !(attrs & DMA_ATTR_NO_KERNEL_MAPPING));
	}
	if (map_range(page, count)) {
		free_uncached(page, count);
		return NULL;
	}
	*handle = page_to_phys(page);

	return page_address(page);
}

static void direct_free(struct device *dev, size_t size, void *memory, dma_addr_t handle,
			unsigned long attrs)
{
	unsigned long count = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct page *page = virt_to_page(memory);

	unmap_range(page, count);
	free_uncached(page, count);
}

static int direct_mmap(struct device *dev, struct vm_area_struct *vma, void *memory,
		       dma_addr_t handle, size_t size, unsigned long attrs)
{
	return vm_iomap_memory(vma, handle, size);
}

static int direct_get_sgtable(struct device *dev, struct sg_table *sgt, void *memory,
			      dma_addr_t handle, size_t size, unsigned long attrs)
{
	int err = sg_alloc_table(sgt, 1, GFP_KERNEL);

	if (err)
		return err;
	sg_set_page(sgt->sgl, virt_to_page(memory), PAGE_ALIGN(size), 0);

	return 0;
}

static dma_addr_t direct_map_page(struct device *dev, struct page *page, unsigned long offset,
				  size_t size, enum dma_data_direction direction,
				  unsigned long attrs)
{
	phys_addr_t address = page_to_phys(page) + offset;

	if (map_range(pfn_to_page(PHYS_PFN(address)), fimg2d_pages_spanned(address, size)))
		return DMA_MAPPING_ERROR;
	if (!(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		fimg2d_cache_clean(page, offset, size);

	return address;
}

static void direct_sync_single_for_cpu(struct device *dev, dma_addr_t address, size_t size,
				       enum dma_data_direction direction)
{
	fimg2d_cache_sync_for_cpu(pfn_to_page(PHYS_PFN(address)), offset_in_page(address), size,
				  direction);
}

static void direct_sync_single_for_device(struct device *dev, dma_addr_t address, size_t size,
					  enum dma_data_direction direction)
{
	fimg2d_cache_clean(pfn_to_page(PHYS_PFN(address)), offset_in_page(address), size);
}

/* By bus addresses, as the SysMMU's and for the same reason. */
static void direct_sync_sg_for_cpu(struct device *dev, struct scatterlist *sg, int nents,
				   enum dma_data_direction direction)
{
	struct scatterlist *s;
	int i;

	for_each_sg(sg, s, nents, i)
		direct_sync_single_for_cpu(dev, sg_dma_address(s), sg_dma_len(s), direction);
}

static void direct_sync_sg_for_device(struct device *dev, struct scatterlist *sg, int nents,
				      enum dma_data_direction direction)
{
	struct scatterlist *s;
	int i;

	for_each_sg(sg, s, nents, i)
		direct_sync_single_for_device(dev, sg_dma_address(s), sg_dma_len(s), direction);
}

static void direct_unmap_page(struct device *dev, dma_addr_t address, size_t size,
			      enum dma_data_direction direction, unsigned long attrs)
{
	if (!(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		direct_sync_single_for_cpu(dev, address, size, direction);
	unmap_range(pfn_to_page(PHYS_PFN(address)), fimg2d_pages_spanned(address, size));
}

/* An entry that was bounced has other frames on the bus than in memory. */
static void unmap_sg(struct scatterlist *sg, int nents)
{
	struct scatterlist *s;
	int i;

	for_each_sg(sg, s, nents, i) {
		unsigned long count = fimg2d_pages_spanned(s->offset, s->length);
		struct page *page = pfn_to_page(PHYS_PFN(sg_dma_address(s)));

		unmap_range(page, count);
		if (PHYS_PFN(sg_dma_address(s)) == PHYS_PFN(sg_phys(s)))
			continue;
		while (count--)
			__free_page(nth_page(page, count));
	}
}

static int map_entry(struct scatterlist *s)
{
	unsigned long count = fimg2d_pages_spanned(s->offset, s->length);
	struct page *page = pfn_to_page(PHYS_PFN(sg_phys(s))), *buffer = NULL;

	if (READ_ONCE(bounce)) {
		buffer = alloc_contiguous(count, GFP_KERNEL);
		if (!buffer)
			return -ENOMEM;
		page = buffer;
	}
	if (map_range(page, count)) {
		while (buffer && count--)
			__free_page(nth_page(buffer, count));
		return -ENOMEM;
	}
	sg_dma_address(s) = page_to_phys(page) + offset_in_page(s->offset);
	sg_dma_len(s) = s->length;

	return 0;
}

/* As dma-direct does: a bus segment for each entry. */
static int direct_map_sg(struct device *dev, struct scatterlist *sg, int nents,
			 enum dma_data_direction direction, unsigned long attrs)
{
	struct scatterlist *s;
	int i;

	for_each_sg(sg, s, nents, i) {
		if (map_entry(s)) {
			unmap_sg(sg, i);
			return -ENOMEM;
		}
	}
	if (!(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		direct_sync_sg_for_device(dev, sg, nents, direction);

	return nents;
}

static void direct_unmap_sg(struct device *dev, struct scatterlist *sg, int nents,
			    enum dma_data_direction direction, unsigned long attrs)
{
	if (!(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		direct_sync_sg_for_cpu(dev, sg, nents, direction);
	unmap_sg(sg, nents);
}

static int direct_dma_supported(struct device *dev, u64 mask)
{
	return mask >= PFN_PHYS(frames.count) - 1;
}

/* A limit says that there is a buffer to bounce from; as large as it may be, here. */
static size_t direct_max_mapping_size(struct device *dev)
{
	return READ_ONCE(bounce) ? SIZE_MAX - 1 : SIZE_MAX;
}

const struct dma_map_ops fimg2d_direct_dma_ops = {
	.alloc			= direct_alloc,
	.free			= direct_free,
	.mmap			= direct_mmap,
	.get_sgtable		= direct_get_sgtable,
	.map_page		= direct_map_page,
	.unmap_page		= direct_unmap_page,
	.map_sg			= direct_map_sg,
	.unmap_sg		= direct_unmap_sg,
	.sync_single_for_cpu	= direct_sync_single_for_cpu,
	.sync_single_for_device	= direct_sync_single_for_device,
	.sync_sg_for_cpu	= direct_sync_sg_for_cpu,
	.sync_sg_for_device	= direct_sync_sg_for_device,
	.dma_supported		= direct_dma_supported,
	.max_mapping_size	= direct_max_mapping_size,
};

/**
 * fimg2d_direct_init - makes bus addresses physical addresses
 * @device: whose fault injection applies
 * @bus: filled in for fimg2d_engine_init()
 *
 * The table lies in the linear map, as the SysMMU's.
 *
 * Returns: 0 or a negative errno.
 */
int __init fimg2d_direct_init(struct fimg2d_device *device, struct fimg2d_bus *bus)
{
	frames.count = max_mapnr;	/* arch/um has only the number of free pages in max_pfn */
	frames.users = vcalloc(frames.count, sizeof(*frames.users));
	if (!frames.users)
		return -ENOMEM;
	frames.view = alloc_pages_exact(frames.count * sizeof(*frames.view),
					GFP_KERNEL | __GFP_ZERO);
	if (!frames.view) {
		vfree(frames.users);
		return -ENOMEM;
	}
	bus->access = bus_access;
	bus->priv = device;

	return 0;
}
