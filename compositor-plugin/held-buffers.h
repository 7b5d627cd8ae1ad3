/* SPDX-License-Identifier: MIT */
/* Clients' buffers that an engine which can neither be waited for nor stopped may still read. */
#ifndef EXUP_PLUGIN_HELD_BUFFERS_H
#define EXUP_PLUGIN_HELD_BUFFERS_H

#include "plugin.h"

/**
 * After a frame was painted, and before was_painted of the contents is reset: holds the buffers
 * that the frame read in place if the engine is lost, and releases all that are held if it is not.
 */
void
exup_plugin_held_update(struct exup_plugin *plugin);

/** Releases all. */
void
exup_plugin_held_release(struct exup_plugin *plugin);

#endif
