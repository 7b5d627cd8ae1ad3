/* SPDX-License-Identifier: MIT */
/* A weston_output's state in the module: what it is painted into. */
#ifndef EXUP_PLUGIN_OUTPUT_H
#define EXUP_PLUGIN_OUTPUT_H

#include "plugin.h"
#include "target.h"

/**
 * struct exup_plugin_output
 * @link: exup_plugin.outputs
 * @matrix: output->matrix of the last repaint
 * @offscreen: with the headless backend; NULL with the DRM backend
 * @last_target: what was painted last, for read_pixels; NULL before the first repaint
 */
struct exup_plugin_output {
	struct exup_plugin *plugin;
	struct weston_output *output;
	struct wl_listener output_destroy;
	struct wl_list link;
	float matrix[16];
	struct exup_plugin_target *offscreen;
	struct exup_plugin_target *last_target;
};

/** The state of an output; NULL if it has none, because it was never painted or is going. */
struct exup_plugin_output *
exup_plugin_output_find(struct weston_output *output);

/** The state of an output, made when first asked for. Returns NULL without memory. */
struct exup_plugin_output *
exup_plugin_output_get(struct exup_plugin *plugin, struct weston_output *output);

/** Frees the state. */
void
exup_plugin_output_destroy(struct exup_plugin_output *state);

/**
 * weston_renderer.repaint_output: paints what is damaged, and returns when it is painted.
 *
 * Returns false if there is nothing to paint into; logged. The buffer that is shown next is as old
 * as it was, and somebody else has to paint it.
 */
bool
exup_plugin_output_repaint(struct exup_plugin_output *state, pixman_region32_t *global_damage);

/** weston_renderer.read_pixels, of what was painted last. Returns 0, or -1 with errno set. */
int
exup_plugin_output_read(struct exup_plugin_output *state, pixman_format_code_t format, void *pixels,
			uint32_t x, uint32_t y, uint32_t width, uint32_t height);

#endif
