// SPDX-License-Identifier: MIT
/* A test double of the Exynos driver: imports of memfds as dma-bufs, and a pool that changes. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <drm.h>

#include "exynos_drm_uapi.h"
#include "fake-driver.h"

static struct fake_driver *
driver_from_sys(const struct exup_sys *sys)
{
	return (struct fake_driver *)((uintptr_t)sys - offsetof(struct fake_driver, sys));
}

static int
fake_open(const struct exup_sys *sys, const char *path, int flags)
{
	int fd;

	(void)sys;
	(void)flags;
	if (strcmp(path, "/dev/dri/renderD128") != 0) {
		return -ENOENT;
	}
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static struct fake_attribute *
find_attribute(struct fake_driver *driver, int fd)
{
	size_t i;

	for (i = 0; i < FAKE_ATTRIBUTES_MAX; i++) {
		if (driver->attributes[i].fd == fd) {
			return &driver->attributes[i];
		}
	}
	return NULL;
}

static void
forget_attribute(struct fake_attribute *attribute)
{
	if (attribute->reader_fd >= 0) {
		close(attribute->reader_fd);
	}
	attribute->fd = -1;
	attribute->reader_fd = -1;
}

static void
fake_close(const struct exup_sys *sys, int fd)
{
	struct fake_attribute *attribute = find_attribute(driver_from_sys(sys), fd);

	if (attribute) {
		forget_attribute(attribute);
	}
	close(fd);
}

static int
fake_get_devnum(const struct exup_sys *sys, int fd, dev_t *devnum)
{
	(void)sys;
	(void)fd;
	*devnum = FAKE_DEVNUM;
	return 0;
}

static int
import_file(struct fake_driver *driver, struct drm_prime_handle *args)
{
	struct fake_object *object;
	struct fake_object *unused = NULL;
	struct stat st;
	uint32_t i;

	if (driver->import_error < 0) {
		return driver->import_error;
	}
	if (fstat(args->fd, &st) < 0) {
		return -EBADF;
	}
	if (!S_ISREG(st.st_mode) || st.st_size == 0) {
		return -EINVAL;
	}
	for (i = 0; i < FAKE_HANDLES_MAX; i++) {
		object = &driver->objects[i];
		if (object->handle == 0) {
			unused = object;
		} else if (object->file_device == st.st_dev && object->file_inode == st.st_ino) {
			args->handle = object->handle;
			return 0;
		}
	}
	if (!unused) {
		return -ENOMEM;
	}
	unused->handle = (uint32_t)(unused - driver->objects) + 1;
	unused->file_device = st.st_dev;
	unused->file_inode = st.st_ino;
	unused->size_bytes = (uint64_t)st.st_size;
	args->handle = unused->handle;
	return 0;
}

static struct fake_object *
find_object(struct fake_driver *driver, uint32_t handle)
{
	if (handle == 0 || handle > FAKE_HANDLES_MAX || driver->objects[handle - 1].handle == 0) {
		return NULL;
	}
	return &driver->objects[handle - 1];
}

static int
close_object(struct fake_driver *driver, uint32_t handle)
{
	struct fake_object *object = find_object(driver, handle);

	if (!object) {
		return -EINVAL;
	}
	object->handle = 0;
	return 0;
}

static int
get_object(struct fake_driver *driver, struct exup_exynos_gem_info *args)
{
	struct fake_object *object = find_object(driver, args->handle);

	if (!object) {
		return -ENOENT;
	}
	args->size = object->size_bytes;
	return 0;
}

static int
fake_ioctl(const struct exup_sys *sys, int fd, unsigned long request, void *arg)
{
	struct fake_driver *driver = driver_from_sys(sys);
	struct drm_version *version;

	(void)fd;
	switch (request) {
	case DRM_IOCTL_VERSION:
		version = arg;
		snprintf(version->name, version->name_len + 1, "exynos");
		return 0;
	case EXUP_IOCTL_EXYNOS_G2D_GET_VER:
		*(struct exup_exynos_g2d_get_ver *)arg =
			(struct exup_exynos_g2d_get_ver){ .major = 4, .minor = 1 };
		return 0;
	case DRM_IOCTL_PRIME_FD_TO_HANDLE:
		return import_file(driver, arg);
	case DRM_IOCTL_GEM_CLOSE:
		return close_object(driver, ((struct drm_gem_close *)arg)->handle);
	case EXUP_IOCTL_EXYNOS_GEM_GET:
		return get_object(driver, arg);
	default:
		return -ENOTTY;
	}
}

static int
fake_open_attribute(const struct exup_sys *sys, dev_t devnum, const char *name)
{
	struct fake_driver *driver = driver_from_sys(sys);
	struct fake_attribute *attribute;
	int fds[2];

	if (!driver->has_userptr || devnum != FAKE_DEVNUM) {
		return -ENOENT;
	}
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0) {
		return -errno;
	}
	close(fds[0]);
	/* an attribute that was closed with close(2), as who opened one may */
	attribute = find_attribute(driver, fds[1]);
	if (attribute) {
		forget_attribute(attribute);
	}
	attribute = find_attribute(driver, -1);
	if (!attribute) {
		close(fds[1]);
		return -EMFILE;
	}
	attribute->fd = fds[1];
	attribute->is_limit = strcmp(name, EXUP_ATTR_USERPTR_LIMIT) == 0;
	return fds[1];
}

static ssize_t
fake_read_attribute(const struct exup_sys *sys, int fd, char *text, size_t size_bytes)
{
	struct fake_driver *driver = driver_from_sys(sys);
	struct fake_attribute *attribute = find_attribute(driver, fd);
	char path[32];

	driver->attribute_reads++;
	if (driver->attribute_error < 0) {
		return driver->attribute_error;
	}
	if (!attribute) {
		return -EBADF;
	}
	if (attribute->reader_fd < 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		attribute->reader_fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (attribute->reader_fd < 0) {
			return -errno;
		}
	}
	return snprintf(text, size_bytes, "%" PRIu64 "\n",
			attribute->is_limit ? driver->limit_bytes : driver->pinned_bytes);
}

void
fake_driver_init(struct fake_driver *driver)
{
	size_t i;

	*driver = (struct fake_driver){
		.sys = {
			.open = fake_open,
			.close = fake_close,
			.get_devnum = fake_get_devnum,
			.ioctl = fake_ioctl,
			.open_attribute = fake_open_attribute,
			.read_attribute = fake_read_attribute,
		},
		.has_userptr = true,
		.limit_bytes = 16 << 20,
	};
	for (i = 0; i < FAKE_ATTRIBUTES_MAX; i++) {
		driver->attributes[i].fd = -1;
		driver->attributes[i].reader_fd = -1;
	}
}

void
fake_driver_finish(struct fake_driver *driver)
{
	size_t i;

	for (i = 0; i < FAKE_ATTRIBUTES_MAX; i++) {
		forget_attribute(&driver->attributes[i]);
	}
}

unsigned int
fake_driver_count_handles(const struct fake_driver *driver)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < FAKE_HANDLES_MAX; i++) {
		count += driver->objects[i].handle != 0;
	}
	return count;
}

void
fake_driver_set_pinned(struct fake_driver *driver, uint64_t pinned_bytes)
{
	struct fake_attribute *attribute;
	size_t i;

	driver->pinned_bytes = pinned_bytes;
	for (i = 0; i < FAKE_ATTRIBUTES_MAX; i++) {
		attribute = &driver->attributes[i];
		if (attribute->fd >= 0 && !attribute->is_limit && attribute->reader_fd >= 0) {
			close(attribute->reader_fd);
			attribute->reader_fd = -1;
		}
	}
}

int
fake_dmabuf_create(uint64_t size_bytes)
{
	int fd;

	fd = memfd_create("fake-dmabuf", MFD_CLOEXEC);
	if (fd >= 0 && ftruncate(fd, (off_t)size_bytes) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}
