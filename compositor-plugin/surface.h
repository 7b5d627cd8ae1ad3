/* SPDX-License-Identifier: MIT */
/* A weston_surface's state in the module: its pixels, and the hold on the client's buffer. */
#ifndef EXUP_PLUGIN_SURFACE_H
#define EXUP_PLUGIN_SURFACE_H

#include "content.h"
#include "plugin.h"

/**
 * struct exup_plugin_surface
 * @link: exup_plugin.surfaces
 * @buffer_ref: keeps wl_buffer.release back: while the buffer is shown in place, or until it has
 *	been uploaded
 * @buffer_destroy: of the buffer in @buffer_ref
 * @held: the hold that the engine's work has on this buffer, NULL without such work
 * @is_upload_due: a wl_shm buffer was attached and not yet uploaded
 * @is_new: it was attached by the commit that the core is at
 * @upload_damage: what the upload lacks, in buffer pixels
 * @surface_to_buffer: as of the last commit
 */
struct exup_plugin_surface {
	struct exup_plugin *plugin;
	struct weston_surface *surface;
	struct wl_listener surface_destroy;
	struct wl_listener surface_commit;
	struct wl_list link;
	struct exup_plugin_content content;
	struct weston_buffer_reference buffer_ref;
	struct wl_listener buffer_destroy;
	struct exup_plugin_held *held;
	bool is_upload_due;
	bool is_new;
	pixman_region32_t upload_damage;
	struct weston_matrix surface_to_buffer;
};

/**
 * The state of a surface, made when first asked for. A colour that was set before the module was
 * loaded is taken over. Returns NULL without memory.
 */
struct exup_plugin_surface *
exup_plugin_surface_get(struct exup_plugin *plugin, struct weston_surface *surface);

/** Frees the state. */
void
exup_plugin_surface_destroy(struct exup_plugin_surface *state);

/** weston_renderer.attach: the surface shows another buffer, or none. */
void
exup_plugin_surface_attach(struct exup_plugin_surface *state, struct weston_buffer *buffer);

/** weston_renderer.flush_damage: uploads what has changed of a wl_shm buffer and releases it. */
void
exup_plugin_surface_flush(struct exup_plugin_surface *state);

/** weston_renderer.surface_copy_content: pixels as PIXMAN_a8b8g8r8. Returns 0 or -1. */
int
exup_plugin_surface_copy(struct exup_plugin_surface *state, void *target, size_t size_bytes,
			 int src_x, int src_y, int width, int height);

#endif
