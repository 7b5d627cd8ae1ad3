/* SPDX-License-Identifier: MIT */
/*
 * Calls of the driver with hostile arguments: every ioctl, mmap and read, chosen by a thread's
 * random numbers among what it has and what is wrong.
 */

#ifndef FUZZ_CALLS_H
#define FUZZ_CALLS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
	N_FDS = 4, /* of a process: one of each node of its own, and one shared by all processes */
	N_DMABUFS = 6,
	N_FENCES = 4,
	N_MAPS = 6,
	MAX_HANDLE = 64,
	PURGE_BYTES = 4 << 20, /* a thread makes that much before it closes all handles */
	ARG_BYTES = 1 << 14, /* all that an ioctl's number can say */
	PAGE = 4096,
	ARENA_PAGES = 32, /* of a thread, which may be read, written and pinned */
	LIMIT = 16 << 20, /* of user memory, unless root sets another one */
};

/*
 * Where a thread's memory is: G2D_BUF_USERPTR has 32 bits for an address, and nothing else of the
 * process is near. The kernel may be told to write more than fits in front of an address; what it
 * runs into then is not mapped.
 */
#define ARENA_ADDRESS 0x20000000ul
#define ARENA_STRIDE 0x01000000ul
#define ARG_OFFSET 0x00800000ul
#define MAPS_OFFSET 0x00c00000ul
#define MAP_STRIDE 0x00010000ul

enum operation {
	OP_GEM_CREATE,
	OP_GEM_MAP,
	OP_GEM_GET,
	OP_GEM_CLOSE,
	OP_MAP_DUMB,
	OP_USERPTR,
	OP_USER_LIMIT,
	OP_GET_VER,
	OP_SET_CMDLIST,
	OP_EXEC,
	OP_SUBMIT,
	OP_EXPORT,
	OP_IMPORT,
	OP_SYNC,
	OP_MMAP_NODE,
	OP_MMAP_DMABUF,
	OP_READ_EVENT,
	OP_VIDI,
	OP_GEM_SYNC,
	OP_OTHER,
	N_OPS,
};

/* What the operations are called. */
extern const char *const operation_names[N_OPS];

/* Shared by all processes: what was called, and how much of it was accepted. */
struct counts {
	atomic_ullong calls[N_OPS], accepted[N_OPS];
};

struct options {
	uint64_t calls, seed;
};

struct process {
	int fds[N_FDS];
	int memfd;
	int udmabuf; /* a dma-buf of another driver, or -1 */
	struct counts *counts;
	const struct options *options;
	int index;
};

struct fuzzer {
	struct process *process;
	uint64_t random;
	char *arena, *arg, *map_area; /* memory of its own, with nothing behind it */
	int dmabufs[N_DMABUFS];
	int fences[N_FENCES]; /* sync files of submissions, or -1 */
	void *maps[N_MAPS]; /* of objects, each at an address of its own, or NULL */
	size_t map_bytes[N_MAPS];
	uint64_t last_offset, created_bytes;
	enum operation operation;
	pthread_t thread;
};

/* Makes one call, chosen at random, and counts it. */
void
fuzz_call(struct fuzzer *f);

/* Closes the sync files that it has: there are none then, unless some were lost. */
void
fuzz_close_fences(struct fuzzer *f);

#endif
