// SPDX-License-Identifier: MIT
/* An engine that hangs, faults or loses an interrupt: the picture is right, and Weston goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <wayland-client.h>

#include "test-buffer.h"
#include "test-client.h"
#include "test-screen.h"
#include "virtual-engine.h"

#define RGB 0x00ffffffu
#define FAILED_LINE "the engine failed a frame"

/* Where the virtual board's bus begins, and how far apart the pages are that are tried to fault. */
#define BUS_BASE 0x20000000u
#define BUS_STEP 0x00200000u
#define BUS_TRIES 64
#define PAGE_PIXELS (4096 / 4)

/* The plugin leaves a failing engine alone for 1, 2, 4 ... seconds. */
#define RETRY_TRIES 400

struct fixture {
	struct test_client client;
	struct exup_client *exup;
	struct exup_report *report;
	struct test_buffer *buffers[2];
	uint32_t how;
	bool has_report;
	uint32_t frame;
};

static void
handle_composited(void *data, struct exup_report *report, uint32_t how, const char *reason,
		  uint64_t bytes_copied)
{
	struct fixture *fixture = data;

	(void)report, (void)reason, (void)bytes_copied;
	fixture->how = how;
	fixture->has_report = true;
}

static const struct exup_report_listener report_listener = {
	.composited = handle_composited,
};

static int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	size_t i;

	test_client_init(&fixture->client);
	if (exup_client_create(fixture->client.display, NULL, 0, &fixture->exup) < 0) {
		test_fail("exup_client_create");
	}
	test_client_make_window(&fixture->client);
	if (exup_report_create(fixture->exup, fixture->client.surface, &report_listener, fixture,
			       &fixture->report) < 0) {
		test_fail("exup_report_create");
	}
	for (i = 0; i < 2; i++) {
		fixture->buffers[i] = test_buffer_create(
			&fixture->client, fixture->exup, TEST_BUFFER_LIBRARY, fixture->client.width,
			fixture->client.height, WL_SHM_FORMAT_XRGB8888, NULL);
	}
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	virtual_engine_set("fault_address", 0);
	test_buffer_destroy(fixture->buffers[0]);
	test_buffer_destroy(fixture->buffers[1]);
	exup_report_destroy(fixture->report);
	exup_client_destroy(fixture->exup);
	test_client_fini(&fixture->client);
	free(fixture);
	return 0;
}

/* Shows a frame in a new colour, and tells how it was composited. */
static uint32_t
show_frame(struct fixture *fixture)
{
	struct test_buffer *buffer;
	struct test_feedback *feedback;

	fixture->frame++;
	buffer = fixture->buffers[fixture->frame % 2];
	while (test_buffer_is_busy(buffer)) {
		test_client_dispatch(&fixture->client);
	}
	test_buffer_fill(buffer, 0xff002040u + fixture->frame);
	feedback = test_client_feedback(&fixture->client, fixture->client.surface);
	fixture->has_report = false;
	test_buffer_commit(buffer, fixture->client.surface, NULL, 0);
	test_client_wait_shown(&fixture->client, feedback);
	while (!fixture->has_report) {
		test_client_dispatch(&fixture->client);
	}
	return fixture->how;
}

static void
assert_screen_is_right(struct fixture *fixture)
{
	size_t total;
	size_t count = test_screen_count((0x002040u + fixture->frame) & RGB, &total);

	assert_int_equal(count, total);
}

/* The engine is used again, sooner or later; all frames until then are right too. */
static void
assert_engine_comes_back(struct fixture *fixture)
{
	int tries = RETRY_TRIES;

	while (show_frame(fixture) != EXUP_COMPOSITED_IN_PLACE) {
		assert_true(tries-- > 0);
		usleep(50000);
	}
	assert_screen_is_right(fixture);
}

/*
 * Has the engine fail so often, and shows frames until it has and Weston's log has a line for each
 * time. It need not be the first frame that fails: Weston repaints for its desktop, too, whenever
 * that is ready. The frame that fails may be wrong, as nobody waits for it; those around it are not.
 */
static void
let_engine_fail(struct fixture *fixture, const char *control, unsigned int times)
{
	int lines = test_log_count(FAILED_LINE), before;
	int wanted = lines + (int)times;
	int tries = RETRY_TRIES;

	assert_int_equal(virtual_engine_set(control, times), 0);
	do {
		assert_true(tries-- > 0);
		before = lines;
		show_frame(fixture);
		lines = test_log_count(FAILED_LINE);
		if (lines == before) {
			assert_screen_is_right(fixture);
		}
		usleep(50000);
	} while (virtual_engine_get(control) != 0 || lines < wanted);
	show_frame(fixture);
	assert_screen_is_right(fixture);
}

static void
test_hang(void **state)
{
	struct fixture *fixture = *state;

	assert_engine_comes_back(fixture);
	let_engine_fail(fixture, "hang", 1);
	assert_engine_comes_back(fixture);
}

/*
 * The driver looks at the engine when it has waited long enough, and finds the job done: that is no
 * failure, unless the plugin's patience ends before. Which it is depends on the machine's load.
 */
static void
test_lost_interrupt(void **state)
{
	struct fixture *fixture = *state;
	uint64_t lost = virtual_engine_get("lost_interrupts");
	int tries = RETRY_TRIES;

	assert_engine_comes_back(fixture);
	assert_int_equal(virtual_engine_set("lost_irq", 1), 0);
	while (virtual_engine_get("lost_interrupts") == lost) {
		assert_true(tries-- > 0);
		show_frame(fixture);
		assert_screen_is_right(fixture);
	}
	assert_engine_comes_back(fixture);
}

/*
 * Pages all over the bus are made to fault, one after the other, until a frame needs one. A fault of
 * the bus is not reported to the driver: what the engine could not read or write is missing in that
 * frame, and only there.
 */
static void
test_bus_fault(void **state)
{
	struct fixture *fixture = *state;
	uint64_t faults = virtual_engine_get("faults");
	size_t count, total;
	uint32_t i;

	assert_engine_comes_back(fixture);
	for (i = 0; i < BUS_TRIES && virtual_engine_get("faults") == faults; i++) {
		assert_int_equal(virtual_engine_set("fault_address", BUS_BASE + i * BUS_STEP), 0);
		show_frame(fixture);
	}
	assert_true(virtual_engine_get("faults") > faults);
	count = test_screen_count(0x002040u + fixture->frame, &total);
	assert_true(count < total && total - count <= PAGE_PIXELS);
	assert_int_equal(virtual_engine_set("fault_address", 0), 0);
	assert_engine_comes_back(fixture);
}

/* Two in a row: the second comes when the plugin tries the engine again. */
static void
test_hang_again(void **state)
{
	struct fixture *fixture = *state;

	assert_engine_comes_back(fixture);
	let_engine_fail(fixture, "hang", 2);
	assert_engine_comes_back(fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hang, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lost_interrupt, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bus_fault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hang_again, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
