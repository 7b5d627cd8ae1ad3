// SPDX-License-Identifier: MIT
/* zwp_linux_buffer_params_v1: all that a client says about a buffer, checked once, imported. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "client-account.h"
#include "fimg2d_regs.h"
#include "linux-dmabuf-private.h"
#include "linux-dmabuf-unstable-v1-server-protocol.h"

/* DRM's own maximum, struct drm_mode_fb_cmd2; higher indices are never valid */
#define PLANES_MAX 4

/* Descriptors that a client may have waiting for `create`: one at a time is what clients have. */
#define CLIENT_DESCRIPTORS_MAX 32

/** struct plane - arguments of `add`; @fd is -1 while the plane has not been added */
struct plane {
	int fd;
	uint32_t offset_bytes;
	uint32_t stride;
	uint64_t modifier;
};

/**
 * struct exup_plugin_params
 * @dmabuf: NULL once the global has been withdrawn
 * @account: of the client, charged for @planes
 * @link: in dmabuf->params
 * @is_over_limit: a plane was dropped, so that no buffer can be made
 * @used: a `create` or `create_immed` has been handled, whatever came of it
 */
struct exup_plugin_params {
	struct exup_plugin_dmabuf *dmabuf;
	struct wl_resource *resource;
	struct exup_plugin_account *account;
	struct wl_list link;
	struct plane planes[PLANES_MAX];
	bool is_over_limit;
	bool used;
};

/** struct request - arguments of `create` and `create_immed`; @buffer_id is 0 for the first */
struct request {
	uint32_t buffer_id;
	int32_t width;
	int32_t height;
	uint32_t fourcc;
	uint32_t flags;
};

/**
 * struct refusal - why a buffer cannot be made
 * @error: enum zwp_linux_buffer_params_v1_error, where the answer is a protocol error
 * @is_fatal: no correct client does this, or the protocol demands it: `create` too raises @error
 *	instead of sending `failed`
 * @reason: as long as what libwayland sends with an error
 */
struct refusal {
	uint32_t error;
	bool is_fatal;
	char reason[128];
};

/* Always returns false, for checks to end with. */
static bool __attribute__((format(printf, 4, 5)))
refuse(struct refusal *refusal, uint32_t error, bool is_fatal, const char *format, ...)
{
	va_list args;

	refusal->error = error;
	refusal->is_fatal = is_fatal;
	va_start(args, format);
	vsnprintf(refusal->reason, sizeof(refusal->reason), format, args);
	va_end(args);
	return false;
}

static void
close_planes(struct exup_plugin_params *params)
{
	size_t i;

	for (i = 0; i < PLANES_MAX; i++) {
		if (params->planes[i].fd >= 0) {
			close(params->planes[i].fd);
			params->planes[i].fd = -1;
			exup_plugin_account_refund(params->account, EXUP_PLUGIN_COST_DESCRIPTORS,
						   1);
		}
	}
}

static void
params_handle_resource_destroy(struct wl_resource *resource)
{
	struct exup_plugin_params *params = wl_resource_get_user_data(resource);

	wl_list_remove(&params->link);
	close_planes(params);
	exup_plugin_account_unref(params->account);
	free(params);
}

static void
params_destroy(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	wl_resource_destroy(resource);
}

static bool
check_add(const struct exup_plugin_params *params, uint32_t plane_index, struct refusal *refusal)
{
	if (params->used) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_ALREADY_USED, true,
			      "a buffer has already been requested with these params");
	}
	if (plane_index >= PLANES_MAX) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_PLANE_IDX, true,
			      "plane index %" PRIu32 " of at most %d", plane_index, PLANES_MAX - 1);
	}
	if (params->planes[plane_index].fd >= 0) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_PLANE_SET, true,
			      "plane %" PRIu32 " has already been added", plane_index);
	}
	return true;
}

static void
params_add(struct wl_client *client, struct wl_resource *resource, int32_t fd, uint32_t plane_index,
	   uint32_t offset, uint32_t stride, uint32_t modifier_hi, uint32_t modifier_lo)
{
	struct exup_plugin_params *params = wl_resource_get_user_data(resource);
	struct refusal refusal;

	(void)client;
	if (!check_add(params, plane_index, &refusal)) {
		close(fd);
		exup_plugin_account_log(params->account,
					"refused a plane: %s; the client is "
					"disconnected",
					refusal.reason);
		wl_resource_post_error(resource, refusal.error, "%s", refusal.reason);
		return;
	}
	if (!exup_plugin_account_charge(params->account, EXUP_PLUGIN_COST_DESCRIPTORS, 1,
					CLIENT_DESCRIPTORS_MAX)) {
		close(fd);
		params->is_over_limit = true;
		return;
	}
	params->planes[plane_index] = (struct plane){
		.fd = fd,
		.offset_bytes = offset,
		.stride = stride,
		.modifier = (uint64_t)modifier_hi << 32 | modifier_lo,
	};
}

/* The format and the modifiers: the protocol makes an error of both from version 4 on only. */
static bool
check_format(const struct exup_plugin_params *params, const struct request *request,
	     struct refusal *refusal)
{
	const uint32_t error = ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_FORMAT;
	bool is_fatal = wl_resource_get_version(params->resource) >=
			ZWP_LINUX_DMABUF_V1_GET_DEFAULT_FEEDBACK_SINCE_VERSION;
	const struct plane *plane;
	const struct plane *first = NULL;
	size_t i;

	for (i = 0; i < PLANES_MAX; i++) {
		plane = &params->planes[i];
		if (plane->fd < 0) {
			continue;
		}
		if (first && plane->modifier != first->modifier) {
			return refuse(refusal, error, is_fatal,
				      "planes with modifiers 0x%" PRIx64 " and 0x%" PRIx64,
				      first->modifier, plane->modifier);
		}
		if (!exup_plugin_feedback_has_pair(params->dmabuf->feedback, request->fourcc,
						   plane->modifier)) {
			return refuse(refusal, error, is_fatal,
				      "format 0x%" PRIx32 " with modifier 0x%" PRIx64
				      " was not announced",
				      request->fourcc, plane->modifier);
		}
		first = plane;
	}
	return true;
}

/* All formats of the engine have one plane. */
static bool
check_planes(const struct exup_plugin_params *params, struct refusal *refusal)
{
	const uint32_t error = ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INCOMPLETE;
	int i;

	if (params->planes[0].fd < 0) {
		return refuse(refusal, error, true, "plane 0 has not been added");
	}
	for (i = 1; i < PLANES_MAX; i++) {
		if (params->planes[i].fd >= 0) {
			return refuse(refusal, error, true,
				      "plane %d has been added to a format of one plane", i);
		}
	}
	return true;
}

/* What can be told without the memory. */
static bool
check_layout(const struct exup_plugin_params *params, const struct request *request,
	     struct refusal *refusal)
{
	const struct exup_format *format = exup_format_get(request->fourcc);
	const struct plane *plane = &params->planes[0];
	uint64_t row_bytes;

	if (request->width <= 0 || request->height <= 0) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_DIMENSIONS, true,
			      "no pixels");
	}
	row_bytes = (uint64_t)request->width * format->bytes_per_pixel;
	if (plane->stride < row_bytes) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_OUT_OF_BOUNDS, true,
			      "a row has %" PRIu64 " bytes, more than the stride", row_bytes);
	}
	/* the project counts in int from here on; no row of a dma-buf is that long */
	if (plane->stride > INT32_MAX) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_OUT_OF_BOUNDS, true,
			      "the stride is larger than any dma-buf");
	}
	if (request->flags & ZWP_LINUX_BUFFER_PARAMS_V1_FLAGS_Y_INVERT) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_WL_BUFFER, false,
			      "y-inverted contents are not supported");
	}
	/* the protocol's own advice for interlaced buffers; and bits that it does not know */
	if (request->flags != 0) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_WL_BUFFER, false,
			      "flags 0x%" PRIx32 " are not supported", request->flags);
	}
	if (plane->stride > FIMG2D_STRIDE_MAX) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_WL_BUFFER, false,
			      "the engine's register holds strides up to %u bytes",
			      FIMG2D_STRIDE_MAX);
	}
	if (exup_format_check_image(format, (uint32_t)request->width, (uint32_t)request->height,
				    plane->stride, plane->offset_bytes, UINT64_MAX) < 0) {
		return refuse(
			refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_WL_BUFFER, false,
			"too large for the engine, or stride or offset no multiple of %" PRIu32
			" bytes",
			format->bytes_per_pixel);
	}
	return true;
}

static bool
check_memory(const struct exup_g2d_image *image, struct refusal *refusal)
{
	uint64_t size_bytes = exup_bo_get_size(image->bo);

	/* the stride has been compared with the row, so that only the end can be wrong */
	if (exup_format_check_image(image->format, image->width, image->height, image->stride,
				    image->offset_bytes, size_bytes) < 0) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_OUT_OF_BOUNDS, true,
			      "it ends past the dma-buf of %" PRIu64 " bytes", size_bytes);
	}
	if (exup_g2d_check_image(image) < 0) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_WL_BUFFER, false,
			      "the offset is out of reach of the engine's coordinates");
	}
	return true;
}

static bool
import(const struct exup_plugin_params *params, const struct request *request,
       struct exup_g2d_image *image, struct refusal *refusal)
{
	const struct plane *plane = &params->planes[0];
	int ret;

	*image = (struct exup_g2d_image){
		.format = exup_format_get(request->fourcc),
		.width = (uint32_t)request->width,
		.height = (uint32_t)request->height,
		.stride = plane->stride,
		.offset_bytes = plane->offset_bytes,
	};
	ret = exup_bo_import(params->dmabuf->device, plane->fd, &image->bo);
	if (ret < 0) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_WL_BUFFER, false,
			      "the device cannot import the fd: %s", strerror(-ret));
	}
	if (!check_memory(image, refusal)) {
		exup_bo_destroy(image->bo);
		return false;
	}
	return true;
}

static void
answer_refusal(const struct exup_plugin_params *params, const struct request *request,
	       const struct refusal *refusal)
{
	bool is_fatal = refusal->is_fatal || request->buffer_id != 0;
	const struct plane *plane = &params->planes[0];

	exup_plugin_account_log(params->account,
				"refused a buffer (%" PRId32 "x%" PRId32 ", format 0x%" PRIx32
				", modifier 0x%" PRIx64 ", stride %" PRIu32 ", offset %" PRIu32
				", flags 0x%" PRIx32 "): %s; the client %s",
				request->width, request->height, request->fourcc, plane->modifier,
				plane->stride, plane->offset_bytes, request->flags, refusal->reason,
				is_fatal ? "is disconnected" : "may use wl_shm");
	if (is_fatal) {
		wl_resource_post_error(params->resource, refusal->error, "%s", refusal->reason);
	} else {
		zwp_linux_buffer_params_v1_send_failed(params->resource);
	}
}

static bool
check_and_import(const struct exup_plugin_params *params, const struct request *request,
		 struct exup_g2d_image *image, struct refusal *refusal)
{
	if (!params->dmabuf) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_WL_BUFFER, false,
			      "the compositor has withdrawn zwp_linux_dmabuf_v1");
	}
	if (params->is_over_limit) {
		return refuse(refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_WL_BUFFER, false,
			      "the client has %d descriptors waiting in such requests",
			      CLIENT_DESCRIPTORS_MAX);
	}
	return check_format(params, request, refusal) && check_planes(params, refusal) &&
	       check_layout(params, request, refusal) && import(params, request, image, refusal);
}

static void
create_buffer(struct exup_plugin_params *params, const struct request *request)
{
	struct exup_g2d_image image;
	struct wl_resource *buffer;
	struct refusal refusal;

	if (params->used) {
		refuse(&refusal, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_ALREADY_USED, true,
		       "a buffer has already been requested with these params");
		answer_refusal(params, request, &refusal);
		return;
	}
	params->used = true;
	if (!check_and_import(params, request, &image, &refusal)) {
		answer_refusal(params, request, &refusal);
		goto out;
	}
	buffer = exup_plugin_buffer_create(params->dmabuf, wl_resource_get_client(params->resource),
					   request->buffer_id, &image);
	if (!buffer) {
		exup_bo_destroy(image.bo);
		wl_resource_post_no_memory(params->resource);
		goto out;
	}
	if (request->buffer_id == 0) {
		zwp_linux_buffer_params_v1_send_created(params->resource, buffer);
	}

out:
	/* the import has its own reference to the memory */
	close_planes(params);
}

static void
params_create(struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height,
	      uint32_t fourcc, uint32_t flags)
{
	const struct request request = {
		.width = width,
		.height = height,
		.fourcc = fourcc,
		.flags = flags,
	};

	(void)client;
	create_buffer(wl_resource_get_user_data(resource), &request);
}

static void
params_create_immed(struct wl_client *client, struct wl_resource *resource, uint32_t buffer_id,
		    int32_t width, int32_t height, uint32_t fourcc, uint32_t flags)
{
	const struct request request = {
		.buffer_id = buffer_id,
		.width = width,
		.height = height,
		.fourcc = fourcc,
		.flags = flags,
	};

	(void)client;
	create_buffer(wl_resource_get_user_data(resource), &request);
}

static const struct zwp_linux_buffer_params_v1_interface params_implementation = {
	.destroy = params_destroy,
	.add = params_add,
	.create = params_create,
	.create_immed = params_create_immed,
};

void
exup_plugin_params_create(struct exup_plugin_dmabuf *dmabuf, struct wl_resource *manager,
			  uint32_t id)
{
	struct exup_plugin_params *params;
	size_t i;

	params = calloc(1, sizeof(*params));
	if (!params) {
		goto err;
	}
	params->account = exup_plugin_account_get(wl_resource_get_client(manager));
	if (!params->account) {
		goto err_params;
	}
	params->resource = wl_resource_create(wl_resource_get_client(manager),
					      &zwp_linux_buffer_params_v1_interface,
					      wl_resource_get_version(manager), id);
	if (!params->resource) {
		goto err_account;
	}
	for (i = 0; i < PLANES_MAX; i++) {
		params->planes[i].fd = -1;
	}
	params->dmabuf = dmabuf;
	wl_list_init(&params->link);
	if (dmabuf) {
		wl_list_insert(&dmabuf->params, &params->link);
	}
	wl_resource_set_implementation(params->resource, &params_implementation, params,
				       params_handle_resource_destroy);
	return;

err_account:
	exup_plugin_account_unref(params->account);
err_params:
	free(params);
err:
	wl_resource_post_no_memory(manager);
}

void
exup_plugin_params_detach_all(struct exup_plugin_dmabuf *dmabuf)
{
	struct exup_plugin_params *params, *next;

	wl_list_for_each_safe (params, next, &dmabuf->params, link) {
		wl_list_remove(&params->link);
		wl_list_init(&params->link);
		params->dmabuf = NULL;
	}
}
