// SPDX-License-Identifier: GPL-2.0
/*
 * Stand-in for the SysMMU: a bus address space of scattered pages, and the DMA operations on it.
 *
 * Bus addresses are 0x20000000..0x5fffffff, the window that the Exynos DRM driver uses with an
 * IOMMU. Every buffer is contiguous there, whatever pages it has; a page is left unmapped after
 * each, so that running over the end faults.
 */

#include <linux/bitmap.h>
#include <linux/dma-map-ops.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "device.h"

#define BUS_BASE	0x20000000UL
#define BUS_SIZE	0x40000000UL
#define BUS_PAGES	(BUS_SIZE >> PAGE_SHIFT)

static struct {
	struct page **table;		/* page at each bus page; read without the lock */
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

	memset(&sysmmu.table[index], 0, count * sizeof(*sysmmu.table));
	spin_lock_irqsave(&sysmmu.lock, flags);
	bitmap_clear(sysmmu.used, index, count + 1);
	sysmmu.mapped_pages -= count;
	spin_unlock_irqrestore(&sysmmu.lock, flags);
}

/* The engine's view of memory. Runs on its thread: looks at the table, and calls nothing. */
static void *bus_access(void *priv, u32 address, u32 *size_bytes, bool write)
{
	struct fimg2d_device *device = priv;
	u32 fault_address = READ_ONCE(device->faults.fault_address);
	struct page *page;

	if (address < BUS_BASE || to_index(address) >= BUS_PAGES)
		return NULL;
	if (fault_address && to_index(fault_address) == to_index(address))
		return NULL;
	page = READ_ONCE(sysmmu.table[to_index(address)]);
	if (!page)
		return NULL;
	*size_bytes = min_t(u32, *size_bytes, PAGE_SIZE - offset_in_page(address));

	return page_address(page) + offset_in_page(address);
}

u64 fimg2d_sysmmu_mapped_bytes(void)
{
	return (u64)READ_ONCE(sysmmu.mapped_pages) << PAGE_SHIFT;
}

static void free_pages_at(unsigned long index, unsigned long count)
{
	while (count--)
		__free_page(sysmmu.table[index + count]);
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
		sysmmu.table[index + i] = alloc_page((gfp & ~__GFP_COMP) | __GFP_ZERO);
		if (!sysmmu.table[index + i])
			goto err;
	}
	*handle = to_bus(index);
	if (attrs & DMA_ATTR_NO_KERNEL_MAPPING)
		return &sysmmu.table[index];	/* a cookie */
	memory = vmap(&sysmmu.table[index], count, VM_MAP, PAGE_KERNEL);
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
	return vm_map_pages(vma, &sysmmu.table[to_index(handle)], PAGE_ALIGN(size) >> PAGE_SHIFT);
}

static int sysmmu_get_sgtable(struct device *dev, struct sg_table *sgt, void *memory,
			      dma_addr_t handle, size_t size, unsigned long attrs)
{
	return sg_alloc_table_from_pages(sgt, &sysmmu.table[to_index(handle)],
					 PAGE_ALIGN(size) >> PAGE_SHIFT, 0, size, GFP_KERNEL);
}

static unsigned long pages_spanned(unsigned long offset, size_t size)
{
	return PAGE_ALIGN(offset + size) >> PAGE_SHIFT;
}

static void map_pages(unsigned long index, struct page *first, unsigned long count)
{
	unsigned long i;

	for (i = 0; i < count; i++)
		WRITE_ONCE(sysmmu.table[index + i], nth_page(first, i));
}

static dma_addr_t sysmmu_map_page(struct device *dev, struct page *page, unsigned long offset,
				  size_t size, enum dma_data_direction direction,
				  unsigned long attrs)
{
	unsigned long count = pages_spanned(offset, size);
	long index = bus_alloc(count);

	if (index < 0)
		return DMA_MAPPING_ERROR;
	map_pages(index, page, count);

	return to_bus(index) + offset;
}

static void sysmmu_unmap_page(struct device *dev, dma_addr_t address, size_t size,
			      enum dma_data_direction direction, unsigned long attrs)
{
	bus_free(to_index(address), pages_spanned(offset_in_page(address), size));
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
	struct scatterlist *s, *previous = NULL, *segment = NULL;
	unsigned long count = 0, pages;
	int i, segments = 0;
	long index;

	for_each_sg(sg, s, nents, i)
		count += pages_spanned(offset_in_page(s->offset), s->length);
	index = bus_alloc(count);
	if (index < 0)
		return -ENOMEM;

	for_each_sg(sg, s, nents, i) {
		unsigned long offset = offset_in_page(s->offset);

		pages = pages_spanned(offset, s->length);
		map_pages(index, nth_page(sg_page(s), s->offset >> PAGE_SHIFT), pages);
		if (previous && joins_previous(previous, s)) {
			sg_dma_len(segment) += s->length;
		} else {
			segment = segment ? sg_next(segment) : sg;
			sg_dma_address(segment) = to_bus(index) + offset;
			sg_dma_len(segment) = s->length;
			segments++;
		}
		previous = s;
		index += pages;
	}
	if (segments < nents) {
		s = sg_next(segment);
		sg_dma_address(s) = DMA_MAPPING_ERROR;
		sg_dma_len(s) = 0;
	}

	return segments;
}

static void sysmmu_unmap_sg(struct device *dev, struct scatterlist *sg, int nents,
			    enum dma_data_direction direction, unsigned long attrs)
{
	unsigned long count = 0;
	struct scatterlist *s;
	int i;

	for_each_sg(sg, s, nents, i)
		count += pages_spanned(offset_in_page(s->offset), s->length);
	bus_free(to_index(sg_dma_address(sg)), count);
}

static int sysmmu_dma_supported(struct device *dev, u64 mask)
{
	return mask >= BUS_BASE + BUS_SIZE - 1;
}

static const struct dma_map_ops sysmmu_dma_ops = {
	.alloc		= sysmmu_alloc,
	.free		= sysmmu_free,
	.mmap		= sysmmu_mmap,
	.get_sgtable	= sysmmu_get_sgtable,
	.map_page	= sysmmu_map_page,
	.unmap_page	= sysmmu_unmap_page,
	.map_sg		= sysmmu_map_sg,
	.unmap_sg	= sysmmu_unmap_sg,
	.dma_supported	= sysmmu_dma_supported,
};

/**
 * fimg2d_sysmmu_init - makes an empty bus address space
 * @device: whose fault injection applies
 * @bus: filled in for fimg2d_engine_init()
 *
 * The table lies in the linear map: the engine's thread cannot take the page faults by which
 * User-Mode Linux fills in vmalloc() memory.
 */
int __init fimg2d_sysmmu_init(struct fimg2d_device *device, struct fimg2d_bus *bus)
{
	sysmmu.table = alloc_pages_exact(BUS_PAGES * sizeof(*sysmmu.table),
					 GFP_KERNEL | __GFP_ZERO);
	if (!sysmmu.table)
		return -ENOMEM;
	sysmmu.used = bitmap_zalloc(BUS_PAGES, GFP_KERNEL);
	if (!sysmmu.used) {
		free_pages_exact(sysmmu.table, BUS_PAGES * sizeof(*sysmmu.table));
		return -ENOMEM;
	}
	bus->access = bus_access;
	bus->priv = device;

	return 0;
}

/**
 * fimg2d_sysmmu_attach - makes a device's DMA go through the bus address space
 * @dev: the device
 */
void __init fimg2d_sysmmu_attach(struct device *dev)
{
	set_dma_ops(dev, &sysmmu_dma_ops);
	dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(32));
	dma_set_max_seg_size(dev, DMA_BIT_MASK(32));
}
