/* SPDX-License-Identifier: MIT */
/* zwp_linux_dmabuf_v1: clients' dma-bufs as images that the engine reads in place. */
#ifndef EXUP_PLUGIN_LINUX_DMABUF_H
#define EXUP_PLUGIN_LINUX_DMABUF_H

#include <wayland-server-core.h>

#include "g2d.h"

struct exup_plugin_account;
struct exup_plugin_dmabuf;

/**
 * struct exup_plugin_image - a client's image, imported into the plugin's device
 *
 * Counted by references: the wl_buffer holds one, who shows or reads the image another, since a
 * client may destroy the wl_buffer while it is shown.
 *
 * @account: of the client, for what there is to say about it; reference, NULL without memory
 */
struct exup_plugin_image {
	struct exup_g2d_image g2d;
	struct exup_plugin_account *account;
	unsigned int refcount;
};

/**
 * Offers the global (version 4) on a display.
 *
 * @device: what buffers are imported into, named as the feedback's main device; must outlive the
 *	global and all images
 *
 * Returns NULL without memory or without file for the format table; logged.
 */
struct exup_plugin_dmabuf *
exup_plugin_dmabuf_create(struct wl_display *display, struct exup_device *device);

/**
 * Withdraws the global; call it before the display goes. NULL is ignored.
 *
 * Buffers that clients hold stay valid as resources, but hold no image any more: with the caller's
 * own references the last use of the device ends, whether the clients are still there or not.
 */
void
exup_plugin_dmabuf_destroy(struct exup_plugin_dmabuf *dmabuf);

/** The image of a wl_buffer made through the global, without a new reference; NULL for others. */
struct exup_plugin_image *
exup_plugin_image_from_resource(struct wl_resource *buffer);

/** Takes a reference. */
struct exup_plugin_image *
exup_plugin_image_ref(struct exup_plugin_image *image);

/** Drops a reference; NULL is ignored. */
void
exup_plugin_image_unref(struct exup_plugin_image *image);

#endif
