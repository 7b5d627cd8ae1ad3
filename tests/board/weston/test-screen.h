/* SPDX-License-Identifier: MIT */
/* What the display shows, and what Weston says, for test programs. */
#ifndef TEST_SCREEN_H
#define TEST_SCREEN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Counts the pixels of the scan-out that have a colour, 0xrrggbb; @total gets all, if not NULL. */
size_t
test_screen_count(uint32_t color, size_t *total);

/** Reads the scan-out, at most @count pixels of it. Returns how many it read. */
size_t
test_screen_read(uint32_t *pixels, size_t count);

/** test_screen_count() for a file of XRGB8888 pixels. */
size_t
test_picture_count(const char *path, uint32_t color, size_t *total);

/** Counts the lines of Weston's log, $EXUP_WESTON_LOG, that contain a text. */
int
test_log_count(const char *text);

/** Counts the open descriptors of a process that hold memory or devices: no sockets, no timers. */
int
test_count_fds(pid_t pid);

#endif
