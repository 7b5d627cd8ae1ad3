// SPDX-License-Identifier: MIT
/* The seam's real side: plain system calls. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "sys.h"

static int
kernel_open(const struct exup_sys *sys, const char *path, int flags)
{
	int fd;

	(void)sys;
	do {
		fd = open(path, flags | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static void
kernel_close(const struct exup_sys *sys, int fd)
{
	(void)sys;
	close(fd);
}

static int
kernel_get_devnum(const struct exup_sys *sys, int fd, dev_t *devnum)
{
	struct stat st;

	(void)sys;
	if (fstat(fd, &st) < 0) {
		return -errno;
	}
	if (!S_ISCHR(st.st_mode)) {
		return -ENODEV;
	}
	*devnum = st.st_rdev;
	return 0;
}

static int
kernel_get_size(const struct exup_sys *sys, int fd, uint64_t *size_bytes)
{
	off_t end;

	(void)sys;
	end = lseek(fd, 0, SEEK_END);
	if (end < 0) {
		return -errno;
	}
	*size_bytes = (uint64_t)end;
	return 0;
}

static int
kernel_ioctl(const struct exup_sys *sys, int fd, unsigned long request, void *arg)
{
	int ret;

	(void)sys;
	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret < 0 ? -errno : ret;
}

static int
kernel_map(const struct exup_sys *sys, int fd, size_t size_bytes, int prot, void **addr)
{
	void *map;

	(void)sys;
	map = mmap(NULL, size_bytes, prot, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		return -errno;
	}
	*addr = map;
	return 0;
}

static void
kernel_unmap(const struct exup_sys *sys, void *addr, size_t size_bytes)
{
	(void)sys;
	munmap(addr, size_bytes);
}

static ssize_t
kernel_read(const struct exup_sys *sys, int fd, void *data, size_t size_bytes)
{
	ssize_t len;

	(void)sys;
	do {
		len = read(fd, data, size_bytes);
	} while (len < 0 && errno == EINTR);
	return len < 0 ? -errno : len;
}

static int
kernel_wait_readable(const struct exup_sys *sys, int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t deadline_ms = sys->now_ms(sys) + timeout_ms;
	int64_t left_ms = timeout_ms;
	int ret;

	for (;;) {
		ret = poll(&pfd, 1, (int)left_ms);
		if (ret > 0) {
			/* an error condition would be reported again at once, for ever */
			return pfd.revents & POLLIN ? 1 : -EIO;
		}
		if (ret == 0) {
			return 0;
		}
		if (errno != EINTR) {
			return -errno;
		}
		left_ms = deadline_ms - sys->now_ms(sys);
		if (left_ms < 0) {
			left_ms = 0;
		}
	}
}

static int
kernel_open_attribute(const struct exup_sys *sys, dev_t devnum, const char *name)
{
	char path[128];
	int len;

	len = snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/%s", major(devnum),
		       minor(devnum), name);
	if (len < 0 || (size_t)len >= sizeof(path)) {
		return -ENAMETOOLONG;
	}
	return sys->open(sys, path, O_RDONLY);
}

static ssize_t
kernel_read_attribute(const struct exup_sys *sys, int fd, char *text, size_t size_bytes)
{
	ssize_t len;

	(void)sys;
	do {
		len = pread(fd, text, size_bytes, 0);
	} while (len < 0 && errno == EINTR);
	return len < 0 ? -errno : len;
}

static int64_t
kernel_now_ms(const struct exup_sys *sys)
{
	struct timespec now;

	(void)sys;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const struct exup_sys exup_sys_kernel = {
	.open = kernel_open,
	.close = kernel_close,
	.get_devnum = kernel_get_devnum,
	.get_size = kernel_get_size,
	.ioctl = kernel_ioctl,
	.map = kernel_map,
	.unmap = kernel_unmap,
	.read = kernel_read,
	.wait_readable = kernel_wait_readable,
	.open_attribute = kernel_open_attribute,
	.read_attribute = kernel_read_attribute,
	.now_ms = kernel_now_ms,
};
