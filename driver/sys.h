/* SPDX-License-Identifier: MIT */
/* The seam: every system call of driver/ goes through one of these. */
#ifndef EXUP_SYS_H
#define EXUP_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct exup_sys - the operating system as driver/ sees it
 *
 * exup_sys_kernel is the real one. A test puts its own functions here, in a struct that embeds
 * this one, and so stands in for the Exynos DRM driver. All functions return a negative errno on
 * failure and never set errno on purpose. The struct must outlive every object made with it.
 */
struct exup_sys {
	/** Opens a file, close-on-exec. Returns a file descriptor. */
	int (*open)(const struct exup_sys *sys, const char *path, int flags);
	/** Closes a file descriptor. */
	void (*close)(const struct exup_sys *sys, int fd);
	/** Tells the device number of a character device. Returns 0, or -ENODEV for other files. */
	int (*get_devnum)(const struct exup_sys *sys, int fd, dev_t *devnum);
	/** Tells how many bytes can be read from the start of a dma-buf or file. */
	int (*get_size)(const struct exup_sys *sys, int fd, uint64_t *size_bytes);
	/** Issues an ioctl, again if a signal or the driver asks for that. Returns 0 or more. */
	int (*ioctl)(const struct exup_sys *sys, int fd, unsigned long request, void *arg);
	/** Maps size_bytes from the start of a dma-buf, shared. Returns 0 and the address. */
	int (*map)(const struct exup_sys *sys, int fd, size_t size_bytes, int prot, void **addr);
	/** Undoes map. */
	void (*unmap)(const struct exup_sys *sys, void *addr, size_t size_bytes);
	/** Reads what is there. Returns the number of bytes, or -EAGAIN. */
	ssize_t (*read)(const struct exup_sys *sys, int fd, void *data, size_t size_bytes);
	/** Waits until fd is readable. Returns 1; 0 when timeout_ms has passed; -EIO if it failed. */
	int (*wait_readable)(const struct exup_sys *sys, int fd, int timeout_ms);
	/** Opens a sysfs attribute of the parent of a DRM node. Returns a file descriptor. */
	int (*open_attribute)(const struct exup_sys *sys, dev_t devnum, const char *name);
	/** Reads an open attribute from its start. Returns the number of bytes. */
	ssize_t (*read_attribute)(const struct exup_sys *sys, int fd, char *text,
				  size_t size_bytes);
	/** Milliseconds of a clock that only goes forward. */
	int64_t (*now_ms)(const struct exup_sys *sys);
};

/** The kernel itself. */
extern const struct exup_sys exup_sys_kernel;

#endif
