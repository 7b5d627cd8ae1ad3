/* SPDX-License-Identifier: MIT */
/* exynos_userptr_v1: the device, the driver's pool, and the reports about surfaces. */
#ifndef EXUP_PLUGIN_USERPTR_PROTOCOL_H
#define EXUP_PLUGIN_USERPTR_PROTOCOL_H

#include <stdint.h>
#include <wayland-server-core.h>

#include "device.h"

struct exup_plugin_userptr;

/**
 * Offers the global on a display and keeps its clients informed of the pool.
 *
 * @device: where clients are told to pin; must outlive the global
 *
 * Returns NULL without memory, or if the driver has no userptr support; logged.
 */
struct exup_plugin_userptr *
exup_plugin_userptr_create(struct wl_display *display, struct exup_device *device);

/** Withdraws the global; call it before the display goes. NULL is ignored. */
void
exup_plugin_userptr_destroy(struct exup_plugin_userptr *userptr);

/**
 * Tells the surface's report object, if there is one, how a repaint used the surface.
 *
 * @surface: the wl_surface; may be NULL (the compositor's own surfaces)
 * @path: enum exynos_userptr_surface_v1_path
 * @reason: enum exynos_userptr_surface_v1_reason
 * @bytes_copied: by the CPU since the last call for this surface
 */
void
exup_plugin_userptr_report(struct exup_plugin_userptr *userptr, struct wl_resource *surface,
			   uint32_t path, uint32_t reason, uint64_t bytes_copied);

#endif
