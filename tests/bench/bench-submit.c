// SPDX-License-Identifier: MIT
/*
 * What it costs the caller to have blits done: with a command list for each and an event for each
 * batch of them, or with one submission. The engine's time is not in it: the clock stops while the
 * caller sleeps.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "bo.h"
#include "device.h"
#include "exynos-uapi.h"
#include "format.h"
#include "g2d-list.h"
#include "sys.h"

#define ROUNDS 201
#define BLITS_MAX 79
#define EVENT_TIMEOUT_MS 10000

/* As the compositor does it (driver/g2d.c). A file has room for 64 lists, which is not enough. */
#define BATCH_LISTS 16
#define BATCHES_IN_FLIGHT 2

/* Small squares, as damage has them, next to each other. */
#define BLIT_SIDE 16
#define COLUMNS 16
#define IMAGE_SIDE (BLIT_SIDE * COLUMNS)
#define STRIDE (IMAGE_SIDE * 4)

/**
 * struct bench
 * @bos: destination and source
 * @lists: the blits, with their handles filled in
 * @blits, @bufs, @cmds: the same for a submission
 * @calls: how many system calls a round took so far
 * @us: and how long, without sleeping
 * @start_us: when the clock was started
 */
struct bench {
	int fd;
	struct exup_bo *bos[2];
	struct exup_g2d_list lists[BLITS_MAX];
	struct drm_exynos_g2d_blit blits[BLITS_MAX];
	struct drm_exynos_g2d_submit_buf bufs[2];
	struct drm_exynos_g2d_cmd cmds[BLITS_MAX * EXUP_G2D_LIST_COMMANDS_MAX];
	uint32_t calls;
	double us;
	double start_us;
};

/** Has so many blits done. Returns 0 or a negative errno. */
typedef int (*work_fn)(struct bench *bench, uint32_t blits);

/** What is measured, and what came out. */
struct row {
	const char *what;
	work_fn work;
	uint32_t blits;
	uint32_t calls;
	double us[ROUNDS];
};

static double
get_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void
start_clock(struct bench *bench)
{
	bench->start_us = get_now_us();
}

static void
stop_clock(struct bench *bench)
{
	bench->us += get_now_us() - bench->start_us;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int
call(struct bench *bench, unsigned long request, void *args)
{
	bench->calls++;
	return ioctl(bench->fd, request, args) < 0 ? -errno : 0;
}

/* Reads the next event. poll() is a call that counts, and takes none of the caller's time. */
static int
read_event(struct bench *bench)
{
	struct pollfd pollfd = { .fd = bench->fd, .events = POLLIN };
	struct drm_exynos_g2d_event event;
	int ready;

	stop_clock(bench);
	ready = poll(&pollfd, 1, EVENT_TIMEOUT_MS);
	start_clock(bench);
	bench->calls += 2;
	if (ready != 1) {
		return -ETIME;
	}
	if (read(bench->fd, &event, sizeof(event)) != sizeof(event)) {
		return -EIO;
	}
	return 0;
}

static int
set_list(struct bench *bench, uint32_t i, bool has_event)
{
	struct exup_g2d_list *list = &bench->lists[i];
	struct drm_exynos_g2d_set_cmdlist args = {
		.cmd = (uintptr_t)list->commands,
		.cmd_nr = list->command_count,
		.cmd_buf = (uintptr_t)list->bases,
		.cmd_buf_nr = list->base_count,
		.event_type = has_event ? G2D_EVENT_NONSTOP : G2D_EVENT_NOT,
	};

	return call(bench, DRM_IOCTL_EXYNOS_G2D_SET_CMDLIST, &args);
}

static int
work_lists(struct bench *bench, uint32_t blits)
{
	struct drm_exynos_g2d_exec exec = { .async = 1 };
	uint32_t in_flight = 0;
	int ret = 0;

	for (uint32_t i = 0; i < blits && ret == 0; i++) {
		bool is_last = i % BATCH_LISTS == BATCH_LISTS - 1 || i == blits - 1;

		if (in_flight == BATCHES_IN_FLIGHT) {
			ret = read_event(bench);
			in_flight--;
		}
		if (ret == 0) {
			ret = set_list(bench, i, is_last);
		}
		if (ret == 0 && is_last) {
			ret = call(bench, DRM_IOCTL_EXYNOS_G2D_EXEC, &exec);
			in_flight++;
		}
	}
	for (; in_flight > 0 && ret == 0; in_flight--) {
		ret = read_event(bench);
	}
	return ret;
}

static int
submit(struct bench *bench, uint32_t blits, uint32_t flags)
{
	const struct drm_exynos_g2d_blit *last = &bench->blits[blits - 1];
	struct drm_exynos_g2d_submit args = {
		.flags = flags,
		.nr_blits = blits,
		.blit_stride = sizeof(*last),
		.nr_bufs = 2,
		.blits = (uintptr_t)bench->blits,
		.bufs = (uintptr_t)bench->bufs,
		.cmds = (uintptr_t)bench->cmds,
		.nr_cmds = last->first_cmd + last->nr_cmds,
	};

	return call(bench, DRM_IOCTL_EXYNOS_G2D_SUBMIT, &args);
}

static int
work_submit_event(struct bench *bench, uint32_t blits)
{
	int ret = submit(bench, blits, EXYNOS_G2D_SUBMIT_EVENT);

	return ret < 0 ? ret : read_event(bench);
}

static int
work_submit(struct bench *bench, uint32_t blits)
{
	return submit(bench, blits, 0);
}

/* Once, with an engine that is idle before and afterwards. */
static int
measure(struct bench *bench, struct row *row, int round)
{
	int ret;

	bench->calls = 0;
	bench->us = 0;
	start_clock(bench);
	ret = row->work(bench, row->blits);
	stop_clock(bench);
	row->calls = bench->calls;
	row->us[round] = bench->us;
	/* runs after all that was submitted before */
	if (ret == 0) {
		ret = work_submit_event(bench, 1);
	}
	if (ret < 0) {
		fprintf(stderr, "bench-submit: %s, %u blits: %s\n", row->what, row->blits,
			strerror(-ret));
	}
	return ret;
}

/* Both have the same registers, a list in its own array and a submission in one for all. */
static void
add_blit(struct bench *bench, uint32_t i, uint32_t first_cmd)
{
	struct exup_g2d_list *list = &bench->lists[i];
	struct drm_exynos_g2d_blit *blit = &bench->blits[i];

	*blit = (struct drm_exynos_g2d_blit){
		.first_cmd = first_cmd,
		.nr_cmds = list->command_count,
		.src.buf = 1,
		.src2.buf = EXYNOS_G2D_NO_BUF,
		.dst.buf = 0,
		.dst2.buf = EXYNOS_G2D_NO_BUF,
	};
	memcpy(&bench->cmds[first_cmd], list->commands,
	       list->command_count * sizeof(list->commands[0]));
	for (uint32_t j = 0; j < list->base_count; j++) {
		list->bases[j].data = exup_bo_get_handle(list->bos[j]);
	}
}

static int
make_blits(struct bench *bench)
{
	struct exup_g2d_image images[2];
	uint32_t first_cmd = 0;
	int ret;

	for (int i = 0; i < 2; i++) {
		images[i] = (struct exup_g2d_image){
			.bo = bench->bos[i],
			.format = exup_format_get(DRM_FORMAT_XRGB8888),
			.width = IMAGE_SIDE,
			.height = IMAGE_SIDE,
			.stride = STRIDE,
		};
		bench->bufs[i] = (struct drm_exynos_g2d_submit_buf){
			.handle = exup_bo_get_handle(bench->bos[i]),
			.flags = i == 0 ? EXYNOS_G2D_BUF_WRITE : EXYNOS_G2D_BUF_READ,
		};
	}
	for (int32_t i = 0; i < BLITS_MAX; i++) {
		const int32_t x = i % COLUMNS * BLIT_SIDE, y = i / COLUMNS * BLIT_SIDE;
		const struct exup_box box = { x, y, x + BLIT_SIDE, y + BLIT_SIDE };

		ret = exup_g2d_list_copy(&bench->lists[i], &images[0], &box, &images[1], x, y,
					 EXUP_G2D_OP_SRC, 255);
		if (ret < 0) {
			return ret;
		}
		add_blit(bench, (uint32_t)i, first_cmd);
		first_cmd += bench->lists[i].command_count;
	}
	return 0;
}

/* In turns, so that what others do on the host disturbs all rows alike. */
static int
measure_all(struct bench *bench)
{
	static struct row rows[] = {
		{ .what = "lists", .work = work_lists, .blits = 1 },
		{ .what = "submit-event", .work = work_submit_event, .blits = 1 },
		{ .what = "submit", .work = work_submit, .blits = 1 },
		{ .what = "lists", .work = work_lists, .blits = 10 },
		{ .what = "submit-event", .work = work_submit_event, .blits = 10 },
		{ .what = "submit", .work = work_submit, .blits = 10 },
		{ .what = "lists", .work = work_lists, .blits = BLITS_MAX },
		{ .what = "submit-event", .work = work_submit_event, .blits = BLITS_MAX },
		{ .what = "submit", .work = work_submit, .blits = BLITS_MAX },
	};
	const int n_rows = sizeof(rows) / sizeof(rows[0]);
	int ret = 0;

	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < n_rows && ret == 0; i++) {
			ret = measure(bench, &rows[i], round);
		}
	}
	for (int i = 0; i < n_rows && ret == 0; i++) {
		qsort(rows[i].us, ROUNDS, sizeof(rows[i].us[0]), compare);
		printf("%s %u %u %.1f %.1f %.1f\n", rows[i].what, rows[i].blits, rows[i].calls,
		       rows[i].us[ROUNDS / 2], rows[i].us[ROUNDS / 10], rows[i].us[0]);
	}
	return ret;
}

/* Prints lines: what, blits, system calls, then in us: median, tenth percentile, least. */
int
main(void)
{
	static struct bench bench;
	struct exup_device *device;
	int ret;

	ret = exup_device_create_first(&exup_sys_kernel, &device);
	if (ret < 0) {
		fprintf(stderr, "bench-submit: no Exynos device with a G2D: %s\n", strerror(-ret));
		return 1;
	}
	bench.fd = exup_device_get_fd(device);
	for (int i = 0; i < 2 && ret == 0; i++) {
		ret = exup_bo_create(device, STRIDE * IMAGE_SIDE, &bench.bos[i]);
	}
	if (ret == 0) {
		ret = make_blits(&bench);
	}
	if (ret < 0) {
		fprintf(stderr, "bench-submit: no blits: %s\n", strerror(-ret));
	} else {
		ret = measure_all(&bench);
	}
	exup_bo_destroy(bench.bos[0]);
	exup_bo_destroy(bench.bos[1]);
	exup_device_destroy(device);
	return ret < 0;
}
