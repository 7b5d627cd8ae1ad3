// SPDX-License-Identifier: MIT
/* The life of a buffer: which path it takes when it is made, its release, its end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <wayland-client.h>

#include "bo.h"
#include "buffer-private.h"

static void
log_access(struct exup_buffer *buffer, const char *what, int error)
{
	if (error < 0) {
		exup_client_log(buffer->client,
				"cannot %s CPU access to pinned memory at %p, which is used all "
				"the same: %s",
				what, buffer->pixels, strerror(-error));
	}
}

void
exup_buffer_begin_access(struct exup_buffer *buffer)
{
	log_access(buffer, "begin", exup_pin_begin_access(&buffer->pin));
}

void
exup_buffer_end_access(struct exup_buffer *buffer)
{
	log_access(buffer, "end", exup_pin_end_access(&buffer->pin, &buffer->stale));
}

static void
handle_release(void *data, struct wl_buffer *wl_buffer)
{
	struct exup_buffer *buffer = data;

	(void)wl_buffer;
	if (!buffer->is_busy) {
		return;
	}
	buffer->is_busy = false;
	/* with a retry pending the commit went through wl_shm, and access has not ended */
	if (buffer->path == EXUP_PATH_USERPTR) {
		exup_buffer_begin_access(buffer);
	}
	if (buffer->listener && buffer->listener->release) {
		/* last: the buffer may be gone afterwards */
		buffer->listener->release(buffer->listener_data, buffer);
	}
}

static const struct wl_buffer_listener wl_buffer_listener = {
	.release = handle_release,
};

void
exup_buffer_listen(struct exup_buffer *buffer)
{
	struct wl_buffer *wl_buffer = buffer->path == EXUP_PATH_SHM ?
					      exup_mirror_get_buffer(buffer->mirror) :
					      buffer->import_buffer;

	wl_buffer_add_listener(wl_buffer, &wl_buffer_listener, buffer);
}

/* Returns 0 also if the compositor refuses or cannot be asked; then there is no import_buffer. */
static int
import(struct exup_buffer *buffer, int dmabuf_fd, uint32_t offset_bytes)
{
	struct exup_client *client = buffer->client;
	struct exup_import *request;
	int ret;

	ret = exup_import_create(client, dmabuf_fd, offset_bytes, &buffer->image, &request);
	if (ret == -EMFILE) {
		buffer->reason = EXUP_REASON_OTHER;
		return 0;
	}
	if (ret < 0) {
		return ret;
	}
	ret = exup_import_wait(request);
	if (ret == 0) {
		buffer->import_buffer = exup_import_take_buffer(request);
		if (!buffer->import_buffer) {
			exup_client_log(client, "the compositor could not import the dma-buf");
			buffer->reason = EXUP_REASON_IMPORT;
		}
	}
	exup_import_destroy(request);
	return ret;
}

/*
 * Pins the memory. What this client has just destroyed, as when a window changes its size, takes
 * room, in the pool and of RLIMIT_MEMLOCK, until the compositor has heard of it; an import that was
 * abandoned, until it has answered and then heard of that.
 */
static int
pin_image(struct exup_buffer *buffer)
{
	struct exup_pin *pin = &buffer->pin;
	struct exup_client *client = buffer->client;
	uint64_t needed_bytes = exup_pin_get_size(buffer->pixels, buffer->image.size_bytes);
	bool may_help = client->has_destroyed || !LIST_EMPTY(&client->orphans);
	int ret;

	buffer->reason =
		exup_pin_create(client, buffer->pixels, &buffer->image, EXUP_REASON_NONE, pin);
	while (may_help && exup_pin_can_wait(client, needed_bytes, buffer->reason)) {
		exup_client_log(client, "trying once more when destroyed buffers have made room");
		client->has_destroyed = false;
		ret = exup_client_roundtrip(client);
		if (ret < 0) {
			return ret;
		}
		buffer->reason = exup_pin_create(client, buffer->pixels, &buffer->image,
						 buffer->reason, pin);
		may_help = client->has_destroyed;
	}
	return 0;
}

static int
try_userptr(struct exup_buffer *buffer)
{
	int ret;

	buffer->tried_growths = buffer->client->available_growths;
	buffer->retry_pause = 1;
	ret = pin_image(buffer);
	if (ret < 0) {
		return ret;
	}
	if (buffer->reason != EXUP_REASON_NONE) {
		return 0;
	}
	ret = import(buffer, buffer->pin.dmabuf_fd, (uint32_t)buffer->pin.image.offset_bytes);
	if (!buffer->import_buffer) {
		exup_pin_destroy(&buffer->pin, buffer->client);
		return ret;
	}
	buffer->path = EXUP_PATH_USERPTR;
	/* until the first commit the memory is the application's to draw into */
	exup_buffer_begin_access(buffer);
	return 0;
}

static int
try_dmabuf(struct exup_buffer *buffer)
{
	int ret;

	if (buffer->reason != EXUP_REASON_NONE) {
		return 0;
	}
	ret = import(buffer, buffer->foreign.info.fd, buffer->foreign.info.offset_bytes);
	if (buffer->import_buffer) {
		buffer->path = EXUP_PATH_DMABUF;
	}
	return ret;
}

/* Chooses the path of a buffer whose image has been checked. */
static int
choose_path(struct exup_buffer *buffer)
{
	struct exup_client *client = buffer->client;
	int ret;

	if (wl_display_get_error(client->display) != 0) {
		return exup_client_get_connection_error(client);
	}
	/* before anything is pinned */
	exup_import_dispatch(client);
	buffer->path = EXUP_PATH_SHM;
	ret = buffer->pixels ? try_userptr(buffer) : try_dmabuf(buffer);
	if (ret == 0 && buffer->path == EXUP_PATH_SHM) {
		ret = exup_mirror_create(client, &buffer->image, &buffer->mirror);
	}
	if (ret < 0) {
		return ret;
	}
	exup_client_log(client, "buffer of %ux%u pixels, %s: path %s, reason %s",
			buffer->image.width, buffer->image.height, buffer->image.format->name,
			exup_path_to_string(buffer->path), exup_reason_to_string(buffer->reason));
	exup_buffer_listen(buffer);
	LIST_INSERT_HEAD(&client->buffers, buffer, link);
	return 0;
}

static struct exup_buffer *
alloc_buffer(struct exup_client *client, const struct exup_image *image,
	     const struct exup_buffer_listener *listener, void *data)
{
	struct exup_buffer *buffer;

	buffer = calloc(1, sizeof(*buffer));
	if (!buffer) {
		return NULL;
	}
	buffer->client = client;
	buffer->image = *image;
	buffer->listener = listener;
	buffer->listener_data = data;
	buffer->pin.dmabuf_fd = -1;
	buffer->foreign.fd = -1;
	return buffer;
}

int
exup_buffer_create(struct exup_client *client, const struct exup_buffer_info *info,
		   const struct exup_buffer_listener *listener, void *data,
		   struct exup_buffer **out)
{
	struct exup_buffer *buffer;
	struct exup_image image;
	int ret;

	if (!client || !info || !out) {
		return -EINVAL;
	}
	ret = exup_image_init(&image, info->width, info->height, info->stride, info->fourcc);
	if (ret < 0) {
		return ret;
	}
	if (!info->data || (uintptr_t)info->data > UINTPTR_MAX - image.size_bytes) {
		return -EINVAL;
	}
	buffer = alloc_buffer(client, &image, listener, data);
	if (!buffer) {
		return -ENOMEM;
	}
	buffer->pixels = info->data;
	ret = choose_path(buffer);
	if (ret < 0) {
		free(buffer);
		return ret;
	}
	*out = buffer;
	return 0;
}

int
exup_buffer_create_from_dmabuf(struct exup_client *client, const struct exup_dmabuf_info *info,
			       const struct exup_buffer_listener *listener, void *data,
			       struct exup_buffer **out)
{
	struct exup_buffer *buffer;
	struct exup_image image;
	int ret;

	if (!client || !info || !out) {
		return -EINVAL;
	}
	ret = exup_image_init(&image, info->width, info->height, info->stride, info->fourcc);
	if (ret < 0) {
		return ret;
	}
	buffer = alloc_buffer(client, &image, listener, data);
	if (!buffer) {
		return -ENOMEM;
	}
	ret = exup_foreign_init(&buffer->foreign, client, info, &image, &buffer->reason);
	if (ret == 0) {
		ret = choose_path(buffer);
	}
	if (ret < 0) {
		exup_foreign_fini(&buffer->foreign, client);
		free(buffer);
		return ret;
	}
	*out = buffer;
	return 0;
}

void
exup_buffer_destroy(struct exup_buffer *buffer)
{
	if (!buffer) {
		return;
	}
	LIST_REMOVE(buffer, link);
	exup_import_dispatch(buffer->client);
	exup_import_destroy(buffer->retry);
	if (buffer->import_buffer) {
		wl_buffer_destroy(buffer->import_buffer);
		buffer->client->has_destroyed = true;
	}
	exup_mirror_destroy(buffer->mirror);
	exup_pin_destroy(&buffer->pin, buffer->client);
	exup_foreign_fini(&buffer->foreign, buffer->client);
	free(buffer);
}

bool
exup_buffer_is_busy(const struct exup_buffer *buffer)
{
	return buffer->is_busy;
}

enum exup_path
exup_buffer_get_path(const struct exup_buffer *buffer)
{
	return buffer->path;
}

enum exup_reason
exup_buffer_get_reason(const struct exup_buffer *buffer)
{
	return buffer->reason;
}

uint64_t
exup_buffer_get_copied(const struct exup_buffer *buffer)
{
	return buffer->copied_bytes;
}
