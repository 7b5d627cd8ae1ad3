/* SPDX-License-Identifier: MIT */
/* Finding the framebuffer that Weston's DRM backend will show after a repaint. */
#ifndef EXUP_PLUGIN_KMS_TARGET_H
#define EXUP_PLUGIN_KMS_TARGET_H

#include "plugin.h"
#include "target.h"

/**
 * Finds the DRM backend's descriptor.
 *
 * Returns NULL if this process is master of no DRM device, or without memory; logged.
 */
struct exup_plugin_kms *
exup_plugin_kms_create(struct exup_plugin *plugin);

/**
 * Whether there is a framebuffer that the engine can paint for each output that has any. Logs the
 * first output for which there is none.
 */
bool
exup_plugin_kms_can_paint(const struct exup_plugin_kms *kms);

/** Frees all targets. NULL is ignored. */
void
exup_plugin_kms_destroy(struct exup_plugin_kms *kms);

/** The backend's descriptor; it stays the backend's. */
int
exup_plugin_kms_get_master_fd(const struct exup_plugin_kms *kms);

/**
 * Finds the buffer that the backend has given to its renderer for the repaint that runs.
 *
 * Returns a target that stays the kms', or NULL if there is none; logged.
 */
struct exup_plugin_target *
exup_plugin_kms_find_target(struct exup_plugin_kms *kms, struct weston_output *output);

/** Adds damage to all targets of an output, in global coordinates. */
void
exup_plugin_kms_add_damage(struct exup_plugin_kms *kms, struct weston_output *output,
			   pixman_region32_t *global_damage);

/** Forgets the targets of an output that goes. */
void
exup_plugin_kms_forget_output(struct exup_plugin_kms *kms, struct weston_output *output);

#endif
