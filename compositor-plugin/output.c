// SPDX-License-Identifier: MIT
/* Repainting an output: the target, its damage, the frame, the reports. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libweston/weston-log.h>

#include "cpu-image.h"
#include "damage.h"
#include "held-buffers.h"
#include "kms-target.h"
#include "log.h"
#include "output.h"
#include "scene.h"
#include "surface.h"

static void
handle_output_destroy(struct wl_listener *listener, void *data)
{
	struct exup_plugin_output *state = wl_container_of(listener, state, output_destroy);

	(void)data;
	exup_plugin_output_destroy(state);
}

struct exup_plugin_output *
exup_plugin_output_find(struct weston_output *output)
{
	struct exup_plugin_output *state;
	struct wl_listener *listener;

	listener = wl_signal_get(&output->destroy_signal, handle_output_destroy);
	return listener ? wl_container_of(listener, state, output_destroy) : NULL;
}

struct exup_plugin_output *
exup_plugin_output_get(struct exup_plugin *plugin, struct weston_output *output)
{
	struct exup_plugin_output *state;

	state = exup_plugin_output_find(output);
	if (state) {
		return state;
	}
	state = calloc(1, sizeof(*state));
	if (!state) {
		exup_plugin_log("exynos-userptr: no memory for output %s; it is not painted\n",
				output->name);
		return NULL;
	}
	state->plugin = plugin;
	state->output = output;
	state->output_destroy.notify = handle_output_destroy;
	wl_signal_add(&output->destroy_signal, &state->output_destroy);
	wl_list_insert(&plugin->outputs, &state->link);
	return state;
}

void
exup_plugin_output_destroy(struct exup_plugin_output *state)
{
	exup_plugin_target_destroy(state->offscreen);
	if (state->plugin->kms) {
		exup_plugin_kms_forget_output(state->plugin->kms, state->output);
	}
	wl_list_remove(&state->output_destroy.link);
	wl_list_remove(&state->link);
	free(state);
}

static struct exup_plugin_target *
get_offscreen_target(struct exup_plugin_output *state)
{
	struct weston_output *output = state->output;
	uint32_t width = (uint32_t)output->current_mode->width;
	uint32_t height = (uint32_t)output->current_mode->height;

	if (state->offscreen && state->offscreen->image.width == width &&
	    state->offscreen->image.height == height) {
		return state->offscreen;
	}
	exup_plugin_target_destroy(state->offscreen);
	state->offscreen = exup_plugin_target_create(state->plugin->device, width, height);
	if (state->offscreen) {
		pixman_region32_copy(&state->offscreen->stale_region, &output->region);
	}
	return state->offscreen;
}

/* Damage is kept in global coordinates, which mean other pixels once the output has changed. */
static void
follow_geometry(struct exup_plugin_output *state, pixman_region32_t *damage)
{
	struct weston_output *output = state->output;

	if (memcmp(state->matrix, output->matrix.d, sizeof(state->matrix)) == 0) {
		return;
	}
	memcpy(state->matrix, output->matrix.d, sizeof(state->matrix));
	pixman_region32_union(damage, damage, &output->region);
}

static struct exup_plugin_target *
get_target(struct exup_plugin_output *state, pixman_region32_t *global_damage)
{
	struct exup_plugin *plugin = state->plugin;
	struct exup_plugin_target *target;

	if (plugin->kms) {
		exup_plugin_kms_add_damage(plugin->kms, state->output, global_damage);
		return exup_plugin_kms_find_target(plugin->kms, state->output);
	}
	target = get_offscreen_target(state);
	if (target) {
		pixman_region32_union(&target->stale_region, &target->stale_region, global_damage);
	}
	return target;
}

static void
send_reports(struct exup_plugin *plugin)
{
	struct exup_plugin_surface *surface;
	struct exup_plugin_content *content;

	wl_list_for_each (surface, &plugin->surfaces, link) {
		content = &surface->content;
		if (!content->was_painted) {
			continue;
		}
		if (plugin->userptr) {
			exup_plugin_userptr_report(plugin->userptr, surface->surface->resource,
						   content->path, content->reason,
						   content->bytes_copied);
		}
		content->bytes_copied = 0;
		content->was_painted = false;
	}
}

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
paint(struct exup_plugin_output *state, struct exup_plugin_target *target)
{
	struct exup_plugin *plugin = state->plugin;
	struct exup_plugin_engine_stats before, after;
	struct exup_plugin_frame *frame = &plugin->frame;
	bool is_logged = plugin->frame_scope && weston_log_scope_is_enabled(plugin->frame_scope);
	int64_t start_us = is_logged ? now_us() : 0;
	bool built, painted;

	exup_plugin_engine_get_stats(plugin->engine, &before);
	exup_plugin_damage_simplify(&target->stale_region, EXUP_PLUGIN_RECTANGLE_PIXELS);
	built = exup_plugin_scene_build(plugin, state->output, &target->stale_region, frame);
	painted = exup_plugin_paint(plugin->engine, target, frame);
	exup_plugin_held_add_frame(plugin);
	exup_plugin_held_update(plugin);
	exup_plugin_frame_clear(frame);
	/* else it is tried again when this target is next */
	if (built && painted) {
		pixman_region32_clear(&target->stale_region);
	}

	if (is_logged) {
		exup_plugin_engine_get_stats(plugin->engine, &after);
		weston_log_scope_printf(plugin->frame_scope,
					"%s: %" PRIu64 " blits, %" PRIu64 " pixels, %" PRId64
					" us\n",
					state->output->name, after.blits - before.blits,
					after.pixels - before.pixels, now_us() - start_us);
	}
}

bool
exup_plugin_output_repaint(struct exup_plugin_output *state, pixman_region32_t *global_damage)
{
	struct exup_plugin_target *target;
	pixman_region32_t damage;

	pixman_region32_init(&damage);
	pixman_region32_copy(&damage, global_damage);
	follow_geometry(state, &damage);
	target = get_target(state, &damage);
	pixman_region32_fini(&damage);
	state->last_target = target;
	if (!target) {
		return false;
	}
	pixman_region32_intersect(&target->stale_region, &target->stale_region,
				  &state->output->region);
	paint(state, target);
	send_reports(state->plugin);
	/* screenshots wait for this, and read the pixels in here */
	wl_signal_emit(&state->output->frame_signal, global_damage);
	return true;
}

int
exup_plugin_output_read(struct exup_plugin_output *state, pixman_format_code_t format, void *pixels,
			uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	struct exup_plugin_target *target = state->last_target;
	pixman_image_t *source, *copy;
	struct exup_box all;
	int ret = -1;

	if (!target) {
		errno = ENODEV;
		return -1;
	}
	exup_plugin_engine_wait(state->plugin->engine, target->seqno);
	copy = pixman_image_create_bits_no_clear(format, (int)width, (int)height, pixels,
						 (int)(PIXMAN_FORMAT_BPP(format) / 8 * width));
	all = (struct exup_box){ 0, 0, (int32_t)target->image.width,
				 (int32_t)target->image.height };
	source = exup_plugin_cpu_image_begin(&target->image, &all, EXUP_BO_READ);
	if (copy && source) {
		pixman_image_composite32(PIXMAN_OP_SRC, source, NULL, copy, (int)x, (int)y, 0, 0, 0,
					 0, (int)width, (int)height);
		ret = 0;
	} else {
		errno = ENOMEM;
	}
	if (source) {
		exup_plugin_cpu_image_end(&target->image, &all, EXUP_BO_READ, source);
	}
	if (copy) {
		pixman_image_unref(copy);
	}
	return ret;
}
