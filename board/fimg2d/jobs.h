/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device around the engine, as far as all boards have the same: registers with side effects,
 * jobs from the doorbell to the interrupt, and the faults that a test injects into them.
 *
 * A board has something that calls fimg2d_device_step() when a doorbell was rung, and again after
 * what that returns: a thread that sleeps in between, or timers.
 *
 * A soft reset (SOFT_RESET.R) ends the job at once, unless a test wants the engine to be late: with
 * late_rows or late_us, what it had taken on is written after the reset. Until that is done it is
 * not idle, which software sees as FIFO_STAT.FINISHED (bit 0 of 0x0010) being 0: the bit that
 * Samsung's own driver looks at when a blit has not ended in time. That it is 0 after a reset as long
 * as writes are under way, and that another reset does not hasten them, is a choice; so is that a job
 * that is started meanwhile begins afterwards. While "hold" is 1 such an engine never becomes idle.
 */
#ifndef FIMG2D_JOBS_H
#define FIMG2D_JOBS_H

#include "engine.h"

/* What a test sets. */
struct fimg2d_faults {
	u32 delay_us;		/* wait before a job's first access */
	u32 delay_end_us;	/* wait after a job's last access, before its interrupt */
	u32 hold;		/* while 1, jobs wait before their first access */
	u32 hang;		/* this many jobs never begin: only a reset ends them */
	u32 lost_irq;		/* this many interrupts are not raised */
	u32 fault_address;	/* accesses to this page of the bus fault; 0: none */
	u32 fault_in;		/* this many accesses from now, one faults; 0: none */
	u32 stray_write;	/* the next job begins with a word written here; 0: none */
	u32 late_rows;		/* after a reset in mid-job so many rows are written all the same */
	u32 late_us;		/* and it is this late that the engine becomes idle */
};

/* Where a job is. */
enum fimg2d_stage {
	FIMG2D_STAGE_IDLE,
	FIMG2D_STAGE_HELD,	/* waits as long as the faults say so */
	FIMG2D_STAGE_READY,	/* its lists are to be run */
	FIMG2D_STAGE_RAN,	/* they have been */
	FIMG2D_STAGE_ENDING,	/* all that is left is its interrupt */
	FIMG2D_STAGE_LATE_HELD,	/* it was reset, and waits as long as the faults say so */
	FIMG2D_STAGE_LATE,	/* what it had taken on is to be written */
};

struct fimg2d_device {
	struct fimg2d_engine engine;
	struct fimg2d_faults faults;
	u32 doorbell;		/* 1: a start or continue waits for the engine */
	u32 busy;		/* the engine is between a doorbell and its interrupt */
	u32 is_late;		/* it has been reset, and is not idle yet */
	u32 is_slow;		/* it waits as the fault injection says, and is not dead */
	u32 status_reads;	/* of a status that has to change meanwhile */
	u64 started;		/* jobs that it has taken on */
	u64 interrupts;
	u64 lost_interrupts;
	u64 late_bytes;		/* that were written after a reset */

	/* what calls fimg2d_device_step() owns these */
	enum fimg2d_stage stage;
	bool is_hung;
	u32 aborts;		/* of the engine when it began */
};

/* What is left to the board when a register has been written. */
enum fimg2d_effect {
	FIMG2D_EFFECT_NONE,
	FIMG2D_EFFECT_DOORBELL,	/* have fimg2d_device_step() called */
	FIMG2D_EFFECT_RESET,	/* see that nothing runs, then call fimg2d_engine_reset() */
};

/* When fimg2d_device_step() wants to be called again. */
enum fimg2d_next {
	FIMG2D_NEXT_IDLE,	/* at the next doorbell */
	FIMG2D_NEXT_RAISE,	/* the same, after the interrupt has been raised */
	FIMG2D_NEXT_HELD,	/* when a fault has been changed */
	FIMG2D_NEXT_WAIT,	/* when the time that it tells is over */
	FIMG2D_NEXT_RAN,	/* when the time is over that the job takes on this board */
};

void fimg2d_device_init(struct fimg2d_device *device, const struct fimg2d_bus *bus);
u32 fimg2d_device_read(struct fimg2d_device *device, u32 offset);
enum fimg2d_effect fimg2d_device_write(struct fimg2d_device *device, u32 offset, u32 value);
bool fimg2d_device_is_reset(const struct fimg2d_device *device);
bool fimg2d_device_is_late(const struct fimg2d_device *device);
enum fimg2d_next fimg2d_device_step(struct fimg2d_device *device, u32 *wait_us);
bool fimg2d_device_inject_fault(struct fimg2d_device *device, u32 address);

#endif
