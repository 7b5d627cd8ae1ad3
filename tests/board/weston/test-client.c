// SPDX-License-Identifier: MIT
/* A Wayland client for tests: globals, a window, frames that have been shown. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wayland-client.h>

#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "presentation-time-client-protocol.h"
#include "test-client.h"
#include "test-scene-client-protocol.h"
#include "viewporter-client-protocol.h"
#include "xdg-shell-client-protocol.h"

/** struct test_feedback - @is_shown: presented, or replaced by a later commit before it could be */
struct test_feedback {
	bool is_shown;
};

void
test_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "test failed: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

static void
fail_connection(struct test_client *client)
{
	const struct wl_interface *interface = NULL;
	uint32_t id, code;
	int error = wl_display_get_error(client->display);

	if (error == EPROTO) {
		code = wl_display_get_protocol_error(client->display, &interface, &id);
		test_fail("protocol error %u of %s", code, interface ? interface->name : "?");
	}
	test_fail("the connection is broken: %s", strerror(error ? error : errno));
}

static void
handle_ping(void *data, struct xdg_wm_base *wm_base, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(wm_base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = {
	.ping = handle_ping,
};

static void
output_geometry(void *data, struct wl_output *output, int32_t x, int32_t y, int32_t physical_width,
		int32_t physical_height, int32_t subpixel, const char *make, const char *model,
		int32_t transform)
{
	(void)data, (void)output, (void)x, (void)y, (void)physical_width, (void)physical_height;
	(void)subpixel, (void)make, (void)model, (void)transform;
}

static void
output_mode(void *data, struct wl_output *output, uint32_t flags, int32_t width, int32_t height,
	    int32_t refresh)
{
	struct test_client *client = data;

	(void)output, (void)height, (void)refresh;
	if (flags & WL_OUTPUT_MODE_CURRENT) {
		client->mode_width = width;
	}
}

static void
output_done(void *data, struct wl_output *output)
{
	(void)data, (void)output;
}

static void
output_scale(void *data, struct wl_output *output, int32_t scale)
{
	struct test_client *client = data;

	(void)output;
	client->output_scale = scale;
}

static const struct wl_output_listener output_listener = {
	.geometry = output_geometry,
	.mode = output_mode,
	.done = output_done,
	.scale = output_scale,
};

static void
handle_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
	      uint32_t version)
{
	struct test_client *client = data;
	const struct {
		const struct wl_interface *interface;
		uint32_t version;
		void **object;
	} globals[] = {
		{ &wl_compositor_interface, 4, (void **)&client->compositor },
		{ &wl_subcompositor_interface, 1, (void **)&client->subcompositor },
		{ &wl_shm_interface, 1, (void **)&client->shm },
		{ &wp_viewporter_interface, 1, (void **)&client->viewporter },
		{ &wp_presentation_interface, 1, (void **)&client->presentation },
		{ &xdg_wm_base_interface, 1, (void **)&client->wm_base },
		{ &zwp_linux_dmabuf_v1_interface, 3, (void **)&client->dmabuf },
		{ &exup_test_scene_interface, 1, (void **)&client->scene },
	};
	size_t i;

	for (i = 0; i < sizeof(globals) / sizeof(globals[0]); i++) {
		if (strcmp(interface, globals[i].interface->name) == 0 &&
		    version >= globals[i].version) {
			*globals[i].object = wl_registry_bind(registry, name, globals[i].interface,
							      globals[i].version);
		}
	}
	if (strcmp(interface, wl_output_interface.name) == 0) {
		wl_output_add_listener(wl_registry_bind(registry, name, &wl_output_interface, 2),
				       &output_listener, client);
	}
}

static void
handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data, (void)registry, (void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

void
test_client_init(struct test_client *client)
{
	*client = (struct test_client){ .output_scale = 1 };
	client->display = wl_display_connect(NULL);
	if (!client->display) {
		test_fail("cannot connect to the compositor: %s", strerror(errno));
	}
	client->registry = wl_display_get_registry(client->display);
	wl_registry_add_listener(client->registry, &registry_listener, client);
	test_client_sync(client);
	if (!client->compositor || !client->subcompositor || !client->shm || !client->viewporter ||
	    !client->presentation || !client->wm_base) {
		test_fail("the compositor lacks a global that every Weston 10 has");
	}
	xdg_wm_base_add_listener(client->wm_base, &wm_base_listener, client);
	test_client_sync(client);
}

static void
handle_configure(void *data, struct xdg_surface *xdg_surface, uint32_t serial)
{
	struct test_client *client = data;

	xdg_surface_ack_configure(xdg_surface, serial);
	client->is_configured = client->width > 0;
}

static const struct xdg_surface_listener xdg_surface_listener = {
	.configure = handle_configure,
};

static void
handle_toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height,
			  struct wl_array *states)
{
	struct test_client *client = data;

	(void)toplevel, (void)states;
	client->width = width;
	client->height = height;
}

static void
handle_close(void *data, struct xdg_toplevel *toplevel)
{
	(void)data, (void)toplevel;
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = handle_toplevel_configure,
	.close = handle_close,
};

void
test_client_make_window(struct test_client *client)
{
	client->surface = wl_compositor_create_surface(client->compositor);
	client->xdg_surface = xdg_wm_base_get_xdg_surface(client->wm_base, client->surface);
	xdg_surface_add_listener(client->xdg_surface, &xdg_surface_listener, client);
	client->toplevel = xdg_surface_get_toplevel(client->xdg_surface);
	xdg_toplevel_add_listener(client->toplevel, &toplevel_listener, client);
	/* not fullscreen: that is where Weston moves windows with subsurfaces beyond the edge */
	xdg_toplevel_set_maximized(client->toplevel);
	wl_surface_commit(client->surface);
	while (!client->is_configured) {
		test_client_dispatch(client);
	}
	/* otherwise subsurfaces beyond the edge count along */
	xdg_surface_set_window_geometry(client->xdg_surface, 0, 0, client->width, client->height);
}

void
test_client_fini(struct test_client *client)
{
	wl_display_flush(client->display);
	wl_display_disconnect(client->display);
}

void
test_client_dispatch(struct test_client *client)
{
	if (wl_display_dispatch(client->display) < 0) {
		fail_connection(client);
	}
}

void
test_client_dispatch_for(struct test_client *client, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = wl_display_get_fd(client->display), .events = POLLIN };

	while (wl_display_prepare_read(client->display) < 0) {
		wl_display_dispatch_pending(client->display);
	}
	wl_display_flush(client->display);
	if (poll(&poll_fd, 1, timeout_ms) > 0) {
		wl_display_read_events(client->display);
	} else {
		wl_display_cancel_read(client->display);
	}
	if (wl_display_dispatch_pending(client->display) < 0) {
		fail_connection(client);
	}
}

void
test_client_sync(struct test_client *client)
{
	if (wl_display_roundtrip(client->display) < 0) {
		fail_connection(client);
	}
}

static void
feedback_sync_output(void *data, struct wp_presentation_feedback *feedback,
		     struct wl_output *output)
{
	(void)data, (void)feedback, (void)output;
}

static void
feedback_presented(void *data, struct wp_presentation_feedback *feedback, uint32_t tv_sec_hi,
		   uint32_t tv_sec_lo, uint32_t tv_nsec, uint32_t refresh, uint32_t seq_hi,
		   uint32_t seq_lo, uint32_t flags)
{
	struct test_feedback *state = data;

	(void)tv_sec_hi, (void)tv_sec_lo, (void)tv_nsec, (void)refresh, (void)seq_hi, (void)seq_lo;
	(void)flags;
	state->is_shown = true;
	wp_presentation_feedback_destroy(feedback);
}

static void
feedback_discarded(void *data, struct wp_presentation_feedback *feedback)
{
	(void)data, (void)feedback;
	test_fail("a frame was discarded that nothing had replaced");
}

static const struct wp_presentation_feedback_listener feedback_listener = {
	.sync_output = feedback_sync_output,
	.presented = feedback_presented,
	.discarded = feedback_discarded,
};

struct test_feedback *
test_client_feedback(struct test_client *client, struct wl_surface *surface)
{
	struct test_feedback *state = calloc(1, sizeof(*state));

	if (!state) {
		test_fail("no memory");
	}
	wp_presentation_feedback_add_listener(
		wp_presentation_feedback(client->presentation, surface), &feedback_listener, state);
	return state;
}

void
test_client_wait_shown(struct test_client *client, struct test_feedback *feedback)
{
	while (!feedback->is_shown) {
		test_client_dispatch(client);
	}
	free(feedback);
}

void
test_client_commit_shown(struct test_client *client, struct wl_surface *surface)
{
	struct test_feedback *feedback = test_client_feedback(client, surface);

	wl_surface_commit(surface);
	test_client_wait_shown(client, feedback);
}

pid_t
test_client_get_server(struct test_client *client)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (getsockopt(wl_display_get_fd(client->display), SOL_SOCKET, SO_PEERCRED, &credentials,
		       &size) < 0) {
		test_fail("cannot tell the compositor's process: %s", strerror(errno));
	}
	return credentials.pid;
}

void
test_run(const char *const *argv)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
		test_fail("running %s", argv[0]);
	}
}
