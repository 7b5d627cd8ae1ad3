// SPDX-License-Identifier: MIT
/* The check of an image's size, made once, when the application hands it over. */
#include <errno.h>

#include "client-private.h"

int
exup_image_init(struct exup_image *image, uint32_t width, uint32_t height, uint32_t stride,
		uint32_t fourcc)
{
	const struct exup_format *format = exup_format_get(fourcc);
	uint64_t row_bytes;

	if (!format || width == 0 || height == 0) {
		return -EINVAL;
	}
	/* Wayland's sizes and wl_shm's strides and pools are int; this bounds height as well */
	row_bytes = (uint64_t)width * format->bytes_per_pixel;
	if (row_bytes > stride || row_bytes > INT32_MAX || height > INT32_MAX / row_bytes) {
		return -EINVAL;
	}
	image->format = format;
	image->width = width;
	image->height = height;
	image->stride = stride;
	image->size_bytes = (uint64_t)(height - 1) * stride + row_bytes;
	return image->size_bytes > PTRDIFF_MAX ? -EINVAL : 0;
}
