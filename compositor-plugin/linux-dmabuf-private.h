/* SPDX-License-Identifier: MIT */
/* What the global, the parameter objects and the wl_buffers of linux-dmabuf share. */
#ifndef EXUP_PLUGIN_LINUX_DMABUF_PRIVATE_H
#define EXUP_PLUGIN_LINUX_DMABUF_PRIVATE_H

#include <wayland-server-core.h>

#include "dmabuf-feedback.h"
#include "linux-dmabuf.h"

/**
 * struct exup_plugin_dmabuf
 * @managers: bound zwp_linux_dmabuf_v1 resources, by wl_resource_get_link()
 * @params: exup_plugin_params, by their link
 * @buffers: wl_buffer resources, by wl_resource_get_link()
 *
 * The lists are there to part resources that outlive the global from it: their user data becomes
 * NULL.
 */
struct exup_plugin_dmabuf {
	struct wl_global *global;
	struct exup_device *device;
	struct exup_plugin_feedback *feedback;
	struct wl_list managers;
	struct wl_list params;
	struct wl_list buffers;
};

/**
 * Makes a wl_buffer.
 *
 * @id: chosen by the client, or 0 for one of the server's
 * @g2d: checked; the buffer owns its object if this succeeds
 *
 * Returns NULL without memory.
 */
struct wl_resource *
exup_plugin_buffer_create(struct exup_plugin_dmabuf *dmabuf, struct wl_client *client, uint32_t id,
			  const struct exup_g2d_image *g2d);

/**
 * Makes a zwp_linux_buffer_params_v1.
 *
 * @dmabuf: NULL if the global has been withdrawn: every buffer is refused
 * @manager: the resource on which it was requested
 */
void
exup_plugin_params_create(struct exup_plugin_dmabuf *dmabuf, struct wl_resource *manager,
			  uint32_t id);

/** Parts all parameter objects from the global, which goes. */
void
exup_plugin_params_detach_all(struct exup_plugin_dmabuf *dmabuf);

#endif
