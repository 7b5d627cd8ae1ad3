// SPDX-License-Identifier: MIT
/*
 * Two threads that use the command lists of one file at the same time: no list is lost, and each has
 * its event. With a single processor they never are in the driver together.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "exynos-g2d.h"
#include "g2d-fixture.h"
#include "skip.h"

enum {
	THREADS = 2,
	TURNS_MAX = 128,
	/* lists of the last job of a round may still be on their way back in the next one */
	EVENTS = G2D_LISTS / 2,
};

struct team;

struct contest {
	int rounds;
	int lists_each; /* by each thread in a round */
	/* What is done with a list, while the other thread does so with one of its own. 0 or -errno. */
	int (*play)(struct team *team, int list, uint32_t round);
	/* Looks, when all are through. False, after a word on why, if something is wrong. */
	bool (*check)(struct team *team, uint32_t round);
};

struct team {
	struct g2d_device *device;
	const struct contest *contest;
	pthread_barrier_t start, end;
	atomic_uint arrived;
	bool over; /* written before a start, read after it */
	int results[THREADS];
	char fault[128];
};

__attribute__((format(printf, 2, 3))) static bool
report(struct team *team, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(team->fault, sizeof(team->fault), format, args);
	va_end(args);

	return false;
}

/* The number-th of those that the caller may use. */
static int
use_processor(const cpu_set_t *allowed, int number)
{
	cpu_set_t one;
	int cpu = 0;

	while (cpu < CPU_SETSIZE && (!CPU_ISSET(cpu, allowed) || number-- > 0))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);

	return sched_setaffinity(0, sizeof(one), &one) < 0 ? -errno : 0;
}

/*
 * Waits for the other thread, with the processor in hand, and then for some more turns: the driver lets
 * one of them in before the other, and at the same distance they would never be at the same place.
 */
static void
meet(struct team *team, unsigned int *seed)
{
	unsigned int arrived = atomic_fetch_add(&team->arrived, 1);
	unsigned int turns = (unsigned int)rand_r(seed) % TURNS_MAX;

	while (atomic_load(&team->arrived) / THREADS == arrived / THREADS || turns-- > 0)
		;
}

/* Both do each of their lists at the same time, also if one of them is told that something is wrong. */
static void
play(struct team *team, int thread, uint32_t round)
{
	unsigned int seed = round * THREADS + (unsigned int)thread;

	team->results[thread] = 0;
	for (int i = 0; i < team->contest->lists_each; i++) {
		int ret;

		meet(team, &seed);
		ret = team->contest->play(team, thread * team->contest->lists_each + i, round);
		if (ret < 0)
			team->results[thread] = ret;
	}
}

static void *
run_other_thread(void *data)
{
	struct team *team = data;

	for (uint32_t round = 1;; round++) {
		pthread_barrier_wait(&team->start);
		if (team->over)
			return NULL;
		play(team, 1, round);
		pthread_barrier_wait(&team->end);
	}
}

static bool
play_round(struct team *team, uint32_t round)
{
	pthread_barrier_wait(&team->start);
	play(team, 0, round);
	pthread_barrier_wait(&team->end);
	for (int i = 0; i < THREADS; i++) {
		if (team->results[i] < 0)
			return report(team, "round %u: thread %d is told: %s", round, i,
				      strerror(-team->results[i]));
	}

	return team->contest->check(team, round);
}

/* Until something is wrong, which ends the test, or for all rounds. */
static void
run_contest(struct g2d_device *d, const struct contest *contest)
{
	struct team team = { .device = d, .contest = contest };
	cpu_set_t allowed;
	pthread_t other;

	assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	if (CPU_COUNT(&allowed) < THREADS)
		skip_because("the board has %d processor, not %d", CPU_COUNT(&allowed), THREADS);

	assert_int_equal(pthread_barrier_init(&team.start, NULL, THREADS), 0);
	assert_int_equal(pthread_barrier_init(&team.end, NULL, THREADS), 0);
	/* a thread begins where the one that makes it is */
	assert_int_equal(use_processor(&allowed, 1), 0);
	assert_int_equal(pthread_create(&other, NULL, run_other_thread, &team), 0);
	assert_int_equal(use_processor(&allowed, 0), 0);
	for (uint32_t round = 1; round <= (uint32_t)contest->rounds; round++) {
		if (!play_round(&team, round))
			break;
	}
	team.over = true;
	pthread_barrier_wait(&team.start);
	pthread_join(other, NULL);
	pthread_barrier_destroy(&team.start);
	pthread_barrier_destroy(&team.end);
	assert_int_equal(sched_setaffinity(0, sizeof(allowed), &allowed), 0);
	assert_string_equal(team.fault, "");
}

/* Fills one pixel: that of the list's number. */
static void
make_list(struct team *team, struct g2d_list *list, int number, uint32_t color)
{
	const int x = number % G2D_WIDTH, y = number / G2D_WIDTH;
	const struct g2d_box pixel = { x, y, x + 1, y + 1 };

	g2d_list_fill(list, &team->device->image, &pixel, color);
}

static int
set_list(struct team *team, int number, uint32_t round)
{
	struct g2d_list list;

	make_list(team, &list, number, round);

	return g2d_submit(team->device->fd, &list);
}

static bool
all_lists_run(struct team *team, uint32_t round)
{
	int ret = g2d_exec(team->device->fd, false);

	if (ret < 0)
		return report(team, "round %u: nothing runs: %s", round, strerror(-ret));

	for (int i = 0; i < G2D_LISTS; i++) {
		if (team->device->pixels[i] != round)
			return report(team, "round %u: list %d did not run", round, i);
	}

	return true;
}

static void
test_threads_that_set_lists(void **state)
{
	const struct contest contest = { 200, G2D_LISTS / THREADS, set_list, all_lists_run };

	run_contest(*state, &contest);
}

static int
set_and_run_list(struct team *team, int number, uint32_t round)
{
	struct g2d_list list;
	int ret;

	make_list(team, &list, number, round);
	ret = g2d_submit_event(team->device->fd, &list, (uint64_t)number);
	if (ret < 0)
		return ret;
	/* which has no list to run if the other thread has taken this one along */
	ret = g2d_exec(team->device->fd, true);

	return ret == -EPERM ? 0 : ret;
}

/* In which order depends on who was first; but with the event a list has run. */
static bool
all_events_come(struct team *team, uint32_t round)
{
	bool seen[EVENTS] = { false };

	for (int i = 0; i < EVENTS; i++) {
		struct drm_exynos_g2d_event event;
		int ret = g2d_read_event(team->device->fd, &event);

		if (ret < 0)
			return report(team, "round %u: no event after %d of %d: %s", round, i,
				      EVENTS, strerror(-ret));
		if (event.user_data >= EVENTS || seen[event.user_data])
			return report(team, "round %u: not the event of a list: %llu", round,
				      (unsigned long long)event.user_data);
		seen[event.user_data] = true;
		if (team->device->pixels[event.user_data] != round)
			return report(team, "round %u: the event of list %llu, which did not run",
				      round, (unsigned long long)event.user_data);
	}

	return true;
}

static void
test_threads_that_set_and_run_lists(void **state)
{
	const struct contest contest = { 60, EVENTS / THREADS, set_and_run_list, all_events_come };

	run_contest(*state, &contest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, g2d_setup, g2d_teardown)
		TEST(test_threads_that_set_lists),
		TEST(test_threads_that_set_and_run_lists),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("threads with one file", tests, NULL, NULL);
}
