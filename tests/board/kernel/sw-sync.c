// SPDX-License-Identifier: MIT
/*
 * Fences that a test signals when it likes: the kernel's sw_sync, in debugfs.
 */

#include <errno.h>
#include <fcntl.h>

#include <linux/types.h>
#include <sys/ioctl.h>

#include "exynos-device.h"
#include "sw-sync.h"

/* drivers/dma-buf/sw_sync.c, which has no header for userspace */
struct sw_sync_create_fence_data {
	__u32 value;
	char name[32];
	__s32 fence;
};

#define SW_SYNC_IOC_CREATE_FENCE _IOWR('W', 0, struct sw_sync_create_fence_data)
#define SW_SYNC_IOC_INC _IOW('W', 1, __u32)

int
sw_sync_open(void)
{
	int fd = open("/sys/kernel/debug/sync/sw_sync", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int
sw_sync_create_fence(int timeline, uint32_t point)
{
	struct sw_sync_create_fence_data args = { .value = point, .name = "test" };
	int ret = exynos_ioctl(timeline, SW_SYNC_IOC_CREATE_FENCE, &args);

	return ret < 0 ? ret : args.fence;
}

int
sw_sync_advance(int timeline, uint32_t steps)
{
	return exynos_ioctl(timeline, SW_SYNC_IOC_INC, &steps);
}
