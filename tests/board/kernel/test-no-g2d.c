// SPDX-License-Identifier: MIT
/*
 * A board whose device tree has the engine disabled, as most of them have: every call for it
 * says so, and memory is for the display alone.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/dma-heap.h>

#include "exynos-device.h"
#include "exynos-g2d.h"
#include "skip.h"

#define PAGE 4096

static void
test_lists_are_refused(void **state)
{
	const struct g2d_image image = { 1, 64 };
	const struct g2d_box box = { 0, 0, 16, 16 };
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	struct drm_exynos_g2d_get_ver version;
	struct g2d_list list;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(exynos_ioctl(fd, DRM_IOCTL_EXYNOS_G2D_GET_VER, &version), -ENODEV);
	g2d_list_fill(&list, &image, &box, 0);
	assert_int_equal(g2d_submit(fd, &list), -ENODEV);
	assert_int_equal(g2d_exec(fd, false), -ENODEV);
	assert_int_equal(g2d_exec(fd, true), -ENODEV);
	close(fd);
}

/*
 * Whether the display controller is one that reads memory, as FIMD does and the virtual display does
 * not: without it, there is nothing that could access an object.
 */
static bool
display_reads_memory(void)
{
	DIR *driver = opendir("/sys/bus/platform/drivers/exynos4-fb");
	bool found = false;

	if (!driver)
		return false;
	for (struct dirent *entry = readdir(driver); entry; entry = readdir(driver))
		found = found || strstr(entry->d_name, ".fimd");
	closedir(driver);

	return found;
}

static void
test_objects_are_for_the_display(void **state)
{
	skip_without_file("/dev/dma_heap/system");

	struct dma_heap_allocation_data buffer = { .len = 4096, .fd_flags = O_CLOEXEC | O_RDWR };
	int expected = display_reads_memory() ? 0 : -ENODEV;
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	int heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);
	uint32_t handle;

	(void)state;
	assert_true(fd >= 0 && heap >= 0);
	assert_int_equal(exynos_gem_create(fd, 4096, 0, &handle), expected);
	assert_int_equal(ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &buffer), 0);
	assert_int_equal(exynos_prime_import(fd, (int)buffer.fd, &handle), expected);
	close((int)buffer.fd);
	close(heap);
	close(fd);
}

static void
test_user_memory_is_for_the_display(void **state)
{
	static alignas(PAGE) char memory[PAGE];
	int fd = exynos_open(EXYNOS_RENDER_NODE);
	bool is_pinned = display_reads_memory();
	uint32_t handle;

	(void)state;
	assert_true(fd >= 0);
	memory[0] = 1;
	assert_int_equal(exynos_gem_userptr(fd, memory, PAGE, 0, &handle), is_pinned ? 0 : -ENODEV);
	assert_int_equal(exynos_userptr_pinned(fd), is_pinned ? PAGE : 0);
	assert_int_equal(process_pinned(), is_pinned ? PAGE : 0);
	if (is_pinned)
		assert_int_equal(exynos_gem_close(fd, handle), 0);
	assert_true(exynos_wait_pinned(fd, 0));
	assert_int_equal(process_pinned(), 0);
	close(fd);
}

/* By the driver's devices, and not by what its ioctls say, which is what is tested. */
static bool
has_engine(void)
{
	glob_t found;
	int ret = glob("/sys/bus/platform/drivers/exynos-drm-g2d/*.g2d", 0, NULL, &found);

	if (ret == 0)
		globfree(&found);

	return ret == 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_are_refused),
		cmocka_unit_test(test_objects_are_for_the_display),
		cmocka_unit_test(test_user_memory_is_for_the_display),
	};

	if (has_engine())
		return skip_all("the board has an engine");
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("no engine", tests, NULL, NULL);
}
