/* SPDX-License-Identifier: MIT */
/* What the files of driver/ share of a device. */
#ifndef EXUP_DEVICE_PRIVATE_H
#define EXUP_DEVICE_PRIVATE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "device.h"

/**
 * struct exup_device
 * @path: of the node, to open it again
 * @has_gem_sync: the driver can synchronize parts of objects
 * @has_g2d_submit: the driver takes many blits in one call, and jobs have fences
 * @bos: every object with a handle on @fd, each handle once
 */
struct exup_device {
	const struct exup_sys *sys;
	char path[64];
	dev_t devnum;
	int fd;
	bool has_gem_sync;
	bool has_g2d_submit;
	LIST_HEAD(exup_bo_list, exup_bo) bos;
};

/** Makes handles on another file for all objects of the device, all or none. */
int
exup_bo_list_move(struct exup_device *device, int new_fd);

#endif
