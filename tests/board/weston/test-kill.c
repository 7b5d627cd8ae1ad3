// SPDX-License-Identifier: MIT
/* A client killed with SIGKILL, whatever it was doing: its memory comes back, and Weston goes on. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <wayland-client.h>

#include "test-buffer.h"
#include "test-client.h"
#include "test-screen.h"
#include "virtual-engine.h"

#define BLUE 0x0000ffu

/** struct victim - the process to be killed, until it says that it is ready */
struct victim {
	struct test_client client;
	struct exup_client *exup;
	struct test_buffer *buffers[2];
	int ready_fd;
};

struct fixture {
	struct test_client client;
	struct test_buffer *buffer;
	pid_t weston;
	int fds;
};

static void
say_ready(struct victim *victim)
{
	if (write(victim->ready_fd, "r", 1) != 1) {
		_exit(1);
	}
}

static void
victim_create(struct victim *victim)
{
	size_t i;

	test_client_init(&victim->client);
	if (exup_client_create(victim->client.display, NULL, 0, &victim->exup) < 0) {
		_exit(1);
	}
	test_client_make_window(&victim->client);
	for (i = 0; i < 2; i++) {
		victim->buffers[i] = test_buffer_create(
			&victim->client, victim->exup, TEST_BUFFER_LIBRARY, victim->client.width,
			victim->client.height, WL_SHM_FORMAT_ARGB8888, NULL);
		test_buffer_fill(victim->buffers[i], 0xff00ff00u);
		if (exup_buffer_get_path(test_buffer_get_exup(victim->buffers[i])) !=
		    EXUP_PATH_USERPTR) {
			_exit(1);
		}
	}
}

static void
before_commit(struct victim *victim)
{
	say_ready(victim);
	pause();
}

static void
after_commit(struct victim *victim)
{
	test_buffer_commit(victim->buffers[0], victim->client.surface, NULL, 0);
	wl_display_flush(victim->client.display);
	say_ready(victim);
	pause();
}

static void
while_held(struct victim *victim)
{
	uint64_t started;

	virtual_engine_set("hold", 1);
	started = virtual_engine_started();
	test_buffer_commit(victim->buffers[0], victim->client.surface, NULL, 0);
	wl_display_flush(victim->client.display);
	if (!virtual_engine_wait_started(started)) {
		_exit(1);
	}
	say_ready(victim);
	pause();
}

static void
while_animating(struct victim *victim)
{
	struct test_feedback *feedback;
	int frame;

	for (frame = 0;; frame++) {
		while (test_buffer_is_busy(victim->buffers[frame % 2])) {
			test_client_dispatch(&victim->client);
		}
		feedback = test_client_feedback(&victim->client, victim->client.surface);
		test_buffer_commit(victim->buffers[frame % 2], victim->client.surface, NULL, 0);
		test_client_wait_shown(&victim->client, feedback);
		if (frame == 4) {
			say_ready(victim);
		}
	}
}

static void
while_creating(struct victim *victim)
{
	int i;

	for (i = 0;; i++) {
		test_buffer_destroy(test_buffer_create(&victim->client, victim->exup,
						       TEST_BUFFER_LIBRARY, 300, 200,
						       WL_SHM_FORMAT_ARGB8888, NULL));
		if (i == 4) {
			say_ready(victim);
		}
	}
}

/* Returns the process when it is ready. */
static pid_t
start_victim(void (*run)(struct victim *victim))
{
	struct victim victim = { 0 };
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(ready[0]);
		victim.ready_fd = ready[1];
		victim_create(&victim);
		run(&victim);
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void
kill_victim(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

/* Nothing of the client is left, and the window below it can be seen, and changed. */
static void
assert_weston_is_as_before(struct fixture *fixture)
{
	struct test_feedback *feedback;
	size_t total, count;
	int tries = 3000;

	assert_true(test_wait_pinned(0));
	while (test_count_fds(fixture->weston) != fixture->fds && tries-- > 0) {
		usleep(20000);
	}
	assert_int_equal(test_count_fds(fixture->weston), fixture->fds);
	feedback = test_client_feedback(&fixture->client, fixture->client.surface);
	test_buffer_commit(fixture->buffer, fixture->client.surface, NULL, 0);
	test_client_wait_shown(&fixture->client, feedback);
	count = test_screen_count(BLUE, &total);
	assert_int_equal(count, total);
}

static int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct test_feedback *feedback;

	test_client_init(&fixture->client);
	test_client_make_window(&fixture->client);
	fixture->buffer =
		test_buffer_create(&fixture->client, NULL, TEST_BUFFER_SHM, fixture->client.width,
				   fixture->client.height, WL_SHM_FORMAT_XRGB8888, NULL);
	test_buffer_fill(fixture->buffer, 0xff000000u | BLUE);
	feedback = test_client_feedback(&fixture->client, fixture->client.surface);
	test_buffer_commit(fixture->buffer, fixture->client.surface, NULL, 0);
	test_client_wait_shown(&fixture->client, feedback);
	/* both of the output's buffers are in use from the second frame on */
	test_client_commit_shown(&fixture->client, fixture->client.surface);
	fixture->weston = test_client_get_server(&fixture->client);
	/* what Weston keeps from its first client of this kind is there then */
	kill_victim(start_victim(after_commit));
	assert_true(test_wait_pinned(0));
	test_client_commit_shown(&fixture->client, fixture->client.surface);
	fixture->fds = test_count_fds(fixture->weston);
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	test_buffer_destroy(fixture->buffer);
	test_client_fini(&fixture->client);
	free(fixture);
	return 0;
}

static void
test_before_commit(void **state)
{
	kill_victim(start_victim(before_commit));
	assert_weston_is_as_before(*state);
}

static void
test_after_commit(void **state)
{
	kill_victim(start_victim(after_commit));
	assert_weston_is_as_before(*state);
}

static void
test_animating(void **state)
{
	kill_victim(start_victim(while_animating));
	assert_weston_is_as_before(*state);
}

static void
test_creating(void **state)
{
	kill_victim(start_victim(while_creating));
	assert_weston_is_as_before(*state);
}

/* The engine is about to read the memory of a process that is no more. */
static void
test_engine_held(void **state)
{
	pid_t pid = start_victim(while_held);
	uint64_t pinned = test_read_pinned();

	assert_true(pinned > 0);
	kill_victim(pid);
	assert_true(test_read_pinned() > 0);
	assert_int_equal(virtual_engine_get("busy"), 1);
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	assert_weston_is_as_before(*state);
	assert_int_equal(virtual_engine_get("faults"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_commit), cmocka_unit_test(test_after_commit),
		cmocka_unit_test(test_animating),     cmocka_unit_test(test_creating),
		cmocka_unit_test(test_engine_held),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
