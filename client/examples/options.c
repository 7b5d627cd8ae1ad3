// SPDX-License-Identifier: MIT
/* Reading the demo's command line, and its help. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

#include "options.h"

static const char help[] =
	"usage: exynos-userptr-demo [options]\n"
	"\n"
	"Shows an animated picture that the CPU draws into ordinary memory of this program.\n"
	"\n"
	"What happens to a pixel: cairo writes it into memory from posix_memalign(). The\n"
	"library libexynos-userptr has had the Exynos DRM driver pin that memory\n"
	"(DRM_EXYNOS_GEM_USERPTR) and told the compositor about it as a dma-buf\n"
	"(zwp_linux_dmabuf_v1). With each frame it makes the CPU's writes visible to the 2D\n"
	"engine and commits. The compositor has the engine read the very same memory while it\n"
	"composites the output, and releases the buffer when the engine has finished: no CPU\n"
	"copies the pixel anywhere.\n"
	"\n"
	"Where that is not possible the library copies what has changed into a wl_shm buffer,\n"
	"and the program goes on all the same: when the driver's limit is reached (until there\n"
	"is room again), on another compositor, on a machine without such an engine.\n"
	"\n"
	"The lines in the picture say, twice a second: the path of each buffer (A, B, ...) and,\n"
	"if that is shm, why; how the compositor composited the last frame, from its own\n"
	"report; the frame rate, and how many bytes the CPU copied per frame in the library and\n"
	"in the compositor.\n"
	"\n"
	"  --size WxH       size in pixels, default 640x360\n"
	"  --buffers N      number of buffers, 1 to 16, default 2\n"
	"  --format FORMAT  xrgb (default) or argb, through which the desktop is seen\n"
	"  --frames N       end after N frames; default 0: go on until closed\n"
	"  --hold           with --frames: write the figures then, and show the last frame until\n"
	"                   stopped\n"
	"  --frame-time MS  let each frame of the picture be MS milliseconds after the one\n"
	"                   before, whatever the real time: frame k is then always the same\n"
	"  --unaligned      plain malloc(), with the image 64 bytes into it: it begins inside\n"
	"                   a page\n"
	"  --force-shm      let the library use wl_shm only\n"
	"  --hide-status    no text in the picture, so that pictures can be compared\n"
	"  --stats FILE     write the figures at the end to FILE instead of standard output:\n"
	"                   lines of a key, a space and a value\n"
	"  --verbose        what the library has to say, on standard error\n"
	"  --help           this text\n"
	"\n"
	"Ends in order on SIGINT, SIGTERM, or when its window is closed.\n"
	"Exit status: 0 all right, 1 an error (a line on standard error says which), 2 wrong\n"
	"usage.\n";

/* Reads a number and what must come after it. */
static bool
parse_number(const char *text, uint64_t min, uint64_t max, char terminator, uint64_t *number,
	     const char **rest)
{
	char *end;

	/* strtoull takes signs and spaces */
	if (*text < '0' || *text > '9') {
		return false;
	}
	errno = 0;
	*number = strtoull(text, &end, 10);
	if (errno != 0 || *number < min || *number > max || *end != terminator) {
		return false;
	}
	if (rest) {
		*rest = end + 1;
	}
	return true;
}

static bool
parse_size(struct options *options, const char *text)
{
	uint64_t width, height;

	if (!parse_number(text, 1, 16384, 'x', &width, &text) ||
	    !parse_number(text, 1, 16384, '\0', &height, NULL)) {
		return false;
	}
	options->width = (uint32_t)width;
	options->height = (uint32_t)height;
	return true;
}

static bool
parse_format(struct options *options, const char *text)
{
	if (strcmp(text, "xrgb") == 0) {
		options->fourcc = DRM_FORMAT_XRGB8888;
	} else if (strcmp(text, "argb") == 0) {
		options->fourcc = DRM_FORMAT_ARGB8888;
	} else {
		return false;
	}
	return true;
}

static bool
parse_u32(uint32_t *number, const char *text, uint64_t min, uint64_t max)
{
	uint64_t wide;

	if (!parse_number(text, min, max, '\0', &wide, NULL)) {
		return false;
	}
	*number = (uint32_t)wide;
	return true;
}

static const struct option long_options[] = {
	{ "size", required_argument, NULL, 's' },
	{ "buffers", required_argument, NULL, 'b' },
	{ "format", required_argument, NULL, 'f' },
	{ "frames", required_argument, NULL, 'n' },
	{ "frame-time", required_argument, NULL, 't' },
	{ "stats", required_argument, NULL, 'o' },
	{ "unaligned", no_argument, NULL, 'u' },
	{ "force-shm", no_argument, NULL, 'm' },
	{ "hold", no_argument, NULL, 'l' },
	{ "hide-status", no_argument, NULL, 'i' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static bool
take(struct options *options, int option, const char *value)
{
	switch (option) {
	case 's':
		return parse_size(options, value);
	case 'b':
		return parse_u32(&options->buffer_count, value, 1, OPTIONS_BUFFERS_MAX);
	case 'f':
		return parse_format(options, value);
	case 'n':
		return parse_number(value, 0, UINT64_MAX, '\0', &options->frames, NULL);
	case 't':
		return parse_u32(&options->frame_time_ms, value, 1, 60000);
	case 'o':
		options->stats_path = value;
		return true;
	case 'u':
		options->is_unaligned = true;
		return true;
	case 'm':
		options->is_shm_forced = true;
		return true;
	case 'l':
		options->is_held = true;
		return true;
	case 'i':
		options->is_status_hidden = true;
		return true;
	case 'v':
		options->is_verbose = true;
		return true;
	default:
		return false;
	}
}

enum options_result
options_parse(struct options *options, int argc, char *argv[])
{
	int option;
	int index;

	*options = (struct options){
		.width = 640,
		.height = 360,
		.buffer_count = 2,
		.fourcc = DRM_FORMAT_XRGB8888,
	};
	while ((option = getopt_long(argc, argv, "", long_options, &index)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return OPTIONS_HELP;
		}
		if (option == '?') {
			fputs("exynos-userptr-demo: see --help\n", stderr);
			return OPTIONS_WRONG;
		}
		if (!take(options, option, optarg)) {
			fprintf(stderr,
				"exynos-userptr-demo: \"%s\" is wrong for --%s; see --help\n",
				optarg, long_options[index].name);
			return OPTIONS_WRONG;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "exynos-userptr-demo: \"%s\" means nothing here; see --help\n",
			argv[optind]);
		return OPTIONS_WRONG;
	}
	return OPTIONS_RUN;
}
