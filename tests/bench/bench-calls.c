// SPDX-License-Identifier: MIT
/* Preloaded into a process: which calls it makes for each frame, by name. */

/*
 * Counted is what the main thread calls of the C library: the functions below, which are what the
 * kernel is asked for in a frame, the clock, and allocations; ioctls by their request. The calls that
 * this project's module or library makes itself have its name before theirs, "exup:". A call that the C
 * library makes within itself is not seen; strace of Weston shows none in a frame.
 *
 * A frame ends where Weston commits it to the display, and where a client is told that it was shown.
 * Each is a line "NAME COUNT NAME COUNT ..." of the file $EXUP_BENCH_CALLS/PROGRAM.PID.
 */

/* open() and open64() are to be two functions here */
#undef _FILE_OFFSET_BITS

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <drm.h>
#include <drm_mode.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>

#include "exynos-uapi.h"

#define NAMES_MAX 96
#define LINE_MAX_BYTES 8192

#define EXPORTED __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

struct wl_proxy;

/* of glibc, for those who stand in for malloc; dlsym() allocates itself */
void *
__libc_malloc(size_t size);
void *
__libc_calloc(size_t count, size_t size);
void *
__libc_realloc(void *memory, size_t size);
void *
__libc_memalign(size_t alignment, size_t size);

struct counter {
	const char *name;
	bool is_own;
	unsigned int count;
};

/* A preloaded library has nowhere else to keep this. */
static __thread bool is_main_thread;
static struct {
	int fd;
	size_t counter_count;
	struct counter counters[NAMES_MAX];
} state = { .fd = -1 };

static const struct {
	unsigned long request;
	const char *name;
} ioctls[] = {
	{ DRM_IOCTL_EXYNOS_GEM_CREATE, "GEM_CREATE" },
	{ DRM_IOCTL_EXYNOS_GEM_MAP, "GEM_MAP" },
	{ DRM_IOCTL_EXYNOS_GEM_USERPTR, "GEM_USERPTR" },
	{ DRM_IOCTL_EXYNOS_GEM_SYNC, "GEM_SYNC" },
	{ DRM_IOCTL_EXYNOS_G2D_SET_CMDLIST, "G2D_SET_CMDLIST" },
	{ DRM_IOCTL_EXYNOS_G2D_EXEC, "G2D_EXEC" },
	{ DRM_IOCTL_EXYNOS_G2D_SUBMIT, "G2D_SUBMIT" },
	{ DRM_IOCTL_GEM_CLOSE, "GEM_CLOSE" },
	{ DRM_IOCTL_PRIME_HANDLE_TO_FD, "PRIME_HANDLE_TO_FD" },
	{ DRM_IOCTL_PRIME_FD_TO_HANDLE, "PRIME_FD_TO_HANDLE" },
	{ DRM_IOCTL_WAIT_VBLANK, "WAIT_VBLANK" },
	{ DRM_IOCTL_MODE_ATOMIC, "MODE_ATOMIC" },
	{ DRM_IOCTL_MODE_GETRESOURCES, "MODE_GETRESOURCES" },
	{ DRM_IOCTL_MODE_GETCRTC, "MODE_GETCRTC" },
	{ DRM_IOCTL_MODE_GETFB, "MODE_GETFB" },
	{ DRM_IOCTL_MODE_GETFB2, "MODE_GETFB2" },
	{ DRM_IOCTL_MODE_CREATEPROPBLOB, "MODE_CREATEPROPBLOB" },
	{ DRM_IOCTL_MODE_DESTROYPROPBLOB, "MODE_DESTROYPROPBLOB" },
	{ DMA_BUF_IOCTL_SYNC, "DMA_BUF_SYNC" },
	{ DMA_BUF_IOCTL_EXPORT_SYNC_FILE, "DMA_BUF_EXPORT_SYNC_FILE" },
	{ SYNC_IOC_MERGE, "SYNC_MERGE" },
	{ SYNC_IOC_FILE_INFO, "SYNC_FILE_INFO" },
};

__attribute__((constructor)) static void
begin(void)
{
	const char *folder = getenv("EXUP_BENCH_CALLS");
	char path[4096];

	if (!folder) {
		return;
	}
	snprintf(path, sizeof(path), "%s/%s.%d", folder, program_invocation_short_name,
		 (int)getpid());
	state.fd = (int)syscall(SYS_openat, AT_FDCWD, path,
				O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	is_main_thread = state.fd >= 0;
}

/* Whether code is part of exynos-userptr.so or libexynos-userptr.so. */
static bool
is_ours(const void *code)
{
	const char *name;
	Dl_info info;

	if (!dladdr(code, &info) || !info.dli_fname) {
		return false;
	}
	name = strrchr(info.dli_fname, '/');
	return strstr(name ? name : info.dli_fname, "exynos-userptr.so") != NULL;
}

static void
count(const char *name, const void *caller)
{
	bool is_own;
	size_t i;

	if (!is_main_thread) {
		return;
	}
	is_own = is_ours(caller);
	for (i = 0; i < state.counter_count; i++) {
		if (state.counters[i].is_own == is_own &&
		    strcmp(state.counters[i].name, name) == 0) {
			state.counters[i].count++;
			return;
		}
	}
	if (state.counter_count == NAMES_MAX) {
		fputs("bench-calls: too many names\n", stderr);
		abort();
	}
	state.counters[state.counter_count++] =
		(struct counter){ .name = name, .is_own = is_own, .count = 1 };
}

static void
end_frame(void)
{
	char line[LINE_MAX_BYTES];
	size_t used = 0;
	size_t i;

	if (!is_main_thread) {
		return;
	}
	for (i = 0; i < state.counter_count; i++) {
		struct counter *counter = &state.counters[i];

		if (counter->count == 0) {
			continue;
		}
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s %u ",
					 counter->is_own ? "exup:" : "", counter->name,
					 counter->count);
		counter->count = 0;
	}
	line[used++] = '\n';
	/* into a file in memory: all of it, or nothing can be said */
	if (syscall(SYS_write, state.fd, line, used) != (long)used) {
		abort();
	}
}

/* All requests that nobody has named are one: "ioctl". */
static const char *
name_ioctl(unsigned long request)
{
	size_t i;

	for (i = 0; i < sizeof(ioctls) / sizeof(ioctls[0]); i++) {
		/* int or long, with or without the sign: the number has 32 bits */
		if ((unsigned int)ioctls[i].request == (unsigned int)request) {
			return ioctls[i].name;
		}
	}
	return "ioctl";
}

EXPORTED int
ioctl(int fd, unsigned long request, ...)
{
	int (*next)(int, unsigned long, void *) = dlsym(RTLD_NEXT, "ioctl");
	va_list args;
	void *arg;
	int ret;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	count(name_ioctl(request), CALLER);
	ret = next(fd, request, arg);
	if ((unsigned int)request == (unsigned int)DRM_IOCTL_MODE_ATOMIC &&
	    !(((struct drm_mode_atomic *)arg)->flags & DRM_MODE_ATOMIC_TEST_ONLY)) {
		end_frame();
	}
	return ret;
}

/* of libwayland-client: clients destroy nothing in a frame but its callback */
EXPORTED void
wl_proxy_destroy(struct wl_proxy *proxy)
{
	void (*next)(struct wl_proxy *) = dlsym(RTLD_NEXT, "wl_proxy_destroy");

	next(proxy);
	end_frame();
}

EXPORTED ssize_t
read(int fd, void *data, size_t size)
{
	ssize_t (*next)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");

	count("read", CALLER);
	return next(fd, data, size);
}

EXPORTED ssize_t
write(int fd, const void *data, size_t size)
{
	ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");

	count("write", CALLER);
	return next(fd, data, size);
}

EXPORTED int
close(int fd)
{
	int (*next)(int) = dlsym(RTLD_NEXT, "close");

	count("close", CALLER);
	return next(fd);
}

EXPORTED int
poll(struct pollfd *fds, nfds_t fd_count, int timeout_ms)
{
	int (*next)(struct pollfd *, nfds_t, int) = dlsym(RTLD_NEXT, "poll");

	count("poll", CALLER);
	return next(fds, fd_count, timeout_ms);
}

EXPORTED int
ppoll(struct pollfd *fds, nfds_t fd_count, const struct timespec *timeout, const sigset_t *mask)
{
	int (*next)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *) =
		dlsym(RTLD_NEXT, "ppoll");

	count("poll", CALLER);
	return next(fds, fd_count, timeout, mask);
}

EXPORTED int
epoll_wait(int fd, struct epoll_event *events, int event_count, int timeout_ms)
{
	int (*next)(int, struct epoll_event *, int, int) = dlsym(RTLD_NEXT, "epoll_wait");

	count("epoll_wait", CALLER);
	return next(fd, events, event_count, timeout_ms);
}

EXPORTED int
epoll_ctl(int fd, int operation, int watched_fd, struct epoll_event *event)
{
	int (*next)(int, int, int, struct epoll_event *) = dlsym(RTLD_NEXT, "epoll_ctl");

	count("epoll_ctl", CALLER);
	return next(fd, operation, watched_fd, event);
}

EXPORTED int
timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
	int (*next)(int, int, const struct itimerspec *, struct itimerspec *) =
		dlsym(RTLD_NEXT, "timerfd_settime");

	count("timerfd_settime", CALLER);
	return next(fd, flags, value, old);
}

EXPORTED ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t (*next)(int, const struct msghdr *, int) = dlsym(RTLD_NEXT, "sendmsg");

	count("sendmsg", CALLER);
	return next(fd, message, flags);
}

EXPORTED ssize_t
recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t (*next)(int, struct msghdr *, int) = dlsym(RTLD_NEXT, "recvmsg");

	count("recvmsg", CALLER);
	return next(fd, message, flags);
}

EXPORTED int
clock_gettime(clockid_t clock, struct timespec *time)
{
	int (*next)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");

	count("clock_gettime", CALLER);
	return next(clock, time);
}

EXPORTED void *
mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset)
{
	void *(*next)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap");

	count("mmap", CALLER);
	return next(addr, size, prot, flags, fd, offset);
}

EXPORTED void *
mmap64(void *addr, size_t size, int prot, int flags, int fd, off64_t offset)
{
	void *(*next)(void *, size_t, int, int, int, off64_t) = dlsym(RTLD_NEXT, "mmap64");

	count("mmap", CALLER);
	return next(addr, size, prot, flags, fd, offset);
}

EXPORTED int
munmap(void *addr, size_t size)
{
	int (*next)(void *, size_t) = dlsym(RTLD_NEXT, "munmap");

	count("munmap", CALLER);
	return next(addr, size);
}

/* Of the variadic ones the third argument is passed on, whether there is one or not. */
static int
open_next(const char *symbol, const char *path, int flags, int mode)
{
	int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, symbol);

	return next(path, flags, mode);
}

EXPORTED int
open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	count("open", CALLER);
	return open_next("open", path, flags, mode);
}

EXPORTED int
open64(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	count("open", CALLER);
	return open_next("open64", path, flags, mode);
}

/* A duplicate is a descriptor more; all else, such as a look at flags, is a call. */
static int
control(const char *symbol, int fd, int command, void *arg, const void *caller)
{
	int (*next)(int, int, ...) = dlsym(RTLD_NEXT, symbol);

	count(command == F_DUPFD || command == F_DUPFD_CLOEXEC ? "dup" : "fcntl", caller);
	return next(fd, command, arg);
}

EXPORTED int
fcntl(int fd, int command, ...)
{
	va_list args;
	void *arg;

	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);
	return control("fcntl", fd, command, arg, CALLER);
}

EXPORTED int
fcntl64(int fd, int command, ...)
{
	va_list args;
	void *arg;

	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);
	return control("fcntl64", fd, command, arg, CALLER);
}

EXPORTED int
dup(int fd)
{
	int (*next)(int) = dlsym(RTLD_NEXT, "dup");

	count("dup", CALLER);
	return next(fd);
}

EXPORTED void *
malloc(size_t size)
{
	count("malloc", CALLER);
	return __libc_malloc(size);
}

EXPORTED void *
calloc(size_t member_count, size_t size)
{
	count("malloc", CALLER);
	return __libc_calloc(member_count, size);
}

EXPORTED void *
realloc(void *memory, size_t size)
{
	count("malloc", CALLER);
	return __libc_realloc(memory, size);
}

EXPORTED int
posix_memalign(void **memory, size_t alignment, size_t size)
{
	count("malloc", CALLER);
	*memory = __libc_memalign(alignment, size);
	return *memory ? 0 : ENOMEM;
}

EXPORTED void *
aligned_alloc(size_t alignment, size_t size)
{
	count("malloc", CALLER);
	return __libc_memalign(alignment, size);
}
