// SPDX-License-Identifier: MIT
/* A Wayland client in the server's own process and thread. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

/* Far more turns of both loops than any exchange here takes. */
#define TURNS_MAX 64

static void
dmabuf_handle_format(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t fourcc)
{
	struct test_client *client = data;

	(void)dmabuf;
	if (client->announced_count < ANNOUNCED_MAX) {
		client->announced[client->announced_count++] = (struct announced){
			.fourcc = fourcc,
		};
	}
}

static void
dmabuf_handle_modifier(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t fourcc,
		       uint32_t modifier_hi, uint32_t modifier_lo)
{
	struct test_client *client = data;

	(void)dmabuf;
	if (client->announced_count < ANNOUNCED_MAX) {
		client->announced[client->announced_count++] = (struct announced){
			.fourcc = fourcc,
			.has_modifier = true,
			.modifier = (uint64_t)modifier_hi << 32 | modifier_lo,
		};
	}
}

static const struct zwp_linux_dmabuf_v1_listener dmabuf_listener = {
	.format = dmabuf_handle_format,
	.modifier = dmabuf_handle_modifier,
};

static void
registry_handle_global(void *data, struct wl_registry *registry, uint32_t name,
		       const char *interface, uint32_t version)
{
	struct test_client *client = data;

	if (strcmp(interface, wl_compositor_interface.name) == 0) {
		client->compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 1);
	} else if (strcmp(interface, wl_shm_interface.name) == 0) {
		client->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	} else if (strcmp(interface, exynos_userptr_v1_interface.name) == 0) {
		client->userptr_name = name;
	} else if (strcmp(interface, zwp_linux_dmabuf_v1_interface.name) == 0) {
		client->registry_version = version;
		if (client->dmabuf_version > 0) {
			client->dmabuf =
				wl_registry_bind(registry, name, &zwp_linux_dmabuf_v1_interface,
						 client->dmabuf_version);
			zwp_linux_dmabuf_v1_add_listener(client->dmabuf, &dmabuf_listener, client);
		}
	}
}

static void
registry_handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data;
	(void)registry;
	(void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = registry_handle_global,
	.global_remove = registry_handle_global_remove,
};

bool
test_client_init(struct test_client *client, struct test_server *server, uint32_t dmabuf_version)
{
	int fds[2];

	*client = (struct test_client){ .server = server, .dmabuf_version = dmabuf_version };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
		return false;
	}
	if (!test_server_add_client(server, fds[0])) {
		close(fds[0]);
		close(fds[1]);
		return false;
	}
	client->display = wl_display_connect_to_fd(fds[1]);
	if (!client->display) {
		return false;
	}
	client->registry = wl_display_get_registry(client->display);
	wl_registry_add_listener(client->registry, &registry_listener, client);
	/* one for the globals, one for what they send when they are bound */
	return test_client_roundtrip(client) && test_client_roundtrip(client);
}

void
test_client_finish(struct test_client *client)
{
	if (client->dmabuf) {
		zwp_linux_dmabuf_v1_destroy(client->dmabuf);
	}
	if (client->shm) {
		wl_shm_destroy(client->shm);
	}
	if (client->compositor) {
		wl_compositor_destroy(client->compositor);
	}
	wl_registry_destroy(client->registry);
	wl_display_disconnect(client->display);
	/* the server notices */
	test_server_dispatch(client->server);
}

static void
callback_handle_done(void *data, struct wl_callback *callback, uint32_t serial)
{
	bool *done = data;

	(void)callback;
	(void)serial;
	*done = true;
}

static const struct wl_callback_listener callback_listener = {
	.done = callback_handle_done,
};

static void
read_events(struct wl_display *display)
{
	struct pollfd pfd = { .fd = wl_display_get_fd(display), .events = POLLIN };

	while (wl_display_prepare_read(display) < 0) {
		wl_display_dispatch_pending(display);
	}
	if (poll(&pfd, 1, 0) > 0) {
		wl_display_read_events(display);
	} else {
		wl_display_cancel_read(display);
	}
	wl_display_dispatch_pending(display);
}

bool
test_client_roundtrip(struct test_client *client)
{
	struct wl_callback *callback;
	bool done = false;
	int i;

	callback = wl_display_sync(client->display);
	wl_callback_add_listener(callback, &callback_listener, &done);
	for (i = 0; i < TURNS_MAX && !done && wl_display_get_error(client->display) == 0; i++) {
		wl_display_flush(client->display);
		test_server_dispatch(client->server);
		read_events(client->display);
	}
	wl_callback_destroy(callback);
	return done;
}

int
test_client_get_error(struct test_client *client, const char *interface_name)
{
	const struct wl_interface *interface;
	uint32_t code;

	if (wl_display_get_error(client->display) != EPROTO) {
		return -1;
	}
	code = wl_display_get_protocol_error(client->display, &interface, NULL);
	return interface && strcmp(interface->name, interface_name) == 0 ? (int)code : -1;
}
