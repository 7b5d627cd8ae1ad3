/* SPDX-License-Identifier: MIT */
/* libexynos-userptr: pixels from ordinary memory on a Wayland surface, in place where possible. */
#ifndef EXYNOS_USERPTR_H
#define EXYNOS_USERPTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct wl_display;
struct wl_event_queue;
struct wl_surface;

/**
 * One connection's use of the library.
 *
 * The library has no global state and no threads, and prints nothing. All calls for one exup_client
 * and what was made from it belong to one thread, the one that dispatches its event queue.
 * Functions that can fail return 0 or a negative errno.
 *
 * In versions 0.x the public structs promise no ABI: they may get members without a new soname.
 * Compile against the version that is used, and set the structs with designated initializers.
 */
struct exup_client;

/** Memory of the application as a wl_buffer. */
struct exup_buffer;

/** The compositor's own reports about a surface. */
struct exup_report;

/** How a buffer's pixels get to the compositor. */
enum exup_path {
	/** The engine reads the application's memory: nothing is copied. */
	EXUP_PATH_USERPTR = 0,
	/** Each commit copies the damaged pixels into shared memory (wl_shm). */
	EXUP_PATH_SHM = 1,
	/** The engine reads a dma-buf that another driver allocated: nothing is copied. */
	EXUP_PATH_DMABUF = 2,
};

/** Why a buffer is on EXUP_PATH_SHM. */
enum exup_reason {
	/** It is not. */
	EXUP_REASON_NONE = 0,
	/** The application asked for it (EXUP_CLIENT_FORCE_SHM). */
	EXUP_REASON_FORCED,
	/** The compositor lacks exynos_userptr_v1, or zwp_linux_dmabuf_v1 from version 3 on. */
	EXUP_REASON_NO_PROTOCOL,
	/**
	 * This process cannot open the device that the compositor named, or its driver cannot pin
	 * memory.
	 */
	EXUP_REASON_NO_DEVICE,
	/** The compositor does not take this format as a linear dma-buf. */
	EXUP_REASON_FORMAT,
	/** Size, stride or address do not suit the engine: see exup_buffer_create(). */
	EXUP_REASON_GEOMETRY,
	/** The driver's pool has no room for it now; tried again when there is. */
	EXUP_REASON_LIMIT,
	/**
	 * RLIMIT_MEMLOCK of this process does not allow it now, or there is no memory; tried again
	 * like EXUP_REASON_LIMIT, unless the buffer alone is larger than RLIMIT_MEMLOCK.
	 */
	EXUP_REASON_MEMLOCK,
	/**
	 * It is not ordinary memory: a device mapping, or unmapped; read-only, where the driver is
	 * older than 1.3; or, on a machine without an IOMMU, not contiguous.
	 */
	EXUP_REASON_MEMORY,
	/** The compositor could not import it. */
	EXUP_REASON_IMPORT,
	/** Another error; exup_client_set_log() hears which. */
	EXUP_REASON_OTHER,
};

/** A word for messages, logs and statistics: "userptr", "shm", "dmabuf". Never NULL. */
const char *
exup_path_to_string(enum exup_path path);

/** A word for messages, logs and statistics, without spaces: "limit", "no-device". Never NULL. */
const char *
exup_reason_to_string(enum exup_reason reason);

/** exup_client_create() flag: all buffers go through wl_shm. */
#define EXUP_CLIENT_FORCE_SHM (1u << 0)

/**
 * exup_client_create() flag: the application writes into buffers outside of the damage that it
 * tells, as when it clears all of one and draws it anew. See exup_buffer_commit().
 */
#define EXUP_CLIENT_DRAWS_ANYWHERE (1u << 1)

/**
 * Finds out what the compositor and this machine offer.
 *
 * @display: stays the application's, and must outlive the client
 * @queue: where the library's events are to be dispatched, by the application; NULL for the
 *	display's default queue. wl_buffer.release and so exup_buffer_listener.release come there.
 *	Must outlive the client.
 * @flags: EXUP_CLIENT_*
 * @client: out; to be freed with exup_client_destroy()
 *
 * Blocks for some round trips to the compositor, on a queue of its own: no event of the
 * application's is dispatched. Like every call that blocks, this one must not be made by a thread
 * that is between wl_display_prepare_read() and wl_display_read_events().
 *
 * Returns 0 also where nothing but wl_shm is there; -ENOTSUP without wl_shm, -EINVAL for unknown
 * flags or if @display or @client is NULL, -ENOMEM, -EMFILE if the process has no file descriptor
 * left, -EPROTO or -EPIPE if the connection is broken.
 */
int
exup_client_create(struct wl_display *display, struct wl_event_queue *queue, uint32_t flags,
		   struct exup_client **client);

/**
 * Frees the client. Its buffers and reports must have been destroyed. NULL is ignored.
 *
 * Blocks for a round trip if a buffer was destroyed while it was moving to EXUP_PATH_USERPTR.
 */
void
exup_client_destroy(struct exup_client *client);

/**
 * struct exup_client_info - what the compositor and driver offer
 * @userptr: buffers can be read in place
 * @reason: why not: EXUP_REASON_FORCED, _NO_PROTOCOL or _NO_DEVICE
 * @device: the DRM node that the compositor named, 0 if it named none
 * @max_buffer_bytes: the largest single buffer, in whole pages
 * @pool_bytes: what all processes together may pin
 * @available_bytes: what of that was free when the compositor last said so
 *
 * The sizes are 0 if the compositor did not say.
 */
struct exup_client_info {
	bool userptr;
	enum exup_reason reason;
	dev_t device;
	uint64_t max_buffer_bytes;
	uint64_t pool_bytes;
	uint64_t available_bytes;
};

/** Tells what is offered now. */
void
exup_client_get_info(const struct exup_client *client, struct exup_client_info *info);

/**
 * Tells the library where to send messages: why a buffer took which path, with the numbers.
 *
 * @log: called with a line without a newline, from within calls of the library and while the event
 *	queue is dispatched; at once with what exup_client_create() found. It must not call the
 *	library. NULL for silence, the default
 */
void
exup_client_set_log(struct exup_client *client, void (*log)(void *data, const char *message),
		    void *data);

/** A rectangle in buffer pixels. */
struct exup_rect {
	int32_t x, y;
	int32_t width, height;
};

/**
 * struct exup_buffer_info - memory of the application that holds an image
 * @data: first pixel. Any memory that the process can read: malloc, posix_memalign, mmap, a static
 *	array, a constant. The library does not write to it. It stays the application's, and must stay
 *	mapped, with the same pages, until the buffer is destroyed: no realloc, no mremap, no new
 *	mapping over it.
 * @width: pixels
 * @height: pixels
 * @stride: bytes from one row to the next
 * @fourcc: DRM_FORMAT_XRGB8888 or DRM_FORMAT_ARGB8888 (drm_fourcc.h), alpha premultiplied
 *
 * The library pins the whole pages that stride * (height - 1) + width * bytes per pixel touch.
 * Everything else in those pages becomes readable for the compositor too: put nothing secret there,
 * or allocate whole pages.
 */
struct exup_buffer_info {
	const void *data;
	uint32_t width;
	uint32_t height;
	uint32_t stride;
	uint32_t fourcc;
};

/** What the library tells about a buffer. */
struct exup_buffer_listener {
	/**
	 * The compositor no longer reads the buffer: the application may draw into it again. Called
	 * while the event queue is dispatched. The buffer may be destroyed in here.
	 */
	void (*release)(void *data, struct exup_buffer *buffer);
};

/**
 * Makes a buffer from memory of the application.
 *
 * @info: copied
 * @listener: must outlive the buffer; NULL if the application asks exup_buffer_is_busy() instead
 * @data: passed to the listener
 * @buffer: out; to be freed with exup_buffer_destroy()
 *
 * Tries to have the engine read the memory in place, and takes wl_shm where that fails: see
 * exup_buffer_get_path() and exup_buffer_get_reason(). For reading in place, the address and the
 * stride must be multiples of a pixel, the stride at most 32767 bytes, and no side may be larger
 * than 8000 pixels; for an image that does not begin at a page, the rows and pixels from the start
 * of the page count along. A buffer that fell back because the pool was full, or RLIMIT_MEMLOCK used
 * up, moves to EXUP_PATH_USERPTR by itself when there is room again, at one of its next commits.
 *
 * Blocks for a round trip on a queue of the library's own; for one or two more if there is no room
 * and buffers were destroyed that the compositor may not have let go of yet.
 *
 * Returns 0; -EINVAL for an image without pixels, a stride too small, a NULL pointer, an unknown
 * format or a size that overflows (wl_shm's limit is 2 GiB); -ENOMEM; -EMFILE if the process has
 * not even the two file descriptors left that wl_shm takes for a moment; -EPROTO or -EPIPE if the
 * connection is broken.
 */
int
exup_buffer_create(struct exup_client *client, const struct exup_buffer_info *info,
		   const struct exup_buffer_listener *listener, void *data,
		   struct exup_buffer **buffer);

/**
 * struct exup_dmabuf_info - a dma-buf of another driver that holds an image, linear, in one plane
 * @fd: stays the application's, which may close it when the buffer has been created
 * @offset_bytes: of the first pixel
 * @width: pixels
 * @height: pixels
 * @stride: bytes from one row to the next
 * @fourcc: as in struct exup_buffer_info
 * @map: for the fallback: makes the image readable for the CPU. Stores the address of its first
 *	pixel, its stride in that mapping, and what @unmap shall get. Returns 0 or a negative errno.
 *	NULL: the dma-buf is mapped with mmap()
 * @unmap: undoes @map; NULL if and only if that is
 * @map_data: passed to both; must stay valid until the buffer is destroyed
 */
struct exup_dmabuf_info {
	int fd;
	uint32_t offset_bytes;
	uint32_t width;
	uint32_t height;
	uint32_t stride;
	uint32_t fourcc;
	int (*map)(void *map_data, const void **pixels, uint32_t *stride, void **mapping);
	void (*unmap)(void *map_data, void *mapping);
	void *map_data;
};

/**
 * Makes a buffer from a dma-buf: from a camera, a video decoder or a GPU. For a gbm_bo, see
 * exynos-userptr-gbm.h.
 *
 * @info: copied
 *
 * Falls back to wl_shm as exup_buffer_create() does; each commit then maps the image and copies.
 * Whoever writes the image makes it visible to other devices, as dma-buf asks for
 * (DMA_BUF_IOCTL_SYNC, for the CPU): the library does that only for memory that it pinned.
 *
 * An image whose last stride ends beyond the dma-buf, or beyond 4 GiB, cannot be told to a
 * compositor: EXUP_REASON_GEOMETRY.
 *
 * Returns as exup_buffer_create(); -EINVAL also for an image that ends after the dma-buf, or, without
 * map, so far in it that no mapping can hold it (2 GiB with addresses of 32 bits), or if only one of
 * map and unmap is there; -EBADF for an @fd whose size cannot be told.
 */
int
exup_buffer_create_from_dmabuf(struct exup_client *client, const struct exup_dmabuf_info *info,
			       const struct exup_buffer_listener *listener, void *data,
			       struct exup_buffer **buffer);

/**
 * Frees a buffer; allowed while the compositor reads it. The memory may be freed right after: its
 * pages stay pinned for as long as the compositor holds them. NULL is ignored.
 *
 * If it was busy, its release never comes, and as always in Wayland the content of its surface is
 * undefined until another buffer is committed. A compositor may go on reading the pages, and show
 * what is written there next, by whoever in the process gets the memory; on EXUP_PATH_SHM it may
 * never show this frame.
 */
void
exup_buffer_destroy(struct exup_buffer *buffer);

/**
 * Shows the buffer: attaches it, tells the damage, commits the surface.
 *
 * @surface: on the same display
 * @damage: what differs from what was committed to this surface before, with whichever buffer, in
 *	buffer pixels; clipped to the buffer. NULL with a @damage_count of 0 for all of it; not NULL
 *	with a @damage_count of 0 for nothing. It must be all of it for the first commit to a
 *	surface, and after something else than this client's buffers was committed to it
 * @damage_count: number of rectangles
 *
 * On EXUP_PATH_USERPTR, what was written into the memory is made visible to the engine, and the
 * damage says where that is: all that was written since the last commit of this buffer must lie
 * within the damage of this one and of those to the surface in between. Writing there again what is
 * there already does no harm; clearing and drawing again does, even if the result is the same. With
 * EXUP_CLIENT_DRAWS_ANYWHERE this does not matter, and each commit costs as much as one with all of
 * the damage.
 *
 * Other pending state of the surface (frame callback, viewport, scale) is committed along. From now
 * until the release the application must not write to the memory. The requests are sent when the
 * application flushes the display or dispatches its events; who does that notices a broken
 * connection, and not this function.
 *
 * Returns 0, -EBUSY if the compositor has not released the buffer since its last commit (nothing
 * was done), -EINVAL for a negative count or size, or without a surface. With struct exup_dmabuf_info's map: its error,
 * -EIO for a positive number, -EFAULT for NULL pixels, -EINVAL for a stride too small.
 */
int
exup_buffer_commit(struct exup_buffer *buffer, struct wl_surface *surface,
		   const struct exup_rect *damage, int damage_count);

/** Whether the compositor may still read the buffer: it was committed and not yet released. */
bool
exup_buffer_is_busy(const struct exup_buffer *buffer);

/** How the pixels of the last commit, or of the next one if there was none, travel. */
enum exup_path
exup_buffer_get_path(const struct exup_buffer *buffer);

/** Why the path is EXUP_PATH_SHM; EXUP_REASON_NONE if it is not. */
enum exup_reason
exup_buffer_get_reason(const struct exup_buffer *buffer);

/** How many bytes the last commit copied with the CPU. */
uint64_t
exup_buffer_get_copied(const struct exup_buffer *buffer);

/**
 * How a frame was composited, as exynos_userptr_surface_v1.path (protocol/exynos-userptr-v1.xml)
 * has it; values beyond those are possible with newer compositors.
 */
enum exup_composited {
	EXUP_COMPOSITED_IN_PLACE = 0,
	EXUP_COMPOSITED_UPLOADED = 1,
	EXUP_COMPOSITED_CPU = 2,
	EXUP_COMPOSITED_FILL = 3,
};

/** What the compositor tells about a surface. */
struct exup_report_listener {
	/**
	 * A frame of the surface was composited.
	 *
	 * @how: enum exup_composited
	 * @reason: a short English text: why it was not read in place; empty if it was
	 * @bytes_copied: by the compositor's CPU since the last such report
	 */
	void (*composited)(void *data, struct exup_report *report, uint32_t how, const char *reason,
			   uint64_t bytes_copied);
};

/**
 * Asks the compositor to report how a surface is composited.
 *
 * @surface: may have one report at a time
 * @listener: must outlive the report
 *
 * Returns 0, -ENOTSUP if the compositor does not offer reports, -EINVAL for a NULL pointer, -ENOMEM.
 */
int
exup_report_create(struct exup_client *client, struct wl_surface *surface,
		   const struct exup_report_listener *listener, void *data,
		   struct exup_report **report);

/** Ends the reports. Before or after the surface is destroyed. NULL is ignored. */
void
exup_report_destroy(struct exup_report *report);

/** A short English text for an enum exup_composited. Never NULL. */
const char *
exup_composited_to_string(uint32_t how);

#ifdef __cplusplus
}
#endif

#endif
