// SPDX-License-Identifier: MIT
/*
 * What /proc/PID/fdinfo tells of the user memory of an open file.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "exynos-device.h"

enum {
	PAGE = 4096,
	PAGES = 5,
	SIZE = PAGES * PAGE,
};

struct device {
	int fd, other;
	char *memory;
};

static int
setup(void **state)
{
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->fd = exynos_open(EXYNOS_RENDER_NODE);
	d->other = exynos_open(EXYNOS_PRIMARY_NODE);
	assert_true(d->fd >= 0 && d->other >= 0);
	d->memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(d->memory, MAP_FAILED);
	*state = d;

	return 0;
}

static int
teardown(void **state)
{
	struct device *d = *state;

	close(d->fd);
	close(d->other);
	munmap(d->memory, SIZE);
	free(d);

	return 0;
}

/* The value of a key, without the blanks before it. */
static void
read_key(int fd, const char *key, char *value, size_t value_bytes)
{
	char path[64], line[256];
	size_t length = strlen(key);
	FILE *file;

	value[0] = '\0';
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, length) != 0 || line[length] != ':')
			continue;
		assert_int_equal(value[0], '\0');
		line[strcspn(line, "\n")] = '\0';
		snprintf(value, value_bytes, "%s",
			 line + length + 1 + strspn(line + length + 1, " \t"));
	}
	fclose(file);
}

static void
assert_pages(int fd, int pages)
{
	char value[64], expected[64];

	read_key(fd, "drm-memory-userptr", value, sizeof(value));
	snprintf(expected, sizeof(expected), "%d KiB", pages * PAGE / 1024);
	assert_string_equal(value, expected);
}

static void
test_driver_is_named(void **state)
{
	struct device *d = *state;
	char value[64];

	read_key(d->fd, "drm-driver", value, sizeof(value));
	assert_string_equal(value, "exynos");
	read_key(d->other, "drm-driver", value, sizeof(value));
	assert_string_equal(value, "exynos");
}

static void
test_each_file_has_its_own(void **state)
{
	struct device *d = *state;
	uint32_t first, second, theirs;

	assert_pages(d->fd, 0);
	assert_int_equal(exynos_gem_userptr(d->fd, d->memory, SIZE, 0, &first), 0);
	assert_pages(d->fd, PAGES);
	assert_pages(d->other, 0);
	/* two bytes on two pages */
	assert_int_equal(exynos_gem_userptr(d->fd, d->memory + PAGE - 1, 2, 0, &second), 0);
	assert_pages(d->fd, PAGES + 2);
	assert_int_equal(exynos_gem_userptr(d->other, d->memory, 1, 0, &theirs), 0);
	assert_pages(d->other, 1);

	exynos_gem_close(d->fd, first);
	assert_pages(d->fd, 2);
	exynos_gem_close(d->fd, second);
	assert_pages(d->fd, 0);
	assert_pages(d->other, 1);
	exynos_gem_close(d->other, theirs);
	assert_pages(d->other, 0);
}

static void
test_importer_has_it_too(void **state)
{
	struct device *d = *state;
	uint32_t handle, imported;
	int dmabuf;

	assert_int_equal(exynos_gem_userptr(d->fd, d->memory, SIZE, 0, &handle), 0);
	dmabuf = exynos_prime_export(d->fd, handle, O_CLOEXEC);
	assert_true(dmabuf >= 0);
	assert_int_equal(exynos_prime_import(d->other, dmabuf, &imported), 0);
	assert_pages(d->fd, PAGES);
	assert_pages(d->other, PAGES);

	/* a dma-buf alone is no file's */
	exynos_gem_close(d->fd, handle);
	exynos_gem_close(d->other, imported);
	assert_pages(d->fd, 0);
	assert_pages(d->other, 0);
	assert_int_equal(exynos_userptr_pinned(d->fd), SIZE);
	close(dmabuf);
	assert_true(exynos_wait_pinned(d->fd, 0));
}

static void
test_other_objects_do_not_count(void **state)
{
	struct device *d = *state;
	uint32_t created, found;
	void *memory;

	assert_int_equal(exynos_gem_create(d->fd, SIZE, 0, &created), 0);
	memory = exynos_gem_mmap(d->fd, created, SIZE);
	assert_non_null(memory);
	assert_int_equal(exynos_gem_userptr(d->fd, memory, SIZE, 0, &found), 0);
	assert_pages(d->fd, 0);
	munmap(memory, SIZE);
}

/* By which tools count a file once that several descriptors are open for. */
static void
test_every_file_is_a_client(void **state)
{
	struct device *d = *state;
	char first[32], second[32], again[32];
	int same = dup(d->fd);

	assert_true(same >= 0);
	read_key(d->fd, "drm-client-id", first, sizeof(first));
	read_key(d->other, "drm-client-id", second, sizeof(second));
	read_key(same, "drm-client-id", again, sizeof(again));
	assert_true(first[0] != '\0');
	assert_string_not_equal(first, second);
	assert_string_equal(first, again);
	close(same);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_every_file_is_a_client),     TEST(test_driver_is_named),
		TEST(test_each_file_has_its_own),      TEST(test_importer_has_it_too),
		TEST(test_other_objects_do_not_count),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("fdinfo", tests, NULL, NULL);
}
