/* SPDX-License-Identifier: MIT */
/* A Wayland client for tests: globals, a window, frames that have been shown. Failure ends it. */
#ifndef TEST_CLIENT_H
#define TEST_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct exup_test_scene;
struct test_feedback;
struct wl_compositor;
struct wl_display;
struct wl_registry;
struct wl_shm;
struct wl_subcompositor;
struct wl_surface;
struct wp_presentation;
struct wp_viewporter;
struct xdg_surface;
struct xdg_toplevel;
struct xdg_wm_base;
struct zwp_linux_dmabuf_v1;

/**
 * struct test_client - objects are NULL where the compositor does not offer them
 * @surface: of the window
 * @width: of the window, in logical pixels, once the compositor has configured it
 * @height: likewise
 * @output_scale: of the output
 * @mode_width: of the output's mode, in pixels
 */
struct test_client {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_subcompositor *subcompositor;
	struct wl_shm *shm;
	struct wp_viewporter *viewporter;
	struct wp_presentation *presentation;
	struct xdg_wm_base *wm_base;
	struct zwp_linux_dmabuf_v1 *dmabuf;
	struct exup_test_scene *scene;
	struct wl_surface *surface;
	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	bool is_configured;
	int32_t width;
	int32_t height;
	int32_t output_scale;
	int32_t mode_width;
};

/** Says what went wrong and exits with status 1: in a test program, the test program has failed. */
void
test_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/** Connects and binds all globals. */
void
test_client_init(struct test_client *client);

/** Makes a window that fills the output. */
void
test_client_make_window(struct test_client *client);

/** Destroys all and disconnects. */
void
test_client_fini(struct test_client *client);

/** Waits for events and dispatches them. */
void
test_client_dispatch(struct test_client *client);

/** Dispatches what is there, or what comes within a time. */
void
test_client_dispatch_for(struct test_client *client, int timeout_ms);

/** Waits until the compositor has handled all requests. */
void
test_client_sync(struct test_client *client);

/** Commits a surface and waits until the frame with that commit is on the screen. */
void
test_client_commit_shown(struct test_client *client, struct wl_surface *surface);

/** Asks to be told when the next commit of the surface is shown: for test_client_wait_shown(). */
struct test_feedback *
test_client_feedback(struct test_client *client, struct wl_surface *surface);

/** Waits until the frame is on the screen; frees the feedback. */
void
test_client_wait_shown(struct test_client *client, struct test_feedback *feedback);

/** The process that listens on the other side of the connection. */
pid_t
test_client_get_server(struct test_client *client);

/** Runs a program and waits; a status other than 0 is a failure. */
void
test_run(const char *const *argv);

#endif
