/* SPDX-License-Identifier: MIT */
/* From Weston's views to a frame: which part of which surface goes where on an output. */
#ifndef EXUP_PLUGIN_SCENE_H
#define EXUP_PLUGIN_SCENE_H

#include "paint.h"
#include "plugin.h"

/**
 * Adds the views of an output's primary plane to a frame, bottom to top.
 *
 * @global_damage: what is to be painted, in global coordinates
 * @frame: initialised; to be used before the scene changes
 *
 * Returns false if something was left out for want of memory.
 */
bool
exup_plugin_scene_build(struct exup_plugin *plugin, struct weston_output *output,
			pixman_region32_t *global_damage, struct exup_plugin_frame *frame);

#endif
