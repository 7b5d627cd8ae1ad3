// SPDX-License-Identifier: MIT
/* The table of wl_shm formats: those of Weston 10's pixel-formats.c that have a pixman format. */
#include <stddef.h>
#include <wayland-server-protocol.h>

#include "shm-format.h"

static const struct exup_plugin_shm_format formats[] = {
	{ WL_SHM_FORMAT_XRGB8888, PIXMAN_x8r8g8b8, true },
	{ WL_SHM_FORMAT_ARGB8888, PIXMAN_a8r8g8b8, false },
	{ WL_SHM_FORMAT_RGB565, PIXMAN_r5g6b5, true },
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	{ WL_SHM_FORMAT_XBGR8888, PIXMAN_x8b8g8r8, true },
	{ WL_SHM_FORMAT_ABGR8888, PIXMAN_a8b8g8r8, false },
	{ WL_SHM_FORMAT_RGBX8888, PIXMAN_r8g8b8x8, true },
	{ WL_SHM_FORMAT_RGBA8888, PIXMAN_r8g8b8a8, false },
	{ WL_SHM_FORMAT_BGRX8888, PIXMAN_b8g8r8x8, true },
	{ WL_SHM_FORMAT_BGRA8888, PIXMAN_b8g8r8a8, false },
	{ WL_SHM_FORMAT_XRGB2101010, PIXMAN_x2r10g10b10, true },
	{ WL_SHM_FORMAT_ARGB2101010, PIXMAN_a2r10g10b10, false },
	{ WL_SHM_FORMAT_XBGR2101010, PIXMAN_x2b10g10r10, true },
	{ WL_SHM_FORMAT_ABGR2101010, PIXMAN_a2b10g10r10, false },
#endif
};

const struct exup_plugin_shm_format *
exup_plugin_shm_format_get(uint32_t shm)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (formats[i].shm == shm) {
			return &formats[i];
		}
	}
	return NULL;
}
