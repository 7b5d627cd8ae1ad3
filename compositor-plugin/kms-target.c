// SPDX-License-Identifier: MIT
/*
 * Which of the DRM backend's framebuffers is painted next: marking a pixel and looking for it.
 *
 * This file depends on how Weston 10 works with pixman: the backend has two dumb buffers per output
 * and tells its renderer, in private state, which one to paint. A module sees the framebuffers
 * through KMS, and the renderer's choice through read_pixels of the original renderer, which reads
 * from the buffer it was given: a mark written into the right one shows up there.
 */
#include <drm_fourcc.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu-image.h"
#include "kms-target.h"
#include "kms.h"
#include "log.h"

/* Changes each channel of a pixel, by an amount that no ordinary repaint does. */
#define MARK_XOR 0x00a5c35au
#define COLOR_MASK 0x00ffffffu

/* The backend opened its device when Weston started, before any client came. */
#define DESCRIPTORS_SEARCHED 1024

/**
 * struct kms_target
 * @link: exup_plugin_kms.targets
 * @output: it was found for; NULL until then
 */
struct kms_target {
	struct exup_plugin_target *base;
	struct wl_list link;
	struct weston_output *output;
	uint32_t framebuffer_id;
};

/**
 * struct exup_plugin_kms
 * @targets: struct kms_target.link, those painted longest ago first
 */
struct exup_plugin_kms {
	struct exup_plugin *plugin;
	int master_fd;
	struct wl_list targets;
};

struct exup_plugin_kms *
exup_plugin_kms_create(struct exup_plugin *plugin)
{
	struct exup_plugin_kms *kms;
	int fd;

	fd = exup_kms_find_master(&exup_sys_kernel, DESCRIPTORS_SEARCHED);
	if (fd < 0) {
		exup_plugin_log("exynos-userptr: found no Exynos DRM device that this process is "
				"master of among its first %d descriptors; nothing is changed\n",
				DESCRIPTORS_SEARCHED);
		return NULL;
	}
	kms = calloc(1, sizeof(*kms));
	if (!kms) {
		return NULL;
	}
	kms->plugin = plugin;
	kms->master_fd = fd;
	wl_list_init(&kms->targets);
	return kms;
}

static void
destroy_target(struct kms_target *target)
{
	exup_plugin_target_destroy(target->base);
	wl_list_remove(&target->link);
	free(target);
}

void
exup_plugin_kms_destroy(struct exup_plugin_kms *kms)
{
	struct kms_target *target, *next;

	if (!kms) {
		return;
	}
	wl_list_for_each_safe (target, next, &kms->targets, link) {
		destroy_target(target);
	}
	free(kms);
}

int
exup_plugin_kms_get_master_fd(const struct exup_plugin_kms *kms)
{
	return kms->master_fd;
}

static bool
read_original_pixel(struct exup_plugin_kms *kms, struct weston_output *output, uint32_t *pixel)
{
	struct exup_plugin *plugin = kms->plugin;

	*pixel = 0;
	return plugin->original.read_pixels(output, PIXMAN_x8r8g8b8, pixel, 0, 0, 1, 1) == 0;
}

/*
 * The mark is in the buffer for some microseconds. Were it the one on the screen, a pixel would
 * flash; therefore the one that was painted last is tried last.
 */
static bool
is_painted_next(struct exup_plugin_kms *kms, struct weston_output *output,
		const struct exup_plugin_target *target)
{
	const struct exup_g2d_image *image = &target->image;
	static const struct exup_box box = { 0, 0, 1, 1 };
	pixman_image_t *pixels;
	uint32_t *pixel;
	uint32_t old, marked, restored;
	bool ok;

	/* what was painted longest ago is done, but for a frame that was never shown */
	exup_plugin_engine_wait(kms->plugin->engine, target->seqno);
	pixels = exup_plugin_cpu_image_begin(image, &box, EXUP_BO_READ_WRITE);
	if (!pixels) {
		return false;
	}
	pixel = pixman_image_get_data(pixels);
	old = *pixel;
	*pixel = old ^ MARK_XOR;
	ok = read_original_pixel(kms, output, &marked);
	*pixel = old;
	ok = ok && read_original_pixel(kms, output, &restored);
	exup_plugin_cpu_image_end(image, &box, EXUP_BO_READ_WRITE, pixels);
	return ok && (marked & COLOR_MASK) == ((old ^ MARK_XOR) & COLOR_MASK) &&
	       (restored & COLOR_MASK) == (old & COLOR_MASK);
}

static bool
has_size_of(const struct weston_output *output, uint32_t width, uint32_t height)
{
	return (uint32_t)output->current_mode->width == width &&
	       (uint32_t)output->current_mode->height == height;
}

static bool
is_paintable(const struct exup_kms_framebuffer *framebuffer)
{
	return framebuffer->fourcc == DRM_FORMAT_XRGB8888 ||
	       framebuffer->fourcc == DRM_FORMAT_ARGB8888;
}

/* An output that has no framebuffer yet gets some when it is enabled. */
static bool
can_paint_output(const struct weston_output *output,
		 const struct exup_kms_framebuffer *framebuffers, uint32_t count)
{
	const struct exup_kms_framebuffer *other = NULL;
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (!has_size_of(output, framebuffers[i].width, framebuffers[i].height)) {
			continue;
		}
		if (is_paintable(&framebuffers[i])) {
			return true;
		}
		other = &framebuffers[i];
	}
	if (other) {
		exup_plugin_log("exynos-userptr: output %s has framebuffers of format %.4s only, "
				"and the engine paints XRGB8888 and ARGB8888 (gbm-format= in "
				"weston.ini); nothing is changed\n",
				output->name, (const char *)&other->fourcc);
	}
	return !other;
}

bool
exup_plugin_kms_can_paint(const struct exup_plugin_kms *kms)
{
	struct exup_kms_framebuffer *framebuffers;
	struct weston_output *output;
	uint32_t count;
	bool can_paint = true;
	int ret;

	ret = exup_kms_list_framebuffers(&exup_sys_kernel, kms->master_fd, &framebuffers, &count);
	if (ret < 0) {
		exup_plugin_log("exynos-userptr: cannot list the framebuffers of descriptor %d: "
				"%s; nothing is changed\n",
				kms->master_fd, strerror(-ret));
		return false;
	}
	wl_list_for_each (output, &kms->plugin->compositor->output_list, link) {
		if (can_paint && !can_paint_output(output, framebuffers, count)) {
			can_paint = false;
		}
	}
	free(framebuffers);
	return can_paint;
}

static struct kms_target *
find_known(struct exup_plugin_kms *kms, struct weston_output *output)
{
	struct kms_target *target;

	wl_list_for_each (target, &kms->targets, link) {
		if ((!target->output || target->output == output) &&
		    has_size_of(output, target->base->image.width, target->base->image.height) &&
		    is_painted_next(kms, output, target->base)) {
			return target;
		}
	}
	return NULL;
}

/* A buffer that is a target already is one: with a second, each would miss the other's damage. */
static bool
is_known(const struct exup_plugin_kms *kms, const struct exup_plugin_target *base)
{
	struct kms_target *target;

	wl_list_for_each (target, &kms->targets, link) {
		if (target->base->image.bo == base->image.bo) {
			return true;
		}
	}
	return false;
}

static struct exup_plugin_target *
import_framebuffer(struct exup_plugin_kms *kms, const struct exup_kms_framebuffer *framebuffer)
{
	/* what is scanned out has no alpha, whatever the format is called */
	struct exup_g2d_image layout = {
		.format = exup_format_get(DRM_FORMAT_XRGB8888),
		.width = framebuffer->width,
		.height = framebuffer->height,
		.stride = framebuffer->stride,
		.offset_bytes = framebuffer->offset_bytes,
	};
	struct exup_plugin_target *base;
	int dmabuf_fd;
	int ret;

	ret = exup_kms_export_framebuffer(&exup_sys_kernel, kms->master_fd, framebuffer->id,
					  &dmabuf_fd);
	if (ret < 0) {
		exup_plugin_log("exynos-userptr: cannot export framebuffer %" PRIu32 ": %s; it is "
				"not painted into\n",
				framebuffer->id, strerror(-ret));
		return NULL;
	}
	base = exup_plugin_target_create_from_dmabuf(kms->plugin->device, dmabuf_fd, &layout);
	close(dmabuf_fd);
	return base;
}

static void
add_framebuffer(struct exup_plugin_kms *kms, const struct exup_kms_framebuffer *framebuffer)
{
	struct exup_plugin_target *base;
	struct kms_target *target;

	if (!is_paintable(framebuffer)) {
		return;
	}
	base = import_framebuffer(kms, framebuffer);
	if (!base) {
		return;
	}
	target = is_known(kms, base) ? NULL : calloc(1, sizeof(*target));
	if (!target) {
		exup_plugin_target_destroy(base);
		return;
	}
	target->base = base;
	/* it may be one that was known before, which the engine is still painting */
	base->seqno = exup_plugin_engine_get_submitted(kms->plugin->engine);
	target->framebuffer_id = framebuffer->id;
	/* what is on a screen is not what is painted next */
	wl_list_insert(framebuffer->on_crtc ? kms->targets.prev : &kms->targets, &target->link);
}

/* After a mode switch the backend has new buffers, perhaps with the old ids: all are found anew. */
static void
rescan(struct exup_plugin_kms *kms, struct weston_output *output)
{
	struct exup_kms_framebuffer *framebuffers;
	struct kms_target *target, *next;
	uint32_t count, i;
	int ret;

	wl_list_for_each_safe (target, next, &kms->targets, link) {
		if (!target->output || target->output == output) {
			destroy_target(target);
		}
	}
	ret = exup_kms_list_framebuffers(&exup_sys_kernel, kms->master_fd, &framebuffers, &count);
	if (ret < 0) {
		exup_plugin_log("exynos-userptr: cannot list the framebuffers of descriptor %d: "
				"%s\n",
				kms->master_fd, strerror(-ret));
		return;
	}
	for (i = 0; i < count; i++) {
		if (has_size_of(output, framebuffers[i].width, framebuffers[i].height)) {
			add_framebuffer(kms, &framebuffers[i]);
		}
	}
	free(framebuffers);
}

static void
claim(struct exup_plugin_kms *kms, struct kms_target *target, struct weston_output *output)
{
	if (!target->output) {
		target->output = output;
		pixman_region32_copy(&target->base->stale_region, &output->region);
		exup_plugin_log("exynos-userptr: output %s: painting into framebuffer %" PRIu32
				", %" PRIu32 "x%" PRIu32 " %s, stride %" PRIu32 "\n",
				output->name, target->framebuffer_id, target->base->image.width,
				target->base->image.height, target->base->image.format->name,
				target->base->image.stride);
	}
	wl_list_remove(&target->link);
	wl_list_insert(kms->targets.prev, &target->link);
}

struct exup_plugin_target *
exup_plugin_kms_find_target(struct exup_plugin_kms *kms, struct weston_output *output)
{
	struct kms_target *target;

	target = find_known(kms, output);
	if (!target) {
		rescan(kms, output);
		target = find_known(kms, output);
	}
	if (!target) {
		exup_plugin_log("exynos-userptr: output %s: none of the framebuffers of %dx%d "
				"pixels in XRGB8888 or ARGB8888 is the one to be shown next\n",
				output->name, output->current_mode->width,
				output->current_mode->height);
		return NULL;
	}
	claim(kms, target, output);
	return target->base;
}

void
exup_plugin_kms_add_damage(struct exup_plugin_kms *kms, struct weston_output *output,
			   pixman_region32_t *global_damage)
{
	struct kms_target *target;

	wl_list_for_each (target, &kms->targets, link) {
		if (target->output == output) {
			pixman_region32_union(&target->base->stale_region,
					      &target->base->stale_region, global_damage);
		}
	}
}

void
exup_plugin_kms_forget_output(struct exup_plugin_kms *kms, struct weston_output *output)
{
	struct kms_target *target, *next;

	wl_list_for_each_safe (target, next, &kms->targets, link) {
		if (target->output == output) {
			destroy_target(target);
		}
	}
}
