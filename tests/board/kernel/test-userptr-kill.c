// SPDX-License-Identifier: MIT
/*
 * The end of a process, by SIGKILL and by itself, in every state that its user memory may be in:
 * nothing stays pinned, the engine works, and who has imported the memory still has it.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm_fourcc.h>
#include <drm_mode.h>

#include "child.h"
#include "exynos-device.h"
#include "skip.h"
#include "userptr-fixture.h"
#include "virtual-engine.h"

/* How far a process gets before it ends. Each stage has what the ones before it have. */
enum stage {
	STAGE_IMPORTED,
	STAGE_EXPORTED,
	STAGE_MAPPED,
	STAGE_SENT, /* the dma-buf is in a socket that nobody reads */
	STAGE_FRAMEBUFFER,
	STAGE_SUBMITTED, /* lists that nobody executes */
	STAGE_DONE, /* with events that nobody reads */
	STAGE_STARTED, /* the engine may be at it, or done */
	STAGE_COUNT,
};

struct victim {
	enum stage stage;
	struct child_gate ready;
	bool dies_by_itself;

	/* how far it is */
	size_t page, size;
	int fd, dmabuf;
	struct g2d_image image;
	char *memory;
};

static int
send_to_nobody(struct victim *v)
{
	int sockets[2];

	CHILD_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0);
	CHILD_CHECK(child_send_fd(sockets[0], v->dmabuf) == 0);
	/* and the socket itself, so that only the collector of such cycles finds it */
	CHILD_CHECK(child_send_fd(sockets[0], sockets[1]) == 0);

	return 0;
}

static int
make_framebuffer(struct victim *v)
{
	struct drm_mode_fb_cmd2 args = {
		.width = (uint32_t)v->page / 4,
		.height = (uint32_t)(v->size / v->page),
		.pixel_format = DRM_FORMAT_XRGB8888,
		.pitches = { (uint32_t)v->page },
	};
	int card = exynos_open(EXYNOS_PRIMARY_NODE);

	CHILD_CHECK(card >= 0);
	CHILD_CHECK(exynos_prime_import(card, v->dmabuf, &args.handles[0]) == 0);
	CHILD_CHECK(exynos_ioctl(card, DRM_IOCTL_MODE_ADDFB2, &args) == 0);

	return 0;
}

static int
submit_lists(struct victim *v)
{
	const struct g2d_box box = { 0, 0, (int)v->page / 4, (int)(v->size / v->page) };
	struct g2d_list list;

	g2d_list_fill(&list, &v->image, &box, 0x12345678);
	for (int i = 0; i < 16; i++)
		CHILD_CHECK(g2d_submit_event(v->fd, &list, 1) == 0);

	return 0;
}

static int
reach(struct victim *v, enum stage stage)
{
	switch (stage) {
	case STAGE_IMPORTED:
		CHILD_CHECK(exynos_gem_userptr_shared(v->fd, v->memory, v->size,
						      &v->image.handle) == 0);
		return 0;
	case STAGE_EXPORTED:
		v->dmabuf = exynos_prime_export(v->fd, v->image.handle, O_RDWR);
		CHILD_CHECK(v->dmabuf >= 0);
		return 0;
	case STAGE_MAPPED:
		CHILD_CHECK(mmap(NULL, v->size, PROT_READ, MAP_SHARED, v->dmabuf, 0) != MAP_FAILED);
		return 0;
	case STAGE_SENT:
		return send_to_nobody(v);
	case STAGE_FRAMEBUFFER:
		return make_framebuffer(v);
	case STAGE_SUBMITTED:
		return submit_lists(v);
	case STAGE_DONE:
		CHILD_CHECK(g2d_exec(v->fd, false) == 0);
		return 0;
	case STAGE_STARTED:
		CHILD_CHECK(submit_lists(v) == 0);
		CHILD_CHECK(g2d_exec(v->fd, true) == 0);
		return 0;
	case STAGE_COUNT:
		break;
	}

	return __LINE__;
}

static int
victim_open(struct victim *v)
{
	v->page = (size_t)sysconf(_SC_PAGESIZE);
	v->size = 256 * v->page;
	v->image.stride = (uint32_t)v->page;
	v->memory = child_map_memory(v->size, 1);
	v->fd = exynos_open(EXYNOS_RENDER_NODE);
	CHILD_CHECK(v->fd >= 0 && v->memory);

	return 0;
}

static int
be_killed(void *data)
{
	struct victim *v = data;
	int line = victim_open(v);

	for (enum stage stage = 0; line == 0 && stage <= v->stage; stage++)
		line = reach(v, stage);
	if (line != 0)
		return line;
	CHILD_CHECK(child_gate_post(&v->ready) == 0);
	if (!v->dies_by_itself)
		pause();

	return 0;
}

static void
end_in_every_stage(struct userptr_device *d, bool dies_by_itself)
{
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
		struct victim v = { .stage = stage, .dies_by_itself = dies_by_itself };
		pid_t pid;

		assert_int_equal(child_gate_init(&v.ready), 0);
		pid = child_start(be_killed, &v);
		assert_int_equal(child_gate_wait(&v.ready), 0);
		if (dies_by_itself)
			assert_int_equal(child_wait(pid), 0);
		else
			child_kill(pid);
		assert_true(exynos_wait_pinned(d->fd, 0));
		child_gate_fini(&v.ready);
	}
}

static void
test_sigkill_in_every_stage_unpins(void **state)
{
	end_in_every_stage(*state, false);
}

static void
test_exit_in_every_stage_unpins(void **state)
{
	end_in_every_stage(*state, true);
}

/* What a process is at with the engine when it ends, and how the engine is. */
enum work {
	WORK_ASYNC, /* it has a job in the engine */
	WORK_SYNC, /* and waits for it */
	WORK_BEHIND_ANOTHER, /* its job waits for that of another process */
	WORK_SYNC_BEHIND_ANOTHER,
	WORK_COUNT,
};

struct worker {
	struct victim victim;
	enum work work;
	struct child_gate end; /* what dies by itself waits for this before: the engine is at it */
};

static int
work_and_be_killed(void *data)
{
	struct worker *w = data;
	struct victim *v = &w->victim;
	int line = victim_open(v);

	if (line != 0)
		return line;
	CHILD_CHECK(reach(v, STAGE_IMPORTED) == 0);
	CHILD_CHECK(submit_lists(v) == 0);
	if (w->work == WORK_SYNC || w->work == WORK_SYNC_BEHIND_ANOTHER) {
		CHILD_CHECK(child_gate_post(&v->ready) == 0);
		g2d_exec(v->fd, false);
		/* on a machine that is slow the driver may have reset the engine first */
		pause();
		return __LINE__;
	}
	CHILD_CHECK(g2d_exec(v->fd, true) == 0);
	CHILD_CHECK(child_gate_post(&v->ready) == 0);
	if (!v->dies_by_itself)
		pause();
	CHILD_CHECK(child_gate_wait(&w->end) == 0);

	return 0;
}

static void
end_at_work(struct userptr_device *d, enum work work, const char *fault, bool dies_by_itself)
{
	bool behind = work == WORK_BEHIND_ANOTHER || work == WORK_SYNC_BEHIND_ANOTHER;
	struct worker w = { .victim.dies_by_itself = dies_by_itself, .work = work };
	uint64_t started = virtual_engine_started();
	pid_t pid;

	assert_int_equal(child_gate_init(&w.victim.ready), 0);
	assert_int_equal(child_gate_init(&w.end), 0);
	if (behind)
		start_held_copy(d, &d->target);
	else
		assert_int_equal(virtual_engine_set(fault, 1), 0);
	pid = child_start(work_and_be_killed, &w);
	assert_int_equal(child_gate_wait(&w.victim.ready), 0);
	assert_true(virtual_engine_wait_started(started));
	if (dies_by_itself) {
		assert_int_equal(child_gate_post(&w.end), 0);
		assert_int_equal(child_wait(pid), 0);
	} else {
		child_kill(pid);
	}

	/* the engine has not gone on yet, and has let go of the memory */
	assert_true(exynos_wait_pinned(d->fd, 0));
	if (behind)
		finish_held_copy(d);
	assert_int_equal(virtual_engine_set(fault, 0), 0);
	assert_int_equal(g2d_fill(d->fd, &d->target, &image_whole, 0x600d600d), 0);
	child_gate_fini(&w.victim.ready);
	child_gate_fini(&w.end);
}

static void
test_sigkill_at_work(void **state)
{
	skip_without_engine("hold");

	for (enum work work = 0; work < WORK_COUNT; work++)
		end_at_work(*state, work, "hold", false);
}

static void
test_sigkill_while_the_engine_hangs(void **state)
{
	skip_without_engine("hang");

	end_at_work(*state, WORK_ASYNC, "hang", false);
	end_at_work(*state, WORK_SYNC, "hang", false);
}

/* Who waits in EXEC cannot exit, so there are two cases less. */
static void
test_exit_at_work(void **state)
{
	skip_without_engine("hold");

	end_at_work(*state, WORK_ASYNC, "hold", true);
	end_at_work(*state, WORK_BEHIND_ANOTHER, "hold", true);
	end_at_work(*state, WORK_ASYNC, "hang", true);
}

struct reader {
	struct child_gate ready;
};

/* Everything of this process goes while its job is held: memory, files, mappings. */
static int
die_while_the_engine_reads(void *data)
{
	struct reader *reader = data;
	struct g2d_image source = { 0, IMAGE_STRIDE }, target = { 0, IMAGE_STRIDE };
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	uint64_t started = virtual_engine_started();
	struct g2d_list list;

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(exynos_gem_userptr(fd, memory, IMAGE_SIZE, 0, &source.handle) == 0);
	CHILD_CHECK(exynos_gem_create(fd, IMAGE_SIZE, 0, &target.handle) == 0);
	g2d_list_copy(&list, &target, &image_whole, &source, &image_whole);
	CHILD_CHECK(virtual_engine_set("hold", 1) == 0);
	CHILD_CHECK(g2d_submit_event(fd, &list, 1) == 0);
	CHILD_CHECK(g2d_exec(fd, true) == 0);
	CHILD_CHECK(virtual_engine_wait_started(started));
	CHILD_CHECK(child_gate_post(&reader->ready) == 0);
	pause();

	return __LINE__;
}

/* The engine never answers: the driver resets it, lets the memory go, and serves the next one. */
static void
test_sigkill_while_the_engine_reads(void **state)
{
	skip_without_engine("hold");

	struct userptr_device *d = *state;
	struct reader reader;
	pid_t pid;

	assert_int_equal(child_gate_init(&reader.ready), 0);
	pid = child_start(die_while_the_engine_reads, &reader);
	assert_int_equal(child_gate_wait(&reader.ready), 0);
	child_kill(pid);
	assert_true(exynos_wait_pinned(d->fd, 0));
	assert_int_equal(virtual_engine_set("hold", 0), 0);

	assert_int_equal(g2d_fill(d->fd, &d->target, &image_whole, 0x55667788), 0);
	assert_int_equal(d->pixels[0], 0x55667788);
	child_gate_fini(&reader.ready);
}

static int
import_for_ever(void *data)
{
	struct victim *v = data;
	int line = victim_open(v);

	if (line != 0)
		return line;
	CHILD_CHECK(child_gate_post(&v->ready) == 0);
	for (;;) {
		CHILD_CHECK(reach(v, STAGE_IMPORTED) == 0);
		CHILD_CHECK(exynos_gem_close(v->fd, v->image.handle) == 0);
		CHILD_CHECK(madvise(v->memory, v->size, MADV_DONTNEED) == 0);
	}
}

/* Most of its time it spends in the import, so that is where it is killed. */
static void
test_sigkill_in_the_midst_of_an_import(void **state)
{
	struct userptr_device *d = *state;

	for (unsigned int i = 0; i < 40; i++) {
		struct victim v = { 0 };
		pid_t pid;

		assert_int_equal(child_gate_init(&v.ready), 0);
		pid = child_start(import_for_ever, &v);
		assert_int_equal(child_gate_wait(&v.ready), 0);
		usleep(i * 500);
		child_kill(pid);
		assert_true(exynos_wait_pinned(d->fd, 0));
		child_gate_fini(&v.ready);
	}
}

static int
export_and_die(void *data)
{
	const int *socket = data;
	size_t size = USERPTR_PAGES * (size_t)sysconf(_SC_PAGESIZE);
	int fd = exynos_open(EXYNOS_RENDER_NODE), dmabuf;
	char *memory = child_map_memory(size, 0x61);
	uint32_t handle;

	CHILD_CHECK(fd >= 0 && memory);
	CHILD_CHECK(exynos_gem_userptr(fd, memory, size, 0, &handle) == 0);
	dmabuf = exynos_prime_export(fd, handle, O_CLOEXEC | O_RDWR);
	CHILD_CHECK(dmabuf >= 0);
	CHILD_CHECK(exynos_gem_close(fd, handle) == 0);
	CHILD_CHECK(child_send_fd(*socket, dmabuf) == 0);
	pause();

	return __LINE__;
}

/* A client as a compositor sees it: the dma-buf comes over a socket, then the client is killed. */
static void
test_importer_outlives_the_owner(void **state)
{
	struct userptr_device *d = *state;
	int sockets[2], dmabuf;
	uint64_t size;
	uint32_t handle, flags;
	char *map;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	pid = child_start(export_and_die, &sockets[1]);
	dmabuf = child_receive_fd(sockets[0]);
	assert_true(dmabuf >= 0);
	assert_int_equal(exynos_prime_import(d->fd, dmabuf, &handle), 0);
	child_kill(pid);

	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_int_equal(exynos_gem_get(d->fd, handle, &size, &flags), 0);
	assert_int_equal(size, d->size);
	assert_true(flags & EXYNOS_BO_USERPTR);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x61));
	map = mmap(NULL, d->size, PROT_READ, MAP_SHARED, dmabuf, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_true(is_filled(map, d->size, 0x61));
	munmap(map, d->size);

	/* the dma-buf holds it, then the handle does, then nobody */
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_int_equal(exynos_prime_import(d->fd, dmabuf, &handle), 0);
	close(dmabuf);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x61));
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	close(sockets[0]);
	close(sockets[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, userptr_setup, userptr_teardown)
		TEST(test_sigkill_in_every_stage_unpins),
		TEST(test_exit_in_every_stage_unpins),
		TEST(test_sigkill_at_work),
		TEST(test_sigkill_while_the_engine_hangs),
		TEST(test_exit_at_work),
		TEST(test_sigkill_while_the_engine_reads),
		TEST(test_sigkill_in_the_midst_of_an_import),
		TEST(test_importer_outlives_the_owner),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("userptr and the end of processes", tests, NULL, NULL);
}
