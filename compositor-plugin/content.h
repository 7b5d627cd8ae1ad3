/* SPDX-License-Identifier: MIT */
/* A surface's pixels as the painter sees them: a colour, an image in place, or an upload. */
#ifndef EXUP_PLUGIN_CONTENT_H
#define EXUP_PLUGIN_CONTENT_H

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "linux-dmabuf.h"

enum exup_plugin_content_kind {
	EXUP_PLUGIN_CONTENT_NONE,
	EXUP_PLUGIN_CONTENT_SOLID,
	EXUP_PLUGIN_CONTENT_IN_PLACE,
	EXUP_PLUGIN_CONTENT_UPLOAD,
};

/**
 * struct exup_plugin_content
 * @solid: premultiplied colour, of SOLID
 * @image: reference, of IN_PLACE
 * @upload: of UPLOAD, in memory of the device; its bo is NULL where there was none to be had
 * @upload_memory: of UPLOAD without a bo: the CPU's memory, which only the CPU can draw from
 * @upload_source_format: pixman's format of the buffers that were uploaded
 * @needs_full_upload: nothing of the upload is valid
 * @width: buffer pixels, 0 for NONE and for a SOLID that was not a buffer of one pixel
 * @height: buffer pixels
 * @bytes_copied: by the CPU since the last report
 * @path: worst of the frame that is being painted, enum exynos_userptr_surface_v1_path
 * @reason: of @path, enum exynos_userptr_surface_v1_reason
 * @was_painted: in the frame that is being painted
 */
struct exup_plugin_content {
	enum exup_plugin_content_kind kind;
	pixman_color_t solid;
	struct exup_plugin_image *image;
	struct exup_g2d_image upload;
	void *upload_memory;
	pixman_format_code_t upload_source_format;
	bool needs_full_upload;
	int32_t width;
	int32_t height;
	uint64_t bytes_copied;
	uint32_t path;
	uint32_t reason;
	bool was_painted;
};

/** No pixels. Also the start of a zeroed struct. */
void
exup_plugin_content_clear(struct exup_plugin_content *content);

/** One colour. */
void
exup_plugin_content_set_solid(struct exup_plugin_content *content, const pixman_color_t *color);

/** A client's image; takes a reference. */
void
exup_plugin_content_set_image(struct exup_plugin_content *content, struct exup_plugin_image *image);

/**
 * Prepares for uploads from a wl_shm buffer; keeps the memory, and what was uploaded, of a buffer
 * of the same size and format.
 *
 * Returns 0; -EINVAL for a buffer that no client may attach: of an unknown format, or with rows
 * shorter than its width; -ENOTSUP for one that pixman cannot read; -ENOMEM.
 */
int
exup_plugin_content_set_upload(struct exup_plugin_content *content, struct exup_device *device,
			       struct wl_shm_buffer *shm);

/**
 * Copies damage from the wl_shm buffer of the last set_upload.
 *
 * @buffer_damage: buffer pixels
 *
 * A buffer of one pixel becomes a colour. Returns false if nothing could be copied; logged.
 */
bool
exup_plugin_content_upload(struct exup_plugin_content *content, struct wl_shm_buffer *shm,
			   const pixman_region32_t *buffer_damage);

/** The image that the engine can read; NULL for a colour, and without memory of the device. */
const struct exup_g2d_image *
exup_plugin_content_get_image(const struct exup_plugin_content *content);

/**
 * The pixels for the CPU, as a pixman image, to be ended with exup_plugin_content_end_cpu().
 *
 * @box: all that is read of them; clipped
 *
 * Returns NULL if there are none or they cannot be mapped.
 */
pixman_image_t *
exup_plugin_content_begin_cpu(struct exup_plugin_content *content, const struct exup_box *box);

/** Ends the CPU's access, with the box that it began with. */
void
exup_plugin_content_end_cpu(struct exup_plugin_content *content, const struct exup_box *box,
			    pixman_image_t *pixels);

#endif
