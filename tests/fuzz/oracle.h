/* SPDX-License-Identifier: MIT */
/* What must hold whatever the input is, worked out apart from the code that is tested. */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "g2d-list.h"

/** struct input - the fuzzer's bytes, read from the front; zeros follow */
struct input {
	const uint8_t *data;
	size_t size_bytes;
};

uint8_t
input_read_u8(struct input *input);

uint32_t
input_read_u32(struct input *input);

uint64_t
input_read_u64(struct input *input);

/** A number: one around which something changes, or any. */
uint32_t
input_pick_u32(struct input *input);

/** Aborts with a message if @holds is false. */
void
oracle_expect(bool holds, const char *message);

/** Aborts if an accepted image reaches out of its memory or of the engine's coordinates. */
void
oracle_check_image(const struct exup_g2d_image *image, uint64_t size_bytes);

/**
 * Aborts if the registers of a list address pixels outside of memory.
 *
 * @dst_size_bytes: of the destination's object
 * @src_size_bytes: of the source's; 0 for a list that may not name one
 */
void
oracle_check_list(const struct exup_g2d_list *list, uint64_t dst_size_bytes,
		  uint64_t src_size_bytes);

#endif
