// SPDX-License-Identifier: MIT
/* The xdg-shell side of the sample clients. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <wayland-client.h>

#include "window.h"
#include "xdg-shell-client-protocol.h"

static void
wm_base_ping(void *data, struct xdg_wm_base *wm_base, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(wm_base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = {
	.ping = wm_base_ping,
};

static void
xdg_surface_configure(void *data, struct xdg_surface *xdg_surface, uint32_t serial)
{
	struct window *window = data;

	xdg_surface_ack_configure(xdg_surface, serial);
	window->is_configured = true;
}

static const struct xdg_surface_listener xdg_surface_listener = {
	.configure = xdg_surface_configure,
};

static void
toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height,
		   struct wl_array *states)
{
	/* the size is ours: it was announced as both minimum and maximum */
	(void)data;
	(void)toplevel;
	(void)width;
	(void)height;
	(void)states;
}

static void
toplevel_close(void *data, struct xdg_toplevel *toplevel)
{
	struct window *window = data;

	(void)toplevel;
	window->is_closed = true;
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = toplevel_configure,
	.close = toplevel_close,
};

static void
registry_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
		uint32_t version)
{
	struct window *window = data;

	/* version 4 of wl_surface has damage in buffer coordinates */
	if (strcmp(interface, wl_compositor_interface.name) == 0) {
		window->compositor = wl_registry_bind(registry, name, &wl_compositor_interface,
						      version < 4 ? version : 4);
	} else if (strcmp(interface, xdg_wm_base_interface.name) == 0) {
		window->wm_base = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
		xdg_wm_base_add_listener(window->wm_base, &wm_base_listener, window);
	}
}

static void
registry_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data;
	(void)registry;
	(void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = registry_global,
	.global_remove = registry_global_remove,
};

static int
get_error(struct window *window)
{
	int error = wl_display_get_error(window->display);

	return error != 0 ? -error : -EPIPE;
}

static int
bind_globals(struct window *window)
{
	struct wl_registry *registry;
	int ret;

	registry = wl_display_get_registry(window->display);
	if (!registry) {
		return -ENOMEM;
	}
	wl_registry_add_listener(registry, &registry_listener, window);
	ret = wl_display_roundtrip(window->display);
	wl_registry_destroy(registry);
	if (ret < 0) {
		return get_error(window);
	}
	return window->compositor && window->wm_base ? 0 : -ENOTSUP;
}

int
window_init(struct window *window, const char *title, const char *app_id, int32_t width,
	    int32_t height)
{
	int ret;

	memset(window, 0, sizeof(*window));
	window->display = wl_display_connect(NULL);
	if (!window->display) {
		return -errno;
	}
	ret = bind_globals(window);
	if (ret < 0) {
		return ret;
	}
	window->surface = wl_compositor_create_surface(window->compositor);
	window->xdg_surface = xdg_wm_base_get_xdg_surface(window->wm_base, window->surface);
	xdg_surface_add_listener(window->xdg_surface, &xdg_surface_listener, window);
	window->toplevel = xdg_surface_get_toplevel(window->xdg_surface);
	xdg_toplevel_add_listener(window->toplevel, &toplevel_listener, window);
	xdg_toplevel_set_title(window->toplevel, title);
	xdg_toplevel_set_app_id(window->toplevel, app_id);
	xdg_toplevel_set_min_size(window->toplevel, width, height);
	xdg_toplevel_set_max_size(window->toplevel, width, height);
	wl_surface_commit(window->surface);
	while (!window->is_configured) {
		if (wl_display_dispatch(window->display) < 0) {
			return get_error(window);
		}
	}
	return 0;
}

void
window_fini(struct window *window)
{
	if (!window->display) {
		return;
	}
	if (window->toplevel) {
		xdg_toplevel_destroy(window->toplevel);
	}
	if (window->xdg_surface) {
		xdg_surface_destroy(window->xdg_surface);
	}
	if (window->surface) {
		wl_surface_destroy(window->surface);
	}
	if (window->wm_base) {
		xdg_wm_base_destroy(window->wm_base);
	}
	if (window->compositor) {
		wl_compositor_destroy(window->compositor);
	}
	wl_display_flush(window->display);
	wl_display_disconnect(window->display);
}

int
window_dispatch(struct window *window, int stop_fd)
{
	struct wl_display *display = window->display;
	struct pollfd fds[] = {
		{ .fd = wl_display_get_fd(display), .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int ret;

	while (wl_display_prepare_read(display) < 0) {
		if (wl_display_dispatch_pending(display) < 0) {
			return get_error(window);
		}
	}
	if (wl_display_flush(display) < 0 && errno == EAGAIN) {
		fds[0].events |= POLLOUT;
	}
	do {
		ret = poll(fds, 2, -1);
	} while (ret < 0 && errno == EINTR);
	if (ret > 0 && fds[0].revents & (POLLIN | POLLERR | POLLHUP)) {
		ret = wl_display_read_events(display);
	} else {
		wl_display_cancel_read(display);
	}
	if (ret < 0 || wl_display_dispatch_pending(display) < 0) {
		return get_error(window);
	}
	return (fds[1].revents & POLLIN) != 0;
}
