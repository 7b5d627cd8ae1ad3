// SPDX-License-Identifier: MIT
/*
 * The Exynos DRM device as the kernel tests see it: one function per ioctl, nothing in between.
 */

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <drm_mode.h>
#include <linux/dma-buf.h>

#include "exynos-device.h"

/* in steps that sum up to far more than anything here takes */
#define WAIT_STEPS 600
#define WAIT_STEP_MS 100

int
exynos_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));

	return ret < 0 ? -errno : 0;
}

static bool
is_exynos(int fd)
{
	char name[16] = "";
	struct drm_version version = {
		.name = name,
		.name_len = sizeof(name) - 1,
	};

	return exynos_ioctl(fd, DRM_IOCTL_VERSION, &version) == 0 && strcmp(name, "exynos") == 0;
}

int
exynos_open(enum exynos_node node)
{
	const char *format = node == EXYNOS_RENDER_NODE ? "/dev/dri/renderD%d" : "/dev/dri/card%d";
	int first = node == EXYNOS_RENDER_NODE ? 128 : 0;
	char path[64];

	for (int i = 0; i < 16; i++) {
		snprintf(path, sizeof(path), format, first + i);

		int fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (is_exynos(fd))
			return fd;
		close(fd);
	}

	return -ENODEV;
}

int
exynos_gem_create(int fd, uint64_t size_bytes, uint32_t flags, uint32_t *handle)
{
	struct drm_exynos_gem_create args = { .size = size_bytes, .flags = flags };
	int ret = exynos_ioctl(fd, DRM_IOCTL_EXYNOS_GEM_CREATE, &args);

	if (ret == 0)
		*handle = args.handle;

	return ret;
}

int
exynos_gem_userptr(int fd, const void *ptr, uint64_t size_bytes, uint32_t flags, uint32_t *handle)
{
	struct drm_exynos_gem_userptr args = {
		.userptr = (uintptr_t)ptr,
		.size = size_bytes,
		.flags = flags,
	};
	int ret = exynos_ioctl(fd, DRM_IOCTL_EXYNOS_GEM_USERPTR, &args);

	if (ret == 0)
		*handle = args.handle;

	return ret;
}

bool
exynos_has_version(int fd, int minor)
{
	struct drm_version version = { 0 };

	return exynos_ioctl(fd, DRM_IOCTL_VERSION, &version) == 0 && version.version_major == 1 &&
	       version.version_minor >= minor;
}

int
exynos_gem_userptr_shared(int fd, const void *ptr, uint64_t size_bytes, uint32_t *handle)
{
	int ret = exynos_gem_userptr(fd, ptr, size_bytes, EXYNOS_BO_WHOLE_PAGES, handle);

	/* the driver is one that lets them, and knows no such flag */
	if (ret == -EINVAL)
		ret = exynos_gem_userptr(fd, ptr, size_bytes, 0, handle);

	return ret;
}

int
exynos_gem_sync(int fd, uint32_t handle, uint32_t flags,
		const struct drm_exynos_gem_sync_range *ranges, uint32_t n_ranges)
{
	struct drm_exynos_gem_sync args = {
		.handle = handle,
		.flags = flags,
		.ranges = (uintptr_t)ranges,
		.nr_ranges = n_ranges,
	};

	return exynos_ioctl(fd, DRM_IOCTL_EXYNOS_GEM_SYNC, &args);
}

int
exynos_gem_get(int fd, uint32_t handle, uint64_t *size_bytes, uint32_t *flags)
{
	struct drm_exynos_gem_info args = { .handle = handle };
	int ret = exynos_ioctl(fd, DRM_IOCTL_EXYNOS_GEM_GET, &args);

	if (ret == 0) {
		*size_bytes = args.size;
		*flags = args.flags;
	}

	return ret;
}

int
exynos_gem_map_offset(int fd, uint32_t handle, uint64_t *offset)
{
	struct drm_exynos_gem_map args = { .handle = handle };
	int ret = exynos_ioctl(fd, DRM_IOCTL_EXYNOS_GEM_MAP, &args);

	if (ret == 0)
		*offset = args.offset;

	return ret;
}

int
exynos_dumb_map_offset(int fd, uint32_t handle, uint64_t *offset)
{
	struct drm_mode_map_dumb args = { .handle = handle };
	int ret = exynos_ioctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &args);

	if (ret == 0)
		*offset = args.offset;

	return ret;
}

void *
exynos_gem_mmap(int fd, uint32_t handle, size_t size_bytes)
{
	uint64_t offset;
	void *map;

	if (exynos_gem_map_offset(fd, handle, &offset) < 0)
		return NULL;

	map = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);

	return map == MAP_FAILED ? NULL : map;
}

int
exynos_gem_close(int fd, uint32_t handle)
{
	struct drm_gem_close args = { .handle = handle };

	return exynos_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &args);
}

int
exynos_prime_export(int fd, uint32_t handle, uint32_t flags)
{
	struct drm_prime_handle args = { .handle = handle, .flags = flags, .fd = -1 };
	int ret = exynos_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);

	return ret < 0 ? ret : args.fd;
}

int
exynos_prime_import(int fd, int dmabuf, uint32_t *handle)
{
	struct drm_prime_handle args = { .fd = dmabuf };
	int ret = exynos_ioctl(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);

	if (ret == 0)
		*handle = args.handle;

	return ret;
}

int
exynos_dmabuf_sync(int dmabuf, uint64_t flags)
{
	struct dma_buf_sync args = { .flags = flags };

	return exynos_ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &args);
}

int
exynos_user_limit(int fd, uint32_t limit_bytes)
{
	struct drm_exynos_user_limit args = { .userptr_limit = limit_bytes };

	return exynos_ioctl(fd, DRM_IOCTL_EXYNOS_USER_LIMIT, &args);
}

int
exynos_open_attribute(int fd, const char *name)
{
	char path[128];
	struct stat st;
	int attribute;

	if (fstat(fd, &st) < 0)
		return -errno;

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/%s", major(st.st_rdev),
		 minor(st.st_rdev), name);
	attribute = open(path, O_RDONLY | O_CLOEXEC);

	return attribute < 0 ? -errno : attribute;
}

static uint64_t
read_attribute(int attribute)
{
	char text[32];
	ssize_t length = pread(attribute, text, sizeof(text) - 1, 0);
	uint64_t value;
	char *end;

	if (length <= 0)
		return UINT64_MAX;

	text[length] = '\0';
	errno = 0;
	value = strtoull(text, &end, 10);

	return errno == 0 && strcmp(end, "\n") == 0 ? value : UINT64_MAX;
}

static uint64_t
read_attribute_of(int fd, const char *name)
{
	int attribute = exynos_open_attribute(fd, name);
	uint64_t value;

	if (attribute < 0)
		return UINT64_MAX;

	value = read_attribute(attribute);
	close(attribute);

	return value;
}

uint64_t
exynos_userptr_limit(int fd)
{
	return read_attribute_of(fd, "userptr_limit");
}

uint64_t
exynos_userptr_pinned(int fd)
{
	return read_attribute_of(fd, "userptr_pinned");
}

bool
exynos_wait_pinned(int fd, uint64_t bytes)
{
	struct pollfd pollfd = { .events = POLLPRI };
	bool reached = false;

	pollfd.fd = exynos_open_attribute(fd, "userptr_pinned");
	if (pollfd.fd < 0)
		return false;

	for (int i = 0; i < WAIT_STEPS && !reached; i++) {
		reached = read_attribute(pollfd.fd) == bytes;
		if (!reached)
			poll(&pollfd, 1, WAIT_STEP_MS);
	}
	close(pollfd.fd);

	return reached;
}

/*
 * Without one only contiguous memory can be imported. What is touched in this order is not, whatever
 * order frames come in.
 */
bool
exynos_has_iommu(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = 16;
	int fd = exynos_open(EXYNOS_RENDER_NODE), ret = -ENXIO;
	char *memory = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	uint32_t handle;

	if (fd >= 0 && memory != MAP_FAILED) {
		madvise(memory, pages * page, MADV_NOHUGEPAGE);
		for (size_t i = 0; i < pages; i++)
			memory[i * 7 % pages * page] = 1;
		ret = exynos_gem_userptr(fd, memory, pages * page, 0, &handle);
	}
	if (memory != MAP_FAILED)
		munmap(memory, pages * page);
	if (fd >= 0)
		close(fd);

	return ret != -ENXIO;
}

/* The number behind a key in a file of the kernel that has a line for each. */
static uint64_t
read_line(const char *path, const char *key)
{
	unsigned long long value = UINT64_MAX;
	size_t length = strlen(key);
	char line[128];
	FILE *file = fopen(path, "re");

	if (!file)
		return UINT64_MAX;

	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, length) == 0 && strchr(": \t", line[length]) &&
		    sscanf(line + length + 1, "%llu", &value) == 1)
			break;
	}
	fclose(file);

	return value;
}

uint64_t
process_pinned(void)
{
	return read_line("/proc/self/status", "VmPin") * 1024;
}

void
kernel_sum_counters(void)
{
	int fd = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
	ssize_t written;

	/* a kernel for a single processor has nothing to add up */
	if (fd < 0 && errno == ENOENT)
		return;
	written = write(fd, "1", 1);
	assert(written == 1);
	(void)written;
	close(fd);
}

uint64_t
kernel_meminfo(const char *key)
{
	return read_line("/proc/meminfo", key) * 1024;
}

uint64_t
kernel_pinned_pages(void)
{
	kernel_sum_counters();

	return read_line("/proc/vmstat", "nr_foll_pin_acquired") -
	       read_line("/proc/vmstat", "nr_foll_pin_released");
}

int
process_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (!dir)
		return -errno;

	while (readdir(dir))
		n++;
	closedir(dir);

	/* without ".", ".." and the folder itself */
	return n - 3;
}
