// SPDX-License-Identifier: MIT
/* A Weston module for tests: turns, zooms and fades views, and reads outputs back (test-scene.xml). */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libweston/libweston.h>
#include <weston.h>

#include "test-scene-server-protocol.h"

/** struct scene - the module; it holds nothing else */
struct scene {
	struct weston_compositor *compositor;
	struct wl_global *global;
	struct wl_listener compositor_destroy;
	struct wl_list views;
};

/** struct view_transform - @link: scene.views */
struct view_transform {
	struct wl_list link;
	struct weston_view *view;
	struct weston_transform transform;
	struct wl_listener view_destroy;
};

/** struct dump - one that waits for a repaint; goes with its resource */
struct dump {
	struct wl_resource *resource;
	struct wl_listener resource_destroy;
	struct weston_output *output;
	struct wl_listener frame;
	char *path;
};

static void
destroy_view_transform(struct view_transform *view_transform)
{
	wl_list_remove(&view_transform->transform.link);
	wl_list_remove(&view_transform->view_destroy.link);
	wl_list_remove(&view_transform->link);
	free(view_transform);
}

static void
handle_view_destroy(struct wl_listener *listener, void *data)
{
	struct view_transform *view_transform =
		wl_container_of(listener, view_transform, view_destroy);

	(void)data;
	destroy_view_transform(view_transform);
}

static struct view_transform *
get_view_transform(struct scene *scene, struct weston_view *view)
{
	struct view_transform *view_transform;
	struct wl_listener *listener;

	listener = wl_signal_get(&view->destroy_signal, handle_view_destroy);
	if (listener) {
		return wl_container_of(listener, view_transform, view_destroy);
	}
	view_transform = calloc(1, sizeof(*view_transform));
	if (!view_transform) {
		abort();
	}
	view_transform->view = view;
	view_transform->view_destroy.notify = handle_view_destroy;
	wl_signal_add(&view->destroy_signal, &view_transform->view_destroy);
	wl_list_insert(&scene->views, &view_transform->link);
	wl_list_init(&view_transform->transform.link);
	return view_transform;
}

static void
transform_view(struct view_transform *view_transform, double degrees, double zoom)
{
	struct weston_view *view = view_transform->view;
	struct weston_matrix *matrix = &view_transform->transform.matrix;
	float x = (float)view->surface->width / 2, y = (float)view->surface->height / 2;
	double angle = degrees * M_PI / 180;
	/* quarter turns are exact: cos(90 degrees) is not quite 0 */
	bool is_quarter = fmod(degrees, 90) == 0;
	float c = (float)(is_quarter ? round(cos(angle)) : cos(angle));
	float s = (float)(is_quarter ? round(sin(angle)) : sin(angle));

	wl_list_remove(&view_transform->transform.link);
	wl_list_init(&view_transform->transform.link);
	if (degrees != 0 || zoom != 1) {
		weston_matrix_init(matrix);
		weston_matrix_translate(matrix, -x, -y, 0);
		weston_matrix_rotate_xy(matrix, c, s);
		weston_matrix_scale(matrix, (float)zoom, (float)zoom, 1);
		weston_matrix_translate(matrix, x, y, 0);
		wl_list_insert(&view->geometry.transformation_list,
			       &view_transform->transform.link);
	}
}

static void
scene_set_view(struct wl_client *client, struct wl_resource *resource,
	       struct wl_resource *surface_resource, wl_fixed_t alpha, wl_fixed_t degrees,
	       wl_fixed_t zoom)
{
	struct scene *scene = wl_resource_get_user_data(resource);
	struct weston_surface *surface = wl_resource_get_user_data(surface_resource);
	struct weston_view *view;

	(void)client;
	wl_list_for_each (view, &surface->views, surface_link) {
		transform_view(get_view_transform(scene, view), wl_fixed_to_double(degrees),
			       wl_fixed_to_double(zoom));
		view->alpha = (float)wl_fixed_to_double(alpha);
		weston_view_geometry_dirty(view);
	}
	weston_surface_damage(surface);
}

static int
write_output(struct weston_output *output, const char *path)
{
	struct weston_renderer *renderer = output->compositor->renderer;
	uint32_t width = (uint32_t)output->current_mode->width;
	uint32_t height = (uint32_t)output->current_mode->height;
	size_t count = (size_t)width * height, i;
	uint32_t *pixels = calloc(count, 4);
	FILE *file = fopen(path, "wb");
	int ret = -EIO;

	if (pixels && file &&
	    renderer->read_pixels(output, PIXMAN_x8r8g8b8, pixels, 0, 0, width, height) == 0) {
		for (i = 0; i < count; i++) {
			pixels[i] |= 0xff000000;
		}
		ret = fwrite(pixels, 4, count, file) == count ? 0 : -EIO;
	}
	if (file && fclose(file) != 0) {
		ret = -EIO;
	}
	free(pixels);
	return ret;
}

static void
destroy_dump(struct dump *dump)
{
	wl_list_remove(&dump->resource_destroy.link);
	wl_list_remove(&dump->frame.link);
	free(dump->path);
	free(dump);
}

static void
handle_dump_resource_destroy(struct wl_listener *listener, void *data)
{
	struct dump *dump = wl_container_of(listener, dump, resource_destroy);

	(void)data;
	destroy_dump(dump);
}

static void
handle_frame(struct wl_listener *listener, void *data)
{
	struct dump *dump = wl_container_of(listener, dump, frame);

	(void)data;
	exup_test_scene_send_dumped(dump->resource, write_output(dump->output, dump->path));
	destroy_dump(dump);
}

static void
scene_dump(struct wl_client *client, struct wl_resource *resource, const char *path)
{
	struct scene *scene = wl_resource_get_user_data(resource);
	struct dump *dump = calloc(1, sizeof(*dump));

	(void)client;
	if (!dump) {
		abort();
	}
	dump->path = strdup(path);
	dump->resource = resource;
	dump->output = wl_container_of(scene->compositor->output_list.next, dump->output, link);
	dump->resource_destroy.notify = handle_dump_resource_destroy;
	wl_resource_add_destroy_listener(resource, &dump->resource_destroy);
	dump->frame.notify = handle_frame;
	wl_signal_add(&dump->output->frame_signal, &dump->frame);
	weston_output_schedule_repaint(dump->output);
}

static const struct exup_test_scene_interface scene_implementation = {
	.set_view = scene_set_view,
	.dump = scene_dump,
};

static void
bind_scene(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct wl_resource *resource;

	resource = wl_resource_create(client, &exup_test_scene_interface, (int)version, id);
	if (!resource) {
		wl_client_post_no_memory(client);
		return;
	}
	wl_resource_set_implementation(resource, &scene_implementation, data, NULL);
}

static void
handle_compositor_destroy(struct wl_listener *listener, void *data)
{
	struct scene *scene = wl_container_of(listener, scene, compositor_destroy);
	struct view_transform *view_transform, *next;

	(void)data;
	wl_list_for_each_safe (view_transform, next, &scene->views, link) {
		destroy_view_transform(view_transform);
	}
	wl_list_remove(&scene->compositor_destroy.link);
	wl_global_destroy(scene->global);
	free(scene);
}

WL_EXPORT int
wet_module_init(struct weston_compositor *compositor, int *argc, char *argv[])
{
	struct scene *scene = calloc(1, sizeof(*scene));

	(void)argc;
	(void)argv;
	if (!scene) {
		return -1;
	}
	scene->compositor = compositor;
	wl_list_init(&scene->views);
	scene->global = wl_global_create(compositor->wl_display, &exup_test_scene_interface, 1,
					 scene, bind_scene);
	scene->compositor_destroy.notify = handle_compositor_destroy;
	wl_signal_add(&compositor->destroy_signal, &scene->compositor_destroy);
	return scene->global ? 0 : -1;
}
