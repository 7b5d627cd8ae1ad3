// SPDX-License-Identifier: MIT
/* Fuzzes the checks of images and blits: what they accept must lie in memory. */
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fake-driver.h"
#include "g2d-list.h"
#include "oracle.h"

/** struct target - @fd is a sparse file whose size each input chooses */
struct target {
	int fd;
	struct exup_bo *bo;
	uint64_t size_bytes;
};

static void
target_resize(struct target *target, struct exup_device *device, struct input *input)
{
	uint8_t exponent = input_read_u8(input) % 41;

	target->size_bytes = (UINT64_C(1) << exponent) + input_pick_u32(input) % (1 << 20);
	oracle_expect(ftruncate(target->fd, (off_t)target->size_bytes) == 0, "no file");
	oracle_expect(exup_bo_import(device, target->fd, &target->bo) == 0, "no import");
}

static void
read_image(struct exup_g2d_image *image, struct input *input, const struct target *target)
{
	const struct exup_format *formats;
	size_t count;
	uint8_t choice;

	formats = exup_format_list(&count);
	choice = input_read_u8(input);
	*image = (struct exup_g2d_image){
		.bo = target->bo,
		.format = &formats[choice % count],
		.width = input_pick_u32(input),
		.height = input_pick_u32(input),
		.stride = input_pick_u32(input),
	};
	image->offset_bytes = choice < 192 ? input_pick_u32(input) : input_read_u64(input);
}

/* Whether both checks accept it; then it must be good. */
static bool
check_image(const struct exup_g2d_image *image, const struct target *target)
{
	int ret = exup_format_check_image(image->format, image->width, image->height, image->stride,
					  image->offset_bytes, target->size_bytes);
	int g2d_ret = exup_g2d_check_image(image);

	oracle_expect(ret == 0 || g2d_ret == ret, "the engine's check forgets the format's");
	if (g2d_ret < 0) {
		return false;
	}
	oracle_check_image(image, target->size_bytes);
	return true;
}

static void
read_box(struct exup_box *box, struct input *input)
{
	*box = (struct exup_box){
		.x1 = (int32_t)input_pick_u32(input),
		.y1 = (int32_t)input_pick_u32(input),
		.x2 = (int32_t)input_pick_u32(input),
		.y2 = (int32_t)input_pick_u32(input),
	};
}

static void
check_lists(struct input *input, struct target *targets)
{
	struct exup_g2d_image dst, src;
	struct exup_g2d_list list;
	struct exup_box box;
	uint8_t choice;
	int32_t x, y;

	read_image(&dst, input, &targets[0]);
	read_image(&src, input, &targets[1]);
	if (!check_image(&dst, &targets[0])) {
		return;
	}
	read_box(&box, input);
	choice = input_read_u8(input);
	if (exup_g2d_list_fill(&list, &dst, &box, input_read_u32(input),
			       choice % 2 ? EXUP_G2D_OP_OVER : EXUP_G2D_OP_SRC) == 0) {
		oracle_check_list(&list, targets[0].size_bytes, 0);
	}
	if (!check_image(&src, &targets[1])) {
		return;
	}
	x = (int32_t)input_pick_u32(input);
	y = (int32_t)input_pick_u32(input);
	if (exup_g2d_list_copy(&list, &dst, &box, &src, x, y,
			       choice & 2 ? EXUP_G2D_OP_OVER : EXUP_G2D_OP_SRC,
			       choice & 4 ? 255 : choice) == 0) {
		oracle_check_list(&list, targets[0].size_bytes, targets[1].size_bytes);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	static struct fake_driver driver;
	static struct exup_device *device;
	static struct target targets[2];
	struct input input = { .data = data, .size_bytes = size_bytes };
	int i;

	if (!device) {
		fake_driver_init(&driver);
		oracle_expect(exup_device_create(&driver.sys, FAKE_DEVNUM, &device) == 0,
			      "no device");
		for (i = 0; i < 2; i++) {
			targets[i].fd = fake_dmabuf_create(1);
		}
	}
	for (i = 0; i < 2; i++) {
		target_resize(&targets[i], device, &input);
	}
	while (input.size_bytes > 0) {
		check_lists(&input, targets);
	}
	for (i = 0; i < 2; i++) {
		exup_bo_destroy(targets[i].bo);
	}
	return 0;
}
