// SPDX-License-Identifier: MIT
/* The double's system: nodes, attributes, the clock, and which ioctl goes where. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm.h>
#include <linux/dma-buf.h>

#include "fake-exynos-private.h"

#define NODE_PATH "/dev/dri/renderD128"

static struct fake_exynos *
from_sys(const struct exup_sys *sys)
{
	/* the first member */
	return (struct fake_exynos *)sys;
}

static struct fake_file *
find_file(struct fake_exynos *fake, int fd)
{
	int i;

	for (i = 0; i < FAKE_FILES_MAX; i++) {
		if (fake->files[i].fd == fd && fd >= 0) {
			return &fake->files[i];
		}
	}
	return NULL;
}

static int
fake_open(const struct exup_sys *sys, const char *path, int flags)
{
	struct fake_exynos *fake = from_sys(sys);
	int i;

	(void)flags;
	if (strcmp(path, NODE_PATH) != 0) {
		return -ENOENT;
	}
	if (fake->open_error) {
		return fake->open_error;
	}
	for (i = 0; i < FAKE_FILES_MAX; i++) {
		if (fake->files[i].fd < 0) {
			memset(&fake->files[i], 0, sizeof(fake->files[i]));
			fake->files[i].fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
			return fake->files[i].fd;
		}
	}
	return -EMFILE;
}

static void
fake_close(const struct exup_sys *sys, int fd)
{
	struct fake_exynos *fake = from_sys(sys);
	struct fake_file *file = find_file(fake, fd);
	int i;

	if (file) {
		fake_g2d_close_file(fake, file);
		fake_gem_close_file(file);
		file->fd = -1;
	}
	for (i = 0; i < 4; i++) {
		if (fake->attribute_fds[i] == fd) {
			fake->attribute_fds[i] = -1;
		}
	}
	/* closing what is not open is a bug */
	assert_int_equal(close(fd), 0);
}

static int
fake_get_devnum(const struct exup_sys *sys, int fd, dev_t *devnum)
{
	struct fake_exynos *fake = from_sys(sys);

	if (!find_file(fake, fd)) {
		return -ENODEV;
	}
	*devnum = fake->node_devnum;
	return 0;
}

static int
fake_get_size(const struct exup_sys *sys, int fd, uint64_t *size_bytes)
{
	struct stat st;

	(void)sys;
	if (fstat(fd, &st) < 0) {
		return -errno;
	}
	*size_bytes = (uint64_t)st.st_size;
	return 0;
}

static int
get_version(struct fake_exynos *fake, struct drm_version *version)
{
	size_t len = strlen(fake->driver_name);

	memcpy(version->name, fake->driver_name, len < version->name_len ? len : version->name_len);
	version->name_len = len;
	version->version_major = 1;
	version->version_minor = fake->driver_minor;
	return 0;
}

static int
sync_dmabuf(struct fake_exynos *fake, struct fake_object *object, const struct dma_buf_sync *sync)
{
	bool is_end = sync->flags & DMA_BUF_SYNC_END;

	if (!(sync->flags & DMA_BUF_SYNC_RW) || sync->flags & ~DMA_BUF_SYNC_VALID_FLAGS_MASK) {
		return -EINVAL;
	}
	if (is_end && sync->flags & DMA_BUF_SYNC_WRITE) {
		fake_gem_clean(object, 0, object->size_bytes);
	}
	fake_gem_note_sync(fake, object, sync->flags & DMA_BUF_SYNC_RW, is_end);
	return 0;
}

/* Whether this call is to fail; 0 if not. */
static int
take_failure(struct fake_exynos *fake, unsigned long request)
{
	int i;

	for (i = 0; i < FAKE_FAILURES_MAX; i++) {
		struct fake_failure *failure = &fake->failures[i];

		if (failure->request != request || failure->count == 0) {
			continue;
		}
		if (failure->skip > 0) {
			failure->skip--;
			continue;
		}
		failure->count--;
		return failure->error;
	}
	return 0;
}

static int
fake_ioctl(const struct exup_sys *sys, int fd, unsigned long request, void *arg)
{
	struct fake_exynos *fake = from_sys(sys);
	struct fake_file *file = find_file(fake, fd);
	struct fake_object *object;
	int ret;

	fake->ioctl_count++;
	ret = take_failure(fake, request);
	if (ret < 0) {
		return ret;
	}
	if (request == DMA_BUF_IOCTL_SYNC) {
		object = fake_exynos_find_dmabuf(fake, fd);
		return object ? sync_dmabuf(fake, object, arg) : -ENOTTY;
	}
	if (!file) {
		return fcntl(fd, F_GETFD) < 0 ? -EBADF : -ENOTTY;
	}
	if (request == DRM_IOCTL_VERSION) {
		return get_version(fake, arg);
	}
	ret = fake_gem_ioctl(fake, file, request, arg);
	if (ret == -ENOTTY) {
		ret = fake_g2d_ioctl(fake, file, request, arg);
	}
	if (request == DRM_IOCTL_PRIME_HANDLE_TO_FD && ret == 0 && fake->on_export) {
		fake->on_export(fake->on_export_data);
	}
	/* what drm_ioctl() says to a number that the driver does not have */
	return ret == -ENOTTY ? -EINVAL : ret;
}

static int
fake_map(const struct exup_sys *sys, int fd, size_t size_bytes, int prot, void **addr)
{
	struct fake_exynos *fake = from_sys(sys);
	struct fake_object *object = fake_exynos_find_dmabuf(fake, fd);
	void *map;

	if (object && object->user) {
		return -EINVAL;
	}
	map = mmap(NULL, size_bytes, prot, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		return -errno;
	}
	fake->map_count++;
	*addr = map;
	return 0;
}

static void
fake_unmap(const struct exup_sys *sys, void *addr, size_t size_bytes)
{
	from_sys(sys)->map_count--;
	assert_int_equal(munmap(addr, size_bytes), 0);
}

static ssize_t
fake_read(const struct exup_sys *sys, int fd, void *data, size_t size_bytes)
{
	struct fake_exynos *fake = from_sys(sys);
	struct fake_file *file = find_file(fake, fd);
	struct exup_exynos_g2d_event event = {
		.base = { .type = EXUP_EXYNOS_G2D_EVENT, .length = sizeof(event) },
	};
	unsigned int taken = 0;
	uint64_t value;

	if (!file) {
		return -EBADF;
	}
	/* whole events only, as drm_read() does */
	while (taken < file->event_count && (taken + 1) * sizeof(event) <= size_bytes) {
		event.user_data = file->events[taken].user_data;
		event.reserved = file->events[taken].error;
		memcpy((char *)data + taken * sizeof(event), &event, sizeof(event));
		taken++;
	}
	if (taken == 0) {
		return -EAGAIN;
	}
	file->event_count -= taken;
	memmove(file->events, file->events + taken, file->event_count * sizeof(*file->events));
	if (file->event_count == 0) {
		assert_int_equal(read(fd, &value, sizeof(value)), sizeof(value));
	}
	return (ssize_t)(taken * sizeof(event));
}

static int
fake_wait_readable(const struct exup_sys *sys, int fd, int timeout_ms)
{
	struct fake_exynos *fake = from_sys(sys);
	struct fake_file *file = find_file(fake, fd);

	if (!file) {
		return -EBADF;
	}
	if (file->event_count == 0) {
		fake_g2d_wait(fake, file, timeout_ms);
	}
	return file->event_count > 0;
}

static int
fake_open_attribute(const struct exup_sys *sys, dev_t devnum, const char *name)
{
	struct fake_exynos *fake = from_sys(sys);
	int i;

	if (devnum != FAKE_DEVNUM || !fake->has_userptr) {
		return -ENOENT;
	}
	/* the slot says which attribute it is */
	i = strcmp(name, EXUP_ATTR_USERPTR_LIMIT) == 0 ? 0 : 2;
	if (fake->attribute_fds[i] >= 0) {
		i++;
	}
	fake->attribute_fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fake->attribute_fds[i];
}

static ssize_t
fake_read_attribute(const struct exup_sys *sys, int fd, char *text, size_t size_bytes)
{
	struct fake_exynos *fake = from_sys(sys);
	uint64_t value;

	if (fd == fake->attribute_fds[0] || fd == fake->attribute_fds[1]) {
		value = fake->limit_bytes;
	} else {
		value = fake_exynos_get_pinned(fake);
	}
	return snprintf(text, size_bytes, "%llu\n", (unsigned long long)value);
}

static int64_t
fake_now_ms(const struct exup_sys *sys)
{
	return from_sys(sys)->now_ms;
}

void
fake_exynos_init(struct fake_exynos *fake)
{
	int i;

	memset(fake, 0, sizeof(*fake));
	fake->sys = (struct exup_sys){
		.open = fake_open,
		.close = fake_close,
		.get_devnum = fake_get_devnum,
		.get_size = fake_get_size,
		.ioctl = fake_ioctl,
		.map = fake_map,
		.unmap = fake_unmap,
		.read = fake_read,
		.wait_readable = fake_wait_readable,
		.open_attribute = fake_open_attribute,
		.read_attribute = fake_read_attribute,
		.now_ms = fake_now_ms,
	};
	fake->driver_name = "exynos";
	fake->driver_minor = EXUP_EXYNOS_MINOR_G2D_SUBMIT;
	fake->blits_max = 1024;
	fake->node_devnum = FAKE_DEVNUM;
	fake->has_g2d = true;
	fake->has_userptr = true;
	fake->limit_bytes = 16 << 20;
	fake->memlock_bytes = UINT64_MAX;
	fake->waits_per_job = 1;
	fake->now_ms = 1000;
	for (i = 0; i < FAKE_FILES_MAX; i++) {
		fake->files[i].fd = -1;
	}
	for (i = 0; i < 4; i++) {
		fake->attribute_fds[i] = -1;
	}
}

void
fake_exynos_finish(struct fake_exynos *fake)
{
	assert_int_equal(fake_exynos_count_files(fake), 0);
	assert_int_equal(fake_exynos_count_objects(fake), 0);
	assert_int_equal(fake->pinned_bytes, 0);
	assert_int_equal(fake->map_count, 0);
}

void
fake_exynos_fail(struct fake_exynos *fake, unsigned long request, unsigned int skip,
		 unsigned int count, int error)
{
	int i = 0;

	while (fake->failures[i].count > 0) {
		i++;
		assert_true(i < FAKE_FAILURES_MAX);
	}
	fake->failures[i] = (struct fake_failure){
		.request = request,
		.skip = skip,
		.count = count,
		.error = error,
	};
}

unsigned int
fake_exynos_count_files(const struct fake_exynos *fake)
{
	unsigned int count = 0;
	int i;

	for (i = 0; i < FAKE_FILES_MAX; i++) {
		count += fake->files[i].fd >= 0;
	}
	for (i = 0; i < 4; i++) {
		count += fake->attribute_fds[i] >= 0;
	}
	return count;
}
