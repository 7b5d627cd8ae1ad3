/* SPDX-License-Identifier: MIT */
/* A test double of the Exynos driver: imports of memfds as dma-bufs, and a pool that changes. */
#ifndef FAKE_DRIVER_H
#define FAKE_DRIVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sys.h"

#define FAKE_HANDLES_MAX 256
#define FAKE_ATTRIBUTES_MAX 8

/** struct fake_object - an imported dma-buf; free while @handle is 0 */
struct fake_object {
	uint32_t handle;
	dev_t file_device;
	ino_t file_inode;
	uint64_t size_bytes;
};

/**
 * struct fake_attribute - an open attribute
 *
 * kernfs reports a change with POLLERR until the attribute is read. The write end of a pipe does the
 * same while there is no reader, so that is what the descriptor is: reading the attribute opens
 * @reader_fd, a change closes it.
 *
 * @fd: -1 while free
 */
struct fake_attribute {
	int fd;
	int reader_fd;
	bool is_limit;
};

/**
 * struct fake_driver
 * @has_userptr: whether there are attributes
 * @import_error: what imports return, or 0
 * @attribute_error: what reading an attribute returns, or 0
 * @attribute_reads: how many there were
 */
struct fake_driver {
	struct exup_sys sys;
	struct fake_object objects[FAKE_HANDLES_MAX];
	struct fake_attribute attributes[FAKE_ATTRIBUTES_MAX];
	bool has_userptr;
	uint64_t limit_bytes;
	uint64_t pinned_bytes;
	int import_error;
	int attribute_error;
	unsigned int attribute_reads;
};

/** The render node that the double answers for. */
#define FAKE_DEVNUM makedev(226, 128)

void
fake_driver_init(struct fake_driver *driver);

void
fake_driver_finish(struct fake_driver *driver);

/** How many handles are open. */
unsigned int
fake_driver_count_handles(const struct fake_driver *driver);

/** Changes what is pinned and notifies. */
void
fake_driver_set_pinned(struct fake_driver *driver, uint64_t pinned_bytes);

/** A new dma-buf of the double, or -1. */
int
fake_dmabuf_create(uint64_t size_bytes);

#endif
