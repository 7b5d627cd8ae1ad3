/* SPDX-License-Identifier: MIT */
/* A compositor in a thread of the test: as small as the library's tests can bear. */
#ifndef FAKE_COMPOSITOR_H
#define FAKE_COMPOSITOR_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <wayland-server-core.h>

#include "exynos-userptr.h"
#include "fake-exynos.h"

#define COMPOSITOR_SURFACES_MAX 4
#define COMPOSITOR_HELD_MAX 16
#define COMPOSITOR_DAMAGE_MAX 64

/**
 * struct compositor_options - what is offered
 * @compositor_version: of wl_compositor
 * @dmabuf_version: of zwp_linux_dmabuf_v1, 0 for none
 * @fourccs: formats offered, ended by 0
 * @modifier: of them
 * @device_bytes: size of the array in exynos_userptr_v1.device, 0 for that of a dev_t
 */
struct compositor_options {
	uint32_t compositor_version;
	bool has_shm;
	bool has_userptr;
	uint32_t dmabuf_version;
	uint32_t fourccs[4];
	uint64_t modifier;
	dev_t devnum;
	size_t device_bytes;
	uint64_t max_buffer_bytes;
	uint64_t pool_bytes;
	uint64_t available_bytes;
};

/** What a compositor with the plugin offers; but for the device number, which is no constant. */
extern const struct compositor_options compositor_default_options;

enum compositor_import {
	COMPOSITOR_IMPORT_OK,
	COMPOSITOR_IMPORT_FAIL,
	/** Answered by compositor_answer_imports(). */
	COMPOSITOR_IMPORT_LATER,
	/** A protocol error. */
	COMPOSITOR_IMPORT_ERROR,
	/** The connection is closed. */
	COMPOSITOR_IMPORT_HANG_UP,
};

enum compositor_release {
	/** A buffer is released when the next one is committed. */
	COMPOSITOR_RELEASE_PREVIOUS,
	/** A buffer is released at once. */
	COMPOSITOR_RELEASE_AT_COMMIT,
	/** A buffer is released at once, and again. */
	COMPOSITOR_RELEASE_TWICE,
	/** Buffers are released by compositor_release_all(). */
	COMPOSITOR_RELEASE_LATER,
};

/**
 * struct compositor_surface - a surface, in the order in which they were created
 * @commits: with a buffer
 * @is_shm: the last one was a wl_shm buffer
 * @is_cpu_access: the application had not ended its access to the last one
 * @buffer_pixels: content of the last buffer when it was committed, without gaps
 * @screen: what was shown: only what was damaged is taken from the buffer
 * @damage: of the last commit
 */
struct compositor_surface {
	struct compositor *compositor;
	struct wl_resource *resource;
	struct wl_resource *pending_buffer;
	struct wl_resource *frame_callback;
	struct wl_resource *report;
	struct exup_rect pending_damage[COMPOSITOR_DAMAGE_MAX];
	int pending_damage_count;

	unsigned int commits;
	bool is_shm;
	bool is_cpu_access;
	uint32_t format;
	int32_t width;
	int32_t height;
	uint8_t *buffer_pixels;
	uint8_t *screen;
	struct exup_rect damage[COMPOSITOR_DAMAGE_MAX];
	int damage_count;
};

/**
 * struct compositor
 *
 * Fields are the server thread's; a test reads and writes them only after compositor_sync() or
 * within compositor_call().
 *
 * @display: the test's side of the connection
 * @imports: how many there were
 * @refused_imports: those that were wrong by themselves
 * @dmabuf_buffers: wl_buffers made of dma-bufs that exist
 * @held: committed, not released
 * @later: zwp_linux_buffer_params_v1 that wait for an answer
 */
struct compositor {
	struct fake_exynos *fake;
	struct compositor_options options;
	struct wl_display *display;

	enum compositor_import import;
	enum compositor_release release;
	unsigned int imports;
	unsigned int refused_imports;
	unsigned int dmabuf_buffers;
	unsigned int surface_count;
	struct compositor_surface surfaces[COMPOSITOR_SURFACES_MAX];
	struct wl_resource *held[COMPOSITOR_HELD_MAX];
	unsigned int held_count;
	struct wl_resource *later[COMPOSITOR_HELD_MAX];
	unsigned int later_count;
	struct wl_resource *userptr;

	struct wl_display *server;
	struct wl_client *client;
	struct wl_listener client_destroy;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	int wake_fd;
	struct wl_event_source *wake_source;
	void (*call)(struct compositor *compositor, void *data);
	void *call_data;
	bool is_stopped;
};

/** Starts a compositor and connects to it. */
struct compositor *
compositor_create(struct fake_exynos *fake, const struct compositor_options *options);

/** Disconnects and ends it. */
void
compositor_destroy(struct compositor *compositor);

/** Runs a function in the server's thread, and waits for its end. */
void
compositor_call(struct compositor *compositor,
		void (*function)(struct compositor *compositor, void *data), void *data);

/** Has all requests carried out, and all events of the default queue dispatched. */
void
compositor_sync(struct compositor *compositor);

/** Releases all buffers that are held. */
void
compositor_release_all(struct compositor *compositor);

/** Answers all imports that wait. */
void
compositor_answer_imports(struct compositor *compositor, bool is_ok);

/** Tells clients how much of the pool is free. */
void
compositor_set_available(struct compositor *compositor, uint64_t bytes);

/** Waits until the server has finished what it is about, also with a connection that it ends. */
void
compositor_settle(struct compositor *compositor);

/** Closes the connection from the server's side. */
void
compositor_hang_up(struct compositor *compositor);

/** Raises a protocol error. */
void
compositor_post_error(struct compositor *compositor);

/** Tells the first surface's report object how it was composited. */
void
compositor_send_report(struct compositor *compositor, uint32_t path, uint32_t reason,
		       uint64_t bytes);

/** fake-compositor.c and fake-compositor-globals.c share these. */

/** struct compositor_buffer - a wl_buffer made of a dma-buf */
struct compositor_buffer {
	struct compositor *compositor;
	int fd;
	uint32_t offset_bytes;
	uint32_t stride;
	int32_t width;
	int32_t height;
	uint32_t fourcc;
	uint8_t *map;
	size_t map_bytes;
	const uint8_t *pixels;
	struct fake_object *object;
};

/** The buffer of a resource, or NULL for a wl_shm buffer. */
struct compositor_buffer *
compositor_buffer_from_resource(struct wl_resource *resource);

/** Forgets a buffer that is destroyed. */
void
compositor_forget_buffer(struct compositor *compositor, struct wl_resource *resource);

/** Offers zwp_linux_dmabuf_v1 and exynos_userptr_v1. */
void
compositor_offer_globals(struct compositor *compositor);

#endif
