// SPDX-License-Identifier: MIT
/* Pinning an image in the application's memory, and what it means when the driver refuses. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
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

/* RLIMIT_MEMLOCK of this process, in bytes, which those with CAP_IPC_LOCK need not care for. */
static uint64_t
get_memlock_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY) {
		return UINT64_MAX;
	}
	return limit.rlim_cur;
}

bool
exup_pin_can_wait(const struct exup_client *client, uint64_t needed_bytes, enum exup_reason reason)
{
	switch (reason) {
	case EXUP_REASON_LIMIT:
		return needed_bytes <= client->max_buffer_bytes;
	case EXUP_REASON_MEMLOCK:
		return needed_bytes <= get_memlock_limit();
	default:
		return false;
	}
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

static void
describe_full_pool(struct exup_client *client, char *text, size_t text_bytes)
{
	struct exup_pool pool;

	/* the driver's own numbers: those of the compositor promised room, or it was not asked */
	if (exup_device_get_pool(client->device, &pool) == 0) {
		snprintf(text, text_bytes,
			 "%" PRIu64 " bytes of the driver's pool of %" PRIu64
			 " are pinned: path shm until there is room",
			 pool.pinned_bytes, pool.limit_bytes);
	} else {
		snprintf(text, text_bytes,
			 "the driver's pool of %" PRIu64
			 " bytes is full: path shm until there is room",
			 client->pool_bytes);
	}
}

static void
describe_memlock(uint64_t needed_bytes, char *text, size_t text_bytes)
{
	uint64_t limit_bytes = get_memlock_limit();

	if (limit_bytes == UINT64_MAX) {
		snprintf(text, text_bytes,
			 "RLIMIT_MEMLOCK is unlimited, so there is no memory: path shm until there "
			 "is");
	} else if (needed_bytes > limit_bytes) {
		snprintf(text, text_bytes,
			 "more than RLIMIT_MEMLOCK, %" PRIu64 " bytes, ever allows: path shm",
			 limit_bytes);
	} else {
		snprintf(text, text_bytes,
			 "RLIMIT_MEMLOCK, %" PRIu64
			 " bytes, has not that much left (or there is no memory): path shm until "
			 "there is",
			 limit_bytes);
	}
}

static void
log_refusal(struct exup_client *client, const void *data, uint64_t needed_bytes, int error)
{
	char text[160];

	switch (error) {
	case -EINVAL:
		describe_full_pool(client, text, sizeof(text));
		break;
	case -ENOMEM:
		describe_memlock(needed_bytes, text, sizeof(text));
		break;
	case -EFAULT:
		snprintf(text, sizeof(text),
			 "not mapped, a device's, a shared mapping of a file on a disk, or (where "
			 "the driver is older than 1.3) read-only: path shm");
		break;
	case -ENXIO:
		snprintf(text, sizeof(text),
			 "scattered pages without an IOMMU, or a part of a buffer object: path "
			 "shm");
		break;
	case -ENOTSUP:
		snprintf(text, sizeof(text), "the driver has no userptr support: path shm");
		break;
	default:
		snprintf(text, sizeof(text), "%s: path shm", strerror(-error));
		break;
	}
	exup_client_log(client, "cannot pin %" PRIu64 " bytes at %p: %s", needed_bytes, data, text);
}

static enum exup_reason
check(struct exup_client *client, const void *data, const struct exup_image *image)
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
exup_pin_create(struct exup_client *client, const void *data, const struct exup_image *image,
		enum exup_reason known, struct exup_pin *pin)
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
		reason = get_reason(ret);
		if (reason != known) {
			log_refusal(client, data, exup_pin_get_size(data, image->size_bytes), ret);
		}
		return reason;
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
