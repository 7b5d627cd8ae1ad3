// SPDX-License-Identifier: MIT
/* What a surface shows: colours, clients' images, wl_shm buffers and copies of them. */
#include <drm_fourcc.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "cpu-image.h"
#include "exynos-userptr-v1-server-protocol.h"
#include "fimg2d_regs.h"
#include "log.h"
#include "shm-format.h"

/* Rows of an upload begin on a multiple of this, which every bus burst divides. */
#define UPLOAD_STRIDE_ALIGN 64

static void
refund(struct exup_plugin_content *content)
{
	if (content->charged_bytes > 0) {
		exup_plugin_account_refund(content->account, EXUP_PLUGIN_COST_UPLOAD_BYTES,
					   content->charged_bytes);
		content->charged_bytes = 0;
	}
}

static void
free_upload(struct exup_plugin_content *content)
{
	exup_bo_destroy(content->upload.bo);
	content->upload.bo = NULL;
	free(content->upload_copy);
	content->upload_copy = NULL;
	refund(content);
}

void
exup_plugin_content_clear(struct exup_plugin_content *content)
{
	free_upload(content);
	exup_plugin_account_unref(content->account);
	content->account = NULL;
	content->shm = NULL;
	exup_plugin_image_unref(content->image);
	content->image = NULL;
	content->kind = EXUP_PLUGIN_CONTENT_NONE;
	content->seqno = 0;
	content->width = 0;
	content->height = 0;
}

void
exup_plugin_content_set_solid(struct exup_plugin_content *content, const pixman_color_t *color)
{
	exup_plugin_content_clear(content);
	content->kind = EXUP_PLUGIN_CONTENT_SOLID;
	content->solid = *color;
}

void
exup_plugin_content_set_image(struct exup_plugin_content *content, struct exup_plugin_image *image)
{
	exup_plugin_image_ref(image);
	exup_plugin_content_clear(content);
	content->kind = EXUP_PLUGIN_CONTENT_IN_PLACE;
	content->image = image;
	content->width = (int32_t)image->g2d.width;
	content->height = (int32_t)image->g2d.height;
}

static uint64_t
get_upload_bytes(const struct exup_plugin_content *content)
{
	return (uint64_t)content->upload.stride * content->upload.height;
}

static int
charge(struct exup_plugin_content *content, uint64_t limit_bytes)
{
	uint64_t size_bytes = get_upload_bytes(content);

	if (!exup_plugin_account_charge(content->account, EXUP_PLUGIN_COST_UPLOAD_BYTES, size_bytes,
					limit_bytes)) {
		return -EDQUOT;
	}
	content->charged_bytes = size_bytes;
	return 0;
}

static int
alloc_upload(struct exup_plugin_content *content, const struct exup_plugin_upload_memory *memory)
{
	struct exup_g2d_image *upload = &content->upload;
	int ret;

	if (upload->width > FIMG2D_COORDINATE_MAX || upload->height > FIMG2D_COORDINATE_MAX) {
		return -ERANGE;
	}
	ret = charge(content, memory->client_limit_bytes);
	if (ret < 0) {
		return ret;
	}
	ret = exup_bo_create(memory->device, get_upload_bytes(content), &upload->bo);
	if (ret < 0) {
		upload->bo = NULL;
		refund(content);
	}
	return ret;
}

static bool
is_same_upload(const struct exup_plugin_content *content,
	       const struct exup_plugin_shm_format *format, int32_t width, int32_t height)
{
	return content->kind == EXUP_PLUGIN_CONTENT_UPLOAD && content->width == width &&
	       content->height == height && content->upload_source_format == format->pixman;
}

/*
 * libwayland compares the stride with the width, but bytes with pixels, and lets rows be of any
 * length that fits into the pool: the rest is checked here.
 */
static int
check_shm(struct wl_shm_buffer *shm, const struct exup_plugin_shm_format *format)
{
	int32_t width = wl_shm_buffer_get_width(shm);
	int32_t height = wl_shm_buffer_get_height(shm);
	int32_t stride = wl_shm_buffer_get_stride(shm);

	if (!format || width <= 0 || height <= 0 ||
	    (int64_t)stride < (int64_t)width * (PIXMAN_FORMAT_BPP(format->pixman) / 8)) {
		return -EINVAL;
	}
	/* pixman's rows are whole words, and it draws nothing beyond its 16-bit coordinates */
	if (stride % 4 != 0 || width > INT16_MAX || height > INT16_MAX) {
		return -ENOTSUP;
	}
	return 0;
}

/* The client's memory as pixman sees it, of a buffer that check_shm() has accepted. */
static pixman_image_t *
create_shm_image(struct wl_shm_buffer *shm)
{
	const struct exup_plugin_shm_format *format =
		exup_plugin_shm_format_get(wl_shm_buffer_get_format(shm));

	return pixman_image_create_bits_no_clear(
		format->pixman, wl_shm_buffer_get_width(shm), wl_shm_buffer_get_height(shm),
		wl_shm_buffer_get_data(shm), wl_shm_buffer_get_stride(shm));
}

/* A client that shrinks its pool gets an error from libwayland, and we get zeroes. */
static pixman_image_t *
begin_shm(struct wl_shm_buffer *shm)
{
	pixman_image_t *pixels = create_shm_image(shm);

	if (pixels) {
		wl_shm_buffer_begin_access(shm);
	}
	return pixels;
}

static void
end_shm(struct wl_shm_buffer *shm, pixman_image_t *pixels)
{
	wl_shm_buffer_end_access(shm);
	pixman_image_unref(pixels);
}

static int
set_solid_from(struct exup_plugin_content *content, struct wl_shm_buffer *shm)
{
	pixman_image_t *source, *target;
	uint32_t pixel = 0;
	pixman_color_t color;

	target = pixman_image_create_bits_no_clear(PIXMAN_a8r8g8b8, 1, 1, &pixel, 4);
	source = target ? begin_shm(shm) : NULL;
	if (!source) {
		goto err;
	}
	pixman_image_composite32(PIXMAN_OP_SRC, source, NULL, target, 0, 0, 0, 0, 0, 0, 1, 1);
	end_shm(shm, source);
	pixman_image_unref(target);
	color.alpha = (uint16_t)((pixel >> 24) * 0x101);
	color.red = (uint16_t)((pixel >> 16 & 0xff) * 0x101);
	color.green = (uint16_t)((pixel >> 8 & 0xff) * 0x101);
	color.blue = (uint16_t)((pixel & 0xff) * 0x101);
	exup_plugin_content_set_solid(content, &color);
	content->width = 1;
	content->height = 1;
	content->bytes_copied += sizeof(pixel);
	return 0;

err:
	if (target) {
		pixman_image_unref(target);
	}
	return -ENOMEM;
}

static int
begin_new_upload(struct exup_plugin_content *content, struct wl_client *client,
		 const struct exup_plugin_shm_format *format, int32_t width, int32_t height)
{
	exup_plugin_content_clear(content);
	content->account = exup_plugin_account_get(client);
	if (!content->account) {
		return -ENOMEM;
	}
	content->upload = (struct exup_g2d_image){
		.format = exup_format_get(format->is_opaque ? DRM_FORMAT_XRGB8888 :
							      DRM_FORMAT_ARGB8888),
		.width = (uint32_t)width,
		.height = (uint32_t)height,
		.stride = ((uint32_t)width * 4 + UPLOAD_STRIDE_ALIGN - 1) &
			  ~(UPLOAD_STRIDE_ALIGN - 1u),
	};
	content->kind = EXUP_PLUGIN_CONTENT_UPLOAD;
	content->upload_source_format = format->pixman;
	content->needs_full_upload = true;
	content->width = width;
	content->height = height;
	return 0;
}

int
exup_plugin_content_set_shm(struct exup_plugin_content *content, struct wl_client *client,
			    struct wl_shm_buffer *shm)
{
	const struct exup_plugin_shm_format *format =
		exup_plugin_shm_format_get(wl_shm_buffer_get_format(shm));
	int32_t width = wl_shm_buffer_get_width(shm);
	int32_t height = wl_shm_buffer_get_height(shm);
	int ret;

	ret = check_shm(shm, format);
	if (ret < 0) {
		return ret;
	}
	if (width == 1 && height == 1) {
		return set_solid_from(content, shm);
	}
	if (!is_same_upload(content, format, width, height)) {
		ret = begin_new_upload(content, client, format, width, height);
		if (ret < 0) {
			return ret;
		}
	} else if (content->upload_copy) {
		free_upload(content);
		content->needs_full_upload = true;
	}
	content->shm = shm;
	content->has_no_memory = false;
	return 0;
}

static void
copy_boxes(struct exup_plugin_content *content, pixman_image_t *source, pixman_image_t *target,
	   const pixman_region32_t *buffer_damage)
{
	pixman_region32_t region;
	pixman_box32_t *boxes;
	int count, i;

	pixman_region32_init_rect(&region, 0, 0, (unsigned int)content->width,
				  (unsigned int)content->height);
	if (!content->needs_full_upload) {
		pixman_region32_intersect(&region, &region, buffer_damage);
	}
	boxes = pixman_region32_rectangles(&region, &count);
	for (i = 0; i < count; i++) {
		int32_t width = boxes[i].x2 - boxes[i].x1;
		int32_t height = boxes[i].y2 - boxes[i].y1;

		pixman_image_composite32(PIXMAN_OP_SRC, source, NULL, target, boxes[i].x1,
					 boxes[i].y1, 0, 0, boxes[i].x1, boxes[i].y1, width,
					 height);
		content->bytes_copied += (uint64_t)width * (uint64_t)height *
					 content->upload.format->bytes_per_pixel;
	}
	pixman_region32_fini(&region);
	content->needs_full_upload = false;
}

/* Whatever the box: the object is memory of the driver's own, which is always coherent. */
static int
begin_upload(struct exup_plugin_content *content, const struct exup_box *box,
	     enum exup_bo_access access, pixman_image_t **pixels)
{
	struct exup_g2d_image *upload = &content->upload;

	if (upload->bo) {
		return exup_plugin_cpu_image_try_begin(upload, box, access, pixels);
	}
	*pixels = pixman_image_create_bits_no_clear(exup_plugin_cpu_format(upload->format),
						    (int)upload->width, (int)upload->height,
						    content->upload_copy, (int)upload->stride);
	return *pixels ? 0 : -ENOMEM;
}

static void
end_upload(struct exup_plugin_content *content, const struct exup_box *box,
	   enum exup_bo_access access, pixman_image_t *pixels)
{
	if (content->upload.bo) {
		exup_plugin_cpu_image_end(&content->upload, box, access, pixels);
	} else {
		pixman_image_unref(pixels);
	}
}

static int
copy_shm(struct exup_plugin_content *content, const pixman_region32_t *buffer_damage)
{
	const struct exup_box all = { 0, 0, content->width, content->height };
	pixman_image_t *source, *target;
	int ret;

	ret = begin_upload(content, &all, EXUP_BO_WRITE, &target);
	if (ret < 0) {
		return ret;
	}
	source = begin_shm(content->shm);
	if (source) {
		copy_boxes(content, source, target, buffer_damage);
		end_shm(content->shm, source);
		content->shm = NULL;
	}
	end_upload(content, &all, EXUP_BO_WRITE, target);
	return source ? 0 : -ENOMEM;
}

static void
log_no_memory(const struct exup_plugin_content *content,
	      const struct exup_plugin_upload_memory *memory, int error, const char *consequence)
{
	exup_plugin_account_log(content->account,
				"a wl_shm surface of %" PRId32 "x%" PRId32 ", %" PRIu64
				" bytes (a client may have %" PRIu64
				" in all), gets no memory of the engine: %s; %s",
				content->width, content->height, get_upload_bytes(content),
				memory->client_limit_bytes,
				error == -EDQUOT ? "more than upload-limit" : strerror(-error),
				consequence);
}

bool
exup_plugin_content_upload(struct exup_plugin_content *content,
			   const struct exup_plugin_upload_memory *memory,
			   const pixman_region32_t *buffer_damage)
{
	int ret = 0;

	if (!content->shm) {
		return true;
	}
	if (content->has_no_memory) {
		return false;
	}
	if (!content->upload.bo) {
		ret = alloc_upload(content, memory);
	}
	if (ret == 0) {
		ret = copy_shm(content, buffer_damage);
	}
	if (ret < 0) {
		log_no_memory(content, memory, ret, "the CPU draws it");
		content->needs_full_upload = true;
		content->has_no_memory = true;
	}
	return ret == 0;
}

void
exup_plugin_content_rescue(struct exup_plugin_content *content,
			   const struct exup_plugin_upload_memory *memory,
			   const pixman_region32_t *buffer_damage)
{
	int ret;

	if (exup_plugin_content_upload(content, memory, buffer_damage)) {
		return;
	}
	/* only the CPU can draw from ordinary memory, which is better than to show nothing */
	free_upload(content);
	ret = charge(content, memory->client_limit_bytes);
	if (ret == 0) {
		content->upload_copy = calloc(content->upload.height, content->upload.stride);
		ret = content->upload_copy ? copy_shm(content, buffer_damage) : -ENOMEM;
	}
	if (ret < 0) {
		log_no_memory(content, memory, ret, "its buffer is gone, it shows nothing");
		exup_plugin_content_clear(content);
	}
}

bool
exup_plugin_content_is_opaque(const struct exup_plugin_content *content)
{
	switch (content->kind) {
	case EXUP_PLUGIN_CONTENT_SOLID:
		return content->solid.alpha == 0xffff;
	case EXUP_PLUGIN_CONTENT_IN_PLACE:
		return !content->image->g2d.format->has_alpha;
	case EXUP_PLUGIN_CONTENT_UPLOAD:
		return !content->upload.format->has_alpha;
	case EXUP_PLUGIN_CONTENT_NONE:
		break;
	}
	return false;
}

const struct exup_g2d_image *
exup_plugin_content_get_image(const struct exup_plugin_content *content)
{
	if (content->kind == EXUP_PLUGIN_CONTENT_IN_PLACE) {
		return &content->image->g2d;
	}
	if (content->kind == EXUP_PLUGIN_CONTENT_UPLOAD && content->upload.bo && !content->shm) {
		return &content->upload;
	}
	return NULL;
}

static pixman_image_t *
begin_reading(struct exup_plugin_content *content, const struct exup_box *box)
{
	bool is_in_place = content->kind == EXUP_PLUGIN_CONTENT_IN_PLACE;
	struct exup_plugin_account *account;
	pixman_image_t *pixels;
	int ret;

	if (is_in_place) {
		account = content->image->account;
		ret = exup_plugin_cpu_image_try_begin(&content->image->g2d, box, EXUP_BO_READ,
						      &pixels);
	} else {
		account = content->account;
		ret = begin_upload(content, box, EXUP_BO_READ, &pixels);
	}
	if (ret < 0) {
		exup_plugin_account_log(account,
					"cannot map %s of %" PRId32 "x%" PRId32
					" pixels for the CPU: %s; it is not drawn",
					is_in_place ? "a client's image" : "a copy", content->width,
					content->height, strerror(-ret));
		return NULL;
	}
	return pixels;
}

pixman_image_t *
exup_plugin_content_begin_cpu(struct exup_plugin_content *content, const struct exup_box *box)
{
	switch (content->kind) {
	case EXUP_PLUGIN_CONTENT_SOLID:
		return pixman_image_create_solid_fill(&content->solid);
	case EXUP_PLUGIN_CONTENT_IN_PLACE:
		return begin_reading(content, box);
	case EXUP_PLUGIN_CONTENT_UPLOAD:
		return content->shm ? begin_shm(content->shm) : begin_reading(content, box);
	case EXUP_PLUGIN_CONTENT_NONE:
		break;
	}
	return NULL;
}

void
exup_plugin_content_end_cpu(struct exup_plugin_content *content, const struct exup_box *box,
			    pixman_image_t *pixels)
{
	switch (content->kind) {
	case EXUP_PLUGIN_CONTENT_IN_PLACE:
		exup_plugin_cpu_image_end(&content->image->g2d, box, EXUP_BO_READ, pixels);
		break;
	case EXUP_PLUGIN_CONTENT_UPLOAD:
		if (content->shm) {
			end_shm(content->shm, pixels);
		} else {
			end_upload(content, box, EXUP_BO_READ, pixels);
		}
		break;
	case EXUP_PLUGIN_CONTENT_SOLID:
		pixman_image_unref(pixels);
		break;
	case EXUP_PLUGIN_CONTENT_NONE:
		break;
	}
}

/* Worse paths have more to tell; the order is that of the protocol's description. */
static unsigned int
path_rank(uint32_t path)
{
	switch (path) {
	case EXYNOS_USERPTR_SURFACE_V1_PATH_IN_PLACE:
		return 0;
	case EXYNOS_USERPTR_SURFACE_V1_PATH_FILL:
		return 1;
	case EXYNOS_USERPTR_SURFACE_V1_PATH_UPLOADED:
		return 2;
	default:
		return 3;
	}
}

void
exup_plugin_content_note_path(struct exup_plugin_content *content, uint32_t path, uint32_t reason)
{
	if (!content->was_painted || path_rank(path) > path_rank(content->path)) {
		content->path = path;
		content->reason = reason;
	}
	content->was_painted = true;
}
