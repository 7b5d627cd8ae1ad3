// SPDX-License-Identifier: MIT
/*
 * How long user memory stays pinned, and whose bytes an object holds: munmap, mremap, fork, exec,
 * exit, SIGKILL, and objects that other processes hold.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-buf.h>

#include "child.h"
#include "exynos-device.h"
#include "exynos-g2d.h"

enum { PAGES = 4 };

struct device {
	int fd;
	size_t page, size; /* bytes; size is that of the memory that most tests import */
	uint64_t process_pinned;
};

static int
setup(void **state)
{
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->page = (size_t)sysconf(_SC_PAGESIZE);
	d->size = PAGES * d->page;
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(d->fd >= 0);
	d->process_pinned = process_pinned();
	*state = d;

	return 0;
}

static int
teardown(void **state)
{
	struct device *d = *state;

	assert_true(exynos_wait_pinned(d->fd, 0));
	assert_int_equal(process_pinned(), d->process_pinned);
	close(d->fd);
	free(d);

	return 0;
}

static char *
map_memory(size_t size_bytes, int byte)
{
	char *map =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return NULL;

	return memset(map, byte, size_bytes);
}

static bool
is_filled(const char *memory, size_t size_bytes, int byte)
{
	for (size_t i = 0; i < size_bytes; i++) {
		if (memory[i] != (char)byte)
			return false;
	}

	return true;
}

/* Makes what the CPU has written to an object's memory visible to the engine. */
static bool
flush_object(int fd, uint32_t handle)
{
	int dmabuf = exynos_prime_export(fd, handle, O_CLOEXEC | O_RDWR);
	bool flushed;

	if (dmabuf < 0)
		return false;

	flushed = exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE) == 0 &&
		  exynos_dmabuf_sync(dmabuf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE) == 0;
	close(dmabuf);

	return flushed;
}

/*
 * What an engine sees of an object: the engine copies it into a GEM object of its own, which is
 * compared here. 32 bit pixels, one page per line.
 */
static bool
object_is_filled(int fd, uint32_t handle, size_t size_bytes, int byte)
{
	int page = (int)sysconf(_SC_PAGESIZE);
	struct g2d_box box = { 0, 0, page / 4, (int)size_bytes / page };
	struct g2d_image src = { handle, (uint32_t)page }, dst = { 0, (uint32_t)page };
	bool filled = false;
	char *map;

	if (exynos_gem_create(fd, size_bytes, 0, &dst.handle) < 0)
		return false;

	map = exynos_gem_mmap(fd, dst.handle, size_bytes);
	if (map) {
		memset(map, ~byte, size_bytes);
		filled = flush_object(fd, handle) && g2d_copy(fd, &dst, &box, &src, &box) == 0 &&
			 is_filled(map, size_bytes, byte);
		munmap(map, size_bytes);
	}
	exynos_gem_close(fd, dst.handle);

	return filled;
}

static void
test_closing_the_handle_unpins(void **state)
{
	struct device *d = *state;
	char *memory = map_memory(d->size, 1);
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	munmap(memory, d->size);
}

static void
test_closing_the_file_unpins(void **state)
{
	struct device *d = *state;
	char *memory = map_memory(d->size, 1);
	int second = exynos_open(EXYNOS_RENDER_NODE);
	uint32_t handle;

	assert_true(second >= 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(exynos_gem_userptr(second, memory, d->size, 0, &handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 5 * d->size);
	close(second);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	munmap(memory, d->size);
}

static void
test_munmap_leaves_the_object_alone(void **state)
{
	struct device *d = *state;
	char *memory = map_memory(d->size, 0x5a), *other;
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	assert_int_equal(munmap(memory, d->size), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x5a));

	/* other memory at the same address is other memory */
	other = mmap(memory, d->size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	assert_ptr_equal(other, memory);
	memset(other, 0x11, d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x5a));

	exynos_gem_close(d->fd, handle);
	assert_true(is_filled(other, d->size, 0x11));
	munmap(other, d->size);
}

static void
test_import_again_after_munmap_takes_the_new_memory(void **state)
{
	struct device *d = *state;
	char *memory = map_memory(d->size, 0x21);
	uint32_t first, second;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &first), 0);
	assert_int_equal(munmap(memory, d->size), 0);
	assert_ptr_equal(mmap(memory, d->size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
			 memory);
	memset(memory, 0x22, d->size);
	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &second), 0);

	assert_true(object_is_filled(d->fd, first, d->size, 0x21));
	assert_true(object_is_filled(d->fd, second, d->size, 0x22));
	exynos_gem_close(d->fd, first);
	exynos_gem_close(d->fd, second);
	munmap(memory, d->size);
}

static void
test_madvise_dontneed_leaves_the_object_alone(void **state)
{
	struct device *d = *state;
	char *memory = map_memory(d->size, 0x31);
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	assert_int_equal(madvise(memory, d->size, MADV_DONTNEED), 0);
	assert_true(is_filled(memory, d->size, 0));
	assert_true(object_is_filled(d->fd, handle, d->size, 0x31));
	exynos_gem_close(d->fd, handle);
	munmap(memory, d->size);
}

static void
test_mremap_moves_the_same_pages(void **state)
{
	struct device *d = *state;
	char *memory = map_memory(d->size, 0x41);
	char *target = map_memory(d->size, 0);
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	assert_ptr_equal(mremap(memory, d->size, d->size, MREMAP_MAYMOVE | MREMAP_FIXED, target),
			 target);
	assert_true(is_filled(target, d->size, 0x41));
	memset(target, 0x42, d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x42));
	exynos_gem_close(d->fd, handle);
	munmap(target, d->size);
}

static void
test_munlock_does_not_unpin(void **state)
{
	struct device *d = *state;
	char *memory = map_memory(d->size, 0x43);
	uint32_t handle;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	assert_int_equal(mlock(memory, d->size), 0);
	assert_int_equal(munlock(memory, d->size), 0);
	assert_int_equal(munlockall(), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_int_equal(process_pinned(), d->process_pinned + d->size);
	memset(memory, 0x44, d->size);
	assert_true(object_is_filled(d->fd, handle, d->size, 0x44));
	exynos_gem_close(d->fd, handle);
	munmap(memory, d->size);
}

struct fork_case {
	struct device *d;
	char *memory;
	uint32_t handle;
	struct child_gate go, done;
};

static void
fork_case_init(struct fork_case *c, struct device *d)
{
	c->d = d;
	c->memory = map_memory(d->size, 0x50);
	assert_non_null(c->memory);
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
	struct device *d = *state;
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
	char *memory = map_memory((size_t)sysconf(_SC_PAGESIZE), 1);
	uint32_t handle;

	CHILD_CHECK(fd >= 0 && memory);
	CHILD_CHECK(exynos_gem_userptr(fd, memory, 1, 0, &handle) == 0);
	child_start(grandchild_waits, gate);

	return 0;
}

static void
test_object_of_a_process_that_is_gone_lives_with_the_file(void **state)
{
	struct device *d = *state;
	struct child_gate gate;

	assert_int_equal(child_gate_init(&gate), 0);
	assert_int_equal(child_run(child_imports_and_leaves_the_file_to_its_child, &gate), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->page);
	assert_int_equal(child_gate_post(&gate), 0);
	assert_true(exynos_wait_pinned(d->fd, 0));
	child_gate_fini(&gate);
}

/* How far a process gets before it is killed. */
enum stage {
	STAGE_IMPORTED,
	STAGE_EXPORTED,
	STAGE_MAPPED,
	STAGE_SUBMITTED,
	STAGE_RUNNING,
	STAGE_COUNT,
};

struct victim {
	enum stage stage;
	struct child_gate ready;
	bool dies_by_itself;
};

static int
be_killed(void *data)
{
	struct victim *v = data;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 256 * page;
	struct g2d_box box = { 0, 0, (int)page / 4, 256 };
	struct g2d_image image = { 0, (uint32_t)page };
	struct g2d_list list;
	int fd = exynos_open(EXYNOS_RENDER_NODE), dmabuf = -1;
	char *memory = map_memory(size, 1);

	CHILD_CHECK(fd >= 0 && memory);
	CHILD_CHECK(exynos_gem_userptr(fd, memory, size, 0, &image.handle) == 0);
	if (v->stage >= STAGE_EXPORTED) {
		dmabuf = exynos_prime_export(fd, image.handle, O_RDWR);
		CHILD_CHECK(dmabuf >= 0);
	}
	if (v->stage >= STAGE_MAPPED)
		CHILD_CHECK(mmap(NULL, size, PROT_READ, MAP_SHARED, dmabuf, 0) != MAP_FAILED);
	if (v->stage >= STAGE_SUBMITTED) {
		g2d_list_fill(&list, &image, &box, 0x12345678);
		for (int i = 0; i < 16; i++)
			CHILD_CHECK(g2d_submit(fd, &list) == 0);
	}
	if (v->stage >= STAGE_RUNNING)
		CHILD_CHECK(g2d_exec(fd, true) == 0);

	CHILD_CHECK(child_gate_post(&v->ready) == 0);
	if (!v->dies_by_itself)
		pause();

	return 0;
}

static void
end_in_every_stage(struct device *d, bool dies_by_itself)
{
	for (int stage = 0; stage < STAGE_COUNT; stage++) {
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

static int
export_and_die(void *data)
{
	const int *socket = data;
	size_t size = PAGES * (size_t)sysconf(_SC_PAGESIZE);
	int fd = exynos_open(EXYNOS_RENDER_NODE), dmabuf;
	char *memory = map_memory(size, 0x61);
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
	struct device *d = *state;
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

static void
test_mapping_of_the_dmabuf_outlives_everything(void **state)
{
	struct device *d = *state;
	int second = exynos_open(EXYNOS_RENDER_NODE), dmabuf;
	char *memory = map_memory(d->size, 0x71), *map;
	uint32_t handle;

	assert_true(second >= 0);
	assert_int_equal(exynos_gem_userptr(second, memory, d->size, 0, &handle), 0);
	dmabuf = exynos_prime_export(second, handle, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	map = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	close(dmabuf);
	close(second);
	assert_int_equal(munmap(memory, d->size), 0);

	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_true(is_filled(map, d->size, 0x71));
	memset(map, 0x72, d->size);
	assert_true(is_filled(map, d->size, 0x72));

	/* a part of it is enough, wherever it has been moved */
	assert_int_equal(munmap(map, d->size - d->page), 0);
	map = mremap(map + d->size - d->page, d->page, d->page, MREMAP_MAYMOVE);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	assert_true(is_filled(map, d->page, 0x72));
	assert_int_equal(munmap(map, d->page), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
}

static int
child_reads_the_mapping(void *data)
{
	struct fork_case *c = data;

	CHILD_CHECK(child_gate_wait(&c->go) == 0);
	CHILD_CHECK(is_filled(c->memory, c->d->size, 0x82));
	memset(c->memory, 0x83, c->d->size);

	return 0;
}

static void
test_mapping_of_the_dmabuf_is_shared_by_fork(void **state)
{
	struct device *d = *state;
	char *memory = map_memory(d->size, 0x81);
	struct fork_case c = { .d = d };
	uint32_t handle;
	int dmabuf;
	pid_t pid;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	dmabuf = exynos_prime_export(d->fd, handle, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	c.memory = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	assert_ptr_not_equal(c.memory, MAP_FAILED);

	assert_int_equal(child_gate_init(&c.go), 0);
	pid = child_start(child_reads_the_mapping, &c);
	memset(memory, 0x82, d->size);
	assert_int_equal(child_gate_post(&c.go), 0);
	assert_int_equal(child_wait(pid), 0);
	assert_true(is_filled(c.memory, d->size, 0x83));
	assert_true(is_filled(memory, d->size, 0x83));

	child_gate_fini(&c.go);
	munmap(c.memory, d->size);
	close(dmabuf);
	exynos_gem_close(d->fd, handle);
	munmap(memory, d->size);
}

static void
test_mapping_of_the_dmabuf_as_the_dmabuf_allows(void **state)
{
	struct device *d = *state;
	char *memory = map_memory(d->size, 1);
	int read_only, writable;
	uint32_t handle, other;
	void *map;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	read_only = exynos_prime_export(d->fd, handle, O_CLOEXEC);
	assert_true(read_only >= 0);
	assert_ptr_equal(mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, read_only, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EACCES);
	map = mmap(NULL, d->size, PROT_READ, MAP_SHARED, read_only, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(map, d->size, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, EACCES);
	munmap(map, d->size);

	/* pages of a private mapping would have to be copied, and there are none to copy */
	assert_ptr_equal(mmap(NULL, d->size, PROT_READ, MAP_PRIVATE, read_only, 0), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	close(read_only);
	exynos_gem_close(d->fd, handle);

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &other), 0);
	writable = exynos_prime_export(d->fd, other, O_CLOEXEC | O_RDWR);
	assert_true(writable >= 0);
	assert_ptr_equal(mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, writable, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, d->size + d->page, PROT_READ, MAP_SHARED, writable, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, d->size, PROT_READ, MAP_SHARED, writable, (off_t)d->page),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	close(writable);
	exynos_gem_close(d->fd, other);
	munmap(memory, d->size);
}

static void
test_mapping_of_a_part_of_the_dmabuf(void **state)
{
	struct device *d = *state;
	char *memory = map_memory(d->size, 0), *map;
	uint32_t handle;
	int dmabuf;

	for (int i = 0; i < PAGES; i++)
		memset(memory + i * d->page, i, d->page);
	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	dmabuf = exynos_prime_export(d->fd, handle, O_CLOEXEC | O_RDWR);
	assert_true(dmabuf >= 0);
	map = mmap(NULL, 2 * d->page, PROT_READ, MAP_SHARED, dmabuf, (off_t)d->page);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_memory_equal(map, memory + d->page, 2 * d->page);

	munmap(map, 2 * d->page);
	close(dmabuf);
	exynos_gem_close(d->fd, handle);
	munmap(memory, d->size);
}

static void
test_same_range_twice(void **state)
{
	struct device *d = *state;
	char *memory = map_memory(d->size, 0x0a);
	uint32_t first, second;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &first), 0);
	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &second), 0);
	assert_int_not_equal(first, second);
	assert_int_equal(exynos_userptr_pinned(d->fd), 2 * d->size);

	memset(memory, 0x0b, d->size);
	assert_true(object_is_filled(d->fd, first, d->size, 0x0b));
	assert_int_equal(exynos_gem_close(d->fd, first), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	memset(memory, 0x0c, d->size);
	assert_true(object_is_filled(d->fd, second, d->size, 0x0c));
	exynos_gem_close(d->fd, second);
	munmap(memory, d->size);
}

static void
test_ranges_that_overlap(void **state)
{
	struct device *d = *state;
	char *memory = map_memory(d->size, 0x1a);
	uint32_t first, second;

	assert_int_equal(exynos_gem_userptr(d->fd, memory, 3 * d->page, 0, &first), 0);
	assert_int_equal(exynos_gem_userptr(d->fd, memory + d->page, 3 * d->page, 0, &second), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), 6 * d->page);
	memset(memory, 0x1b, d->size);
	assert_true(object_is_filled(d->fd, first, 3 * d->page, 0x1b));
	assert_true(object_is_filled(d->fd, second, 3 * d->page, 0x1b));

	assert_int_equal(exynos_gem_close(d->fd, first), 0);
	assert_int_equal(munmap(memory, 2 * d->page), 0);
	assert_true(object_is_filled(d->fd, second, 3 * d->page, 0x1b));
	exynos_gem_close(d->fd, second);
	munmap(memory + 2 * d->page, d->size - 2 * d->page);
}

static void
test_export_twice_is_one_dmabuf(void **state)
{
	struct device *d = *state;
	int second = exynos_open(EXYNOS_RENDER_NODE);
	char *memory = map_memory(d->size, 1);
	uint32_t handle, same, imported;
	int dmabuf, again;

	assert_true(second >= 0);
	assert_int_equal(exynos_gem_userptr(d->fd, memory, d->size, 0, &handle), 0);
	dmabuf = exynos_prime_export(d->fd, handle, O_CLOEXEC);
	again = exynos_prime_export(d->fd, handle, O_CLOEXEC);
	assert_true(dmabuf >= 0 && again >= 0);

	/* in the same file it is the same handle, in another one it is the same object */
	assert_int_equal(exynos_prime_import(d->fd, again, &same), 0);
	assert_int_equal(same, handle);
	assert_int_equal(exynos_prime_import(second, dmabuf, &imported), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);

	close(dmabuf);
	close(again);
	assert_int_equal(exynos_gem_close(d->fd, handle), 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), d->size);
	close(second);
	assert_int_equal(exynos_userptr_pinned(d->fd), 0);
	munmap(memory, d->size);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_closing_the_handle_unpins),
		TEST(test_closing_the_file_unpins),
		TEST(test_munmap_leaves_the_object_alone),
		TEST(test_import_again_after_munmap_takes_the_new_memory),
		TEST(test_madvise_dontneed_leaves_the_object_alone),
		TEST(test_mremap_moves_the_same_pages),
		TEST(test_munlock_does_not_unpin),
		TEST(test_child_that_writes_does_not_reach_the_object),
		TEST(test_parent_that_writes_after_fork_reaches_the_object),
		TEST(test_child_that_execs_or_unmaps_changes_nothing),
		TEST(test_import_after_fork_takes_the_parents_bytes),
		TEST(test_child_closes_the_parents_object),
		TEST(test_object_of_a_process_that_is_gone_lives_with_the_file),
		TEST(test_sigkill_in_every_stage_unpins),
		TEST(test_exit_in_every_stage_unpins),
		TEST(test_importer_outlives_the_owner),
		TEST(test_mapping_of_the_dmabuf_outlives_everything),
		TEST(test_mapping_of_the_dmabuf_is_shared_by_fork),
		TEST(test_mapping_of_the_dmabuf_as_the_dmabuf_allows),
		TEST(test_mapping_of_a_part_of_the_dmabuf),
		TEST(test_same_range_twice),
		TEST(test_ranges_that_overlap),
		TEST(test_export_twice_is_one_dmabuf),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("userptr lifetime", tests, NULL, NULL);
}
