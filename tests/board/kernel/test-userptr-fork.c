// SPDX-License-Identifier: MIT
/*
 * User memory of a process that forks: the object has the bytes of who imported it, in whatever
 * order parent and child read, write, import, exec and exit.
 */

#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>

#include "child.h"
#include "exynos-device.h"
#include "skip.h"
#include "userptr-fixture.h"
#include "virtual-engine.h"

struct fork_case {
	struct userptr_device *d;
	char *memory;
	uint32_t handle;
	struct child_gate go, done;
};

static void
fork_case_init(struct fork_case *c, struct userptr_device *d)
{
	c->d = d;
	c->memory = map_memory(d->size, 0x50);
	assert_int_equal(exynos_gem_userptr(d->fd, c->memory, d->size, 0, &c->handle), 0);
	assert_int_equal(child_gate_init(&c->go), 0);
	assert_int_equal(child_gate_init(&c->done), 0);
}

static void
fork_case_fini(struct fork_case *c)
{
	child_gate_fini(&c->go);
	child_gate_fini(&c->done);
	exynos_gem_close(c->d->fd, c->handle);
	munmap(c->memory, c->d->size);
}

static int
child_reads(void *data)
{
	struct fork_case *c = data;

	CHILD_CHECK(is_filled(c->memory, c->d->size, 0x50));
	CHILD_CHECK(child_gate_wait(&c->go) == 0);
	/* the parent has written meanwhile, which is no affair of the child's */
	CHILD_CHECK(is_filled(c->memory, c->d->size, 0x50));

	return 0;
}

static void
test_child_that_only_reads(void **state)
{
	struct fork_case c;
	pid_t pid;

	fork_case_init(&c, *state);
	pid = child_start(child_reads, &c);
	memset(c.memory, 0x57, c.d->size);
	assert_int_equal(child_gate_post(&c.go), 0);
	assert_int_equal(child_wait(pid), 0);
	assert_true(object_is_filled(c.d->fd, c.handle, c.d->size, 0x57));
	fork_case_fini(&c);
}

static int
child_writes(void *data)
{
	struct fork_case *c = data;

	CHILD_CHECK(process_pinned() == 0);
	CHILD_CHECK(is_filled(c->memory, c->d->size, 0x50));
	memset(c->memory, 0x51, c->d->size);

	return 0;
}

static void
test_child_that_writes_does_not_reach_the_object(void **state)
{
	struct fork_case c;

	fork_case_init(&c, *state);
	assert_int_equal(child_run(child_writes, &c), 0);
	assert_true(is_filled(c.memory, c.d->size, 0x50));
	assert_true(object_is_filled(c.d->fd, c.handle, c.d->size, 0x50));
	fork_case_fini(&c);
}

static int
child_reads_after_parent_wrote(void *data)
{
	struct fork_case *c = data;

	CHILD_CHECK(child_gate_wait(&c->go) == 0);
	CHILD_CHECK(is_filled(c->memory, c->d->size, 0x50));

	return 0;
}

static void
test_parent_that_writes_after_fork_reaches_the_object(void **state)
{
	struct fork_case c;
	pid_t pid;

	fork_case_init(&c, *state);
	pid = child_start(child_reads_after_parent_wrote, &c);

	/* while the child lives, the pages of the parent must be those of the object still */
	memset(c.memory, 0x52, c.d->size);
	assert_true(object_is_filled(c.d->fd, c.handle, c.d->size, 0x52));
	assert_int_equal(child_gate_post(&c.go), 0);
	assert_int_equal(child_wait(pid), 0);

	memset(c.memory, 0x53, c.d->size);
	assert_true(object_is_filled(c.d->fd, c.handle, c.d->size, 0x53));
	fork_case_fini(&c);
}

static int
child_does_nothing(void *data)
{
	(void)data;

	return 0;
}

static void
test_children_that_only_exit(void **state)
{
	struct fork_case c;

	fork_case_init(&c, *state);
	for (int i = 1; i < 10; i++) {
		pid_t pid = child_start(child_does_nothing, NULL);

		/* before its end, and after it */
		memset(c.memory, 2 * i, c.d->size);
		assert_true(object_is_filled(c.d->fd, c.handle, c.d->size, 2 * i));
		assert_int_equal(child_wait(pid), 0);
		memset(c.memory, 2 * i + 1, c.d->size);
		assert_true(object_is_filled(c.d->fd, c.handle, c.d->size, 2 * i + 1));
	}
	fork_case_fini(&c);
}

static int
child_executes(void *data)
{
	(void)data;
	execl("/bin/true", "true", (char *)NULL);

	return __LINE__;
}

static int
child_unmaps(void *data)
{
	struct fork_case *c = data;

	CHILD_CHECK(munmap(c->memory, c->d->size) == 0);

	return 0;
}

static void
test_child_that_execs_or_unmaps_changes_nothing(void **state)
{
	struct fork_case c;

	fork_case_init(&c, *state);
	assert_int_equal(child_run(child_executes, &c), 0);
	assert_int_equal(child_run(child_unmaps, &c), 0);
	assert_int_equal(exynos_userptr_pinned(c.d->fd), c.d->size);
	memset(c.memory, 0x54, c.d->size);
	assert_true(object_is_filled(c.d->fd, c.handle, c.d->size, 0x54));
	fork_case_fini(&c);
}

static void
test_child_that_shares_the_memory_until_it_execs(void **state)
{
	char *const arguments[] = { (char *)"true", NULL }, *const environment[] = { NULL };
	struct fork_case c;
	pid_t pid;

	fork_case_init(&c, *state);
	/* vfork() as it is meant to be used */
	assert_int_equal(posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environment), 0);
	assert_int_equal(child_wait(pid), 0);
	memset(c.memory, 0x5b, c.d->size);
	assert_true(object_is_filled(c.d->fd, c.handle, c.d->size, 0x5b));
	fork_case_fini(&c);
}

static int
child_sees_memory_and_writes(void *data)
{
	struct fork_case *c = data;

	CHILD_CHECK(child_gate_post(&c->done) == 0);
	CHILD_CHECK(child_gate_wait(&c->go) == 0);
	memset(c->memory, 0x55, c->d->size);

	return 0;
}

static void
test_import_after_fork_takes_the_parents_bytes(void **state)
{
	struct userptr_device *d = *state;
	struct fork_case c = { .d = d, .memory = map_memory(d->size, 0x50) };
	pid_t pid;

	/* the pages are shared with the child when they are imported */
	assert_int_equal(child_gate_init(&c.go), 0);
	assert_int_equal(child_gate_init(&c.done), 0);
	pid = child_start(child_sees_memory_and_writes, &c);
	assert_int_equal(child_gate_wait(&c.done), 0);
	assert_int_equal(exynos_gem_userptr(d->fd, c.memory, d->size, 0, &c.handle), 0);

	assert_int_equal(child_gate_post(&c.go), 0);
	assert_int_equal(child_wait(pid), 0);
	assert_true(object_is_filled(d->fd, c.handle, d->size, 0x50));
	memset(c.memory, 0x56, d->size);
	assert_true(object_is_filled(d->fd, c.handle, d->size, 0x56));
	fork_case_fini(&c);
}

static int
child_uses_the_object(void *data)
{
	struct fork_case *c = data;

	/* the parent's file, and so the parent's bytes */
	memset(c->memory, 0x58, c->d->size);
	CHILD_CHECK(object_is_filled(c->d->fd, c->handle, c->d->size, 0x50));
	CHILD_CHECK(process_pinned() == 0);

	return 0;
}

static void
test_child_uses_the_parents_object(void **state)
{
	struct fork_case c;

	fork_case_init(&c, *state);
	assert_int_equal(child_run(child_uses_the_object, &c), 0);
	fork_case_fini(&c);
}

static int
child_imports_its_copy(void *data)
{
	struct fork_case *c = data;
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	uint32_t handle;

	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(exynos_gem_userptr(fd, c->memory, c->d->size, 0, &handle) == 0);
	CHILD_CHECK(process_pinned() == c->d->size);
	CHILD_CHECK(object_is_filled(fd, handle, c->d->size, 0x50));
	memset(c->memory, 0x59, c->d->size);
	CHILD_CHECK(object_is_filled(fd, handle, c->d->size, 0x59));
	CHILD_CHECK(object_is_filled(c->d->fd, c->handle, c->d->size, 0x50));

	return 0;
}

static void
test_child_imports_its_copy(void **state)
{
	struct fork_case c;

	fork_case_init(&c, *state);
	assert_int_equal(child_run(child_imports_its_copy, &c), 0);
	assert_true(exynos_wait_pinned(c.d->fd, c.d->size));
	assert_true(is_filled(c.memory, c.d->size, 0x50));
	memset(c.memory, 0x5a, c.d->size);
	assert_true(object_is_filled(c.d->fd, c.handle, c.d->size, 0x5a));
	fork_case_fini(&c);
}

static int
child_closes_the_handle(void *data)
{
	struct fork_case *c = data;

	/* the file is shared: the handle is the parent's, and so is the account */
	CHILD_CHECK(exynos_gem_close(c->d->fd, c->handle) == 0);
	CHILD_CHECK(exynos_userptr_pinned(c->d->fd) == 0);

	return 0;
}

static void
test_child_closes_the_parents_object(void **state)
{
	struct fork_case c;

	fork_case_init(&c, *state);
	assert_int_equal(child_run(child_closes_the_handle, &c), 0);
	assert_int_equal(exynos_userptr_pinned(c.d->fd), 0);
	assert_int_equal(process_pinned(), c.d->process_pinned);
	fork_case_fini(&c);
}

static int
grandchild_waits(void *data)
{
	return child_gate_wait(data);
}

static int
child_imports_and_leaves_the_file_to_its_child(void *data)
{
	struct child_gate *gate = data;
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	char *memory = child_map_memory((size_t)sysconf(_SC_PAGESIZE), 1);
	uint32_t handle;

	CHILD_CHECK(fd >= 0 && memory);
	CHILD_CHECK(exynos_gem_userptr(fd, memory, 1, 0, &handle) == 0);
	child_start(grandchild_waits, gate);

	return 0;
}

static void
test_object_of_a_process_that_is_gone_lives_with_the_file(void **state)
{
	struct userptr_device *d = *state;
	struct child_gate gate;

	assert_int_equal(child_gate_init(&gate), 0);
	assert_int_equal(child_run(child_imports_and_leaves_the_file_to_its_child, &gate), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->page);
	assert_int_equal(child_gate_post(&gate), 0);
	assert_true(exynos_wait_pinned(d->fd, 0));
	child_gate_fini(&gate);
}

static int
write_the_parents_memory(void *memory)
{
	memset(memory, 0xff, IMAGE_SIZE);

	return 0;
}

static void
test_fork_while_the_engine_reads(void **state)
{
	skip_without_engine("hold");

	struct userptr_device *d = *state;
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	struct g2d_image source;

	image_draw(memory, 41);
	source = image_import(d, memory, IMAGE_SIZE);
	start_held_copy(d, &source);
	assert_int_equal(child_run(write_the_parents_memory, memory), 0);
	finish_held_copy(d);
	assert_true(image_is_drawn(d->pixels, 41));
	assert_true(image_is_drawn(memory, 41));
	exynos_gem_close(d->fd, source.handle);
	munmap(memory, IMAGE_SIZE);
}

/* The engine's writes go where the parent looks, in whatever order the pages were copied. */
static void
test_fork_while_the_engine_writes(void **state)
{
	skip_without_engine("hold");

	struct userptr_device *d = *state;
	uint32_t *memory = map_anonymous(IMAGE_SIZE, PROT_READ | PROT_WRITE);
	uint64_t started = virtual_engine_started();
	struct drm_exynos_g2d_event event;
	struct g2d_image image;
	struct g2d_list list;
	int dmabuf;

	image_draw(memory, 65);
	image_draw(d->pixels, 66);
	image = image_import(d, memory, IMAGE_SIZE);
	dmabuf = object_export(d->fd, image.handle);
	assert_int_equal(virtual_engine_set("hold", 1), 0);
	g2d_list_copy(&list, &image, &image_whole, &d->target, &image_whole);
	assert_int_equal(g2d_submit_event(d->fd, &list, 1), 0);
	assert_int_equal(g2d_exec(d->fd, true), 0);
	assert_true(virtual_engine_wait_started(started));
	assert_int_equal(child_run(write_the_parents_memory, memory), 0);
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	assert_int_equal(g2d_read_event(d->fd, &event), 0);

	assert_int_equal(exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ), 0);
	assert_true(image_is_drawn(memory, 66));
	close(dmabuf);
	exynos_gem_close(d->fd, image.handle);
	munmap(memory, IMAGE_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, userptr_setup, userptr_teardown)
		TEST(test_child_that_only_reads),
		TEST(test_child_that_writes_does_not_reach_the_object),
		TEST(test_parent_that_writes_after_fork_reaches_the_object),
		TEST(test_children_that_only_exit),
		TEST(test_child_that_execs_or_unmaps_changes_nothing),
		TEST(test_child_that_shares_the_memory_until_it_execs),
		TEST(test_import_after_fork_takes_the_parents_bytes),
		TEST(test_child_uses_the_parents_object),
		TEST(test_child_imports_its_copy),
		TEST(test_child_closes_the_parents_object),
		TEST(test_object_of_a_process_that_is_gone_lives_with_the_file),
		TEST(test_fork_while_the_engine_reads),
		TEST(test_fork_while_the_engine_writes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("userptr and fork", tests, NULL, NULL);
}
