// SPDX-License-Identifier: MIT
/* A client that is only a socket: it can send what no client library would. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linux-dmabuf-private.h"
#include "oracle.h"
#include "wire.h"

/* Names of globals are given in the order of their creation, from 1. */
enum global_name {
	GLOBAL_COMPOSITOR = 1,
	GLOBAL_DMABUF,
	GLOBAL_USERPTR,
};

static void
log_nothing(const char *format, va_list args)
{
	(void)format;
	(void)args;
}

void
wire_init(struct wire *wire)
{
	wl_log_set_handler_server(log_nothing);
	wire->socket = -1;
	wire->fds[WIRE_FD_PAGE] = fake_dmabuf_create(WIRE_FD_PAGE_BYTES);
	wire->fds[WIRE_FD_LARGE] = fake_dmabuf_create(WIRE_FD_LARGE_BYTES);
	wire->fds[WIRE_FD_EMPTY] = fake_dmabuf_create(0);
	wire->fds[WIRE_FD_NO_DMABUF] = open("/dev/null", O_RDWR | O_CLOEXEC);
	oracle_expect(test_server_init(&wire->server, NULL), "no server");
}

static void
bind_global(struct wire *wire, uint32_t name, const char *interface, uint32_t version, uint32_t id)
{
	uint32_t args[16] = { name, (uint32_t)strlen(interface) + 1 };
	size_t words = 2 + (args[1] + 3) / 4;

	memcpy(&args[2], interface, args[1]);
	args[words++] = version;
	args[words++] = id;
	wire_request(wire, WIRE_REGISTRY, 0, args, words, WIRE_FD_NONE);
}

void
wire_connect(struct wire *wire)
{
	const uint32_t registry = WIRE_REGISTRY;
	uint32_t id;
	int sockets[2];

	wire->fd_count = test_count_fds();
	oracle_expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) ==
			      0,
		      "no sockets");
	wire->socket = sockets[1];
	oracle_expect(test_server_add_client(&wire->server, sockets[0]), "no client");
	wire_request(wire, WIRE_DISPLAY, 1, &registry, 1, WIRE_FD_NONE);
	bind_global(wire, GLOBAL_COMPOSITOR, "wl_compositor", 1, WIRE_COMPOSITOR);
	bind_global(wire, GLOBAL_DMABUF, "zwp_linux_dmabuf_v1", 4, WIRE_DMABUF);
	bind_global(wire, GLOBAL_USERPTR, "exynos_userptr_v1", 1, WIRE_USERPTR);
	for (id = WIRE_SURFACE_1; id <= WIRE_SURFACE_2; id++) {
		wire_request(wire, WIRE_COMPOSITOR, 0, &id, 1, WIRE_FD_NONE);
	}
	oracle_expect(wire->server.client != NULL, "the client's start was refused");
}

/* What the server says is not looked at, but must not fill the socket either. */
static void
drop_events(struct wire *wire)
{
	union {
		struct cmsghdr header;
		char data[CMSG_SPACE(sizeof(int) * 32)];
	} control;
	char data[4096];
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
	};
	struct cmsghdr *header;
	size_t i;

	for (;;) {
		message.msg_controllen = sizeof(control);
		if (recvmsg(wire->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0) {
			return;
		}
		for (header = CMSG_FIRSTHDR(&message); header;
		     header = CMSG_NXTHDR(&message, header)) {
			for (i = 0; CMSG_LEN((i + 1) * sizeof(int)) <= header->cmsg_len; i++) {
				close(((int *)CMSG_DATA(header))[i]);
			}
		}
	}
}

void
wire_send(struct wire *wire, const void *data, size_t size_bytes, enum wire_fd fd)
{
	union {
		struct cmsghdr header;
		char data[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = size_bytes };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (!wire->server.client) {
		return;
	}
	if (fd != WIRE_FD_NONE) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &wire->fds[fd], sizeof(int));
		message.msg_control = &control;
		message.msg_controllen = CMSG_LEN(sizeof(int));
	}
	/* a partial or refused send is one more thing that a client may do */
	(void)!sendmsg(wire->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	test_server_dispatch(&wire->server);
	drop_events(wire);
	wire_check_buffers(wire);
}

void
wire_request(struct wire *wire, uint32_t object, uint32_t opcode, const uint32_t *args,
	     size_t arg_count, enum wire_fd fd)
{
	uint32_t words[32];

	words[0] = object;
	words[1] = (uint32_t)(8 + arg_count * 4) << 16 | (opcode & 0xffff);
	if (arg_count > 0) {
		memcpy(&words[2], args, arg_count * 4);
	}
	wire_send(wire, words, 8 + arg_count * 4, fd);
}

void
wire_check_buffers(const struct wire *wire)
{
	struct wl_resource *resource;

	if (!wire->server.dmabuf) {
		return;
	}
	wl_resource_for_each (resource, &wire->server.dmabuf->buffers) {
		const struct exup_plugin_image *image = exup_plugin_image_from_resource(resource);

		oracle_expect(image != NULL && image->refcount > 0, "a buffer without image");
		oracle_check_image(&image->g2d, exup_bo_get_size(image->g2d.bo));
	}
}

void
wire_withdraw(struct wire *wire)
{
	exup_plugin_dmabuf_destroy(wire->server.dmabuf);
	wire->server.dmabuf = NULL;
}

void
wire_disconnect(struct wire *wire)
{
	bool renew = !wire->server.dmabuf;

	if (wire->server.client) {
		wl_client_destroy(wire->server.client);
	}
	close(wire->socket);
	wire->socket = -1;
	/* a change of the pool that nobody has read yet leaves a descriptor of the double closed */
	test_server_dispatch(&wire->server);
	oracle_expect(wl_list_empty(&wire->server.surfaces), "surfaces are left");
	oracle_expect(fake_driver_count_handles(&wire->server.driver) == 0, "objects are left");
	test_log_clear();
	if (renew) {
		/* a new global would have another name */
		test_server_finish(&wire->server);
		oracle_expect(test_server_init(&wire->server, NULL), "no server");
	}
	oracle_expect(test_count_fds() == wire->fd_count, "descriptors are left open");
}
