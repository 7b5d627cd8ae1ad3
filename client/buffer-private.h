/* SPDX-License-Identifier: MIT */
/* A buffer, as its life (buffer.c) and its commits (commit.c) share it. */
#ifndef EXUP_BUFFER_PRIVATE_H
#define EXUP_BUFFER_PRIVATE_H

#include "client-private.h"

/**
 * struct exup_buffer
 * @pixels: memory of the application, NULL if the image is in @foreign
 * @foreign: used if @pixels is NULL
 * @path: of the last commit, or of the next one if there was none
 * @import_buffer: the wl_buffer, unless the path is EXUP_PATH_SHM
 * @pin: while the memory is pinned
 * @mirror: the wl_buffer, if the path is EXUP_PATH_SHM
 * @stale: what the compositor's view of the memory, @mirror or what the engine sees of @pin, may
 *	lack of the frames that other buffers showed on @surface since it was shown
 * @surface: of the last commit
 * @retry: on the way from EXUP_PATH_SHM to EXUP_PATH_USERPTR, with @pin
 * @tried_growths: exup_client.available_growths when pinning was last tried
 * @retry_pause: how many commits have to pass before it is tried again without a growth
 * @passed_commits: how many of them have
 */
struct exup_buffer {
	struct exup_client *client;
	LIST_ENTRY(exup_buffer) link;
	struct exup_image image;
	const void *pixels;
	struct exup_foreign foreign;
	const struct exup_buffer_listener *listener;
	void *listener_data;
	enum exup_path path;
	enum exup_reason reason;
	struct wl_buffer *import_buffer;
	struct exup_pin pin;
	struct exup_mirror *mirror;
	struct exup_damage stale;
	const struct wl_surface *surface;
	struct exup_import *retry;
	uint64_t tried_growths;
	unsigned int retry_pause;
	unsigned int passed_commits;
	uint64_t copied_bytes;
	bool is_busy;
};

/** Has the buffer hear when the wl_buffer of its path is released. */
void
exup_buffer_listen(struct exup_buffer *buffer);

/** Opens the application's access to pinned memory; an error is logged. */
void
exup_buffer_begin_access(struct exup_buffer *buffer);

/** Ends it, for the pixels that are stale; an error is logged. */
void
exup_buffer_end_access(struct exup_buffer *buffer);

#endif
