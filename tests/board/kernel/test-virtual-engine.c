// SPDX-License-Identifier: MIT
/*
 * The virtual engine's counters and the faults that a test can inject: each does what
 * board/README.md says, or the tests that rest on it prove nothing. fault_in is what
 * bus_address_find() uses; stray_write is in test-userptr-readonly, too, order by hold in
 * test-g2d-jobs and test-g2d-busy.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "bus-address.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "skip.h"
#include "virtual-engine.h"

enum {
	PAGE = 4096,
	WIDTH = 64,
	STRIDE = 4 * WIDTH,
	HEIGHT = 64,
	SIZE = STRIDE * HEIGHT,
	PAGE_PIXELS = PAGE / 4,
	/* longer than any test: only a reset ends it */
	FOR_EVER_US = 3600 * 1000000u,
	WAIT_STEPS = 1000,
	WAIT_STEP_US = 10000,
};

static const struct g2d_box whole = { 0, 0, WIDTH, HEIGHT };

struct device {
	int fd;
	struct g2d_image image;
	uint32_t *pixels; /* of memory that is not cached */
};

/* Counters, and how much they had been. */
struct counters {
	uint64_t jobs, lists, blits, pixels, interrupts, lost_interrupts, faults, unsupported,
		aborts;
};

static struct counters
read_counters(void)
{
	return (struct counters){
		.jobs = virtual_engine_get("jobs"),
		.lists = virtual_engine_get("lists"),
		.blits = virtual_engine_get("blits"),
		.pixels = virtual_engine_get("pixels"),
		.interrupts = virtual_engine_get("interrupts"),
		.lost_interrupts = virtual_engine_get("lost_interrupts"),
		.faults = virtual_engine_get("faults"),
		.unsupported = virtual_engine_get("unsupported"),
		.aborts = virtual_engine_get("aborts"),
	};
}

/* That exactly this has been added. */
static void
assert_counted(const struct counters *before, const struct counters *added)
{
	struct counters now = read_counters();

	assert_int_equal(now.jobs - before->jobs, added->jobs);
	assert_int_equal(now.lists - before->lists, added->lists);
	assert_int_equal(now.blits - before->blits, added->blits);
	assert_int_equal(now.pixels - before->pixels, added->pixels);
	assert_int_equal(now.interrupts - before->interrupts, added->interrupts);
	assert_int_equal(now.lost_interrupts - before->lost_interrupts, added->lost_interrupts);
	assert_int_equal(now.faults - before->faults, added->faults);
	assert_int_equal(now.unsupported - before->unsupported, added->unsupported);
	assert_int_equal(now.aborts - before->aborts, added->aborts);
}

static int
setup(void **state)
{
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(d->fd >= 0);
	d->image.stride = STRIDE;
	assert_int_equal(exynos_gem_create(d->fd, SIZE, 0, &d->image.handle), 0);
	d->pixels = exynos_gem_mmap(d->fd, d->image.handle, SIZE);
	assert_non_null(d->pixels);
	memset(d->pixels, 0, SIZE);
	*state = d;

	return 0;
}

static int
teardown(void **state)
{
	struct device *d = *state;

	assert_int_equal(virtual_engine_reset(), 0);
	munmap(d->pixels, SIZE);
	exynos_gem_close(d->fd, d->image.handle);
	close(d->fd);
	free(d);

	return 0;
}

static bool
is_filled(const struct device *d, size_t from, size_t count, uint32_t color)
{
	for (size_t i = from; i < from + count; i++) {
		if (d->pixels[i] != color)
			return false;
	}

	return true;
}

static bool
all_is(const struct device *d, uint32_t color)
{
	return is_filled(d, 0, SIZE / 4, color);
}

/* A file with a job that fills the image; closed when the job is not to end by itself. */
static int
start_fill(struct device *d, uint32_t color)
{
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	int dmabuf = exynos_prime_export(d->fd, d->image.handle, O_CLOEXEC | O_RDWR);
	struct g2d_image image = { 0, STRIDE };
	uint64_t started = virtual_engine_started();
	struct g2d_list list;

	assert_true(fd >= 0 && dmabuf >= 0);
	assert_int_equal(exynos_prime_import(fd, dmabuf, &image.handle), 0);
	close(dmabuf);
	g2d_list_fill(&list, &image, &whole, color);
	assert_int_equal(g2d_submit_event(fd, &list, 1), 0);
	assert_int_equal(g2d_exec(fd, true), 0);
	assert_true(virtual_engine_wait_started(started));

	return fd;
}

static bool
has_event(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) == 1;
}

static void
test_counters(void **state)
{
	struct device *d = *state;
	const struct g2d_box quarter = { 0, 0, WIDTH / 2, HEIGHT / 2 };
	struct counters before = read_counters();
	struct g2d_list list;

	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 1), 0);
	assert_counted(&before, &(struct counters){ .jobs = 1,
						    .lists = 1,
						    .blits = 1,
						    .pixels = WIDTH * HEIGHT,
						    .interrupts = 1 });

	before = read_counters();
	for (uint32_t i = 0; i < 3; i++) {
		g2d_list_fill(&list, &d->image, &quarter, i);
		assert_int_equal(g2d_submit(d->fd, &list), 0);
	}
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_counted(&before, &(struct counters){ .jobs = 1,
						    .lists = 3,
						    .blits = 3,
						    .pixels = 3 * WIDTH * HEIGHT / 4,
						    .interrupts = 1 });
}

/* A blit that the model does not know is left out, and the reason can be read. */
static void
test_unsupported(void **state)
{
	static const char path[] = "/sys/kernel/debug/fimg2d/unsupported_reasons";
	struct device *d = *state;
	const struct g2d_box upper = { 0, 0, WIDTH, HEIGHT / 2 };
	struct counters before = read_counters();
	struct g2d_list list;
	char last[128] = "", line[128];
	FILE *file;

	g2d_list_copy(&list, &d->image, &upper, &d->image, &upper);
	for (uint32_t i = 0; i < list.n_cmds; i++) {
		if (list.cmds[i].offset == G2D_SRC_COLOR_MODE)
			list.cmds[i].data = G2D_COLOR_MODE_YCBCR422;
	}
	assert_int_equal(g2d_submit(d->fd, &list), 0);
	assert_int_equal(g2d_exec(d->fd, false), 0);
	assert_counted(&before, &(struct counters){
					.jobs = 1, .lists = 1, .interrupts = 1, .unsupported = 1 });

	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		strcpy(last, line);
	fclose(file);
	assert_string_equal(last, "last: register 0x030c value 0x00000009\n");
}

/* Before its first access, as long as nobody resets the engine. */
static void
test_delay_before(void **state)
{
	struct device *d = *state;
	struct counters before = read_counters();
	int fd;

	assert_int_equal(virtual_engine_set("delay_us", FOR_EVER_US), 0);
	fd = start_fill(d, 2);
	assert_true(all_is(d, 0));
	assert_false(has_event(fd));
	close(fd);
	assert_true(virtual_engine_wait_idle());
	assert_true(all_is(d, 0));
	assert_counted(&before, &(struct counters){ .aborts = 1 });

	assert_int_equal(virtual_engine_set("delay_us", 1000), 0);
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 3), 0);
	assert_true(all_is(d, 3));
}

/* After its last access, before its interrupt. */
static void
test_delay_after(void **state)
{
	struct device *d = *state;
	struct counters before = read_counters();
	int fd;

	assert_int_equal(virtual_engine_set("delay_end_us", FOR_EVER_US), 0);
	fd = start_fill(d, 4);
	for (int i = 0; i < WAIT_STEPS && !all_is(d, 4); i++)
		usleep(WAIT_STEP_US);
	assert_true(all_is(d, 4));
	assert_int_equal(virtual_engine_get("interrupts"), before.interrupts);
	assert_false(has_event(fd));
	close(fd);
	assert_true(virtual_engine_wait_idle());
	assert_int_equal(virtual_engine_get("interrupts"), before.interrupts);

	assert_int_equal(virtual_engine_set("delay_end_us", 1000), 0);
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 5), 0);
	assert_true(all_is(d, 5));
}

/* What the engine had taken on is written after the reset: the first rows, and no more. */
static void
test_late_writes(void **state)
{
	enum { ROWS = 3, LATE_US = 20000, LATE_PIXELS = ROWS * WIDTH };
	struct device *d = *state;
	struct counters before = read_counters();
	uint64_t late_bytes = virtual_engine_get("late_bytes");

	assert_int_equal(virtual_engine_make_late(ROWS, LATE_US), 0);
	assert_int_equal(virtual_engine_set("hang", 1), 0);
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 14), -EIO);
	assert_true(virtual_engine_wait_idle());
	assert_true(is_filled(d, 0, LATE_PIXELS, VIRTUAL_ENGINE_LATE_WORD));
	assert_true(is_filled(d, LATE_PIXELS, SIZE / 4 - LATE_PIXELS, 0));
	assert_int_equal(virtual_engine_get("late_bytes") - late_bytes, ROWS * STRIDE);
	assert_counted(&before, &(struct counters){ .aborts = 1 });

	assert_int_equal(virtual_engine_reset(), 0);
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 15), 0);
	assert_true(all_is(d, 15));
}

static void
test_hang(void **state)
{
	struct device *d = *state;
	struct counters before = read_counters();

	assert_int_equal(virtual_engine_set("hang", 1), 0);
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 6), -EIO);
	assert_true(all_is(d, 0));
	assert_counted(&before, &(struct counters){ .aborts = 1 });
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 7), 0);
	assert_true(all_is(d, 7));
}

/* All has been done, and nobody is told. */
static void
test_lost_interrupt(void **state)
{
	struct device *d = *state;
	struct counters before = read_counters();

	assert_int_equal(virtual_engine_set("lost_irq", 1), 0);
	/* the driver looks at the engine when there is none for long */
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 8), 0);
	assert_true(all_is(d, 8));
	assert_counted(&before, &(struct counters){ .jobs = 1,
						    .lists = 1,
						    .blits = 1,
						    .pixels = WIDTH * HEIGHT,
						    .lost_interrupts = 1 });
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 9), 0);
	assert_true(all_is(d, 9));
}

/* One page is not there: what lies in it is not written, all else is. */
static void
test_fault_on_an_address(void **state)
{
	struct device *d = *state;
	struct counters before;
	uint32_t address;

	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 10), 0);
	address = bus_address_find(d->fd, &d->image) + PAGE;
	before = read_counters();
	assert_int_equal(virtual_engine_set("fault_address", address + 123), 0);
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 11), 0);
	assert_true(is_filled(d, 0, PAGE_PIXELS, 11));
	assert_true(is_filled(d, PAGE_PIXELS, PAGE_PIXELS, 10));
	assert_true(is_filled(d, 2 * PAGE_PIXELS, SIZE / 4 - 2 * PAGE_PIXELS, 11));
	assert_true(virtual_engine_get("faults") > before.faults);
	assert_int_equal(virtual_engine_get("last_fault") / PAGE, address / PAGE);

	assert_int_equal(virtual_engine_set("fault_address", 0), 0);
	before = read_counters();
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 12), 0);
	assert_true(all_is(d, 12));
	assert_int_equal(virtual_engine_get("faults"), before.faults);
}

/*
 * A board that is told so goes on when the engine has left what is mapped for it; that it does not
 * otherwise is for the test "kernel panic" to show.
 */
static void
test_engine_gone_astray(void **state)
{
	struct device *d = *state;
	const uint32_t nowhere = PAGE; /* no bus address, whatever the board */
	struct counters before = read_counters();

	if (!virtual_engine_expect_faults(true))
		skip_because("this board does not go on after a page fault");
	assert_int_equal(virtual_engine_set("stray_write", nowhere), 0);
	assert_int_equal(g2d_fill(d->fd, &d->image, &whole, 13), 0);
	assert_true(all_is(d, 13));
	assert_counted(&before, &(struct counters){ .jobs = 1,
						    .lists = 1,
						    .blits = 1,
						    .pixels = WIDTH * HEIGHT,
						    .interrupts = 1,
						    .faults = 1 });
	assert_int_equal(virtual_engine_get("last_fault"), nowhere);
	assert_int_equal(virtual_engine_get("stray_write"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_counters),
		TEST(test_unsupported),
		TEST(test_delay_before),
		TEST(test_delay_after),
		TEST(test_hang),
		TEST(test_late_writes),
		TEST(test_lost_interrupt),
		TEST(test_fault_on_an_address),
		TEST(test_engine_gone_astray),
	};

	if (!virtual_engine_has("hang"))
		return skip_all("the engine is no model");
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("virtual engine", tests, NULL, NULL);
}
