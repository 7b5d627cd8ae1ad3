// SPDX-License-Identifier: MIT
/* Mapping a buffer object for pixman, between the calls that keep CPU and engine coherent. */
#include <drm_fourcc.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "access.h"
#include "cpu-image.h"
#include "log.h"

pixman_format_code_t
exup_plugin_cpu_format(const struct exup_format *format)
{
	return format->fourcc == DRM_FORMAT_ARGB8888 ? PIXMAN_a8r8g8b8 : PIXMAN_x8r8g8b8;
}

int
exup_plugin_cpu_image_try_begin(const struct exup_g2d_image *image, const struct exup_box *box,
				enum exup_bo_access access, pixman_image_t **pixels)
{
	void *addr;
	int ret;

	ret = exup_bo_map(image->bo, access, &addr);
	if (ret < 0) {
		return ret;
	}
	ret = exup_image_begin_access(image, -1, access, box, 1);
	if (ret < 0) {
		return ret;
	}
	*pixels = pixman_image_create_bits_no_clear(
		exup_plugin_cpu_format(image->format), (int)image->width, (int)image->height,
		(uint32_t *)((uint8_t *)addr + image->offset_bytes), (int)image->stride);
	if (!*pixels) {
		exup_image_end_access(image, -1, access, box, 1);
		return -ENOMEM;
	}
	return 0;
}

pixman_image_t *
exup_plugin_cpu_image_begin(const struct exup_g2d_image *image, const struct exup_box *box,
			    enum exup_bo_access access)
{
	pixman_image_t *pixels;
	int ret;

	ret = exup_plugin_cpu_image_try_begin(image, box, access, &pixels);
	if (ret < 0) {
		exup_plugin_log("exynos-userptr: cannot map %" PRIu32 "x%" PRIu32 " %s, %" PRIu64
				" bytes, for the CPU: %s; it is not drawn\n",
				image->width, image->height, image->format->name,
				exup_bo_get_size(image->bo), strerror(-ret));
		return NULL;
	}
	return pixels;
}

void
exup_plugin_cpu_image_end(const struct exup_g2d_image *image, const struct exup_box *box,
			  enum exup_bo_access access, pixman_image_t *pixels)
{
	pixman_image_unref(pixels);
	exup_image_end_access(image, -1, access, box, 1);
}
