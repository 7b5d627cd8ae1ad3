// SPDX-License-Identifier: MIT
/*
 * What the kernel has said since a test began to listen.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "kernel-log.h"

#define RECORD_BYTES 8192 /* more than the kernel makes of a line */

int
kernel_log_open(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC), error;

	if (log < 0)
		return -errno;

	if (lseek(log, 0, SEEK_END) < 0) {
		error = errno;
		close(log);
		return -error;
	}

	return log;
}

static bool
has_text(const char *record, const char *text)
{
	return strstr(record, text) != NULL;
}

static bool
lacks_text(const char *record, const char *text)
{
	return strstr(record, text) == NULL;
}

/*
 * dev_err() and its like put driver and device before the text, the DRM core puts itself there, but
 * not before what it says of an EDID.
 */
static bool
is_of_driver(const char *record, const char *unused)
{
	(void)unused;

	return strstr(record, "exynos") || strstr(record, "[drm") || strstr(record, "EDID");
}

static int
count_lines(int log, bool (*is_wanted)(const char *record, const char *text), const char *text)
{
	char record[RECORD_BYTES];
	ssize_t length;
	int lines = 0;

	while ((length = read(log, record, sizeof(record) - 1)) > 0) {
		record[length] = '\0';
		if (is_wanted(record, text))
			lines++;
	}

	return length < 0 && errno != EAGAIN ? -errno : lines;
}

int
kernel_log_count(int log, const char *text)
{
	return count_lines(log, has_text, text);
}

int
kernel_log_count_without(int log, const char *text)
{
	return count_lines(log, lacks_text, text);
}

int
kernel_log_count_driver(int log)
{
	return count_lines(log, is_of_driver, NULL);
}
