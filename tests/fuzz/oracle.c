// SPDX-License-Identifier: MIT
/* What must hold whatever the input is, worked out apart from the code that is tested. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fimg2d_regs.h"
#include "oracle.h"

/* Wide enough for every product of the arguments. */
typedef unsigned __int128 wide;

uint8_t
input_read_u8(struct input *input)
{
	if (input->size_bytes == 0) {
		return 0;
	}
	input->size_bytes--;
	return *input->data++;
}

uint32_t
input_read_u32(struct input *input)
{
	uint32_t value = 0;
	int i;

	for (i = 0; i < 4; i++) {
		value |= (uint32_t)input_read_u8(input) << (8 * i);
	}
	return value;
}

uint64_t
input_read_u64(struct input *input)
{
	uint64_t low = input_read_u32(input);

	return low | (uint64_t)input_read_u32(input) << 32;
}

uint32_t
input_pick_u32(struct input *input)
{
	static const uint32_t numbers[] = {
		0,	    1,		2,	    3,		4,	    8,		15,
		16,	    17,		32,	    63,		64,	    65,		128,
		255,	    256,	257,	    1024,	4092,	    4095,	4096,
		4097,	    7999,	8000,	    8001,	31996,	    32000,	32004,
		65535,	    65536,	1 << 20,    1 << 28,	1u << 30,   0x7ffffffe, 0x7fffffff,
		0x80000000, 0x80000001, 0xfffff000, 0xfffffffc, 0xffffffff,
	};
	uint8_t index = input_read_u8(input);

	if (index < sizeof(numbers) / sizeof(numbers[0])) {
		return numbers[index];
	}
	return index < 128 ? input_read_u8(input) : input_read_u32(input);
}

void
oracle_expect(bool holds, const char *message)
{
	if (!holds) {
		fprintf(stderr, "does not hold: %s\n", message);
		abort();
	}
}

void
oracle_check_image(const struct exup_g2d_image *image, uint64_t size_bytes)
{
	wide row_bytes, end_bytes;

	oracle_expect(image->format != NULL, "an image without format");
	oracle_expect(image->width > 0 && image->height > 0, "an image without pixels");
	row_bytes = (wide)image->width * image->format->bytes_per_pixel;
	oracle_expect(row_bytes <= image->stride, "rows that overlap");
	oracle_expect(image->stride <= FIMG2D_STRIDE_MAX, "a stride that no register holds");
	end_bytes = image->offset_bytes + (wide)image->stride * (image->height - 1) + row_bytes;
	oracle_expect(end_bytes <= size_bytes, "a last byte outside of the memory");
	oracle_expect(image->stride % image->format->bytes_per_pixel == 0 &&
			      image->offset_bytes % image->format->bytes_per_pixel == 0,
		      "pixels that are not aligned");
	oracle_expect((wide)image->offset_bytes / image->stride + image->height <=
			      FIMG2D_COORDINATE_MAX,
		      "rows out of the engine's reach");
	oracle_expect((wide)(image->offset_bytes % image->stride) / image->format->bytes_per_pixel +
				      image->width <=
			      FIMG2D_COORDINATE_MAX,
		      "columns out of the engine's reach");
}

/* The value that the list leaves in a register. */
static uint32_t
get_register(const struct exup_g2d_list *list, uint32_t offset)
{
	uint32_t i;

	for (i = list->command_count; i > 0; i--) {
		if (list->commands[i - 1].offset == offset) {
			return list->commands[i - 1].data;
		}
	}
	oracle_expect(false, "a list without rectangle");
	return 0;
}

static bool
has_base(const struct exup_g2d_list *list, uint32_t offset)
{
	uint32_t i;

	for (i = 0; i < list->base_count; i++) {
		if (list->bases[i].offset == offset) {
			return true;
		}
	}
	return false;
}

/* All formats so far have 4 bytes per pixel. */
static void
check_side(const struct exup_g2d_list *list, uint32_t stride_register, uint32_t left_top_register,
	   uint32_t right_bottom_register, uint64_t size_bytes)
{
	uint32_t stride = get_register(list, stride_register);
	uint32_t left_top = get_register(list, left_top_register);
	uint32_t right_bottom = get_register(list, right_bottom_register);
	uint32_t left = left_top & 0xffff;
	uint32_t top = left_top >> 16;
	uint32_t right = right_bottom & 0xffff;
	uint32_t bottom = right_bottom >> 16;

	oracle_expect(left < right && top < bottom, "an empty rectangle");
	oracle_expect(right <= FIMG2D_COORDINATE_MAX && bottom <= FIMG2D_COORDINATE_MAX,
		      "coordinates that the driver refuses");
	/* right may lie in the next row: so it does where an image begins in the middle of one */
	oracle_expect((wide)stride * (bottom - 1) + (wide)right * 4 <= size_bytes,
		      "a blit outside of the memory");
}

void
oracle_check_list(const struct exup_g2d_list *list, uint64_t dst_size_bytes,
		  uint64_t src_size_bytes)
{
	oracle_expect(list->command_count <= EXUP_G2D_LIST_COMMANDS_MAX, "a list too long");
	oracle_expect(has_base(list, FIMG2D_DST_BASE), "a list without destination");
	check_side(list, FIMG2D_DST_STRIDE, FIMG2D_DST_LEFT_TOP, FIMG2D_DST_RIGHT_BOTTOM,
		   dst_size_bytes);
	oracle_expect(has_base(list, FIMG2D_SRC_BASE) == (src_size_bytes > 0),
		      "a source too many or too few");
	if (src_size_bytes > 0) {
		check_side(list, FIMG2D_SRC_STRIDE, FIMG2D_SRC_LEFT_TOP, FIMG2D_SRC_RIGHT_BOTTOM,
			   src_size_bytes);
	}
}
