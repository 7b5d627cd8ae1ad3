// SPDX-License-Identifier: MIT
/* A dma-buf on its way to become a wl_buffer, through zwp_linux_dmabuf_v1. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "client-private.h"
#include "linux-dmabuf-unstable-v1-client-protocol.h"

/**
 * struct exup_import
 * @params: its events come on the library's own queue
 * @buffer: NULL before the answer, when it was taken, and if the compositor refused
 * @is_orphan: destroyed by its owner, and only waiting for the answer, so that no wl_buffer is lost
 * @wake: of an orphan: comes on the application's queue when the answer should be there; or NULL
 */
struct exup_import {
	struct exup_client *client;
	struct zwp_linux_buffer_params_v1 *params;
	struct wl_buffer *buffer;
	bool is_done;
	bool is_orphan;
	struct wl_callback *wake;
	LIST_ENTRY(exup_import) link;
};

static void
free_import(struct exup_import *import)
{
	if (import->is_orphan) {
		LIST_REMOVE(import, link);
	}
	if (import->wake) {
		wl_callback_destroy(import->wake);
	}
	if (import->buffer) {
		wl_buffer_destroy(import->buffer);
		import->client->has_destroyed = true;
	}
	zwp_linux_buffer_params_v1_destroy(import->params);
	free(import);
}

static void
answer(struct exup_import *import, struct wl_buffer *buffer)
{
	import->is_done = true;
	import->buffer = buffer;
	if (import->is_orphan) {
		free_import(import);
	}
}

static void
params_created(void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *buffer)
{
	(void)params;
	answer(data, buffer);
}

static void
params_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	(void)params;
	answer(data, NULL);
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = params_created,
	.failed = params_failed,
};

int
exup_import_create(struct exup_client *client, int dmabuf_fd, uint32_t offset_bytes,
		   const struct exup_image *image, struct exup_import **out)
{
	struct exup_import *import;
	int ret;

	ret = exup_client_check_fd(dmabuf_fd);
	if (ret < 0) {
		exup_client_log(client, "cannot send the dma-buf of %ux%u pixels: %s: path shm",
				image->width, image->height, strerror(-ret));
		return ret;
	}
	import = calloc(1, sizeof(*import));
	if (!import) {
		return -ENOMEM;
	}
	import->client = client;
	import->params = zwp_linux_dmabuf_v1_create_params(client->dmabuf);
	if (!import->params) {
		free(import);
		return -ENOMEM;
	}
	zwp_linux_buffer_params_v1_add_listener(import->params, &params_listener, import);
	zwp_linux_buffer_params_v1_add(import->params, dmabuf_fd, 0, offset_bytes, image->stride,
				       DRM_FORMAT_MOD_LINEAR >> 32,
				       DRM_FORMAT_MOD_LINEAR & UINT32_MAX);
	zwp_linux_buffer_params_v1_create(import->params, (int32_t)image->width,
					  (int32_t)image->height, image->format->fourcc, 0);
	*out = import;
	return 0;
}

int
exup_import_wait(struct exup_import *import)
{
	struct exup_client *client = import->client;

	while (!import->is_done) {
		if (wl_display_dispatch_queue(client->display, client->queue) < 0) {
			return exup_client_get_connection_error(client);
		}
	}
	return 0;
}

void
exup_import_dispatch(struct exup_client *client)
{
	/* a broken connection is noticed by who waits for something */
	wl_display_dispatch_queue_pending(client->display, client->queue);
}

bool
exup_import_is_done(const struct exup_import *import)
{
	return import->is_done;
}

struct wl_buffer *
exup_import_take_buffer(struct exup_import *import)
{
	struct wl_buffer *buffer = import->buffer;

	import->buffer = NULL;
	if (buffer) {
		/* before the first commit: no release can be on its way */
		wl_proxy_set_queue((struct wl_proxy *)buffer, import->client->app_queue);
	}
	return buffer;
}

static void
wake_done(void *data, struct wl_callback *wake, uint32_t serial)
{
	struct exup_import *import = data;

	(void)serial;
	wl_callback_destroy(wake);
	import->wake = NULL;
	/* last: frees the import if it has been answered, else one of the next calls does */
	exup_import_dispatch(import->client);
}

static const struct wl_callback_listener wake_listener = {
	.done = wake_done,
};

/*
 * The application may have no reason to call the library again for long, but it dispatches its
 * queue. The answer itself stays on the library's, which exup_client_destroy() can wait for.
 */
static void
request_wake(struct exup_import *import)
{
	struct exup_client *client = import->client;
	struct wl_display *wrapper;

	wrapper = wl_proxy_create_wrapper(client->display);
	if (!wrapper) {
		return;
	}
	wl_proxy_set_queue((struct wl_proxy *)wrapper, client->app_queue);
	import->wake = wl_display_sync(wrapper);
	wl_proxy_wrapper_destroy(wrapper);
	if (import->wake) {
		wl_callback_add_listener(import->wake, &wake_listener, import);
	}
}

void
exup_import_destroy(struct exup_import *import)
{
	if (!import) {
		return;
	}
	if (!import->is_done && wl_display_get_error(import->client->display) == 0) {
		import->is_orphan = true;
		LIST_INSERT_HEAD(&import->client->orphans, import, link);
		request_wake(import);
		return;
	}
	free_import(import);
}

void
exup_import_settle_orphans(struct exup_client *client)
{
	if (!LIST_EMPTY(&client->orphans)) {
		wl_display_roundtrip_queue(client->display, client->queue);
	}
	/* left over when the connection broke */
	while (!LIST_EMPTY(&client->orphans)) {
		free_import(LIST_FIRST(&client->orphans));
	}
}
