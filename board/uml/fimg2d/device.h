/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the virtual FIMG2D that live in the kernel share. */
#ifndef FIMG2D_DEVICE_H
#define FIMG2D_DEVICE_H

#include <linux/mm.h>

#include "engine.h"

/*
 * What a test sets through debugfs. The engine's thread polls them between its steps, so that it
 * touches no memory in that time; a reset ends all waiting.
 */
struct fimg2d_faults {
	u32 delay_us;		/* wait before a job's first access */
	u32 delay_end_us;	/* wait after a job's last access, before its interrupt */
	u32 hold;		/* while 1, jobs wait before their first access */
	u32 hang;		/* this many jobs never begin: only a reset ends them */
	u32 lost_irq;		/* this many interrupts are not raised */
	u32 fault_address;	/* accesses to this page of the bus fault; 0: none */
	u32 fault_in;		/* this many accesses from now, one faults; 0: none */
	u32 stray_write;	/* the next job begins with a word written here; 0: none */
};

struct fimg2d_device {
	struct fimg2d_engine engine;
	struct fimg2d_faults faults;
	u32 doorbell;		/* 1: a start or continue waits for the engine */
	u32 busy;		/* the engine is between a doorbell and its interrupt */
	u32 is_slow;		/* it waits as the fault injection says, and is not dead */
	u32 status_reads;	/* of a status that has to change meanwhile */
	u64 interrupts;
	u64 lost_interrupts;
};

struct device;
struct dma_map_ops;
struct resource;

/* device.c */
bool fimg2d_inject_fault(struct fimg2d_device *device, u32 address);
bool fimg2d_has_iommu(void);
u64 fimg2d_mapped_bytes(void);

/* device.c: makes a device's DMA go through the bus of the board */
void fimg2d_bus_attach(struct device *dev);

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
