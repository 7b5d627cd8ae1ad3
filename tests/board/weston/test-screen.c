// SPDX-License-Identifier: MIT
/* What the display shows, and what Weston says, for test programs. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test-client.h"
#include "test-screen.h"

size_t
test_picture_count(const char *path, uint32_t color, size_t *total)
{
	uint32_t pixels[4096];
	size_t found = 0, count = 0, got, i;
	FILE *file = fopen(path, "rb");

	if (!file) {
		test_fail("no picture %s", path);
	}
	while ((got = fread(pixels, 4, 4096, file)) > 0) {
		for (i = 0; i < got; i++) {
			found += (pixels[i] & 0xffffff) == color;
		}
		count += got;
	}
	fclose(file);
	if (total) {
		*total = count;
	}
	return found;
}

static const char screen_path[] = "/tmp/test-screen.raw";

static void
dump_screen(void)
{
	const char *scanout = getenv("EXUP_SCANOUT");

	test_run(
		(const char *const[]){ scanout ? scanout : "scanout", "--raw", screen_path, NULL });
}

size_t
test_screen_count(uint32_t color, size_t *total)
{
	dump_screen();
	return test_picture_count(screen_path, color, total);
}

size_t
test_screen_read(uint32_t *pixels, size_t count)
{
	size_t got;
	FILE *file;

	dump_screen();
	file = fopen(screen_path, "rb");
	if (!file) {
		test_fail("no picture %s", screen_path);
	}
	got = fread(pixels, sizeof(*pixels), count, file);
	fclose(file);
	return got;
}

int
test_log_count(const char *text)
{
	const char *path = getenv("EXUP_WESTON_LOG");
	FILE *file = path ? fopen(path, "r") : NULL;
	char line[1024];
	int count = 0;

	if (!file) {
		test_fail("no log of Weston's");
	}
	while (fgets(line, sizeof(line), file)) {
		count += strstr(line, text) != NULL;
	}
	fclose(file);
	return count;
}

int
test_count_fds(pid_t pid)
{
	struct dirent *entry;
	char path[64], link[256];
	int count = 0;
	ssize_t length;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir) {
		test_fail("cannot read %s", path);
	}
	while ((entry = readdir(dir))) {
		length = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);
		if (length < 0) {
			continue;
		}
		link[length] = '\0';
		count += strncmp(link, "socket:", 7) != 0 && strncmp(link, "anon_inode:", 11) != 0;
	}
	closedir(dir);
	return count;
}
