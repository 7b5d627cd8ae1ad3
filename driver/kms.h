/* SPDX-License-Identifier: MIT */
/* The framebuffers of a DRM master in this process, as dma-bufs that the engine can write. */
#ifndef EXUP_KMS_H
#define EXUP_KMS_H

#include <stdbool.h>
#include <stdint.h>

#include "sys.h"

/**
 * struct exup_kms_framebuffer - one framebuffer object
 * @id: of the object; ids are used again after an object has gone
 * @width: pixels
 * @height: pixels
 * @stride: bytes
 * @offset_bytes: of the first pixel in the buffer object
 * @fourcc: DRM_FORMAT_*
 * @on_crtc: a CRTC shows it at this moment
 */
struct exup_kms_framebuffer {
	uint32_t id;
	uint32_t width;
	uint32_t height;
	uint32_t stride;
	uint32_t offset_bytes;
	uint32_t fourcc;
	bool on_crtc;
};

/**
 * Finds the descriptor of an Exynos device's primary node on which this process is master.
 *
 * @fd_count: how many descriptors to look at, from 0
 *
 * Returns the descriptor, which stays its owner's, or -ENOENT.
 */
int
exup_kms_find_master(const struct exup_sys *sys, int fd_count);

/**
 * Lists the framebuffers that were made through a master's descriptor, those with one plane.
 *
 * @framebuffers: out; to be freed with free()
 * @count: out
 *
 * Returns 0 or a negative errno.
 */
int
exup_kms_list_framebuffers(const struct exup_sys *sys, int master_fd,
			   struct exup_kms_framebuffer **framebuffers, uint32_t *count);

/**
 * Makes a dma-buf of a framebuffer's memory.
 *
 * @dmabuf_fd: out; the caller closes it
 *
 * Returns 0, -EACCES if the caller is neither master nor root, or another negative errno.
 */
int
exup_kms_export_framebuffer(const struct exup_sys *sys, int master_fd, uint32_t id, int *dmabuf_fd);

#endif
