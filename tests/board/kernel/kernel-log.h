/* SPDX-License-Identifier: MIT */
/*
 * What the kernel has said since a test began to listen.
 */

#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

/* A file descriptor for what comes from now on, or -errno. */
int
kernel_log_open(void);

/*
 * How many lines with that text (NULL: with any) have come since then or since the last call; -errno
 * when that cannot be told, or when there were more than the kernel keeps.
 */
int
kernel_log_count(int log, const char *text);

#endif
