/* SPDX-License-Identifier: MIT */
/* The module's state: one per compositor, what its files share. */
#ifndef EXUP_PLUGIN_H
#define EXUP_PLUGIN_H

#include <libweston/libweston.h>
#include <stdbool.h>

#include "content.h"
#include "engine.h"
#include "linux-dmabuf.h"
#include "paint.h"
#include "userptr-protocol.h"

struct exup_plugin_kms;

/**
 * struct exup_plugin
 * @renderer: the table that was patched
 * @original: what it held
 * @compositor_destroy: teardown, if the renderer does not go first
 * @upload_memory: for copies of wl_shm buffers
 * @kms: framebuffers of the DRM backend; NULL with the headless backend
 * @userptr: NULL if the driver has no userptr support
 * @surfaces: struct exup_plugin_surface.link
 * @outputs: struct exup_plugin_output.link
 * @held_buffers: struct exup_plugin_held.link: what the engine still reads
 * @spare_holds: the same, without a buffer
 * @frame: what is painted now, and room for it
 * @frame_scope: a line for each frame, for weston-debug; may be NULL
 */
struct exup_plugin {
	struct weston_compositor *compositor;
	struct weston_renderer *renderer;
	struct weston_renderer original;
	struct wl_listener compositor_destroy;
	struct exup_device *device;
	struct exup_plugin_engine *engine;
	struct exup_plugin_upload_memory upload_memory;
	struct exup_plugin_kms *kms;
	struct exup_plugin_dmabuf *dmabuf;
	struct exup_plugin_userptr *userptr;
	struct wl_list surfaces;
	struct wl_list outputs;
	struct wl_list held_buffers;
	struct wl_list spare_holds;
	struct exup_plugin_frame frame;
	struct weston_log_scope *frame_scope;
};

/** Undoes everything, so that the pixman renderer is left as it was; the struct is freed. */
void
exup_plugin_destroy(struct exup_plugin *plugin);

#endif
