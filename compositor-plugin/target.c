// SPDX-License-Identifier: MIT
/* Making and freeing the images that are painted into. */
#include <drm_fourcc.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "target.h"

#define TARGET_STRIDE_ALIGN 64

/* Takes over layout->bo. */
static struct exup_plugin_target *
wrap(const struct exup_g2d_image *layout)
{
	struct exup_plugin_target *target;
	int ret;

	ret = exup_g2d_check_image(layout);
	if (ret < 0) {
		exup_plugin_log("exynos-userptr: the engine cannot paint into %" PRIu32 "x%" PRIu32
				", stride %" PRIu32 ", offset %" PRIu64 ", in %" PRIu64
				" bytes: %s\n",
				layout->width, layout->height, layout->stride, layout->offset_bytes,
				exup_bo_get_size(layout->bo), strerror(-ret));
		goto err;
	}
	target = calloc(1, sizeof(*target));
	if (!target) {
		goto err;
	}
	target->image = *layout;
	pixman_region32_init(&target->stale_region);
	return target;

err:
	exup_bo_destroy(layout->bo);
	return NULL;
}

struct exup_plugin_target *
exup_plugin_target_create(struct exup_device *device, uint32_t width, uint32_t height)
{
	struct exup_g2d_image image = {
		.format = exup_format_get(DRM_FORMAT_XRGB8888),
		.width = width,
		.height = height,
		.stride = (width * 4 + TARGET_STRIDE_ALIGN - 1) & ~(TARGET_STRIDE_ALIGN - 1u),
	};
	int ret;

	ret = exup_bo_create(device, (uint64_t)image.stride * height, &image.bo);
	if (ret < 0) {
		exup_plugin_log("exynos-userptr: no memory for a target of %" PRIu32 "x%" PRIu32
				": %s; the output is not painted\n",
				width, height, strerror(-ret));
		return NULL;
	}
	return wrap(&image);
}

struct exup_plugin_target *
exup_plugin_target_create_from_dmabuf(struct exup_device *device, int dmabuf_fd,
				      const struct exup_g2d_image *layout)
{
	struct exup_g2d_image image = *layout;
	int ret;

	ret = exup_bo_import(device, dmabuf_fd, &image.bo);
	if (ret < 0) {
		exup_plugin_log("exynos-userptr: cannot import a framebuffer of %" PRIu32
				"x%" PRIu32 ": %s; it is not painted into\n",
				layout->width, layout->height, strerror(-ret));
		return NULL;
	}
	return wrap(&image);
}

void
exup_plugin_target_destroy(struct exup_plugin_target *target)
{
	if (!target) {
		return;
	}
	pixman_region32_fini(&target->stale_region);
	exup_bo_destroy(target->image.bo);
	free(target);
}
