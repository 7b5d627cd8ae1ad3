// SPDX-License-Identifier: MIT
/*
 * An engine that does not do what it should: it is late, hangs, loses interrupts, meets pages of the
 * bus where nothing is, or accesses what is not mapped for it.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "g2d-fixture.h"
#include "kernel-log.h"
#include "skip.h"
#include "virtual-engine.h"

#define PAGE 4096u

/* A job that takes its time is no hang: nothing is reset, and EXEC returns when it is done. */
static void
test_engine_that_is_late(void **state)
{
	struct g2d_device *d = *state;
	uint64_t aborts = virtual_engine_get("aborts");

	assert_int_equal(virtual_engine_set("delay_us", 50000), 0);
	for (uint32_t color = 1; color < 4; color++)
		g2d_assert_works(d, color);
	assert_int_equal(virtual_engine_get("aborts"), aborts);
}

/* The pixels are there, but nobody is told before the interrupt. */
static void
test_interrupt_that_is_late(void **state)
{
	struct g2d_device *d = *state;
	uint64_t aborts = virtual_engine_get("aborts");
	uint64_t interrupts = virtual_engine_get("interrupts");
	struct drm_exynos_g2d_event event;
	struct g2d_list list;

	assert_int_equal(virtual_engine_set("delay_end_us", 50000), 0);
	g2d_list_fill(&list, &d->image, &g2d_whole, 0x1d1d1d1d);
	assert_int_equal(g2d_submit_event(d->fd, &list, 7), 0);
	assert_int_equal(g2d_exec(d->fd, true), 0);
	assert_int_equal(g2d_read_event(d->fd, &event), 0);
	assert_int_equal(event.user_data, 7);
	g2d_assert_filled(d, 0x1d1d1d1d);
	assert_true(virtual_engine_get("interrupts") > interrupts);
	g2d_assert_works(d, 0x1e1e1e1e);
	assert_int_equal(virtual_engine_get("aborts"), aborts);
}

static void
test_engine_that_hangs_is_reset(void **state)
{
	struct g2d_device *d = *state;

	for (int n = 0; n < 2; n++) {
		assert_int_equal(virtual_engine_set("hang", 1), 0);
		assert_int_equal(g2d_fill(d->fd, &d->image, &g2d_whole, 0x17171717), -EIO);
		g2d_assert_works(d, 0x18181818);
	}
}

/* The engine has done what it was told, and says so when it is looked at. */
static void
test_interrupt_that_is_lost(void **state)
{
	struct g2d_device *d = *state;

	assert_int_equal(virtual_engine_set("lost_irq", 1), 0);
	assert_int_equal(g2d_fill(d->fd, &d->image, &g2d_whole, 0x19191919), 0);
	g2d_assert_filled(d, 0x19191919);
	g2d_assert_works(d, 0x1a1a1a1a);
}

/* Its own jobs do not run, and their events do not come; those of others do. */
static void
test_jobs_behind_one_that_hangs(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_image image;
	int other = g2d_open_other(&image);
	struct drm_exynos_g2d_event event;
	struct g2d_list list;

	assert_int_equal(virtual_engine_set("hang", 1), 0);
	g2d_list_fill(&list, &image, &g2d_whole, 1);
	assert_int_equal(g2d_submit_event(other, &list, 1), 0);
	assert_int_equal(g2d_exec(other, true), 0);
	assert_int_equal(g2d_submit_event(other, &list, 2), 0);
	assert_int_equal(g2d_exec(other, true), 0);

	g2d_assert_works(d, 0x1b1b1b1b);
	assert_int_equal(g2d_read_event(other, &event), 0);
	assert_int_equal(event.user_data, 2);
	close(other);
}

static void
test_closed_while_the_engine_hangs(void **state)
{
	struct g2d_device *d = *state;
	uint64_t aborts = virtual_engine_get("aborts"), started = virtual_engine_started();
	struct g2d_image image;
	int other = g2d_open_other(&image);
	int log = kernel_log_open();
	struct g2d_list list;

	assert_true(log >= 0);
	g2d_list_fill(&list, &image, &g2d_whole, 1);
	assert_int_equal(virtual_engine_set("hang", 1), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(g2d_submit_event(other, &list, 1), 0);
		assert_int_equal(g2d_exec(other, true), 0);
	}
	assert_true(virtual_engine_wait_started(started));
	close(other);
	g2d_assert_works(d, 0x1f1f1f1f);
	assert_int_equal(virtual_engine_get("aborts"), aborts + 1);

	/* nothing but the reset: the job has ended once, and so has its use of the engine */
	assert_int_equal(kernel_log_count_driver(log), 1);
	close(log);
}

/* A page of the bus in which the image is: where the engine meets a fault while it draws it. */
static uint32_t
find_page(struct g2d_device *d)
{
	for (uint32_t access = 1; access < 1000; access++) {
		int drawn = 0;

		memset(d->pixels, 0, G2D_SIZE);
		assert_int_equal(virtual_engine_set("fault_in", access), 0);
		g2d_fill(d->fd, &d->image, &g2d_whole, 1);
		for (int i = 0; i < G2D_WIDTH * G2D_HEIGHT; i++)
			drawn += d->pixels[i] == 1;
		/* a line is missing: the fault was not in the list, and was before the end */
		if (drawn > 0 && drawn < G2D_WIDTH * G2D_HEIGHT)
			return (uint32_t)virtual_engine_get("last_fault") & ~(PAGE - 1);
	}
	fail_msg("%s", "the engine has met no fault in the image");

	return 0;
}

/* All of it is drawn but one page, wherever that is. */
static void
assert_page_missing(const uint32_t *pixels, uint32_t color, uint32_t before)
{
	int missing = 0, first = -1;

	for (int i = 0; i < G2D_WIDTH * G2D_HEIGHT; i++) {
		assert_true(pixels[i] == color || pixels[i] == before);
		if (pixels[i] != before)
			continue;
		if (first < 0)
			first = i;
		assert_int_equal(i, first + missing);
		missing++;
	}
	assert_int_equal(missing, PAGE / 4);
	assert_int_equal(first % (PAGE / 4), 0);
}

static void
test_page_fault_on_an_address(void **state)
{
	struct g2d_device *d = *state;
	uint32_t page = find_page(d);
	uint64_t faults = virtual_engine_get("faults");

	memset(d->pixels, 0, G2D_SIZE);
	assert_int_equal(virtual_engine_set("fault_address", page), 0);
	assert_int_equal(g2d_fill(d->fd, &d->image, &g2d_whole, 0x21212121), 0);
	assert_page_missing(d->pixels, 0x21212121, 0);
	assert_true(virtual_engine_get("faults") > faults);

	assert_int_equal(virtual_engine_set("fault_address", 0), 0);
	g2d_assert_works(d, 0x22222222);
}

static void
test_page_fault_on_the_source(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_image target = { 0, G2D_STRIDE };
	uint32_t page = find_page(d), *pixels;

	assert_int_equal(exynos_gem_create(d->fd, G2D_SIZE, 0, &target.handle), 0);
	pixels = exynos_gem_mmap(d->fd, target.handle, G2D_SIZE);
	assert_non_null(pixels);
	g2d_assert_works(d, 0x23232323);
	assert_int_equal(virtual_engine_set("fault_address", page), 0);
	assert_int_equal(g2d_copy(d->fd, &target, &g2d_whole, &d->image, &g2d_whole), 0);
	assert_page_missing(pixels, 0x23232323, 0);
	g2d_assert_filled(d, 0x23232323);
	munmap(pixels, G2D_SIZE);
	exynos_gem_close(d->fd, target.handle);
}

/* In the list or in the image, at its first access or at its last one: the next job runs. */
static void
test_page_fault_at_every_access(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_list list;
	uint32_t accesses;

	g2d_list_fill(&list, &d->image, &g2d_whole, 1);
	accesses = G2D_LIST_WORDS - 2 * G2D_LIST_PAIRS_MAX + list.n_cmds + list.n_bufs + G2D_HEIGHT;
	for (uint32_t access = 1; access <= accesses; access++) {
		int ret;

		assert_int_equal(virtual_engine_set("fault_in", access), 0);
		ret = g2d_fill(d->fd, &d->image, &g2d_whole, access);
		assert_true(ret == 0 || ret == -EIO);
		assert_int_equal(virtual_engine_set("fault_in", 0), 0);
		g2d_assert_works(d, ~access);
	}
}

/* No bus address, whatever the board: the SysMMU stops an engine that goes there. */
#define NOWHERE PAGE

static void
go_astray(int fd, const struct g2d_image *image)
{
	assert_int_equal(virtual_engine_set("stray_write", NOWHERE), 0);
	assert_int_equal(g2d_fill(fd, image, &g2d_whole, 0x24242424), -EIO);
	assert_int_equal(virtual_engine_get("stray_write"), 0);
}

/* It costs nobody but whose job it was, and the log has a line for each client, not for each job. */
static void
test_engine_gone_astray(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_image image;
	int other = g2d_open_other(&image);
	int log = kernel_log_open();
	char name[64];

	assert_true(log >= 0);
	snprintf(name, sizeof(name), "page fault at %#x, in a job of process %d", NOWHERE,
		 (int)getpid());
	for (uint32_t i = 0; i < 4; i++) {
		go_astray(d->fd, &d->image);
		g2d_assert_works(d, 0x25252525 + i);
	}
	assert_int_equal(kernel_log_count(log, name), 1);
	for (uint32_t i = 0; i < 4; i++) {
		go_astray(other, &image);
		g2d_assert_works(d, 0x26262626 + i);
	}
	assert_int_equal(kernel_log_count(log, name), 1);
	close(log);
	close(other);
}

/* Lists that did not run send no event, the jobs that follow do. */
static void
test_jobs_behind_one_gone_astray(void **state)
{
	struct g2d_device *d = *state;
	struct g2d_image image;
	int other = g2d_open_other(&image);
	struct drm_exynos_g2d_event event;
	struct g2d_list list;

	assert_int_equal(virtual_engine_set("stray_write", NOWHERE), 0);
	g2d_list_fill(&list, &image, &g2d_whole, 1);
	for (uint64_t user_data = 1; user_data < 3; user_data++) {
		assert_int_equal(g2d_submit_event(other, &list, user_data), 0);
		assert_int_equal(g2d_exec(other, true), 0);
	}
	g2d_assert_works(d, 0x27272727);
	assert_int_equal(g2d_read_event(other, &event), 0);
	assert_int_equal(event.user_data, 2);
	close(other);
}

/* The file goes while its job is being ended, or before. */
static void
test_closed_while_the_engine_goes_astray(void **state)
{
	struct g2d_device *d = *state;

	for (uint32_t i = 0; i < 20; i++) {
		struct g2d_image image;
		int other = g2d_open_other(&image);
		struct g2d_list list;

		assert_int_equal(virtual_engine_set("stray_write", NOWHERE), 0);
		g2d_list_fill(&list, &image, &g2d_whole, 1);
		assert_int_equal(g2d_submit_event(other, &list, 1), 0);
		assert_int_equal(g2d_exec(other, true), 0);
		close(other);
		/* closed before it began: nobody has gone anywhere yet */
		assert_int_equal(virtual_engine_set("stray_write", 0), 0);
		g2d_assert_works(d, 0x28282828 + i);
	}
}

struct waiter {
	struct child_gate ready;
};

static int
wait_for_the_engine(void *data)
{
	struct waiter *waiter = data;
	struct g2d_image image = { 0, G2D_STRIDE };
	int fd = exynos_open(EXYNOS_RENDER_NODE);

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(exynos_gem_create(fd, G2D_SIZE, 0, &image.handle) == 0);
	CHILD_CHECK(child_gate_post(&waiter->ready) == 0);
	g2d_fill(fd, &image, &g2d_whole, 1);

	/* the driver was first, which the parent finds out by itself */
	pause();

	return __LINE__;
}

/* Until the process sleeps so that only what it waits for wakes it, or SIGKILL; false if never. */
static bool
wait_asleep(pid_t pid)
{
	char path[64], state = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	for (int i = 0; i < 1000 && state != 'D'; i++) {
		FILE *file = fopen(path, "re");

		assert_non_null(file);
		assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
		fclose(file);
		usleep(1000);
	}

	return state == 'D';
}

/*
 * One waits for its own job, another one for its turn. Returns whether the second one could be
 * killed while the engine was held, not only after the driver had lost its patience with it.
 */
static bool
kill_waiters(void)
{
	uint64_t aborts = virtual_engine_get("aborts"), started = virtual_engine_started();
	struct waiter first, second;
	pid_t first_pid, second_pid;
	bool asleep, killed;

	assert_int_equal(child_gate_init(&first.ready), 0);
	assert_int_equal(child_gate_init(&second.ready), 0);
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	first_pid = child_start(wait_for_the_engine, &first);
	assert_int_equal(child_gate_wait(&first.ready), 0);
	assert_true(virtual_engine_wait_started(started));
	second_pid = child_start(wait_for_the_engine, &second);
	assert_int_equal(child_gate_wait(&second.ready), 0);
	asleep = wait_asleep(second_pid);

	child_kill(second_pid);
	killed = asleep && virtual_engine_get("aborts") == aborts;
	child_kill(first_pid);
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	child_gate_fini(&first.ready);
	child_gate_fini(&second.ready);

	return killed;
}

/* On a machine that is busy the driver may have been first; not every time. */
static void
test_waiters_can_be_killed(void **state)
{
	struct g2d_device *d = *state;
	bool killed = false;

	for (int i = 0; i < 5 && !killed; i++) {
		killed = kill_waiters();
		g2d_assert_works(d, 0x1c1c1c1c);
	}
	assert_true(killed);
}

/*
 * An engine that is still writing after the reset: nobody is told, and nothing is given back, before it
 * has come to rest.
 */
static void
test_engine_that_is_late_after_a_reset(void **state)
{
	enum { ROWS = 3, LATE_US = 20000 };
	struct g2d_device *d = *state;

	assert_int_equal(virtual_engine_make_late(ROWS, LATE_US), 0);
	for (int i = 0; i < 3; i++) {
		uint64_t late_bytes = virtual_engine_get("late_bytes");

		assert_int_equal(virtual_engine_set("hang", 1), 0);
		assert_int_equal(g2d_fill(d->fd, &d->image, &g2d_whole, 0), -EIO);
		assert_int_equal(virtual_engine_get("late"), 0);
		assert_int_equal(virtual_engine_get("late_bytes") - late_bytes, ROWS * G2D_STRIDE);
		g2d_assert_works(d, 0x1d1d1d1d);
	}
}

/*
 * And one that never does: what it may still write to is kept, for good. Others have no engine until it
 * is at rest after all. The last test, since it leaves that behind.
 */
static void
test_engine_that_never_comes_to_rest(void **state)
{
	(void)state;
	uint64_t mapped_bytes = virtual_engine_get("mapped_bytes");
	struct g2d_image image, others;
	int fd = g2d_open_other(&image), other = g2d_open_other(&others);

	assert_int_equal(virtual_engine_make_late(1, 0), 0);
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	assert_int_equal(g2d_fill(fd, &image, &g2d_whole, 0), -EIO);
	close(fd);
	assert_true(virtual_engine_get("mapped_bytes") >= mapped_bytes + G2D_SIZE);
	assert_int_equal(g2d_fill(other, &others, &g2d_whole, 0), -EIO);

	assert_int_equal(virtual_engine_reset(), 0);
	assert_true(virtual_engine_wait_idle());
	assert_int_equal(g2d_fill(other, &others, &g2d_whole, 0), 0);
	close(other);
	assert_true(virtual_engine_get("mapped_bytes") >= mapped_bytes + G2D_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, g2d_setup, g2d_teardown)
		TEST(test_engine_that_is_late),
		TEST(test_interrupt_that_is_late),
		TEST(test_engine_that_hangs_is_reset),
		TEST(test_interrupt_that_is_lost),
		TEST(test_jobs_behind_one_that_hangs),
		TEST(test_closed_while_the_engine_hangs),
		TEST(test_page_fault_on_an_address),
		TEST(test_page_fault_on_the_source),
		TEST(test_page_fault_at_every_access),
		TEST(test_engine_gone_astray),
		TEST(test_jobs_behind_one_gone_astray),
		TEST(test_closed_while_the_engine_goes_astray),
		TEST(test_waiters_can_be_killed),
		TEST(test_engine_that_is_late_after_a_reset),
		cmocka_unit_test(test_engine_that_never_comes_to_rest),
	};

	if (!virtual_engine_has("hang"))
		return skip_all("the engine is no model that fails when it is told to");
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("G2D faults", tests, NULL, NULL);
}
