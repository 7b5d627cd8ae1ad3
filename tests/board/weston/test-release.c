// SPDX-License-Identifier: MIT
/*
 * wl_buffer.release comes after the engine's last job that reads the buffer, and does come.
 *
 * The engine is held by the test: what must not happen before it goes on is looked for while it
 * stands still, so that nothing here depends on how long anything takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <wayland-client.h>

#include "test-buffer.h"
#include "test-client.h"
#include "test-screen.h"
#include "virtual-engine.h"

#define GREEN 0xff00ff00u
#define BLUE 0xff0000ffu
#define RED 0xffff0000u /* drawn into buffers that were released: must never be seen */
#define RGB 0x00ffffffu

#define FRAMES 12
#define BUFFERS 3

/* longer than any release takes to travel; only a release that is missing waits so long */
#define RELEASE_TRIES 1200
#define RELEASE_STEP_MS 50

struct fixture {
	struct test_client client;
	struct exup_client *exup;
};

static int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	test_client_init(&fixture->client);
	if (exup_client_create(fixture->client.display, NULL, 0, &fixture->exup) < 0) {
		test_fail("exup_client_create");
	}
	test_client_make_window(&fixture->client);
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	virtual_engine_set("hold", 0);
	virtual_engine_set("delay_us", 0);
	exup_client_destroy(fixture->exup);
	test_client_fini(&fixture->client);
	free(fixture);
	return 0;
}

static struct test_buffer *
create_buffer(struct fixture *fixture, enum test_buffer_kind kind, uint32_t color)
{
	struct test_buffer *buffer;

	buffer = test_buffer_create(&fixture->client, fixture->exup, kind, fixture->client.width,
				    fixture->client.height, WL_SHM_FORMAT_XRGB8888, NULL);
	test_buffer_fill(buffer, color);
	if (kind == TEST_BUFFER_LIBRARY) {
		assert_int_equal(exup_buffer_get_path(test_buffer_get_exup(buffer)),
				 EXUP_PATH_USERPTR);
	}
	return buffer;
}

static void
poison(void *data, struct test_buffer *buffer)
{
	(void)data;
	test_buffer_fill(buffer, RED);
}

static void
show(struct fixture *fixture, struct test_buffer *buffer)
{
	struct test_feedback *feedback;

	feedback = test_client_feedback(&fixture->client, fixture->client.surface);
	test_buffer_commit(buffer, fixture->client.surface, NULL, 0);
	test_client_wait_shown(&fixture->client, feedback);
}

static void
wait_released(struct fixture *fixture, struct test_buffer *buffer)
{
	int tries = RELEASE_TRIES;

	while (test_buffer_is_busy(buffer) && tries-- > 0) {
		test_client_dispatch_for(&fixture->client, RELEASE_STEP_MS);
	}
	assert_false(test_buffer_is_busy(buffer));
}

static void
assert_screen_is(uint32_t color)
{
	size_t total;
	size_t count = test_screen_count(color & RGB, &total);

	assert_int_equal(count, total);
}

static void
test_held_engine(void **state)
{
	struct fixture *fixture = *state;
	struct test_buffer *first = create_buffer(fixture, TEST_BUFFER_LIBRARY, GREEN);
	struct test_buffer *second = create_buffer(fixture, TEST_BUFFER_LIBRARY, BLUE);
	struct test_feedback *first_shown, *second_shown;
	uint64_t started;

	test_buffer_on_release(first, poison, NULL);
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	started = virtual_engine_started();
	first_shown = test_client_feedback(&fixture->client, fixture->client.surface);
	test_buffer_commit(first, fixture->client.surface, NULL, 0);
	wl_display_flush(fixture->client.display);
	assert_true(virtual_engine_wait_started(started));

	second_shown = test_client_feedback(&fixture->client, fixture->client.surface);
	test_buffer_commit(second, fixture->client.surface, NULL, 0);
	test_client_dispatch_for(&fixture->client, 300);
	test_client_dispatch_for(&fixture->client, 300);
	assert_int_equal(virtual_engine_get("busy"), 1);
	assert_true(test_buffer_is_busy(first));
	assert_true(test_buffer_is_busy(second));

	assert_int_equal(virtual_engine_set("hold", 0), 0);
	test_client_wait_shown(&fixture->client, first_shown);
	assert_int_equal(test_screen_count(RED & RGB, NULL), 0);
	wait_released(fixture, first);
	test_client_wait_shown(&fixture->client, second_shown);
	assert_screen_is(BLUE);
	assert_true(test_buffer_is_busy(second));
	test_buffer_destroy(first);
	test_buffer_destroy(second);
}

/* A slow engine, a client that draws into a buffer the moment it is released. */
static void
test_overwritten_after_release(void **state)
{
	struct fixture *fixture = *state;
	struct test_buffer *buffers[BUFFERS];
	int i, frame;

	for (i = 0; i < BUFFERS; i++) {
		buffers[i] = create_buffer(fixture, TEST_BUFFER_LIBRARY, RED);
		test_buffer_on_release(buffers[i], poison, NULL);
	}
	assert_int_equal(virtual_engine_set("delay_us", 15000), 0);
	for (frame = 0; frame < FRAMES; frame++) {
		struct test_buffer *buffer = buffers[frame % BUFFERS];
		uint32_t color = 0xff000000u | (uint32_t)(frame + 1) << 3;

		wait_released(fixture, buffer);
		test_buffer_fill(buffer, color);
		show(fixture, buffer);
		assert_screen_is(color);
	}
	assert_int_equal(virtual_engine_set("delay_us", 0), 0);
	for (i = 0; i < BUFFERS; i++) {
		test_buffer_destroy(buffers[i]);
	}
}

/* The client gives the wl_buffer and the memory up while the engine is to read them. */
static void
test_destroyed_while_read(void **state)
{
	struct fixture *fixture = *state;
	struct test_buffer *buffer = create_buffer(fixture, TEST_BUFFER_LIBRARY, GREEN);
	struct test_feedback *shown;
	uint64_t pinned, started;

	assert_int_equal(virtual_engine_set("hold", 1), 0);
	started = virtual_engine_started();
	shown = test_client_feedback(&fixture->client, fixture->client.surface);
	test_buffer_commit(buffer, fixture->client.surface, NULL, 0);
	wl_display_flush(fixture->client.display);
	assert_true(virtual_engine_wait_started(started));
	pinned = test_read_pinned();
	assert_true(pinned > 0);
	test_buffer_destroy(buffer);
	assert_int_equal(test_read_pinned(), pinned);

	assert_int_equal(virtual_engine_set("hold", 0), 0);
	test_client_wait_shown(&fixture->client, shown);
	assert_screen_is(GREEN);

	/* what is shown stays pinned until something else is */
	buffer = create_buffer(fixture, TEST_BUFFER_SHM, BLUE);
	show(fixture, buffer);
	assert_screen_is(BLUE);
	assert_true(test_wait_pinned(0));
	test_buffer_destroy(buffer);
}

/* What has been uploaded is released without another buffer having to come. */
static void
test_shm_after_upload(void **state)
{
	static const uint32_t colors[] = { GREEN, BLUE, 0xff808080u };
	struct fixture *fixture = *state;
	struct test_buffer *buffer = create_buffer(fixture, TEST_BUFFER_SHM, GREEN);
	size_t i;

	for (i = 0; i < sizeof(colors) / sizeof(colors[0]); i++) {
		test_buffer_fill(buffer, colors[i]);
		show(fixture, buffer);
		wait_released(fixture, buffer);
		test_buffer_fill(buffer, RED);
		test_client_commit_shown(&fixture->client, fixture->client.surface);
		assert_screen_is(colors[i]);
	}
	test_buffer_destroy(buffer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_held_engine, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_overwritten_after_release, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_destroyed_while_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_shm_after_upload, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
