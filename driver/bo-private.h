/* SPDX-License-Identifier: MIT */
/* What bo.c and access.c share of a buffer object. */
#ifndef EXUP_BO_PRIVATE_H
#define EXUP_BO_PRIVATE_H

#include <sys/queue.h>

#include "bo.h"
#include "device-private.h"

/**
 * struct exup_bo
 * @refcount: importing one's own object yields its handle again, and one close is enough
 * @flags: EXUP_EXYNOS_BO_*, as the driver told them
 * @map: NULL until mapped
 * @map_access: of @map
 * @moved_handle: on the new file while the device is being reopened
 */
struct exup_bo {
	struct exup_device *device;
	LIST_ENTRY(exup_bo) link;
	unsigned int refcount;
	uint32_t handle;
	uint32_t moved_handle;
	uint32_t offset_bytes;
	uint32_t flags;
	uint64_t size_bytes;
	void *map;
	enum exup_bo_access map_access;
};

#endif
