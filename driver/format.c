// SPDX-License-Identifier: MIT
/* The table of pixel formats and the check that an image lies within its memory. */
#include <errno.h>

#include <drm_fourcc.h>

#include "fimg2d_regs.h"
#include "format.h"

/* DRM names channels from the highest bit of a little-endian word, as COLOR_MODE's order does. */
static const struct exup_format formats[] = {
	{
		.fourcc = DRM_FORMAT_XRGB8888,
		.g2d_color_mode = FIMG2D_FORMAT_XRGB8888 | FIMG2D_ORDER_AXRGB,
		.bytes_per_pixel = 4,
		.has_alpha = false,
		.name = "XRGB8888",
	},
	{
		.fourcc = DRM_FORMAT_ARGB8888,
		.g2d_color_mode = FIMG2D_FORMAT_ARGB8888 | FIMG2D_ORDER_AXRGB,
		.bytes_per_pixel = 4,
		.has_alpha = true,
		.name = "ARGB8888",
	},
};

const struct exup_format *
exup_format_get(uint32_t fourcc)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (formats[i].fourcc == fourcc) {
			return &formats[i];
		}
	}
	return NULL;
}

const struct exup_format *
exup_format_list(size_t *count)
{
	*count = sizeof(formats) / sizeof(formats[0]);
	return formats;
}

int
exup_format_check_image(const struct exup_format *format, uint32_t width, uint32_t height,
			uint32_t stride, uint64_t offset_bytes, uint64_t size_bytes)
{
	uint64_t end_bytes;

	if (width == 0 || width > FIMG2D_COORDINATE_MAX || height == 0 ||
	    height > FIMG2D_COORDINATE_MAX) {
		return -EINVAL;
	}
	if (stride > FIMG2D_STRIDE_MAX) {
		return -EINVAL;
	}
	if (stride < width * format->bytes_per_pixel || stride % format->bytes_per_pixel != 0 ||
	    offset_bytes % format->bytes_per_pixel != 0) {
		return -EINVAL;
	}
	/* below 2^28 by the checks above, so that only the offset can overflow */
	end_bytes = (uint64_t)(height - 1) * stride + (uint64_t)width * format->bytes_per_pixel;
	if (offset_bytes > size_bytes || end_bytes > size_bytes - offset_bytes) {
		return -ERANGE;
	}
	return 0;
}
