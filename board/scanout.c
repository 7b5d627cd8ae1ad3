// SPDX-License-Identifier: MIT
/*
 * Writes what a CRTC scans out as a PNG file, or prints a checksum of it.
 *
 * usage: scanout [--device PATH] [--crtc N] [--png FILE] [--raw FILE] [--sum]
 *
 * Needs root, or the DRM master's rights: others do not get handles of framebuffers. Without
 * --device it takes the first device of the driver "exynos", without --crtc the first CRTC that is
 * on. --raw writes rows of XRGB8888 in the machine's byte order, with X = 0xff. --sum prints 16 hex
 * digits (FNV-1a over the same bytes).
 */

#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

struct picture {
	uint32_t width, height; /* pixels */
	uint32_t *pixels; /* XRGB8888 without gaps, X = 0xff */
};

struct options {
	const char *device;
	int crtc_index; /* -1: the first that is on */
	const char *png_path;
	const char *raw_path;
	bool sum;
};

/* The compositor flips while we read: how often to begin again before giving up. */
#define TRIES_MAX 10

static int
open_device(const char *path)
{
	drmDevicePtr devices[16];
	drmVersionPtr version;
	int fd = -1, count, i;

	if (path)
		return open(path, O_RDWR | O_CLOEXEC);
	count = drmGetDevices2(0, devices, 16);
	for (i = 0; i < count && fd < 0; i++) {
		if (!(devices[i]->available_nodes & 1 << DRM_NODE_PRIMARY))
			continue;
		fd = open(devices[i]->nodes[DRM_NODE_PRIMARY], O_RDWR | O_CLOEXEC);
		version = fd < 0 ? NULL : drmGetVersion(fd);
		if (fd >= 0 && (!version || strcmp(version->name, "exynos") != 0)) {
			close(fd);
			fd = -1;
		}
		drmFreeVersion(version);
	}
	if (count > 0)
		drmFreeDevices(devices, count);
	if (fd < 0)
		errno = ENODEV;
	return fd;
}

static drmModeCrtc *
find_crtc(int fd, int index)
{
	drmModeRes *resources = drmModeGetResources(fd);
	drmModeCrtc *crtc = NULL;
	int i;

	if (!resources)
		return NULL;
	for (i = 0; i < resources->count_crtcs && !crtc; i++) {
		if (index >= 0 && i != index)
			continue;
		crtc = drmModeGetCrtc(fd, resources->crtcs[i]);
		if (crtc && (!crtc->buffer_id || !crtc->mode_valid)) {
			drmModeFreeCrtc(crtc);
			crtc = NULL;
		}
	}
	drmModeFreeResources(resources);
	return crtc;
}

static uint32_t
read_pixel(const uint8_t *row, uint32_t x, uint32_t format)
{
	uint16_t small;
	uint32_t pixel;

	if (format == DRM_FORMAT_RGB565) {
		memcpy(&small, row + x * 2, sizeof(small));
		return 0xff000000 | (small >> 11) * 255 / 31 << 16 |
		       (small >> 5 & 0x3f) * 255 / 63 << 8 | (small & 0x1f) * 255 / 31;
	}
	memcpy(&pixel, row + x * 4, sizeof(pixel));
	if (format == DRM_FORMAT_XBGR8888 || format == DRM_FORMAT_ABGR8888)
		pixel = (pixel & 0xff00) | (pixel & 0xff) << 16 | (pixel >> 16 & 0xff);
	return pixel | 0xff000000;
}

static int
bytes_per_pixel(uint32_t format)
{
	switch (format) {
	case DRM_FORMAT_XRGB8888:
	case DRM_FORMAT_ARGB8888:
	case DRM_FORMAT_XBGR8888:
	case DRM_FORMAT_ABGR8888:
		return 4;
	case DRM_FORMAT_RGB565:
		return 2;
	default:
		return 0;
	}
}

/* The part of the framebuffer that the CRTC shows. */
static int
copy_pixels(const drmModeFB2 *fb, const uint8_t *memory, const drmModeCrtc *crtc,
	    struct picture *picture)
{
	uint32_t x, y;
	const uint8_t *row;

	picture->width = crtc->width;
	picture->height = crtc->height;
	if (crtc->x + (uint64_t)crtc->width > fb->width ||
	    crtc->y + (uint64_t)crtc->height > fb->height) {
		fprintf(stderr, "scanout: CRTC shows %ux%u+%u+%u of a framebuffer of %ux%u\n",
			crtc->width, crtc->height, crtc->x, crtc->y, fb->width, fb->height);
		return -EINVAL;
	}
	picture->pixels = calloc((size_t)picture->width * picture->height, 4);
	if (!picture->pixels)
		return -ENOMEM;
	for (y = 0; y < picture->height; y++) {
		row = memory + (size_t)(crtc->y + y) * fb->pitches[0] + fb->offsets[0];
		for (x = 0; x < picture->width; x++)
			picture->pixels[(size_t)y * picture->width + x] =
				read_pixel(row, crtc->x + x, fb->pixel_format);
	}
	return 0;
}

static int
read_framebuffer(int fd, const drmModeCrtc *crtc, struct picture *picture)
{
	struct drm_mode_map_dumb map = { 0 };
	drmModeFB2 *fb = drmModeGetFB2(fd, crtc->buffer_id);
	size_t size_bytes;
	uint8_t *memory;
	int ret;

	if (!fb) {
		ret = -errno;
		fprintf(stderr, "scanout: framebuffer %u: %s\n", crtc->buffer_id, strerror(-ret));
		return ret;
	}
	if (!fb->handles[0]) {
		fprintf(stderr, "scanout: no handle of framebuffer %u, are you root?\n",
			crtc->buffer_id);
		ret = -EACCES;
		goto out_fb;
	}
	ret = -EINVAL;
	if (!bytes_per_pixel(fb->pixel_format) ||
	    (fb->flags & DRM_MODE_FB_MODIFIERS && fb->modifier != DRM_FORMAT_MOD_LINEAR)) {
		fprintf(stderr,
			"scanout: framebuffer %u has format %.4s modifier %#" PRIx64
			", which this program cannot read\n",
			crtc->buffer_id, (const char *)&fb->pixel_format, (uint64_t)fb->modifier);
		goto out_handle;
	}
	map.handle = fb->handles[0];
	if (drmIoctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &map)) {
		ret = -errno;
		perror("scanout: mapping the framebuffer");
		goto out_handle;
	}
	size_bytes = fb->offsets[0] + (size_t)fb->pitches[0] * fb->height;
	memory = mmap(NULL, size_bytes, PROT_READ, MAP_SHARED, fd, map.offset);
	if (memory == MAP_FAILED) {
		ret = -errno;
		perror("scanout: mapping the framebuffer");
		goto out_handle;
	}
	ret = copy_pixels(fb, memory, crtc, picture);
	munmap(memory, size_bytes);
out_handle:
	drmCloseBufferHandle(fd, fb->handles[0]);
out_fb:
	drmModeFreeFB2(fb);
	return ret;
}

/*
 * A compositor draws into another buffer than the one that is shown: a picture is consistent if the
 * same framebuffer was on the CRTC before and after it was read.
 */
static int
read_scanout(int fd, int crtc_index, struct picture *picture)
{
	drmModeCrtc *before, *after;
	int tries, ret = -EAGAIN;

	for (tries = 0; tries < TRIES_MAX && ret == -EAGAIN; tries++) {
		before = find_crtc(fd, crtc_index);
		if (!before) {
			fprintf(stderr, "scanout: no CRTC is on\n");
			return -ENOENT;
		}
		ret = read_framebuffer(fd, before, picture);
		after = drmModeGetCrtc(fd, before->crtc_id);
		if (ret == 0 && (!after || after->buffer_id != before->buffer_id)) {
			free(picture->pixels);
			picture->pixels = NULL;
			ret = -EAGAIN;
		}
		drmModeFreeCrtc(before);
		drmModeFreeCrtc(after);
	}
	if (ret == -EAGAIN)
		fprintf(stderr, "scanout: the picture changed %d times while it was read\n",
			TRIES_MAX);
	return ret;
}

static int
write_png(const char *path, const struct picture *picture)
{
	/* The simplified interface wants bytes in the order that it names: BGRA is ours. */
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = picture->width,
		.height = picture->height,
		.format = PNG_FORMAT_BGRA,
		.flags = PNG_IMAGE_FLAG_FAST,
	};

	if (!png_image_write_to_file(&image, path, 0, picture->pixels, 0, NULL)) {
		fprintf(stderr, "scanout: writing %s: %s\n", path, image.message);
		return -EIO;
	}
	return 0;
}

static int
write_raw(const char *path, const struct picture *picture)
{
	size_t count = (size_t)picture->width * picture->height;
	FILE *file = fopen(path, "wb");
	bool ok;

	if (!file) {
		fprintf(stderr, "scanout: %s: %s\n", path, strerror(errno));
		return -EIO;
	}
	ok = fwrite(picture->pixels, 4, count, file) == count;
	ok = fclose(file) == 0 && ok;
	if (!ok)
		fprintf(stderr, "scanout: writing %s: %s\n", path, strerror(errno));
	return ok ? 0 : -EIO;
}

static uint64_t
checksum(const struct picture *picture)
{
	const uint8_t *bytes = (const uint8_t *)picture->pixels;
	size_t size_bytes = (size_t)picture->width * picture->height * 4, i;
	uint64_t hash = 0xcbf29ce484222325u;

	for (i = 0; i < size_bytes; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash;
}

static bool
parse_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "crtc", required_argument, NULL, 'c' },
		{ "png", required_argument, NULL, 'p' },
		{ "raw", required_argument, NULL, 'r' },
		{ "sum", no_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'd':
			options->device = optarg;
			break;
		case 'c':
			options->crtc_index = atoi(optarg);
			break;
		case 'p':
			options->png_path = optarg;
			break;
		case 'r':
			options->raw_path = optarg;
			break;
		case 's':
			options->sum = true;
			break;
		default:
			return false;
		}
	}
	return optind == argc && (options->png_path || options->raw_path || options->sum);
}

int
main(int argc, char **argv)
{
	struct options options = { .crtc_index = -1 };
	struct picture picture = { 0 };
	int fd, ret;

	if (!parse_options(argc, argv, &options)) {
		fprintf(stderr, "usage: scanout [--device PATH] [--crtc N] [--png FILE] "
				"[--raw FILE] [--sum]\n");
		return 2;
	}
	fd = open_device(options.device);
	if (fd < 0) {
		fprintf(stderr, "scanout: %s: %s\n",
			options.device ? options.device : "no exynos device", strerror(errno));
		return 1;
	}
	ret = read_scanout(fd, options.crtc_index, &picture);
	if (ret == 0 && options.png_path)
		ret = write_png(options.png_path, &picture);
	if (ret == 0 && options.raw_path)
		ret = write_raw(options.raw_path, &picture);
	if (ret == 0 && options.sum)
		printf("%016" PRIx64 " %ux%u\n", checksum(&picture), picture.width, picture.height);
	free(picture.pixels);
	close(fd);
	return ret == 0 ? 0 : 1;
}
