/* SPDX-License-Identifier: MIT */
/* The opcodes and operations that the fuzzers of linux-dmabuf and their seeds speak of. */
#ifndef FUZZ_PARAMS_OPERATIONS_H
#define FUZZ_PARAMS_OPERATIONS_H

/* Opcodes, in the order of the protocols' requests. */
enum opcode {
	DMABUF_CREATE_PARAMS = 1,
	DMABUF_GET_DEFAULT_FEEDBACK = 2,
	DMABUF_GET_SURFACE_FEEDBACK = 3,
	PARAMS_DESTROY = 0,
	PARAMS_ADD = 1,
	PARAMS_CREATE = 2,
	PARAMS_CREATE_IMMED = 3,
	SURFACE_DESTROY = 0,
	SURFACE_ATTACH = 1,
	USERPTR_GET_SURFACE_REPORT = 1,
	OBJECT_DESTROY = 0,
};

/* What the bytes of the input choose from. */
enum operation {
	OP_CREATE_PARAMS,
	OP_ADD,
	OP_CREATE,
	OP_CREATE_IMMED,
	OP_DESTROY_PARAMS,
	OP_ATTACH,
	OP_DESTROY_OBJECT,
	OP_FEEDBACK,
	OP_REPORT_OBJECT,
	OP_REPORT,
	OP_DESTROY_SURFACE,
	OP_IMPORT_ERROR,
	OP_SET_PINNED,
	OP_WITHDRAW,
	OP_COUNT,
};

#endif
