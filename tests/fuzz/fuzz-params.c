// SPDX-License-Identifier: MIT
/* Fuzzes linux-dmabuf and the reports with well-formed requests in any order and with any numbers. */
#include <errno.h>

#include <drm_fourcc.h>

#include "oracle.h"
#include "params-operations.h"
#include "wire.h"

#define SLOTS_MAX 4

/* The first id that the server chooses, for buffers that it announces with `created`. */
#define SERVER_ID_FIRST 0xff000000u

/**
 * struct session - one client
 * @next_id: ids are used in order
 * @params: ids of params objects, 0 where there is none
 */
struct session {
	struct wire *wire;
	struct input input;
	uint32_t next_id;
	uint32_t params[SLOTS_MAX];
};

static uint32_t *
pick_slot(struct session *session)
{
	return &session->params[input_read_u8(&session->input) % SLOTS_MAX];
}

static uint32_t
pick_surface(struct session *session)
{
	return WIRE_SURFACE_1 + input_read_u8(&session->input) % 2;
}

static uint32_t
pick_fourcc(struct input *input)
{
	static const uint32_t fourccs[] = { DRM_FORMAT_XRGB8888, DRM_FORMAT_ARGB8888,
					    DRM_FORMAT_RGB565, DRM_FORMAT_NV12 };
	uint8_t index = input_read_u8(input);

	return index < 128 ? fourccs[index % 2] :
	       index < 160 ? fourccs[index % 4] :
			     input_read_u32(input);
}

static uint64_t
pick_modifier(struct input *input)
{
	static const uint64_t modifiers[] = { DRM_FORMAT_MOD_LINEAR, DRM_FORMAT_MOD_INVALID };
	uint8_t index = input_read_u8(input);

	return index < 192 ? modifiers[index % 2] : input_read_u64(input);
}

/* Objects of the client, or buffers that the server has made. */
static uint32_t
pick_object(struct session *session)
{
	uint8_t index = input_read_u8(&session->input);

	if (index >= 128) {
		return SERVER_ID_FIRST + index % 8;
	}
	return WIRE_FIRST_FREE + index % (session->next_id - WIRE_FIRST_FREE + 1);
}

static void
create_params(struct session *session)
{
	uint32_t *slot = pick_slot(session);

	*slot = session->next_id++;
	wire_request(session->wire, WIRE_DMABUF, DMABUF_CREATE_PARAMS, slot, 1, WIRE_FD_NONE);
}

static void
add_plane(struct session *session)
{
	struct input *input = &session->input;
	uint32_t params = *pick_slot(session);
	enum wire_fd fd = input_read_u8(input) % WIRE_FD_COUNT;
	uint32_t args[5];
	uint64_t modifier;

	args[0] = input_read_u8(input);
	args[0] = args[0] < 192 ? 0 : args[0] % 6;
	args[1] = input_pick_u32(input);
	args[2] = input_pick_u32(input);
	modifier = pick_modifier(input);
	args[3] = (uint32_t)(modifier >> 32);
	args[4] = (uint32_t)modifier;
	wire_request(session->wire, params, PARAMS_ADD, args, 5, fd);
}

static void
create_buffer(struct session *session, bool immediate)
{
	struct input *input = &session->input;
	uint32_t params = *pick_slot(session);
	uint32_t args[5];
	size_t count = 0;

	if (immediate) {
		args[count++] = session->next_id++;
	}
	args[count++] = input_pick_u32(input);
	args[count++] = input_pick_u32(input);
	args[count++] = pick_fourcc(input);
	args[count] = input_read_u8(input);
	args[count] = args[count] < 128 ? 0 : args[count] < 192 ? 1u << args[count] % 32 : 7;
	count++;
	wire_request(session->wire, params, immediate ? PARAMS_CREATE_IMMED : PARAMS_CREATE, args,
		     count, WIRE_FD_NONE);
}

static void
attach(struct session *session)
{
	uint32_t surface = pick_surface(session);
	uint32_t args[3] = { pick_object(session) };

	wire_request(session->wire, surface, SURFACE_ATTACH, args, 3, WIRE_FD_NONE);
}

static void
get_feedback(struct session *session)
{
	uint32_t args[2] = { session->next_id++ };
	uint8_t choice = input_read_u8(&session->input);

	if (choice % 2 == 0) {
		wire_request(session->wire, WIRE_DMABUF, DMABUF_GET_DEFAULT_FEEDBACK, args, 1,
			     WIRE_FD_NONE);
	} else {
		args[1] = pick_surface(session);
		wire_request(session->wire, WIRE_DMABUF, DMABUF_GET_SURFACE_FEEDBACK, args, 2,
			     WIRE_FD_NONE);
	}
}

static void
get_report_object(struct session *session)
{
	uint32_t args[2] = { session->next_id++ };

	args[1] = pick_surface(session);
	wire_request(session->wire, WIRE_USERPTR, USERPTR_GET_SURFACE_REPORT, args, 2,
		     WIRE_FD_NONE);
}

static void
report_surfaces(struct session *session)
{
	struct test_server *server = &session->wire->server;
	struct test_surface *surface;

	wl_list_for_each (surface, &server->surfaces, link) {
		exup_plugin_userptr_report(server->userptr, surface->resource,
					   input_read_u8(&session->input) % 4, 0,
					   input_read_u64(&session->input));
	}
}

static void
run_operation(struct session *session)
{
	struct wire *wire = session->wire;
	uint32_t *slot;

	switch ((enum operation)(input_read_u8(&session->input) % OP_COUNT)) {
	case OP_CREATE_PARAMS:
		create_params(session);
		break;
	case OP_ADD:
		add_plane(session);
		break;
	case OP_CREATE:
		create_buffer(session, false);
		break;
	case OP_CREATE_IMMED:
		create_buffer(session, true);
		break;
	case OP_DESTROY_PARAMS:
		slot = pick_slot(session);
		wire_request(wire, *slot, PARAMS_DESTROY, NULL, 0, WIRE_FD_NONE);
		break;
	case OP_ATTACH:
		attach(session);
		break;
	case OP_DESTROY_OBJECT:
		/* of params, buffers, feedback and report objects alike */
		wire_request(wire, pick_object(session), OBJECT_DESTROY, NULL, 0, WIRE_FD_NONE);
		break;
	case OP_FEEDBACK:
		get_feedback(session);
		break;
	case OP_REPORT_OBJECT:
		get_report_object(session);
		break;
	case OP_REPORT:
		report_surfaces(session);
		break;
	case OP_DESTROY_SURFACE:
		wire_request(wire, pick_surface(session), SURFACE_DESTROY, NULL, 0, WIRE_FD_NONE);
		break;
	case OP_IMPORT_ERROR:
		wire->server.driver.import_error = input_read_u8(&session->input) % 2 ? -ENOMEM : 0;
		break;
	case OP_SET_PINNED:
		fake_driver_set_pinned(&wire->server.driver, input_read_u32(&session->input));
		break;
	case OP_WITHDRAW:
		/* seldom: a new server takes long */
		if (input_read_u8(&session->input) >= 240) {
			wire_withdraw(wire);
		}
		break;
	case OP_COUNT:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	static struct wire wire;
	static bool is_ready;
	struct session session = {
		.wire = &wire,
		.input = { .data = data, .size_bytes = size_bytes },
		.next_id = WIRE_FIRST_FREE,
	};

	if (!is_ready) {
		wire_init(&wire);
		is_ready = true;
	}
	wire_connect(&wire);
	while (session.input.size_bytes > 0 && wire.server.client) {
		run_operation(&session);
	}
	wire.server.driver.import_error = 0;
	wire_disconnect(&wire);
	return 0;
}
