/* SPDX-License-Identifier: MIT */
/* An open Exynos DRM device: finding it, its identity, and its userptr pool. */
#ifndef EXUP_DEVICE_H
#define EXUP_DEVICE_H

#include <stdint.h>
#include <sys/types.h>

#include "sys.h"

struct exup_device;

/**
 * struct exup_pool - the driver's userptr pool at one moment, in bytes
 * @limit_bytes: what all processes together may pin
 * @pinned_bytes: what they have pinned, in whole pages; can exceed a limit that was lowered
 */
struct exup_pool {
	uint64_t limit_bytes;
	uint64_t pinned_bytes;
};

/**
 * Opens a DRM node and makes sure that the Exynos driver with a G2D engine is behind it.
 *
 * @sys: the seam; must outlive the device
 * @devnum: device number of a render node, or of a primary node
 * @device: out; to be freed with exup_device_destroy()
 *
 * Returns 0, -ENODEV if no node has that number or another driver is behind it, -EACCES if the
 * node may not be opened, -ENOTSUP if the driver has no G2D, or another negative errno.
 */
int
exup_device_create(const struct exup_sys *sys, dev_t devnum, struct exup_device **device);

/**
 * Opens the render node of the first Exynos device with a G2D engine in this system.
 *
 * Returns as exup_device_create(); -ENODEV if there is none. If the only one may not be opened:
 * -EACCES.
 */
int
exup_device_create_first(const struct exup_sys *sys, struct exup_device **device);

/**
 * Closes the device. All its buffer objects must have been destroyed. Jobs that have not run are
 * dropped by the driver, the one that runs is waited for. NULL is ignored.
 */
void
exup_device_destroy(struct exup_device *device);

/**
 * Opens the node anew and moves all buffer objects over.
 *
 * For an engine that does not answer: when the old file is closed the driver drops its jobs and
 * resets the engine. The objects keep their memory; their handles change. One that the driver refuses
 * on the new file is lost, see exup_bo_is_lost().
 *
 * Returns 0 or a negative errno; then the device is as it was, still on the old file.
 */
int
exup_device_reopen(struct exup_device *device);

/** The device number of the node that is open. */
dev_t
exup_device_get_devnum(const struct exup_device *device);

/** The file descriptor, to poll for events. It changes with exup_device_reopen(). */
int
exup_device_get_fd(const struct exup_device *device);

/**
 * Reads the pool's limit and what is pinned from the driver's attributes.
 *
 * Returns 0, -ENOTSUP if the driver has no userptr support, or another negative errno.
 */
int
exup_device_get_pool(struct exup_device *device, struct exup_pool *pool);

/**
 * Opens an attribute that can be polled for changes of pinned_bytes.
 *
 * poll() reports POLLERR | POLLPRI once the number has changed since the last
 * exup_device_read_pool_watch().
 *
 * @fd: out; the caller closes it
 *
 * Returns 0, -ENOTSUP if the driver has no userptr support, or another negative errno.
 */
int
exup_device_open_pool_watch(struct exup_device *device, int *fd);

/** Reads pinned_bytes from, and so re-arms, a descriptor of exup_device_open_pool_watch(). */
int
exup_device_read_pool_watch(struct exup_device *device, int fd, uint64_t *pinned_bytes);

/**
 * Sets the pool's limit.
 *
 * @sys: the seam
 * @master_fd: a primary node of the device, on which the caller is DRM master
 * @limit_bytes: one page to EXUP_USERPTR_LIMIT_MAX_BYTES
 *
 * Returns 0, -EACCES if the caller is not root or not master, -EINVAL for a size out of range,
 * -ENOTSUP if the driver has no userptr support, or another negative errno.
 */
int
exup_device_set_limit(const struct exup_sys *sys, int master_fd, uint64_t limit_bytes);

/** Whether a DRM file descriptor belongs to the Exynos driver. */
int
exup_device_check_driver(const struct exup_sys *sys, int fd);

#endif
