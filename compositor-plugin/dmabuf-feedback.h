/* SPDX-License-Identifier: MIT */
/* What linux-dmabuf announces: formats, modifiers, and the device to allocate on. */
#ifndef EXUP_PLUGIN_DMABUF_FEEDBACK_H
#define EXUP_PLUGIN_DMABUF_FEEDBACK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <wayland-server-core.h>

struct exup_plugin_feedback;

/**
 * Makes the format table.
 *
 * @main_device: of the node that buffers are imported into
 *
 * Returns NULL without memory or without file for the table; logged.
 */
struct exup_plugin_feedback *
exup_plugin_feedback_create(dev_t main_device);

/** Tables that clients have received stay valid. NULL is ignored. */
void
exup_plugin_feedback_destroy(struct exup_plugin_feedback *feedback);

/** Sends the `format` and `modifier` events of versions before 4 to a zwp_linux_dmabuf_v1. */
void
exup_plugin_feedback_send_formats(const struct exup_plugin_feedback *feedback,
				  struct wl_resource *manager);

/**
 * Makes a zwp_linux_dmabuf_feedback_v1 and sends it everything.
 *
 * @feedback: NULL if the global has been withdrawn: nothing is sent
 * @manager: the resource on which it was requested
 *
 * Default and surface feedback are the same: what the engine reads does not depend on where a
 * surface is. Nothing changes later either, so that the object holds no reference to the surface.
 */
void
exup_plugin_feedback_create_resource(const struct exup_plugin_feedback *feedback,
				     struct wl_resource *manager, uint32_t id);

/** Whether the pair is in the table. */
bool
exup_plugin_feedback_has_pair(const struct exup_plugin_feedback *feedback, uint32_t fourcc,
			      uint64_t modifier);

#endif
