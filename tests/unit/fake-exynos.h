/* SPDX-License-Identifier: MIT */
/* A test double of the Exynos DRM driver and its G2D engine, behind struct exup_sys. */
#ifndef FAKE_EXYNOS_H
#define FAKE_EXYNOS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/sysmacros.h>
#include <sys/types.h>

#include "exynos_drm_uapi.h"
#include "sys.h"

#define FAKE_FILES_MAX 8
#define FAKE_HANDLES_MAX 64
#define FAKE_OBJECTS_MAX 256
#define FAKE_FAILURES_MAX 4
#define FAKE_EVENTS_MAX 128
#define FAKE_HISTORY_MAX 1024

/* drivers/gpu/drm/exynos/exynos_drm_g2d.c */
#define FAKE_LISTS_MAX 64
#define FAKE_LIST_WORDS_MAX (1024 / 4 - 2)

/** The device's render node. */
#define FAKE_DEVNUM makedev(226, 128)

/**
 * struct fake_object - a GEM object
 * @memfd: what it exports: its memory, or, if it is user memory, only a token of the same size
 * @user: start of the first page of pinned memory, NULL for others
 * @seen: that memory as the engine sees it: a CPU cache is between them
 * @references: by handles and lists; it lives on while a dma-buf of it is open
 * @is_cpu_access: between the start and the end of DMA_BUF_IOCTL_SYNC or GEM_SYNC
 * @sync_count: calls of these
 * @sync_access: DMA_BUF_SYNC_READ and _WRITE, as far as any of them had it
 */
struct fake_object {
	bool is_live;
	int memfd;
	uint8_t *user;
	uint8_t *seen;
	uint64_t size_bytes;
	uint32_t flags;
	unsigned int references;
	bool is_cpu_access;
	unsigned int sync_count;
	uint64_t sync_access;
};

/**
 * struct fake_sync - the last call of GEM_SYNC that was not refused
 * @flags: EXUP_EXYNOS_GEM_SYNC_*
 * @bytes: of all ranges
 */
struct fake_sync {
	struct fake_object *object;
	uint32_t flags;
	struct exup_exynos_gem_sync_range ranges[EXUP_EXYNOS_GEM_SYNC_RANGES_MAX];
	uint32_t range_count;
	uint64_t bytes;
};

/**
 * struct fake_list - a command list as the engine got it, or a blit of a submission
 * @offsets: of the image in each of @objects, bytes
 */
struct fake_list {
	int file;
	struct exup_exynos_g2d_cmd commands[FAKE_LIST_WORDS_MAX / 2];
	uint32_t command_count;
	struct exup_exynos_g2d_cmd bases[4];
	struct fake_object *objects[4];
	uint32_t offsets[4];
	uint32_t base_count;
	bool has_event;
	uint64_t user_data;
};

/** struct fake_lists - some of them, in order */
struct fake_lists {
	struct fake_list *lists[EXUP_EXYNOS_G2D_SUBMIT_BLITS_MAX];
	unsigned int count;
};

/** struct fake_event - @error: what a submission has ended with, an errno */
struct fake_event {
	uint64_t user_data;
	uint32_t error;
};

/**
 * struct fake_file - an open DRM node; free while @fd is -1
 * @fd: an eventfd: readable while there are events
 * @queued: set, not executed
 */
struct fake_file {
	int fd;
	struct fake_object *handles[FAKE_HANDLES_MAX];
	struct fake_lists queued;
	struct fake_event events[FAKE_EVENTS_MAX];
	unsigned int event_count;
};

/** struct fake_failure - calls of an ioctl that are to fail: after @skip ones, @count of them */
struct fake_failure {
	unsigned long request;
	unsigned int skip;
	unsigned int count;
	int error;
};

/**
 * struct fake_exynos
 *
 * What a test sets, before or while the driver is used:
 * @driver_name: what the node's driver is called
 * @driver_minor: of its version 1; from 3 on it has GEM_SYNC, G2D_SUBMIT, and for memory
 *	BO_READONLY and BO_WHOLE_PAGES
 * @node_devnum: what the node says that it is
 * @open_error: of opening the node, or 0
 * @has_g2d, @has_userptr: what the driver was built with
 * @limit_bytes: of the pool
 * @memlock_bytes: RLIMIT_MEMLOCK
 * @is_contiguous_required: no IOMMU, and memory is not contiguous
 * @waits_per_job: how often somebody has to wait before the engine has executed a job; 0: it hangs
 * @is_instant: the engine has executed a job when EXEC returns
 * @on_export: called when an object has been exported, or NULL
 * @job_error: an errno that the next submission ends with, without being executed
 * @blits_max: how many blits may not have ended when a submission comes: -EBUSY
 *
 * What it looks at:
 * @now_ms: the clock, which goes on only while somebody waits
 * @busy_lists: lists of other processes, which it may set as well
 * @history: what was executed, in order
 * @ioctl_count: calls, whatever came of them
 * @exec_count, @submit_count: those of EXEC, and those of G2D_SUBMIT that were accepted
 * @sync_count: those of DMA_BUF_IOCTL_SYNC and GEM_SYNC; @gem_sync_count: of GEM_SYNC alone
 * @pinned_bytes: see fake_exynos_get_pinned()
 */
struct fake_exynos {
	struct exup_sys sys;
	const char *driver_name;
	int driver_minor;
	dev_t node_devnum;
	int open_error;
	bool has_g2d;
	bool has_userptr;
	uint64_t limit_bytes;
	uint64_t memlock_bytes;
	bool is_contiguous_required;
	unsigned int waits_per_job;
	bool is_instant;
	void (*on_export)(void *data);
	void *on_export_data;
	uint32_t job_error;
	unsigned int blits_max;

	int64_t now_ms;
	unsigned int busy_lists;
	struct fake_list history[FAKE_HISTORY_MAX];
	unsigned int history_count;
	unsigned int ioctl_count;
	unsigned int exec_count;
	unsigned int submit_count;
	unsigned int sync_count;
	unsigned int gem_sync_count;
	struct fake_sync sync;
	uint64_t pinned_bytes;

	struct fake_file files[FAKE_FILES_MAX];
	struct fake_object objects[FAKE_OBJECTS_MAX];
	struct fake_failure failures[FAKE_FAILURES_MAX];
	struct fake_lists jobs[FAKE_LISTS_MAX];
	unsigned int job_count;
	unsigned int waits;
	int attribute_fds[4];
	unsigned int map_count;
};

/** A machine with an Exynos device whose engine needs one wait per job. */
void
fake_exynos_init(struct fake_exynos *fake);

/** Fails the test if something was not given back: files, objects, mappings, pinned memory. */
void
fake_exynos_finish(struct fake_exynos *fake);

/** Has calls of an ioctl fail: the @skip next ones not, @count then. */
void
fake_exynos_fail(struct fake_exynos *fake, unsigned long request, unsigned int skip,
		 unsigned int count, int error);

/** How much user memory is pinned, in bytes. */
uint64_t
fake_exynos_get_pinned(struct fake_exynos *fake);

/** How many objects there are. */
unsigned int
fake_exynos_count_objects(struct fake_exynos *fake);

/** How many handles are open on all files. */
unsigned int
fake_exynos_count_handles(const struct fake_exynos *fake);

/** How many DRM nodes and attributes are open. */
unsigned int
fake_exynos_count_files(const struct fake_exynos *fake);

/** The object that a dma-buf was exported from, or NULL. */
struct fake_object *
fake_exynos_find_dmabuf(struct fake_exynos *fake, int fd);

/** The engine executes all jobs that it has. */
void
fake_exynos_execute_all(struct fake_exynos *fake);

/** The last value that a list sets a register to; fails the test if it does not set it. */
uint32_t
fake_list_get(const struct fake_list *list, uint32_t offset);

/** Whether a list sets a register other than a base address. */
bool
fake_list_sets(const struct fake_list *list, uint32_t offset);

#endif
