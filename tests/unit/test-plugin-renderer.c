// SPDX-License-Identifier: MIT
/* compositor-plugin/renderer.c: what cannot be painted is given back to Weston's own renderer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log.h"
#include "output.h"
#include "renderer.h"
#include "surface.h"

#define SURFACES 4

/* Whether the module can paint, and what was done instead. */
static bool can_paint;
static unsigned int paints;
static unsigned int destructions;
static unsigned int original_repaints;
static pixman_box32_t original_damage;
static struct weston_surface *attached_surface;
static struct weston_buffer *attached_buffer;
static struct weston_surface *colored_surface;
static unsigned int damages;
static struct exup_plugin_output output_state;

/** struct fixture - as far as renderer.c looks at Weston's objects */
struct fixture {
	struct weston_compositor compositor;
	struct weston_renderer renderer;
	struct weston_output output;
	struct weston_surface surfaces[SURFACES];
	struct weston_buffer buffers[SURFACES];
	struct exup_plugin_surface states[SURFACES];
	struct exup_plugin plugin;
};

void
exup_plugin_log(const char *format, ...)
{
	(void)format;
}

void
exup_plugin_destroy(struct exup_plugin *plugin)
{
	exup_plugin_renderer_restore(plugin);
	destructions++;
}

struct exup_plugin_output *
exup_plugin_output_find(struct weston_output *output)
{
	(void)output;
	return &output_state;
}

struct exup_plugin_output *
exup_plugin_output_get(struct exup_plugin *plugin, struct weston_output *output)
{
	(void)plugin, (void)output;
	return &output_state;
}

bool
exup_plugin_output_repaint(struct exup_plugin_output *state, pixman_region32_t *global_damage)
{
	(void)state, (void)global_damage;
	paints++;
	return can_paint;
}

int
exup_plugin_output_read(struct exup_plugin_output *state, pixman_format_code_t format, void *pixels,
			uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	(void)state, (void)format, (void)pixels, (void)x, (void)y, (void)width, (void)height;
	return -1;
}

struct exup_plugin_surface *
exup_plugin_surface_get(struct exup_plugin *plugin, struct weston_surface *surface)
{
	(void)plugin, (void)surface;
	return NULL;
}

void
exup_plugin_surface_attach(struct exup_plugin_surface *state, struct weston_buffer *buffer)
{
	(void)state, (void)buffer;
}

void
exup_plugin_surface_flush(struct exup_plugin_surface *state)
{
	(void)state;
}

int
exup_plugin_surface_copy(struct exup_plugin_surface *state, void *target, size_t size_bytes,
			 int src_x, int src_y, int width, int height)
{
	(void)state, (void)target, (void)size_bytes, (void)src_x, (void)src_y;
	(void)width, (void)height;
	return -1;
}

void
exup_plugin_content_set_solid(struct exup_plugin_content *content, const pixman_color_t *color)
{
	(void)content, (void)color;
}

void
weston_compositor_damage_all(struct weston_compositor *compositor)
{
	(void)compositor;
	damages++;
}

static void
original_repaint(struct weston_output *output, pixman_region32_t *damage)
{
	(void)output;
	original_repaints++;
	original_damage = *pixman_region32_extents(damage);
}

static void
original_attach(struct weston_surface *surface, struct weston_buffer *buffer)
{
	/* one alone: the others have nothing that this renderer could show */
	assert_null(attached_surface);
	attached_surface = surface;
	attached_buffer = buffer;
}

static void
original_set_color(struct weston_surface *surface, float red, float green, float blue, float alpha)
{
	assert_null(colored_surface);
	colored_surface = surface;
	assert_true(red == 1.0f && green == 0.0f && blue == 0.0f && alpha == 1.0f);
}

static int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	int i;

	assert_non_null(fixture);
	paints = destructions = original_repaints = damages = 0;
	attached_surface = colored_surface = NULL;
	fixture->renderer.repaint_output = original_repaint;
	fixture->renderer.attach = original_attach;
	fixture->renderer.surface_set_color = original_set_color;
	fixture->compositor.renderer = &fixture->renderer;
	wl_signal_init(&fixture->compositor.destroy_signal);
	wl_list_init(&fixture->compositor.view_list);
	fixture->output.compositor = &fixture->compositor;
	pixman_region32_init_rect(&fixture->output.region, 0, 0, 640, 480);
	fixture->plugin.compositor = &fixture->compositor;
	wl_list_init(&fixture->plugin.surfaces);
	for (i = 0; i < SURFACES; i++) {
		fixture->states[i].surface = &fixture->surfaces[i];
		wl_list_insert(&fixture->plugin.surfaces, &fixture->states[i].link);
	}
	exup_plugin_renderer_patch(&fixture->plugin);
	damages = 0;
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	pixman_region32_fini(&fixture->output.region);
	free(fixture);
	return 0;
}

static void
repaint(struct fixture *fixture)
{
	pixman_region32_t damage;

	pixman_region32_init_rect(&damage, 10, 10, 20, 20);
	fixture->renderer.repaint_output(&fixture->output, &damage);
	pixman_region32_fini(&damage);
}

static void
test_painted(void **state)
{
	can_paint = true;
	repaint(*state);
	assert_int_equal(paints, 1);
	assert_int_equal(original_repaints, 0);
	assert_int_equal(destructions, 0);
}

static void
test_given_back(void **state)
{
	struct fixture *fixture = *state;

	fixture->states[0].content.kind = EXUP_PLUGIN_CONTENT_SOLID;
	fixture->states[0].content.solid =
		(pixman_color_t){ .red = 0xffff, .green = 0, .blue = 0, .alpha = 0xffff };
	fixture->states[1].content.kind = EXUP_PLUGIN_CONTENT_UPLOAD;
	fixture->states[1].buffer_ref.buffer = &fixture->buffers[1];
	/* released to its client, and in place */
	fixture->states[2].content.kind = EXUP_PLUGIN_CONTENT_UPLOAD;
	fixture->states[3].content.kind = EXUP_PLUGIN_CONTENT_IN_PLACE;
	fixture->states[3].buffer_ref.buffer = &fixture->buffers[3];
	can_paint = false;
	repaint(fixture);
	/* the very buffer that is shown next, and all of it */
	assert_int_equal(original_repaints, 1);
	assert_int_equal(original_damage.x2, 640);
	assert_int_equal(original_damage.y2, 480);
	assert_int_equal(destructions, 1);
	assert_int_equal(damages, 1);
	assert_ptr_equal(colored_surface, &fixture->surfaces[0]);
	assert_ptr_equal(attached_surface, &fixture->surfaces[1]);
	assert_ptr_equal(attached_buffer, &fixture->buffers[1]);
	/* once and for all */
	repaint(fixture);
	assert_int_equal(paints, 1);
	assert_int_equal(original_repaints, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_painted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_given_back, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
