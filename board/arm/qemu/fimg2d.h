/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual FIMG2D as a device of QEMU. */
#ifndef FIMG2D_FIMG2D_H
#define FIMG2D_FIMG2D_H

#include "hw/sysbus.h"
#include "qom/object.h"
#include "sysemu/dma.h"

#include "controls.h"
#include "sysmmu.h"

#define TYPE_FIMG2D "exynos.fimg2d"
OBJECT_DECLARE_SIMPLE_TYPE(Fimg2dState, FIMG2D)

/* The bus's open window into memory. */
struct fimg2d_mapping {
	void *memory;		/* NULL: there is none */
	dma_addr_t size_bytes;
	DMADirection direction;
};

struct Fimg2dState {
	SysBusDevice parent_obj;

	MemoryRegion registers;
	MemoryRegion page;
	ExynosSysmmu *sysmmu;
	Object *display;	/* whose counters the page shows */
	uint32_t pixel_ns;
	qemu_irq irq;
	AddressSpace bus;
	QEMUTimer *timer;

	struct fimg2d_device device;
	struct fimg2d_mapping mapping;
	bool is_stalled;	/* by the SysMMU, until the next soft reset */
	uint32_t value_high;	/* of the control page's value that was read last */
};

/* fimg2d.c */
void fimg2d_faults_changed(Fimg2dState *s);

/* control-page.c */
uint64_t fimg2d_page_read(Fimg2dState *s, hwaddr offset);
void fimg2d_page_write(Fimg2dState *s, hwaddr offset, uint32_t value);

#endif
