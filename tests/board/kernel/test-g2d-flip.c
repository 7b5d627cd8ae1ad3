// SPDX-License-Identifier: MIT
/*
 * Page flips and the G2D: an image is shown when the engine has drawn it, and nobody has to wait.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <drm.h>
#include <drm_fourcc.h>
#include <drm_mode.h>

#include "exynos-device.h"
#include "exynos-g2d.h"
#include "g2d-submission.h"
#include "skip.h"
#include "virtual-engine.h"

enum {
	IMAGES = 2,
	MODES = 64,
	VBLANKS = 3,
	TIMEOUT_MS = 10000,
};

struct screen {
	int card;
	uint32_t crtc, connector;
	struct drm_mode_modeinfo mode;
	struct g2d_image images[IMAGES];
	uint32_t fbs[IMAGES];
	struct g2d_box whole;
};

/* The virtual display shows only when it is told that there is one. */
static void
connect_virtual_display(void)
{
	int fd = open("/sys/devices/platform/exynos-drm-vidi/connection", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		/* fails if it is connected */
		if (write(fd, "1", 1) < 0)
			(void)0;
		close(fd);
	}
}

static bool
find_mode(struct screen *s, uint32_t connector)
{
	struct drm_mode_modeinfo modes[MODES];
	struct drm_mode_get_connector args = { .connector_id = connector };
	uint32_t encoders[8];

	assert_int_equal(exynos_ioctl(s->card, DRM_IOCTL_MODE_GETCONNECTOR, &args), 0);
	if (args.connection != 1 || args.count_modes == 0)
		return false;
	args = (struct drm_mode_get_connector){
		.connector_id = connector,
		.modes_ptr = (uintptr_t)modes,
		.count_modes = MODES,
		.encoders_ptr = (uintptr_t)encoders,
		.count_encoders = 8,
	};
	assert_int_equal(exynos_ioctl(s->card, DRM_IOCTL_MODE_GETCONNECTOR, &args), 0);
	s->connector = connector;
	s->mode = modes[0];

	return true;
}

static void
find_screen(struct screen *s)
{
	uint32_t connectors[8], crtcs[8];
	struct drm_mode_card_res resources = {
		.connector_id_ptr = (uintptr_t)connectors,
		.count_connectors = 8,
		.crtc_id_ptr = (uintptr_t)crtcs,
		.count_crtcs = 8,
	};
	uint32_t i;

	assert_int_equal(exynos_ioctl(s->card, DRM_IOCTL_MODE_GETRESOURCES, &resources), 0);
	assert_true(resources.count_crtcs >= 1);
	for (i = 0; i < resources.count_connectors && !find_mode(s, connectors[i]); i++)
		;
	assert_true(i < resources.count_connectors);
	s->crtc = crtcs[0];
}

static void
make_image(struct screen *s, int index)
{
	struct drm_mode_create_dumb dumb = {
		.width = s->mode.hdisplay,
		.height = s->mode.vdisplay,
		.bpp = 32,
	};
	struct drm_mode_fb_cmd2 fb = {
		.width = dumb.width,
		.height = dumb.height,
		.pixel_format = DRM_FORMAT_XRGB8888,
	};

	assert_int_equal(exynos_ioctl(s->card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb), 0);
	s->images[index] = (struct g2d_image){ dumb.handle, dumb.pitch };
	fb.handles[0] = dumb.handle;
	fb.pitches[0] = dumb.pitch;
	assert_int_equal(exynos_ioctl(s->card, DRM_IOCTL_MODE_ADDFB2, &fb), 0);
	s->fbs[index] = fb.fb_id;
	assert_int_equal(g2d_fill(s->card, &s->images[index], &s->whole, 0), 0);
}

static void
open_screen(struct screen *s)
{
	struct drm_mode_crtc crtc;

	connect_virtual_display();
	memset(s, 0, sizeof(*s));
	s->card = exynos_open(EXYNOS_PRIMARY_NODE);
	assert_true(s->card >= 0);
	find_screen(s);
	s->whole = (struct g2d_box){ 0, 0, s->mode.hdisplay, s->mode.vdisplay };
	for (int i = 0; i < IMAGES; i++)
		make_image(s, i);
	crtc = (struct drm_mode_crtc){
		.crtc_id = s->crtc,
		.fb_id = s->fbs[0],
		.set_connectors_ptr = (uintptr_t)&s->connector,
		.count_connectors = 1,
		.mode_valid = 1,
		.mode = s->mode,
	};
	assert_int_equal(exynos_ioctl(s->card, DRM_IOCTL_MODE_SETCRTC, &crtc), 0);
}

static void
close_screen(struct screen *s)
{
	struct drm_mode_crtc off = { .crtc_id = s->crtc };

	assert_int_equal(exynos_ioctl(s->card, DRM_IOCTL_MODE_SETCRTC, &off), 0);
	close(s->card);
}

static void
flip(struct screen *s, int index)
{
	struct drm_mode_crtc_page_flip args = {
		.crtc_id = s->crtc,
		.fb_id = s->fbs[index],
		.flags = DRM_MODE_PAGE_FLIP_EVENT,
		.user_data = (uint64_t)index,
	};

	assert_int_equal(exynos_ioctl(s->card, DRM_IOCTL_MODE_PAGE_FLIP, &args), 0);
}

static void
wait_for_vblanks(struct screen *s)
{
	for (int i = 0; i < VBLANKS; i++) {
		union drm_wait_vblank args = {
			.request = { .type = _DRM_VBLANK_RELATIVE, .sequence = 1 },
		};

		assert_int_equal(exynos_ioctl(s->card, DRM_IOCTL_WAIT_VBLANK, &args), 0);
	}
}

/* The flip event; false when it does not come. */
static bool
read_flip(struct screen *s, int timeout_ms, int index)
{
	struct pollfd pollfd = { .fd = s->card, .events = POLLIN };
	struct drm_event_vblank event;

	if (poll(&pollfd, 1, timeout_ms) != 1)
		return false;
	assert_int_equal(read(s->card, &event, sizeof(event)), sizeof(event));
	assert_int_equal(event.base.type, DRM_EVENT_FLIP_COMPLETE);
	assert_int_equal(event.user_data, index);

	return true;
}

/* The display goes on, and shows the old image until the engine is done with the new one. */
static void
assert_flip_follows_the_engine(struct screen *s, bool by_submit)
{
	struct g2d_list list;
	uint64_t jobs;

	assert_int_equal(virtual_engine_set("hold", 1), 0);
	jobs = virtual_engine_get("jobs");
	if (by_submit) {
		struct g2d_submission *submission = g2d_submission_create();

		g2d_submission_fill(submission, &s->images[1], 0, &s->whole, 0xff00ff00);
		assert_int_equal(g2d_submission_send(s->card, submission), 0);
		free(submission);
	} else {
		g2d_list_fill(&list, &s->images[1], &s->whole, 0xff00ff00);
		assert_int_equal(g2d_submit(s->card, &list), 0);
		assert_int_equal(g2d_exec(s->card, true), 0);
	}
	flip(s, 1);
	wait_for_vblanks(s);
	assert_false(read_flip(s, 0, 1));
	assert_int_equal(virtual_engine_set("hold", 0), 0);
	assert_true(read_flip(s, TIMEOUT_MS, 1));
	assert_int_equal(virtual_engine_get("jobs") - jobs, 1);

	/* back, to an image that nobody draws into */
	flip(s, 0);
	assert_true(read_flip(s, TIMEOUT_MS, 0));
}

static void
test_flip_follows_lists(void **state)
{
	skip_without_engine("hold");

	(void)state;
	struct screen screen;

	open_screen(&screen);
	assert_flip_follows_the_engine(&screen, false);
	close_screen(&screen);
}

static void
test_flip_follows_a_submission(void **state)
{
	skip_without_engine("hold");

	(void)state;
	struct screen screen;

	open_screen(&screen);
	assert_flip_follows_the_engine(&screen, true);
	close_screen(&screen);
}

/* A job that is given up holds the display up no longer than that. */
static void
test_flip_to_an_image_of_a_job_that_hangs(void **state)
{
	skip_without_engine("hang");

	(void)state;
	struct g2d_submission *submission = g2d_submission_create();
	struct screen screen;

	open_screen(&screen);
	assert_int_equal(virtual_engine_set("hang", 1), 0);
	g2d_submission_fill(submission, &screen.images[1], 0, &screen.whole, 0xff0000ff);
	assert_int_equal(g2d_submission_send(screen.card, submission), 0);
	flip(&screen, 1);
	assert_true(read_flip(&screen, TIMEOUT_MS, 1));
	close_screen(&screen);
	free(submission);
}

static int
reset_engine(void **state)
{
	(void)state;
	return virtual_engine_reset();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_flip_follows_lists, reset_engine),
		cmocka_unit_test_teardown(test_flip_follows_a_submission, reset_engine),
		cmocka_unit_test_teardown(test_flip_to_an_image_of_a_job_that_hangs, reset_engine),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("flips and the G2D", tests, NULL, NULL);
}
