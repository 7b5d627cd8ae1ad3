// SPDX-License-Identifier: MIT
/* Asking KMS for framebuffers: raw ioctls through the seam, on a descriptor that Weston owns. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include <drm.h>
#include <drm_mode.h>

#include "device.h"
#include "kms.h"

/* drivers/gpu/drm/drm_drv.c: minors of primary nodes come first */
#define DRM_CHAR_MAJOR 226
#define DRM_PRIMARY_MINORS 64

static bool
is_master(const struct exup_sys *sys, int fd)
{
	struct drm_auth auth = { 0 };

	/* a magic of 0 is never valid; who is not master is refused before that is looked at */
	return sys->ioctl(sys, fd, DRM_IOCTL_AUTH_MAGIC, &auth) == -EINVAL;
}

int
exup_kms_find_master(const struct exup_sys *sys, int fd_count)
{
	dev_t devnum;
	int fd;

	for (fd = 0; fd < fd_count; fd++) {
		if (sys->get_devnum(sys, fd, &devnum) == 0 && major(devnum) == DRM_CHAR_MAJOR &&
		    minor(devnum) < DRM_PRIMARY_MINORS && is_master(sys, fd) &&
		    exup_device_check_driver(sys, fd) == 0) {
			return fd;
		}
	}
	return -ENOENT;
}

/* GETFB2 makes a new handle with each call, which is ours to close. */
static void
close_handles(const struct exup_sys *sys, int master_fd, const struct drm_mode_fb_cmd2 *fb)
{
	struct drm_gem_close args;
	int i, k;

	for (i = 0; i < 4; i++) {
		for (k = 0; k < i && fb->handles[k] != fb->handles[i]; k++) {
		}
		if (fb->handles[i] != 0 && k == i) {
			args = (struct drm_gem_close){ .handle = fb->handles[i] };
			sys->ioctl(sys, master_fd, DRM_IOCTL_GEM_CLOSE, &args);
		}
	}
}

static bool
describe(const struct exup_sys *sys, int master_fd, uint32_t id, struct exup_kms_framebuffer *out)
{
	struct drm_mode_fb_cmd2 fb = { .fb_id = id };

	/* it may have gone since it was listed */
	if (sys->ioctl(sys, master_fd, DRM_IOCTL_MODE_GETFB2, &fb) < 0) {
		return false;
	}
	close_handles(sys, master_fd, &fb);
	if (fb.handles[1] != 0) {
		return false;
	}
	*out = (struct exup_kms_framebuffer){
		.id = id,
		.width = fb.width,
		.height = fb.height,
		.stride = fb.pitches[0],
		.offset_bytes = fb.offsets[0],
		.fourcc = fb.pixel_format,
	};
	return true;
}

/* The counts can change between asking for them and for the lists: then it is asked again. */
static int
get_resources(const struct exup_sys *sys, int master_fd, struct drm_mode_card_res *res)
{
	struct drm_mode_card_res counts;
	uint32_t *fbs, *crtcs;
	int tries;
	int ret;

	for (tries = 0; tries < 4; tries++) {
		counts = (struct drm_mode_card_res){ 0 };
		ret = sys->ioctl(sys, master_fd, DRM_IOCTL_MODE_GETRESOURCES, &counts);
		if (ret < 0) {
			return ret;
		}
		fbs = calloc(counts.count_fbs + 1, sizeof(*fbs));
		crtcs = calloc(counts.count_crtcs + 1, sizeof(*crtcs));
		if (!fbs || !crtcs) {
			free(fbs);
			free(crtcs);
			return -ENOMEM;
		}
		*res = (struct drm_mode_card_res){
			.fb_id_ptr = (uintptr_t)fbs,
			.crtc_id_ptr = (uintptr_t)crtcs,
			.count_fbs = counts.count_fbs,
			.count_crtcs = counts.count_crtcs,
		};
		ret = sys->ioctl(sys, master_fd, DRM_IOCTL_MODE_GETRESOURCES, res);
		if (ret >= 0 && res->count_fbs <= counts.count_fbs &&
		    res->count_crtcs <= counts.count_crtcs) {
			return 0;
		}
		free(fbs);
		free(crtcs);
		if (ret < 0) {
			return ret;
		}
	}
	return -EAGAIN;
}

static void
mark_on_crtc(const struct exup_sys *sys, int master_fd, uint32_t crtc_id,
	     struct exup_kms_framebuffer *framebuffers, uint32_t count)
{
	struct drm_mode_crtc crtc = { .crtc_id = crtc_id };
	uint32_t i;

	if (sys->ioctl(sys, master_fd, DRM_IOCTL_MODE_GETCRTC, &crtc) < 0) {
		return;
	}
	for (i = 0; i < count; i++) {
		if (framebuffers[i].id == crtc.fb_id) {
			framebuffers[i].on_crtc = true;
		}
	}
}

int
exup_kms_list_framebuffers(const struct exup_sys *sys, int master_fd,
			   struct exup_kms_framebuffer **framebuffers, uint32_t *count)
{
	struct drm_mode_card_res res;
	struct exup_kms_framebuffer *list;
	uint32_t *fbs, *crtcs;
	uint32_t found = 0;
	uint32_t i;
	int ret;

	ret = get_resources(sys, master_fd, &res);
	if (ret < 0) {
		return ret;
	}
	fbs = (uint32_t *)(uintptr_t)res.fb_id_ptr;
	crtcs = (uint32_t *)(uintptr_t)res.crtc_id_ptr;
	list = calloc(res.count_fbs + 1, sizeof(*list));
	if (!list) {
		ret = -ENOMEM;
		goto out;
	}
	for (i = 0; i < res.count_fbs; i++) {
		if (describe(sys, master_fd, fbs[i], &list[found])) {
			found++;
		}
	}
	for (i = 0; i < res.count_crtcs; i++) {
		mark_on_crtc(sys, master_fd, crtcs[i], list, found);
	}
	*framebuffers = list;
	*count = found;
out:
	free(fbs);
	free(crtcs);
	return ret;
}

int
exup_kms_export_framebuffer(const struct exup_sys *sys, int master_fd, uint32_t id, int *dmabuf_fd)
{
	struct drm_mode_fb_cmd2 fb = { .fb_id = id };
	struct drm_prime_handle prime;
	int ret;

	ret = sys->ioctl(sys, master_fd, DRM_IOCTL_MODE_GETFB2, &fb);
	if (ret < 0) {
		return ret;
	}
	/* without the right to it, KMS tells everything but the handle */
	if (fb.handles[0] == 0) {
		return -EACCES;
	}
	prime = (struct drm_prime_handle){
		.handle = fb.handles[0],
		.flags = DRM_CLOEXEC | DRM_RDWR,
	};
	ret = sys->ioctl(sys, master_fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);
	close_handles(sys, master_fd, &fb);
	if (ret < 0) {
		return ret;
	}
	*dmabuf_fd = prime.fd;
	return 0;
}
