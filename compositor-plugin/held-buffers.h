/* SPDX-License-Identifier: MIT */
/* Holding wl_buffer.release back until the engine has read the buffer. */
#ifndef EXUP_PLUGIN_HELD_BUFFERS_H
#define EXUP_PLUGIN_HELD_BUFFERS_H

#include "plugin.h"

struct exup_plugin_held;
struct exup_plugin_surface;

/** Holds the buffers that the frame which was painted last reads in place, as long as it does. */
void
exup_plugin_held_add_frame(struct exup_plugin *plugin);

/** Lets go of buffers that no work reads any more. */
void
exup_plugin_held_update(struct exup_plugin *plugin);

/** A surface goes; what it shows stays held. */
void
exup_plugin_held_forget_surface(struct exup_plugin_surface *surface);

/** Lets go of all of them. */
void
exup_plugin_held_release(struct exup_plugin *plugin);

#endif
