/* SPDX-License-Identifier: MIT */
/* A Wayland client in the server's own process and thread, and the fixture that joins both. */
#ifndef TEST_CLIENT_H
#define TEST_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wayland-client.h>

#include "exynos-userptr-v1-client-protocol.h"
#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "server.h"

#define ANNOUNCED_MAX 32

/** struct announced - a `format` (@has_modifier false) or `modifier` event */
struct announced {
	uint32_t fourcc;
	bool has_modifier;
	uint64_t modifier;
};

/**
 * struct test_client
 * @registry_version: of zwp_linux_dmabuf_v1 as the server offers it
 * @dmabuf: NULL if not bound
 * @userptr_name: of the global, to bind it in a test; 0 if it is not there
 */
struct test_client {
	struct test_server *server;
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_shm *shm;
	struct zwp_linux_dmabuf_v1 *dmabuf;
	uint32_t dmabuf_version;
	uint32_t registry_version;
	uint32_t userptr_name;
	struct announced announced[ANNOUNCED_MAX];
	size_t announced_count;
};

/**
 * Connects a client.
 *
 * @dmabuf_version: to bind zwp_linux_dmabuf_v1 at; 0 not to
 */
bool
test_client_init(struct test_client *client, struct test_server *server, uint32_t dmabuf_version);

void
test_client_finish(struct test_client *client);

/** Sends everything and waits for the answers. Returns false if the client has been disconnected. */
bool
test_client_roundtrip(struct test_client *client);

/** The protocol error on an object of an interface that the client got; -1 if it did not. */
int
test_client_get_error(struct test_client *client, const char *interface_name);

#endif
