// SPDX-License-Identifier: MIT
/*
 * Child processes for tests: what they run, how they report, how file descriptors get to them.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"

#define NOBODY 65534

/* The line number has more bits than an exit status, so it goes to stderr, too. */
static _Noreturn void
child_main(child_fn fn, void *data)
{
	int line;

	line = fn(data);
	if (line != 0)
		fprintf(stderr, "# child failed at line %d: %s\n", line, strerror(errno));
	_exit(line == 0 ? 0 : 1);
}

pid_t
child_start(child_fn fn, void *data)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child_main(fn, data);
	assert_true(pid > 0);

	return pid;
}

int
child_wait(pid_t pid)
{
	int status;
	pid_t ret;

	do {
		ret = waitpid(pid, &status, 0);
	} while (ret < 0 && errno == EINTR);
	assert_int_equal(ret, pid);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int
child_run(child_fn fn, void *data)
{
	return child_wait(child_start(fn, data));
}

void
child_kill(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(child_wait(pid), -SIGKILL);
}

int
child_drop_root(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return -errno;

	return 0;
}

int
child_gate_init(struct child_gate *gate)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;

	gate->read_fd = fds[0];
	gate->write_fd = fds[1];

	return 0;
}

void
child_gate_fini(struct child_gate *gate)
{
	close(gate->read_fd);
	close(gate->write_fd);
}

int
child_gate_post(struct child_gate *gate)
{
	return write(gate->write_fd, "", 1) == 1 ? 0 : -errno;
}

int
child_gate_wait(struct child_gate *gate)
{
	ssize_t ret;
	char byte;

	do {
		ret = read(gate->read_fd, &byte, 1);
	} while (ret < 0 && errno == EINTR);

	return ret == 1 ? 0 : -EPIPE;
}

int
child_send_fd(int socket, int fd)
{
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));

	return sendmsg(socket, &msg, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

int
child_receive_fd(int socket)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int fd;

	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -EPIPE;

	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
		return -EBADMSG;

	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));

	return fd;
}
