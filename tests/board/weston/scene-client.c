// SPDX-License-Identifier: MIT
/*
 * Shows a scene that is the same each time, changes it in steps, and has each step's picture kept.
 *
 * usage: scene-client --buffers shm|library|dmabuf --dump scanout|renderer --out FOLDER
 *
 * Writes FOLDER/step-N.raw (rows of XRGB8888) and FOLDER/step-N.size (pixels in a row). The program
 * that reads the scan-out is $EXUP_SCANOUT. FOLDER/paths says how many of the library's buffers took
 * which path.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <wayland-client.h>

#include "scene-items.h"
#include "test-buffer.h"
#include "test-client.h"
#include "test-scene-client-protocol.h"
#include "viewporter-client-protocol.h"

#define BUFFERS 2
#define ITEMS_MAX 64

/**
 * struct item - a surface
 * @pixels: what it shows, as ARGB8888; buffers are copies in their own format
 * @format: wl_shm's
 */
struct item {
	struct wl_surface *surface;
	struct wl_subsurface *subsurface;
	struct wp_viewport *viewport;
	struct test_buffer *buffers[BUFFERS];
	uint32_t *pixels;
	uint32_t format;
	int32_t width;
	int32_t height;
	int32_t x;
	int32_t y;
	struct test_buffer_layout layout;
};

/**
 * struct scene
 * @background: of the whole window
 * @items: as scene_items
 * @dump_result: of the module; 1 until it answers
 */
struct scene {
	struct test_client client;
	struct exup_client *exup;
	enum test_buffer_kind kind;
	bool dump_through_renderer;
	const char *out;
	struct item background;
	struct item items[ITEMS_MAX];
	int32_t dump_result;
};

static bool
has_alpha(uint32_t format)
{
	return format == WL_SHM_FORMAT_ARGB8888 || format == WL_SHM_FORMAT_ABGR8888;
}

/* All alphas and many colours close together, premultiplied; where there is no alpha, junk. */
static uint32_t
compute_pixel(uint32_t seed, uint32_t x, uint32_t y, bool alpha)
{
	uint32_t a = (x * 2 + y * 3 + seed * 31) & 0xff;
	uint32_t r = (x * 3 + seed * 17) & 0xff;
	uint32_t g = (y * 5 + seed * 29) & 0xff;
	uint32_t b = ((x ^ y) * 7 + seed * 11) & 0xff;

	if (alpha) {
		r = r * a / 255;
		g = g * a / 255;
		b = b * a / 255;
	}
	return a << 24 | r << 16 | g << 8 | b;
}

static void
draw(struct item *item, uint32_t seed, const struct exup_rect *rect)
{
	int32_t x, y;

	for (y = rect->y; y < rect->y + rect->height; y++) {
		for (x = rect->x; x < rect->x + rect->width; x++) {
			item->pixels[y * item->width + x] = compute_pixel(
				seed, (uint32_t)x, (uint32_t)y, has_alpha(item->format));
		}
	}
}

static void
convert_row(void *row, const uint32_t *pixels, int32_t width, uint32_t format)
{
	int32_t x;

	for (x = 0; x < width; x++) {
		uint32_t p = pixels[x];

		switch (format) {
		case WL_SHM_FORMAT_RGB565:
			((uint16_t *)row)[x] = (uint16_t)((p >> 8 & 0xf800) | (p >> 5 & 0x07e0) |
							  (p >> 3 & 0x001f));
			break;
		case WL_SHM_FORMAT_XBGR8888:
		case WL_SHM_FORMAT_ABGR8888:
			((uint32_t *)row)[x] =
				(p & 0xff00ff00) | (p >> 16 & 0xff) | (p & 0xff) << 16;
			break;
		default:
			((uint32_t *)row)[x] = p;
			break;
		}
	}
}

static struct test_buffer *
get_free_buffer(struct scene *scene, struct item *item)
{
	size_t i;

	for (;;) {
		for (i = 0; i < BUFFERS; i++) {
			if (!test_buffer_is_busy(item->buffers[i])) {
				return item->buffers[i];
			}
		}
		test_client_dispatch(&scene->client);
	}
}

/* The whole image goes into the buffer, which is older than the last; the damage is what changed. */
static void
commit(struct scene *scene, struct item *item, const struct exup_rect *damage, int damage_count)
{
	struct test_buffer *buffer = get_free_buffer(scene, item);
	int32_t y;

	for (y = 0; y < item->height; y++) {
		convert_row(test_buffer_row(buffer, y), item->pixels + y * item->width, item->width,
			    item->format);
	}
	test_buffer_commit(buffer, item->surface, damage, damage_count);
}

static void
set_size(struct scene *scene, struct item *item, int32_t width, int32_t height)
{
	enum test_buffer_kind kind = scene->kind;
	size_t i;

	if (item->format != WL_SHM_FORMAT_ARGB8888 && item->format != WL_SHM_FORMAT_XRGB8888) {
		kind = TEST_BUFFER_SHM;
	}
	item->width = width;
	item->height = height;
	free(item->pixels);
	item->pixels = calloc((size_t)width * (size_t)height, 4);
	if (!item->pixels) {
		test_fail("no memory");
	}
	for (i = 0; i < BUFFERS; i++) {
		test_buffer_destroy(item->buffers[i]);
		item->buffers[i] = test_buffer_create(&scene->client, scene->exup, kind, width,
						      height, item->format, &item->layout);
	}
}

static void
draw_all(struct item *item, uint32_t seed)
{
	draw(item, seed, &(struct exup_rect){ 0, 0, item->width, item->height });
}

static void
set_opaque(struct scene *scene, struct item *item, const struct exup_rect *rect)
{
	struct wl_region *region = wl_compositor_create_region(scene->client.compositor);

	wl_region_add(region, rect->x, rect->y, rect->width, rect->height);
	wl_surface_set_opaque_region(item->surface, region);
	wl_region_destroy(region);
}

static void
set_viewport(struct scene *scene, struct item *item, const struct exup_rect *crop,
	     int32_t destination_width, int32_t destination_height)
{
	if (!item->viewport) {
		item->viewport =
			wp_viewporter_get_viewport(scene->client.viewporter, item->surface);
	}
	if (crop->width > 0) {
		wp_viewport_set_source(item->viewport, crop->x, crop->y, crop->width, crop->height);
	}
	if (destination_width > 0) {
		wp_viewport_set_destination(item->viewport, destination_width, destination_height);
	}
}

static void
move(struct item *item, int32_t dx, int32_t dy)
{
	item->x += dx;
	item->y += dy;
	wl_subsurface_set_position(item->subsurface, item->x, item->y);
}

static void
create_item(struct scene *scene, struct item *item, const struct scene_item_spec *spec)
{
	struct test_client *client = &scene->client;

	item->surface = wl_compositor_create_surface(client->compositor);
	item->subsurface = wl_subcompositor_get_subsurface(client->subcompositor, item->surface,
							   client->surface);
	item->format = spec->format;
	item->layout = spec->layout;
	item->x = spec->anchor == SCENE_BOTTOM_RIGHT ? client->width - spec->x : spec->x;
	item->y = spec->anchor == SCENE_BOTTOM_RIGHT ? client->height - spec->y : spec->y;
	move(item, 0, 0);
	if (spec->scale > 0) {
		wl_surface_set_buffer_scale(item->surface, spec->scale);
	}
	wl_surface_set_buffer_transform(item->surface, spec->transform);
	if (spec->crop.width > 0 || spec->destination_width > 0) {
		set_viewport(scene, item, &spec->crop, spec->destination_width,
			     spec->destination_height);
	}
	if (spec->opaque.width > 0) {
		set_opaque(scene, item, &spec->opaque);
	}
	set_size(scene, item, spec->width, spec->height);
	draw_all(item, (uint32_t)(spec - scene_items) + 1);
	commit(scene, item, NULL, 0);
}

static void
create_background(struct scene *scene)
{
	struct test_client *client = &scene->client;
	struct item *item = &scene->background;
	int32_t scale = client->output_scale;

	item->surface = client->surface;
	item->format = WL_SHM_FORMAT_XRGB8888;
	wl_surface_set_buffer_scale(item->surface, scale);
	set_size(scene, item, client->width * scale, client->height * scale);
	draw_all(item, 0);
}

static struct item *
find(struct scene *scene, const char *name)
{
	size_t i;

	for (i = 0; i < scene_item_count; i++) {
		if (strcmp(scene_items[i].name, name) == 0) {
			return &scene->items[i];
		}
	}
	test_fail("the scene has no item %s", name);
}

static void
set_view(struct scene *scene, struct item *item, double alpha, double degrees, double zoom)
{
	exup_test_scene_set_view(scene->client.scene, item->surface, wl_fixed_from_double(alpha),
				 wl_fixed_from_double(degrees), wl_fixed_from_double(zoom));
}

/*
 * Where an image is filtered, a pixel that changes shows in its neighbours too, which Weston does not
 * count as damaged: they change when they happen to be painted again, and pictures would depend on
 * what was painted when. Such surfaces are damaged as a whole.
 */
static bool
is_filtered(const struct scene *scene, const char *name)
{
	const struct scene_item_spec *spec = scene_items;

	while (strcmp(spec->name, name) != 0) {
		spec++;
	}
	return spec->degrees != 0 || spec->zoom != 0 ||
	       (spec->scale > 0 ? spec->scale : 1) != scene->client.output_scale;
}

static void
redraw(struct scene *scene, const char *name, uint32_t seed, const struct exup_rect *rects,
       int count)
{
	struct item *item = find(scene, name);
	int i;

	for (i = 0; i < count; i++) {
		draw(item, seed, &rects[i]);
	}
	if (is_filtered(scene, name)) {
		commit(scene, item, NULL, 0);
	} else {
		commit(scene, item, rects, count);
	}
}

/* Redraws some rectangles that differ from item to item, within its size. */
static void
redraw_some(struct scene *scene, const char *name, uint32_t seed)
{
	struct item *item = find(scene, name);
	const struct exup_rect rects[] = {
		{ 1, 2, 3, 1 },
		{ item->width / 2, item->height / 3, item->width / 4, item->height / 4 },
		{ item->width - 2, item->height - 3, 2, 3 },
	};

	redraw(scene, name, seed, rects, 3);
}

static void
step_damage(struct scene *scene)
{
	redraw_some(scene, "opaque", 101);
	redraw_some(scene, "blend", 102);
	redraw_some(scene, "opaque-part", 103);
	redraw_some(scene, "off-left", 104);
	redraw_some(scene, "rgb565", 105);
	redraw_some(scene, "abgr", 106);
	redraw_some(scene, "unaligned", 107);
	redraw_some(scene, "turned-30", 108);
}

static void
step_move(struct scene *scene)
{
	move(find(scene, "odd"), 13, 7);
	move(find(scene, "blend-over-blend"), -9, 4);
	move(find(scene, "turned-30"), 5, -6);
	move(find(scene, "pixel-blend"), -20, 0);
	move(find(scene, "off-right"), -11, -5);
}

static void
step_resize(struct scene *scene)
{
	struct item *item = find(scene, "opaque");

	set_size(scene, item, 131, 97);
	draw_all(item, 120);
	commit(scene, item, NULL, 0);
	item = find(scene, "blend");
	set_size(scene, item, 140, 31);
	draw_all(item, 121);
	commit(scene, item, NULL, 0);
	item = find(scene, "grow");
	set_viewport(scene, item, &(struct exup_rect){ 0 }, 97, 83);
	wl_surface_commit(item->surface);
	item = find(scene, "crop");
	set_viewport(scene, item, &(struct exup_rect){ 20 * 256, 9 * 256, 40 * 256, 33 * 256 }, 0,
		     0);
	wl_surface_commit(item->surface);
}

static void
step_hide(struct scene *scene)
{
	static const char *const names[] = { "blend", "rgb565", "pixel", "turn-3" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct item *item = find(scene, names[i]);

		wl_surface_attach(item->surface, NULL, 0, 0);
		wl_surface_commit(item->surface);
	}
}

static void
step_show(struct scene *scene)
{
	static const char *const names[] = { "blend", "rgb565", "pixel", "turn-3" };
	uint32_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct item *item = find(scene, names[i]);

		draw_all(item, 140 + i);
		commit(scene, item, NULL, 0);
	}
}

static void
step_restack(struct scene *scene)
{
	wl_subsurface_place_above(find(scene, "opaque")->subsurface, find(scene, "top")->surface);
	wl_subsurface_place_below(find(scene, "blend-over-blend")->subsurface,
				  find(scene, "odd")->surface);
}

static void
step_pixels(struct scene *scene)
{
	static const char *const names[] = { "turn-1", "turn-2",  "turn-3",    "turn-4",
					     "turn-5", "turn-6",  "turn-7",    "turn-scale",
					     "crop",   "scale-2", "unaligned", "crop-and-turn" };
	struct exup_rect rects[12];
	uint32_t i;
	int k;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (k = 0; k < 12; k++) {
			rects[k] = (struct exup_rect){ 3 * k + 1, 2 * k + 1, 1, 1 };
		}
		redraw(scene, names[i], 160 + i, rects, 12);
	}
}

static void
step_views(struct scene *scene)
{
	set_view(scene, find(scene, "faded"), 0.8, 0, 1);
	set_view(scene, find(scene, "faded-blend"), 1, 0, 1);
	set_view(scene, find(scene, "turned-30"), 0.6, -45, 1.25);
	set_view(scene, find(scene, "zoomed"), 1, 180, 0.75);
	set_view(scene, find(scene, "odd"), 0, 0, 1);
}

static void
step_background(struct scene *scene)
{
	const struct exup_rect rect = { 90, 150, 300, 120 };
	struct item *item = find(scene, "turn-1");

	draw(&scene->background, 180, &rect);
	commit(scene, &scene->background, &rect, 1);
	wl_surface_set_buffer_transform(item->surface, 6);
	draw_all(item, 181);
	commit(scene, item, NULL, 0);
	item = find(scene, "scale-2");
	wl_surface_set_buffer_scale(item->surface, 1);
	draw_all(item, 182);
	commit(scene, item, NULL, 0);
	item = find(scene, "opaque-part");
	set_opaque(scene, item, &(struct exup_rect){ 70, 40, 30, 30 });
	wl_surface_commit(item->surface);
}

/* Damage that no pixel changed in, and none: nothing may happen to the picture. */
static void
step_nothing(struct scene *scene)
{
	const struct exup_rect rect = { 3, 3, 50, 20 };

	commit(scene, find(scene, "opaque"), &rect, 1);
	commit(scene, find(scene, "blend"), &rect, 0);
}

/*
 * A cropped buffer is redrawn outside of the crop as well, which the core does not count as damage;
 * then the crop moves, without a new buffer.
 */
static void
step_redraw_crop(struct scene *scene)
{
	struct item *item = find(scene, "crop");

	draw_all(item, 300);
	commit(scene, item, NULL, 0);
}

static void
step_pan_crop(struct scene *scene)
{
	struct item *item = find(scene, "crop");

	set_viewport(scene, item, &(struct exup_rect){ 45 * 256, 35 * 256, 50 * 256, 40 * 256 }, 0,
		     0);
	wl_surface_damage(item->surface, 0, 0, INT32_MAX, INT32_MAX);
	wl_surface_commit(item->surface);
}

static const struct {
	const char *name;
	void (*take)(struct scene *scene);
} steps[] = {
	{ "small damage", step_damage },
	{ "moves", step_move },
	{ "sizes", step_resize },
	{ "hidden surfaces", step_hide },
	{ "shown again", step_show },
	{ "stacking", step_restack },
	{ "single pixels", step_pixels },
	{ "alpha and turns of views", step_views },
	{ "background, transforms, opaque regions", step_background },
	{ "no change", step_nothing },
	{ "a crop's buffer", step_redraw_crop },
	{ "a crop that moves", step_pan_crop },
};

static void
handle_dumped(void *data, struct exup_test_scene *test_scene, int32_t result)
{
	struct scene *scene = data;

	(void)test_scene;
	scene->dump_result = result;
}

static const struct exup_test_scene_listener scene_listener = {
	.dumped = handle_dumped,
};

static void
write_size(struct scene *scene, int number)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/step-%d.size", scene->out, number);
	file = fopen(path, "w");
	if (!file || fprintf(file, "%d\n", scene->client.mode_width) < 0 || fclose(file) != 0) {
		test_fail("cannot write %s", path);
	}
}

static void
dump(struct scene *scene, int number)
{
	const char *scanout = getenv("EXUP_SCANOUT");
	char path[256];

	snprintf(path, sizeof(path), "%s/step-%d.raw", scene->out, number);
	if (scene->dump_through_renderer) {
		scene->dump_result = 1;
		exup_test_scene_dump(scene->client.scene, path);
		while (scene->dump_result == 1) {
			test_client_dispatch(&scene->client);
		}
		if (scene->dump_result < 0) {
			test_fail("the module cannot write %s", path);
		}
	} else {
		test_run((const char *const[]){ scanout ? scanout : "scanout", "--raw", path,
						NULL });
	}
	write_size(scene, number);
}

static void
show_first(struct scene *scene)
{
	struct test_feedback *feedback;
	size_t i;

	create_background(scene);
	for (i = 0; i < scene_item_count; i++) {
		create_item(scene, &scene->items[i], &scene_items[i]);
	}
	feedback = test_client_feedback(&scene->client, scene->client.surface);
	commit(scene, &scene->background, NULL, 0);
	test_client_wait_shown(&scene->client, feedback);
	/* only now are there views */
	for (i = 0; i < scene_item_count; i++) {
		const struct scene_item_spec *spec = &scene_items[i];

		if (spec->alpha != 0 || spec->degrees != 0 || spec->zoom != 0) {
			set_view(scene, &scene->items[i], spec->alpha != 0 ? spec->alpha : 1,
				 spec->degrees, spec->zoom != 0 ? spec->zoom : 1);
		}
	}
	/* both buffers of the output have the scene after a second frame */
	test_client_commit_shown(&scene->client, scene->client.surface);
}

static void
write_paths(struct scene *scene)
{
	int userptr = 0, fallback = 0;
	char path[256];
	FILE *file;
	size_t i, k;

	for (i = 0; i < scene_item_count; i++) {
		for (k = 0; k < BUFFERS; k++) {
			struct exup_buffer *buffer =
				test_buffer_get_exup(scene->items[i].buffers[k]);

			if (!buffer) {
				continue;
			}
			if (exup_buffer_get_path(buffer) == EXUP_PATH_USERPTR) {
				userptr++;
			} else {
				fallback++;
			}
		}
	}
	snprintf(path, sizeof(path), "%s/paths", scene->out);
	file = fopen(path, "w");
	if (!file || fprintf(file, "userptr %d shm %d\n", userptr, fallback) < 0 ||
	    fclose(file) != 0) {
		test_fail("cannot write %s", path);
	}
}

static void
run(struct scene *scene)
{
	size_t i;

	test_client_init(&scene->client);
	if (!scene->client.scene) {
		test_fail("the compositor has not loaded the test module");
	}
	exup_test_scene_add_listener(scene->client.scene, &scene_listener, scene);
	if (exup_client_create(scene->client.display, NULL, 0, &scene->exup) < 0) {
		test_fail("exup_client_create");
	}
	test_client_make_window(&scene->client);
	show_first(scene);
	dump(scene, 0);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		steps[i].take(scene);
		test_client_commit_shown(&scene->client, scene->client.surface);
		dump(scene, (int)i + 1);
	}
	write_paths(scene);
}

static void
destroy_item(struct item *item)
{
	size_t i;

	for (i = 0; i < BUFFERS; i++) {
		test_buffer_destroy(item->buffers[i]);
	}
	free(item->pixels);
}

static bool
parse_options(int argc, char **argv, struct scene *scene)
{
	static const struct option known[] = {
		{ "buffers", required_argument, NULL, 'b' },
		{ "dump", required_argument, NULL, 'd' },
		{ "out", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	static const char *const kinds[] = { "shm", "library", "dmabuf" };
	int option;
	size_t i;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'b':
			for (i = 0; i < 3; i++) {
				if (strcmp(optarg, kinds[i]) == 0) {
					scene->kind = (enum test_buffer_kind)i;
				}
			}
			break;
		case 'd':
			scene->dump_through_renderer = strcmp(optarg, "renderer") == 0;
			break;
		case 'o':
			scene->out = optarg;
			break;
		default:
			return false;
		}
	}
	return scene->out && optind == argc;
}

int
main(int argc, char **argv)
{
	struct scene scene = { 0 };
	size_t i;

	if (scene_item_count > ITEMS_MAX || !parse_options(argc, argv, &scene)) {
		fprintf(stderr, "usage: scene-client --buffers shm|library|dmabuf "
				"--dump scanout|renderer --out FOLDER\n");
		return 2;
	}
	mkdir(scene.out, 0755);
	run(&scene);
	destroy_item(&scene.background);
	for (i = 0; i < scene_item_count; i++) {
		destroy_item(&scene.items[i]);
	}
	exup_client_destroy(scene.exup);
	test_client_fini(&scene.client);
	return 0;
}
