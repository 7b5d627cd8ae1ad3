/* SPDX-License-Identifier: MIT */
/* Functions that libweston 10 exports but that no installed header declares. */
#ifndef EXUP_PLUGIN_WESTON10_H
#define EXUP_PLUGIN_WESTON10_H

#include <stdarg.h>

#include <libweston/libweston.h>

/*
 * Prototypes as in libweston-internal.h and weston-log-internal.h of Weston 10.0.1. The module
 * refuses to run with another version than the one it was built for, and does not load where a
 * symbol is missing.
 */

/* Makes ref hold buffer (or nothing); the last holder's going sends wl_buffer.release. */
void
weston_buffer_reference(struct weston_buffer_reference *ref, struct weston_buffer *buffer);

/* Disconnects the client that the buffer belongs to. */
void
weston_buffer_send_server_error(struct weston_buffer *buffer, const char *msg);

/* From global coordinates to pixels of the output, in place. */
void
weston_output_region_from_global(struct weston_output *output, pixman_region32_t *region);

/* From surface coordinates to pixels of the buffer. */
void
weston_surface_to_buffer_region(struct weston_surface *surface, pixman_region32_t *surface_region,
				pixman_region32_t *buffer_region);

/* Writes to Weston's log. */
int
weston_vlog(const char *format, va_list args);

#endif
