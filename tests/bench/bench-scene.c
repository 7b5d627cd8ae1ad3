// SPDX-License-Identifier: MIT
/* A client that shows one of some scenes, the same frames on each path that pixels can take. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wayland-client.h>

#include "bench-image.h"
#include "window.h"

#define IMAGES 2
#define LAYERS_MAX 33
#define RECTS_MAX 40
#define SIDE_MAX 4096
/* of scattered rectangles, and of the cursor */
#define RECT_SIDE 32
#define CURSOR_SIDE 24

/**
 * struct layer - a surface of the scene, in front of those before it
 * @surface: the window's own for the first one, else that of @subsurface
 * @draws: for each frame; others are drawn once
 * @moves: with each frame, to the right and down, and back
 * @drawn: of @images, how many have their first picture
 */
struct layer {
	struct wl_surface *surface;
	struct wl_subsurface *subsurface;
	struct exup_report *report;
	struct exup_rect box;
	uint32_t fourcc;
	bool draws;
	bool moves;
	struct bench_image images[IMAGES];
	int drawn;
};

struct app;

/**
 * struct scene
 * @place: says which layers there are
 * @surfaces: for a grid of them
 * @rects: that change with each frame, scattered; 0 for one in the middle
 * @percent: of a surface, that the one in the middle has
 */
struct scene {
	const char *name;
	void (*place)(struct app *app);
	int surfaces;
	int rects;
	int percent;
};

struct app {
	struct window window;
	struct wl_subcompositor *subcompositor;
	struct wl_shm *shm;
	struct exup_client *client;
	const struct scene *scene;
	bool is_reported;
	bool is_library;
	bool is_shm_forced;
	uint32_t fourcc;
	int32_t width;
	int32_t height;
	struct layer layers[LAYERS_MAX];
	int layer_count;
	int stop_fd;
	bool is_frame_due;
	uint64_t frame;
	uint64_t frames_max;
	uint64_t library_bytes;
	uint64_t compositor_bytes;
	uint64_t start_ns;
};

static void
add_layer(struct app *app, struct layer layer)
{
	app->layers[app->layer_count++] = layer;
}

static void
place_window(struct app *app)
{
	add_layer(app, (struct layer){
			       .box = { 0, 0, app->width, app->height },
			       .fourcc = app->fourcc,
			       .draws = true,
		       });
}

/* What other layers are in front of; it stays as it is. */
static void
place_backdrop(struct app *app)
{
	add_layer(app, (struct layer){
			       .box = { 0, 0, app->width, app->height },
			       .fourcc = DRM_FORMAT_XRGB8888,
		       });
}

/* All of the window, in surfaces side by side. */
static void
place_grid(struct app *app)
{
	int surfaces = app->scene->surfaces;
	int rows = surfaces <= 4 ? 2 : 4;
	int columns = surfaces / rows;
	int32_t width = app->width / columns, height = app->height / rows;
	int i;

	place_backdrop(app);
	for (i = 0; i < surfaces; i++) {
		add_layer(app, (struct layer){
				       .box = { i % columns * width, i / columns * height, width,
						height },
				       .fourcc = app->fourcc,
				       .draws = true,
			       });
	}
}

/* A terminal that scrolls, two windows that are moved, and the pointer. */
static void
place_desktop(struct app *app)
{
	int32_t width = app->width, height = app->height;

	place_backdrop(app);
	add_layer(app, (struct layer){
			       .box = { width / 16, height / 16, width / 2, height / 2 },
			       .fourcc = app->fourcc,
			       .draws = true,
		       });
	add_layer(app, (struct layer){
			       .box = { width / 3, height / 3, width / 4, height / 4 },
			       .fourcc = app->fourcc,
			       .moves = true,
		       });
	add_layer(app, (struct layer){
			       .box = { width / 2, height / 2, width / 4, height / 4 },
			       .fourcc = app->fourcc,
			       .moves = true,
		       });
	add_layer(app, (struct layer){
			       .box = { width / 4, height / 2, CURSOR_SIDE, CURSOR_SIDE },
			       .fourcc = DRM_FORMAT_ARGB8888,
			       .moves = true,
		       });
}

static const struct scene scenes[] = {
	{ .name = "whole", .place = place_window, .percent = 100 },
	{ .name = "damage-1", .place = place_window, .percent = 1 },
	{ .name = "damage-10", .place = place_window, .percent = 10 },
	{ .name = "rects-1", .place = place_window, .rects = 1 },
	{ .name = "rects-10", .place = place_window, .rects = 10 },
	{ .name = "rects-40", .place = place_window, .rects = 40 },
	{ .name = "surfaces-4", .place = place_grid, .surfaces = 4, .percent = 100 },
	{ .name = "surfaces-16", .place = place_grid, .surfaces = 16, .percent = 100 },
	{ .name = "surfaces-32", .place = place_grid, .surfaces = 32, .percent = 100 },
	{ .name = "desktop", .place = place_desktop, .percent = 100 },
};

static uint64_t
get_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* A number that looks like chance, the same with each run. */
static int32_t
scatter(uint64_t frame, int index, int32_t range)
{
	uint64_t hash = (frame * RECTS_MAX + (uint64_t)index + 1) * UINT64_C(0x9e3779b97f4a7c15);

	return range > 0 ? (int32_t)((hash >> 33) % (uint64_t)range) : 0;
}

/* What a frame changes of a layer. */
static int
get_damage(const struct app *app, const struct layer *layer, uint64_t frame,
	   struct exup_rect rects[RECTS_MAX])
{
	int32_t width = layer->box.width, height = layer->box.height;
	int32_t share = 100;
	int i;

	if (app->scene->rects == 0) {
		/* one side is 10, 32 or 100 % of the layer's */
		share = app->scene->percent == 1 ? 10 : app->scene->percent == 10 ? 32 : 100;
		rects[0].width = width * share / 100;
		rects[0].height = height * share / 100;
		rects[0].x = (width - rects[0].width) / 2;
		rects[0].y = (height - rects[0].height) / 2;
		return 1;
	}
	for (i = 0; i < app->scene->rects; i++) {
		rects[i].width = width < RECT_SIDE ? width : RECT_SIDE;
		rects[i].height = height < RECT_SIDE ? height : RECT_SIDE;
		rects[i].x = scatter(frame, 2 * i, width - rects[i].width + 1);
		rects[i].y = scatter(frame, 2 * i + 1, height - rects[i].height + 1);
	}
	return app->scene->rects;
}

/* What any program has to do, the same on all paths. Premultiplied, half of it see-through. */
static void
draw_rect(const struct layer *layer, struct bench_image *image, const struct exup_rect *rect,
	  uint64_t frame)
{
	uint32_t alpha = layer->fourcc == DRM_FORMAT_ARGB8888 ? 0x80000000 : 0xff000000;
	uint32_t color = alpha | (uint32_t)(frame & 63) << 16;
	int32_t x, y;

	for (y = rect->y; y < rect->y + rect->height; y++) {
		uint32_t *row = image->pixels + (size_t)y * image->width;

		for (x = rect->x; x < rect->x + rect->width; x++) {
			row[x] = color | (uint32_t)(x & 63);
		}
	}
}

/* Brings an image that has the frame before the last one up to date; returns what was damaged. */
static int
draw(const struct app *app, struct layer *layer, struct bench_image *image,
     struct exup_rect damage[RECTS_MAX])
{
	const struct exup_rect all = { 0, 0, layer->box.width, layer->box.height };
	struct exup_rect missed[RECTS_MAX];
	int count, i;

	if (layer->drawn < IMAGES) {
		layer->drawn++;
		draw_rect(layer, image, &all, app->frame);
		damage[0] = all;
		return 1;
	}
	count = get_damage(app, layer, app->frame - 1, missed);
	for (i = 0; i < count && app->scene->percent != 100; i++) {
		draw_rect(layer, image, &missed[i], app->frame - 1);
	}
	count = get_damage(app, layer, app->frame, damage);
	for (i = 0; i < count; i++) {
		draw_rect(layer, image, &damage[i], app->frame);
	}
	return count;
}

static void
registry_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
		uint32_t version)
{
	struct app *app = data;

	(void)version;
	if (strcmp(interface, wl_shm_interface.name) == 0) {
		app->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	} else if (strcmp(interface, wl_subcompositor_interface.name) == 0) {
		app->subcompositor =
			wl_registry_bind(registry, name, &wl_subcompositor_interface, 1);
	}
}

static void
registry_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data;
	(void)registry;
	(void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = registry_global,
	.global_remove = registry_global_remove,
};

static void
frame_done(void *data, struct wl_callback *callback, uint32_t time_ms)
{
	struct app *app = data;

	(void)time_ms;
	wl_callback_destroy(callback);
	app->is_frame_due = true;
}

static const struct wl_callback_listener frame_listener = {
	.done = frame_done,
};

static void
composited(void *data, struct exup_report *report, uint32_t how, const char *reason,
	   uint64_t bytes_copied)
{
	struct app *app = data;

	(void)report;
	(void)how;
	(void)reason;
	app->compositor_bytes += bytes_copied;
}

static const struct exup_report_listener report_listener = {
	.composited = composited,
};

static int
create_layer(struct app *app, struct layer *layer)
{
	struct exup_client *client = app->is_library ? app->client : NULL;
	int i, ret;

	if (layer == app->layers) {
		layer->surface = app->window.surface;
	} else {
		layer->surface = wl_compositor_create_surface(app->window.compositor);
		layer->subsurface = wl_subcompositor_get_subsurface(
			app->subcompositor, layer->surface, app->window.surface);
		wl_subsurface_set_position(layer->subsurface, layer->box.x, layer->box.y);
	}
	if (app->is_reported) {
		ret = exup_report_create(app->client, layer->surface, &report_listener, app,
					 &layer->report);
		if (ret < 0 && ret != -ENOTSUP) {
			return ret;
		}
	}
	for (i = 0; i < (layer->draws ? IMAGES : 1); i++) {
		ret = bench_image_init(&layer->images[i], client, app->shm,
				       (uint32_t)layer->box.width, (uint32_t)layer->box.height,
				       layer->fourcc);
		if (ret < 0) {
			return ret;
		}
	}
	return 0;
}

static int
create(struct app *app)
{
	struct wl_registry *registry = wl_display_get_registry(app->window.display);
	int i, ret;

	wl_registry_add_listener(registry, &registry_listener, app);
	ret = wl_display_roundtrip(app->window.display);
	wl_registry_destroy(registry);
	if (ret < 0 || !app->shm || !app->subcompositor) {
		return -ENOTSUP;
	}
	/* a client that knows nothing of the library has none; if one is here, it is for reports */
	if (app->is_library || app->is_reported) {
		ret = exup_client_create(app->window.display, NULL,
					 app->is_shm_forced ? EXUP_CLIENT_FORCE_SHM : 0,
					 &app->client);
	}
	app->scene->place(app);
	for (i = 0; i < app->layer_count && ret >= 0; i++) {
		ret = create_layer(app, &app->layers[i]);
	}
	return ret < 0 ? ret : 0;
}

static struct bench_image *
get_image(struct app *app, struct layer *layer)
{
	return &layer->images[layer->draws ? app->frame % IMAGES : 0];
}

/* There and back, some pixels a frame. */
static void
move_layer(const struct app *app, const struct layer *layer)
{
	int32_t way = (int32_t)(app->frame % 64);
	int32_t step = 3 * (way < 32 ? way : 64 - way);

	wl_subsurface_set_position(layer->subsurface, layer->box.x + step, layer->box.y + step / 2);
}

static int
commit_layer(struct app *app, struct layer *layer)
{
	struct exup_rect damage[RECTS_MAX];
	struct bench_image *image = get_image(app, layer);
	int count, ret;

	if (layer->moves) {
		move_layer(app, layer);
	}
	if (!layer->draws && layer->drawn > 0) {
		if (layer == app->layers) {
			wl_surface_commit(layer->surface);
		}
		return 0;
	}
	count = draw(app, layer, image, damage);
	ret = bench_image_commit(image, layer->surface, damage, count);
	app->library_bytes += bench_image_get_copied(image);
	return ret;
}

/* The subsurfaces' commits wait for that of the window, which is the first layer's. */
static int
show(struct app *app)
{
	int i, ret = 0;

	app->is_frame_due = false;
	wl_callback_add_listener(wl_surface_frame(app->window.surface), &frame_listener, app);
	for (i = app->layer_count - 1; i >= 0 && ret == 0; i--) {
		ret = commit_layer(app, &app->layers[i]);
	}
	app->frame++;
	return ret;
}

static bool
can_draw(struct app *app)
{
	int i;

	for (i = 0; i < app->layer_count; i++) {
		struct layer *layer = &app->layers[i];

		if (layer->draws && bench_image_is_busy(get_image(app, layer))) {
			return false;
		}
	}
	return app->is_frame_due;
}

static int
run(struct app *app)
{
	int ret = 0;

	app->start_ns = get_now_ns();
	app->is_frame_due = true;
	while (ret == 0 && !app->window.is_closed &&
	       !(app->is_frame_due && app->frame >= app->frames_max)) {
		if (can_draw(app)) {
			ret = show(app);
		}
		if (ret == 0) {
			ret = window_dispatch(&app->window, app->stop_fd);
		}
	}
	return ret < 0 ? ret : 0;
}

static int
write_stats(const struct app *app, const char *path)
{
	const struct layer *layer = &app->layers[app->layer_count > 1];
	double seconds = (double)(get_now_ns() - app->start_ns) / 1e9;
	FILE *file = fopen(path, "w");

	if (!file) {
		return -errno;
	}
	fprintf(file, "frames %" PRIu64 "\nfps %.2f\npath %s\n", app->frame,
		(double)app->frame / seconds,
		exup_path_to_string(bench_image_get_path(&layer->images[0])));
	fprintf(file, "library_bytes_copied_total %" PRIu64 "\n", app->library_bytes);
	fprintf(file, "compositor_bytes_copied_total %" PRIu64 "\n", app->compositor_bytes);
	return fclose(file) == 0 ? 0 : -EIO;
}

static void
destroy(struct app *app)
{
	int i, j;

	for (i = app->layer_count - 1; i >= 0; i--) {
		struct layer *layer = &app->layers[i];

		for (j = 0; j < IMAGES; j++) {
			bench_image_fini(&layer->images[j]);
		}
		exup_report_destroy(layer->report);
		if (layer->subsurface) {
			wl_subsurface_destroy(layer->subsurface);
			wl_surface_destroy(layer->surface);
		}
	}
	exup_client_destroy(app->client);
	if (app->subcompositor) {
		wl_subcompositor_destroy(app->subcompositor);
	}
	if (app->shm) {
		wl_shm_destroy(app->shm);
	}
	window_fini(&app->window);
}

static int
open_stop_fd(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static void
print_usage(FILE *file)
{
	size_t i;

	fputs("usage: bench-scene [options] PATH SCENE WxH xrgb|argb STATS-FILE\n"
	      "\n"
	      "Shows a scene until SIGTERM, the same frames with each run.\n"
	      "\n"
	      "PATH is shm (buffers of wl_shm, as an ordinary client has them), userptr (the\n"
	      "library's) or fallback (the library's, which is told to take wl_shm).\n"
	      "\n"
	      "  --frames N  ends after as many frames\n"
	      "  --report    asks the compositor how it composites\n"
	      "\n"
	      "Scenes:",
	      file);
	for (i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		fprintf(file, " %s", scenes[i].name);
	}
	fputs("\n", file);
}

static bool
parse(struct app *app, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "frames", required_argument, NULL, 'f' },
		{ "report", no_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int option;
	size_t i;

	app->frames_max = UINT64_MAX;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'f':
			app->frames_max = strtoull(optarg, NULL, 10);
			break;
		case 'r':
			app->is_reported = true;
			break;
		default:
			return false;
		}
	}
	if (argc - optind != 5) {
		return false;
	}
	argv += optind;
	app->is_shm_forced = strcmp(argv[0], "fallback") == 0;
	app->is_library = app->is_shm_forced || strcmp(argv[0], "userptr") == 0;
	for (i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		if (strcmp(argv[1], scenes[i].name) == 0) {
			app->scene = &scenes[i];
		}
	}
	app->fourcc = strcmp(argv[3], "argb") == 0 ? DRM_FORMAT_ARGB8888 : DRM_FORMAT_XRGB8888;
	return app->scene && sscanf(argv[2], "%dx%d", &app->width, &app->height) == 2 &&
	       app->width > 0 && app->width <= SIDE_MAX && app->height > 0 &&
	       app->height <= SIDE_MAX;
}

int
main(int argc, char *argv[])
{
	struct app app = { 0 };
	int ret;

	if (!parse(&app, argc, argv)) {
		print_usage(stderr);
		return 2;
	}
	app.stop_fd = open_stop_fd();
	ret = window_init(&app.window, "Benchmark", "bench-scene", app.width, app.height);
	if (ret == 0) {
		ret = create(&app);
	}
	if (ret == 0) {
		ret = run(&app);
	}
	if (ret == 0) {
		ret = write_stats(&app, argv[argc - 1]);
	}
	if (ret < 0) {
		fprintf(stderr, "bench-scene: %s %s: %s\n", argv[optind], app.scene->name,
			strerror(-ret));
	}
	destroy(&app);
	close(app.stop_fd);
	return ret < 0;
}
