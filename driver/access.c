// SPDX-License-Identifier: MIT
/* Keeping CPU and engine coherent: of an object's memory as a whole, or of rectangles of it. */
#include <errno.h>

#include <drm.h>
#include <linux/dma-buf.h>

#include "access.h"
#include "bo-private.h"
#include "exynos_drm_uapi.h"

/** struct ranges - rectangles as the driver takes them; @size_bytes: of all of them together */
struct ranges {
	struct exup_exynos_gem_sync_range list[EXUP_EXYNOS_GEM_SYNC_RANGES_MAX];
	uint32_t count;
	uint64_t size_bytes;
};

static int
dmabuf_sync(const struct exup_sys *sys, int dmabuf_fd, enum exup_bo_access access, uint64_t phase)
{
	struct dma_buf_sync args = { .flags = phase };

	if (access & EXUP_BO_READ) {
		args.flags |= DMA_BUF_SYNC_READ;
	}
	if (access & EXUP_BO_WRITE) {
		args.flags |= DMA_BUF_SYNC_WRITE;
	}
	return sys->ioctl(sys, dmabuf_fd, DMA_BUF_IOCTL_SYNC, &args);
}

int
exup_dmabuf_begin_access(const struct exup_sys *sys, int dmabuf_fd, enum exup_bo_access access)
{
	return dmabuf_sync(sys, dmabuf_fd, access, DMA_BUF_SYNC_START);
}

int
exup_dmabuf_end_access(const struct exup_sys *sys, int dmabuf_fd, enum exup_bo_access access)
{
	return dmabuf_sync(sys, dmabuf_fd, access, DMA_BUF_SYNC_END);
}

/*
 * The driver's own memory is mapped write-combined for everybody, and no cache holds any of it. (It
 * has other memory without this flag, but tells dma-bufs of other drivers the same way.)
 */
static bool
is_coherent(const struct exup_bo *bo)
{
	return bo->flags & EXUP_EXYNOS_BO_WC &&
	       !(bo->flags & (EXUP_EXYNOS_BO_CACHABLE | EXUP_EXYNOS_BO_USERPTR));
}

/* A compositor has many objects and few descriptors: one is open for as long as the call takes. */
static int
sync_whole(struct exup_bo *bo, int dmabuf_fd, enum exup_bo_access access, uint64_t phase)
{
	const struct exup_sys *sys = bo->device->sys;
	int fd = dmabuf_fd;
	int ret;

	if (is_coherent(bo)) {
		return 0;
	}
	if (fd < 0) {
		ret = exup_bo_export(bo, &fd);
		if (ret < 0) {
			return ret;
		}
	}
	ret = dmabuf_sync(sys, fd, access, phase);
	if (fd != dmabuf_fd) {
		sys->close(sys, fd);
	}
	return ret;
}

int
exup_bo_begin_access(struct exup_bo *bo, enum exup_bo_access access)
{
	return sync_whole(bo, -1, access, DMA_BUF_SYNC_START);
}

int
exup_bo_end_access(struct exup_bo *bo, enum exup_bo_access access)
{
	return sync_whole(bo, -1, access, DMA_BUF_SYNC_END);
}

/* Cuts a box to an image of at most FIMG2D_COORDINATE_MAX each way. False if nothing is left. */
static bool
clip(const struct exup_g2d_image *image, const struct exup_box *box, struct exup_box *clipped)
{
	int32_t width = (int32_t)image->width, height = (int32_t)image->height;

	clipped->x1 = box->x1 > 0 ? box->x1 : 0;
	clipped->y1 = box->y1 > 0 ? box->y1 : 0;
	clipped->x2 = box->x2 < width ? box->x2 : width;
	clipped->y2 = box->y2 < height ? box->y2 : height;
	return clipped->x1 < clipped->x2 && clipped->y1 < clipped->y2;
}

static void
add_range(struct ranges *ranges, const struct exup_g2d_image *image, const struct exup_box *box)
{
	struct exup_exynos_gem_sync_range *range = &ranges->list[ranges->count++];
	uint32_t pixel_bytes = image->format->bytes_per_pixel;

	*range = (struct exup_exynos_gem_sync_range){
		.offset = image->offset_bytes + (uint64_t)box->y1 * image->stride +
			  (uint64_t)box->x1 * pixel_bytes,
		.stride = image->stride,
		.row_bytes = (uint32_t)(box->x2 - box->x1) * pixel_bytes,
		.rows = (uint32_t)(box->y2 - box->y1),
	};
	ranges->size_bytes += (uint64_t)range->rows * range->row_bytes;
}

/* Of more boxes than the driver takes at once: one round all of them. */
static void
make_ranges(struct ranges *ranges, const struct exup_g2d_image *image, const struct exup_box *boxes,
	    uint32_t box_count)
{
	struct exup_box bounds = { INT32_MAX, INT32_MAX, 0, 0 };
	struct exup_box box;
	uint32_t i;

	ranges->count = 0;
	ranges->size_bytes = 0;
	for (i = 0; i < box_count; i++) {
		if (!clip(image, &boxes[i], &box)) {
			continue;
		}
		if (box_count <= EXUP_EXYNOS_GEM_SYNC_RANGES_MAX) {
			add_range(ranges, image, &box);
		}
		bounds.x1 = box.x1 < bounds.x1 ? box.x1 : bounds.x1;
		bounds.y1 = box.y1 < bounds.y1 ? box.y1 : bounds.y1;
		bounds.x2 = box.x2 > bounds.x2 ? box.x2 : bounds.x2;
		bounds.y2 = box.y2 > bounds.y2 ? box.y2 : bounds.y2;
	}
	if (ranges->count == 0 && bounds.x2 > 0) {
		add_range(ranges, image, &bounds);
	}
}

/* Whether to leave something out is worth the trouble: more than a quarter. */
static bool
is_most(const struct ranges *ranges, const struct exup_bo *bo)
{
	return ranges->size_bytes >= bo->size_bytes - bo->size_bytes / 4;
}

/*
 * The flags are those of DMA_BUF_IOCTL_SYNC. An object of another driver is that one's business,
 * who is asked through the dma-buf.
 */
static int
sync_ranges(struct exup_bo *bo, const struct ranges *ranges, enum exup_bo_access access,
	    uint64_t phase)
{
	struct exup_exynos_gem_sync args = {
		.handle = bo->handle,
		.ranges = (uintptr_t)ranges->list,
		.nr_ranges = ranges->count,
	};
	const struct exup_device *device = bo->device;

	if (!device->has_gem_sync || !(bo->flags & EXUP_EXYNOS_BO_USERPTR)) {
		return -ENOTSUP;
	}
	if (access & EXUP_BO_READ) {
		args.flags |= EXUP_EXYNOS_GEM_SYNC_READ;
	}
	if (access & EXUP_BO_WRITE) {
		args.flags |= EXUP_EXYNOS_GEM_SYNC_WRITE;
	}
	if (phase == DMA_BUF_SYNC_END) {
		args.flags |= EXUP_EXYNOS_GEM_SYNC_END;
	}
	return device->sys->ioctl(device->sys, device->fd, EXUP_IOCTL_EXYNOS_GEM_SYNC, &args);
}

static int
sync_boxes(const struct exup_g2d_image *image, int dmabuf_fd, enum exup_bo_access access,
	   uint64_t phase, const struct exup_box *boxes, uint32_t box_count)
{
	struct ranges ranges;
	int ret;

	ret = exup_format_check_image(image->format, image->width, image->height, image->stride,
				      image->offset_bytes, image->bo->size_bytes);
	if (ret < 0) {
		return -EINVAL;
	}
	make_ranges(&ranges, image, boxes, box_count);
	if (ranges.count == 0) {
		return 0;
	}
	if (!is_most(&ranges, image->bo) && sync_ranges(image->bo, &ranges, access, phase) == 0) {
		return 0;
	}
	/* never wrong, and it has the errno that counts */
	return sync_whole(image->bo, dmabuf_fd, access, phase);
}

int
exup_image_begin_access(const struct exup_g2d_image *image, int dmabuf_fd,
			enum exup_bo_access access, const struct exup_box *boxes,
			uint32_t box_count)
{
	return sync_boxes(image, dmabuf_fd, access, DMA_BUF_SYNC_START, boxes, box_count);
}

int
exup_image_end_access(const struct exup_g2d_image *image, int dmabuf_fd, enum exup_bo_access access,
		      const struct exup_box *boxes, uint32_t box_count)
{
	return sync_boxes(image, dmabuf_fd, access, DMA_BUF_SYNC_END, boxes, box_count);
}
