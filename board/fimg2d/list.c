// SPDX-License-Identifier: GPL-2.0-only
/* The engine's register file, and the walk along chains of command lists. */

#include "engine.h"

static u32 *register_at(struct fimg2d_engine *engine, u32 offset)
{
	return &engine->registers[offset / 4];
}

/*
 * Values after a reset are not public. All zero would make ROP4 "black", and libdrm's blends,
 * which run on hardware, never write ROP4: so it is "copy the source".
 */
static void clear_command_registers(struct fimg2d_engine *engine)
{
	memset(register_at(engine, FIMG2D_BITBLT_START), 0,
	       FIMG2D_REGS_SIZE - FIMG2D_BITBLT_START);
	*register_at(engine, FIMG2D_ROP4) = FIMG2D_ROP3_SRC << 8 | FIMG2D_ROP3_SRC;
}

/**
 * fimg2d_engine_init - the state after power-on
 * @engine: the engine, its memory may be uninitialised
 * @bus: how to reach memory, copied
 */
void fimg2d_engine_init(struct fimg2d_engine *engine, const struct fimg2d_bus *bus)
{
	memset(engine, 0, sizeof(*engine));
	engine->bus = *bus;
	clear_command_registers(engine);
}

/**
 * fimg2d_engine_abort - makes a run in progress end as aborted
 * @engine: the engine
 *
 * May be called beside a run; that touches memory until it has returned.
 */
void fimg2d_engine_abort(struct fimg2d_engine *engine)
{
	__atomic_add_fetch(&engine->aborts, 1, __ATOMIC_SEQ_CST);
}

/**
 * fimg2d_engine_aborts - how often a run was to be aborted so far
 * @engine: the engine
 */
u32 fimg2d_engine_aborts(const struct fimg2d_engine *engine)
{
	return __atomic_load_n(&engine->aborts, __ATOMIC_SEQ_CST);
}

/**
 * fimg2d_engine_reset - soft reset: clears all registers
 * @engine: the engine, with no run in progress
 */
void fimg2d_engine_reset(struct fimg2d_engine *engine)
{
	engine->next_list = 0;
	memset(engine->registers, 0, FIMG2D_BITBLT_START);
	clear_command_registers(engine);
}

/**
 * fimg2d_engine_start - begins a job at the list that DMA_SFR_BASE_ADDR names
 * @engine: the engine, idle; run it with fimg2d_engine_run()
 */
void fimg2d_engine_start(struct fimg2d_engine *engine)
{
	engine->next_list = fimg2d_register(engine, FIMG2D_DMA_SFR_BASE_ADDR);
	engine->lists_in_job = 0;
	engine->blits_in_job = 0;
	*register_at(engine, FIMG2D_DMA_STATUS) = 0;
	*register_at(engine, FIMG2D_DMA_HOLD_CMD) = 0;
}

/**
 * fimg2d_engine_unsupported - counts something that was asked for and is not modelled
 * @engine: the engine
 * @kind: what
 * @offset: the register that asked
 * @value: its value
 */
void fimg2d_engine_unsupported(struct fimg2d_engine *engine, enum fimg2d_unsupported kind,
			       u32 offset, u32 value)
{
	engine->counters.unsupported++;
	engine->counters.unsupported_by_kind[kind]++;
	engine->counters.unsupported_register = offset;
	engine->counters.unsupported_value = value;
}

const char *fimg2d_unsupported_name(enum fimg2d_unsupported kind)
{
	static const char * const names[FIMG2D_UNSUPPORTED_COUNT] = {
		[FIMG2D_UNSUPPORTED_REGISTER] = "register without effect",
		[FIMG2D_UNSUPPORTED_DMA_COMMAND] = "DMA_COMMAND, ignored",
		[FIMG2D_UNSUPPORTED_HOLD] = "DMA_HOLD_CMD other than list hold, ignored",
		[FIMG2D_UNSUPPORTED_COMMAND] = "BITBLT_COMMAND, blit left out",
		[FIMG2D_UNSUPPORTED_BLEND] = "BLEND_FUNCTION, blit left out",
		[FIMG2D_UNSUPPORTED_ROP] = "ROP4, blit left out",
		[FIMG2D_UNSUPPORTED_ROTATE] = "ROTATE, blit left out",
		[FIMG2D_UNSUPPORTED_DIRECT] = "direction, blit left out",
		[FIMG2D_UNSUPPORTED_SELECT] = "SELECT, blit left out",
		[FIMG2D_UNSUPPORTED_FORMAT] = "COLOR_MODE, blit left out",
		[FIMG2D_UNSUPPORTED_REPEAT] = "SRC_REPEAT_MODE, blit left out",
		[FIMG2D_UNSUPPORTED_SCALE] = "SRC_SCALE_CTRL, blit left out",
		[FIMG2D_UNSUPPORTED_COORDINATES] = "coordinates, blit left out",
	};

	return (u32)kind < FIMG2D_UNSUPPORTED_COUNT ? names[kind] : "?";
}

/* Registers that decode_blit() or this file gives a meaning. */
static bool register_is_known(u32 offset)
{
	switch (offset) {
	case FIMG2D_BITBLT_START:
	case FIMG2D_BITBLT_COMMAND:
	case FIMG2D_BLEND_FUNCTION:
	case FIMG2D_ROTATE:
	case FIMG2D_SRC_MASK_DIRECT:
	case FIMG2D_DST_PAT_DIRECT:
	case FIMG2D_SRC_SELECT ... FIMG2D_SRC_RIGHT_BOTTOM:
	case FIMG2D_SRC_REPEAT_MODE:
	case FIMG2D_SRC_PAD_VALUE:
	case FIMG2D_SRC_A8_RGB_EXT:
	case FIMG2D_SRC_SCALE_CTRL:
	case FIMG2D_SRC_XSCALE:
	case FIMG2D_SRC_YSCALE:
	case FIMG2D_DST_SELECT ... FIMG2D_DST_RIGHT_BOTTOM:
	case FIMG2D_CW_LEFT_TOP:
	case FIMG2D_CW_RIGHT_BOTTOM:
	case FIMG2D_THIRD_OPERAND:	/* ROP3 "source" has no third operand */
	case FIMG2D_ROP4:
	case FIMG2D_ALPHA:
	case FIMG2D_FG_COLOR:
	case FIMG2D_BG_COLOR:
	case FIMG2D_SF_COLOR:
		return true;
	default:
		return false;
	}
}

/**
 * fimg2d_engine_read - what the CPU reads from a register
 * @engine: the engine
 * @offset: the register's offset in bytes
 *
 * Returns: its value.
 */
u32 fimg2d_engine_read(const struct fimg2d_engine *engine, u32 offset)
{
	return __atomic_load_n(&engine->registers[(offset & (FIMG2D_REGS_SIZE - 4)) / 4],
			       __ATOMIC_SEQ_CST);
}

/**
 * fimg2d_engine_write - stores what the CPU or a list writes to a register without side effects
 * @engine: the engine
 * @offset: the register's offset in bytes
 * @value: its value
 *
 * INTC_PEND clears the bits that are 1. SOFT_RESET and DMA_COMMAND are the caller's.
 */
void fimg2d_engine_write(struct fimg2d_engine *engine, u32 offset, u32 value)
{
	u32 *word;

	offset &= FIMG2D_REGS_SIZE - 4;
	word = register_at(engine, offset);
	if (offset == FIMG2D_INTC_PEND)
		__atomic_fetch_and(word, ~value, __ATOMIC_SEQ_CST);
	else
		__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

/**
 * fimg2d_engine_wants_interrupt - the level of the interrupt line
 * @engine: the engine
 *
 * Returns: true while a pending cause is enabled.
 */
bool fimg2d_engine_wants_interrupt(const struct fimg2d_engine *engine)
{
	return fimg2d_engine_read(engine, FIMG2D_INTC_PEND) &
	       fimg2d_engine_read(engine, FIMG2D_INTEN) & FIMG2D_INT_MASK;
}

/* One (offset, value) of a list. The kernel lets userspace set the upper bits of an offset. */
static void run_command(struct fimg2d_engine *engine, u32 offset, u32 value)
{
	offset &= FIMG2D_REGS_SIZE - 4;
	switch (offset) {
	case FIMG2D_SOFT_RESET:
		/* Clears what follows on the drawing side, so that nothing carries over. */
		clear_command_registers(engine);
		return;
	case FIMG2D_DMA_COMMAND:
	case FIMG2D_DMA_SFR_BASE_ADDR:
		fimg2d_engine_unsupported(engine, FIMG2D_UNSUPPORTED_DMA_COMMAND, offset, value);
		return;
	case FIMG2D_DMA_HOLD_CMD:
		if (value & ~FIMG2D_DMA_HOLD_LIST)
			fimg2d_engine_unsupported(engine, FIMG2D_UNSUPPORTED_HOLD, offset, value);
		break;
	case FIMG2D_INTEN:
	case FIMG2D_INTC_PEND:
		break;
	default:
		if (!register_is_known(offset))
			fimg2d_engine_unsupported(engine, FIMG2D_UNSUPPORTED_REGISTER, offset,
						  value);
	}
	fimg2d_engine_write(engine, offset, value);
	if (offset == FIMG2D_BITBLT_START && value & FIMG2D_BITBLT_START_START) {
		engine->is_at_blit = engine->stops_at_blit;
		fimg2d_bitblt(engine);
		engine->blits_in_job++;
	}
}

/* Runs one list. Returns the next list's address, 0 at the end of the chain or of the sense. */
static u32 run_list(struct fimg2d_engine *engine, u32 address)
{
	u32 count, i, next, command[2];
	bool ignore_next = false;

	address &= ~3u;
	if (!fimg2d_bus_read(engine, address, &count, sizeof(count)))
		return 0;
	if (count > FIMG2D_LIST_COMMANDS_MAX) {
		engine->counters.bad_lists++;
		return 0;
	}
	address += sizeof(count);
	for (i = 0; i < count; i++, address += sizeof(command)) {
		if (fimg2d_engine_aborted(engine))
			return 0;
		if (!fimg2d_bus_read(engine, address, command, sizeof(command)))
			return 0;
		/*
		 * The engine executes the clear and the command after it at the same time, and
		 * the latter is lost (a comment in the kernel).
		 */
		if (!ignore_next)
			run_command(engine, command[0], command[1]);
		ignore_next = !ignore_next &&
			      (command[0] & (FIMG2D_REGS_SIZE - 4)) == FIMG2D_SOFT_RESET &&
			      command[1] & FIMG2D_SOFT_RESET_SFRCLEAR;
	}
	if (!fimg2d_bus_read(engine, address, &next, sizeof(next)))
		return 0;
	return next;
}

static void update_status(struct fimg2d_engine *engine)
{
	u32 status = engine->next_list ? 0 : FIMG2D_DMA_STATUS_DONE;

	status |= engine->blits_in_job << FIMG2D_DMA_STATUS_BLITS_SHIFT &
		  FIMG2D_DMA_STATUS_BLITS_MASK;
	status |= engine->lists_in_job << FIMG2D_DMA_STATUS_LISTS_SHIFT &
		  FIMG2D_DMA_STATUS_LISTS_MASK;
	fimg2d_engine_write(engine, FIMG2D_DMA_STATUS, status);
}

/**
 * fimg2d_engine_run - runs lists until the chain ends, a list is held, or it is aborted
 * @engine: the engine, after fimg2d_engine_start() or after FIMG2D_RUN_HELD
 * @aborts: fimg2d_engine_aborts() before the caller checked that there is something to run
 *
 * A list that is held when it is the chain's last makes GCF and ACF pending at once, which the
 * kernel's handler takes apart.
 *
 * Returns: why it stopped. Interrupt causes are pending in INTC_PEND by then.
 */
enum fimg2d_run fimg2d_engine_run(struct fimg2d_engine *engine, u32 aborts)
{
	bool held = false;
	u32 pending, next;

	engine->aborts_at_start = aborts;
	engine->unwritten.count = 0;
	while (engine->next_list && !held) {
		next = run_list(engine, engine->next_list);
		if (fimg2d_engine_aborted(engine)) {
			engine->counters.aborts++;
			return FIMG2D_RUN_ABORTED;
		}
		engine->lists_in_job++;
		engine->counters.lists++;
		if (next && engine->lists_in_job >= FIMG2D_CHAIN_LISTS_MAX) {
			engine->counters.bad_lists++;
			next = 0;
		}
		engine->next_list = next;
		held = fimg2d_engine_read(engine, FIMG2D_DMA_HOLD_CMD) & FIMG2D_DMA_HOLD_LIST;
		update_status(engine);
	}

	pending = held ? FIMG2D_INT_GCF : 0;
	if (!engine->next_list) {
		pending |= FIMG2D_INT_ACF;
		engine->counters.jobs++;
		update_status(engine);
	}
	__atomic_fetch_or(register_at(engine, FIMG2D_INTC_PEND), pending, __ATOMIC_SEQ_CST);
	return engine->next_list ? FIMG2D_RUN_HELD : FIMG2D_RUN_DONE;
}

/**
 * fimg2d_engine_take_blit - goes on to the first blit of the list that is to run next, and no further
 * @engine: the engine, as for fimg2d_engine_run()
 *
 * &fimg2d_engine.unwritten has the whole blit then, or nothing where the list has none. The job is
 * lost: the engine has to be reset.
 */
void fimg2d_engine_take_blit(struct fimg2d_engine *engine)
{
	engine->aborts_at_start = fimg2d_engine_aborts(engine);
	engine->unwritten.count = 0;
	engine->stops_at_blit = true;
	if (engine->next_list)
		run_list(engine, engine->next_list);
	engine->stops_at_blit = false;
	engine->is_at_blit = false;
}
