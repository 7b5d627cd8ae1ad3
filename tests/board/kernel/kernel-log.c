// SPDX-License-Identifier: MIT
/*
 * What the kernel has said since a test began to listen.
 */

#include <errno.h>
#include <fcntl.h>
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

int
kernel_log_count(int log, const char *text)
{
	char record[RECORD_BYTES];
	ssize_t length;
	int lines = 0;

	while ((length = read(log, record, sizeof(record) - 1)) > 0) {
		record[length] = '\0';
		if (!text || strstr(record, text))
			lines++;
	}

	return length < 0 && errno != EAGAIN ? -errno : lines;
}
