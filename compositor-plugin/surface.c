// SPDX-License-Identifier: MIT
/* Following a surface's buffers: in place, uploaded, released when nobody reads them any more. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "held-buffers.h"
#include "log.h"
#include "shm-format.h"
#include "surface.h"
#include "weston10.h"

static void
handle_surface_destroy(struct wl_listener *listener, void *data)
{
	struct exup_plugin_surface *state = wl_container_of(listener, state, surface_destroy);

	(void)data;
	exup_plugin_surface_destroy(state);
}

/* A surface that is not shown may be damaged for ever. */
#define UPLOAD_RECTS_MAX 256

/*
 * The core clips damage to the surface: of a buffer that a viewport crops it tells no damage
 * outside of the crop, and none of the last pixels of one that is no multiple of its scale.
 */
static bool
is_all_shown(const struct weston_surface *surface, const struct weston_buffer *buffer)
{
	const struct weston_buffer_viewport *viewport = &surface->buffer_viewport;

	return viewport->buffer.src_width == wl_fixed_from_int(-1) &&
	       buffer->width % viewport->buffer.scale == 0 &&
	       buffer->height % viewport->buffer.scale == 0;
}

static void
add_upload_damage(struct exup_plugin_surface *state)
{
	pixman_region32_t *sum = &state->upload_damage;
	pixman_region32_t damage;
	pixman_box32_t extents;

	pixman_region32_init(&damage);
	weston_surface_to_buffer_region(state->surface, &state->surface->damage, &damage);
	pixman_region32_union(sum, sum, &damage);
	pixman_region32_fini(&damage);
	if (pixman_region32_n_rects(sum) > UPLOAD_RECTS_MAX) {
		extents = *pixman_region32_extents(sum);
		pixman_region32_reset(sum, &extents);
	}
}

/*
 * Damage counts in pixels of the surface, which are others of the buffer after the next commit, and
 * from the frame before, which had its own. So it is taken here, before either changes.
 */
static void
handle_surface_commit(struct wl_listener *listener, void *data)
{
	struct exup_plugin_surface *state = wl_container_of(listener, state, surface_commit);
	struct weston_surface *surface = state->surface;
	const struct weston_matrix *matrix = &surface->surface_to_buffer_matrix;
	bool is_mapped_anew = memcmp(matrix->d, state->surface_to_buffer.d, sizeof(matrix->d)) != 0;

	(void)data;
	if (state->is_upload_due && state->buffer_ref.buffer) {
		if (!is_all_shown(surface, state->buffer_ref.buffer) ||
		    (state->is_new && is_mapped_anew)) {
			state->content.needs_full_upload = true;
		}
		if (!state->content.needs_full_upload) {
			add_upload_damage(state);
		}
	}
	state->is_new = false;
	state->surface_to_buffer = *matrix;
}

/*
 * A client may destroy a buffer right after its commit, as long as it leaves the pixels alone. What
 * it has committed is to be seen all the same, and this is the last time that it can be read.
 */
static void
handle_buffer_destroy(struct wl_listener *listener, void *data)
{
	struct exup_plugin_surface *state = wl_container_of(listener, state, buffer_destroy);

	(void)data;
	wl_list_remove(&state->buffer_destroy.link);
	wl_list_init(&state->buffer_destroy.link);
	if (state->is_upload_due) {
		exup_plugin_engine_wait(state->plugin->engine, state->content.seqno);
		exup_plugin_content_rescue(&state->content, &state->plugin->upload_memory,
					   &state->upload_damage);
		state->is_upload_due = false;
		pixman_region32_clear(&state->upload_damage);
	}
}

/* Lets the buffer that was held go back to its client; NULL to hold none. */
static void
hold_buffer(struct exup_plugin_surface *state, struct weston_buffer *buffer)
{
	wl_list_remove(&state->buffer_destroy.link);
	wl_list_init(&state->buffer_destroy.link);
	weston_buffer_reference(&state->buffer_ref, buffer);
	if (buffer) {
		wl_signal_add(&buffer->destroy_signal, &state->buffer_destroy);
	}
}

/*
 * Colours that the shell set before the module was there are in the pixman renderer's private
 * state, which answers for one pixel of a surface without a buffer.
 */
static void
adopt_color(struct exup_plugin_surface *state)
{
	struct weston_surface *surface = state->surface;
	uint8_t abgr[4];
	pixman_color_t color;

	if (!surface->renderer_state || surface->buffer_ref.buffer ||
	    state->plugin->original.surface_copy_content(surface, abgr, sizeof(abgr), 0, 0, 1, 1) <
		    0) {
		return;
	}
	color.red = (uint16_t)(abgr[0] * 0x101);
	color.green = (uint16_t)(abgr[1] * 0x101);
	color.blue = (uint16_t)(abgr[2] * 0x101);
	color.alpha = (uint16_t)(abgr[3] * 0x101);
	exup_plugin_content_set_solid(&state->content, &color);
}

struct exup_plugin_surface *
exup_plugin_surface_get(struct exup_plugin *plugin, struct weston_surface *surface)
{
	struct exup_plugin_surface *state;
	struct wl_listener *listener;

	listener = wl_signal_get(&surface->destroy_signal, handle_surface_destroy);
	if (listener) {
		return wl_container_of(listener, state, surface_destroy);
	}
	state = calloc(1, sizeof(*state));
	if (!state) {
		exup_plugin_log("exynos-userptr: no memory for a surface; it is not painted\n");
		return NULL;
	}
	state->plugin = plugin;
	state->surface = surface;
	state->surface_destroy.notify = handle_surface_destroy;
	wl_signal_add(&surface->destroy_signal, &state->surface_destroy);
	state->buffer_destroy.notify = handle_buffer_destroy;
	wl_list_init(&state->buffer_destroy.link);
	state->surface_commit.notify = handle_surface_commit;
	wl_signal_add(&surface->commit_signal, &state->surface_commit);
	pixman_region32_init(&state->upload_damage);
	state->surface_to_buffer = surface->surface_to_buffer_matrix;
	wl_list_insert(&plugin->surfaces, &state->link);
	adopt_color(state);
	return state;
}

void
exup_plugin_surface_destroy(struct exup_plugin_surface *state)
{
	exup_plugin_held_forget_surface(state);
	hold_buffer(state, NULL);
	exup_plugin_content_clear(&state->content);
	pixman_region32_fini(&state->upload_damage);
	wl_list_remove(&state->surface_commit.link);
	wl_list_remove(&state->surface_destroy.link);
	wl_list_remove(&state->link);
	free(state);
}

static void
attach_image(struct exup_plugin_surface *state, struct weston_buffer *buffer,
	     struct exup_plugin_image *image)
{
	state->is_upload_due = false;
	exup_plugin_content_set_image(&state->content, image);
	/* the core reads these right after attach */
	buffer->width = (int32_t)image->g2d.width;
	buffer->height = (int32_t)image->g2d.height;
	buffer->y_inverted = 1;
	state->surface->is_opaque = !image->g2d.format->has_alpha;
}

static int
attach_shm(struct exup_plugin_surface *state, struct weston_buffer *buffer,
	   struct wl_shm_buffer *shm)
{
	int ret;

	ret = exup_plugin_content_set_shm(&state->content, wl_resource_get_client(buffer->resource),
					  shm);
	if (ret < 0) {
		return ret;
	}
	state->is_upload_due = true;
	state->is_new = true;
	buffer->shm_buffer = shm;
	buffer->width = wl_shm_buffer_get_width(shm);
	buffer->height = wl_shm_buffer_get_height(shm);
	state->surface->is_opaque =
		exup_plugin_shm_format_get(wl_shm_buffer_get_format(shm))->is_opaque;
	return 0;
}

static void
log_refusal(struct weston_buffer *buffer, struct wl_shm_buffer *shm, int error)
{
	struct exup_plugin_account *account;

	account = exup_plugin_account_get(wl_resource_get_client(buffer->resource));
	if (!account) {
		return;
	}
	if (shm) {
		exup_plugin_account_log(account,
					"cannot show a wl_shm buffer of %dx%d pixels, stride %d, "
					"format 0x%x: %s; %s",
					wl_shm_buffer_get_width(shm), wl_shm_buffer_get_height(shm),
					wl_shm_buffer_get_stride(shm),
					wl_shm_buffer_get_format(shm), strerror(-error),
					error == -EINVAL ? "the client is disconnected" :
							   "the surface shows nothing");
	} else {
		exup_plugin_account_log(account, "a client attached a buffer that is neither a "
						 "dma-buf nor wl_shm; it is disconnected");
	}
	exup_plugin_account_unref(account);
}

/* What cannot be shown is a client's error only if no client may attach it. */
static void
refuse_buffer(struct exup_plugin_surface *state, struct weston_buffer *buffer,
	      struct wl_shm_buffer *shm, int error)
{
	hold_buffer(state, NULL);
	exup_plugin_content_clear(&state->content);
	log_refusal(buffer, shm, error);
	if (error == -EINVAL) {
		weston_buffer_send_server_error(buffer,
						"disconnecting due to unhandled buffer type");
	}
}

void
exup_plugin_surface_attach(struct exup_plugin_surface *state, struct weston_buffer *buffer)
{
	struct exup_plugin_image *image;
	struct wl_shm_buffer *shm;
	int ret = -EINVAL;

	if (!buffer) {
		hold_buffer(state, NULL);
		exup_plugin_content_clear(&state->content);
		return;
	}
	image = exup_plugin_image_from_resource(buffer->resource);
	shm = wl_shm_buffer_get(buffer->resource);
	if (image) {
		attach_image(state, buffer, image);
		ret = 0;
	} else if (shm) {
		ret = attach_shm(state, buffer, shm);
	}
	if (ret < 0) {
		refuse_buffer(state, buffer, shm, ret);
		return;
	}
	/* the old one goes back to its client here, or when the engine has read it: held-buffers.c */
	hold_buffer(state, buffer);
}

void
exup_plugin_surface_flush(struct exup_plugin_surface *state)
{
	struct weston_surface *surface = state->surface;

	if (!state->buffer_ref.buffer || !state->is_upload_due) {
		return;
	}
	/* a frame of another output may still read it */
	exup_plugin_engine_wait(state->plugin->engine, state->content.seqno);
	if (!exup_plugin_content_upload(&state->content, &state->plugin->upload_memory,
					&state->upload_damage)) {
		surface->keep_buffer = true;
		return;
	}
	state->is_upload_due = false;
	pixman_region32_clear(&state->upload_damage);

	/*
	 * Nothing reads the client's memory from here on: the core drops its own reference after
	 * this call unless keep_buffer says otherwise, which the DRM backend sets with pixman.
	 */
	surface->keep_buffer = false;
	hold_buffer(state, NULL);
}

int
exup_plugin_surface_copy(struct exup_plugin_surface *state, void *target, size_t size_bytes,
			 int src_x, int src_y, int width, int height)
{
	const struct exup_box all = { 0, 0, state->content.width, state->content.height };
	pixman_image_t *source, *copy;
	int ret = -1;

	if (width <= 0 || height <= 0 || (size_t)width > size_bytes / 4 / (size_t)height) {
		return -1;
	}
	source = exup_plugin_content_begin_cpu(&state->content, &all);
	if (!source) {
		return -1;
	}
	copy = pixman_image_create_bits_no_clear(PIXMAN_a8b8g8r8, width, height, target, width * 4);
	if (copy) {
		pixman_image_composite32(PIXMAN_OP_SRC, source, NULL, copy, src_x, src_y, 0, 0, 0,
					 0, width, height);
		pixman_image_unref(copy);
		ret = 0;
	}
	exup_plugin_content_end_cpu(&state->content, &all, source);
	return ret;
}
