// SPDX-License-Identifier: MIT
/* Pinning an image in the application's memory, and what it means when the driver refuses. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "client-private.h"
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
	struct exup_g2d_image g2d_image;
	enum exup_reason reason;
	struct exup_bo *bo;
	int ret;

	reason = check(client, data, image);
	if (reason != EXUP_REASON_NONE) {
		return reason;
	}
	ret = exup_bo_create_userptr(client->device, data, image->size_bytes, &bo);
	if (ret < 0) {
		exup_client_log(client,
				"cannot pin %" PRIu64 " bytes at %p (pool %" PRIu64
				" bytes, free %" PRIu64 " bytes): %s",
				exup_pin_get_size(data, image->size_bytes), data,
				client->pool_bytes, client->available_bytes, strerror(-ret));
		return get_reason(ret);
	}
	g2d_image = (struct exup_g2d_image){
		.bo = bo,
		.format = image->format,
		.width = image->width,
		.height = image->height,
		.stride = image->stride,
		.offset_bytes = exup_bo_get_offset(bo),
	};
	pin->offset_bytes = exup_bo_get_offset(bo);
	if (exup_g2d_check_image(&g2d_image) < 0) {
		exup_client_log(client,
				"the engine cannot address %ux%u pixels that begin %u bytes into a "
				"page",
				image->width, image->height, pin->offset_bytes);
		reason = EXUP_REASON_GEOMETRY;
	} else {
		ret = exup_bo_export(bo, &pin->dmabuf_fd);
		if (ret < 0) {
			exup_client_log(client, "cannot export %" PRIu64 " pinned bytes: %s",
					exup_bo_get_size(bo), strerror(-ret));
			reason = EXUP_REASON_OTHER;
		}
	}
	/* the dma-buf holds the memory by itself */
	exup_bo_destroy(bo);
	return reason;
}
