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
 * How many lines with that text have come since then or since the last call; -errno when that
 * cannot be told, or when there were more than the kernel keeps.
 */
int
kernel_log_count(int log, const char *text);

/* The same for lines without it. */
int
kernel_log_count_without(int log, const char *text);

/* The same for lines of the Exynos DRM driver or of the DRM core: others may speak, too. */
int
kernel_log_count_driver(int log);

#endif
