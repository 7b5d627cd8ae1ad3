// SPDX-License-Identifier: MIT
/*
 * Runs Weston without a seat: opens its display and input devices for it, as weston-launch does.
 *
 * Weston asks for devices over the socket WESTON_LAUNCHER_SOCK. On the board there is neither a
 * virtual terminal to switch nor another session to share the devices with, so answering its OPEN
 * requests is all there is to do.
 *
 * usage: launch-session COMMAND [ARGUMENT...]
 * Passes SIGTERM, SIGINT and SIGHUP on; exits with COMMAND's status, 128 + signal if one ended it.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The protocol of weston-launch in Weston 10 (libweston/weston-launch.h, not installed). */
enum {
	LAUNCHER_OPEN = 0, /* request: int32 opcode, int32 flags, path with its NUL */
	LAUNCHER_OPEN_REPLY = 3, /* event: int32 opcode, int32 result, the fd beside it */
};

struct open_request {
	int32_t opcode;
	int32_t flags;
	char path[4096];
};

struct open_reply {
	int32_t opcode;
	int32_t result; /* 0 or a negative errno */
};

/* Weston needs nothing else, and whoever speaks to it must get nothing else. */
static bool
is_device_path(const char *path)
{
	return (strncmp(path, "/dev/dri/", 9) == 0 || strncmp(path, "/dev/input/", 11) == 0) &&
	       strstr(path, "/../") == NULL;
}

static void
send_reply(int socket_fd, int result, int device_fd)
{
	struct open_reply reply = { .opcode = LAUNCHER_OPEN_REPLY, .result = result };
	struct iovec data = { .iov_base = &reply, .iov_len = sizeof(reply) };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
	struct cmsghdr *header;

	if (device_fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &device_fd, sizeof(device_fd));
	}
	if (sendmsg(socket_fd, &message, MSG_NOSIGNAL) < 0)
		fprintf(stderr, "launch-session: cannot answer: %s\n", strerror(errno));
}

static void
answer_open(int socket_fd, const struct open_request *request)
{
	int fd = -1, result = 0;

	if (!is_device_path(request->path)) {
		result = -EPERM;
	} else {
		fd = open(request->path, request->flags | O_CLOEXEC);
		if (fd < 0)
			result = -errno;
	}
	if (result < 0) {
		fprintf(stderr, "launch-session: open %s: %s\n", request->path, strerror(-result));
	}
	send_reply(socket_fd, result, fd);
	if (fd >= 0)
		close(fd);
}

/* Returns false when the other end is gone. */
static bool
handle_request(int socket_fd)
{
	struct open_request request = { 0 };
	ssize_t size;

	do {
		size = recv(socket_fd, &request, sizeof(request), 0);
	} while (size < 0 && errno == EINTR);
	if (size <= 0)
		return false;
	request.path[sizeof(request.path) - 1] = '\0';
	if (size > (ssize_t)offsetof(struct open_request, path) && request.opcode == LAUNCHER_OPEN)
		answer_open(socket_fd, &request);
	return true;
}

static void
run_child(char **argv, int socket_fd, pid_t parent, const sigset_t *mask)
{
	char number[16];
	int tty_fd;

	sigprocmask(SIG_SETMASK, mask, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	/* Weston wants a terminal's fd, but with a launcher it does nothing with it. */
	tty_fd = open("/dev/null", O_RDWR);
	snprintf(number, sizeof(number), "%d", tty_fd);
	setenv("WESTON_TTY_FD", number, 1);
	snprintf(number, sizeof(number), "%d", socket_fd);
	setenv("WESTON_LAUNCHER_SOCK", number, 1);
	execvp(argv[0], argv);
	fprintf(stderr, "launch-session: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Returns true when the child has ended; *status is what this program exits with. */
static bool
handle_signal(int signal_fd, pid_t child, int *status)
{
	struct signalfd_siginfo info;
	int wait_status;

	if (read(signal_fd, &info, sizeof(info)) != sizeof(info))
		return false;
	if (info.ssi_signo != SIGCHLD) {
		kill(child, info.ssi_signo);
		return false;
	}
	if (waitpid(child, &wait_status, WNOHANG) != child)
		return false;
	if (WIFSIGNALED(wait_status)) {
		fprintf(stderr, "launch-session: ended by signal %d (%s)\n", WTERMSIG(wait_status),
			strsignal(WTERMSIG(wait_status)));
		*status = 128 + WTERMSIG(wait_status);
	} else {
		*status = WEXITSTATUS(wait_status);
	}
	return true;
}

static int
serve(int socket_fd, int signal_fd, pid_t child)
{
	struct pollfd fds[] = {
		{ .fd = signal_fd, .events = POLLIN },
		{ .fd = socket_fd, .events = POLLIN },
	};
	int status = 1;

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR) {
			perror("launch-session: poll");
			return 1;
		}
		if (fds[0].revents && handle_signal(signal_fd, child, &status))
			return status;
		if (fds[1].revents && !handle_request(socket_fd))
			fds[1].fd = -1;
	}
}

int
main(int argc, char **argv)
{
	sigset_t signals, old_mask;
	int sockets[2], signal_fd;
	pid_t parent = getpid(), child;

	if (argc < 2) {
		fprintf(stderr, "usage: launch-session COMMAND [ARGUMENT...]\n");
		return 2;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &old_mask);
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (signal_fd < 0 || socketpair(AF_LOCAL, SOCK_SEQPACKET, 0, sockets) < 0) {
		perror("launch-session: cannot set up");
		return 1;
	}
	fcntl(sockets[0], F_SETFD, FD_CLOEXEC);
	child = fork();
	if (child < 0) {
		perror("launch-session: fork");
		return 1;
	}
	if (child == 0)
		run_child(argv + 1, sockets[1], parent, &old_mask);
	close(sockets[1]);
	return serve(sockets[0], signal_fd, child);
}
