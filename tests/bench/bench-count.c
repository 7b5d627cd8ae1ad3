// SPDX-License-Identifier: MIT
/*
 * Runs a client of Weston to its end, and prints what that took, in instructions and in work of the
 * engine. On the ARM board as it counts: there a nanosecond of CPU time is an instruction.
 *
 * usage: bench-count CLIENT [ARGUMENT...]
 *
 * Prints "all N weston N client N lists N blits N pixels N": instructions of the whole board, of the
 * process weston and of the client with its children; the engine's. The exit status is the client's.
 */

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ENGINE "/sys/kernel/debug/fimg2d/"

/* Until Weston has forgotten a client's window. It is the same for each run. */
#define AFTERWARDS_US 500000

struct totals {
	uint64_t all;
	uint64_t weston;
	uint64_t lists, blits, pixels;
};

static bool
read_counter(const char *name, uint64_t *value)
{
	char path[128];
	FILE *file;
	bool ok;

	snprintf(path, sizeof(path), ENGINE "%s", name);
	file = fopen(path, "re");
	if (!file) {
		fprintf(stderr, "bench-count: %s: %s\n", path, strerror(errno));
		return false;
	}
	ok = fscanf(file, "%" SCNu64, value) == 1;
	fclose(file);
	return ok;
}

/* The process id of the one process of that name, or 0. */
static pid_t
find_process(const char *name)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (dir && (entry = readdir(dir))) {
		char path[300], comm[32] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = atoi(entry->d_name) > 0 ? fopen(path, "re") : NULL;
		if (!file) {
			continue;
		}
		if (fscanf(file, "%31s", comm) == 1 && strcmp(comm, name) == 0) {
			found = atoi(entry->d_name);
		}
		fclose(file);
	}
	if (dir) {
		closedir(dir);
	}
	return found;
}

static bool
read_totals(clockid_t weston_clock, struct totals *totals)
{
	struct timespec time;

	if (clock_gettime(weston_clock, &time) < 0) {
		fprintf(stderr, "bench-count: Weston's CPU time: %s\n", strerror(errno));
		return false;
	}
	totals->weston = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
	return read_counter("lists", &totals->lists) && read_counter("blits", &totals->blits) &&
	       read_counter("pixels", &totals->pixels) &&
	       read_counter("instructions", &totals->all);
}

static uint64_t
timeval_to_ns(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_usec * 1000;
}

/* Returns the client's exit status, 127 if it could not be run. */
static int
run_client(char *argv[], uint64_t *client_ns)
{
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		fprintf(stderr, "bench-count: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
		fprintf(stderr, "bench-count: fork: %s\n", strerror(errno));
		return 127;
	}
	*client_ns = timeval_to_ns(&usage.ru_utime) + timeval_to_ns(&usage.ru_stime);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
main(int argc, char *argv[])
{
	struct totals before, after;
	uint64_t client_ns = 0;
	clockid_t weston_clock;
	pid_t weston;
	int status;

	if (argc < 2) {
		fputs("usage: bench-count CLIENT [ARGUMENT...]\n", stderr);
		return 2;
	}
	/* 0 would be ourselves */
	weston = find_process("weston");
	if (weston == 0 || clock_getcpuclockid(weston, &weston_clock) != 0) {
		fputs("bench-count: there is no process weston\n", stderr);
		return 2;
	}
	if (!read_totals(weston_clock, &before)) {
		return 2;
	}
	if (before.all == 0) {
		fputs("bench-count: no instructions are counted: board/run --count does\n", stderr);
		return 2;
	}
	status = run_client(argv + 1, &client_ns);
	usleep(AFTERWARDS_US);
	if (!read_totals(weston_clock, &after)) {
		return 2;
	}
	printf("all %" PRIu64 " weston %" PRIu64 " client %" PRIu64 " lists %" PRIu64
	       " blits %" PRIu64 " pixels %" PRIu64 "\n",
	       after.all - before.all, after.weston - before.weston, client_ns,
	       after.lists - before.lists, after.blits - before.blits,
	       after.pixels - before.pixels);
	return status;
}
