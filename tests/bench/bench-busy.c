// SPDX-License-Identifier: MIT
/* Preloaded into a process: how long it works for each frame, between its waits for events. */

/*
 * The kernel of the virtual board accounts CPU time in ticks of 10 ms, and the display's vertical
 * blank comes from the same timer. What starts right after a tick and ends before the next one is
 * never seen by it: utime and stime can say 0 for a compositor that works 5 ms of every 20. So this
 * reads the clock on both sides of every wait. The board has one CPU: what else runs meanwhile is
 * counted as well.
 *
 * A frame ends where Weston commits it to the display (without one: where it would be shown), and
 * where a client is told that it was shown. The figures are in the file $EXUP_BENCH_BUSY/NAME.PID, see struct record.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <drm_mode.h>

#define FRAMES_MAX 16383

struct weston_output;
struct wl_proxy;

/**
 * struct record - what others read
 * @count: of frames
 * @busy_us: how long the process worked for each
 */
struct record {
	uint32_t count;
	uint32_t busy_us[FRAMES_MAX];
};

/* A preloaded library has nowhere else to keep this; main threads alone are counted. */
static struct {
	struct record *record;
	uint64_t woken_ns;
	uint64_t busy_ns;
	pid_t pid;
	bool has_display;
} state;

static uint64_t
get_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void
open_record(void)
{
	const char *folder = getenv("EXUP_BENCH_BUSY");
	char path[4096];
	void *map;
	int fd;

	state.pid = getpid();
	state.record = NULL;
	if (!folder) {
		return;
	}
	snprintf(path, sizeof(path), "%s/%s.%d", folder, program_invocation_short_name,
		 (int)state.pid);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) {
		return;
	}
	if (ftruncate(fd, sizeof(*state.record)) == 0) {
		map = mmap(NULL, sizeof(*state.record), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		state.record = map == MAP_FAILED ? NULL : map;
	}
	close(fd);
	state.woken_ns = get_now_ns();
}

static bool
is_counted(void)
{
	if (state.pid != getpid()) {
		open_record();
	}
	return state.record && gettid() == state.pid;
}

static void
begin_wait(void)
{
	if (is_counted()) {
		state.busy_ns += get_now_ns() - state.woken_ns;
	}
}

static void
end_wait(void)
{
	if (is_counted()) {
		state.woken_ns = get_now_ns();
	}
}

static void
end_frame(void)
{
	struct record *record;

	if (!is_counted()) {
		return;
	}
	begin_wait();
	record = state.record;
	if (record->count < FRAMES_MAX) {
		record->busy_us[record->count++] = (uint32_t)(state.busy_ns / 1000);
	}
	state.busy_ns = 0;
	end_wait();
}

__attribute__((visibility("default"))) int
epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms)
{
	int (*next)(int, struct epoll_event *, int, int) = dlsym(RTLD_NEXT, "epoll_wait");
	int ret;

	begin_wait();
	ret = next(fd, events, count, timeout_ms);
	end_wait();
	return ret;
}

__attribute__((visibility("default"))) int
poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	int (*next)(struct pollfd *, nfds_t, int) = dlsym(RTLD_NEXT, "poll");
	int ret;

	begin_wait();
	ret = next(fds, count, timeout_ms);
	end_wait();
	return ret;
}

/* of libdrm, which Weston commits a frame with */
__attribute__((visibility("default"))) int
drmModeAtomicCommit(int fd, void *request, uint32_t flags, void *data)
{
	int (*next)(int, void *, uint32_t, void *) = dlsym(RTLD_NEXT, "drmModeAtomicCommit");
	int ret;

	ret = next(fd, request, flags, data);
	if (!(flags & DRM_MODE_ATOMIC_TEST_ONLY)) {
		state.has_display = true;
		end_frame();
	}
	return ret;
}

/* of libweston, which its headless backend calls for each frame, and others, too */
__attribute__((visibility("default"))) void
weston_output_finish_frame(struct weston_output *output, const struct timespec *stamp,
			   uint32_t flags)
{
	void (*next)(struct weston_output *, const struct timespec *, uint32_t) =
		dlsym(RTLD_NEXT, "weston_output_finish_frame");

	next(output, stamp, flags);
	if (!state.has_display) {
		end_frame();
	}
}

/* of libwayland-client: the two clients destroy nothing while they run but frame callbacks */
__attribute__((visibility("default"))) void
wl_proxy_destroy(struct wl_proxy *proxy)
{
	void (*next)(struct wl_proxy *) = dlsym(RTLD_NEXT, "wl_proxy_destroy");

	next(proxy);
	end_frame();
}
