/* SPDX-License-Identifier: MIT */
/* A Wayland server with the plugin's globals and, as the client's other half, bare surfaces. */
#ifndef TEST_SERVER_H
#define TEST_SERVER_H

#include <stdbool.h>
#include <wayland-server-core.h>

#include "fake-driver.h"
#include "linux-dmabuf.h"
#include "userptr-protocol.h"

/**
 * struct test_server
 * @dmabuf: may be destroyed and set to NULL by a test
 * @userptr: as @dmabuf; NULL if the driver had no userptr support
 * @surfaces: test_surface.link, newest first
 * @client: the last one that connected; NULL once it has gone
 */
struct test_server {
	struct fake_driver driver;
	struct exup_device *device;
	struct wl_display *display;
	struct exup_plugin_dmabuf *dmabuf;
	struct exup_plugin_userptr *userptr;
	struct wl_global *compositor;
	struct wl_list surfaces;
	struct wl_client *client;
	struct wl_listener client_destroy;
};

/** struct test_surface - @image is what was attached last, with a reference as a renderer has it */
struct test_surface {
	struct wl_resource *resource;
	struct exup_plugin_image *image;
	struct wl_list link;
};

/** Starts a server; @driver is copied if not NULL. Returns false on failure. */
bool
test_server_init(struct test_server *server, const struct fake_driver *driver);

/** Ends it, clients first. */
void
test_server_finish(struct test_server *server);

/** Takes the descriptor over. */
bool
test_server_add_client(struct test_server *server, int fd);

/** Handles what has come in, and sends what that made. */
void
test_server_dispatch(struct test_server *server);

/** How many descriptors this process has open. */
unsigned int
test_count_fds(void);

/** Begins a new log. */
void
test_log_clear(void);

/** What exup_plugin_log() was given since then; cut off if too long. */
const char *
test_log_get(void);

/** How many lines there were, cut off or not. */
unsigned int
test_log_count_lines(void);

#endif
