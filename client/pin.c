// SPDX-License-Identifier: MIT
/* Pinning an image in the application's memory, and what it means when the driver refuses. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "client-private.h"
#include "fimg2d_regs.h"
#include "g2d.h"

static uintptr_t
get_page_mask(void)
{
	return (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
}

uint64_t
exup_pin_get_size(const void *data, uint64_t size_bytes)
{
	uintptr_t mask = get_page_mask();

	return (((uintptr_t)data & mask) + size_bytes + mask) & ~(uint64_t)mask;
}

/* What EXUP_REASON_* an errno of exup_bo_create_userptr() is. */
static enum exup_reason
get_reason(int error)
{
	switch (error) {
	case -EINVAL:
		return EXUP_REASON_LIMIT;
	case -ENOTSUP:
		return EXUP_REASON_NO_DEVICE;
	case -ENOMEM:
		return EXUP_REASON_MEMLOCK;
	case -EFAULT:
	case -ENXIO:
		return EXUP_REASON_MEMORY;
	default:
		return EXUP_REASON_OTHER;
	}
}

static enum exup_reason
check(struct exup_client *client, void *data, const struct exup_image *image)
{
	uint64_t offset_bytes = (uintptr_t)data & get_page_mask();
	uint64_t needed_bytes = exup_pin_get_size(data, image->size_bytes);

	if (client->reason != EXUP_REASON_NONE) {
		return client->reason;
	}
	if (!exup_client_offers_format(client, image->format)) {
		exup_client_log(client, "the compositor takes no linear dma-buf of format %s",
				image->format->name);
		return EXUP_REASON_FORMAT;
	}
	if (image->stride > FIMG2D_STRIDE_MAX) {
		exup_client_log(
			client,
			"a stride of %u bytes is more than the engine's register holds (%u)",
			image->stride, FIMG2D_STRIDE_MAX);
		return EXUP_REASON_GEOMETRY;
	}
	if (exup_format_check_image(image->format, image->width, image->height, image->stride,
				    offset_bytes, offset_bytes + image->size_bytes) < 0) {
		exup_client_log(
			client,
			"the engine cannot read %ux%u pixels with a stride of %u bytes at %p",
			image->width, image->height, image->stride, data);
		return EXUP_REASON_GEOMETRY;
	}
	if (needed_bytes > client->max_buffer_bytes) {
		exup_client_log(client,
				"not pinning %" PRIu64 " bytes: the largest buffer is %" PRIu64
				" bytes",
				needed_bytes, client->max_buffer_bytes);
		return EXUP_REASON_LIMIT;
	}
	return EXUP_REASON_NONE;
}

enum exup_reason
exup_pin_create(struct exup_client *client, void *data, const struct exup_image *image,
		struct exup_pin *pin)
{
	enum exup_reason reason;
	int ret;

	reason = check(client, data, image);
	if (reason != EXUP_REASON_NONE) {
		return reason;
	}
	*pin = (struct exup_pin){
		.image = {
			.format = image->format,
			.width = image->width,
			.height = image->height,
			.stride = image->stride,
		},
		.dmabuf_fd = -1,
	};
	ret = exup_bo_create_userptr(client->device, data, image->size_bytes, &pin->image.bo);
	if (ret < 0) {
		exup_client_log(client,
				"cannot pin %" PRIu64 " bytes at %p (pool %" PRIu64
				" bytes, free %" PRIu64 " bytes): %s",
				exup_pin_get_size(data, image->size_bytes), data,
				client->pool_bytes, client->available_bytes, strerror(-ret));
		return get_reason(ret);
	}
	/* not the object's own: of a mapping of one, it may be shared with another image */
	pin->image.offset_bytes = (uintptr_t)data & get_page_mask();
	if (exup_g2d_check_image(&pin->image) < 0) {
		exup_client_log(client,
				"the engine cannot address %ux%u pixels that begin %" PRIu64
				" bytes into a page",
				image->width, image->height, pin->image.offset_bytes);
		exup_pin_destroy(pin, client);
		return EXUP_REASON_GEOMETRY;
	}
	ret = exup_bo_export(pin->image.bo, &pin->dmabuf_fd);
	if (ret < 0) {
		exup_client_log(client, "cannot export %" PRIu64 " pinned bytes: %s",
				exup_bo_get_size(pin->image.bo), strerror(-ret));
		exup_pin_destroy(pin, client);
		return EXUP_REASON_OTHER;
	}
	return EXUP_REASON_NONE;
}

void
exup_pin_destroy(struct exup_pin *pin, struct exup_client *client)
{
	if (pin->dmabuf_fd >= 0) {
		client->sys->close(client->sys, pin->dmabuf_fd);
		pin->dmabuf_fd = -1;
	}
	exup_bo_destroy(pin->image.bo);
	pin->image.bo = NULL;
}

/* What access begins with, and what it ends with if nothing was drawn. */
static const struct exup_box first_pixel = { 0, 0, 1, 1 };

/*
 * To write, whatever the application does: the engine only reads, so there is nothing of its that
 * the CPU's caches would have to make room for. What is left is to wait for who reads, which goes
 * by the object: a pixel is as good as all of them, and takes a cache line where all of them take
 * as long as to end the access.
 */
int
exup_pin_begin_access(const struct exup_pin *pin)
{
	return exup_image_begin_access(&pin->image, pin->dmabuf_fd, EXUP_BO_WRITE, &first_pixel, 1);
}

int
exup_pin_end_access(const struct exup_pin *pin, const struct exup_damage *drawn)
{
	struct exup_box boxes[EXUP_DAMAGE_RECTS_MAX];
	const struct exup_rect *rect;
	int count = drawn->count;
	int i;

	/* clipped to the image: the sums fit */
	for (i = 0; i < count; i++) {
		rect = &drawn->rects[i];
		boxes[i] = (struct exup_box){ rect->x, rect->y, rect->x + rect->width,
					      rect->y + rect->height };
	}
	if (count == 0) {
		boxes[count++] = first_pixel;
	}
	return exup_image_end_access(&pin->image, pin->dmabuf_fd, EXUP_BO_WRITE, boxes,
				     (uint32_t)count);
}
