// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists the guest's memory among the resources, as other architectures do: the kernel tells memory
 * from other physical addresses by it (page_is_ram()), and User-Mode Linux lists none.
 */

#include <linux/ioport.h>
#include <linux/mm.h>

#include "device.h"

static struct resource memory[2] = {
	{ .name = "System RAM", .flags = IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY },
	{ .name = "System RAM", .flags = IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY },
};

/**
 * fimg2d_list_memory - lists all memory but that behind the engine's registers
 * @registers: the registers, which lie among the physical addresses of a guest that has enough
 *	memory, and are claimed by the engine's driver
 *
 * Returns: 0 or a negative errno.
 */
int __init fimg2d_list_memory(const struct resource *registers)
{
	resource_size_t end = PFN_PHYS(max_mapnr) - 1;
	int err;

	memory[0].end = min(end, registers->start - 1);
	err = insert_resource(&iomem_resource, &memory[0]);
	if (err || end <= registers->end)
		return err;

	memory[1].start = registers->end + 1;
	memory[1].end = end;
	return insert_resource(&iomem_resource, &memory[1]);
}
