// SPDX-License-Identifier: MIT
/*
 * Holding wl_buffer.release back beyond a repaint.
 *
 * A repaint ends when the engine has done its work, so that nothing reads a client's memory between
 * repaints and a surface's own hold on its buffer is all that release has to wait for. Only where
 * the engine neither answers nor can be stopped are the buffers of that frame held on their own,
 * until it can.
 */
#include <stdlib.h>

#include "held-buffers.h"
#include "surface.h"
#include "weston10.h"

/** struct exup_plugin_held - @link: exup_plugin.held_buffers */
struct exup_plugin_held {
	struct wl_list link;
	struct weston_buffer_reference buffer_ref;
};

void
exup_plugin_held_release(struct exup_plugin *plugin)
{
	struct exup_plugin_held *held, *next;

	wl_list_for_each_safe (held, next, &plugin->held_buffers, link) {
		weston_buffer_reference(&held->buffer_ref, NULL);
		wl_list_remove(&held->link);
		free(held);
	}
}

void
exup_plugin_held_update(struct exup_plugin *plugin)
{
	struct exup_plugin_surface *surface;
	struct exup_plugin_held *held;

	bool was_lost = plugin->is_engine_lost;

	plugin->is_engine_lost = exup_plugin_engine_is_lost(plugin->engine);
	if (was_lost && !plugin->is_engine_lost) {
		exup_plugin_held_release(plugin);
		/* until now it may have written over what the CPU painted meanwhile */
		weston_compositor_damage_all(plugin->compositor);
	}
	/* the frames that the CPU paints meanwhile do not concern the engine */
	if (was_lost || !plugin->is_engine_lost) {
		return;
	}
	wl_list_for_each (surface, &plugin->surfaces, link) {
		if (surface->content.kind != EXUP_PLUGIN_CONTENT_IN_PLACE ||
		    !surface->content.was_painted) {
			continue;
		}
		held = calloc(1, sizeof(*held));
		if (held) {
			weston_buffer_reference(&held->buffer_ref, surface->buffer_ref.buffer);
			wl_list_insert(&plugin->held_buffers, &held->link);
		}
	}
}
