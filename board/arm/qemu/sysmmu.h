/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An Exynos SoC's SysMMU, the IOMMU of one master. */
#ifndef FIMG2D_SYSMMU_H
#define FIMG2D_SYSMMU_H

#include "hw/sysbus.h"
#include "exec/memory.h"
#include "qom/object.h"

#define TYPE_EXYNOS_SYSMMU "exynos.sysmmu"
OBJECT_DECLARE_SIMPLE_TYPE(ExynosSysmmu, EXYNOS_SYSMMU)

struct ExynosSysmmu {
	SysBusDevice parent_obj;

	MemoryRegion registers;
	IOMMUMemoryRegion upstream;	/* memory as the master sees it */
	qemu_irq irq;
	GHashTable *tlb;

	uint32_t version;
	uint32_t ctrl;
	uint32_t cfg;
	uint32_t table;
	uint32_t int_status;
	uint32_t fault_address[4];	/* by register: page, write, read, default slave */

	/* for tests */
	uint64_t faults;
	uint32_t last_fault;
	bool is_quiet;		/* faults are counted, and neither interrupt nor stall */
};

bool exynos_sysmmu_is_stalled(const ExynosSysmmu *s);
uint64_t exynos_sysmmu_mapped_bytes(const ExynosSysmmu *s);

#endif
