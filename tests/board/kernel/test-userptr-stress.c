// SPDX-License-Identifier: MIT
/*
 * Sixteen processes that import, export, share, map, blit, fork, are killed and release at random
 * while memory is short: test-userptr-stress [SECONDS [SEED]]. The seed decides what each process
 * does; how far it gets, and where it is killed, is another one each time.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "virtual-engine.h"

enum {
	PROCESSES = 16,
	N_BUFFERS = 4, /* of a process */
	N_OBJECTS = 8, /* of a process */
	PAGE = 4096,
	BUFFER_BYTES = 64 * PAGE,
	HOG_BLOCK_BYTES = 4 << 20,
	HOG_LEAVES_BYTES = 48 << 20,

	WARM_UP_MS = 2000,
	KILL_INTERVAL_MS = 1000, /* at most, from one to the next one */

	LIMIT_BYTES = 2 << 20, /* of the pool: less than the processes want */
	DEFAULT_LIMIT_BYTES = 16 << 20,

	/*
	 * What may be missing at the end of what was free: what the kernel keeps for itself (slabs,
	 * per-cpu lists, page tables). A minute imports some 250 MiB, so a leak of every tenth page
	 * is far above it; the counts of what is pinned and mapped have no margin.
	 */
	MARGIN_BYTES = 8 << 20,
};

struct options {
	uint64_t seconds, seed;
};

/* Shared by all processes: what was done, so that a run that does nothing is seen. */
struct counts {
	atomic_ullong imports, refused, blits, exports, received, forks, kills;
};

/* Memory that is filled with one byte from its beginning to its end. */
struct buffer {
	char *memory;
	char byte;
};

/* User memory of this process, or of another one (from a dma-buf). */
struct object {
	uint32_t handle;
	int dmabuf; /* or -1 */
	char *map; /* of the dma-buf, or NULL */
	size_t size_bytes, first, length; /* first: offset of the bytes that are known */
	char byte;
	bool used;
};

/* What goes with a dma-buf from one process to another one. */
struct message {
	size_t size_bytes, first, length;
	char byte;
};

struct worker {
	uint64_t deadline_ms, seed;
	struct counts *counts;
	unsigned int index;
	int socket[2]; /* of all workers: sent to the first end, received from the second one */
	uint64_t random;
	int fd;
	struct buffer buffers[N_BUFFERS];
	struct object objects[N_OBJECTS];
	struct g2d_image target;
	char *pixels;
};

static uint64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);

	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* xorshift64* */
static uint32_t
below(struct worker *w, uint32_t limit)
{
	w->random ^= w->random >> 12;
	w->random ^= w->random << 25;
	w->random ^= w->random >> 27;

	return (uint32_t)((w->random * 0x2545f4914f6cdd1dull) >> 32) % limit;
}

static bool
is_filled(const char *memory, size_t size_bytes, char byte)
{
	for (size_t i = 0; i < size_bytes; i++) {
		if (memory[i] != byte)
			return false;
	}

	return true;
}

/* New memory, also when the old one is still pinned. */
static bool
renew_buffer(struct worker *w, struct buffer *buffer)
{
	if (buffer->memory)
		munmap(buffer->memory, BUFFER_BYTES);
	buffer->memory = mmap(NULL, BUFFER_BYTES, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer->memory == MAP_FAILED) {
		buffer->memory = NULL;
		return false;
	}
	buffer->byte = (char)(1 + below(w, 255));
	memset(buffer->memory, buffer->byte, BUFFER_BYTES);

	return true;
}

static void
release_object(struct worker *w, struct object *object)
{
	if (!object->used)
		return;
	if (object->handle)
		exynos_gem_close(w->fd, object->handle);
	if (object->dmabuf >= 0)
		close(object->dmabuf);
	if (object->map)
		munmap(object->map, object->size_bytes);
	*object = (struct object){ .dmabuf = -1 };
}

static int
import(struct worker *w, struct object *object)
{
	struct buffer *buffer = &w->buffers[below(w, N_BUFFERS)];
	size_t first = below(w, BUFFER_BYTES);
	size_t length = 1 + below(w, (uint32_t)(BUFFER_BYTES - first));
	uint32_t handle;
	int ret;

	release_object(w, object);
	ret = exynos_gem_userptr(w->fd, buffer->memory + first, length, EXYNOS_BO_WHOLE_PAGES,
				 &handle);
	if (ret < 0) {
		/* the pool, which all share */
		CHILD_CHECK(ret == -EINVAL);
		atomic_fetch_add(&w->counts->refused, 1);
		return 0;
	}

	first %= PAGE;
	*object = (struct object){
		.handle = handle,
		.dmabuf = -1,
		.size_bytes = (first + length + PAGE - 1) / PAGE * PAGE,
		.first = first,
		.length = length,
		.byte = buffer->byte,
		.used = true,
	};
	atomic_fetch_add(&w->counts->imports, 1);

	return 0;
}

static int
export_and_map(struct worker *w, struct object *object)
{
	if (!object->handle)
		return 0;
	if (object->dmabuf < 0)
		object->dmabuf = exynos_prime_export(w->fd, object->handle, O_CLOEXEC | O_RDWR);
	CHILD_CHECK(object->dmabuf >= 0);
	if (!object->map) {
		object->map = mmap(NULL, object->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
				   object->dmabuf, 0);
		CHILD_CHECK(object->map != MAP_FAILED);
	}
	CHILD_CHECK(is_filled(object->map + object->first, object->length, object->byte));
	atomic_fetch_add(&w->counts->exports, 1);

	return 0;
}

/* To whoever takes it. What does not fit into the socket any more is not sent. */
static int
send_object(struct worker *w, struct object *object)
{
	struct message message = {
		.size_bytes = object->size_bytes,
		.first = object->first,
		.length = object->length,
		.byte = object->byte,
	};
	struct iovec iov = { .iov_base = &message, .iov_len = sizeof(message) };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr header = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header);

	if (object->dmabuf < 0)
		return 0;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &object->dmabuf, sizeof(int));
	sendmsg(w->socket[0], &header, MSG_DONTWAIT | MSG_NOSIGNAL);

	return 0;
}

static int
receive_object(struct worker *w, struct object *object)
{
	struct message message;
	struct iovec iov = { .iov_base = &message, .iov_len = sizeof(message) };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct msghdr header = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int dmabuf;

	if (recvmsg(w->socket[1], &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != sizeof(message))
		return 0;
	cmsg = CMSG_FIRSTHDR(&header);
	CHILD_CHECK(cmsg && cmsg->cmsg_type == SCM_RIGHTS);
	memcpy(&dmabuf, CMSG_DATA(cmsg), sizeof(dmabuf));

	release_object(w, object);
	*object = (struct object){
		.dmabuf = dmabuf,
		.size_bytes = message.size_bytes,
		.first = message.first,
		.length = message.length,
		.byte = message.byte,
		.used = true,
	};
	CHILD_CHECK(exynos_prime_import(w->fd, dmabuf, &object->handle) == 0);
	for (int i = 0; i < N_OBJECTS; i++) {
		/* its own one came back: the handle is the same, and must be closed once */
		if (&w->objects[i] != object && w->objects[i].handle == object->handle)
			object->handle = 0;
	}
	atomic_fetch_add(&w->counts->received, 1);

	return export_and_map(w, object);
}

/* The engine copies the object, one page a line, and the CPU looks at the copy. */
static int
blit(struct worker *w, struct object *object)
{
	struct g2d_box box = { 0, 0, PAGE / 4, (int)(object->size_bytes / PAGE) };
	struct g2d_image source = { object->handle, PAGE };

	if (!object->handle)
		return 0;
	memset(w->pixels, ~object->byte, object->size_bytes);

	/* each process has one list at a time, so there is one for it */
	CHILD_CHECK(g2d_copy(w->fd, &w->target, &box, &source, &box) == 0);
	CHILD_CHECK(is_filled(w->pixels + object->first, object->length, object->byte));
	atomic_fetch_add(&w->counts->blits, 1);

	return 0;
}

/* The child has copies of the buffers and all of the files; what it does is its own affair. */
static int
fork_child(struct worker *w)
{
	pid_t pid = fork();
	int status;

	CHILD_CHECK(pid >= 0);
	if (pid == 0) {
		for (int i = 0; i < N_BUFFERS; i++)
			memset(w->buffers[i].memory, 0, BUFFER_BYTES);
		if (below(w, 2))
			raise(SIGKILL);
		_exit(0);
	}
	CHILD_CHECK(waitpid(pid, &status, 0) == pid);
	for (int i = 0; i < N_BUFFERS; i++)
		CHILD_CHECK(is_filled(w->buffers[i].memory, BUFFER_BYTES, w->buffers[i].byte));
	atomic_fetch_add(&w->counts->forks, 1);

	return 0;
}

static int
do_one(struct worker *w)
{
	struct object *object = &w->objects[below(w, N_OBJECTS)];

	switch (below(w, 24)) {
	case 0:
		return fork_child(w);
	case 1:
	case 2:
		CHILD_CHECK(renew_buffer(w, &w->buffers[below(w, N_BUFFERS)]));
		return 0;
	case 3:
	case 4:
	case 5:
		release_object(w, object);
		return 0;
	case 6:
	case 7:
	case 8:
		return export_and_map(w, object);
	case 9:
	case 10:
		return send_object(w, object);
	case 11:
	case 12:
	case 13:
		return receive_object(w, object);
	case 14:
		/* the object lives on in its dma-buf, if it has one */
		if (object->handle)
			CHILD_CHECK(exynos_gem_close(w->fd, object->handle) == 0);
		object->handle = 0;
		return 0;
	case 15:
	case 16:
	case 17:
	case 18:
		return blit(w, object);
	default:
		return import(w, object);
	}
}

/* All that it has. What it sent to others they may hold a little longer. */
static int
release_all(struct worker *w, int fds_before)
{
	for (int i = 0; i < N_OBJECTS; i++)
		release_object(w, &w->objects[i]);
	for (int i = 0; i < N_BUFFERS; i++)
		munmap(w->buffers[i].memory, BUFFER_BYTES);
	munmap(w->pixels, BUFFER_BYTES + PAGE);
	close(w->fd);
	CHILD_CHECK(process_open_files() == fds_before);

	return 0;
}

static int
work(void *data)
{
	struct worker *w = data;
	int fds_before = process_open_files(), line;

	w->random = (w->seed + 1) * 0x9e3779b97f4a7c15ull ^ (uint64_t)w->index << 20;
	w->fd = exynos_open(EXYNOS_RENDER_NODE);
	CHILD_CHECK(w->fd >= 0);
	for (int i = 0; i < N_OBJECTS; i++)
		w->objects[i].dmabuf = -1;
	for (int i = 0; i < N_BUFFERS; i++)
		CHILD_CHECK(renew_buffer(w, &w->buffers[i]));
	w->target.stride = PAGE;
	CHILD_CHECK(exynos_gem_create(w->fd, BUFFER_BYTES + PAGE, 0, &w->target.handle) == 0);
	w->pixels = exynos_gem_mmap(w->fd, w->target.handle, BUFFER_BYTES + PAGE);
	CHILD_CHECK(w->pixels);

	while (now_ms() < w->deadline_ms) {
		line = do_one(w);
		if (line != 0)
			return line;
	}

	/* one of four exits with all that it has */
	return w->index % 4 == 2 ? 0 : release_all(w, fds_before);
}

static uint64_t
free_bytes_without_caches(void)
{
	FILE *file = fopen("/proc/sys/vm/drop_caches", "w");

	assert_non_null(file);
	fputs("3\n", file);
	fclose(file);
	kernel_sum_counters();

	return kernel_meminfo("MemFree");
}

/* Takes memory until little is left, gives it back, and begins again, until it is killed. */
static int
hog_memory(void *data)
{
	enum { MAX_BLOCKS = 1024 };
	void *blocks[MAX_BLOCKS];
	FILE *score = fopen("/proc/self/oom_score_adj", "w");

	(void)data;
	CHILD_CHECK(score && fputs("1000\n", score) >= 0 && fclose(score) == 0);
	for (;;) {
		int n = 0;

		while (n < MAX_BLOCKS && kernel_meminfo("MemAvailable") > HOG_LEAVES_BYTES) {
			blocks[n] = mmap(NULL, HOG_BLOCK_BYTES, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
			CHILD_CHECK(blocks[n] != MAP_FAILED);
			n++;
		}
		/* the others have what it leaves them for a while */
		usleep(20000);
		while (n > 0)
			munmap(blocks[--n], HOG_BLOCK_BYTES);
	}
}

/*
 * Kills one of the processes, wherever it is, and starts another one in its place. Near the end it
 * may have been done before.
 */
static void
replace_worker(struct worker *worker, pid_t *pid)
{
	int status;

	assert_int_equal(kill(*pid, SIGKILL), 0);
	status = child_wait(*pid);
	assert_true(status == -SIGKILL || status == 0);
	if (status == -SIGKILL)
		atomic_fetch_add(&worker->counts->kills, 1);
	worker->index++;
	*pid = child_start(work, worker);
}

static void
run_workers(uint64_t milliseconds, uint64_t seed, struct counts *counts)
{
	struct worker worker = { .seed = seed, .counts = counts };
	struct worker killer = { .random = seed + 1 };
	pid_t pids[PROCESSES], hog;

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, worker.socket), 0);
	worker.deadline_ms = now_ms() + milliseconds;
	hog = child_start(hog_memory, NULL);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = child_start(work, &worker);
		worker.index++;
	}
	for (;;) {
		usleep(1000 * below(&killer, KILL_INTERVAL_MS));
		if (now_ms() >= worker.deadline_ms)
			break;
		replace_worker(&worker, &pids[below(&killer, PROCESSES)]);
	}
	for (int i = 0; i < PROCESSES; i++)
		assert_int_equal(child_wait(pids[i]), 0);
	child_kill(hog);

	/* with the dma-bufs that nobody has received */
	close(worker.socket[0]);
	close(worker.socket[1]);
}

static int
set_limit(uint32_t limit_bytes)
{
	int fd = exynos_open(EXYNOS_PRIMARY_NODE), ret;

	if (fd < 0)
		return fd;
	ret = exynos_user_limit(fd, limit_bytes);
	close(fd);

	return ret;
}

static void
test_processes_at_random_with_little_memory(void **state)
{
	const struct options *options = *state;
	uint64_t mapped_bytes = virtual_engine_get("mapped_bytes"), before, after;
	int fds_before = process_open_files(), fd;
	struct counts *counts;

	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	assert_ptr_not_equal(counts, MAP_FAILED);

	assert_int_equal(set_limit(LIMIT_BYTES), 0);

	/* what the kernel keeps of a first time (slabs, the programs' pages) is no leak */
	run_workers(WARM_UP_MS, 0, counts);
	memset(counts, 0, sizeof(*counts));
	before = free_bytes_without_caches();

	run_workers(options->seconds * 1000, options->seed, counts);
	printf("# imports %llu, refused %llu, exports %llu, received %llu, blits %llu, forks %llu, "
	       "killed %llu\n",
	       counts->imports, counts->refused, counts->exports, counts->received, counts->blits,
	       counts->forks, counts->kills);
	assert_true(counts->imports > 0 && counts->exports > 0 && counts->received > 0);
	assert_true(counts->refused > 0);
	assert_true(counts->blits > 0 && counts->forks > 0 && counts->kills > 0);

	fd = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(fd >= 0);
	assert_true(exynos_wait_pinned(fd, 0));
	close(fd);
	assert_int_equal(process_pinned(), 0);
	assert_int_equal(set_limit(DEFAULT_LIMIT_BYTES), 0);
	assert_int_equal(virtual_engine_get("mapped_bytes"), mapped_bytes);
	munmap(counts, sizeof(*counts));
	assert_int_equal(process_open_files(), fds_before);

	after = free_bytes_without_caches();
	printf("# free: %" PRIu64 " KiB before, %" PRIu64 " KiB after\n", before / 1024,
	       after / 1024);
	assert_true(after + MARGIN_BYTES >= before);
}

int
main(int argc, char **argv)
{
	struct options options = { .seconds = 60, .seed = 1 };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_processes_at_random_with_little_memory, &options),
	};

	if (argc > 1)
		options.seconds = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		options.seed = strtoull(argv[2], NULL, 0);
	if (options.seconds < 5 || options.seconds > UINT32_MAX) {
		fprintf(stderr, "usage: %s [SECONDS [SEED]], at least 5 seconds\n", argv[0]);
		return 2;
	}
	printf("# %s %" PRIu64 " %" PRIu64 "\n", argv[0], options.seconds, options.seed);
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("user memory under stress", tests, NULL, NULL);
}
