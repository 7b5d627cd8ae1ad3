/* SPDX-License-Identifier: MIT */
/* Buffer objects of an Exynos device: GEM memory, pinned user memory, imported dma-bufs. */
#ifndef EXUP_BO_H
#define EXUP_BO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device.h"

struct exup_bo;

/** What the CPU is going to do, or has done, with an object's memory. */
enum exup_bo_access {
	EXUP_BO_READ = 1,
	EXUP_BO_WRITE = 2,
	EXUP_BO_READ_WRITE = 3,
};

/**
 * Allocates memory of the device, write-combined for the CPU: write it in order, do not read it.
 *
 * @size_bytes: rounded up to whole pages by the driver
 * @bo: out; to be freed with exup_bo_destroy()
 *
 * Returns 0, -EINVAL for a size of 0, -ENOMEM, or another negative errno.
 */
int
exup_bo_create(struct exup_device *device, uint64_t size_bytes, struct exup_bo **bo);

/**
 * Pins memory of this process for the engine (DRM_EXYNOS_GEM_USERPTR).
 *
 * @addr: start of the memory; any alignment
 * @size_bytes: its length
 * @bo: out. The object covers the whole pages that the range touches and begins at the first of
 *	them: the range itself begins at exup_bo_get_offset(). The pages stay pinned until the object
 *	and all dma-bufs made from it are gone, whatever the process does with its mapping.
 *
 * Memory that the process cannot write to is imported for reading only (EXYNOS_BO_READONLY), if the
 * driver can do that, as all of version 1.3 can: no device writes to it, and neither does anybody
 * who maps its dma-buf.
 *
 * Returns 0, -EINVAL if the range is empty or the driver's pool has no room for it, -ENOMEM if
 * RLIMIT_MEMLOCK does not allow it, -EFAULT if the range is not ordinary memory, or not writable,
 * and the driver cannot import it for reading, -ENOTSUP if the driver has no userptr support, or
 * another negative errno.
 */
int
exup_bo_create_userptr(struct exup_device *device, const void *addr, uint64_t size_bytes,
		       struct exup_bo **bo);

/**
 * Imports a dma-buf. The object of a dma-buf that this device already knows is shared.
 *
 * @dmabuf_fd: not kept; the caller still closes it
 * @bo: out
 *
 * Returns 0, -EBADF or -EINVAL if it is no dma-buf or one that the device cannot address, or
 * another negative errno.
 */
int
exup_bo_import(struct exup_device *device, int dmabuf_fd, struct exup_bo **bo);

/** Drops a reference; the object goes with the last one. NULL is ignored. */
void
exup_bo_destroy(struct exup_bo *bo);

/** Size in bytes, whole pages. */
uint64_t
exup_bo_get_size(const struct exup_bo *bo);

/** Where a userptr object's range begins in it, in bytes, less than a page. 0 for others. */
uint32_t
exup_bo_get_offset(const struct exup_bo *bo);

/**
 * Whether the object was left behind by exup_device_reopen(), since the driver would not have it on
 * another file. It has its size, and the mapping that it had; otherwise the engine and the CPU are
 * refused it with -ESTALE.
 */
bool
exup_bo_is_lost(const struct exup_bo *bo);

/** The GEM handle on the device's file, 0 if lost. It changes with exup_device_reopen(). */
uint32_t
exup_bo_get_handle(const struct exup_bo *bo);

/**
 * Makes a dma-buf of the object: one that can be mapped for writing, unless the object is memory
 * that was imported for reading only.
 *
 * @dmabuf_fd: out; the caller closes it
 */
int
exup_bo_export(struct exup_bo *bo, int *dmabuf_fd);

/**
 * Maps the object for the CPU, until the object is destroyed. Mapping it again is free, and being
 * mapped takes no file descriptor.
 *
 * @access: what the CPU may do. Asking for more than before moves the mapping.
 * @addr: out; the start of the object, exup_bo_get_size() bytes
 *
 * Reads and writes belong between exup_bo_begin_access() and exup_bo_end_access().
 *
 * Returns 0, -EACCES if its dma-buf does not allow that access, or another negative errno.
 */
int
exup_bo_map(struct exup_bo *bo, enum exup_bo_access access, void **addr);

/**
 * Before the CPU touches a mapped object: makes the engine's writes visible to it. Memory that the
 * driver has allocated is write-combined and always coherent: nothing is done for that.
 */
int
exup_bo_begin_access(struct exup_bo *bo, enum exup_bo_access access);

/** After the CPU touched a mapped object: makes the CPU's writes visible to the engine. */
int
exup_bo_end_access(struct exup_bo *bo, enum exup_bo_access access);

/** DMA_BUF_IOCTL_SYNC, start: before the CPU touches memory behind a dma-buf. */
int
exup_dmabuf_begin_access(const struct exup_sys *sys, int dmabuf_fd, enum exup_bo_access access);

/** DMA_BUF_IOCTL_SYNC, end: after the CPU touched memory behind a dma-buf. */
int
exup_dmabuf_end_access(const struct exup_sys *sys, int dmabuf_fd, enum exup_bo_access access);

#endif
