// SPDX-License-Identifier: MIT
/* The virtual FIMG2D's list walker: what the kernel's lists do, and that hostile lists end. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "regs.h"
#include "test-fimg2d-memory.h"

#define LIST_ADDRESS MEMORY_BASE
#define IMAGE_ADDRESS (MEMORY_BASE + 0x100000)

struct command {
	uint32_t offset, value;
};

/* Writes a list to bus memory as the kernel does. */
static void
put_list(struct memory *memory, uint32_t address, const struct command *commands, uint32_t count,
	 uint32_t next)
{
	uint8_t *bytes = memory->bytes + (address - MEMORY_BASE);

	memcpy(bytes, &count, 4);
	memcpy(bytes + 4, commands, count * sizeof(*commands));
	memcpy(bytes + 4 + count * sizeof(*commands), &next, 4);
}

static enum fimg2d_run
run(struct memory *memory, uint32_t address)
{
	fimg2d_engine_write(&memory->engine, FIMG2D_DMA_SFR_BASE_ADDR, address);
	fimg2d_engine_start(&memory->engine);
	return fimg2d_engine_run(&memory->engine, fimg2d_engine_aborts(&memory->engine));
}

/* What the kernel puts before a caller's commands: the command after SFRCLEAR is a dummy. */
#define PROLOGUE                                                                        \
	{ FIMG2D_SOFT_RESET, FIMG2D_SOFT_RESET_SFRCLEAR }, { FIMG2D_SRC_BASE_ADDR, 0 }, \
	{                                                                               \
		FIMG2D_INTEN, FIMG2D_INT_ACF                                            \
	}

#define FILL(color, width, height)                                                         \
	{ FIMG2D_BITBLT_COMMAND, FIMG2D_CMD_FAST_SOLID_FILL }, { FIMG2D_SF_COLOR, color }, \
		{ FIMG2D_DST_BASE_ADDR, IMAGE_ADDRESS }, { FIMG2D_DST_STRIDE, (width)*4 }, \
		{ FIMG2D_DST_COLOR_MODE, FIMG2D_FMT_ARGB8888 },                            \
		{ FIMG2D_DST_RIGHT_BOTTOM, (height) << 16 | (width) },                     \
	{                                                                                  \
		FIMG2D_BITBLT_START, FIMG2D_BITBLT_START_START                             \
	}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t
image_pixel(const struct memory *memory, uint32_t index)
{
	uint32_t pixel;

	memcpy(&pixel, memory->bytes + (IMAGE_ADDRESS - MEMORY_BASE) + index * 4, 4);
	return pixel;
}

static void
test_fill_by_list(void **state)
{
	const struct command commands[] = { PROLOGUE, FILL(0x11223344, 8, 4) };
	struct memory *memory = *state;
	uint32_t i;

	put_list(memory, LIST_ADDRESS, commands, COUNT(commands), 0);
	assert_int_equal(run(memory, LIST_ADDRESS), FIMG2D_RUN_DONE);
	for (i = 0; i < 8 * 4; i++)
		assert_int_equal(image_pixel(memory, i), 0x11223344);
	assert_int_equal(image_pixel(memory, i), 0);
	assert_int_equal(memory->engine.counters.blits, 1);
	assert_int_equal(memory->engine.counters.pixels, 32);
	assert_int_equal(memory->engine.counters.unsupported, 0);
	assert_int_equal(fimg2d_engine_read(&memory->engine, FIMG2D_INTC_PEND), FIMG2D_INT_ACF);
	assert_true(fimg2d_engine_wants_interrupt(&memory->engine));
	fimg2d_engine_write(&memory->engine, FIMG2D_INTC_PEND, FIMG2D_INT_ACF);
	assert_false(fimg2d_engine_wants_interrupt(&memory->engine));
}

static void
test_command_after_sfrclear_is_lost(void **state)
{
	const struct command commands[] = {
		{ FIMG2D_FG_COLOR, 0x11 },
		{ FIMG2D_ALPHA, 0x22 },
		{ FIMG2D_SOFT_RESET, FIMG2D_SOFT_RESET_SFRCLEAR },
		{ FIMG2D_SF_COLOR, 0x33 },
		{ FIMG2D_BG_COLOR, 0x44 },
	};
	struct memory *memory = *state;

	put_list(memory, LIST_ADDRESS, commands, COUNT(commands), 0);
	run(memory, LIST_ADDRESS);
	assert_int_equal(fimg2d_engine_read(&memory->engine, FIMG2D_FG_COLOR), 0);
	assert_int_equal(fimg2d_engine_read(&memory->engine, FIMG2D_ALPHA), 0);
	assert_int_equal(fimg2d_engine_read(&memory->engine, FIMG2D_SF_COLOR), 0);
	assert_int_equal(fimg2d_engine_read(&memory->engine, FIMG2D_BG_COLOR), 0x44);
	assert_int_equal(fimg2d_engine_read(&memory->engine, FIMG2D_ROP4), 0xcccc);
}

static void
test_chain_and_counters(void **state)
{
	const struct command commands[] = { PROLOGUE, FILL(1, 2, 2) };
	struct memory *memory = *state;
	uint32_t status;

	put_list(memory, LIST_ADDRESS, commands, COUNT(commands), LIST_ADDRESS + 0x400);
	put_list(memory, LIST_ADDRESS + 0x400, commands, COUNT(commands), LIST_ADDRESS + 0x800);
	put_list(memory, LIST_ADDRESS + 0x800, commands, COUNT(commands), 0);
	assert_int_equal(run(memory, LIST_ADDRESS), FIMG2D_RUN_DONE);
	status = fimg2d_engine_read(&memory->engine, FIMG2D_DMA_STATUS);
	assert_int_equal(status, FIMG2D_DMA_STATUS_DONE | 3 << FIMG2D_DMA_STATUS_BLITS_SHIFT |
					 3 << FIMG2D_DMA_STATUS_LISTS_SHIFT);
	assert_int_equal(memory->engine.counters.jobs, 1);
	assert_int_equal(memory->engine.counters.lists, 3);
}

static void
test_held_list(void **state)
{
	const struct command held[] = {
		PROLOGUE,
		{ FIMG2D_DMA_HOLD_CMD, FIMG2D_DMA_HOLD_LIST },
		{ FIMG2D_INTEN, FIMG2D_INT_ACF | FIMG2D_INT_GCF },
	};
	const struct command last[] = { PROLOGUE };
	struct memory *memory = *state;
	struct fimg2d_engine *engine = &memory->engine;

	put_list(memory, LIST_ADDRESS, held, COUNT(held), LIST_ADDRESS + 0x400);
	put_list(memory, LIST_ADDRESS + 0x400, last, COUNT(last), 0);
	assert_int_equal(run(memory, LIST_ADDRESS), FIMG2D_RUN_HELD);
	assert_int_equal(fimg2d_engine_read(engine, FIMG2D_INTC_PEND), FIMG2D_INT_GCF);
	assert_int_equal(engine->counters.lists, 1);

	/* what the kernel's interrupt handler does */
	fimg2d_engine_write(engine, FIMG2D_INTC_PEND, FIMG2D_INT_GCF);
	fimg2d_engine_write(engine, FIMG2D_DMA_HOLD_CMD, 0);
	assert_int_equal(fimg2d_engine_run(engine, fimg2d_engine_aborts(engine)), FIMG2D_RUN_DONE);
	assert_int_equal(fimg2d_engine_read(engine, FIMG2D_INTC_PEND), FIMG2D_INT_ACF);
	assert_int_equal(engine->counters.lists, 2);
}

static void
test_held_last_list(void **state)
{
	const struct command held[] = {
		PROLOGUE,
		{ FIMG2D_DMA_HOLD_CMD, FIMG2D_DMA_HOLD_LIST },
	};
	struct memory *memory = *state;

	put_list(memory, LIST_ADDRESS, held, COUNT(held), 0);
	assert_int_equal(run(memory, LIST_ADDRESS), FIMG2D_RUN_DONE);
	assert_int_equal(fimg2d_engine_read(&memory->engine, FIMG2D_INTC_PEND),
			 FIMG2D_INT_GCF | FIMG2D_INT_ACF);
}

static void
test_chain_that_bites_its_tail(void **state)
{
	const struct command commands[] = { PROLOGUE };
	struct memory *memory = *state;

	put_list(memory, LIST_ADDRESS, commands, COUNT(commands), LIST_ADDRESS);
	assert_int_equal(run(memory, LIST_ADDRESS), FIMG2D_RUN_DONE);
	assert_int_equal(memory->engine.counters.lists, FIMG2D_CHAIN_LISTS_MAX);
	assert_int_equal(memory->engine.counters.bad_lists, 1);
}

static void
test_list_too_long(void **state)
{
	struct memory *memory = *state;
	uint32_t count;

	count = UINT32_MAX;
	memcpy(memory->bytes, &count, 4);
	assert_int_equal(run(memory, LIST_ADDRESS), FIMG2D_RUN_DONE);
	count = FIMG2D_LIST_COMMANDS_MAX + 1;
	memcpy(memory->bytes, &count, 4);
	assert_int_equal(run(memory, LIST_ADDRESS), FIMG2D_RUN_DONE);
	assert_int_equal(memory->engine.counters.bad_lists, 2);
	assert_int_equal(fimg2d_engine_read(&memory->engine, FIMG2D_INTC_PEND), FIMG2D_INT_ACF);
}

static void
test_list_at_unmapped_address(void **state)
{
	const struct command commands[] = { PROLOGUE };
	struct memory *memory = *state;

	assert_int_equal(run(memory, 0x1000), FIMG2D_RUN_DONE);
	assert_int_equal(memory->engine.counters.faults, 1);
	assert_int_equal(memory->engine.counters.fault_address, 0x1000);

	/* and a list of which the end is not there */
	put_list(memory, MEMORY_BASE + MEMORY_SIZE - 32, commands, 3, 0);
	assert_int_equal(run(memory, MEMORY_BASE + MEMORY_SIZE - 32 + 8), FIMG2D_RUN_DONE);
	assert_int_equal(fimg2d_engine_read(&memory->engine, FIMG2D_INTC_PEND), FIMG2D_INT_ACF);
}

static void
test_upper_bits_of_offsets(void **state)
{
	const struct command commands[] = { { 0xabcde000 | FIMG2D_SF_COLOR, 0x99 } };
	struct memory *memory = *state;

	put_list(memory, LIST_ADDRESS, commands, 1, 0);
	run(memory, LIST_ADDRESS);
	assert_int_equal(fimg2d_engine_read(&memory->engine, FIMG2D_SF_COLOR), 0x99);
}

static void
test_unsupported_is_counted_and_left_out(void **state)
{
	static const struct {
		struct command command;
		enum fimg2d_unsupported kind;
	} cases[] = {
		{ { FIMG2D_BITBLT_COMMAND, FIMG2D_CMD_DITHER }, FIMG2D_UNSUPPORTED_COMMAND },
		{ { FIMG2D_BITBLT_COMMAND, FIMG2D_BLEND_FADING << FIMG2D_CMD_BLEND_SHIFT },
		  FIMG2D_UNSUPPORTED_COMMAND },
		{ { FIMG2D_BLEND_FUNCTION, FIMG2D_COEFF_DISJOINT_S }, FIMG2D_UNSUPPORTED_BLEND },
		{ { FIMG2D_BLEND_FUNCTION, FIMG2D_BF_LIGHTEN }, FIMG2D_UNSUPPORTED_BLEND },
		{ { FIMG2D_ROP4, 0x5a }, FIMG2D_UNSUPPORTED_ROP },
		{ { FIMG2D_ROTATE, FIMG2D_ROTATE_PAT_90 }, FIMG2D_UNSUPPORTED_ROTATE },
		{ { FIMG2D_SRC_MASK_DIRECT, BIT(4) }, FIMG2D_UNSUPPORTED_DIRECT },
		{ { FIMG2D_DST_PAT_DIRECT, BIT(5) }, FIMG2D_UNSUPPORTED_DIRECT },
		{ { FIMG2D_SRC_SELECT, 3 }, FIMG2D_UNSUPPORTED_SELECT },
		{ { FIMG2D_DST_SELECT, 3 }, FIMG2D_UNSUPPORTED_SELECT },
		{ { FIMG2D_SRC_COLOR_MODE, FIMG2D_FMT_YCBCR420 }, FIMG2D_UNSUPPORTED_FORMAT },
		{ { FIMG2D_DST_COLOR_MODE, 15 }, FIMG2D_UNSUPPORTED_FORMAT },
		{ { FIMG2D_SRC_REPEAT_MODE, 5 }, FIMG2D_UNSUPPORTED_REPEAT },
		{ { FIMG2D_SRC_SCALE_CTRL, 3 }, FIMG2D_UNSUPPORTED_SCALE },
		{ { FIMG2D_SRC_RIGHT_BOTTOM, 0 }, FIMG2D_UNSUPPORTED_COORDINATES },
		{ { FIMG2D_DST_RIGHT_BOTTOM, 8001 | 1 << 16 }, FIMG2D_UNSUPPORTED_COORDINATES },
	};
	struct memory *memory = *state;
	struct fimg2d_engine *engine = &memory->engine;
	uint8_t *before = malloc(MEMORY_SIZE);
	uint32_t i;

	for (i = 0; i < COUNT(cases); i++) {
		const struct command commands[] = {
			PROLOGUE,
			{ FIMG2D_SRC_SELECT, FIMG2D_SELECT_MEMORY },
			{ FIMG2D_SRC_BASE_ADDR, IMAGE_ADDRESS },
			{ FIMG2D_SRC_STRIDE, 16 },
			{ FIMG2D_SRC_RIGHT_BOTTOM, 4 << 16 | 4 },
			{ FIMG2D_DST_BASE_ADDR, IMAGE_ADDRESS },
			{ FIMG2D_DST_STRIDE, 16 },
			{ FIMG2D_DST_RIGHT_BOTTOM, 4 << 16 | 4 },
			{ FIMG2D_BITBLT_COMMAND, FIMG2D_BLEND_ON << FIMG2D_CMD_BLEND_SHIFT },
			cases[i].command,
			{ FIMG2D_BITBLT_START, 1 },
		};

		put_list(memory, LIST_ADDRESS, commands, COUNT(commands), 0);
		memcpy(before, memory->bytes, MEMORY_SIZE);
		assert_int_equal(run(memory, LIST_ADDRESS), FIMG2D_RUN_DONE);
		assert_int_equal(engine->counters.unsupported, i + 1);
		assert_int_equal(engine->counters.unsupported_register, cases[i].command.offset);
		assert_true(engine->counters.unsupported_by_kind[cases[i].kind] > 0);
		assert_non_null(fimg2d_unsupported_name(cases[i].kind));
		assert_int_equal(engine->counters.blits, 0);
		assert_memory_equal(memory->bytes, before, MEMORY_SIZE);
	}
	free(before);
}

static void
test_register_without_effect_is_counted(void **state)
{
	const struct command commands[] = {
		PROLOGUE,
		{ 0x0510, 1 },
		{ 0x0880, 2 },
		FILL(5, 1, 1),
	};
	struct memory *memory = *state;

	put_list(memory, LIST_ADDRESS, commands, COUNT(commands), 0);
	run(memory, LIST_ADDRESS);
	assert_int_equal(memory->engine.counters.unsupported_by_kind[FIMG2D_UNSUPPORTED_REGISTER],
			 2);
	/* the blit does not depend on it */
	assert_int_equal(image_pixel(memory, 0), 5);
}

static void
abort_at_third_access(struct memory *memory)
{
	if (memory->accesses == 3)
		fimg2d_engine_abort(&memory->engine);
}

static void
test_abort_ends_a_run(void **state)
{
	const struct command commands[] = { PROLOGUE, FILL(7, 4, 4) };
	struct memory *memory = *state;

	put_list(memory, LIST_ADDRESS, commands, COUNT(commands), LIST_ADDRESS);
	memory->on_access = abort_at_third_access;
	assert_int_equal(run(memory, LIST_ADDRESS), FIMG2D_RUN_ABORTED);
	assert_int_equal(memory->accesses, 3);
	assert_int_equal(memory->engine.counters.aborts, 1);
	assert_int_equal(fimg2d_engine_read(&memory->engine, FIMG2D_INTC_PEND), 0);
}

/* Nothing to compare: ends, and stays within the memory that the sanitizers watch. */
static void
test_random_lists(void **state)
{
	struct memory *memory = *state;
	struct command commands[24];
	uint32_t round, i;

	for (round = 0; round < 20000; round++) {
		for (i = 0; i < COUNT(commands); i++) {
			commands[i].offset = memory_random(memory) & 0x7fc;
			commands[i].value = memory_random(memory);
			/* small images near the memory's end, in part beyond it */
			if (commands[i].offset == FIMG2D_DST_RIGHT_BOTTOM ||
			    commands[i].offset == FIMG2D_SRC_RIGHT_BOTTOM)
				commands[i].value &= 0x001f001f;
			if (commands[i].offset == FIMG2D_DST_BASE_ADDR ||
			    commands[i].offset == FIMG2D_SRC_BASE_ADDR)
				commands[i].value = MEMORY_BASE + MEMORY_SIZE - 0x1000 +
						    (commands[i].value & 0x1fff);
			if (commands[i].offset == FIMG2D_BITBLT_COMMAND)
				commands[i].value &= 0x11100100;
			if (commands[i].offset == FIMG2D_DST_COLOR_MODE ||
			    commands[i].offset == FIMG2D_SRC_COLOR_MODE)
				commands[i].value &= 0x33;
		}
		commands[COUNT(commands) - 2] =
			(struct command){ FIMG2D_DST_RIGHT_BOTTOM, 0x00100010 };
		commands[COUNT(commands) - 1] = (struct command){ FIMG2D_BITBLT_START, 1 };
		put_list(memory, LIST_ADDRESS, commands, COUNT(commands), 0);
		run(memory, LIST_ADDRESS);
	}
	assert_true(memory->engine.counters.blits > 100);
	assert_true(memory->engine.counters.faults > 0);
}

static int
setup(void **state)
{
	*state = memory_create();
	return 0;
}

static int
teardown(void **state)
{
	memory_destroy(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fill_by_list),
		TEST(test_command_after_sfrclear_is_lost),
		TEST(test_chain_and_counters),
		TEST(test_held_list),
		TEST(test_held_last_list),
		TEST(test_chain_that_bites_its_tail),
		TEST(test_list_too_long),
		TEST(test_list_at_unmapped_address),
		TEST(test_upper_bits_of_offsets),
		TEST(test_unsupported_is_counted_and_left_out),
		TEST(test_register_without_effect_is_counted),
		TEST(test_abort_ends_a_run),
		TEST(test_random_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
