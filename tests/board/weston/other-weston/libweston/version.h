/* SPDX-License-Identifier: MIT */
/* Weston's version, but for its last number: what the module is built with for another Weston. */
#include_next <libweston/version.h>

#undef WESTON_VERSION_MICRO
#define WESTON_VERSION_MICRO 99
