// SPDX-License-Identifier: MIT
/* What it costs to pin memory and to blit, beside what it costs to make and to fill a shm pool. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "access.h"
#include "bo.h"
#include "device.h"
#include "format.h"
#include "g2d.h"
#include "sys.h"

#define ROUNDS 41
#define MIB (1024.0 * 1024.0)

/* Small, so that a blit costs its overhead. */
#define BLIT_SIDE 16

/**
 * struct bench
 * @width: pixels of @frame, which has no gaps between rows
 * @height: likewise
 * @damage: what of it is drawn, where the work depends on that
 */
struct bench {
	clockid_t clock;
	struct exup_device *device;
	void *frame;
	size_t frame_bytes;
	int32_t width;
	int32_t height;
	struct exup_box damage;
};

/** A piece of work that is timed. Returns 0 or a negative errno. */
typedef int (*work_fn)(struct bench *bench, double *work_us);

static double
get_now_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int
work_pin(struct bench *bench, double *work_us)
{
	double start_us = get_now_us(bench->clock);
	struct exup_bo *bo;
	int ret;

	ret = exup_bo_create_userptr(bench->device, bench->frame, bench->frame_bytes, &bo);
	*work_us = get_now_us(bench->clock) - start_us;
	if (ret == 0) {
		exup_bo_destroy(bo);
	}
	return ret;
}

static int
work_unpin(struct bench *bench, double *work_us)
{
	double start_us;
	struct exup_bo *bo;
	int ret;

	ret = exup_bo_create_userptr(bench->device, bench->frame, bench->frame_bytes, &bo);
	if (ret == 0) {
		start_us = get_now_us(bench->clock);
		exup_bo_destroy(bo);
		*work_us = get_now_us(bench->clock) - start_us;
	}
	return ret;
}

/* The part of a frame that is drawn: a box in the middle, so that its rows lie apart. */
static void
set_damage(struct bench *bench, int percent)
{
	double share = sqrt(percent / 100.0);
	int32_t width = (int32_t)lround(bench->width * share);
	int32_t height = (int32_t)lround(bench->height * share);

	bench->damage.x1 = (bench->width - width) / 2;
	bench->damage.y1 = (bench->height - height) / 2;
	bench->damage.x2 = bench->damage.x1 + width;
	bench->damage.y2 = bench->damage.y1 + height;
}

/* What the library does with each commit: it ends the CPU's access. */
static int
work_end_access(struct bench *bench, double *work_us)
{
	struct exup_g2d_image image = {
		.format = exup_format_get(DRM_FORMAT_XRGB8888),
		.width = (uint32_t)bench->width,
		.height = (uint32_t)bench->height,
		.stride = (uint32_t)bench->width * 4,
	};
	double start_us;
	int fd, ret;

	ret = exup_bo_create_userptr(bench->device, bench->frame, bench->frame_bytes, &image.bo);
	if (ret < 0) {
		return ret;
	}
	image.offset_bytes = exup_bo_get_offset(image.bo);
	ret = exup_bo_export(image.bo, &fd);
	if (ret == 0) {
		exup_image_begin_access(&image, fd, EXUP_BO_WRITE, &bench->damage, 1);
		start_us = get_now_us(bench->clock);
		ret = exup_image_end_access(&image, fd, EXUP_BO_WRITE, &bench->damage, 1);
		*work_us = get_now_us(bench->clock) - start_us;
		close(fd);
	}
	exup_bo_destroy(image.bo);
	return ret;
}

static void
copy_damage(const struct bench *bench, uint8_t *to)
{
	size_t row_bytes = (size_t)(bench->damage.x2 - bench->damage.x1) * 4;
	const uint8_t *from = bench->frame;
	size_t offset;

	for (int32_t y = bench->damage.y1; y < bench->damage.y2; y++) {
		offset = ((size_t)y * (size_t)bench->width + (size_t)bench->damage.x1) * 4;
		memcpy(to + offset, from + offset, row_bytes);
	}
}

/* Makes a pool as a wl_shm client does, and copies the frame, and @again the damage. */
static int
copy_to_shm(struct bench *bench, bool again, double *work_us)
{
	double start_us = get_now_us(bench->clock);
	void *map;
	int fd, ret = 0;

	fd = memfd_create("bench-pin", MFD_CLOEXEC);
	if (fd < 0) {
		return -errno;
	}
	if (ftruncate(fd, (off_t)bench->frame_bytes) < 0) {
		ret = -errno;
		goto out;
	}
	map = mmap(NULL, bench->frame_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		ret = -errno;
		goto out;
	}
	memcpy(map, bench->frame, bench->frame_bytes);
	if (again) {
		start_us = get_now_us(bench->clock);
		copy_damage(bench, map);
	}
	*work_us = get_now_us(bench->clock) - start_us;
	munmap(map, bench->frame_bytes);
out:
	close(fd);
	return ret;
}

static int
work_shm_create(struct bench *bench, double *work_us)
{
	return copy_to_shm(bench, false, work_us);
}

static int
work_shm_copy(struct bench *bench, double *work_us)
{
	return copy_to_shm(bench, true, work_us);
}

/* Runs work some times and prints the median. */
static int
measure(struct bench *bench, const char *what, work_fn work)
{
	double us[ROUNDS];
	int ret;

	for (int i = 0; i < ROUNDS; i++) {
		ret = work(bench, &us[i]);
		if (ret < 0) {
			fprintf(stderr, "bench-pin: %s, %zu bytes: %s\n", what, bench->frame_bytes,
				strerror(-ret));
			return ret;
		}
	}
	qsort(us, ROUNDS, sizeof(us[0]), compare);
	printf("%s %zu %.1f %.1f %.1f\n", what, bench->frame_bytes, us[ROUNDS / 2],
	       us[ROUNDS / 2] / ((double)bench->frame_bytes / MIB), us[ROUNDS / 10]);
	return 0;
}

/*
 * Makes the kernel find a page for each of the memory: every other one first, so that neighbours are
 * none in memory either. Pages that happen to be are mapped and unmapped for the engine many at a time,
 * and how many are is another number after each boot.
 */
static void
touch_pages(unsigned char *memory, size_t size_bytes)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t first = 0; first < 2; first++) {
		for (size_t at = first * page; at < size_bytes; at += 2 * page) {
			memory[at] = 1;
		}
	}
}

static int
measure_memory(struct exup_device *device, clockid_t clock, uint32_t width, uint32_t height)
{
	struct bench bench = {
		.clock = clock,
		.device = device,
		.frame_bytes = (size_t)width * height * 4,
		.width = (int32_t)width,
		.height = (int32_t)height,
	};
	int ret;

	bench.frame = malloc(bench.frame_bytes);
	if (!bench.frame) {
		return -ENOMEM;
	}
	touch_pages(bench.frame, bench.frame_bytes);
	/* an application has drawn into it */
	memset(bench.frame, 0x55, bench.frame_bytes);
	ret = measure(&bench, "pin", work_pin);
	ret = ret < 0 ? ret : measure(&bench, "unpin", work_unpin);
	set_damage(&bench, 100);
	ret = ret < 0 ? ret : measure(&bench, "end-access", work_end_access);
	ret = ret < 0 ? ret : measure(&bench, "shm-create-and-copy", work_shm_create);
	ret = ret < 0 ? ret : measure(&bench, "shm-copy", work_shm_copy);
	set_damage(&bench, 10);
	ret = ret < 0 ? ret : measure(&bench, "end-access-10%", work_end_access);
	ret = ret < 0 ? ret : measure(&bench, "shm-copy-10%", work_shm_copy);
	set_damage(&bench, 1);
	ret = ret < 0 ? ret : measure(&bench, "end-access-1%", work_end_access);
	ret = ret < 0 ? ret : measure(&bench, "shm-copy-1%", work_shm_copy);
	free(bench.frame);
	return ret;
}

/* Blits small squares, @batch between one submit and its event. Sets the time of one blit. */
static int
blit(struct exup_g2d *g2d, clockid_t clock, const struct exup_g2d_image images[2], int batch,
     double *blit_us)
{
	const struct exup_box box = { .x2 = BLIT_SIDE, .y2 = BLIT_SIDE };
	double start_us = get_now_us(clock);
	uint64_t seqno;
	int ret;

	for (int i = 0; i < batch; i++) {
		ret = exup_g2d_copy(g2d, &images[0], &box, &images[1], 0, 0, EXUP_G2D_OP_SRC, 255);
		if (ret < 0) {
			return ret;
		}
	}
	ret = exup_g2d_submit(g2d, &seqno);
	if (ret == 0) {
		ret = exup_g2d_wait(g2d, seqno, 1000);
	}
	*blit_us = (get_now_us(clock) - start_us) / batch;
	return ret;
}

static int
measure_batch(struct exup_g2d *g2d, clockid_t clock, const struct exup_g2d_image images[2],
	      int batch)
{
	double us[ROUNDS * 10];
	const int rounds = sizeof(us) / sizeof(us[0]);
	int ret;

	for (int i = 0; i < rounds; i++) {
		ret = blit(g2d, clock, images, batch, &us[i]);
		if (ret < 0) {
			fprintf(stderr, "bench-pin: %d blits: %s\n", batch, strerror(-ret));
			return ret;
		}
	}
	qsort(us, rounds, sizeof(us[0]), compare);
	printf("blit-of-%d %d %.1f 0 %.1f\n", batch, BLIT_SIDE * BLIT_SIDE, us[rounds / 2],
	       us[rounds / 10]);
	return 0;
}

static int
measure_blits(struct exup_device *device, clockid_t clock)
{
	struct exup_g2d_image images[2];
	struct exup_bo *bos[2] = { NULL, NULL };
	struct exup_g2d *g2d = NULL;
	int ret = 0;

	for (int i = 0; i < 2 && ret == 0; i++) {
		ret = exup_bo_create(device, BLIT_SIDE * BLIT_SIDE * 4, &bos[i]);
		images[i] = (struct exup_g2d_image){
			.bo = bos[i],
			.format = exup_format_get(DRM_FORMAT_XRGB8888),
			.width = BLIT_SIDE,
			.height = BLIT_SIDE,
			.stride = BLIT_SIDE * 4,
		};
	}
	if (ret == 0) {
		ret = exup_g2d_create(device, &g2d);
	}
	if (ret == 0) {
		ret = measure_batch(g2d, clock, images, 1);
	}
	if (ret == 0) {
		ret = measure_batch(g2d, clock, images, 16);
	}
	exup_g2d_destroy(g2d);
	exup_bo_destroy(bos[0]);
	exup_bo_destroy(bos[1]);
	return ret;
}

/*
 * Prints lines: what, bytes (pixels for a blit), then in us: median, per MiB, tenth percentile. With
 * --cpu-time it is the process's CPU time, in which there is no waiting for the engine.
 */
int
main(int argc, char *argv[])
{
	clockid_t clock = CLOCK_MONOTONIC;
	struct exup_device *device;
	int ret;

	if (argc == 2 && strcmp(argv[1], "--cpu-time") == 0) {
		clock = CLOCK_PROCESS_CPUTIME_ID;
	} else if (argc != 1) {
		fputs("usage: bench-pin [--cpu-time]\n", stderr);
		return 2;
	}
	ret = exup_device_create_first(&exup_sys_kernel, &device);
	if (ret < 0) {
		fprintf(stderr, "bench-pin: no Exynos device with a G2D: %s\n", strerror(-ret));
		return 1;
	}
	ret = measure_memory(device, clock, 640, 360);
	ret = ret < 0 ? ret : measure_memory(device, clock, 1280, 720);
	ret = ret < 0 ? ret : measure_blits(device, clock);
	exup_device_destroy(device);
	return ret < 0;
}
