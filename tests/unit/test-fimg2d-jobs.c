// SPDX-License-Identifier: MIT
/*
 * The virtual FIMG2D's jobs from the doorbell to the interrupt: when a board is asked to wait, what
 * each injected fault does, and what a reset ends. Also the table of their names.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controls.h"
#include "test-fimg2d-memory.h"

#define LIST_ADDRESS MEMORY_BASE
#define IMAGE_ADDRESS (MEMORY_BASE + 0x100000)
#define STRAY_ADDRESS (MEMORY_BASE + 0x200004)

enum {
	LIST_COMMANDS = 8,
	LIST_ACCESSES = LIST_COMMANDS + 2,
	PIXEL_ACCESSES = 1,
	RIGHT_BOTTOM_WORD = 14, /* of a list: where the image's size is */
	TALL_ROWS = 4, /* of an image that is 4 bytes wide, too */
	LATE_WORD = 0x1a7e1a7e,
};

struct board {
	struct fimg2d_device device;
	struct memory *memory;
};

/* What a board's bus does: asks for injected faults before it looks at memory. */
static void *
board_access(void *priv, uint32_t address, uint32_t *size_bytes, bool write)
{
	struct board *board = priv;

	if (fimg2d_device_inject_fault(&board->device, address))
		return NULL;
	return memory_access(board->memory, address, size_bytes, write);
}

/* A list that sets the image's only pixel to 7. */
static void
put_list(struct board *board, uint32_t address, uint32_t hold, uint32_t next)
{
	const uint32_t words[] = {
		LIST_COMMANDS,
		FIMG2D_DMA_HOLD_CMD,
		hold,
		FIMG2D_BITBLT_COMMAND,
		FIMG2D_CMD_FAST_SOLID_FILL,
		FIMG2D_SF_COLOR,
		7,
		FIMG2D_DST_BASE_ADDR,
		IMAGE_ADDRESS,
		FIMG2D_DST_STRIDE,
		4,
		FIMG2D_DST_COLOR_MODE,
		FIMG2D_FMT_ARGB8888,
		FIMG2D_DST_RIGHT_BOTTOM,
		1 << 16 | 1,
		FIMG2D_BITBLT_START,
		FIMG2D_BITBLT_START_START,
		next,
	};

	memcpy(board->memory->bytes + (address - MEMORY_BASE), words, sizeof(words));
}

static uint32_t
word_at(const struct board *board, uint32_t address)
{
	uint32_t word;

	memcpy(&word, board->memory->bytes + (address - MEMORY_BASE), sizeof(word));
	return word;
}

/* The list's image gets four rows of a pixel. */
static void
make_image_tall(struct board *board)
{
	const uint32_t right_bottom = TALL_ROWS << 16 | 1;

	memcpy(board->memory->bytes + (LIST_ADDRESS - MEMORY_BASE) + 4 * RIGHT_BOTTOM_WORD,
	       &right_bottom, sizeof(right_bottom));
}

static int
setup(void **state)
{
	struct board *board = calloc(1, sizeof(*board));
	struct fimg2d_bus bus = { .access = board_access, .priv = board };

	board->memory = memory_create();
	fimg2d_device_init(&board->device, &bus);
	put_list(board, LIST_ADDRESS, 0, 0);
	fimg2d_device_write(&board->device, FIMG2D_INTEN, FIMG2D_INT_ACF | FIMG2D_INT_GCF);
	*state = board;
	return 0;
}

static int
teardown(void **state)
{
	struct board *board = *state;

	memory_destroy(board->memory);
	free(board);
	return 0;
}

static void
ring(struct board *board)
{
	struct fimg2d_device *device = &board->device;

	assert_int_equal(fimg2d_device_write(device, FIMG2D_DMA_SFR_BASE_ADDR, LIST_ADDRESS),
			 FIMG2D_EFFECT_NONE);
	assert_int_equal(fimg2d_device_write(device, FIMG2D_DMA_COMMAND, FIMG2D_DMA_START),
			 FIMG2D_EFFECT_DOORBELL);
}

static enum fimg2d_next
step(struct board *board)
{
	uint32_t wait_us = 0;

	return fimg2d_device_step(&board->device, &wait_us);
}

static void
assert_waits(struct board *board, uint32_t time_us)
{
	uint32_t wait_us = 0;

	assert_int_equal(fimg2d_device_step(&board->device, &wait_us), FIMG2D_NEXT_WAIT);
	assert_int_equal(wait_us, time_us);
	assert_int_equal(board->device.busy, 1);
}

/* As a board does it. */
static void
reset(struct board *board)
{
	assert_int_equal(fimg2d_device_write(&board->device, FIMG2D_SOFT_RESET, 1),
			 FIMG2D_EFFECT_RESET);
	assert_int_equal(step(board), FIMG2D_NEXT_IDLE);
	assert_int_equal(board->device.busy, 0);
	fimg2d_engine_reset(&board->device.engine);
	fimg2d_device_write(&board->device, FIMG2D_INTEN, FIMG2D_INT_ACF | FIMG2D_INT_GCF);
}

/* A job that no fault touches: the engine is as it should be. */
static void
assert_works(struct board *board)
{
	uint64_t interrupts = board->device.interrupts;

	memset(board->memory->bytes + (IMAGE_ADDRESS - MEMORY_BASE), 0, 4);
	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	assert_int_equal(word_at(board, IMAGE_ADDRESS), 7);
	assert_int_equal(step(board), FIMG2D_NEXT_RAISE);
	assert_int_equal(board->device.interrupts, interrupts + 1);
	assert_int_equal(board->device.busy, 0);
	assert_int_equal(step(board), FIMG2D_NEXT_IDLE);
	fimg2d_device_write(&board->device, FIMG2D_INTC_PEND, FIMG2D_INT_ACF);
}

static void
test_job(void **state)
{
	struct board *board = *state;

	assert_int_equal(step(board), FIMG2D_NEXT_IDLE);
	assert_int_equal(board->device.busy, 0);
	assert_works(board);
	assert_works(board);
	assert_int_equal(board->device.started, 2);
	assert_int_equal(board->device.engine.counters.jobs, 2);
}

static void
test_no_interrupt_that_is_not_enabled(void **state)
{
	struct board *board = *state;

	fimg2d_device_write(&board->device, FIMG2D_INTEN, 0);
	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	assert_int_equal(step(board), FIMG2D_NEXT_IDLE);
	assert_int_equal(board->device.interrupts, 0);
}

static void
test_unknown_dma_command(void **state)
{
	struct board *board = *state;

	assert_int_equal(fimg2d_device_write(&board->device, FIMG2D_DMA_COMMAND, FIMG2D_DMA_HALT),
			 FIMG2D_EFFECT_NONE);
	assert_int_equal(board->device.engine.counters.unsupported, 1);
	assert_int_equal(fimg2d_device_write(&board->device, FIMG2D_DMA_COMMAND, 0),
			 FIMG2D_EFFECT_NONE);
	assert_int_equal(fimg2d_device_write(&board->device, FIMG2D_SOFT_RESET, 0),
			 FIMG2D_EFFECT_NONE);
	assert_int_equal(board->device.engine.counters.unsupported, 1);
	assert_int_equal(step(board), FIMG2D_NEXT_IDLE);
}

/* Slow, not dead: the status changes from one read to the next, as long as it is held. */
static void
test_hold(void **state)
{
	struct board *board = *state;
	struct fimg2d_device *device = &board->device;
	uint32_t status;

	device->faults.hold = 1;
	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_HELD);
	assert_int_equal(step(board), FIMG2D_NEXT_HELD);
	assert_int_equal(device->busy, 1);
	assert_int_equal(board->memory->accesses, 0);
	status = fimg2d_device_read(device, FIMG2D_DMA_STATUS);
	assert_int_not_equal(fimg2d_device_read(device, FIMG2D_DMA_STATUS), status);

	device->faults.hold = 0;
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	status = fimg2d_device_read(device, FIMG2D_DMA_STATUS);
	assert_int_equal(fimg2d_device_read(device, FIMG2D_DMA_STATUS), status);
	assert_int_equal(step(board), FIMG2D_NEXT_RAISE);
}

static void
test_reset_of_a_held_job(void **state)
{
	struct board *board = *state;

	board->device.faults.hold = 1;
	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_HELD);
	reset(board);
	assert_int_equal(board->device.engine.counters.aborts, 1);
	assert_int_equal(board->memory->accesses, 0);
	board->device.faults.hold = 0;
	assert_works(board);
}

/* Nobody has looked at the doorbell yet. */
static void
test_reset_of_a_doorbell(void **state)
{
	struct board *board = *state;

	ring(board);
	reset(board);
	assert_int_equal(board->memory->accesses, 0);
	assert_int_equal(board->device.engine.counters.aborts, 0);
	assert_works(board);
}

/* Dead: its status stays. Only a reset ends it, and the next job is a new one. */
static void
test_hang(void **state)
{
	struct board *board = *state;
	struct fimg2d_device *device = &board->device;
	uint32_t status;

	device->faults.hang = 2;
	for (int i = 0; i < 2; i++) {
		ring(board);
		assert_int_equal(step(board), FIMG2D_NEXT_HELD);
		assert_int_equal(device->faults.hang, 1 - i);
		status = fimg2d_device_read(device, FIMG2D_DMA_STATUS);
		assert_int_equal(fimg2d_device_read(device, FIMG2D_DMA_STATUS), status);
		assert_int_equal(step(board), FIMG2D_NEXT_HELD);
		reset(board);
	}
	assert_int_equal(device->started, 2);
	assert_int_equal(device->engine.counters.aborts, 2);
	assert_int_equal(board->memory->accesses, 0);
	assert_works(board);
}

static void
test_delay_before(void **state)
{
	struct board *board = *state;

	board->device.faults.delay_us = 1234567;
	ring(board);
	assert_waits(board, 1234567);
	assert_int_equal(board->memory->accesses, 0);
	assert_int_equal(board->device.is_slow, 1);
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	assert_int_equal(board->device.is_slow, 0);
	assert_int_equal(step(board), FIMG2D_NEXT_RAISE);

	ring(board);
	assert_waits(board, 1234567);
	reset(board);
	assert_int_equal(board->device.engine.counters.aborts, 1);
	board->device.faults.delay_us = 0;
	assert_works(board);
}

/* All has been done: a reset takes the interrupt away, and counts as no abort. */
static void
test_delay_after(void **state)
{
	struct board *board = *state;

	board->device.faults.delay_end_us = 5;
	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	assert_waits(board, 5);
	assert_int_equal(word_at(board, IMAGE_ADDRESS), 7);
	assert_int_equal(step(board), FIMG2D_NEXT_RAISE);

	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	assert_waits(board, 5);
	reset(board);
	assert_int_equal(board->device.engine.counters.aborts, 0);
	assert_int_equal(board->device.engine.counters.jobs, 2);
	assert_int_equal(board->device.interrupts, 1);
	board->device.faults.delay_end_us = 0;
	assert_works(board);
}

static void
test_lost_interrupt(void **state)
{
	struct board *board = *state;

	board->device.faults.lost_irq = 1;
	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	assert_int_equal(step(board), FIMG2D_NEXT_IDLE);
	assert_int_equal(board->device.busy, 0);
	assert_int_equal(board->device.interrupts, 0);
	assert_int_equal(board->device.lost_interrupts, 1);
	assert_int_equal(word_at(board, IMAGE_ADDRESS), 7);
	assert_works(board);
}

/* A held chain goes on after a continue, and its faults are a new job's only. */
static void
test_continue(void **state)
{
	struct board *board = *state;
	struct fimg2d_device *device = &board->device;

	put_list(board, LIST_ADDRESS, FIMG2D_DMA_HOLD_LIST, LIST_ADDRESS + 0x1000);
	put_list(board, LIST_ADDRESS + 0x1000, 0, 0);
	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	assert_int_equal(step(board), FIMG2D_NEXT_RAISE);
	assert_int_equal(device->engine.counters.lists, 1);
	assert_int_equal(fimg2d_device_read(device, FIMG2D_INTC_PEND), FIMG2D_INT_GCF);

	device->faults.hold = 1;
	device->faults.hang = 1;
	fimg2d_device_write(device, FIMG2D_INTC_PEND, FIMG2D_INT_GCF);
	assert_int_equal(fimg2d_device_write(device, FIMG2D_DMA_COMMAND, FIMG2D_DMA_CONTINUE),
			 FIMG2D_EFFECT_DOORBELL);
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	assert_int_equal(step(board), FIMG2D_NEXT_RAISE);
	assert_int_equal(device->engine.counters.lists, 2);
	assert_int_equal(device->started, 1);
	assert_int_equal(device->faults.hang, 1);
}

/* The n-th access of a job, and no other. */
static void
test_fault_in(void **state)
{
	struct board *board = *state;
	struct fimg2d_device *device = &board->device;

	for (uint32_t n = 1; n <= LIST_ACCESSES + PIXEL_ACCESSES; n++) {
		device->faults.fault_in = n;
		ring(board);
		assert_int_equal(step(board), FIMG2D_NEXT_RAN);
		assert_int_equal(step(board), FIMG2D_NEXT_RAISE);
		assert_int_equal(device->engine.counters.faults, n);
		assert_int_equal(device->faults.fault_in, 0);
	}
	device->faults.fault_in = LIST_ACCESSES + PIXEL_ACCESSES + 1;
	assert_works(board);
	assert_int_equal(device->faults.fault_in, 1);
}

static void
test_fault_address(void **state)
{
	struct board *board = *state;
	struct fimg2d_device *device = &board->device;

	device->faults.fault_address = IMAGE_ADDRESS + 0xfff;
	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	assert_int_equal(step(board), FIMG2D_NEXT_RAISE);
	assert_int_equal(device->engine.counters.faults, 1);
	assert_int_equal(device->engine.counters.fault_address, IMAGE_ADDRESS);
	assert_int_equal(word_at(board, IMAGE_ADDRESS), 0);

	device->faults.fault_address = IMAGE_ADDRESS + 0x1000;
	assert_works(board);
	assert_int_equal(device->engine.counters.faults, 1);
}

static void
test_stray_write(void **state)
{
	struct board *board = *state;

	board->device.faults.stray_write = STRAY_ADDRESS;
	assert_works(board);
	assert_int_equal(word_at(board, STRAY_ADDRESS), 0xdeadbeef);
	assert_int_equal(word_at(board, STRAY_ADDRESS - 4), 0);
	assert_int_equal(word_at(board, STRAY_ADDRESS + 4), 0);
	assert_int_equal(board->device.faults.stray_write, 0);
}

static bool
says_finished(struct board *board)
{
	return fimg2d_device_read(&board->device, FIMG2D_FIFO_STAT) == FIMG2D_FIFO_STAT_FINISHED;
}

static void
assert_tall_image(struct board *board, uint32_t row0, uint32_t row1, uint32_t row2, uint32_t row3)
{
	assert_int_equal(word_at(board, IMAGE_ADDRESS), row0);
	assert_int_equal(word_at(board, IMAGE_ADDRESS + 4), row1);
	assert_int_equal(word_at(board, IMAGE_ADDRESS + 8), row2);
	assert_int_equal(word_at(board, IMAGE_ADDRESS + 12), row3);
}

/* A job that a reset ends while it is held, and an engine that is late then. */
static void
reset_held_job(struct board *board, enum fimg2d_next next)
{
	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_HELD);
	assert_int_equal(fimg2d_device_write(&board->device, FIMG2D_SOFT_RESET, 1),
			 FIMG2D_EFFECT_RESET);
	assert_int_equal(step(board), next);
	assert_int_equal(board->device.busy, 0);
	fimg2d_engine_reset(&board->device.engine);
	fimg2d_device_write(&board->device, FIMG2D_INTEN, FIMG2D_INT_ACF | FIMG2D_INT_GCF);
}

/* 0 from the doorbell to the end of the job, whatever it waits for. */
static void
test_finished_bit(void **state)
{
	struct board *board = *state;

	assert_true(says_finished(board));
	board->device.faults.hold = 1;
	board->device.faults.delay_end_us = 1;
	ring(board);
	assert_false(says_finished(board));
	assert_int_equal(step(board), FIMG2D_NEXT_HELD);
	assert_false(says_finished(board));
	board->device.faults.hold = 0;
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	assert_false(says_finished(board));
	assert_waits(board, 1);
	assert_false(says_finished(board));
	assert_int_equal(step(board), FIMG2D_NEXT_RAISE);
	assert_true(says_finished(board));

	ring(board);
	reset(board);
	assert_true(says_finished(board));
}

static void
test_late_rows(void **state)
{
	struct board *board = *state;
	struct fimg2d_device *device = &board->device;

	make_image_tall(board);
	device->faults.late_rows = 2;
	device->faults.hold = 1;
	reset_held_job(board, FIMG2D_NEXT_HELD);
	assert_int_equal(device->is_late, 1);
	assert_false(says_finished(board));
	assert_int_equal(step(board), FIMG2D_NEXT_HELD);
	assert_int_equal(device->late_bytes, 0);
	assert_tall_image(board, 0, 0, 0, 0);

	device->faults.hold = 0;
	assert_int_equal(step(board), FIMG2D_NEXT_IDLE);
	assert_true(says_finished(board));
	assert_int_equal(device->is_late, 0);
	assert_int_equal(device->late_bytes, 8);
	assert_tall_image(board, LATE_WORD, LATE_WORD, 0, 0);
	assert_int_equal(device->engine.counters.aborts, 1);
	assert_int_equal(device->engine.counters.blits, 0);
	assert_int_equal(device->engine.counters.lists, 0);
	assert_int_equal(device->interrupts, 0);
	assert_works(board);
}

/* Never more than there is, whatever the list has. */
static void
test_late_rows_that_there_are(void **state)
{
	struct board *board = *state;
	struct fimg2d_device *device = &board->device;
	const uint32_t no_commands[] = { 0, 0 };

	device->faults.late_rows = 1000;
	device->faults.hang = 3;
	make_image_tall(board);
	reset_held_job(board, FIMG2D_NEXT_IDLE);
	assert_int_equal(device->late_bytes, 4 * TALL_ROWS);
	assert_tall_image(board, LATE_WORD, LATE_WORD, LATE_WORD, LATE_WORD);

	memset(board->memory->bytes + (IMAGE_ADDRESS - MEMORY_BASE), 0, 4 * TALL_ROWS);
	memcpy(board->memory->bytes + (LIST_ADDRESS - MEMORY_BASE), no_commands,
	       sizeof(no_commands));
	reset_held_job(board, FIMG2D_NEXT_IDLE);
	assert_tall_image(board, 0, 0, 0, 0);

	/* a test that is over has taken its faults back */
	put_list(board, LIST_ADDRESS, 0, 0);
	make_image_tall(board);
	device->faults.late_us = 1;
	reset_held_job(board, FIMG2D_NEXT_WAIT);
	device->faults.late_rows = 0;
	assert_int_equal(step(board), FIMG2D_NEXT_IDLE);
	assert_tall_image(board, 0, 0, 0, 0);
	device->faults.late_us = 0;
	assert_works(board);
}

/* Another reset changes nothing, and a job that is started meanwhile begins afterwards. */
static void
test_late_by_a_time(void **state)
{
	struct board *board = *state;
	struct fimg2d_device *device = &board->device;

	device->faults.hang = 1;
	device->faults.late_us = 20000;
	reset_held_job(board, FIMG2D_NEXT_WAIT);
	assert_false(says_finished(board));
	assert_true(fimg2d_device_is_late(device));
	assert_int_equal(fimg2d_device_write(device, FIMG2D_SOFT_RESET, 1), FIMG2D_EFFECT_RESET);
	assert_true(fimg2d_device_is_late(device));
	assert_false(fimg2d_device_is_reset(device));
	assert_false(says_finished(board));
	fimg2d_device_write(device, FIMG2D_INTEN, FIMG2D_INT_ACF);

	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_IDLE);
	assert_false(says_finished(board)); /* there is the new job */
	assert_int_equal(device->late_bytes, 0);
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	assert_int_equal(step(board), FIMG2D_NEXT_RAISE);
	assert_int_equal(word_at(board, IMAGE_ADDRESS), 7);
}

static struct board *board_to_reset;

/* Resets the engine at the access to the second of four rows. */
static void
reset_in_mid_blit(struct memory *memory)
{
	if (memory->accesses == LIST_ACCESSES - 1 + 2)
		fimg2d_device_write(&board_to_reset->device, FIMG2D_SOFT_RESET, 1);
}

/* The row at work is drawn to its end, what is late is the next one. */
static void
test_late_rows_of_a_blit_at_work(void **state)
{
	struct board *board = *state;

	make_image_tall(board);
	board->device.faults.late_rows = 1;
	board->device.faults.late_us = 3;
	board_to_reset = board;
	board->memory->on_access = reset_in_mid_blit;
	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_WAIT);
	assert_tall_image(board, 7, 7, 0, 0);
	assert_int_equal(step(board), FIMG2D_NEXT_IDLE);
	assert_tall_image(board, 7, 7, LATE_WORD, 0);
	assert_int_equal(board->device.engine.counters.aborts, 1);
	assert_int_equal(board->device.engine.counters.blits, 0);
	board->memory->on_access = NULL;
}

/* There is nothing to be late with. */
static void
test_late_after_the_end(void **state)
{
	struct board *board = *state;

	board->device.faults.late_rows = 1;
	board->device.faults.late_us = 1;
	reset(board);
	board->device.faults.lost_irq = 1;
	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	reset(board);
	assert_int_equal(board->device.late_bytes, 0);
	assert_int_equal(word_at(board, IMAGE_ADDRESS), 7);
}

/* Each name once; a fault can be set, a counter cannot, and both are the right size. */
static void
test_controls(void **state)
{
	struct board *board = *state;
	struct fimg2d_device *device = &board->device;
	struct fimg2d_control control, other;
	uint32_t i, j, faults = 0, reasons = 0;

	for (i = 0; fimg2d_control_at(i, &control); i++) {
		assert_true(control.size_bytes == 4 || control.size_bytes == 8);
		assert_true(control.offset + control.size_bytes <= sizeof(*device));
		for (j = 0; j < i; j++) {
			assert_true(fimg2d_control_at(j, &other));
			assert_string_not_equal(control.name, other.name);
			assert_int_not_equal(control.offset, other.offset);
		}
		assert_int_equal(fimg2d_control_get(device, &control), 0);
		fimg2d_control_set(device, &control, 0xffffffff);
		if (control.flags & FIMG2D_CONTROL_WRITABLE) {
			assert_int_equal(fimg2d_control_get(device, &control), 0xffffffff);
			faults++;
		} else {
			assert_int_equal(fimg2d_control_get(device, &control), 0);
		}
		if (control.flags & FIMG2D_CONTROL_REASON)
			reasons++;
	}
	assert_int_equal(faults * 4, sizeof(device->faults));
	assert_int_equal(reasons, FIMG2D_UNSUPPORTED_COUNT);
	for (i = 0; i < sizeof(device->faults); i++)
		assert_int_equal(((const uint8_t *)&device->faults)[i], 0xff);
}

static const struct fimg2d_control *
find(const char *name, struct fimg2d_control *control)
{
	for (uint32_t i = 0; fimg2d_control_at(i, control); i++) {
		if (strcmp(control->name, name) == 0)
			return control;
	}
	fail_msg("there is no control '%s'", name);
	return NULL;
}

static void
test_controls_have_the_right_values(void **state)
{
	struct board *board = *state;
	struct fimg2d_device *device = &board->device;
	struct fimg2d_control control;

	fimg2d_control_set(device, find("hold", &control), 1);
	ring(board);
	assert_int_equal(step(board), FIMG2D_NEXT_HELD);
	assert_int_equal(fimg2d_control_get(device, find("busy", &control)), 1);
	fimg2d_control_set(device, find("hold", &control), 0);
	fimg2d_control_set(device, find("fault_in", &control), 1);
	assert_int_equal(step(board), FIMG2D_NEXT_RAN);
	assert_int_equal(step(board), FIMG2D_NEXT_RAISE);
	fimg2d_device_write(device, FIMG2D_DMA_COMMAND, FIMG2D_DMA_HALT);

	assert_int_equal(fimg2d_control_get(device, find("jobs", &control)), 1);
	assert_int_equal(fimg2d_control_get(device, find("interrupts", &control)), 1);
	assert_int_equal(fimg2d_control_get(device, find("faults", &control)), 1);
	assert_int_equal(fimg2d_control_get(device, find("last_fault", &control)) / 4096,
			 LIST_ADDRESS / 4096);
	assert_int_equal(fimg2d_control_get(device, find("unsupported_register", &control)),
			 FIMG2D_DMA_COMMAND);
	assert_int_equal(fimg2d_control_get(device, find("DMA_COMMAND, ignored", &control)), 1);
	device->engine.counters.pixels = 0x123456789a;
	assert_true(fimg2d_control_get(device, find("pixels", &control)) == 0x123456789a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_job),
		TEST(test_no_interrupt_that_is_not_enabled),
		TEST(test_unknown_dma_command),
		TEST(test_hold),
		TEST(test_reset_of_a_held_job),
		TEST(test_reset_of_a_doorbell),
		TEST(test_hang),
		TEST(test_delay_before),
		TEST(test_delay_after),
		TEST(test_lost_interrupt),
		TEST(test_continue),
		TEST(test_fault_in),
		TEST(test_fault_address),
		TEST(test_stray_write),
		TEST(test_finished_bit),
		TEST(test_late_rows),
		TEST(test_late_rows_that_there_are),
		TEST(test_late_by_a_time),
		TEST(test_late_rows_of_a_blit_at_work),
		TEST(test_late_after_the_end),
		TEST(test_controls),
		TEST(test_controls_have_the_right_values),
	};

	return cmocka_run_group_tests_name("fimg2d jobs", tests, NULL, NULL);
}
