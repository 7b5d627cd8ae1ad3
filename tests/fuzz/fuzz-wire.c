// SPDX-License-Identifier: MIT
/* Fuzzes the server with a client's bytes: whole requests with any arguments, and no requests at all. */
#include "oracle.h"
#include "wire.h"

/* Objects that a framed chunk can name: those from the start, and some that it may make. */
#define OBJECTS_MAX (WIRE_FIRST_FREE + 8)

/* More opcodes than any interface here has. */
#define OPCODES_MAX 12

/*
 * The input is chunks: a control byte, then words of payload.
 * control bits 3:0: number of words
 * control bits 6:4: descriptor to send along, enum wire_fd
 * control bit 7: raw, what is sent is the payload alone; else a header goes before it, made from
 *	two more bytes, object and opcode
 */
static void
send_chunk(struct wire *wire, struct input *input)
{
	uint8_t control = input_read_u8(input);
	size_t count = control & 15;
	enum wire_fd fd = (control >> 4 & 7) < WIRE_FD_COUNT ? control >> 4 & 7 : WIRE_FD_NONE;
	uint32_t object = 0, opcode = 0;
	uint32_t words[16];
	size_t i;

	if (!(control & 0x80)) {
		object = input_read_u8(input) % OBJECTS_MAX;
		opcode = input_read_u8(input) % OPCODES_MAX;
	}
	for (i = 0; i < count; i++) {
		words[i] = input_read_u32(input);
	}
	if (control & 0x80) {
		wire_send(wire, words, count * 4, fd);
	} else {
		wire_request(wire, object, opcode, words, count, fd);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	static struct wire wire;
	static bool is_ready;
	struct input input = { .data = data, .size_bytes = size_bytes };

	if (!is_ready) {
		wire_init(&wire);
		is_ready = true;
	}
	wire_connect(&wire);
	while (input.size_bytes > 0 && wire.server.client) {
		send_chunk(&wire, &input);
	}
	wire_disconnect(&wire);
	return 0;
}
