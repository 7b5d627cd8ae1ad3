/* SPDX-License-Identifier: MIT */
/*
 * Child processes for tests: what they run, how they report, how file descriptors get to them.
 */

#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

/* What a child runs; it returns 0, or a line number that tells where it failed. */
typedef int (*child_fn)(void *data);

/* In a child: returns from it with the line when the condition does not hold. */
#define CHILD_CHECK(condition)           \
	do {                             \
		if (!(condition))        \
			return __LINE__; \
	} while (0)

/* Starts fn(data) in a child; the caller has to wait for it. Fails the test when it cannot. */
pid_t
child_start(child_fn fn, void *data);

/* Waits for a child; returns what its function returned, or -signal. */
int
child_wait(pid_t pid);

/* child_start() and child_wait(). */
int
child_run(child_fn fn, void *data);

/* Kills a child with SIGKILL and waits until it is gone. */
void
child_kill(pid_t pid);

/* Becomes a user without any capability, as most clients of a DRM device are. 0 or -errno. */
int
child_drop_root(void);

/* A pipe to say "go on" through: one side posts, the other waits until that or the end of it. */
struct child_gate {
	int read_fd, write_fd;
};

int
child_gate_init(struct child_gate *gate);

void
child_gate_fini(struct child_gate *gate);

/* 0, or -errno */
int
child_gate_post(struct child_gate *gate);

int
child_gate_wait(struct child_gate *gate);

/* Sends and receives a file descriptor over a UNIX socket. 0 or the descriptor, or -errno. */
int
child_send_fd(int socket, int fd);

int
child_receive_fd(int socket);

#endif
