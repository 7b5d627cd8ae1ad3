/* SPDX-License-Identifier: MIT */
/* What the CPU paints of a frame: in ordinary memory, from where it is copied out once. */
#ifndef EXUP_PLUGIN_PAINT_SHADOW_H
#define EXUP_PLUGIN_PAINT_SHADOW_H

#include "paint.h"

/**
 * Paints a region of the target by the CPU: of all items what lies in it.
 *
 * @region: in pixels of the target, within it. Nobody else may write there meanwhile; what lies
 *          outside is left alone, and may be painted by the engine at the same time
 * @reason: for the reports, why the CPU paints what the engine could have painted
 *
 * Sets path, reason and was_painted of every content that it has painted any of, and adds what was
 * copied.
 *
 * Returns false if something could not be painted; logged.
 */
bool
exup_plugin_paint_shadow(struct exup_plugin_target *target, struct exup_plugin_frame *frame,
			 const pixman_region32_t *region, uint32_t reason);

#endif
