/* SPDX-License-Identifier: MIT */
/* Blits on the G2D engine: queued, handed over, and waited for by number. */
#ifndef EXUP_G2D_H
#define EXUP_G2D_H

#include <stdbool.h>
#include <stdint.h>

#include "bo.h"
#include "format.h"

struct exup_g2d;

/** A rectangle in pixels; x2 and y2 are exclusive. */
struct exup_box {
	int32_t x1, y1, x2, y2;
};

/**
 * struct exup_g2d_image - an image in a buffer object
 * @width: pixels
 * @height: pixels
 * @stride: bytes from one row to the next, a multiple of the pixel's size
 * @offset_bytes: of the first pixel in the object, a multiple of the pixel's size
 *
 * Command lists of drivers before version 1.3 take no offset, so that one is expressed in
 * coordinates then: exup_g2d_check_image() tells whether that is possible.
 */
struct exup_g2d_image {
	struct exup_bo *bo;
	const struct exup_format *format;
	uint32_t width;
	uint32_t height;
	uint32_t stride;
	uint64_t offset_bytes;
};

/** How source pixels meet the destination's. */
enum exup_g2d_op {
	/** The source replaces the destination. */
	EXUP_G2D_OP_SRC,
	/** Premultiplied OVER. */
	EXUP_G2D_OP_OVER,
};

/**
 * Checks that the engine can address an image: format_check_image()'s rules, and that coordinates,
 * with the offset in them where it has to be, stay within the engine's range.
 *
 * Returns 0, -EINVAL or -ERANGE.
 */
int
exup_g2d_check_image(const struct exup_g2d_image *image);

/**
 * Makes a queue of blits for a device, which must outlive it.
 *
 * Returns 0 or -ENOMEM.
 */
int
exup_g2d_create(struct exup_device *device, struct exup_g2d **g2d);

/** Drops what was queued and not submitted. Does not wait. NULL is ignored. */
void
exup_g2d_destroy(struct exup_g2d *g2d);

/**
 * Whether the driver puts a fence on every object that work reads or writes: then page flips and
 * other devices wait by themselves, and all work ends, one way or the other. From version 1.3 on.
 */
bool
exup_g2d_has_fences(const struct exup_g2d *g2d);

/**
 * Says how long the calls that follow may wait for the engine and for room, all together:
 * exup_g2d_fill(), exup_g2d_copy() and exup_g2d_submit() when there is no room, and
 * exup_g2d_wait_patiently(). Without it that is 500 ms, once.
 */
void
exup_g2d_set_patience(struct exup_g2d *g2d, int patience_ms);

/**
 * Queues a fill of a rectangle.
 *
 * @dst: an image that exup_g2d_check_image() accepts
 * @dst_box: within @dst
 * @color: premultiplied, 0xAARRGGBB
 * @op: OVER blends the colour
 *
 * The images' objects must stay until the work has been waited for, or be destroyed only after a
 * submit: the driver holds its own references from then on.
 *
 * Returns 0, -EINVAL if @dst_box is empty or not within @dst, -ESTALE if an object was lost
 * (exup_bo_is_lost()), or an error of the batch that had to be executed to make room: see
 * exup_g2d_submit().
 */
int
exup_g2d_fill(struct exup_g2d *g2d, const struct exup_g2d_image *dst,
	      const struct exup_box *dst_box, uint32_t color, enum exup_g2d_op op);

/**
 * Queues a copy of a rectangle at its size.
 *
 * @src: what is read; may not be @dst
 * @src_x: left pixel in @src
 * @src_y: top pixel in @src
 * @alpha: what the source is multiplied with, 255 for nothing; other values need OVER
 *
 * Otherwise as exup_g2d_fill(). -EINVAL also if the rectangle is not within @src.
 */
int
exup_g2d_copy(struct exup_g2d *g2d, const struct exup_g2d_image *dst,
	      const struct exup_box *dst_box, const struct exup_g2d_image *src, int32_t src_x,
	      int32_t src_y, enum exup_g2d_op op, uint8_t alpha);

/**
 * Hands everything queued to the engine and returns at once; with exup_g2d_has_fences() in one call
 * for up to 256 blits.
 *
 * @seqno: out; what to wait for. Work is executed in order. With nothing queued it is that of the
 *	last submit.
 *
 * Returns 0 or a negative errno.
 *
 * With fences: what had not been handed over is not executed then, and @seqno is that of the last part
 * which was, or of the work before.
 *
 * Without: -EBUSY if other processes held all of the driver's lists for longer than the patience,
 * and what had not been handed over by then is lost; or another negative errno, that of the first
 * blit which the driver refused: that one is left out, the others are executed. @seqno is valid in
 * every case, but after -EBUSY exup_g2d_wait() for it times out and exup_g2d_reset() is the way on.
 */
int
exup_g2d_submit(struct exup_g2d *g2d, uint64_t *seqno);

/** Forgets what is queued and not submitted. */
void
exup_g2d_drop(struct exup_g2d *g2d);

/** The number of the last submit, for exup_g2d_wait(). */
uint64_t
exup_g2d_get_submitted(const struct exup_g2d *g2d);

/**
 * Waits until everything up to @seqno has been executed.
 *
 * Returns 0, -ETIME when @timeout_ms has passed (the engine may still read and write), or another
 * negative errno.
 */
int
exup_g2d_wait(struct exup_g2d *g2d, uint64_t seqno, int timeout_ms);

/**
 * Tells, and forgets, the first error that work has ended with: it is completed, but what it should
 * have painted may be missing. 0 if there is none, and always without exup_g2d_has_fences().
 */
int
exup_g2d_take_error(struct exup_g2d *g2d);

/** exup_g2d_wait() with what is left of the patience as the timeout. */
int
exup_g2d_wait_patiently(struct exup_g2d *g2d, uint64_t seqno);

/**
 * Takes completions that the device has reported; for when its file descriptor is readable.
 *
 * Returns 0 or a negative errno.
 */
int
exup_g2d_dispatch(struct exup_g2d *g2d);

/** The last work that has been executed. */
uint64_t
exup_g2d_get_completed(const struct exup_g2d *g2d);

/**
 * Gives up on an engine that does not answer: reopens the device (exup_device_reopen(), which has
 * the driver reset the engine), drops what is queued and counts all work as completed. A child
 * process that holds the old file, between fork and exec, delays the reset until then.
 *
 * Returns 0 or a negative errno of exup_device_reopen(); then nothing has changed.
 */
int
exup_g2d_reset(struct exup_g2d *g2d);

#endif
