// SPDX-License-Identifier: MIT
/*
 * What only the Exynos DRM driver itself can tell of a board, as lines "key: value".
 *
 * usage: engine-info [--set-limit BYTES]
 *
 * --set-limit sets the driver's pool for user memory instead; it needs root, and nobody else may be
 * DRM master. The exit status is 0 if there is a driver with an engine, and the limit could be set.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <drm.h>

#include "bo.h"
#include "device.h"
#include "exynos_drm_uapi.h"
#include "sys.h"

#define PAGES 16
#define STRIDE 7 /* has no divisor in common with PAGES, so all pages are touched once */
#define CARDS_MAX 16

static const struct exup_sys *const sys = &exup_sys_kernel;

/*
 * Whether memory can be imported that is not contiguous, which takes an IOMMU. Pages that were
 * touched in this order are not, whatever order the kernel hands them out in.
 */
static void
print_scattered(struct exup_device *device)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	struct exup_bo *bo = NULL;
	int ret;

	if (memory == MAP_FAILED) {
		printf("scattered-memory: not tried: %s\n", strerror(errno));
		return;
	}

	madvise(memory, PAGES * page, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < PAGES; i++)
		memory[i * STRIDE % PAGES * page] = 1;
	ret = exup_bo_create_userptr(device, memory, PAGES * page, &bo);
	if (ret < 0) {
		printf("scattered-memory: refused: %s\n", strerror(-ret));
	} else {
		printf("scattered-memory: imported\n");
		exup_bo_destroy(bo);
	}
	munmap(memory, PAGES * page);
}

static void
print_version(struct exup_device *device)
{
	char name[32] = "", date[32] = "";
	struct drm_version version = {
		.name = name,
		.name_len = sizeof(name) - 1,
		.date = date,
		.date_len = sizeof(date) - 1,
	};
	int ret = sys->ioctl(sys, exup_device_get_fd(device), DRM_IOCTL_VERSION, &version);

	if (ret < 0) {
		printf("driver-version: %s\n", strerror(-ret));
		return;
	}

	printf("driver-version: %s %d.%d.%d %s\n", name, version.version_major,
	       version.version_minor, version.version_patchlevel, date);
}

static int
print_all(void)
{
	struct exup_device *device;
	struct exup_pool pool;
	int ret = exup_device_create_first(sys, &device);

	if (ret < 0) {
		printf("engine: none (%s)\n",
		       ret == -ENOTSUP ? "the driver has none" : strerror(-ret));
		return 1;
	}

	printf("engine: /dev/dri/renderD%u\n", minor(exup_device_get_devnum(device)));
	print_version(device);
	ret = exup_device_get_pool(device, &pool);
	if (ret < 0) {
		printf("userptr: no (%s)\n",
		       ret == -ENOTSUP ? "the driver has not the series" : strerror(-ret));
	} else {
		printf("userptr: limit %" PRIu64 " bytes, pinned %" PRIu64 " bytes\n",
		       pool.limit_bytes, pool.pinned_bytes);
		print_scattered(device);
	}
	exup_device_destroy(device);

	return 0;
}

/* The first file of the device that is open makes its owner DRM master. */
static int
set_limit(const char *text)
{
	char path[32];
	uint64_t bytes;
	int ret = -ENODEV;
	char *end;

	errno = 0;
	bytes = strtoull(text, &end, 10);
	if (errno != 0 || *text < '0' || *text > '9' || *end != '\0') {
		fprintf(stderr, "engine-info: '%s' is no number of bytes\n", text);
		return 2;
	}

	for (int i = 0; i < CARDS_MAX && ret == -ENODEV; i++) {
		int fd;

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		fd = sys->open(sys, path, O_RDWR);
		if (fd < 0)
			continue;
		ret = exup_device_check_driver(sys, fd);
		if (ret == 0)
			ret = exup_device_set_limit(sys, fd, bytes);
		sys->close(sys, fd);
	}
	if (ret < 0) {
		fprintf(stderr, "engine-info: the limit cannot be set to %" PRIu64 " bytes: %s\n",
			bytes, strerror(-ret));
		return 1;
	}

	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 1)
		return print_all();
	if (argc == 3 && strcmp(argv[1], "--set-limit") == 0)
		return set_limit(argv[2]);

	fprintf(stderr, "usage: engine-info [--set-limit BYTES]\n");

	return 2;
}
