/* SPDX-License-Identifier: MIT */
/* What the tests of the queue of blits begin and end with, whichever way the driver takes them. */
#ifndef ENGINE_FIXTURE_H
#define ENGINE_FIXTURE_H

#include <drm_fourcc.h>

#include "fixture.h"
#include "g2d.h"

/** struct engine - a queue and an image to paint */
struct engine {
	struct exup_g2d *g2d;
	struct exup_g2d_image image;
};

static inline struct engine
open_engine(struct fixture *fixture)
{
	struct engine engine = {
		.image = {
			.format = exup_format_get(DRM_FORMAT_XRGB8888),
			.width = 64,
			.height = 64,
			.stride = 256,
		},
	};

	assert_int_equal(exup_bo_create(fixture->device, 16384, &engine.image.bo), 0);
	assert_int_equal(exup_g2d_create(fixture->device, &engine.g2d), 0);
	assert_int_equal(exup_g2d_has_fences(engine.g2d),
			 fixture->fake.driver_minor >= EXUP_EXYNOS_MINOR_G2D_SUBMIT);
	return engine;
}

static inline void
close_engine(struct engine *engine)
{
	exup_g2d_destroy(engine->g2d);
	exup_bo_destroy(engine->image.bo);
}

#endif
