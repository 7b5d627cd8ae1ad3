/* SPDX-License-Identifier: MIT */
/* A window of a fixed size on a Wayland desktop: everything that has nothing to do with buffers. */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct wl_compositor;
struct wl_display;
struct wl_surface;
struct xdg_surface;
struct xdg_toplevel;
struct xdg_wm_base;

/**
 * struct window
 * @surface: for the caller to commit buffers to, once the window has been made
 * @is_closed: the user closed it
 */
struct window {
	struct wl_display *display;
	struct wl_compositor *compositor;
	struct xdg_wm_base *wm_base;
	struct wl_surface *surface;
	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	bool is_configured;
	bool is_closed;
};

/** Connects to the compositor and makes a window, which shows up with the first buffer. Returns 0
 * or a negative errno. */
int
window_init(struct window *window, const char *title, const char *app_id, int32_t width,
	    int32_t height);

/** Destroys the window and disconnects; also after window_init() failed. */
void
window_fini(struct window *window);

/** Sends what was requested, waits for events or until @stop_fd is readable (-1: no such thing),
 * and dispatches. Returns 1 if @stop_fd is readable, 0, or a negative errno. */
int
window_dispatch(struct window *window, int stop_fd);

#endif
