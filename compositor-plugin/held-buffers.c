// SPDX-License-Identifier: MIT
/*
 * Holding wl_buffer.release back until the engine has read the buffer.
 *
 * Weston lets go of a surface's buffer when the client attaches another one. The engine may still
 * read it then: with fences nobody waits for it, and without them it may be that it neither answers
 * nor can be stopped. So each frame holds the buffers that it reads in place, until its work has
 * ended, which the engine tells from the event loop.
 */
#include <stdlib.h>

#include "held-buffers.h"
#include "log.h"
#include "surface.h"
#include "weston10.h"

/**
 * struct exup_plugin_held
 * @link: exup_plugin.held_buffers, or exup_plugin.spare_holds
 * @seqno: the last work that reads it
 * @surface: whose @held this is, NULL if that shows another buffer by now
 */
struct exup_plugin_held {
	struct wl_list link;
	struct weston_buffer_reference buffer_ref;
	uint64_t seqno;
	struct exup_plugin_surface *surface;
};

static void
let_go(struct exup_plugin *plugin, struct exup_plugin_held *held)
{
	if (held->surface) {
		held->surface->held = NULL;
		held->surface = NULL;
	}
	weston_buffer_reference(&held->buffer_ref, NULL);
	wl_list_remove(&held->link);
	wl_list_insert(&plugin->spare_holds, &held->link);
}

void
exup_plugin_held_update(struct exup_plugin *plugin)
{
	uint64_t completed = exup_plugin_engine_get_completed(plugin->engine);
	struct exup_plugin_held *held, *next;

	wl_list_for_each_safe (held, next, &plugin->held_buffers, link) {
		if (held->seqno <= completed) {
			let_go(plugin, held);
		}
	}
}

void
exup_plugin_held_release(struct exup_plugin *plugin)
{
	struct exup_plugin_held *held, *next;

	wl_list_for_each_safe (held, next, &plugin->held_buffers, link) {
		let_go(plugin, held);
	}
	wl_list_for_each_safe (held, next, &plugin->spare_holds, link) {
		wl_list_remove(&held->link);
		free(held);
	}
}

void
exup_plugin_held_forget_surface(struct exup_plugin_surface *surface)
{
	if (surface->held) {
		surface->held->surface = NULL;
		surface->held = NULL;
	}
}

/* As many as frames have ever held at once, so that none is allocated in the long run. */
static struct exup_plugin_held *
get_spare(struct exup_plugin *plugin)
{
	struct exup_plugin_held *held;

	if (wl_list_empty(&plugin->spare_holds)) {
		held = calloc(1, sizeof(*held));
		if (held) {
			wl_list_init(&held->link);
		}
		return held;
	}
	held = wl_container_of(plugin->spare_holds.next, held, link);
	wl_list_remove(&held->link);
	return held;
}

static void
hold(struct exup_plugin_surface *surface, uint64_t seqno)
{
	struct exup_plugin *plugin = surface->plugin;
	struct weston_buffer *buffer = surface->buffer_ref.buffer;
	struct exup_plugin_held *held = surface->held;

	if (held && held->buffer_ref.buffer == buffer) {
		held->seqno = seqno;
		return;
	}
	exup_plugin_held_forget_surface(surface);
	held = get_spare(plugin);
	if (!held) {
		/* rather late than torn */
		exup_plugin_engine_wait(plugin->engine, seqno);
		return;
	}
	weston_buffer_reference(&held->buffer_ref, buffer);
	held->seqno = seqno;
	held->surface = surface;
	surface->held = held;
	wl_list_insert(&plugin->held_buffers, &held->link);
}

void
exup_plugin_held_add_frame(struct exup_plugin *plugin)
{
	uint64_t submitted = exup_plugin_engine_get_submitted(plugin->engine);
	struct exup_plugin_surface *surface;

	/* also of a frame that the CPU has painted in the end: the engine may be lost in it */

	if (exup_plugin_engine_get_completed(plugin->engine) >= submitted) {
		return;
	}
	wl_list_for_each (surface, &plugin->surfaces, link) {
		if (surface->content.kind == EXUP_PLUGIN_CONTENT_IN_PLACE &&
		    surface->content.was_painted && surface->content.seqno == submitted &&
		    surface->buffer_ref.buffer) {
			hold(surface, submitted);
		}
	}
}
