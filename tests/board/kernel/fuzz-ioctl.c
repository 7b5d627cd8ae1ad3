// SPDX-License-Identifier: MIT
/*
 * Hostile arguments for every ioctl of the driver, from several processes and threads that share
 * files: fuzz-ioctl [CALLS [SEED]]. The same seed makes the same calls, in an order between the
 * threads that the scheduler decides.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
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

#include "child.h"
#include "exynos-device.h"
#include "exynos-g2d.h"
#include "fuzz-calls.h"
#include "kernel-log.h"
#include "virtual-engine.h"

enum {
	PROCESSES = 4,
	THREADS = 2, /* of a process */
	MAX_LOG_LINES = 100, /* without those of resets */
};

static void *
fuzz(void *data)
{
	struct fuzzer *f = data;
	const struct options *options = f->process->options;
	uint64_t calls = options->calls / (PROCESSES * THREADS) + 1;

	for (uint64_t i = 0; i < calls; i++)
		fuzz_call(f);

	return NULL;
}

static char *
map_at(unsigned long address, size_t size_bytes, int protection)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
	void *map = mmap((void *)address, size_bytes, protection, flags, -1, 0);

	return map == MAP_FAILED ? NULL : map;
}

static int
start_fuzzer(struct fuzzer *f, struct process *process, int index)
{
	unsigned long address = ARENA_ADDRESS + (unsigned long)index * ARENA_STRIDE;
	uint64_t number = (uint64_t)(process->index * THREADS + index + 1);

	f->process = process;
	f->random = (process->options->seed + 1) * 0x9e3779b97f4a7c15ull ^ number << 32 ^ number;
	if (f->random == 0)
		f->random = 1;
	for (int i = 0; i < N_DMABUFS; i++)
		f->dmabufs[i] = -1;
	for (int i = 0; i < N_FENCES; i++)
		f->fences[i] = -1;

	/* the page after the arena can be read, the one after that does not exist */
	f->arena = map_at(address, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE);
	CHILD_CHECK(f->arena);
	CHILD_CHECK(map_at(address + ARENA_PAGES * PAGE, PAGE, PROT_READ));
	f->arg = map_at(address + ARG_OFFSET, ARG_BYTES, PROT_READ | PROT_WRITE);
	CHILD_CHECK(f->arg);
	f->map_area = (char *)(address + MAPS_OFFSET);
	CHILD_CHECK(pthread_create(&f->thread, NULL, fuzz, f) == 0);

	return 0;
}

/* How many sync files the process has, -1 if that cannot be read. */
static int
count_sync_files(void)
{
	const char sync_file[] = "anon_inode:sync_file";
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	char link[64];
	int n = 0;

	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		ssize_t length = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link));

		if (length == (ssize_t)strlen(sync_file) &&
		    memcmp(link, sync_file, strlen(sync_file)) == 0)
			n++;
	}
	closedir(dir);

	return n;
}

static int
fuzz_process(void *data)
{
	struct process *process = data;
	struct fuzzer fuzzers[THREADS] = { 0 };
	int line;

	for (int i = 0; i < N_FDS - 1; i++) {
		enum exynos_node node = i == 0 ? EXYNOS_PRIMARY_NODE : EXYNOS_RENDER_NODE;

		process->fds[i] = exynos_open(node);
		CHILD_CHECK(process->fds[i] >= 0);
	}
	for (int i = 0; i < N_FDS; i++)
		CHILD_CHECK(fcntl(process->fds[i], F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	process->memfd = memfd_create("fuzz", MFD_CLOEXEC);
	CHILD_CHECK(process->memfd >= 0 && ftruncate(process->memfd, PAGE) == 0);

	for (int i = 0; i < THREADS; i++) {
		line = start_fuzzer(&fuzzers[i], process, i);
		if (line != 0)
			return line;
	}
	for (int i = 0; i < THREADS; i++)
		CHILD_CHECK(pthread_join(fuzzers[i].thread, NULL) == 0);

	/* who is refused, or told of a descriptor, gets none that he does not know */
	for (int i = 0; i < THREADS; i++)
		fuzz_close_fences(&fuzzers[i]);
	CHILD_CHECK(count_sync_files() == 0);

	/* files, dma-bufs and mappings go with the process */
	return 0;
}

static void
print_counts(const struct counts *counts)
{
	unsigned long long total = 0;

	for (int i = 0; i < N_OPS; i++) {
		printf("# %-18s %9llu calls, %9llu accepted\n", operation_names[i],
		       counts->calls[i], counts->accepted[i]);
		total += counts->calls[i];
	}
	printf("# %llu calls", total);
	if (virtual_engine_has("jobs"))
		printf(", %" PRIu64 " jobs, %" PRIu64 " bus faults", virtual_engine_get("jobs"),
		       virtual_engine_get("faults"));
	printf("\n");
}

/* All lists are there and the engine does what it is told. */
static void
assert_driver_works(int fd)
{
	const struct g2d_box box = { 0, 0, 16, 16 };
	struct g2d_image image = { 0, 64 };
	struct g2d_list list;
	uint32_t *pixels;

	assert_int_equal(exynos_gem_create(fd, PAGE, 0, &image.handle), 0);
	pixels = exynos_gem_mmap(fd, image.handle, PAGE);
	assert_non_null(pixels);
	memset(pixels, 0, PAGE);
	g2d_list_fill(&list, &image, &box, 0x600d600d);
	for (int i = 0; i < G2D_LISTS; i++)
		assert_int_equal(g2d_submit(fd, &list), 0);
	assert_int_equal(g2d_submit(fd, &list), -ENOMEM);
	assert_int_equal(g2d_exec(fd, false), 0);
	for (int i = 0; i < 16 * 16; i++)
		assert_int_equal(pixels[i], 0x600d600d);
	munmap(pixels, PAGE);
}

/*
 * What is refused is the caller's affair. How often the engine is reset is the machine's: on a slow
 * one the driver loses its patience.
 */
static void
assert_log_not_flooded(int log)
{
	int lines = kernel_log_count_without(log, "resetting engine");

	printf("# %d lines in the kernel's log without those of resets\n", lines);
	assert_in_range(lines, 0, MAX_LOG_LINES);
}

static void
test_hostile_arguments(void **state)
{
	const struct options *options = *state;
	uint64_t mapped_bytes = virtual_engine_get("mapped_bytes");
	struct process processes[PROCESSES] = { 0 };
	pid_t pids[PROCESSES];
	struct counts *counts;
	int shared, log, fd;

	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	assert_ptr_not_equal(counts, MAP_FAILED);
	shared = exynos_open(EXYNOS_RENDER_NODE);
	assert_true(shared >= 0);
	log = kernel_log_open();
	assert_true(log >= 0);

	/* jobs that never end, and one that the engine cannot read; hardware does what it does */
	if (virtual_engine_has("hang"))
		assert_int_equal(virtual_engine_set("hang", 2), 0);
	if (virtual_engine_has("fault_in"))
		assert_int_equal(virtual_engine_set("fault_in", 5000), 0);
	for (int i = 0; i < PROCESSES; i++) {
		processes[i] = (struct process){
			.counts = counts,
			.options = options,
			.index = i,
			.udmabuf = -1,
		};
		processes[i].fds[N_FDS - 1] = shared;
		pids[i] = child_start(fuzz_process, &processes[i]);
	}
	for (int i = 0; i < PROCESSES; i++)
		assert_int_equal(child_wait(pids[i]), 0);
	close(shared);
	print_counts(counts);
	assert_log_not_flooded(log);
	close(log);

	fd = exynos_open(EXYNOS_PRIMARY_NODE);
	assert_true(fd >= 0);
	assert_int_equal(exynos_user_limit(fd, LIMIT), 0);
	assert_true(exynos_wait_pinned(fd, 0));
	assert_driver_works(fd);
	close(fd);
	assert_int_equal(virtual_engine_get("mapped_bytes"), mapped_bytes);

	/* a fuzzer that is refused everything tests nothing */
	for (int i = 0; i < N_OPS; i++) {
		if (i != OP_OTHER && i != OP_VIDI)
			assert_true(counts->accepted[i] > 0);
	}
	munmap(counts, sizeof(*counts));
}

int
main(int argc, char **argv)
{
	struct options options = { .calls = 100000, .seed = 1 };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_hostile_arguments, &options),
	};

	if (argc > 1)
		options.calls = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		options.seed = strtoull(argv[2], NULL, 0);
	printf("# %s %" PRIu64 " %" PRIu64 "\n", argv[0], options.calls, options.seed);
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("hostile arguments", tests, NULL, NULL);
}
