/* SPDX-License-Identifier: MIT */
/* A client that is only a socket: it can send what no client library would. */
#ifndef FUZZ_WIRE_H
#define FUZZ_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "server.h"

/* Objects that exist from the start. Further ids must be used in order, as the server demands. */
enum wire_object {
	WIRE_DISPLAY = 1,
	WIRE_REGISTRY,
	WIRE_COMPOSITOR,
	WIRE_DMABUF,
	WIRE_USERPTR,
	WIRE_SURFACE_1,
	WIRE_SURFACE_2,
	WIRE_FIRST_FREE,
};

/** Kinds of descriptors that a client may send. */
enum wire_fd {
	WIRE_FD_PAGE,
	WIRE_FD_LARGE,
	WIRE_FD_EMPTY,
	WIRE_FD_NO_DMABUF,
	WIRE_FD_COUNT,
	WIRE_FD_NONE = WIRE_FD_COUNT,
};

#define WIRE_FD_PAGE_BYTES 4096
#define WIRE_FD_LARGE_BYTES (1 << 20)

/**
 * struct wire
 * @fds: one of each kind, sent again and again
 * @fd_count: how many descriptors were open before the client came
 */
struct wire {
	struct test_server server;
	int socket;
	int fds[WIRE_FD_COUNT];
	unsigned int fd_count;
};

/** Starts the server. Aborts on failure. */
void
wire_init(struct wire *wire);

/** Connects a client and makes the objects above. */
void
wire_connect(struct wire *wire);

/** Sends bytes, with a descriptor unless @fd is WIRE_FD_NONE, and lets the server handle them. */
void
wire_send(struct wire *wire, const void *data, size_t size_bytes, enum wire_fd fd);

/** Sends a request whose arguments are all words. */
void
wire_request(struct wire *wire, uint32_t object, uint32_t opcode, const uint32_t *args,
	     size_t arg_count, enum wire_fd fd);

/**
 * Disconnects, and aborts if anything of the client is left: surfaces, imported objects, open
 * descriptors.
 */
void
wire_disconnect(struct wire *wire);

/** Aborts if a buffer of the server's has pixels outside of its memory or the engine's reach. */
void
wire_check_buffers(const struct wire *wire);

/** Takes the dmabuf global away from the client that is connected; wire_disconnect() renews it. */
void
wire_withdraw(struct wire *wire);

#endif
