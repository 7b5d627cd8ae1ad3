// SPDX-License-Identifier: MIT
/* Images in dma-bufs of other drivers: what may be imported, and reading them with the CPU. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "bo.h"
#include "client-private.h"

static enum exup_reason
get_reason(struct exup_client *client, const struct exup_dmabuf_info *info,
	   const struct exup_image *image, uint64_t dmabuf_bytes)
{
	uint64_t end_bytes;

	if (client->flags & EXUP_CLIENT_FORCE_SHM) {
		return EXUP_REASON_FORCED;
	}
	if (!client->dmabuf) {
		return EXUP_REASON_NO_PROTOCOL;
	}
	if (!exup_client_offers_format(client, image->format)) {
		return EXUP_REASON_FORMAT;
	}
	/*
	 * Compositors count the last row in full, and with 32 bits: they end the connection of who
	 * has it outside of either.
	 */
	end_bytes = info->offset_bytes + (uint64_t)info->stride * info->height;
	if (end_bytes > dmabuf_bytes || end_bytes > UINT32_MAX) {
		exup_client_log(client,
				"a dma-buf of %" PRIu64 " bytes cannot be sent for %ux%u pixels "
				"that end after %" PRIu64 " bytes, the last stride included: path "
				"shm",
				dmabuf_bytes, info->width, info->height, end_bytes);
		return EXUP_REASON_GEOMETRY;
	}
	return EXUP_REASON_NONE;
}

int
exup_foreign_init(struct exup_foreign *foreign, struct exup_client *client,
		  const struct exup_dmabuf_info *info, const struct exup_image *image,
		  enum exup_reason *reason)
{
	uint64_t dmabuf_bytes, end_bytes;

	if (!info->map != !info->unmap) {
		return -EINVAL;
	}
	if (client->sys->get_size(client->sys, info->fd, &dmabuf_bytes) < 0) {
		return -EBADF;
	}
	/* both fit into 63 bits; the second limit is that of a mapping */
	end_bytes = info->offset_bytes + image->size_bytes;
	if (end_bytes > dmabuf_bytes || (!info->map && end_bytes > PTRDIFF_MAX)) {
		return -EINVAL;
	}
	foreign->info = *info;
	foreign->fd = -1;
	foreign->mapped_bytes = 0;
	*reason = get_reason(client, info, image, dmabuf_bytes);
	if (info->map) {
		return 0;
	}
	foreign->mapped_bytes = (size_t)end_bytes;
	foreign->fd = fcntl(info->fd, F_DUPFD_CLOEXEC, 0);
	return foreign->fd < 0 ? -errno : 0;
}

void
exup_foreign_fini(struct exup_foreign *foreign, struct exup_client *client)
{
	if (foreign->fd >= 0) {
		client->sys->close(client->sys, foreign->fd);
	}
}

/* The application's own function: what it says is checked before it is read. */
static int
map_with_callback(struct exup_foreign *foreign, const void **pixels, uint32_t *stride,
		  void **mapping)
{
	const struct exup_dmabuf_info *info = &foreign->info;
	struct exup_image image;
	int ret;

	*pixels = NULL;
	*stride = info->stride;
	*mapping = NULL;
	ret = info->map(info->map_data, pixels, stride, mapping);
	if (ret != 0) {
		return ret < 0 ? ret : -EIO;
	}
	ret = exup_image_init(&image, info->width, info->height, *stride, info->fourcc);
	if (ret == 0 && !*pixels) {
		ret = -EFAULT;
	}
	if (ret < 0) {
		info->unmap(info->map_data, *mapping);
	}
	return ret;
}

int
exup_foreign_map(struct exup_foreign *foreign, struct exup_client *client, const void **pixels,
		 uint32_t *stride, void **mapping)
{
	const struct exup_sys *sys = client->sys;
	int ret;

	if (foreign->info.map) {
		return map_with_callback(foreign, pixels, stride, mapping);
	}
	ret = sys->map(sys, foreign->fd, foreign->mapped_bytes, PROT_READ, mapping);
	if (ret < 0) {
		return ret;
	}
	ret = exup_dmabuf_begin_access(sys, foreign->fd, EXUP_BO_READ);
	if (ret < 0) {
		sys->unmap(sys, *mapping, foreign->mapped_bytes);
		return ret;
	}
	*pixels = (const uint8_t *)*mapping + foreign->info.offset_bytes;
	*stride = foreign->info.stride;
	return 0;
}

void
exup_foreign_unmap(struct exup_foreign *foreign, struct exup_client *client, void *mapping)
{
	const struct exup_sys *sys = client->sys;

	if (foreign->info.map) {
		foreign->info.unmap(foreign->info.map_data, mapping);
		return;
	}
	/* what was read cannot be unread: nothing to do about an error */
	exup_dmabuf_end_access(sys, foreign->fd, EXUP_BO_READ);
	sys->unmap(sys, mapping, foreign->mapped_bytes);
}
