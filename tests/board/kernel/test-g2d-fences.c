// SPDX-License-Identifier: MIT
/*
 * Fences of the G2D's jobs: what jobs wait for, and who waits for jobs.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>

#include "child.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "g2d-fixture.h"
#include "g2d-submission.h"
#include "skip.h"
#include "sw-sync.h"
#include "virtual-engine.h"

/* linux/dma-buf.h of Debian's 6.1 has these, older ones may not */
#ifndef DMA_BUF_IOCTL_EXPORT_SYNC_FILE
struct dma_buf_export_sync_file {
	__u32 flags;
	__s32 fd;
};
struct dma_buf_import_sync_file {
	__u32 flags;
	__s32 fd;
};
#define DMA_BUF_IOCTL_EXPORT_SYNC_FILE _IOWR(DMA_BUF_BASE, 2, struct dma_buf_export_sync_file)
#define DMA_BUF_IOCTL_IMPORT_SYNC_FILE _IOW(DMA_BUF_BASE, 3, struct dma_buf_import_sync_file)
#endif

/* A timeline and its first fence. */
struct timeline {
	int fd, fence;
};

static struct timeline
open_timeline(void)
{
	struct timeline timeline = { .fd = sw_sync_open() };

	if (timeline.fd == -ENOENT)
		skip_because("the kernel has no sw_sync");
	assert_true(timeline.fd >= 0);
	timeline.fence = sw_sync_create_fence(timeline.fd, 1);
	assert_true(timeline.fence >= 0);

	return timeline;
}

static void
close_timeline(const struct timeline *timeline)
{
	close(timeline->fence);
	close(timeline->fd);
}

/* Whether a descriptor is ready now; a sync file is when its fence has signalled. */
static bool
is_ready(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) == 1;
}

/* The engine does a job of another file: who is still waiting after that does not wait for the engine. */
static void
assert_engine_is_free(void)
{
	struct g2d_image image;
	int other = g2d_open_other(&image);

	assert_int_equal(g2d_fill(other, &image, &g2d_whole, 0), 0);
	close(other);
}

/* A fill with a fence that says when it is done. */
static int
send_fill(int fd, const struct g2d_image *image, uint32_t color, int in_fence)
{
	struct g2d_submission *s = g2d_submission_create();
	int out_fence;

	g2d_submission_fill(s, image, 0, &g2d_whole, color);
	s->args.flags = EXYNOS_G2D_SUBMIT_OUT_FENCE;
	if (in_fence >= 0)
		g2d_submission_add_in_fence(s, in_fence);
	assert_int_equal(g2d_submission_send(fd, s), 0);
	out_fence = s->args.out_fence;
	assert_true(out_fence >= 0);
	free(s);

	return out_fence;
}

static void
wait_and_close(int sync_file, int error)
{
	assert_int_equal(sync_file_wait(sync_file), error);
	close(sync_file);
}

static void
test_out_fence(void **state)
{
	skip_without_engine("hold");

	struct g2d_device *d = *state;
	int fence;

	assert_int_equal(virtual_engine_set("hold", 1), 0);
	fence = send_fill(d->fd, &d->image, 0x11111111, -1);
	assert_false(is_ready(fence));
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	wait_and_close(fence, 0);
	g2d_assert_filled(d, 0x11111111);
}

static void
test_out_fence_of_a_job_that_hangs(void **state)
{
	skip_without_engine("hang");

	struct g2d_device *d = *state;
	int fence;

	assert_int_equal(virtual_engine_set("hang", 1), 0);
	fence = send_fill(d->fd, &d->image, 0x12121212, -1);
	wait_and_close(fence, -EIO);
}

static void
test_out_fence_of_a_file_that_is_closed(void **state)
{
	skip_without_engine("hold");

	uint64_t started = virtual_engine_started();
	struct g2d_image image;
	int fd = g2d_open_other(&image), running, queued;

	(void)state;
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	running = send_fill(fd, &image, 1, -1);
	assert_true(virtual_engine_wait_started(started));
	queued = send_fill(fd, &image, 2, -1);
	close(fd);
	/* nobody waits for ever: one was given up, the other never began */
	wait_and_close(running, -EIO);
	wait_and_close(queued, -ESRCH);
	assert_int_equal(virtual_engine_set("hold", 0), 0);
}

static void
test_in_fence(void **state)
{
	struct g2d_device *d = *state;
	struct timeline timeline = open_timeline();
	int fence;

	fence = send_fill(d->fd, &d->image, 0x13131313, timeline.fence);
	assert_engine_is_free();
	assert_false(is_ready(fence));
	g2d_assert_filled(d, 0);
	assert_int_equal(sw_sync_advance(timeline.fd, 1), 0);
	wait_and_close(fence, 0);
	g2d_assert_filled(d, 0x13131313);
	close_timeline(&timeline);
}

static void
test_in_fences_as_many_as_there_may_be(void **state)
{
	struct g2d_device *d = *state;
	struct timeline timelines[EXYNOS_G2D_SUBMIT_MAX_FENCES];
	struct g2d_submission *s = g2d_submission_create();

	for (int i = 0; i < EXYNOS_G2D_SUBMIT_MAX_FENCES; i++) {
		timelines[i] = open_timeline();
		g2d_submission_add_in_fence(s, timelines[i].fence);
	}
	g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0x14141414);
	s->args.flags = EXYNOS_G2D_SUBMIT_OUT_FENCE;
	assert_int_equal(g2d_submission_send(d->fd, s), 0);
	for (int i = 0; i < EXYNOS_G2D_SUBMIT_MAX_FENCES; i++) {
		assert_engine_is_free();
		assert_false(is_ready(s->args.out_fence));
		assert_int_equal(sw_sync_advance(timelines[i].fd, 1), 0);
	}
	wait_and_close(s->args.out_fence, 0);
	g2d_assert_filled(d, 0x14141414);
	for (int i = 0; i < EXYNOS_G2D_SUBMIT_MAX_FENCES; i++)
		close_timeline(&timelines[i]);
	free(s);
}

static int
merge_fences(int first, int second)
{
	struct sync_merge_data args = { .name = "test", .fd2 = second };

	assert_int_equal(exynos_ioctl(first, SYNC_IOC_MERGE, &args), 0);
	return args.fence;
}

/* Two sync files of two fences each, of the engine's and of others. */
static void
test_in_fences_that_were_merged(void **state)
{
	struct g2d_device *d = *state;
	struct timeline timelines[3] = { open_timeline(), open_timeline(), open_timeline() };
	struct g2d_submission *s = g2d_submission_create();
	struct g2d_image image = { 0, G2D_STRIDE };
	int job, merged[2];

	assert_int_equal(exynos_gem_create(d->fd, G2D_SIZE, 0, &image.handle), 0);
	job = send_fill(d->fd, &image, 1, timelines[0].fence);
	merged[0] = merge_fences(job, timelines[1].fence);
	merged[1] = merge_fences(timelines[1].fence, timelines[2].fence);
	for (int i = 0; i < 2; i++)
		g2d_submission_add_in_fence(s, merged[i]);
	g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0x1a1a1a1a);
	s->args.flags = EXYNOS_G2D_SUBMIT_OUT_FENCE;
	assert_int_equal(g2d_submission_send(d->fd, s), 0);
	for (int i = 0; i < 3; i++) {
		assert_engine_is_free();
		assert_false(is_ready(s->args.out_fence));
		assert_int_equal(sw_sync_advance(timelines[i].fd, 1), 0);
	}
	wait_and_close(s->args.out_fence, 0);
	wait_and_close(job, 0);
	for (int i = 0; i < 2; i++)
		close(merged[i]);
	for (int i = 0; i < 3; i++)
		close_timeline(&timelines[i]);
	exynos_gem_close(d->fd, image.handle);
	free(s);
}

/* What is in the queue does not keep the file from being closed, though the first waits for another. */
static void
test_closed_behind_the_job_of_another(void **state)
{
	struct g2d_device *d = *state;
	struct timeline timeline = open_timeline();
	struct g2d_image shared = { 0, G2D_STRIDE }, image;
	int other = g2d_open_other(&image), dmabuf, first, second, third;

	dmabuf = exynos_prime_export(d->fd, d->image.handle, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	assert_int_equal(exynos_prime_import(other, dmabuf, &shared.handle), 0);
	first = send_fill(d->fd, &d->image, 1, timeline.fence);
	second = send_fill(other, &shared, 2, -1);
	third = send_fill(other, &shared, 3, -1);
	/* nothing of the first job moves before this returns */
	close(other);
	assert_false(is_ready(first));
	assert_true(sync_file_wait(second) < 0);
	assert_true(sync_file_wait(third) < 0);
	assert_int_equal(sw_sync_advance(timeline.fd, 1), 0);
	wait_and_close(first, 0);
	g2d_assert_filled(d, 1);
	close(second);
	close(third);
	close(dmabuf);
	close_timeline(&timeline);
}

/* Others are not held up by it, and it ends. */
static void
test_in_fence_that_never_signals(void **state)
{
	struct g2d_device *d = *state;
	struct timeline timeline = open_timeline();
	int fence = send_fill(d->fd, &d->image, 0xbad, timeline.fence), ret;

	/* ten seconds, and on a busy machine more */
	while ((ret = sync_file_wait(fence)) == -ETIME)
		assert_engine_is_free();
	assert_int_equal(ret, -ETIMEDOUT);
	close(fence);
	g2d_assert_filled(d, 0);
	close_timeline(&timeline);
}

static void
test_closed_while_it_waits(void **state)
{
	struct timeline timeline = open_timeline();
	struct g2d_image image;
	int fd = g2d_open_other(&image), fence;

	(void)state;
	fence = send_fill(fd, &image, 1, timeline.fence);
	close(fd);
	assert_true(sync_file_wait(fence) < 0);
	close(fence);
	close_timeline(&timeline);
}

static int
export_image(struct g2d_device *d)
{
	int dmabuf = exynos_prime_export(d->fd, d->image.handle, O_CLOEXEC | O_RDWR);

	assert_true(dmabuf >= 0);
	return dmabuf;
}

/* Has everybody who uses a dma-buf, or writes to it, wait for a fence. */
static void
import_fence(int dmabuf, uint32_t flags, int fence)
{
	struct dma_buf_import_sync_file args = { .flags = flags, .fd = fence };

	assert_int_equal(exynos_ioctl(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &args), 0);
}

/* What who uses a dma-buf so has to wait for. */
static int
export_fence(int dmabuf, uint32_t flags)
{
	struct dma_buf_export_sync_file args = { .flags = flags, .fd = -1 };

	assert_int_equal(exynos_ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &args), 0);
	return args.fd;
}

/* A copy out of an image that somebody else is still writing to, by the old calls. */
static void
test_blit_from_a_buffer_with_a_fence(void **state)
{
	struct g2d_device *d = *state;
	struct timeline timeline = open_timeline();
	struct drm_exynos_g2d_event event;
	struct g2d_image target = { 0, G2D_STRIDE };
	struct g2d_list list;
	uint32_t *pixels;
	int dmabuf = export_image(d);

	assert_int_equal(exynos_gem_create(d->fd, G2D_SIZE, 0, &target.handle), 0);
	pixels = exynos_gem_mmap(d->fd, target.handle, G2D_SIZE);
	assert_non_null(pixels);
	memset(pixels, 0, G2D_SIZE);
	import_fence(dmabuf, DMA_BUF_SYNC_WRITE, timeline.fence);
	g2d_list_copy(&list, &target, &g2d_whole, &d->image, &g2d_whole);
	assert_int_equal(g2d_submit_event(d->fd, &list, 5), 0);
	assert_int_equal(g2d_exec(d->fd, true), 0);
	assert_engine_is_free();
	assert_false(is_ready(d->fd));

	/* that somebody writes, and is done */
	memset(d->pixels, 0x15, G2D_SIZE);
	assert_int_equal(sw_sync_advance(timeline.fd, 1), 0);
	assert_int_equal(g2d_read_event(d->fd, &event), 0);
	for (size_t i = 0; i < G2D_SIZE / 4; i++)
		assert_int_equal(pixels[i], 0x15151515);
	munmap(pixels, G2D_SIZE);
	exynos_gem_close(d->fd, target.handle);
	close(dmabuf);
	close_timeline(&timeline);
}

/* Who only reads does not wait for who only reads. */
static void
test_readers_do_not_wait_for_readers(void **state)
{
	struct g2d_device *d = *state;
	struct timeline timeline = open_timeline();
	struct g2d_image target = { 0, G2D_STRIDE };
	int dmabuf = export_image(d), fence;

	assert_int_equal(exynos_gem_create(d->fd, G2D_SIZE, 0, &target.handle), 0);
	import_fence(dmabuf, DMA_BUF_SYNC_READ, timeline.fence);
	assert_int_equal(g2d_copy(d->fd, &target, &g2d_whole, &d->image, &g2d_whole), 0);

	/* a writer does */
	fence = send_fill(d->fd, &d->image, 0x16161616, -1);
	assert_engine_is_free();
	assert_false(is_ready(fence));
	assert_int_equal(sw_sync_advance(timeline.fd, 1), 0);
	wait_and_close(fence, 0);
	exynos_gem_close(d->fd, target.handle);
	close(dmabuf);
	close_timeline(&timeline);
}

static void
test_without_implicit_synchronization(void **state)
{
	struct g2d_device *d = *state;
	struct timeline timeline = open_timeline();
	struct g2d_submission *s = g2d_submission_create();
	int dmabuf = export_image(d), fence;

	import_fence(dmabuf, DMA_BUF_SYNC_WRITE, timeline.fence);
	g2d_submission_fill(s, &d->image, 0, &g2d_whole, 0x17171717);
	s->args.flags = EXYNOS_G2D_SUBMIT_NO_IMPLICIT;
	assert_int_equal(g2d_submission_run(d->fd, s), 0);
	g2d_assert_filled(d, 0x17171717);
	assert_int_equal(sw_sync_advance(timeline.fd, 1), 0);

	/* nor do others wait for it */
	if (virtual_engine_has("hold")) {
		assert_int_equal(virtual_engine_set("hold", 1), 0);
		s->args.flags |= EXYNOS_G2D_SUBMIT_OUT_FENCE;
		assert_int_equal(g2d_submission_send(d->fd, s), 0);
		fence = export_fence(dmabuf, DMA_BUF_SYNC_RW);
		assert_true(is_ready(fence));
		assert_false(is_ready(s->args.out_fence));
		close(fence);
		assert_int_equal(virtual_engine_set("hold", 0), 0);
		wait_and_close(s->args.out_fence, 0);
	}
	close(dmabuf);
	free(s);
	close_timeline(&timeline);
}

/* Of another file, without a descriptor that says so: the second job reads what the first one writes. */
static void
test_jobs_of_two_files(void **state)
{
	struct g2d_device *d = *state;
	struct timeline timeline = open_timeline();
	struct g2d_image shared = { 0, G2D_STRIDE }, target;
	struct g2d_submission *s = g2d_submission_create();
	int other = g2d_open_other(&target), dmabuf = export_image(d), first;
	uint32_t *pixels = exynos_gem_mmap(other, target.handle, G2D_SIZE);

	assert_non_null(pixels);
	assert_int_equal(exynos_prime_import(other, dmabuf, &shared.handle), 0);
	first = send_fill(d->fd, &d->image, 0x18181818, timeline.fence);
	g2d_submission_copy(s, &target, 0, &g2d_whole, &shared, 0, &g2d_whole);
	s->args.flags = EXYNOS_G2D_SUBMIT_OUT_FENCE;
	assert_int_equal(g2d_submission_send(other, s), 0);
	assert_engine_is_free();
	assert_false(is_ready(s->args.out_fence));
	assert_int_equal(sw_sync_advance(timeline.fd, 1), 0);
	wait_and_close(first, 0);
	wait_and_close(s->args.out_fence, 0);
	for (size_t i = 0; i < G2D_SIZE / 4; i++)
		assert_int_equal(pixels[i], 0x18181818);
	munmap(pixels, G2D_SIZE);
	close(other);
	close(dmabuf);
	free(s);
	close_timeline(&timeline);
}

/* Of the old calls, too. */
static void
test_fences_of_source_and_destination(void **state)
{
	skip_without_engine("hold");

	struct g2d_device *d = *state;
	struct g2d_image target = { 0, G2D_STRIDE };
	struct g2d_list list;
	int source = export_image(d), destination, fences[4];

	assert_int_equal(exynos_gem_create(d->fd, G2D_SIZE, 0, &target.handle), 0);
	destination = exynos_prime_export(d->fd, target.handle, O_CLOEXEC | O_RDWR);
	assert_true(destination >= 0);
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	g2d_list_copy(&list, &target, &g2d_whole, &d->image, &g2d_whole);
	assert_int_equal(g2d_submit(d->fd, &list), 0);
	assert_int_equal(g2d_exec(d->fd, true), 0);

	/* who wants to write waits, who wants to read waits for writers */
	fences[0] = export_fence(source, DMA_BUF_SYNC_WRITE);
	fences[1] = export_fence(source, DMA_BUF_SYNC_READ);
	fences[2] = export_fence(destination, DMA_BUF_SYNC_WRITE);
	fences[3] = export_fence(destination, DMA_BUF_SYNC_READ);
	assert_false(is_ready(fences[0]));
	assert_true(is_ready(fences[1]));
	assert_false(is_ready(fences[2]));
	assert_false(is_ready(fences[3]));
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	for (int i = 0; i < 4; i++)
		wait_and_close(fences[i], 0);
	close(source);
	close(destination);
	exynos_gem_close(d->fd, target.handle);
}

struct reader {
	struct child_gate ready;
	int dmabuf;
	const uint32_t *memory;
};

static int
read_in_access(void *data)
{
	struct reader *reader = data;
	int ret;

	CHILD_CHECK(child_gate_post(&reader->ready) == 0);
	ret = exynos_dmabuf_sync(reader->dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
	CHILD_CHECK(ret == 0);
	CHILD_CHECK(*reader->memory == 0x19191919);
	exynos_dmabuf_sync(reader->dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);

	return 0;
}

/* Whether a process sleeps, as it does in the kernel while it waits. */
static bool
is_asleep(pid_t pid)
{
	char path[64], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
	fclose(file);

	return state == 'S' || state == 'D';
}

/* The library's applications and the compositor do so: an access of the CPU begins after the engine. */
static void
test_access_of_the_cpu_waits(void **state)
{
	skip_without_engine("hold");

	struct g2d_device *d = *state;
	struct g2d_image image = { 0, G2D_STRIDE };
	struct reader reader;
	uint32_t *memory =
		mmap(NULL, G2D_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	int fence;

	assert_true(memory != MAP_FAILED);
	memset(memory, 0, G2D_SIZE);
	assert_int_equal(exynos_gem_userptr(d->fd, memory, G2D_SIZE, 0, &image.handle), 0);
	reader.dmabuf = exynos_prime_export(d->fd, image.handle, O_CLOEXEC | O_RDWR);
	assert_true(reader.dmabuf >= 0);
	reader.memory = memory + G2D_SIZE / 4 - 1;
	assert_int_equal(child_gate_init(&reader.ready), 0);

	assert_int_equal(virtual_engine_set("hold", 1), 0);
	fence = send_fill(d->fd, &image, 0x19191919, -1);
	pid = child_start(read_in_access, &reader);
	assert_int_equal(child_gate_wait(&reader.ready), 0);
	/* it stays in the call, or has failed */
	while (!is_asleep(pid))
		usleep(1000);
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	assert_int_equal(child_wait(pid), 0);
	wait_and_close(fence, 0);
	child_gate_fini(&reader.ready);
	close(reader.dmabuf);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, G2D_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, g2d_setup, g2d_teardown)
		TEST(test_out_fence),
		TEST(test_out_fence_of_a_job_that_hangs),
		TEST(test_out_fence_of_a_file_that_is_closed),
		TEST(test_in_fence),
		TEST(test_in_fences_as_many_as_there_may_be),
		TEST(test_in_fences_that_were_merged),
		TEST(test_closed_behind_the_job_of_another),
		TEST(test_in_fence_that_never_signals),
		TEST(test_closed_while_it_waits),
		TEST(test_blit_from_a_buffer_with_a_fence),
		TEST(test_readers_do_not_wait_for_readers),
		TEST(test_without_implicit_synchronization),
		TEST(test_jobs_of_two_files),
		TEST(test_fences_of_source_and_destination),
		TEST(test_access_of_the_cpu_waits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("fences of the G2D", tests, NULL, NULL);
}
