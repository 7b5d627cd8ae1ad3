// SPDX-License-Identifier: MIT
/*
 * A kernel that has the driver of the IOMMUs, on a board whose device tree has none of them: there is
 * no DRM device, the log says why, and the kernel lives on. To be run with exup.iommus=0.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "exynos-device.h"
#include "kernel-log.h"
#include "skip.h"

#define DRIVERS "/sys/bus/platform/drivers/"
#define IOMMU_DRIVER DRIVERS "exynos-sysmmu"

static const char device[] = "exynos-drm";

static void
assert_no_device(void)
{
	assert_int_equal(exynos_open(EXYNOS_PRIMARY_NODE), -ENODEV);
	assert_int_equal(exynos_open(EXYNOS_RENDER_NODE), -ENODEV);
}

static void
test_log_says_that_there_is_no_device(void **state)
{
	int log = kernel_log_open();

	(void)state;
	assert_no_device();
	assert_true(log >= 0);
	/* all that the kernel has said since it began */
	assert_int_equal(lseek(log, 0, SEEK_SET), 0);
	assert_true(kernel_log_count(log, "exynos-drm: failed to bind") > 0);
	close(log);
}

/* The error is that of the boot each time: nothing of it is left behind. */
static void
test_driver_refuses_again(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		int bind = open(DRIVERS "exynos-drm/bind", O_WRONLY | O_CLOEXEC);
		int log = kernel_log_open();

		assert_true(bind >= 0 && log >= 0);
		assert_int_equal(write(bind, device, strlen(device)), -1);
		assert_int_equal(errno, ENOMEM);
		assert_true(kernel_log_count(log, "exynos-drm: failed to bind") > 0);
		assert_no_device();
		close(log);
		close(bind);
	}
}

/* Whether the driver of the IOMMUs has any, which is a link in its folder. */
static bool
has_iommus(void)
{
	DIR *driver = opendir(IOMMU_DRIVER);
	struct dirent *entry;
	bool found = false;

	assert_non_null(driver);
	while (!found && (entry = readdir(driver)))
		found = entry->d_type == DT_LNK && strcmp(entry->d_name, "module") != 0;
	closedir(driver);

	return found;
}

/* A board that did not do what it was told must not pass for one that nobody has told anything. */
static void
test_board_has_no_iommu(void **state)
{
	(void)state;
	assert_false(has_iommus());
}

static bool
is_told_to_have_none(void)
{
	char words[4096];
	FILE *file = fopen("/proc/cmdline", "re");
	bool is_told;

	if (!file)
		return false;

	is_told = fgets(words, sizeof(words), file) && strstr(words, "exup.iommus=0");
	fclose(file);

	return is_told;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_board_has_no_iommu),
		cmocka_unit_test(test_log_says_that_there_is_no_device),
		cmocka_unit_test(test_driver_refuses_again),
	};

	if (access(IOMMU_DRIVER, F_OK) < 0)
		return skip_all("the kernel has no driver for IOMMUs");
	if (!is_told_to_have_none())
		return skip_all("the board is not told to have no IOMMUs");
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("no device", tests, NULL, NULL);
}
