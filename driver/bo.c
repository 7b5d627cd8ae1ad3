// SPDX-License-Identifier: MIT
/* Buffer objects: GEM handles with a lifetime, their dma-bufs, and their mappings. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>

#include "bo-private.h"
#include "exynos_drm_uapi.h"

/* DRM's handles begin at 1. */
#define NO_HANDLE 0

static void
close_handle(const struct exup_sys *sys, int fd, uint32_t handle)
{
	struct drm_gem_close args = { .handle = handle };

	sys->ioctl(sys, fd, DRM_IOCTL_GEM_CLOSE, &args);
}

static struct exup_bo *
find_handle(struct exup_device *device, uint32_t handle)
{
	struct exup_bo *bo;

	LIST_FOREACH (bo, &device->bos, link) {
		if (bo->handle == handle) {
			return bo;
		}
	}
	return NULL;
}

/* Takes over the handle: it is closed if there is no memory for the object. */
static int
wrap_handle(struct exup_device *device, uint32_t handle, uint32_t offset_bytes,
	    struct exup_bo **out)
{
	const struct exup_sys *sys = device->sys;
	struct exup_exynos_gem_info info = { .handle = handle };
	struct exup_bo *bo;
	int ret;

	bo = find_handle(device, handle);
	if (bo) {
		bo->refcount++;
		*out = bo;
		return 0;
	}
	ret = sys->ioctl(sys, device->fd, EXUP_IOCTL_EXYNOS_GEM_GET, &info);
	if (ret < 0) {
		goto err_handle;
	}
	bo = calloc(1, sizeof(*bo));
	if (!bo) {
		ret = -ENOMEM;
		goto err_handle;
	}
	bo->device = device;
	bo->refcount = 1;
	bo->handle = handle;
	bo->offset_bytes = offset_bytes;
	bo->flags = info.flags;
	bo->size_bytes = info.size;
	LIST_INSERT_HEAD(&device->bos, bo, link);
	*out = bo;
	return 0;

err_handle:
	close_handle(sys, device->fd, handle);
	return ret;
}

int
exup_bo_create(struct exup_device *device, uint64_t size_bytes, struct exup_bo **bo)
{
	struct exup_exynos_gem_create args = {
		.size = size_bytes,
		.flags = EXUP_EXYNOS_BO_NONCONTIG | EXUP_EXYNOS_BO_WC,
	};
	int ret;

	ret = device->sys->ioctl(device->sys, device->fd, EXUP_IOCTL_EXYNOS_GEM_CREATE, &args);
	if (ret < 0) {
		return ret;
	}
	return wrap_handle(device, args.handle, 0, bo);
}

/*
 * Memory that the process cannot write to is refused with -EFAULT, as is much else; whether it can
 * be imported for reading, the driver knows best. One that does not know the flag says -EINVAL.
 */
static int
import_memory(struct exup_device *device, struct exup_exynos_gem_userptr *args)
{
	const struct exup_sys *sys = device->sys;
	int ret;

	ret = sys->ioctl(sys, device->fd, EXUP_IOCTL_EXYNOS_GEM_USERPTR, args);
	if (ret != -EFAULT) {
		return ret;
	}
	args->flags |= EXUP_EXYNOS_BO_READONLY;
	ret = sys->ioctl(sys, device->fd, EXUP_IOCTL_EXYNOS_GEM_USERPTR, args);
	return ret == -EINVAL && !device->has_gem_sync ? -EFAULT : ret;
}

int
exup_bo_create_userptr(struct exup_device *device, const void *addr, uint64_t size_bytes,
		       struct exup_bo **bo)
{
	struct exup_exynos_gem_userptr args = {
		.userptr = (uintptr_t)addr,
		.size = size_bytes,
		/* it is there to be exported, and may begin and end anywhere */
		.flags = device->has_gem_sync ? EXUP_EXYNOS_BO_WHOLE_PAGES : 0,
	};
	struct exup_pool pool;
	int ret;

	ret = import_memory(device, &args);
	/* what a driver without the ioctl says (-EINVAL) also means that the pool is full */
	if (ret == -EINVAL && exup_device_get_pool(device, &pool) == -ENOTSUP) {
		ret = -ENOTSUP;
	}
	if (ret < 0) {
		return ret;
	}
	return wrap_handle(device, args.handle,
			   (uint32_t)((uintptr_t)addr & ((uintptr_t)sysconf(_SC_PAGESIZE) - 1)),
			   bo);
}

int
exup_bo_import(struct exup_device *device, int dmabuf_fd, struct exup_bo **bo)
{
	struct drm_prime_handle args = { .fd = dmabuf_fd };
	int ret;

	ret = device->sys->ioctl(device->sys, device->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);
	if (ret < 0) {
		return ret;
	}
	return wrap_handle(device, args.handle, 0, bo);
}

void
exup_bo_destroy(struct exup_bo *bo)
{
	const struct exup_sys *sys;

	if (!bo || --bo->refcount > 0) {
		return;
	}
	sys = bo->device->sys;
	if (bo->map) {
		sys->unmap(sys, bo->map, (size_t)bo->size_bytes);
	}
	if (!exup_bo_is_lost(bo)) {
		close_handle(sys, bo->device->fd, bo->handle);
	}
	LIST_REMOVE(bo, link);
	free(bo);
}

bool
exup_bo_is_lost(const struct exup_bo *bo)
{
	return bo->handle == NO_HANDLE;
}

uint64_t
exup_bo_get_size(const struct exup_bo *bo)
{
	return bo->size_bytes;
}

uint32_t
exup_bo_get_offset(const struct exup_bo *bo)
{
	return bo->offset_bytes;
}

uint32_t
exup_bo_get_handle(const struct exup_bo *bo)
{
	return bo->handle;
}

int
exup_bo_export(struct exup_bo *bo, int *dmabuf_fd)
{
	struct drm_prime_handle args = {
		.handle = bo->handle,
		.flags = DRM_CLOEXEC,
	};
	const struct exup_sys *sys = bo->device->sys;
	int ret;

	if (exup_bo_is_lost(bo)) {
		return -ESTALE;
	}
	if (!(bo->flags & EXUP_EXYNOS_BO_READONLY)) {
		args.flags |= DRM_RDWR;
	}
	ret = sys->ioctl(sys, bo->device->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);
	if (ret < 0) {
		return ret;
	}
	*dmabuf_fd = args.fd;
	return 0;
}

int
exup_bo_map(struct exup_bo *bo, enum exup_bo_access access, void **addr)
{
	const struct exup_sys *sys = bo->device->sys;
	int prot = access & EXUP_BO_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
	void *map;
	int fd;
	int ret;

	if (!bo->map || (access & ~bo->map_access)) {
		if (bo->size_bytes > SIZE_MAX) {
			return -EOVERFLOW;
		}
		ret = exup_bo_export(bo, &fd);
		if (ret < 0) {
			return ret;
		}
		ret = sys->map(sys, fd, (size_t)bo->size_bytes, prot, &map);
		sys->close(sys, fd);
		if (ret < 0) {
			return ret;
		}
		if (bo->map) {
			sys->unmap(sys, bo->map, (size_t)bo->size_bytes);
		}
		bo->map = map;
		bo->map_access = access & EXUP_BO_WRITE ? EXUP_BO_READ_WRITE : EXUP_BO_READ;
	}
	*addr = bo->map;
	return 0;
}

static int
move_handle(struct exup_bo *bo, int new_fd)
{
	struct drm_prime_handle args;
	const struct exup_sys *sys = bo->device->sys;
	int fd;
	int ret;

	ret = exup_bo_export(bo, &fd);
	if (ret < 0) {
		return ret;
	}
	args = (struct drm_prime_handle){ .fd = fd };
	ret = sys->ioctl(sys, new_fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);
	sys->close(sys, fd);
	if (ret < 0) {
		return ret;
	}
	bo->moved_handle = args.handle;
	return 0;
}

/* What may have another outcome at the next try. */
static bool
is_shortage(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE || error == -EINTR;
}

int
exup_bo_list_move(struct exup_device *device, int new_fd)
{
	struct exup_bo *bo;
	int ret;

	LIST_FOREACH (bo, &device->bos, link) {
		bo->moved_handle = NO_HANDLE;
		if (exup_bo_is_lost(bo)) {
			continue;
		}
		/*
		 * On failure the caller closes new_fd, and with it the handles made so far. But an
		 * object that is refused for itself would be refused for ever: rather it than all.
		 */
		ret = move_handle(bo, new_fd);
		if (ret < 0 && is_shortage(ret)) {
			return ret;
		}
	}
	LIST_FOREACH (bo, &device->bos, link) {
		bo->handle = bo->moved_handle;
	}
	return 0;
}
