/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine's model: register file, command lists and pixel work.
 *
 * Everything declared here is plain C without libc, floating point or kernel services, since it
 * runs on a host thread beside the kernel, on a workqueue in it, and in unit tests on the host.
 */
#ifndef FIMG2D_ENGINE_H
#define FIMG2D_ENGINE_H

#include "regs.h"
#include "types.h"

/* What a list may ask for and does not get. Order and text: fimg2d_unsupported_name(). */
enum fimg2d_unsupported {
	FIMG2D_UNSUPPORTED_REGISTER,	/* stored, without effect */
	FIMG2D_UNSUPPORTED_DMA_COMMAND,	/* ignored */
	FIMG2D_UNSUPPORTED_HOLD,	/* ignored */
	FIMG2D_UNSUPPORTED_COMMAND,	/* from here on the blit is left out */
	FIMG2D_UNSUPPORTED_BLEND,
	FIMG2D_UNSUPPORTED_ROP,
	FIMG2D_UNSUPPORTED_ROTATE,
	FIMG2D_UNSUPPORTED_DIRECT,
	FIMG2D_UNSUPPORTED_SELECT,
	FIMG2D_UNSUPPORTED_FORMAT,
	FIMG2D_UNSUPPORTED_REPEAT,
	FIMG2D_UNSUPPORTED_SCALE,
	FIMG2D_UNSUPPORTED_COORDINATES,
	FIMG2D_UNSUPPORTED_COUNT
};

/**
 * struct fimg2d_bus - how the engine reaches memory
 * @access: the CPU's pointer to bus address @address, or NULL when nothing is mapped there (a
 *	bus fault). On entry *@size_bytes says how much is wanted, on return how much of it lies
 *	behind the pointer, at least 1.
 * @priv: first argument of @access
 */
struct fimg2d_bus {
	void *(*access)(void *priv, u32 address, u32 *size_bytes, bool write);
	void *priv;
};

/* Only the engine's thread writes these; anyone may read them. */
struct fimg2d_counters {
	u64 jobs;		/* DMA_START to the end of the last list */
	u64 lists;
	u64 blits;		/* blits that were done */
	u64 pixels;		/* destination pixels written */
	u64 faults;		/* accesses to bus addresses where nothing is mapped */
	u64 bad_lists;		/* lists that are too long, and chains without an end */
	u64 aborts;		/* jobs that were aborted */
	u64 unsupported;	/* sum of unsupported_by_kind */
	u64 unsupported_by_kind[FIMG2D_UNSUPPORTED_COUNT];
	u32 unsupported_register;	/* offset of the register last named as unsupported */
	u32 unsupported_value;		/* and its value */
	u32 fault_address;		/* bus address of the last fault */
};

/* Rows of a target that are to be written. */
struct fimg2d_rows {
	u32 address;		/* bus address of the first one */
	u32 step_bytes;		/* from one to the next, modulo 2^32 */
	u32 row_bytes;
	u32 count;
};

/* Longest span of pixels that is worked on at once. */
#define FIMG2D_SPAN_MAX		512

/*
 * Lists longer than this end the job. The kernel's have at most 127 commands.
 */
#define FIMG2D_LIST_COMMANDS_MAX	1024

/*
 * Chains longer than this end the job, so that a chain that bites its tail ends too. The kernel
 * has 64 lists.
 */
#define FIMG2D_CHAIN_LISTS_MAX		4096

struct fimg2d_engine {
	struct fimg2d_bus bus;
	u32 registers[FIMG2D_REGS_SIZE / 4];
	u32 next_list;		/* bus address of the list to run next, 0: none */
	u32 lists_in_job;
	u32 blits_in_job;
	u32 aborts;		/* counts fimg2d_engine_abort(): a change stops a run */
	u32 aborts_at_start;	/* of the run in progress */
	bool stops_at_blit;	/* the run in progress is to come no further than that */
	bool is_at_blit;
	struct fimg2d_rows unwritten;	/* of the blit at which a run was stopped */
	struct fimg2d_counters counters;

	/* buffers of the pixel work, here because stacks are small */
	u32 source_span[FIMG2D_SPAN_MAX];
	u32 target_span[FIMG2D_SPAN_MAX];
	u8 raw_span[FIMG2D_SPAN_MAX * 4];
};

/* How fimg2d_engine_run() ended. */
enum fimg2d_run {
	FIMG2D_RUN_DONE,	/* all lists have ended: ACF is pending, GCF too if it was held */
	FIMG2D_RUN_HELD,	/* a list asked to be held: GCF is pending */
	FIMG2D_RUN_ABORTED,	/* it was aborted: nothing is pending */
};

/* list.c: the register file and the list walker */
void fimg2d_engine_init(struct fimg2d_engine *engine, const struct fimg2d_bus *bus);
void fimg2d_engine_abort(struct fimg2d_engine *engine);
void fimg2d_engine_reset(struct fimg2d_engine *engine);
void fimg2d_engine_start(struct fimg2d_engine *engine);
u32 fimg2d_engine_aborts(const struct fimg2d_engine *engine);
enum fimg2d_run fimg2d_engine_run(struct fimg2d_engine *engine, u32 aborts);
void fimg2d_engine_take_blit(struct fimg2d_engine *engine);
u32 fimg2d_engine_read(const struct fimg2d_engine *engine, u32 offset);
void fimg2d_engine_write(struct fimg2d_engine *engine, u32 offset, u32 value);
bool fimg2d_engine_wants_interrupt(const struct fimg2d_engine *engine);
void fimg2d_engine_unsupported(struct fimg2d_engine *engine, enum fimg2d_unsupported kind,
			       u32 offset, u32 value);
const char *fimg2d_unsupported_name(enum fimg2d_unsupported kind);

static inline u32 fimg2d_register(const struct fimg2d_engine *engine, u32 offset)
{
	return engine->registers[offset / 4];
}

/* True when the run in progress is to stop and to touch no memory any more. */
static inline bool fimg2d_engine_aborted(const struct fimg2d_engine *engine)
{
	return engine->is_at_blit ||
	       __atomic_load_n(&engine->aborts, __ATOMIC_SEQ_CST) != engine->aborts_at_start;
}

/* bus.c: bus memory as bytes. Returns false when a part of it faulted (read: that part is 0). */
bool fimg2d_bus_read(struct fimg2d_engine *engine, u32 address, void *data, u32 size_bytes);
bool fimg2d_bus_write(struct fimg2d_engine *engine, u32 address, const void *data,
		      u32 size_bytes);

/* blit.c: registers to blit */
void fimg2d_bitblt(struct fimg2d_engine *engine);

#endif
