// SPDX-License-Identifier: MIT
/* libexynos-userptr-gbm: what libexynos-userptr wants to know about a gbm_bo. */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <gbm.h>

#include "exynos-userptr-gbm.h"

static int
map(void *map_data, const void **pixels, uint32_t *stride, void **mapping)
{
	struct gbm_bo *bo = map_data;
	void *addr;

	*mapping = NULL;
	/* not every driver sets it */
	errno = 0;
	addr = gbm_bo_map(bo, 0, 0, gbm_bo_get_width(bo), gbm_bo_get_height(bo),
			  GBM_BO_TRANSFER_READ, stride, mapping);
	if (!addr) {
		return errno > 0 ? -errno : -EIO;
	}
	*pixels = addr;
	return 0;
}

static void
unmap(void *map_data, void *mapping)
{
	gbm_bo_unmap(map_data, mapping);
}

int
exup_buffer_create_from_gbm(struct exup_client *client, struct gbm_bo *bo,
			    const struct exup_buffer_listener *listener, void *data,
			    struct exup_buffer **buffer)
{
	struct exup_dmabuf_info info;
	uint64_t modifier;
	int ret;

	if (!bo) {
		return -EINVAL;
	}
	info = (struct exup_dmabuf_info){
		.offset_bytes = gbm_bo_get_offset(bo, 0),
		.width = gbm_bo_get_width(bo),
		.height = gbm_bo_get_height(bo),
		.stride = gbm_bo_get_stride(bo),
		.fourcc = gbm_bo_get_format(bo),
		.map = map,
		.unmap = unmap,
		.map_data = bo,
	};
	modifier = gbm_bo_get_modifier(bo);
	if (gbm_bo_get_plane_count(bo) != 1 ||
	    (modifier != DRM_FORMAT_MOD_LINEAR && modifier != DRM_FORMAT_MOD_INVALID)) {
		return -EINVAL;
	}
	errno = 0;
	info.fd = gbm_bo_get_fd(bo);
	if (info.fd < 0) {
		return errno == EMFILE ? -EMFILE : -EBADF;
	}
	ret = exup_buffer_create_from_dmabuf(client, &info, listener, data, buffer);
	close(info.fd);
	return ret;
}
