/* SPDX-License-Identifier: MIT */
/* The wl_shm formats that Weston with pixman offers, in pixman's terms. */
#ifndef EXUP_PLUGIN_SHM_FORMAT_H
#define EXUP_PLUGIN_SHM_FORMAT_H

#include <pixman.h>
#include <stdbool.h>
#include <stdint.h>

/** struct exup_plugin_shm_format - @shm is enum wl_shm_format */
struct exup_plugin_shm_format {
	uint32_t shm;
	pixman_format_code_t pixman;
	bool is_opaque;
};

/** Looks a wl_shm format up; NULL for one that Weston does not offer with pixman. */
const struct exup_plugin_shm_format *
exup_plugin_shm_format_get(uint32_t shm);

#endif
