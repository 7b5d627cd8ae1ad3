// SPDX-License-Identifier: MIT
/* Writes the inputs that a fuzzer starts from: what good clients do, and a little of what bad ones do. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

#include "params-operations.h"
#include "wire.h"

#define SEED_BYTES_MAX 1024

/* input_pick_u32() reads any number after such a byte, pick_fourcc() and pick_modifier() too. */
#define ANY 0xff

struct seed {
	uint8_t data[SEED_BYTES_MAX];
	size_t size_bytes;
};

static void
put_u8(struct seed *seed, uint8_t value)
{
	if (seed->size_bytes < SEED_BYTES_MAX) {
		seed->data[seed->size_bytes++] = value;
	}
}

static void
put_u32(struct seed *seed, uint32_t value)
{
	int i;

	for (i = 0; i < 4; i++) {
		put_u8(seed, (uint8_t)(value >> (8 * i)));
	}
}

static void
put_number(struct seed *seed, uint32_t value)
{
	put_u8(seed, ANY);
	put_u32(seed, value);
}

static void
save(const struct seed *seed, const char *folder, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	if (!file || fwrite(seed->data, 1, seed->size_bytes, file) != seed->size_bytes ||
	    fclose(file) != 0) {
		fprintf(stderr, "cannot write the seed %s: %s\n", path, strerror(errno));
		exit(1);
	}
}

/* A framed chunk of fuzz-wire. */
static void
put_request(struct seed *seed, enum wire_fd fd, uint8_t object, uint8_t opcode,
	    const uint32_t *args, uint8_t arg_count)
{
	uint8_t i;

	put_u8(seed, (uint8_t)(fd << 4 | arg_count));
	put_u8(seed, object);
	put_u8(seed, opcode);
	for (i = 0; i < arg_count; i++) {
		put_u32(seed, args[i]);
	}
}

static void
put_wire_buffer(struct seed *seed, uint32_t params, bool immediate)
{
	const uint32_t plane[] = { 0, 0, 256, 0, 0 };
	const uint32_t buffer[] = { params + 1, 64, 16, DRM_FORMAT_XRGB8888, 0 };

	put_request(seed, WIRE_FD_NONE, WIRE_DMABUF, DMABUF_CREATE_PARAMS, &params, 1);
	put_request(seed, WIRE_FD_PAGE, (uint8_t)params, PARAMS_ADD, plane, 5);
	if (immediate) {
		put_request(seed, WIRE_FD_NONE, (uint8_t)params, PARAMS_CREATE_IMMED, buffer, 5);
	} else {
		put_request(seed, WIRE_FD_NONE, (uint8_t)params, PARAMS_CREATE, buffer + 1, 4);
	}
}

static void
write_wire_seeds(const char *folder)
{
	const uint32_t attach[] = { WIRE_FIRST_FREE + 1, 0, 0 };
	const uint32_t feedback[] = { WIRE_FIRST_FREE, WIRE_SURFACE_1 };
	struct seed seed = { .size_bytes = 0 };

	put_wire_buffer(&seed, WIRE_FIRST_FREE, false);
	put_request(&seed, WIRE_FD_NONE, WIRE_FIRST_FREE, PARAMS_DESTROY, NULL, 0);
	save(&seed, folder, "create");

	seed.size_bytes = 0;
	put_wire_buffer(&seed, WIRE_FIRST_FREE, true);
	put_request(&seed, WIRE_FD_NONE, WIRE_SURFACE_1, SURFACE_ATTACH, attach, 3);
	put_request(&seed, WIRE_FD_NONE, WIRE_FIRST_FREE + 1, OBJECT_DESTROY, NULL, 0);
	put_request(&seed, WIRE_FD_NONE, WIRE_SURFACE_1, SURFACE_DESTROY, NULL, 0);
	save(&seed, folder, "create-immed-and-attach");

	seed.size_bytes = 0;
	put_request(&seed, WIRE_FD_NONE, WIRE_DMABUF, DMABUF_GET_SURFACE_FEEDBACK, feedback, 2);
	put_request(&seed, WIRE_FD_NONE, WIRE_FIRST_FREE, OBJECT_DESTROY, NULL, 0);
	save(&seed, folder, "feedback");

	seed.size_bytes = 0;
	put_request(&seed, WIRE_FD_NONE, WIRE_USERPTR, USERPTR_GET_SURFACE_REPORT, feedback, 2);
	put_request(&seed, WIRE_FD_NONE, WIRE_SURFACE_1, SURFACE_DESTROY, NULL, 0);
	put_request(&seed, WIRE_FD_NONE, WIRE_USERPTR, OBJECT_DESTROY, NULL, 0);
	save(&seed, folder, "report");

	seed.size_bytes = 0;
	put_u8(&seed, 0x80 | WIRE_FD_PAGE << 4 | 4);
	put_u32(&seed, WIRE_DMABUF);
	put_u32(&seed, 12 << 16 | DMABUF_CREATE_PARAMS);
	put_u32(&seed, WIRE_FIRST_FREE);
	put_u32(&seed, WIRE_FIRST_FREE);
	save(&seed, folder, "raw");
}

/** struct buffer_args - of one buffer of fuzz-params, by a params object in a slot */
struct buffer_args {
	uint8_t slot;
	enum wire_fd fd;
	uint32_t offset, stride;
	uint32_t width, height;
	bool immediate;
};

static void
put_buffer(struct seed *seed, const struct buffer_args *args)
{
	put_u8(seed, OP_CREATE_PARAMS);
	put_u8(seed, args->slot);
	put_u8(seed, OP_ADD);
	put_u8(seed, args->slot);
	put_u8(seed, (uint8_t)args->fd);
	put_u8(seed, 0); /* plane */
	put_number(seed, args->offset);
	put_number(seed, args->stride);
	put_u8(seed, 0); /* LINEAR */
	put_u8(seed, args->immediate ? OP_CREATE_IMMED : OP_CREATE);
	put_u8(seed, args->slot);
	put_number(seed, args->width);
	put_number(seed, args->height);
	put_u8(seed, 0); /* XRGB8888 */
	put_u8(seed, 0); /* no flags */
}

static void
write_params_seeds(const char *folder)
{
	const struct buffer_args buffers[] = {
		{ .fd = WIRE_FD_PAGE, .stride = 256, .width = 64, .height = 16 },
		{ .slot = 1,
		  .fd = WIRE_FD_LARGE,
		  .offset = 1028,
		  .stride = 32000,
		  .width = 7999,
		  .height = 32,
		  .immediate = true },
		{ .slot = 2, .fd = WIRE_FD_PAGE, .stride = 256, .width = 64, .height = 17 },
		{ .slot = 3, .fd = WIRE_FD_NO_DMABUF, .stride = 4, .width = 1, .height = 1 },
	};
	const uint8_t life[] = {
		OP_ATTACH, 0, 1, OP_DESTROY_OBJECT, 1, OP_DESTROY_PARAMS, 0, OP_DESTROY_SURFACE, 0
	};
	const uint8_t reports[] = {
		OP_FEEDBACK, 1, 0, OP_REPORT_OBJECT,   0, OP_REPORT, 1, 2, 3, OP_SET_PINNED, 0,
		16,	     0, 0, OP_DESTROY_SURFACE, 0
	};
	struct seed seed;
	char name[32];
	size_t i;

	for (i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++) {
		seed.size_bytes = 0;
		put_buffer(&seed, &buffers[i]);
		memcpy(&seed.data[seed.size_bytes], life, sizeof(life));
		seed.size_bytes += sizeof(life);
		snprintf(name, sizeof(name), "buffer-%zu", i);
		save(&seed, folder, name);
	}
	seed.size_bytes = sizeof(reports);
	memcpy(seed.data, reports, sizeof(reports));
	save(&seed, folder, "reports");

	seed.size_bytes = 0;
	put_buffer(&seed, &buffers[1]);
	put_u8(&seed, OP_WITHDRAW);
	put_u8(&seed, 255);
	put_buffer(&seed, &buffers[0]);
	save(&seed, folder, "withdrawn");
}

static void
put_image(struct seed *seed, uint32_t width, uint32_t height, uint32_t stride, uint32_t offset)
{
	put_u8(seed, 0); /* format, and an offset of 32 bits */
	put_number(seed, width);
	put_number(seed, height);
	put_number(seed, stride);
	put_number(seed, offset);
}

static void
write_image_seed(const char *folder, const char *name, uint8_t exponent, uint32_t width,
		 uint32_t height, uint32_t stride, uint32_t offset)
{
	struct seed seed = { .size_bytes = 0 };
	int i;

	for (i = 0; i < 2; i++) {
		put_u8(&seed, exponent);
		put_number(&seed, 0);
	}
	for (i = 0; i < 2; i++) {
		put_image(&seed, width, height, stride, offset);
	}
	put_number(&seed, 0);
	put_number(&seed, 0);
	put_number(&seed, width);
	put_number(&seed, height);
	put_u8(&seed, 3); /* OVER */
	put_u32(&seed, 0x80402010);
	put_number(&seed, 0);
	put_number(&seed, 0);
	save(&seed, folder, name);
}

static void
write_image_seeds(const char *folder)
{
	write_image_seed(folder, "page", 12, 64, 16, 256, 0);
	write_image_seed(folder, "offset", 20, 64, 16, 512, 4096 + 64);
	write_image_seed(folder, "row-begins-in-the-middle", 16, 64, 16, 256, 128);
	write_image_seed(folder, "largest", 30, 8000, 8000, 32000, 0);
	write_image_seed(folder, "too-large", 8, 64, 16, 256, 0);
}

int
main(int argc, char **argv)
{
	const struct {
		const char *name;
		void (*write)(const char *folder);
	} fuzzers[] = {
		{ "wire", write_wire_seeds },
		{ "params", write_params_seeds },
		{ "image", write_image_seeds },
	};
	size_t i;

	for (i = 0; argc == 3 && i < sizeof(fuzzers) / sizeof(fuzzers[0]); i++) {
		if (strcmp(argv[1], fuzzers[i].name) == 0) {
			fuzzers[i].write(argv[2]);
			return 0;
		}
	}
	fprintf(stderr, "usage: write-seeds wire|params|image FOLDER\n");
	return 2;
}
