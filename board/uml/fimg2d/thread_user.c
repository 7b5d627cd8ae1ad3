// SPDX-License-Identifier: GPL-2.0-only
/* Host side of the virtual FIMG2D: the thread that the engine runs on, beside the guest's CPU. */

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <os.h>

#include "fault.h"
#include "thread.h"

static int thread_fd = -1;
static int kernel_pid;

static int thread_main(void *device)
{
	ssize_t n;
	char c;

	os_fix_helper_signals();
	/* Die with the kernel, also when it is killed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != kernel_pid)
		_exit(0);

	for (;;) {
		n = read(thread_fd, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != 1)
			_exit(0);
		if (!fimg2d_thread_work(device) && !fimg2d_fault_is_pending())
			continue;
		do {
			n = write(thread_fd, &c, 1);
		} while (n < 0 && errno == EINTR);
	}
}

/*
 * Starts the thread on a stack that ends at @stack. A byte written to *fd makes it work, a byte
 * read from there is an interrupt. Returns its process id or a negative errno.
 */
int fimg2d_thread_start(struct fimg2d_device *device, unsigned long stack, int *fd)
{
	int fds[2], err, pid;

	err = os_pipe(fds, 1, 1);
	if (err < 0)
		return err;
	err = os_set_fd_block(fds[1], 0);
	if (err < 0)
		goto err_close;
	thread_fd = fds[0];
	kernel_pid = getpid();
	pid = clone(thread_main, (void *)stack, CLONE_FILES | CLONE_VM, device);
	if (pid < 0) {
		err = -errno;
		goto err_close;
	}
	*fd = fds[1];
	return pid;

err_close:
	os_close_file(fds[0]);
	os_close_file(fds[1]);
	return err;
}

void fimg2d_thread_sleep_us(unsigned int time_us)
{
	struct timespec time = {
		.tv_sec = time_us / 1000000,
		.tv_nsec = time_us % 1000000 * 1000l,
	};

	clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

void fimg2d_thread_yield(void)
{
	sched_yield();
}
