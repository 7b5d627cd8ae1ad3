/* SPDX-License-Identifier: MIT */
/* A surface's pixels as the painter sees them: a colour, an image in place, or an upload. */
#ifndef EXUP_PLUGIN_CONTENT_H
#define EXUP_PLUGIN_CONTENT_H

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "client-account.h"
#include "linux-dmabuf.h"

enum exup_plugin_content_kind {
	EXUP_PLUGIN_CONTENT_NONE,
	EXUP_PLUGIN_CONTENT_SOLID,
	EXUP_PLUGIN_CONTENT_IN_PLACE,
	EXUP_PLUGIN_CONTENT_UPLOAD,
};

/**
 * struct exup_plugin_upload_memory - where uploads go
 * @client_limit_bytes: for all of a client's together
 */
struct exup_plugin_upload_memory {
	struct exup_device *device;
	uint64_t client_limit_bytes;
};

/**
 * struct exup_plugin_content
 * @solid: premultiplied colour, of SOLID
 * @image: reference, of IN_PLACE
 * @shm: of UPLOAD: the buffer that was attached last, while it has not been uploaded; the CPU draws
 *	from the client's memory then. It must be there for as long
 * @upload: of UPLOAD, in memory of the device; its bo is NULL until the first upload
 * @upload_copy: of UPLOAD without either of these: the CPU's memory, which only the CPU draws from
 * @account: of UPLOAD: of the client, reference
 * @charged_bytes: to @account
 * @upload_source_format: pixman's format of the buffers that were uploaded
 * @needs_full_upload: nothing of the upload is valid
 * @has_no_memory: there was none for @shm, and is not asked for again
 * @width: buffer pixels, 0 for NONE and for a SOLID that was not a buffer of one pixel
 * @height: buffer pixels
 * @bytes_copied: by the CPU since the last report
 * @path: worst of the frame that is being painted, enum exynos_userptr_surface_v1_path
 * @reason: of @path, enum exynos_userptr_surface_v1_reason
 * @was_painted: in the frame that is being painted
 * @seqno: the engine's last work that reads it
 */
struct exup_plugin_content {
	enum exup_plugin_content_kind kind;
	pixman_color_t solid;
	struct exup_plugin_image *image;
	struct wl_shm_buffer *shm;
	struct exup_g2d_image upload;
	void *upload_copy;
	struct exup_plugin_account *account;
	uint64_t charged_bytes;
	pixman_format_code_t upload_source_format;
	bool needs_full_upload;
	bool has_no_memory;
	int32_t width;
	int32_t height;
	uint64_t bytes_copied;
	uint32_t path;
	uint32_t reason;
	bool was_painted;
	uint64_t seqno;
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
 * Shows a client's wl_shm buffer, which must be there until exup_plugin_content_upload() has
 * returned true or exup_plugin_content_rescue() was called. What was uploaded of a buffer of the
 * same size and format is kept. A buffer of one pixel becomes a colour at once.
 *
 * Returns 0; -EINVAL for a buffer that no client may attach: of an unknown format, or with rows
 * shorter than its width; -ENOTSUP for one that pixman cannot read; -ENOMEM.
 */
int
exup_plugin_content_set_shm(struct exup_plugin_content *content, struct wl_client *client,
			    struct wl_shm_buffer *shm);

/**
 * Copies damage from the wl_shm buffer, into memory that is allocated with the first call.
 *
 * @buffer_damage: buffer pixels
 *
 * Returns false if there is no memory for it; logged. The CPU draws from the buffer, then.
 */
bool
exup_plugin_content_upload(struct exup_plugin_content *content,
			   const struct exup_plugin_upload_memory *memory,
			   const pixman_region32_t *buffer_damage);

/** exup_plugin_content_upload() of a buffer that goes: else there is nothing left; logged. */
void
exup_plugin_content_rescue(struct exup_plugin_content *content,
			   const struct exup_plugin_upload_memory *memory,
			   const pixman_region32_t *buffer_damage);

/** Whether all pixels are opaque, whatever the client says of the surface. */
bool
exup_plugin_content_is_opaque(const struct exup_plugin_content *content);

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

/** Notes how it was painted, in the frame that is being painted: the worst path is kept. */
void
exup_plugin_content_note_path(struct exup_plugin_content *content, uint32_t path, uint32_t reason);

#endif
