/* SPDX-License-Identifier: MIT */
/* Taking composition over from Weston's pixman renderer, and giving it back. */
#ifndef EXUP_PLUGIN_RENDERER_H
#define EXUP_PLUGIN_RENDERER_H

#include "plugin.h"

/** Whether the compositor's renderer is Weston's pixman renderer, the only one taken over from. */
bool
exup_plugin_renderer_is_pixman(struct weston_compositor *compositor);

/** The compositor's module state, if the renderer is patched; else NULL. */
struct exup_plugin *
exup_plugin_from_compositor(struct weston_compositor *compositor);

/** Patches the compositor's renderer; what clients have attached already is taken over. */
void
exup_plugin_renderer_patch(struct exup_plugin *plugin);

/** Puts back what was there. */
void
exup_plugin_renderer_restore(struct exup_plugin *plugin);

#endif
