// SPDX-License-Identifier: MIT
/*
 * The table of functions through which Weston 10 composites, patched in place.
 *
 * This file depends on how Weston 10 lets a module in: struct weston_renderer is public there, and
 * the pixman renderer casts the compositor's pointer to a struct of its own, so that the pointer
 * must stay and only what it points to can change. surface->renderer_state and
 * output->renderer_state stay pixman's; the backends use them.
 */
#include <errno.h>

#include "log.h"
#include "output.h"
#include "renderer.h"
#include "surface.h"
#include "weston10.h"

static void
handle_compositor_destroy(struct wl_listener *listener, void *data)
{
	struct exup_plugin *plugin = wl_container_of(listener, plugin, compositor_destroy);

	(void)data;
	exup_plugin_destroy(plugin);
}

struct exup_plugin *
exup_plugin_from_compositor(struct weston_compositor *compositor)
{
	struct exup_plugin *plugin;
	struct wl_listener *listener;

	listener = wl_signal_get(&compositor->destroy_signal, handle_compositor_destroy);
	return listener ? wl_container_of(listener, plugin, compositor_destroy) : NULL;
}

static int
renderer_read_pixels(struct weston_output *output, pixman_format_code_t format, void *pixels,
		     uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	struct exup_plugin_output *state = exup_plugin_output_find(output);

	if (!state) {
		errno = ENODEV;
		return -1;
	}
	return exup_plugin_output_read(state, format, pixels, x, y, width, height);
}

/*
 * What Weston's renderer can be told of what surfaces show: colours, and buffers that were not
 * released yet. All others come with their next frame; images in place it has no notion of.
 */
static void
hand_over_surface(struct exup_plugin *plugin, struct exup_plugin_surface *state)
{
	const pixman_color_t *solid = &state->content.solid;
	struct weston_buffer *buffer = state->buffer_ref.buffer;

	if (state->content.kind == EXUP_PLUGIN_CONTENT_SOLID) {
		plugin->original.surface_set_color(
			state->surface, (float)solid->red / 0xffff, (float)solid->green / 0xffff,
			(float)solid->blue / 0xffff, (float)solid->alpha / 0xffff);
	} else if (state->content.kind == EXUP_PLUGIN_CONTENT_UPLOAD && buffer) {
		plugin->original.attach(state->surface, buffer);
	}
}

/*
 * Once and for all, in the midst of a repaint: the buffer that the backend shows next would have an
 * old frame. It is painted whole by Weston's renderer, which was told of it, too.
 */
static void
give_back(struct exup_plugin *plugin, struct weston_output *output)
{
	struct weston_compositor *compositor = plugin->compositor;
	struct exup_plugin_surface *state;

	exup_plugin_log("exynos-userptr: output %s cannot be painted; Weston's own renderer "
			"composites from here on, windows are seen again with their next frame of "
			"wl_shm\n",
			output->name);
	wl_list_for_each (state, &plugin->surfaces, link) {
		hand_over_surface(plugin, state);
	}
	exup_plugin_destroy(plugin);
	compositor->renderer->repaint_output(output, &output->region);
	weston_compositor_damage_all(compositor);
}

static void
renderer_repaint_output(struct weston_output *output, pixman_region32_t *output_damage)
{
	struct exup_plugin *plugin = exup_plugin_from_compositor(output->compositor);
	struct exup_plugin_output *state = exup_plugin_output_get(plugin, output);

	if (!state || !exup_plugin_output_repaint(state, output_damage)) {
		give_back(plugin, output);
	}
}

static void
renderer_flush_damage(struct weston_surface *surface)
{
	struct exup_plugin *plugin = exup_plugin_from_compositor(surface->compositor);
	struct exup_plugin_surface *state = exup_plugin_surface_get(plugin, surface);

	if (state) {
		exup_plugin_surface_flush(state);
	}
}

static void
renderer_attach(struct weston_surface *surface, struct weston_buffer *buffer)
{
	struct exup_plugin *plugin = exup_plugin_from_compositor(surface->compositor);
	struct exup_plugin_surface *state = exup_plugin_surface_get(plugin, surface);

	if (state) {
		exup_plugin_surface_attach(state, buffer);
	}
}

static void
renderer_surface_set_color(struct weston_surface *surface, float red, float green, float blue,
			   float alpha)
{
	struct exup_plugin *plugin = exup_plugin_from_compositor(surface->compositor);
	struct exup_plugin_surface *state = exup_plugin_surface_get(plugin, surface);
	pixman_color_t color = {
		.red = (uint16_t)(red * 0xffff),
		.green = (uint16_t)(green * 0xffff),
		.blue = (uint16_t)(blue * 0xffff),
		.alpha = (uint16_t)(alpha * 0xffff),
	};

	if (state) {
		exup_plugin_content_set_solid(&state->content, &color);
	}
}

static void
renderer_surface_get_content_size(struct weston_surface *surface, int *width, int *height)
{
	struct exup_plugin *plugin = exup_plugin_from_compositor(surface->compositor);
	struct exup_plugin_surface *state = exup_plugin_surface_get(plugin, surface);

	*width = state ? state->content.width : 0;
	*height = state ? state->content.height : 0;
}

static int
renderer_surface_copy_content(struct weston_surface *surface, void *target, size_t size_bytes,
			      int src_x, int src_y, int width, int height)
{
	struct exup_plugin *plugin = exup_plugin_from_compositor(surface->compositor);
	struct exup_plugin_surface *state = exup_plugin_surface_get(plugin, surface);

	if (!state) {
		return -1;
	}
	return exup_plugin_surface_copy(state, target, size_bytes, src_x, src_y, width, height);
}

/* Also when the DRM backend switches to its GL renderer: then there is nothing left to patch. */
static void
renderer_destroy(struct weston_compositor *compositor)
{
	exup_plugin_destroy(exup_plugin_from_compositor(compositor));
	compositor->renderer->destroy(compositor);
}

bool
exup_plugin_renderer_is_pixman(struct weston_compositor *compositor)
{
	/*
	 * GL has import_dmabuf; the headless backend's renderer that does nothing announces no
	 * capabilities.
	 */
	return compositor->renderer && !compositor->renderer->import_dmabuf &&
	       (compositor->capabilities & WESTON_CAP_VIEW_CLIP_MASK);
}

void
exup_plugin_renderer_patch(struct exup_plugin *plugin)
{
	struct weston_compositor *compositor = plugin->compositor;
	struct weston_renderer *renderer = compositor->renderer;
	struct weston_view *view;

	plugin->compositor_destroy.notify = handle_compositor_destroy;
	wl_signal_add(&compositor->destroy_signal, &plugin->compositor_destroy);
	plugin->renderer = renderer;
	plugin->original = *renderer;
	renderer->read_pixels = renderer_read_pixels;
	renderer->repaint_output = renderer_repaint_output;
	renderer->flush_damage = renderer_flush_damage;
	renderer->attach = renderer_attach;
	renderer->surface_set_color = renderer_surface_set_color;
	renderer->destroy = renderer_destroy;
	renderer->surface_get_content_size = renderer_surface_get_content_size;
	renderer->surface_copy_content = renderer_surface_copy_content;

	wl_list_for_each (view, &compositor->view_list, link) {
		if (view->surface->buffer_ref.buffer) {
			renderer_attach(view->surface, view->surface->buffer_ref.buffer);
		}
	}
	weston_compositor_damage_all(compositor);
}

void
exup_plugin_renderer_restore(struct exup_plugin *plugin)
{
	*plugin->renderer = plugin->original;
	wl_list_remove(&plugin->compositor_destroy.link);
}
