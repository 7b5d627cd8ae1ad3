/* SPDX-License-Identifier: MIT */
/* The queue of blits, and its two ways to the driver: lists in batches, and one call for all. */
#ifndef EXUP_G2D_PRIVATE_H
#define EXUP_G2D_PRIVATE_H

#include "device-private.h"
#include "g2d-list.h"

struct exup_g2d_submission;

/**
 * struct exup_g2d
 * @lists: queued, not yet handed to the driver
 * @list_capacity: how many @lists there is room for
 * @submission: NULL with a driver that takes lists one by one
 * @submitted: number of the last batch or submission that was handed over or tried
 * @completed: number of the last one whose event has come
 * @error: the first of those that ended without having been done, since somebody last asked
 * @patience_ms: how long calls may still wait, all together
 * @fence_bo: a page for the blit that only carries an event, made when first needed
 */
struct exup_g2d {
	struct exup_device *device;
	struct exup_g2d_list *lists;
	uint32_t list_count;
	uint32_t list_capacity;
	struct exup_g2d_submission *submission;
	uint64_t submitted;
	uint64_t completed;
	int error;
	int64_t patience_ms;
	struct exup_bo *fence_bo;
};

/** How many lists a batch has. */
#define EXUP_G2D_BATCH_LISTS 16

/**
 * Hands what is queued to the driver as command lists, and sets it going; see exup_g2d_submit().
 * There is something, and no more than a batch.
 */
int
exup_g2d_batch_send(struct exup_g2d *g2d);

/** The same while more is to come: waits until there is room for another batch. */
int
exup_g2d_batch_send_and_make_room(struct exup_g2d *g2d);

/** Makes the arrays of a submission. Returns 0 or -ENOMEM. */
int
exup_g2d_submission_create(struct exup_g2d_submission **submission);

/** NULL is ignored. */
void
exup_g2d_submission_destroy(struct exup_g2d_submission *submission);

/** Hands what is queued to the driver in one call; see exup_g2d_submit(). There is something. */
int
exup_g2d_submission_send(struct exup_g2d *g2d);

/** Waits for the driver for @timeout_ms at most, out of the patience, and takes completions. */
int
exup_g2d_wait_for_room(struct exup_g2d *g2d, int timeout_ms);

#endif
