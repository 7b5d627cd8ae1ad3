// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs from the doorbell to the interrupt, with injected faults.
 *
 * Registers are accessed beside fimg2d_device_step(), faults and counters as well.
 */

#include "jobs.h"

#define PAGE_OF(address)	((address) >> 12)

/* What is written to where no list has it written. */
#define STRAY_WORD		0xdeadbeef
#define LATE_WORD		0x1a7e1a7e

static u32 load(const u32 *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void store(u32 *word, u32 value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

/* Counts a fault down that is meant for the next few. Returns what it was. */
static u32 take_one(u32 *count)
{
	u32 value = load(count);

	if (value)
		store(count, value - 1);
	return value;
}

/**
 * fimg2d_device_init - the state after power-on, without any fault
 * @device: the device, its memory may be uninitialised
 * @bus: how the engine reaches memory, copied
 */
void fimg2d_device_init(struct fimg2d_device *device, const struct fimg2d_bus *bus)
{
	memset(device, 0, sizeof(*device));
	fimg2d_engine_init(&device->engine, bus);
}

/* In the order in which a job goes through them, so that none of it is missed. */
static bool is_idle(const struct fimg2d_device *device)
{
	return !load(&device->doorbell) && !load(&device->busy) && !load(&device->is_late);
}

/**
 * fimg2d_device_read - what the CPU reads from a register
 * @device: the device
 * @offset: the register's offset in bytes
 *
 * An engine that waits as a test says is slow, not dead: a driver that looks at the status for
 * progress sees some.
 *
 * Returns: its value.
 */
u32 fimg2d_device_read(struct fimg2d_device *device, u32 offset)
{
	u32 value = fimg2d_engine_read(&device->engine, offset);

	switch (offset & (FIMG2D_REGS_SIZE - 4)) {
	case FIMG2D_FIFO_STAT:
		return is_idle(device) ? FIMG2D_FIFO_STAT_FINISHED : 0;
	case FIMG2D_DMA_STATUS:
		if (load(&device->is_slow))
			value ^= (device->status_reads++ & 1) << FIMG2D_DMA_STATUS_BLITS_SHIFT;
		return value;
	default:
		return value;
	}
}

static enum fimg2d_effect write_dma_command(struct fimg2d_device *device, u32 command)
{
	if (command & FIMG2D_DMA_START)
		fimg2d_engine_start(&device->engine);
	if (command & (FIMG2D_DMA_START | FIMG2D_DMA_CONTINUE)) {
		store(&device->doorbell, 1);
		return FIMG2D_EFFECT_DOORBELL;
	}
	if (command)
		fimg2d_engine_unsupported(&device->engine, FIMG2D_UNSUPPORTED_DMA_COMMAND,
					  FIMG2D_DMA_COMMAND, command);
	return FIMG2D_EFFECT_NONE;
}

/**
 * fimg2d_device_write - what the CPU writes to a register
 * @device: the device
 * @offset: the register's offset in bytes
 * @value: its value
 *
 * Returns: what the caller has to do about it.
 */
enum fimg2d_effect fimg2d_device_write(struct fimg2d_device *device, u32 offset, u32 value)
{
	switch (offset & (FIMG2D_REGS_SIZE - 4)) {
	case FIMG2D_SOFT_RESET:
		if (!value)
			return FIMG2D_EFFECT_NONE;
		store(&device->doorbell, 0);
		fimg2d_engine_abort(&device->engine);
		return FIMG2D_EFFECT_RESET;
	case FIMG2D_DMA_COMMAND:
		return write_dma_command(device, value);
	default:
		fimg2d_engine_write(&device->engine, offset, value);
		return FIMG2D_EFFECT_NONE;
	}
}

/**
 * fimg2d_device_is_reset - whether a reset has come since the job at work began
 * @device: the device
 *
 * It ends every wait for a job: fimg2d_device_step() may be called before its time then.
 */
bool fimg2d_device_is_reset(const struct fimg2d_device *device)
{
	return !fimg2d_device_is_late(device) &&
	       fimg2d_engine_aborts(&device->engine) != device->aborts;
}

/**
 * fimg2d_device_is_late - whether a reset is past, and the engine still to become idle
 * @device: the device
 *
 * Another reset ends no wait of it.
 */
bool fimg2d_device_is_late(const struct fimg2d_device *device)
{
	return device->stage == FIMG2D_STAGE_LATE_HELD || device->stage == FIMG2D_STAGE_LATE;
}

static enum fimg2d_next become_idle(struct fimg2d_device *device)
{
	device->stage = FIMG2D_STAGE_IDLE;
	store(&device->is_slow, 0);
	store(&device->is_late, 0);
	store(&device->busy, 0);
	return FIMG2D_NEXT_IDLE;
}

/*
 * What was taken on before a reset and is written after it. Hardware would write pixels; this is
 * something that a test knows again.
 */
static void write_late_row(struct fimg2d_device *device, u32 address, u32 size_bytes)
{
	static const u32 word = LATE_WORD;
	u32 piece;

	for (; size_bytes; size_bytes -= piece, address += piece) {
		piece = size_bytes < sizeof(word) ? size_bytes : sizeof(word);
		if (fimg2d_bus_write(&device->engine, address, &word, piece))
			device->late_bytes += piece;
	}
}

static enum fimg2d_next write_late(struct fimg2d_device *device)
{
	const u32 wanted = load(&device->faults.late_rows);
	struct fimg2d_rows *rows = &device->engine.unwritten;
	u32 i;

	for (i = 0; i < wanted && i < rows->count; i++)
		write_late_row(device, rows->address + i * rows->step_bytes, rows->row_bytes);
	rows->count = 0;
	return become_idle(device);
}

static enum fimg2d_next wait_to_be_idle(struct fimg2d_device *device, u32 *wait_us)
{
	if (load(&device->faults.hold))
		return FIMG2D_NEXT_HELD;
	device->stage = FIMG2D_STAGE_LATE;
	*wait_us = load(&device->faults.late_us);
	return *wait_us ? FIMG2D_NEXT_WAIT : write_late(device);
}

static bool is_to_be_late(const struct fimg2d_device *device)
{
	return load(&device->faults.late_rows) || load(&device->faults.late_us);
}

/*
 * The job has ended, and a reset need not wait for it. Never idle in between: who looks for that
 * finds the engine busy or late.
 */
static enum fimg2d_next become_late(struct fimg2d_device *device, u32 *wait_us)
{
	device->stage = FIMG2D_STAGE_LATE_HELD;
	store(&device->is_slow, 0);
	store(&device->is_late, 1);
	store(&device->busy, 0);
	return wait_to_be_idle(device, wait_us);
}

/*
 * Answers the doorbell. A chain that was held goes on where it was, without the faults that a new
 * job meets. The engine is busy before the aborts are looked at: who resets it counts an abort and
 * then waits until it is not busy.
 */
static void begin(struct fimg2d_device *device)
{
	store(&device->busy, 1);
	device->aborts = fimg2d_engine_aborts(&device->engine);
	if (!__atomic_exchange_n(&device->doorbell, 0, __ATOMIC_SEQ_CST)) {
		become_idle(device);
		return;
	}
	if (device->engine.lists_in_job) {
		device->stage = FIMG2D_STAGE_READY;
		return;
	}
	device->started++;
	device->is_hung = take_one(&device->faults.hang);
	store(&device->is_slow, !device->is_hung);
	device->stage = FIMG2D_STAGE_HELD;
}

/* As an engine gone astray would, that no driver's check holds back. */
static void inject_stray_write(struct fimg2d_device *device)
{
	const u32 address = load(&device->faults.stray_write), word = STRAY_WORD;

	if (!address)
		return;
	store(&device->faults.stray_write, 0);
	fimg2d_bus_write(&device->engine, address, &word, sizeof(word));
}

static enum fimg2d_next run_lists(struct fimg2d_device *device, u32 *wait_us)
{
	store(&device->is_slow, 0);
	inject_stray_write(device);
	if (fimg2d_engine_run(&device->engine, device->aborts) == FIMG2D_RUN_ABORTED)
		return is_to_be_late(device) ? become_late(device, wait_us) : become_idle(device);
	device->stage = FIMG2D_STAGE_RAN;
	return FIMG2D_NEXT_RAN;
}

static enum fimg2d_next end(struct fimg2d_device *device)
{
	enum fimg2d_next next = FIMG2D_NEXT_IDLE;

	if (take_one(&device->faults.lost_irq)) {
		device->lost_interrupts++;
	} else if (fimg2d_engine_wants_interrupt(&device->engine)) {
		device->interrupts++;
		next = FIMG2D_NEXT_RAISE;
	}
	become_idle(device);
	return next;
}

/*
 * A reset that comes before the lists have run leaves them out, but for what a late engine is said to
 * have taken on; after that all has been done.
 */
static enum fimg2d_next end_by_reset(struct fimg2d_device *device, u32 *wait_us)
{
	if (device->stage != FIMG2D_STAGE_HELD && device->stage != FIMG2D_STAGE_READY)
		return become_idle(device);
	device->engine.counters.aborts++;
	if (!is_to_be_late(device))
		return become_idle(device);
	fimg2d_engine_take_blit(&device->engine);
	return become_late(device, wait_us);
}

/**
 * fimg2d_device_step - goes on with the job at work, or begins one if the doorbell was rung
 * @device: the device
 * @wait_us: set with FIMG2D_NEXT_WAIT
 *
 * Returns: when to call again. Nothing touches memory until then.
 */
enum fimg2d_next fimg2d_device_step(struct fimg2d_device *device, u32 *wait_us)
{
	if (device->stage == FIMG2D_STAGE_IDLE) {
		begin(device);
		if (device->stage == FIMG2D_STAGE_IDLE)
			return FIMG2D_NEXT_IDLE;
	}
	if (fimg2d_device_is_reset(device))
		return end_by_reset(device, wait_us);

	switch (device->stage) {
	case FIMG2D_STAGE_HELD:
		if (device->is_hung || load(&device->faults.hold))
			return FIMG2D_NEXT_HELD;
		device->stage = FIMG2D_STAGE_READY;
		*wait_us = load(&device->faults.delay_us);
		return *wait_us ? FIMG2D_NEXT_WAIT : run_lists(device, wait_us);
	case FIMG2D_STAGE_READY:
		return run_lists(device, wait_us);
	case FIMG2D_STAGE_LATE_HELD:
		return wait_to_be_idle(device, wait_us);
	case FIMG2D_STAGE_LATE:
		return write_late(device);
	case FIMG2D_STAGE_RAN:
		device->stage = FIMG2D_STAGE_ENDING;
		*wait_us = load(&device->faults.delay_end_us);
		return *wait_us ? FIMG2D_NEXT_WAIT : end(device);
	case FIMG2D_STAGE_ENDING:
	default:
		return end(device);
	}
}

/**
 * fimg2d_device_inject_fault - tells whether an access of the bus is to fault, and counts it
 * @device: the device
 * @address: bus address
 */
bool fimg2d_device_inject_fault(struct fimg2d_device *device, u32 address)
{
	const u32 fault_address = load(&device->faults.fault_address);

	return take_one(&device->faults.fault_in) == 1 ||
	       (fault_address && PAGE_OF(fault_address) == PAGE_OF(address));
}
