// SPDX-License-Identifier: MIT
/*
 * An engine whose clock is gone, so that it cannot be resumed: who waits for it is told, and no
 * list is lost. It is not used again in this boot: runtime PM does not forget. To be run with
 * fw_devlink=off, or the engine's driver would leave together with that of its clock.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "exynos-device.h"
#include "exynos-g2d.h"
#include "g2d-fixture.h"
#include "skip.h"

#define CLOCK_DRIVER "/sys/bus/platform/drivers/of_fixed_clk/"
#define ENGINE_DRIVER "/sys/bus/platform/drivers/exynos-drm-g2d/"
#define ENGINE "10800000.g2d"

enum { STEPS = 6000, STEP_US = 10000 };

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* With a clock that runs nothing would have to be resumed. */
static void
wait_suspended(void)
{
	const char *path = ENGINE_DRIVER ENGINE "/power/runtime_status";
	char text[32] = "";

	for (int i = 0; i < STEPS && strncmp(text, "suspended", 9) != 0; i++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		assert_true(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
		close(fd);
		usleep(STEP_US);
	}
	assert_int_equal(strncmp(text, "suspended", 9), 0);
}

static void
test_engine_that_cannot_be_resumed(void **state)
{
	struct drm_exynos_g2d_event event;
	struct g2d_image image;
	struct g2d_list list;
	int fd, ret;

	(void)state;
	wait_suspended();
	write_file(CLOCK_DRIVER "unbind", "clock");
	fd = g2d_open_other(&image);
	assert_int_equal(g2d_fill(fd, &image, &g2d_whole, 1), -ENXIO);
	/* runtime PM does not try a second time */
	assert_int_equal(g2d_fill(fd, &image, &g2d_whole, 1), -EINVAL);

	/*
	 * Of an asynchronous one there is no event, and no list is lost. It fails at once, but not where
	 * the driver finds out only when it comes to the job.
	 */
	g2d_list_fill(&list, &image, &g2d_whole, 1);
	for (int i = 0; i < 2 * G2D_LISTS; i++) {
		assert_int_equal(g2d_submit_event(fd, &list, 1), 0);
		ret = g2d_exec(fd, true);
		assert_true(ret == -EINVAL || ret == 0);
		assert_int_equal(g2d_fill(fd, &image, &g2d_whole, 1), -EINVAL);
	}
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(fd, &event, sizeof(event)), -1);
	assert_int_equal(errno, EAGAIN);
	close(fd);
	assert_int_equal(g2d_count_free_lists(), G2D_LISTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engine_that_cannot_be_resumed),
	};

	if (access(CLOCK_DRIVER "clock", F_OK) < 0)
		return skip_all("the engine's clock cannot be taken away");
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("clock of the engine", tests, NULL, NULL);
}
