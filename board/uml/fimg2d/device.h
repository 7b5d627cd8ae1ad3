/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the virtual FIMG2D that live in the kernel share. */
#ifndef FIMG2D_DEVICE_H
#define FIMG2D_DEVICE_H

#include <linux/mm.h>

#include "jobs.h"

struct device;
struct dma_map_ops;
struct resource;

/* device.c */
bool fimg2d_has_iommu(void);
u64 fimg2d_mapped_bytes(void);

/* How many pages a range touches; of @offset only what lies within a page counts. */
static inline unsigned long fimg2d_pages_spanned(unsigned long offset, size_t size)
{
	return PAGE_ALIGN(offset_in_page(offset) + size) >> PAGE_SHIFT;
}

/* sysmmu.c: bus addresses are a space of their own */
int fimg2d_sysmmu_init(struct fimg2d_device *device, struct fimg2d_bus *bus);
extern const struct dma_map_ops fimg2d_sysmmu_dma_ops;
u64 fimg2d_sysmmu_mapped_bytes(void);

/* direct.c: bus addresses are physical ones */
int fimg2d_direct_init(struct fimg2d_device *device, struct fimg2d_bus *bus);
extern const struct dma_map_ops fimg2d_direct_dma_ops;
u64 fimg2d_direct_mapped_bytes(void);

/* memory.c */
int fimg2d_list_memory(const struct resource *registers);

/* debugfs.c */
void fimg2d_debugfs_init(struct fimg2d_device *device);

#endif
