// SPDX-License-Identifier: MIT
/* What a surface shows: colours, clients' images, and copies of wl_shm buffers. */
#include <drm_fourcc.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "cpu-image.h"
#include "fimg2d_regs.h"
#include "log.h"
#include "shm-format.h"

/* Rows of an upload begin on a multiple of this, which every bus burst divides. */
#define UPLOAD_STRIDE_ALIGN 64

static void
free_upload(struct exup_plugin_content *content)
{
	exup_bo_destroy(content->upload.bo);
	content->upload.bo = NULL;
	free(content->upload_memory);
	content->upload_memory = NULL;
}

void
exup_plugin_content_clear(struct exup_plugin_content *content)
{
	free_upload(content);
	exup_plugin_image_unref(content->image);
	content->image = NULL;
	content->kind = EXUP_PLUGIN_CONTENT_NONE;
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

/* Only the CPU can draw from ordinary memory, which is better than not to show the surface. */
static int
alloc_upload(struct exup_plugin_content *content, struct exup_device *device)
{
	struct exup_g2d_image *upload = &content->upload;
	uint64_t size_bytes = (uint64_t)upload->stride * upload->height;
	int ret = -ERANGE;

	if (upload->width <= FIMG2D_COORDINATE_MAX && upload->height <= FIMG2D_COORDINATE_MAX) {
		ret = exup_bo_create(device, size_bytes, &upload->bo);
		if (ret == 0) {
			return 0;
		}
	}
	upload->bo = NULL;
	exup_plugin_log("exynos-userptr: a %" PRIu32 "x%" PRIu32 " wl_shm surface, %" PRIu64
			" bytes, gets no memory of the engine: %s; the CPU draws it\n",
			upload->width, upload->height, size_bytes, strerror(-ret));
	content->upload_memory = size_bytes <= SIZE_MAX ? calloc(1, (size_t)size_bytes) : NULL;
	return content->upload_memory ? 0 : -ENOMEM;
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

int
exup_plugin_content_set_upload(struct exup_plugin_content *content, struct exup_device *device,
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
	if (is_same_upload(content, format, width, height)) {
		return 0;
	}
	/* one pixel becomes a colour when it is uploaded, and needs no memory */
	if (width == 1 && height == 1) {
		if (content->kind != EXUP_PLUGIN_CONTENT_SOLID) {
			exup_plugin_content_clear(content);
		}
		return 0;
	}
	exup_plugin_content_clear(content);
	content->upload = (struct exup_g2d_image){
		.format = exup_format_get(format->is_opaque ? DRM_FORMAT_XRGB8888 :
							      DRM_FORMAT_ARGB8888),
		.width = (uint32_t)width,
		.height = (uint32_t)height,
		.stride = ((uint32_t)width * 4 + UPLOAD_STRIDE_ALIGN - 1) &
			  ~(UPLOAD_STRIDE_ALIGN - 1u),
	};
	ret = alloc_upload(content, device);
	if (ret < 0) {
		return ret;
	}
	content->kind = EXUP_PLUGIN_CONTENT_UPLOAD;
	content->upload_source_format = format->pixman;
	content->needs_full_upload = true;
	content->width = width;
	content->height = height;
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

static void
set_solid_from(struct exup_plugin_content *content, pixman_image_t *source)
{
	uint32_t pixel = 0;
	pixman_color_t color;
	pixman_image_t *target;

	target = pixman_image_create_bits_no_clear(PIXMAN_a8r8g8b8, 1, 1, &pixel, 4);
	if (!target) {
		return;
	}
	pixman_image_composite32(PIXMAN_OP_SRC, source, NULL, target, 0, 0, 0, 0, 0, 0, 1, 1);
	pixman_image_unref(target);
	color.alpha = (uint16_t)((pixel >> 24) * 0x101);
	color.red = (uint16_t)((pixel >> 16 & 0xff) * 0x101);
	color.green = (uint16_t)((pixel >> 8 & 0xff) * 0x101);
	color.blue = (uint16_t)((pixel & 0xff) * 0x101);
	exup_plugin_content_set_solid(content, &color);
	content->width = 1;
	content->height = 1;
	content->bytes_copied += sizeof(pixel);
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
static pixman_image_t *
begin_upload(struct exup_plugin_content *content, const struct exup_box *box,
	     enum exup_bo_access access)
{
	struct exup_g2d_image *upload = &content->upload;

	if (upload->bo) {
		return exup_plugin_cpu_image_begin(upload, box, access);
	}
	return pixman_image_create_bits_no_clear(exup_plugin_cpu_format(upload->format),
						 (int)upload->width, (int)upload->height,
						 content->upload_memory, (int)upload->stride);
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

bool
exup_plugin_content_upload(struct exup_plugin_content *content, struct wl_shm_buffer *shm,
			   const pixman_region32_t *buffer_damage)
{
	const struct exup_box all = { 0, 0, content->width, content->height };
	pixman_image_t *source, *target;
	bool uploaded = true;

	source = create_shm_image(shm);
	if (!source) {
		return false;
	}
	/* a client that shrinks its pool gets an error from libwayland, and we get zeroes */
	wl_shm_buffer_begin_access(shm);
	if (wl_shm_buffer_get_width(shm) == 1 && wl_shm_buffer_get_height(shm) == 1) {
		set_solid_from(content, source);
	} else {
		target = begin_upload(content, &all, EXUP_BO_WRITE);
		if (target) {
			copy_boxes(content, source, target, buffer_damage);
			end_upload(content, &all, EXUP_BO_WRITE, target);
		}
		uploaded = target;
	}
	wl_shm_buffer_end_access(shm);
	pixman_image_unref(source);
	return uploaded;
}

const struct exup_g2d_image *
exup_plugin_content_get_image(const struct exup_plugin_content *content)
{
	if (content->kind == EXUP_PLUGIN_CONTENT_IN_PLACE) {
		return &content->image->g2d;
	}
	if (content->kind == EXUP_PLUGIN_CONTENT_UPLOAD && content->upload.bo) {
		return &content->upload;
	}
	return NULL;
}

pixman_image_t *
exup_plugin_content_begin_cpu(struct exup_plugin_content *content, const struct exup_box *box)
{
	switch (content->kind) {
	case EXUP_PLUGIN_CONTENT_SOLID:
		return pixman_image_create_solid_fill(&content->solid);
	case EXUP_PLUGIN_CONTENT_IN_PLACE:
		return exup_plugin_cpu_image_begin(&content->image->g2d, box, EXUP_BO_READ);
	case EXUP_PLUGIN_CONTENT_UPLOAD:
		return begin_upload(content, box, EXUP_BO_READ);
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
		end_upload(content, box, EXUP_BO_READ, pixels);
		break;
	case EXUP_PLUGIN_CONTENT_SOLID:
		pixman_image_unref(pixels);
		break;
	case EXUP_PLUGIN_CONTENT_NONE:
		break;
	}
}
