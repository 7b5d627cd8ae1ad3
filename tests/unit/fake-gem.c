// SPDX-License-Identifier: MIT
/* The double's GEM objects: allocation, pinned memory, handles and dma-bufs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm.h>
#include <linux/dma-buf.h>

#include "fake-exynos-private.h"

#define PAGE_BYTES ((uint64_t)sysconf(_SC_PAGESIZE))

static bool
is_same_file(int fd, int other_fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstat(other_fd, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

struct fake_object *
fake_exynos_find_dmabuf(struct fake_exynos *fake, int fd)
{
	int i;

	for (i = 0; i < FAKE_OBJECTS_MAX; i++) {
		if (fake->objects[i].is_live && is_same_file(fd, fake->objects[i].memfd)) {
			return &fake->objects[i];
		}
	}
	return NULL;
}

/* Whether a descriptor of the dma-buf is open in this process, but for the double's own. */
static bool
is_dmabuf_open(const struct fake_object *object)
{
	bool is_open = false;
	struct dirent *entry;
	DIR *dir;
	int fd;

	dir = opendir("/proc/self/fd");
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		fd = atoi(entry->d_name);
		if (entry->d_name[0] != '.' && fd != dirfd(dir) && fd != object->memfd &&
		    is_same_file(fd, object->memfd)) {
			is_open = true;
		}
	}
	closedir(dir);
	return is_open;
}

void
fake_gem_collect(struct fake_exynos *fake)
{
	int i;

	for (i = 0; i < FAKE_OBJECTS_MAX; i++) {
		struct fake_object *object = &fake->objects[i];

		if (!object->is_live || object->references > 0 || is_dmabuf_open(object)) {
			continue;
		}
		if (object->user) {
			fake->pinned_bytes -= object->size_bytes;
		}
		close(object->memfd);
		free(object->seen);
		object->is_live = false;
	}
}

uint64_t
fake_exynos_get_pinned(struct fake_exynos *fake)
{
	fake_gem_collect(fake);
	return fake->pinned_bytes;
}

unsigned int
fake_exynos_count_objects(struct fake_exynos *fake)
{
	unsigned int count = 0;
	int i;

	fake_gem_collect(fake);
	for (i = 0; i < FAKE_OBJECTS_MAX; i++) {
		count += fake->objects[i].is_live;
	}
	return count;
}

unsigned int
fake_exynos_count_handles(const struct fake_exynos *fake)
{
	unsigned int count = 0;
	int i, j;

	for (i = 0; i < FAKE_FILES_MAX; i++) {
		for (j = 0; fake->files[i].fd >= 0 && j < FAKE_HANDLES_MAX; j++) {
			count += fake->files[i].handles[j] != NULL;
		}
	}
	return count;
}

static struct fake_object *
create_object(struct fake_exynos *fake, uint64_t size_bytes, uint32_t flags)
{
	struct fake_object *object = NULL;
	int i;

	for (i = 0; i < FAKE_OBJECTS_MAX && !object; i++) {
		object = fake->objects[i].is_live ? NULL : &fake->objects[i];
	}
	assert_non_null(object);
	*object = (struct fake_object){
		.is_live = true,
		.size_bytes = size_bytes,
		.flags = flags,
		.memfd = memfd_create("fake-object", MFD_CLOEXEC),
	};
	assert_int_equal(ftruncate(object->memfd, (off_t)size_bytes), 0);
	return object;
}

/* One handle per object and file, as drm_gem_prime_fd_to_handle() has it. */
static uint32_t
get_handle(struct fake_file *file, struct fake_object *object)
{
	uint32_t i;

	for (i = 0; i < FAKE_HANDLES_MAX; i++) {
		if (file->handles[i] == object) {
			return i + 1;
		}
	}
	for (i = 0; i < FAKE_HANDLES_MAX; i++) {
		if (!file->handles[i]) {
			file->handles[i] = object;
			object->references++;
			return i + 1;
		}
	}
	fail_msg("too many handles");
	return 0;
}

struct fake_object *
fake_gem_get(struct fake_file *file, uint32_t handle)
{
	return handle > 0 && handle <= FAKE_HANDLES_MAX ? file->handles[handle - 1] : NULL;
}

static int
close_handle(struct fake_file *file, uint32_t handle)
{
	struct fake_object *object = fake_gem_get(file, handle);

	if (!object) {
		return -EINVAL;
	}
	file->handles[handle - 1] = NULL;
	object->references--;
	return 0;
}

void
fake_gem_close_file(struct fake_file *file)
{
	uint32_t handle;

	for (handle = 1; handle <= FAKE_HANDLES_MAX; handle++) {
		close_handle(file, handle);
	}
}

static uint64_t
round_up(uint64_t size_bytes)
{
	return (size_bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

static int
gem_create(struct fake_exynos *fake, struct fake_file *file, struct exup_exynos_gem_create *args)
{
	uint32_t known = EXUP_EXYNOS_BO_NONCONTIG | EXUP_EXYNOS_BO_CACHABLE | EXUP_EXYNOS_BO_WC;

	if (args->size == 0 || args->flags & ~known) {
		return -EINVAL;
	}
	args->handle = get_handle(file, create_object(fake, round_up(args->size), args->flags));
	return 0;
}

/* Whether all pages of a range are mapped and readable; and, unless for reading, writable. */
static bool
is_ordinary_memory(uint64_t start, uint64_t end, bool is_read_only)
{
	unsigned long long from, to;
	char line[512], rights[5];
	FILE *maps;

	maps = fopen("/proc/self/maps", "r");
	assert_non_null(maps);
	while (start < end && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%llx-%llx %4s", &from, &to, rights) == 3 && from <= start &&
		    start < to) {
			if (rights[0] != 'r' || (rights[1] != 'w' && !is_read_only)) {
				break;
			}
			start = to;
		}
	}
	fclose(maps);
	return start >= end;
}

/* kernel/: exynos_drm_userptr_create() */
static int
gem_userptr(struct fake_exynos *fake, struct fake_file *file, struct exup_exynos_gem_userptr *args)
{
	uint64_t start = args->userptr & ~(PAGE_BYTES - 1);
	uint64_t size_bytes = round_up((args->userptr & (PAGE_BYTES - 1)) + args->size);
	uint32_t known = 7;
	struct fake_object *object;

	if (!fake->has_userptr) {
		return -ENOTTY;
	}
	if (fake->driver_minor >= EXUP_EXYNOS_MINOR_GEM_SYNC) {
		known |= EXUP_EXYNOS_BO_READONLY | EXUP_EXYNOS_BO_WHOLE_PAGES;
	}
	if (args->size == 0 || args->size > EXUP_USERPTR_LIMIT_MAX_BYTES || args->flags & ~known) {
		return -EINVAL;
	}
	fake_gem_collect(fake);
	if (fake->pinned_bytes > fake->limit_bytes ||
	    size_bytes > fake->limit_bytes - fake->pinned_bytes) {
		return -EINVAL;
	}
	if (size_bytes > fake->memlock_bytes ||
	    fake->pinned_bytes > fake->memlock_bytes - size_bytes) {
		return -ENOMEM;
	}
	if (!is_ordinary_memory(start, start + size_bytes, args->flags & EXUP_EXYNOS_BO_READONLY)) {
		return -EFAULT;
	}
	if (fake->is_contiguous_required && size_bytes > PAGE_BYTES) {
		return -ENXIO;
	}
	object = create_object(fake, size_bytes,
			       EXUP_EXYNOS_BO_USERPTR | EXUP_EXYNOS_BO_CACHABLE |
				       (args->flags & EXUP_EXYNOS_BO_READONLY));
	object->user = (uint8_t *)(uintptr_t)start;
	object->seen = malloc(size_bytes);
	assert_non_null(object->seen);
	/* what is mapped for the engine is cleaned */
	fake_gem_clean(object, 0, size_bytes);
	fake->pinned_bytes += size_bytes;
	args->handle = get_handle(file, object);
	return 0;
}

static int
gem_get(struct fake_file *file, struct exup_exynos_gem_info *args)
{
	struct fake_object *object = fake_gem_get(file, args->handle);

	if (!object) {
		return -EINVAL;
	}
	args->size = object->size_bytes;
	args->flags = object->flags;
	return 0;
}

void
fake_gem_clean(struct fake_object *object, uint64_t offset_bytes, uint64_t size_bytes)
{
	if (object->user) {
		memcpy(object->seen + offset_bytes, object->user + offset_bytes, size_bytes);
	}
}

void
fake_gem_note_sync(struct fake_exynos *fake, struct fake_object *object, uint64_t access,
		   bool is_end)
{
	object->is_cpu_access = !is_end;
	object->sync_count++;
	object->sync_access |= access;
	fake->sync_count++;
}

static int
check_range(const struct exup_exynos_gem_sync_range *range, uint64_t size_bytes)
{
	uint64_t end_bytes;

	if (range->pad != 0 || range->rows == 0 || range->row_bytes == 0 ||
	    (range->rows > 1 && range->stride < range->row_bytes)) {
		return -EINVAL;
	}
	end_bytes = (uint64_t)(range->rows - 1) * range->stride + range->row_bytes;
	return range->offset > size_bytes || end_bytes > size_bytes - range->offset ? -EINVAL : 0;
}

static void
sync_range(struct fake_exynos *fake, struct fake_object *object,
	   const struct exup_exynos_gem_sync_range *range)
{
	uint32_t cleans = EXUP_EXYNOS_GEM_SYNC_WRITE | EXUP_EXYNOS_GEM_SYNC_END;
	uint32_t i;

	/* to the byte: not even the rest of a cache line is kind */
	for (i = 0; i < range->rows && (fake->sync.flags & cleans) == cleans; i++) {
		fake_gem_clean(object, range->offset + (uint64_t)i * range->stride,
			       range->row_bytes);
	}
	fake->sync.bytes += (uint64_t)range->rows * range->row_bytes;
}

/* kernel/: exynos_drm_gem_sync_ioctl() */
static int
gem_sync(struct fake_exynos *fake, struct fake_file *file, const struct exup_exynos_gem_sync *args)
{
	uint32_t known =
		EXUP_EXYNOS_GEM_SYNC_READ | EXUP_EXYNOS_GEM_SYNC_WRITE | EXUP_EXYNOS_GEM_SYNC_END;
	const struct exup_exynos_gem_sync_range *ranges = (const void *)(uintptr_t)args->ranges;
	struct fake_object *object = fake_gem_get(file, args->handle);
	uint32_t i;

	if (fake->driver_minor < EXUP_EXYNOS_MINOR_GEM_SYNC) {
		return -ENOTTY;
	}
	if (args->pad != 0 || args->nr_ranges > EXUP_EXYNOS_GEM_SYNC_RANGES_MAX ||
	    args->flags & ~known || !(args->flags & ~EXUP_EXYNOS_GEM_SYNC_END)) {
		return -EINVAL;
	}
	if (!object) {
		return -ENOENT;
	}
	for (i = 0; i < args->nr_ranges; i++) {
		if (check_range(&ranges[i], object->size_bytes) < 0) {
			return -EINVAL;
		}
	}
	fake->gem_sync_count++;
	fake->sync = (struct fake_sync){
		.object = object,
		.flags = args->flags,
		.range_count = args->nr_ranges,
	};
	for (i = 0; i < args->nr_ranges; i++) {
		fake->sync.ranges[i] = ranges[i];
		sync_range(fake, object, &ranges[i]);
	}
	fake_gem_note_sync(
		fake, object,
		(args->flags & EXUP_EXYNOS_GEM_SYNC_READ ? DMA_BUF_SYNC_READ : 0) |
			(args->flags & EXUP_EXYNOS_GEM_SYNC_WRITE ? DMA_BUF_SYNC_WRITE : 0),
		args->flags & EXUP_EXYNOS_GEM_SYNC_END);
	return 0;
}

static int
prime_export(struct fake_file *file, struct drm_prime_handle *args)
{
	struct fake_object *object = fake_gem_get(file, args->handle);
	char path[32];

	if (!object) {
		return -ENOENT;
	}
	if (object->flags & EXUP_EXYNOS_BO_READONLY) {
		if (args->flags & DRM_RDWR) {
			return -EACCES;
		}
		snprintf(path, sizeof(path), "/proc/self/fd/%d", object->memfd);
		args->fd = open(path, O_RDONLY | O_CLOEXEC);
	} else {
		args->fd = fcntl(object->memfd, F_DUPFD_CLOEXEC, 0);
	}
	return args->fd < 0 ? -errno : 0;
}

static int
prime_import(struct fake_exynos *fake, struct fake_file *file, struct drm_prime_handle *args)
{
	struct fake_object *object;

	if (fcntl(args->fd, F_GETFD) < 0) {
		return -EBADF;
	}
	object = fake_exynos_find_dmabuf(fake, args->fd);
	if (!object) {
		return -EINVAL;
	}
	args->handle = get_handle(file, object);
	return 0;
}

static int
set_limit(struct fake_exynos *fake, const struct exup_exynos_user_limit *args)
{
	if (!fake->has_userptr) {
		return -ENOTTY;
	}
	if (args->userptr_limit < PAGE_BYTES ||
	    args->userptr_limit > EXUP_USERPTR_LIMIT_MAX_BYTES) {
		return -EINVAL;
	}
	fake->limit_bytes = args->userptr_limit;
	return 0;
}

int
fake_gem_ioctl(struct fake_exynos *fake, struct fake_file *file, unsigned long request, void *arg)
{
	switch (request) {
	case EXUP_IOCTL_EXYNOS_GEM_CREATE:
		return gem_create(fake, file, arg);
	case EXUP_IOCTL_EXYNOS_GEM_USERPTR:
		return gem_userptr(fake, file, arg);
	case EXUP_IOCTL_EXYNOS_GEM_GET:
		return gem_get(file, arg);
	case EXUP_IOCTL_EXYNOS_GEM_SYNC:
		return gem_sync(fake, file, arg);
	case DRM_IOCTL_GEM_CLOSE:
		return close_handle(file, ((struct drm_gem_close *)arg)->handle);
	case DRM_IOCTL_PRIME_HANDLE_TO_FD:
		return prime_export(file, arg);
	case DRM_IOCTL_PRIME_FD_TO_HANDLE:
		return prime_import(fake, file, arg);
	case EXUP_IOCTL_EXYNOS_USER_LIMIT:
		return set_limit(fake, arg);
	default:
		return -ENOTTY;
	}
}
