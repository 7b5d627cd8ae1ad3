// SPDX-License-Identifier: MIT
/* exynos-userptr-demo: a picture that moves, drawn into ordinary memory. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <cairo.h>
#include <drm_fourcc.h>
#include <wayland-client.h>

#include "exynos-userptr.h"
#include "figures.h"
#include "options.h"
#include "picture.h"
#include "window.h"

/* Where the image begins with --unaligned. */
#define UNALIGNED_BYTES 64

#define BYTES_PER_PIXEL 4

/* Things that moved away, things that came, the text. */
#define DAMAGE_MAX (2 * PICTURE_BOXES_MAX + 1)

/**
 * struct canvas - memory to draw into
 * @memory: what was allocated; the image begins there, or a bit further
 * @boxes: of what moves, as this memory has it
 * @text_serial: of the text in it; 0 if nothing was ever drawn
 */
struct canvas {
	void *memory;
	cairo_surface_t *surface;
	struct exup_rect boxes[PICTURE_BOXES_MAX];
	int box_count;
	uint64_t text_serial;
};

/**
 * struct demo
 * @buffers: one for each of @canvases
 * @shown: the canvas that was committed last, NULL at first
 * @text_serial: of @text, 1 for the first
 */
struct demo {
	struct options options;
	struct window window;
	struct exup_client *client;
	struct exup_client_info info;
	struct exup_report *report;
	struct picture *picture;
	struct canvas canvases[OPTIONS_BUFFERS_MAX];
	struct exup_buffer *buffers[OPTIONS_BUFFERS_MAX];
	uint32_t buffer_count;
	const struct canvas *shown;
	struct wl_callback *frame_callback;
	struct figures figures;
	struct figures_text text;
	uint64_t text_serial;
	int stop_fd;
};

static double
get_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
print_log(void *data, const char *message)
{
	(void)data;
	fprintf(stderr, "exynos-userptr-demo: %s\n", message);
}

static void
handle_composited(void *data, struct exup_report *report, uint32_t how, const char *reason,
		  uint64_t bytes_copied)
{
	struct demo *demo = data;

	(void)report;
	figures_add_report(&demo->figures, how, reason, bytes_copied);
}

static const struct exup_report_listener report_listener = {
	.composited = handle_composited,
};

static void
handle_frame_done(void *data, struct wl_callback *callback, uint32_t time_ms)
{
	struct demo *demo = data;

	(void)time_ms;
	wl_callback_destroy(callback);
	demo->frame_callback = NULL;
}

static const struct wl_callback_listener frame_listener = {
	.done = handle_frame_done,
};

/* Memory for an image; *pixels is where the image begins. */
static void *
allocate(const struct options *options, size_t size_bytes, uint8_t **pixels)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	void *memory;

	if (options->is_unaligned) {
		memory = malloc(size_bytes + UNALIGNED_BYTES);
		*pixels = (uint8_t *)memory + UNALIGNED_BYTES;
		return memory;
	}
	/* whole pages, so that nothing else lies in what the compositor may read */
	size_bytes = (size_bytes + page_bytes - 1) / page_bytes * page_bytes;
	if (posix_memalign(&memory, page_bytes, size_bytes) != 0) {
		return NULL;
	}
	*pixels = memory;
	return memory;
}

static int
create_canvas(struct demo *demo)
{
	const struct options *options = &demo->options;
	struct canvas *canvas = &demo->canvases[demo->buffer_count];
	uint32_t stride = options->width * BYTES_PER_PIXEL;
	struct exup_buffer_info info = {
		.width = options->width,
		.height = options->height,
		.stride = stride,
		.fourcc = options->fourcc,
	};
	uint8_t *pixels;
	int ret;

	canvas->memory = allocate(options, (size_t)stride * options->height, &pixels);
	if (!canvas->memory) {
		return -ENOMEM;
	}
	info.data = pixels;
	canvas->surface = cairo_image_surface_create_for_data(
		pixels,
		options->fourcc == DRM_FORMAT_ARGB8888 ? CAIRO_FORMAT_ARGB32 : CAIRO_FORMAT_RGB24,
		(int)options->width, (int)options->height, (int)stride);
	if (cairo_surface_status(canvas->surface) != CAIRO_STATUS_SUCCESS) {
		ret = -ENOMEM;
		goto err;
	}
	/* without a listener: the main loop looks for a free buffer whenever there were events */
	ret = exup_buffer_create(demo->client, &info, NULL, NULL,
				 &demo->buffers[demo->buffer_count]);
	if (ret < 0) {
		goto err;
	}
	demo->buffer_count++;
	return 0;

err:
	cairo_surface_destroy(canvas->surface);
	free(canvas->memory);
	return ret;
}

/* Draws a frame into memory that may hold an older one: only what differs. */
static void
draw(struct demo *demo, struct canvas *canvas, double time_s)
{
	const struct options *options = &demo->options;
	struct exup_rect text_box = figures_get_text_box((int)options->width, (int)options->height);
	cairo_t *cr = cairo_create(canvas->surface);
	struct exup_rect old_boxes[PICTURE_BOXES_MAX];
	int old_count = canvas->box_count;
	int i;

	memcpy(old_boxes, canvas->boxes, sizeof(old_boxes));
	canvas->box_count = picture_get_boxes(demo->picture, time_s, canvas->boxes);
	if (canvas->text_serial != 0) {
		for (i = 0; i < old_count; i++) {
			cairo_rectangle(cr, old_boxes[i].x, old_boxes[i].y, old_boxes[i].width,
					old_boxes[i].height);
		}
		for (i = 0; i < canvas->box_count; i++) {
			cairo_rectangle(cr, canvas->boxes[i].x, canvas->boxes[i].y,
					canvas->boxes[i].width, canvas->boxes[i].height);
		}
		if (canvas->text_serial != demo->text_serial) {
			cairo_rectangle(cr, text_box.x, text_box.y, text_box.width,
					text_box.height);
		}
		cairo_clip(cr);
	}
	picture_draw(demo->picture, cr, time_s);
	if (!options->is_status_hidden) {
		figures_draw_text(&demo->text, cr, (int)options->width, (int)options->height);
	}
	canvas->text_serial = demo->text_serial;
	cairo_destroy(cr);
	cairo_surface_flush(canvas->surface);
}

/* What differs between two canvases, NULL for nothing shown so far. */
static int
get_damage(struct demo *demo, const struct canvas *shown, const struct canvas *next,
	   uint64_t shown_text_serial, struct exup_rect damage[DAMAGE_MAX])
{
	int count = 0;

	memcpy(damage, shown->boxes, (size_t)shown->box_count * sizeof(*damage));
	count += shown->box_count;
	memcpy(damage + count, next->boxes, (size_t)next->box_count * sizeof(*damage));
	count += next->box_count;
	if (shown_text_serial != next->text_serial) {
		damage[count++] =
			figures_get_text_box((int)demo->options.width, (int)demo->options.height);
	}
	return count;
}

static int
show(struct demo *demo, uint32_t i)
{
	struct canvas *canvas = &demo->canvases[i];
	struct exup_buffer *buffer = demo->buffers[i];
	enum exup_path old_path = exup_buffer_get_path(buffer);
	struct exup_rect damage[DAMAGE_MAX];
	/* it may be the same canvas */
	struct canvas shown = demo->shown ? *demo->shown : (struct canvas){ 0 };
	double now_s = get_now_s();
	double time_s = now_s - demo->figures.start_s;
	int damage_count;
	int ret;

	if (demo->options.frame_time_ms > 0) {
		time_s = (double)demo->figures.frames * demo->options.frame_time_ms / 1000;
	}
	if (demo->options.is_status_hidden) {
		demo->text_serial = 1;
	} else if (figures_update_text(&demo->figures, &demo->text, now_s, demo->buffers,
				       demo->buffer_count)) {
		demo->text_serial++;
	}
	draw(demo, canvas, time_s);
	damage_count = get_damage(demo, &shown, canvas, shown.text_serial, damage);
	demo->frame_callback = wl_surface_frame(demo->window.surface);
	wl_callback_add_listener(demo->frame_callback, &frame_listener, demo);
	ret = exup_buffer_commit(buffer, demo->window.surface, demo->shown ? damage : NULL,
				 demo->shown ? damage_count : 0);
	if (ret < 0) {
		return ret;
	}
	demo->shown = canvas;
	demo->figures.frames++;
	demo->figures.library_bytes += exup_buffer_get_copied(buffer);
	demo->figures.path_changes += exup_buffer_get_path(buffer) != old_path;
	return 0;
}

static bool
is_finished(const struct demo *demo)
{
	return demo->window.is_closed ||
	       (demo->options.frames > 0 && demo->figures.frames >= demo->options.frames);
}

static int
run(struct demo *demo)
{
	uint32_t next = 0;
	uint32_t i;
	int ret;

	/* the last frame is waited for, too */
	while (!is_finished(demo) || (demo->frame_callback && !demo->window.is_closed)) {
		/* in turn, so that every buffer is seen, whatever its path */
		for (i = 0; i < demo->buffer_count && !demo->frame_callback; i++) {
			uint32_t index = (next + i) % demo->buffer_count;

			if (!exup_buffer_is_busy(demo->buffers[index])) {
				next = (index + 1) % demo->buffer_count;
				ret = show(demo, index);
				if (ret < 0) {
					return ret;
				}
			}
		}
		ret = window_dispatch(&demo->window, demo->stop_fd);
		if (ret != 0) {
			return ret < 0 ? ret : 0;
		}
	}
	return 0;
}

static int
write_stats(const struct demo *demo)
{
	const struct options *options = &demo->options;
	FILE *file = stdout;
	bool is_written;

	if (options->stats_path) {
		file = fopen(options->stats_path, "w");
		if (!file) {
			return -errno;
		}
	}
	fprintf(file, "width %u\nheight %u\nformat %s\n", options->width, options->height,
		options->fourcc == DRM_FORMAT_ARGB8888 ? "argb" : "xrgb");
	fprintf(file, "userptr %s\n", demo->info.userptr ? "yes" : "no");
	fprintf(file, "max_buffer_bytes %" PRIu64 "\n", demo->info.max_buffer_bytes);
	fprintf(file, "pool_bytes %" PRIu64 "\n", demo->info.pool_bytes);
	fprintf(file, "available_bytes_at_start %" PRIu64 "\n", demo->info.available_bytes);
	fprintf(file, "image_bytes %" PRIu64 "\n",
		(uint64_t)options->width * options->height * BYTES_PER_PIXEL);
	figures_write(&demo->figures, file, get_now_s(), demo->buffers, demo->buffer_count);
	is_written = fflush(file) == 0;
	if (options->stats_path) {
		is_written = fclose(file) == 0 && is_written;
	}
	return is_written ? 0 : -EIO;
}

/* Shows the last frame until stopped; the figures are there from the start of it. */
static int
hold(struct demo *demo)
{
	int ret;

	ret = write_stats(demo);
	while (ret == 0 && !demo->window.is_closed) {
		ret = window_dispatch(&demo->window, demo->stop_fd);
	}
	return ret < 0 ? ret : 0;
}

static int
open_stop_fd(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0) {
		return -errno;
	}
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static int
create(struct demo *demo)
{
	const struct options *options = &demo->options;
	int ret;

	ret = exup_client_create(demo->window.display, NULL,
				 options->is_shm_forced ? EXUP_CLIENT_FORCE_SHM : 0, &demo->client);
	if (ret < 0) {
		return ret;
	}
	exup_client_get_info(demo->client, &demo->info);
	if (options->is_verbose) {
		exup_client_set_log(demo->client, print_log, NULL);
	}
	ret = exup_report_create(demo->client, demo->window.surface, &report_listener, demo,
				 &demo->report);
	if (ret < 0 && ret != -ENOTSUP) {
		return ret;
	}
	demo->picture = picture_create((int)options->width, (int)options->height,
				       options->fourcc == DRM_FORMAT_ARGB8888);
	if (!demo->picture) {
		return -ENOMEM;
	}
	ret = 0;
	while (ret == 0 && demo->buffer_count < options->buffer_count) {
		ret = create_canvas(demo);
	}
	return ret;
}

static void
destroy(struct demo *demo)
{
	uint32_t i;

	for (i = 0; i < demo->buffer_count; i++) {
		exup_buffer_destroy(demo->buffers[i]);
		cairo_surface_destroy(demo->canvases[i].surface);
		free(demo->canvases[i].memory);
	}
	if (demo->frame_callback) {
		wl_callback_destroy(demo->frame_callback);
	}
	picture_destroy(demo->picture);
	/* fonts and such, so that a leak checker sees only our own */
	cairo_debug_reset_static_data();
	exup_report_destroy(demo->report);
	exup_client_destroy(demo->client);
}

int
main(int argc, char *argv[])
{
	struct demo demo = { 0 };
	const char *doing = "open a window";
	int ret;

	switch (options_parse(&demo.options, argc, argv)) {
	case OPTIONS_HELP:
		return 0;
	case OPTIONS_WRONG:
		return 2;
	case OPTIONS_RUN:
		break;
	}
	demo.stop_fd = open_stop_fd();
	ret = window_init(&demo.window, "Planets from ordinary memory", "exynos-userptr-demo",
			  (int32_t)demo.options.width, (int32_t)demo.options.height);
	if (ret == 0) {
		doing = "make the buffers";
		ret = create(&demo);
	}
	if (ret == 0) {
		doing = "show a frame";
		figures_init(&demo.figures, get_now_s());
		ret = run(&demo);
	}
	if (ret == 0) {
		doing = "write the figures";
		ret = demo.options.is_held && demo.options.frames > 0 ? hold(&demo) :
									write_stats(&demo);
	}
	if (ret < 0) {
		fprintf(stderr, "exynos-userptr-demo: cannot %s (%ux%u pixels, %u buffers): %s\n",
			doing, demo.options.width, demo.options.height, demo.options.buffer_count,
			strerror(-ret));
	}
	destroy(&demo);
	window_fini(&demo.window);
	if (demo.stop_fd >= 0) {
		close(demo.stop_fd);
	}
	return ret < 0;
}
