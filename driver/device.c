// SPDX-License-Identifier: MIT
/* Opening a DRM node, telling whether it is an Exynos one, and the numbers of its userptr pool. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <drm.h>

#include "device-private.h"
#include "exynos_drm_uapi.h"

/* Minors of the DRM major, drivers/gpu/drm/drm_drv.c: 64 per type, primary first, render third. */
#define DRM_CHAR_MAJOR 226
#define DRM_MINORS_PER_TYPE 64
#define DRM_RENDER_MINOR_FIRST 128

static int
get_driver_version(const struct exup_sys *sys, int fd, struct drm_version *version)
{
	char name[16] = "";
	int ret;

	*version = (struct drm_version){ .name = name, .name_len = sizeof(name) - 1 };
	ret = sys->ioctl(sys, fd, DRM_IOCTL_VERSION, version);
	version->name = NULL;
	if (ret < 0) {
		return ret;
	}
	return strcmp(name, "exynos") == 0 ? 0 : -ENODEV;
}

int
exup_device_check_driver(const struct exup_sys *sys, int fd)
{
	struct drm_version version;

	return get_driver_version(sys, fd, &version);
}

static int
check_g2d(const struct exup_sys *sys, int fd)
{
	struct exup_exynos_g2d_get_ver version = { 0 };
	int ret;

	ret = sys->ioctl(sys, fd, EXUP_IOCTL_EXYNOS_G2D_GET_VER, &version);
	if (ret < 0) {
		return -ENOTSUP;
	}
	/* the driver's lists are for version 4.1, and it says so whatever the hardware is */
	return version.major == 4 ? 0 : -ENOTSUP;
}

static int
open_node(const struct exup_sys *sys, const char *path, dev_t devnum, struct drm_version *version)
{
	dev_t opened;
	int fd;
	int ret;

	/* events are drained without blocking */
	fd = sys->open(sys, path, O_RDWR | O_NONBLOCK);
	if (fd < 0) {
		return fd == -ENOENT ? -ENODEV : fd;
	}
	ret = sys->get_devnum(sys, fd, &opened);
	if (ret == 0 && opened != devnum) {
		ret = -ENODEV;
	}
	if (ret == 0) {
		ret = get_driver_version(sys, fd, version);
	}
	if (ret == 0) {
		ret = check_g2d(sys, fd);
	}
	if (ret < 0) {
		sys->close(sys, fd);
		return ret;
	}
	return fd;
}

static bool
has_minor(const struct drm_version *version, int minor)
{
	return version->version_major == 1 && version->version_minor >= minor;
}

int
exup_device_create(const struct exup_sys *sys, dev_t devnum, struct exup_device **device)
{
	struct drm_version version;
	struct exup_device *dev;
	const char *format;
	int ret;

	if (major(devnum) != DRM_CHAR_MAJOR) {
		return -ENODEV;
	}
	dev = calloc(1, sizeof(*dev));
	if (!dev) {
		return -ENOMEM;
	}
	dev->sys = sys;
	dev->devnum = devnum;
	LIST_INIT(&dev->bos);
	format = minor(devnum) < DRM_RENDER_MINOR_FIRST ? "/dev/dri/card%u" : "/dev/dri/renderD%u";
	snprintf(dev->path, sizeof(dev->path), format, minor(devnum));
	ret = open_node(sys, dev->path, devnum, &version);
	if (ret < 0) {
		free(dev);
		return ret;
	}
	dev->fd = ret;
	dev->has_gem_sync = has_minor(&version, EXUP_EXYNOS_MINOR_GEM_SYNC);
	dev->has_g2d_submit = has_minor(&version, EXUP_EXYNOS_MINOR_G2D_SUBMIT);
	*device = dev;
	return 0;
}

int
exup_device_create_first(const struct exup_sys *sys, struct exup_device **device)
{
	unsigned int i;
	int result = -ENODEV;
	int ret;

	for (i = 0; i < DRM_MINORS_PER_TYPE; i++) {
		ret = exup_device_create(sys, makedev(DRM_CHAR_MAJOR, DRM_RENDER_MINOR_FIRST + i),
					 device);
		if (ret == 0) {
			return 0;
		}
		/* a node that may not be opened says more than one that is not there */
		if (ret == -EACCES || ret == -EPERM) {
			result = -EACCES;
		} else if (ret != -ENODEV && result == -ENODEV) {
			result = ret;
		}
	}
	return result;
}

void
exup_device_destroy(struct exup_device *device)
{
	if (!device) {
		return;
	}
	device->sys->close(device->sys, device->fd);
	free(device);
}

int
exup_device_reopen(struct exup_device *device)
{
	const struct exup_sys *sys = device->sys;
	struct drm_version version;
	int fd;
	int ret;

	fd = open_node(sys, device->path, device->devnum, &version);
	if (fd < 0) {
		return fd;
	}
	ret = exup_bo_list_move(device, fd);
	if (ret < 0) {
		sys->close(sys, fd);
		return ret;
	}
	sys->close(sys, device->fd);
	device->fd = fd;
	return 0;
}

dev_t
exup_device_get_devnum(const struct exup_device *device)
{
	return device->devnum;
}

int
exup_device_get_fd(const struct exup_device *device)
{
	return device->fd;
}

static int
read_bytes(const struct exup_sys *sys, int fd, uint64_t *bytes)
{
	char text[32];
	char *end;
	ssize_t len;

	len = sys->read_attribute(sys, fd, text, sizeof(text) - 1);
	if (len < 0) {
		return (int)len;
	}
	text[len] = '\0';
	errno = 0;
	*bytes = strtoull(text, &end, 10);
	if (end == text || errno != 0 || (*end != '\n' && *end != '\0')) {
		return -EPROTO;
	}
	return 0;
}

static int
open_pool_attribute(struct exup_device *device, const char *name)
{
	int fd;

	fd = device->sys->open_attribute(device->sys, device->devnum, name);
	return fd == -ENOENT ? -ENOTSUP : fd;
}

static int
read_pool_attribute(struct exup_device *device, const char *name, uint64_t *bytes)
{
	int fd;
	int ret;

	fd = open_pool_attribute(device, name);
	if (fd < 0) {
		return fd;
	}
	ret = read_bytes(device->sys, fd, bytes);
	device->sys->close(device->sys, fd);
	return ret;
}

int
exup_device_get_pool(struct exup_device *device, struct exup_pool *pool)
{
	int ret;

	ret = read_pool_attribute(device, EXUP_ATTR_USERPTR_LIMIT, &pool->limit_bytes);
	if (ret < 0) {
		return ret;
	}
	return read_pool_attribute(device, EXUP_ATTR_USERPTR_PINNED, &pool->pinned_bytes);
}

int
exup_device_open_pool_watch(struct exup_device *device, int *fd)
{
	int ret;

	ret = open_pool_attribute(device, EXUP_ATTR_USERPTR_PINNED);
	if (ret < 0) {
		return ret;
	}
	*fd = ret;
	return 0;
}

int
exup_device_read_pool_watch(struct exup_device *device, int fd, uint64_t *pinned_bytes)
{
	return read_bytes(device->sys, fd, pinned_bytes);
}

int
exup_device_set_limit(const struct exup_sys *sys, int master_fd, uint64_t limit_bytes)
{
	struct exup_exynos_user_limit args = { 0 };
	dev_t devnum;
	int ret;
	int fd;

	if (limit_bytes == 0 || limit_bytes > EXUP_USERPTR_LIMIT_MAX_BYTES) {
		return -EINVAL;
	}
	args.userptr_limit = (uint32_t)limit_bytes;
	ret = sys->ioctl(sys, master_fd, EXUP_IOCTL_EXYNOS_USER_LIMIT, &args);
	/* drm_ioctl() answers a number that the driver does not have with -EINVAL */
	if (ret == -EINVAL && sys->get_devnum(sys, master_fd, &devnum) == 0) {
		fd = sys->open_attribute(sys, devnum, EXUP_ATTR_USERPTR_LIMIT);
		if (fd == -ENOENT) {
			return -ENOTSUP;
		}
		if (fd >= 0) {
			sys->close(sys, fd);
		}
	}
	return ret < 0 ? ret : 0;
}
