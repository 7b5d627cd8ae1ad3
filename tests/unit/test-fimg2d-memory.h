/* SPDX-License-Identifier: MIT */
/* An engine on a bus of ordinary memory, for the host tests of the virtual FIMG2D. */
#ifndef TEST_FIMG2D_MEMORY_H
#define TEST_FIMG2D_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define MEMORY_BASE 0x20000000u
#define MEMORY_SIZE (4u << 20)
#define MEMORY_PAGE 4096u

struct memory {
	struct fimg2d_engine engine;
	uint8_t *bytes; /* MEMORY_SIZE of them, at MEMORY_BASE on the bus */
	uint32_t hole; /* bus address of a page that faults, 0: none */
	void (*on_access)(struct memory *memory); /* called before each access, or NULL */
	unsigned int accesses;
	uint32_t random;
};

static inline void *
memory_access(void *priv, uint32_t address, uint32_t *size_bytes, bool write)
{
	struct memory *memory = priv;
	uint32_t left = MEMORY_PAGE - address % MEMORY_PAGE;

	(void)write;
	memory->accesses++;
	if (memory->on_access)
		memory->on_access(memory);
	if (address < MEMORY_BASE || address - MEMORY_BASE >= MEMORY_SIZE)
		return NULL;
	if (memory->hole && address / MEMORY_PAGE == memory->hole / MEMORY_PAGE)
		return NULL;
	/* as on the board: a pointer is good to the end of its page */
	if (*size_bytes > left)
		*size_bytes = left;
	return memory->bytes + (address - MEMORY_BASE);
}

static inline struct memory *
memory_create(void)
{
	struct memory *memory = calloc(1, sizeof(*memory));
	struct fimg2d_bus bus = { .access = memory_access, .priv = memory };

	memory->bytes = calloc(1, MEMORY_SIZE);
	memory->random = 1;
	fimg2d_engine_init(&memory->engine, &bus);
	return memory;
}

static inline void
memory_destroy(struct memory *memory)
{
	free(memory->bytes);
	free(memory);
}

/* The same sequence on every machine: a test that failed once fails again. */
static inline uint32_t
memory_random(struct memory *memory)
{
	memory->random ^= memory->random << 13;
	memory->random ^= memory->random >> 17;
	memory->random ^= memory->random << 5;
	return memory->random;
}

#endif
