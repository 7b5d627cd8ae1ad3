/* SPDX-License-Identifier: MIT */
/* The pixel formats that the engine reads and writes. */
#ifndef EXUP_FORMAT_H
#define EXUP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct exup_format - one format
 * @fourcc: DRM_FORMAT_*
 * @g2d_color_mode: value of the engine's COLOR_MODE registers
 * @bytes_per_pixel: of the only plane
 * @has_alpha: premultiplied alpha, as everywhere in Wayland
 * @name: for messages
 */
struct exup_format {
	uint32_t fourcc;
	uint32_t g2d_color_mode;
	uint32_t bytes_per_pixel;
	bool has_alpha;
	const char *name;
};

/** Looks a fourcc up. Returns NULL for a format that the engine does not know. */
const struct exup_format *
exup_format_get(uint32_t fourcc);

/** All formats, @count of them, in the order of preference. */
const struct exup_format *
exup_format_list(size_t *count);

/**
 * Checks that an image fits into memory, without overflow.
 *
 * @width: pixels
 * @height: pixels
 * @stride: bytes from one row to the next
 * @offset_bytes: of the first pixel
 * @size_bytes: of the memory
 *
 * Returns 0; -EINVAL for a side that is 0 or larger than the engine's coordinates, a stride that is
 * too small, more than the engine's register has or no multiple of the pixel, an offset that is no
 * multiple of the pixel; -ERANGE if the last byte is past the end.
 */
int
exup_format_check_image(const struct exup_format *format, uint32_t width, uint32_t height,
			uint32_t stride, uint64_t offset_bytes, uint64_t size_bytes);

#endif
