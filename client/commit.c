// SPDX-License-Identifier: MIT
/* Showing a buffer: copying what the fallback lacks, and moving to userptr when there is room. */
#include <errno.h>

#include <wayland-client.h>

#include "buffer-private.h"

/* Sixty frames a second: about once in a second. */
#define RETRY_PAUSE_MAX 64

/* No damage is damage of everything, whatever the count says. */
static void
make_stale(struct exup_buffer *buffer, const struct exup_rect *damage, int damage_count)
{
	const struct exup_image *image = &buffer->image;
	const struct exup_rect all = { 0, 0, (int32_t)image->width, (int32_t)image->height };
	int i;

	if (!damage) {
		exup_damage_add(&buffer->stale, &all, image->width, image->height);
		return;
	}
	for (i = 0; i < damage_count; i++) {
		exup_damage_add(&buffer->stale, &damage[i], image->width, image->height);
	}
}

/*
 * Whether there may be room by now. A number that has grown is tried at once: what left the pool may
 * have been this process's, so that RLIMIT_MEMLOCK has room, too. But the compositor tells numbers
 * that differ from what it told last: of room that was taken and given back before it looked, nobody
 * hears. So a number that promises room, where there was none, is taken at its word again and again,
 * after pauses that double.
 */
static bool
is_retry_due(struct exup_buffer *buffer, uint64_t needed_bytes)
{
	const struct exup_client *client = buffer->client;

	if (needed_bytes > client->available_bytes) {
		return false;
	}
	if (buffer->tried_growths != client->available_growths) {
		buffer->retry_pause = 1;
		return true;
	}
	return ++buffer->passed_commits >= buffer->retry_pause;
}

/* Begins to move a buffer that there was no room for, if there may be by now. */
static void
start_retry(struct exup_buffer *buffer)
{
	struct exup_client *client = buffer->client;
	enum exup_reason reason;
	uint64_t needed_bytes;

	if (buffer->retry ||
	    (buffer->reason != EXUP_REASON_LIMIT && buffer->reason != EXUP_REASON_MEMLOCK)) {
		return;
	}
	needed_bytes = exup_pin_get_size(buffer->pixels, buffer->image.size_bytes);
	if (!is_retry_due(buffer, needed_bytes)) {
		return;
	}
	buffer->tried_growths = client->available_growths;
	buffer->passed_commits = 0;
	if (buffer->retry_pause < RETRY_PAUSE_MAX) {
		buffer->retry_pause *= 2;
	}
	if (!exup_pin_can_wait(client, needed_bytes, buffer->reason)) {
		return;
	}
	reason = exup_pin_create(client, buffer->pixels, &buffer->image, buffer->reason,
				 &buffer->pin);
	if (reason != EXUP_REASON_NONE) {
		/* such as too many open files: that may pass */
		if (reason != EXUP_REASON_OTHER) {
			buffer->reason = reason;
		}
		return;
	}
	if (exup_import_create(client, buffer->pin.dmabuf_fd,
			       (uint32_t)buffer->pin.image.offset_bytes, &buffer->image,
			       &buffer->retry) < 0) {
		exup_pin_destroy(&buffer->pin, client);
		return;
	}
	exup_buffer_begin_access(buffer);
}

/*
 * Changes to pinned memory if the compositor has agreed. The wl_shm buffer is for the caller to
 * destroy once another one has been committed.
 */
static struct exup_mirror *
finish_retry(struct exup_buffer *buffer)
{
	struct exup_client *client = buffer->client;
	struct exup_mirror *mirror = buffer->mirror;

	if (!buffer->retry) {
		return NULL;
	}
	if (!exup_import_is_done(buffer->retry)) {
		return NULL;
	}
	buffer->import_buffer = exup_import_take_buffer(buffer->retry);
	exup_import_destroy(buffer->retry);
	buffer->retry = NULL;
	if (!buffer->import_buffer) {
		exup_client_log(client, "the compositor could not import the dma-buf: the buffer "
					"stays on path shm");
		buffer->reason = EXUP_REASON_IMPORT;
		exup_pin_destroy(&buffer->pin, client);
		return NULL;
	}
	exup_client_log(client, "buffer of %ux%u pixels, %s: path userptr, there is room again",
			buffer->image.width, buffer->image.height, buffer->image.format->name);
	buffer->path = EXUP_PATH_USERPTR;
	buffer->reason = EXUP_REASON_NONE;
	buffer->mirror = NULL;
	/* what was drawn since it was pinned, only the mirror has been told of */
	make_stale(buffer, NULL, 0);
	exup_buffer_listen(buffer);
	return mirror;
}

/*
 * Whether the damage of this commit, and of those since this buffer's last one, holds all that the
 * compositor may lack of it. Damage is told against the last frame of the surface.
 */
static bool
tells_all(const struct exup_buffer *buffer, const struct wl_surface *surface)
{
	if (buffer->path == EXUP_PATH_USERPTR &&
	    buffer->client->flags & EXUP_CLIENT_DRAWS_ANYWHERE) {
		return false;
	}
	return buffer->surface == surface;
}

static int
update_mirror(struct exup_buffer *buffer)
{
	const void *pixels = buffer->pixels;
	uint32_t stride = buffer->image.stride;
	void *mapping = NULL;
	int ret;

	if (!pixels) {
		ret = exup_foreign_map(&buffer->foreign, buffer->client, &pixels, &stride,
				       &mapping);
		if (ret < 0) {
			return ret;
		}
	}
	buffer->copied_bytes = exup_mirror_copy(buffer->mirror, pixels, stride, &buffer->stale);
	exup_damage_clear(&buffer->stale);
	if (!buffer->pixels) {
		exup_foreign_unmap(&buffer->foreign, buffer->client, mapping);
	}
	return 0;
}

/*
 * The other buffers lack what this one shows now: their mirrors, or, where the application draws it
 * into them as well before it commits them, what the engine sees of them.
 */
static void
make_others_stale(struct exup_buffer *buffer, const struct wl_surface *surface,
		  const struct exup_rect *damage, int damage_count)
{
	struct exup_buffer *other;

	LIST_FOREACH (other, &buffer->client->buffers, link) {
		if (other == buffer || other->path == EXUP_PATH_DMABUF ||
		    other->surface != surface) {
			continue;
		}
		if (other->image.width == buffer->image.width &&
		    other->image.height == buffer->image.height) {
			make_stale(other, damage, damage_count);
		} else {
			make_stale(other, NULL, 0);
		}
	}
}

/*
 * A few rectangles, whatever the application's number: the requests wait in libwayland's buffer,
 * which ends the connection when it is full, and each costs the compositor a command list.
 */
static void
send_damage(struct wl_surface *surface, const struct exup_image *image,
	    const struct exup_rect *damage, int damage_count)
{
	const struct exup_rect all = { 0, 0, (int32_t)image->width, (int32_t)image->height };
	struct exup_rect rects[EXUP_DAMAGE_RECTS_MAX];
	int count, i;

	count = exup_damage_reduce(damage ? damage : &all, damage ? damage_count : 1, image->width,
				   image->height, rects);
	if (count > 0 && wl_surface_get_version(surface) < WL_SURFACE_DAMAGE_BUFFER_SINCE_VERSION) {
		/* in surface coordinates, which depend on state that is not known here */
		wl_surface_damage(surface, 0, 0, INT32_MAX, INT32_MAX);
		return;
	}
	for (i = 0; i < count; i++) {
		wl_surface_damage_buffer(surface, rects[i].x, rects[i].y, rects[i].width,
					 rects[i].height);
	}
}

static bool
damage_is_valid(const struct exup_rect *damage, int damage_count)
{
	int i;

	if (damage_count < 0 || (!damage && damage_count > 0)) {
		return false;
	}
	for (i = 0; i < damage_count; i++) {
		if (damage[i].width < 0 || damage[i].height < 0) {
			return false;
		}
	}
	return true;
}

int
exup_buffer_commit(struct exup_buffer *buffer, struct wl_surface *surface,
		   const struct exup_rect *damage, int damage_count)
{
	struct exup_mirror *old_mirror;
	struct wl_buffer *wl_buffer;
	int ret;

	if (!buffer || !surface || !damage_is_valid(damage, damage_count)) {
		return -EINVAL;
	}
	if (buffer->is_busy) {
		return -EBUSY;
	}
	exup_import_dispatch(buffer->client);
	old_mirror = finish_retry(buffer);
	buffer->copied_bytes = 0;
	make_stale(buffer, tells_all(buffer, surface) ? damage : NULL, damage_count);
	if (buffer->path == EXUP_PATH_SHM) {
		start_retry(buffer);
		ret = update_mirror(buffer);
		if (ret < 0) {
			return ret;
		}
		wl_buffer = exup_mirror_get_buffer(buffer->mirror);
	} else {
		if (buffer->path == EXUP_PATH_USERPTR) {
			exup_buffer_end_access(buffer);
		}
		exup_damage_clear(&buffer->stale);
		wl_buffer = buffer->import_buffer;
	}
	wl_surface_attach(surface, wl_buffer, 0, 0);
	send_damage(surface, &buffer->image, damage, damage_count);
	wl_surface_commit(surface);
	buffer->surface = surface;
	buffer->is_busy = true;
	make_others_stale(buffer, surface, damage, damage_count);
	exup_mirror_destroy(old_mirror);
	return 0;
}
