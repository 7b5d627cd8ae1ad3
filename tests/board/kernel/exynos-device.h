/* SPDX-License-Identifier: MIT */
/*
 * The Exynos DRM device as the kernel tests see it: one function per ioctl, nothing in between.
 *
 * Functions that return int return 0 or a file descriptor on success and a negative errno on
 * failure, unless they say otherwise.
 */

#ifndef EXYNOS_DEVICE_H
#define EXYNOS_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exynos-uapi.h"

enum exynos_node {
	EXYNOS_PRIMARY_NODE,
	EXYNOS_RENDER_NODE,
};

/* A file descriptor of its own for the device's primary or render node. */
int
exynos_open(enum exynos_node node);

/* ioctl() that is called again after EINTR and EAGAIN. */
int
exynos_ioctl(int fd, unsigned long request, void *arg);

int
exynos_gem_create(int fd, uint64_t size_bytes, uint32_t flags, uint32_t *handle);

int
exynos_gem_userptr(int fd, const void *ptr, uint64_t size_bytes, uint32_t flags, uint32_t *handle);

/*
 * The same, and others may have all of its pages, also where a driver would not let them by itself. Not
 * where the pool may be full: -EINVAL is taken for a driver that does not know the flag.
 */
int
exynos_gem_userptr_shared(int fd, const void *ptr, uint64_t size_bytes, uint32_t *handle);

/* Whether the driver has what the given version 1.x of it has. */
bool
exynos_has_version(int fd, int minor);

int
exynos_gem_sync(int fd, uint32_t handle, uint32_t flags,
		const struct drm_exynos_gem_sync_range *ranges, uint32_t n_ranges);

int
exynos_gem_get(int fd, uint32_t handle, uint64_t *size_bytes, uint32_t *flags);

int
exynos_gem_map_offset(int fd, uint32_t handle, uint64_t *offset);

/* The offset that the generic dumb buffer ioctl gives. */
int
exynos_dumb_map_offset(int fd, uint32_t handle, uint64_t *offset);

/* Maps an object through the DRM node, to read and to write; NULL when that fails. */
void *
exynos_gem_mmap(int fd, uint32_t handle, size_t size_bytes);

int
exynos_gem_close(int fd, uint32_t handle);

/* Returns a dma-buf; flags are O_CLOEXEC and O_RDWR. */
int
exynos_prime_export(int fd, uint32_t handle, uint32_t flags);

int
exynos_prime_import(int fd, int dmabuf, uint32_t *handle);

/* DMA_BUF_IOCTL_SYNC with flags as they are. */
int
exynos_dmabuf_sync(int dmabuf, uint64_t flags);

int
exynos_user_limit(int fd, uint32_t limit_bytes);

/* Opens a sysfs attribute of the device that fd belongs to. */
int
exynos_open_attribute(int fd, const char *name);

/* The sysfs attributes' values in bytes, UINT64_MAX when they cannot be read. */
uint64_t
exynos_userptr_limit(int fd);

uint64_t
exynos_userptr_pinned(int fd);

/* Waits until that many bytes are pinned; false when that is still not so after a minute. */
bool
exynos_wait_pinned(int fd, uint64_t bytes);

/* Whether the engine's addresses are those of an IOMMU; false when there is no device, either. */
bool
exynos_has_iommu(void);

/* What the kernel counts as pinned by this process, in bytes (VmPin in /proc/self/status). */
uint64_t
process_pinned(void);

/*
 * Has the kernel add up what each of its processors has counted by itself so far: numbers of pages and
 * slabs are some dozens off before. For root.
 */
void
kernel_sum_counters(void);

/* A line of /proc/meminfo, in bytes; UINT64_MAX when it cannot be read. */
uint64_t
kernel_meminfo(const char *key);

/* Pages that are pinned by anybody, as the kernel counts them itself, its counters summed. */
uint64_t
kernel_pinned_pages(void);

/* How many file descriptors this process has; -errno when that cannot be told. */
int
process_open_files(void);

#endif
