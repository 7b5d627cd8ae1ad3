// SPDX-License-Identifier: MIT
/*
 * A file that has all the command lists it may have, and keeps them or the engine: others have
 * theirs all the same, their jobs come in turn, and a holder can be killed in each state.
 */

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "g2d-fixture.h"
#include "skip.h"
#include "virtual-engine.h"

/* of jobs that follow that of a closed file */
enum { ROUNDS = 20 };

/* What a holder does with the lists, before it says that it has them or after that. */
enum holder_action {
	HOLDER_KEEPS,
	HOLDER_CLOSES,
	HOLDER_EXECUTES,
	HOLDER_EXECUTES_UNTIL_KILLED, /* whatever comes of it */
	HOLDER_EXECUTES_ASYNC,
	HOLDER_EXECUTES_EACH_ASYNC, /* a job for each list, all of them queued */
};

/* A process without privileges that takes all lists. */
struct holder {
	enum holder_action action;
	bool events;
	struct child_gate ready; /* posted by it: it has the lists */
	struct child_gate go; /* it waits for this before it acts, and for a second one after */
	struct child_gate done; /* posted by it: it has acted */
	pid_t pid;
};

static int
take_all_lists(int fd, const struct holder *holder)
{
	struct g2d_image image = { 0, G2D_STRIDE };
	struct g2d_list list;

	CHILD_CHECK(exynos_gem_create(fd, G2D_SIZE, 0, &image.handle) == 0);
	g2d_list_fill(&list, &image, &g2d_whole, 1);
	for (int i = 0; i < G2D_LISTS; i++) {
		if (holder->events)
			CHILD_CHECK(g2d_submit_event(fd, &list, (uint64_t)i) == 0);
		else
			CHILD_CHECK(g2d_submit(fd, &list) == 0);
		if (holder->action == HOLDER_EXECUTES_EACH_ASYNC)
			CHILD_CHECK(g2d_exec(fd, true) == 0);
	}

	return 0;
}

static int
hold(void *data)
{
	struct holder *holder = data;
	int fd, line;

	/* nothing but root may open the nodes of the board */
	fd = exynos_open(EXYNOS_RENDER_NODE);
	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(child_drop_root() == 0);
	line = take_all_lists(fd, holder);
	if (line != 0)
		return line;
	CHILD_CHECK(child_gate_post(&holder->ready) == 0);
	CHILD_CHECK(child_gate_wait(&holder->go) == 0);

	switch (holder->action) {
	case HOLDER_CLOSES:
		close(fd);
		break;
	case HOLDER_EXECUTES:
		CHILD_CHECK(g2d_exec(fd, false) == 0);
		break;
	case HOLDER_EXECUTES_UNTIL_KILLED:
		g2d_exec(fd, false);
		/* on a machine that is slow the driver may have reset the engine first */
		pause();
		return __LINE__;
	case HOLDER_EXECUTES_ASYNC:
		CHILD_CHECK(g2d_exec(fd, true) == 0);
		break;
	case HOLDER_KEEPS:
	case HOLDER_EXECUTES_EACH_ASYNC:
		break;
	}
	CHILD_CHECK(child_gate_post(&holder->done) == 0);
	CHILD_CHECK(child_gate_wait(&holder->go) == 0);

	return 0;
}

static void
start_holder(struct holder *holder, enum holder_action action, bool events)
{
	holder->action = action;
	holder->events = events;
	assert_int_equal(child_gate_init(&holder->ready), 0);
	assert_int_equal(child_gate_init(&holder->go), 0);
	assert_int_equal(child_gate_init(&holder->done), 0);
	holder->pid = child_start(hold, holder);
	assert_int_equal(child_gate_wait(&holder->ready), 0);
}

static void
let_act(struct holder *holder)
{
	assert_int_equal(child_gate_post(&holder->go), 0);
	assert_int_equal(child_gate_wait(&holder->done), 0);
}

static void
release_gates(struct holder *holder)
{
	child_gate_fini(&holder->ready);
	child_gate_fini(&holder->go);
	child_gate_fini(&holder->done);
}

static void
end_holder(struct holder *holder)
{
	assert_int_equal(child_gate_post(&holder->go), 0);
	assert_int_equal(child_wait(holder->pid), 0);
	release_gates(holder);
}

static void
kill_holder(struct holder *holder)
{
	child_kill(holder->pid);
	release_gates(holder);
}

/* Another one has as many lists as ever, whatever the holder and the engine are at. */
static void
assert_has_lists(struct g2d_device *d)
{
	struct g2d_list list;

	assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
	g2d_list_fill(&list, &d->image, &g2d_whole, 2);
	assert_int_equal(g2d_exec(d->fd, false), -EPERM);
}

static void
test_all_lists_of_a_file(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_image image;
	int other = g2d_open_other(&image);
	struct g2d_list list, others;

	g2d_list_fill(&others, &image, &g2d_whole, 1);
	g2d_list_fill(&list, &d->image, &g2d_whole, 0xa5a5a5a5);
	for (int i = 0; i < G2D_LISTS; i++)
		assert_int_equal(g2d_submit(d->fd, &list), 0);

	/* at once, every time, and without harm to what the file has */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(g2d_submit(d->fd, &list), -ENOMEM);
		assert_int_equal(g2d_submit_event(d->fd, &list, 1), -ENOMEM);
	}
	assert_int_equal(g2d_submit(other, &others), 0);
	assert_int_equal(g2d_exec(other, false), 0);

	assert_int_equal(g2d_exec(d->fd, false), 0);
	g2d_assert_filled(d, 0xa5a5a5a5);
	assert_int_equal(g2d_submit(d->fd, &list), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	close(other);
}

static uint64_t
get_event_us(const struct drm_exynos_g2d_event *event)
{
	return event->tv_sec * UINT64_C(1000000) + event->tv_usec;
}

/* Who has queued much waits longer: the only job of another file comes in turn. */
static void
test_files_take_turns(void **state)
{
	skip_without_engine("hold");

	enum { FIRST = 3 };
	struct g2d_device *d = *state;
	struct drm_exynos_g2d_event event, events[G2D_LISTS];
	struct g2d_image image;
	int other = g2d_open_other(&image);
	struct g2d_list list;

	assert_int_equal(virtual_engine_set("hold", 1), 0);
	g2d_list_fill(&list, &image, &g2d_whole, 1);
	for (uint64_t i = 0; i < G2D_LISTS; i++) {
		assert_int_equal(g2d_submit_event(other, &list, i), 0);
		assert_int_equal(g2d_exec(other, true), 0);
	}
	g2d_list_fill(&list, &d->image, &g2d_whole, 2);
	assert_int_equal(g2d_submit_event(d->fd, &list, 2), 0);
	assert_int_equal(g2d_exec(d->fd, true), 0);
	assert_int_equal(virtual_engine_set("hold", 0), 0);

	assert_int_equal(g2d_read_event(d->fd, &event), 0);
	for (uint64_t i = 0; i < G2D_LISTS; i++) {
		assert_int_equal(g2d_read_event(other, &events[i]), 0);
		assert_int_equal(events[i].user_data, i);
	}
	/* one was at work before, and the next one may have been chosen */
	assert_true(get_event_us(&event) <= get_event_us(&events[FIRST]));
	close(other);
}

static void
test_others_have_theirs(void **state)
{
	struct g2d_device *d = *state;
	struct holder holder;

	start_holder(&holder, HOLDER_KEEPS, false);
	assert_has_lists(d);
	let_act(&holder);
	assert_has_lists(d);
	end_holder(&holder);
	g2d_assert_works(d, 3);
}

/* A process that is stopped keeps its lists, and nobody needs them. */
static void
test_holder_that_is_stopped(void **state)
{
	struct g2d_device *d = *state;
	struct holder holder;
	int status;

	start_holder(&holder, HOLDER_KEEPS, false);
	assert_int_equal(kill(holder.pid, SIGSTOP), 0);
	assert_int_equal(waitpid(holder.pid, &status, WUNTRACED), holder.pid);
	assert_true(WIFSTOPPED(status));
	assert_has_lists(d);
	kill_holder(&holder);
	g2d_assert_works(d, 4);
}

static void
test_holder_closes_its_file(void **state)
{
	struct g2d_device *d = *state;
	struct holder holder;

	for (int events = 0; events < 2; events++) {
		start_holder(&holder, HOLDER_CLOSES, events);
		assert_has_lists(d);
		let_act(&holder);
		/* close() has returned there */
		g2d_assert_works(d, 5);
		assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
		end_holder(&holder);
	}
}

static void
test_holder_executes(void **state)
{
	struct g2d_device *d = *state;
	struct holder holder;

	for (int events = 0; events < 2; events++) {
		start_holder(&holder, HOLDER_EXECUTES, events);
		assert_has_lists(d);
		let_act(&holder);
		g2d_assert_works(d, 6);
		assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
		end_holder(&holder);
	}
}

/* While the engine works on the lists others set theirs; when it is done these run. */
static void
test_holder_executes_asynchronously(void **state)
{
	skip_without_engine("hold");

	struct g2d_device *d = *state;
	struct holder holder;
	struct g2d_list list;

	g2d_list_fill(&list, &d->image, &g2d_whole, 2);
	for (int events = 0; events < 2; events++) {
		uint64_t started = virtual_engine_started();

		start_holder(&holder, HOLDER_EXECUTES_ASYNC, events);
		assert_int_equal(virtual_engine_set("hold", 1), 0);
		let_act(&holder);
		assert_true(virtual_engine_wait_started(started));
		assert_has_lists(d);
		assert_int_equal(virtual_engine_set("hold", 0), 0);

		assert_int_equal(g2d_submit(d->fd, &list), 0);
		assert_int_equal(g2d_exec(d->fd, false), 0);
		end_holder(&holder);
	}
}

static void
test_killed_with_lists_that_never_ran(void **state)
{
	struct g2d_device *d = *state;
	struct holder holder;

	for (int events = 0; events < 2; events++) {
		start_holder(&holder, HOLDER_KEEPS, events);
		assert_has_lists(d);
		kill_holder(&holder);
		assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
		g2d_assert_works(d, 7);
	}
}

static void
test_killed_while_the_engine_works(void **state)
{
	skip_without_engine("hold");

	struct g2d_device *d = *state;
	struct holder holder;

	for (int events = 0; events < 2; events++) {
		uint64_t started = virtual_engine_started();

		assert_int_equal(virtual_engine_set("hold", 1), 0);
		start_holder(&holder, HOLDER_EXECUTES_ASYNC, events);
		let_act(&holder);
		assert_true(virtual_engine_wait_started(started));
		kill_holder(&holder);
		/* the engine was reset for it */
		assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
		assert_int_equal(virtual_engine_set("hold", 0), 0);
		g2d_assert_works(d, 8);
	}
}

static void
test_killed_in_synchronous_exec(void **state)
{
	skip_without_engine("hold");

	struct g2d_device *d = *state;
	struct holder holder;

	for (int events = 0; events < 2; events++) {
		uint64_t started = virtual_engine_started();

		assert_int_equal(virtual_engine_set("hold", 1), 0);
		start_holder(&holder, HOLDER_EXECUTES_UNTIL_KILLED, events);
		assert_int_equal(child_gate_post(&holder.go), 0);
		assert_true(virtual_engine_wait_started(started));
		kill_holder(&holder);
		assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
		assert_int_equal(virtual_engine_set("hold", 0), 0);
		g2d_assert_works(d, 9);
	}
}

/* The engine works on the first of 64 jobs, the others wait for their turn. */
static void
test_killed_with_jobs_queued(void **state)
{
	skip_without_engine("hold");

	struct g2d_device *d = *state;
	struct holder holder;

	for (int events = 0; events < 2; events++) {
		uint64_t started = virtual_engine_started();

		assert_int_equal(virtual_engine_set("hold", 1), 0);
		start_holder(&holder, HOLDER_EXECUTES_EACH_ASYNC, events);
		assert_true(virtual_engine_wait_started(started));
		assert_has_lists(d);
		kill_holder(&holder);
		assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
		assert_int_equal(virtual_engine_set("hold", 0), 0);
		g2d_assert_works(d, 10);
	}
}

static void
test_killed_while_the_engine_hangs(void **state)
{
	skip_without_engine("hang");

	struct g2d_device *d = *state;
	uint64_t started = virtual_engine_started();
	struct holder holder;

	assert_int_equal(virtual_engine_set("hang", 1), 0);
	start_holder(&holder, HOLDER_EXECUTES_ASYNC, true);
	let_act(&holder);
	assert_true(virtual_engine_wait_started(started));
	kill_holder(&holder);
	assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
	g2d_assert_works(d, 11);
}

/* The lists have run, nobody has read the events. */
static void
test_killed_with_events_unread(void **state)
{
	struct g2d_device *d = *state;
	struct holder holder;

	start_holder(&holder, HOLDER_EXECUTES, true);
	let_act(&holder);
	assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
	kill_holder(&holder);
	g2d_assert_works(d, 12);
}

/* Takes all lists, a job for each, and dies. */
static int
queue_jobs_and_die(void *data)
{
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	struct g2d_image image = { 0, G2D_STRIDE };
	struct g2d_list list;

	(void)data;
	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(exynos_gem_create(fd, G2D_SIZE, 0, &image.handle) == 0);
	g2d_list_fill(&list, &image, &g2d_whole, 1);
	for (int i = 0; i < G2D_LISTS; i++) {
		CHILD_CHECK(g2d_submit_event(fd, &list, 1) == 0);
		CHILD_CHECK(g2d_exec(fd, true) == 0);
	}
	CHILD_CHECK(g2d_submit(fd, &list) == -ENOMEM);
	raise(SIGKILL);

	return __LINE__;
}

/* The engine has none of its lists yet, and the job that it works on is not disturbed. */
static void
test_killed_behind_the_job_of_another(void **state)
{
	skip_without_engine("hold");

	struct g2d_device *d = *state;
	uint64_t started = virtual_engine_started();
	struct drm_exynos_g2d_event event;
	struct g2d_list list;

	g2d_list_fill(&list, &d->image, &g2d_whole, 0x13131313);
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	assert_int_equal(g2d_submit_event(d->fd, &list, 13), 0);
	assert_int_equal(g2d_exec(d->fd, true), 0);
	assert_true(virtual_engine_wait_started(started));

	assert_int_equal(child_run(queue_jobs_and_die, NULL), -SIGKILL);
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	assert_int_equal(g2d_read_event(d->fd, &event), 0);
	assert_int_equal(event.user_data, 13);
	for (int i = 0; i < G2D_WIDTH * G2D_HEIGHT; i++)
		assert_int_equal(d->pixels[i], 0x13131313);
}

static int
close_with_a_job(void *data)
{
	struct child_gate *gate = data;
	struct g2d_image image;
	struct g2d_list list;
	int fd = g2d_open_other(&image);

	g2d_list_fill(&list, &image, &g2d_whole, 0);
	CHILD_CHECK(g2d_submit(fd, &list) == 0);
	CHILD_CHECK(g2d_exec(fd, true) == 0);
	CHILD_CHECK(child_gate_post(gate) == 0);
	/* which gives the job 100 ms */
	close(fd);

	return 0;
}

/* Whether a child has ended, which is still to be waited for. */
static bool
has_ended(pid_t child)
{
	siginfo_t info = { 0 };

	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT), 0);

	return info.si_pid == child;
}

/* False if the driver gave the closed file's job up, for this machine is too busy to be in time. */
static bool
follow_a_closed_file(struct g2d_device *d, uint64_t user_data)
{
	uint64_t aborts = virtual_engine_get("aborts"), started = virtual_engine_started();
	struct drm_exynos_g2d_event event;
	struct child_gate gate;
	struct g2d_list list;
	bool is_seen, in_time;
	pid_t child;

	assert_int_equal(child_gate_init(&gate), 0);
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	child = child_start(close_with_a_job, &gate);
	assert_int_equal(child_gate_wait(&gate), 0);
	/* on a busy host the 100 ms of close() may be over before the engine has looked */
	while (!(is_seen = virtual_engine_started() != started) && !has_ended(child))
		usleep(1000);
	/* for the child to be in close(); if it is not yet, nothing is shown, and nothing fails */
	usleep(10000);

	assert_int_equal(virtual_engine_set("hold", 0), 0);
	/* at once: what is between two jobs, close() must not notice */
	while (virtual_engine_get("busy"))
		sched_yield();
	in_time = is_seen && virtual_engine_get("aborts") == aborts;
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	g2d_list_fill(&list, &d->image, &g2d_whole, (uint32_t)user_data);
	assert_int_equal(g2d_submit_event(d->fd, &list, user_data), 0);
	assert_int_equal(g2d_exec(d->fd, true), 0);

	assert_int_equal(child_wait(child), 0);
	if (in_time)
		assert_int_equal(virtual_engine_get("aborts"), aborts);
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	assert_int_equal(g2d_read_event(d->fd, &event), 0);
	assert_int_equal(event.user_data, user_data);
	g2d_assert_filled(d, (uint32_t)user_data);
	child_gate_fini(&gate);

	return in_time;
}

/* The job of the file that is closed ends in time, and the next one, of another file, is not it. */
static void
test_job_that_follows_that_of_a_closed_file(void **state)
{
	skip_without_engine("hold");

	int in_time = 0;

	for (uint64_t round = 1; round <= ROUNDS; round++)
		in_time += follow_a_closed_file(*state, round);
	printf("# in time %d times of %d\n", in_time, ROUNDS);
	if (in_time == 0)
		skip_because("the host was too busy: no job ended within the 100 ms of close()");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, g2d_setup, g2d_teardown)
		TEST(test_all_lists_of_a_file),
		TEST(test_files_take_turns),
		TEST(test_others_have_theirs),
		TEST(test_holder_that_is_stopped),
		TEST(test_holder_closes_its_file),
		TEST(test_holder_executes),
		TEST(test_holder_executes_asynchronously),
		TEST(test_killed_with_lists_that_never_ran),
		TEST(test_killed_while_the_engine_works),
		TEST(test_killed_in_synchronous_exec),
		TEST(test_killed_with_jobs_queued),
		TEST(test_killed_while_the_engine_hangs),
		TEST(test_killed_with_events_unread),
		TEST(test_killed_behind_the_job_of_another),
		TEST(test_job_that_follows_that_of_a_closed_file),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("busy G2D", tests, NULL, NULL);
}
