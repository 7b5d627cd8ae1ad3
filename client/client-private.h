/* SPDX-License-Identifier: MIT */
/* What the files of the library share: the client, and how an image becomes a wl_buffer. */
#ifndef EXUP_CLIENT_PRIVATE_H
#define EXUP_CLIENT_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "damage.h"
#include "device.h"
#include "exynos-userptr.h"
#include "format.h"
#include "g2d.h"

struct exup_import;
struct exynos_userptr_v1;
struct wl_buffer;
struct wl_shm;
struct zwp_linux_dmabuf_v1;

/**
 * struct exup_client
 * @app_queue: where what the application waits for is dispatched, NULL for the default queue
 * @queue: the library's own, for what it waits for itself
 * @reason: why no buffer can be pinned, else EXUP_REASON_NONE
 * @device_error: the negative errno that goes with EXUP_REASON_NO_DEVICE
 * @offered_formats: bit i: format i of exup_format_list() is taken as a linear dma-buf
 * @device: open unless there is a @reason
 * @available_growths: how often @available_bytes has grown: when to try again at once
 * @has_destroyed: pinned memory that the compositor may still hold, until the next round trip
 * @orphans: imports that the compositor has not answered, of buffers that are gone
 */
struct exup_client {
	const struct exup_sys *sys;
	struct wl_display *display;
	struct wl_event_queue *app_queue;
	struct wl_event_queue *queue;
	struct wl_shm *shm;
	struct zwp_linux_dmabuf_v1 *dmabuf;
	struct exynos_userptr_v1 *userptr;
	struct exup_device *device;
	enum exup_reason reason;
	int device_error;
	uint32_t flags;
	uint32_t offered_formats;
	dev_t devnum;
	uint64_t max_buffer_bytes;
	uint64_t pool_bytes;
	uint64_t available_bytes;
	uint64_t available_growths;
	bool has_destroyed;
	LIST_HEAD(exup_buffer_list, exup_buffer) buffers;
	LIST_HEAD(exup_import_list, exup_import) orphans;
	void (*log)(void *data, const char *message);
	void *log_data;
};

/** exup_client_create() with another system behind it; @sys must outlive the client. */
int
exup_client_create_for_sys(const struct exup_sys *sys, struct wl_display *display,
			   struct wl_event_queue *queue, uint32_t flags,
			   struct exup_client **client);

/** Hands a line to the application's log, if it wants one. */
void
exup_client_log(struct exup_client *client, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** The error of a broken connection: -EPROTO if the compositor raised one, else -EPIPE. */
int
exup_client_get_connection_error(struct exup_client *client);

/**
 * Waits until the compositor has handled all requests, and dispatches the library's own queue.
 * Returns 0, -EPROTO or -EPIPE.
 */
int
exup_client_roundtrip(struct exup_client *client);

/**
 * Whether a file descriptor can be sent now: libwayland duplicates it, and ends the connection
 * where it cannot. Returns 0 or a negative errno. Another thread may still be faster.
 */
int
exup_client_check_fd(int fd);

/** Whether the compositor takes a format as a linear dma-buf. */
bool
exup_client_offers_format(const struct exup_client *client, const struct exup_format *format);

/** Binds the globals and waits for all that they tell. Returns 0 or a negative errno. */
int
exup_globals_bind(struct exup_client *client);

/** Destroys what exup_globals_bind() made, also when that failed. */
void
exup_globals_release(struct exup_client *client);

/**
 * struct exup_image - an image that was checked: nothing below overflows
 * @size_bytes: from the first pixel to the end of the last
 */
struct exup_image {
	const struct exup_format *format;
	uint32_t width;
	uint32_t height;
	uint32_t stride;
	uint64_t size_bytes;
};

/** Checks and takes over what an application said. Returns 0 or -EINVAL. */
int
exup_image_init(struct exup_image *image, uint32_t width, uint32_t height, uint32_t stride,
		uint32_t fourcc);

/**
 * struct exup_pin - memory of the application as a buffer object
 * @image: in the object, which is NULL if nothing is pinned
 * @dmabuf_fd: of the object
 */
struct exup_pin {
	struct exup_g2d_image image;
	int dmabuf_fd;
};

/** How much of the pool memory takes, in bytes: whole pages. */
uint64_t
exup_pin_get_size(const void *data, uint64_t size_bytes);

/**
 * Pins an image and exports it. Returns EXUP_REASON_NONE, or why that is not possible; logged.
 *
 * @known: a refusal of the driver for this reason was logged before, and is not again
 * @pin: out; to be freed with exup_pin_destroy()
 */
enum exup_reason
exup_pin_create(struct exup_client *client, const void *data, const struct exup_image *image,
		enum exup_reason known, struct exup_pin *pin);

/**
 * Whether memory that could not be pinned may be once other memory is not pinned any more.
 *
 * @needed_bytes: exup_pin_get_size()
 * @reason: why it could not
 */
bool
exup_pin_can_wait(const struct exup_client *client, uint64_t needed_bytes, enum exup_reason reason);

/** Gives up what is pinned, if anything is. */
void
exup_pin_destroy(struct exup_pin *pin, struct exup_client *client);

/**
 * Opens the application's access to pinned memory.
 *
 * Returns 0 or a negative errno.
 */
int
exup_pin_begin_access(const struct exup_pin *pin);

/**
 * Ends the application's access to pinned memory.
 *
 * @drawn: all that it has written
 *
 * Returns 0 or a negative errno.
 */
int
exup_pin_end_access(const struct exup_pin *pin, const struct exup_damage *drawn);

/**
 * Asks the compositor to make a wl_buffer of a dma-buf.
 *
 * @import: out; to be freed with exup_import_destroy()
 *
 * Returns 0, -ENOMEM, or -EMFILE (logged).
 */
int
exup_import_create(struct exup_client *client, int dmabuf_fd, uint32_t offset_bytes,
		   const struct exup_image *image, struct exup_import **import);

/** Waits for the compositor's answer. Returns 0, -EPROTO or -EPIPE. */
int
exup_import_wait(struct exup_import *import);

/**
 * Handles the answers that have been read, so that what nobody wants any more does not stay pinned
 * in the compositor. Does not block.
 */
void
exup_import_dispatch(struct exup_client *client);

/** Whether the compositor has answered, as far as its answer has been dispatched. */
bool
exup_import_is_done(const struct exup_import *import);

/** Hands the wl_buffer over to the caller, on the application's queue. NULL if it failed. */
struct wl_buffer *
exup_import_take_buffer(struct exup_import *import);

/**
 * Frees the import and what was not taken. NULL is ignored.
 *
 * If the compositor has yet to answer, the rest is done with its answer: when the application
 * dispatches its queue, and at the latest by exup_import_dispatch().
 */
void
exup_import_destroy(struct exup_import *import);

/** Waits for the answers to the imports that were destroyed before they came. */
void
exup_import_settle_orphans(struct exup_client *client);

/**
 * struct exup_foreign - a dma-buf of another driver
 * @fd: a descriptor of our own, if it is mapped without @info.map; else -1
 * @mapped_bytes: that much of it
 */
struct exup_foreign {
	struct exup_dmabuf_info info;
	int fd;
	size_t mapped_bytes;
};

/**
 * Takes over what an application said about a dma-buf.
 *
 * @reason: out; EXUP_REASON_NONE if the compositor can be asked to import it
 *
 * Returns 0 or a negative errno.
 */
int
exup_foreign_init(struct exup_foreign *foreign, struct exup_client *client,
		  const struct exup_dmabuf_info *info, const struct exup_image *image,
		  enum exup_reason *reason);

/** Frees what exup_foreign_init() made. */
void
exup_foreign_fini(struct exup_foreign *foreign, struct exup_client *client);

/** Makes the image readable for the CPU. Returns 0 or a negative errno. */
int
exup_foreign_map(struct exup_foreign *foreign, struct exup_client *client, const void **pixels,
		 uint32_t *stride, void **mapping);

/** Undoes exup_foreign_map(). */
void
exup_foreign_unmap(struct exup_foreign *foreign, struct exup_client *client, void *mapping);

/** A copy of an image in wl_shm memory. */
struct exup_mirror;

/** Makes a wl_shm buffer for an image, without content. Returns 0 or a negative errno. */
int
exup_mirror_create(struct exup_client *client, const struct exup_image *image,
		   struct exup_mirror **mirror);

/** Frees the memory and the wl_buffer. NULL is ignored. */
void
exup_mirror_destroy(struct exup_mirror *mirror);

/** The wl_buffer, which stays the mirror's, on the application's queue. */
struct wl_buffer *
exup_mirror_get_buffer(const struct exup_mirror *mirror);

/**
 * Copies the pixels of a region.
 *
 * @pixels: the first pixel of the image
 * @stride: of @pixels, in bytes
 *
 * Returns how many bytes that were.
 */
uint64_t
exup_mirror_copy(struct exup_mirror *mirror, const void *pixels, uint32_t stride,
		 const struct exup_damage *damage);

#endif
