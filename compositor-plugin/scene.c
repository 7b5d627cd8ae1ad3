// SPDX-License-Identifier: MIT
/*
 * Walking Weston 10's views: their regions and matrices, as its pixman renderer reads them.
 *
 * This file depends on how Weston 10 presents its scene to a module. Regions here are in one of
 * three spaces: global (the compositor's), output (pixels of the output's buffer), buffer (pixels
 * of a client's buffer).
 */
#include <math.h>

#include "scene.h"
#include "surface.h"
#include "weston10.h"

/*
 * Pixman's transforms have 16 fractional bits: a coefficient that is nearer to another than half of
 * the last one is the same to it, over any number of pixels.
 */
#define COEFFICIENT_EPSILON (1.0f / 131072)

/* An offset does not grow with the distance: this one moves no pixel and no filter's weight. */
#define OFFSET_EPSILON (1.0f / 1024)

static bool
is_near(float a, float b)
{
	return fabsf(a - b) < COEFFICIENT_EPSILON;
}

static bool
is_whole(float offset)
{
	return fabsf(offset - roundf(offset)) < OFFSET_EPSILON;
}

static void
compute_output_to_buffer(struct weston_view *view, struct weston_output *output,
			 struct weston_matrix *matrix)
{
	*matrix = output->inverse_matrix;
	if (view->transform.enabled) {
		weston_matrix_multiply(matrix, &view->transform.inverse);
	} else {
		weston_matrix_translate(matrix, -view->geometry.x, -view->geometry.y, 0);
	}
	weston_matrix_multiply(matrix, &view->surface->surface_to_buffer_matrix);
}

/* Weston's matrices are column-major and have a z that pixman's do not. */
static void
set_pixman_transform(pixman_transform_t *transform, const struct weston_matrix *matrix)
{
	static const int rows[3] = { 0, 1, 3 };
	static const int columns[3] = { 0, 4, 12 };
	int r, c;

	for (r = 0; r < 3; r++) {
		for (c = 0; c < 3; c++) {
			transform->matrix[r][c] =
				pixman_double_to_fixed((double)matrix->d[rows[r] + columns[c]]);
		}
	}
}

static void
classify(struct exup_plugin_item *item, const struct weston_matrix *matrix)
{
	const float *d = matrix->d;
	bool is_affine = is_near(d[3], 0) && is_near(d[7], 0) && is_near(d[15], 1);
	bool is_straight = is_near(d[1], 0) && is_near(d[4], 0);
	bool is_quarter_turn = is_near(d[0], 0) && is_near(d[5], 0);

	item->is_upright = is_affine && (is_straight || is_quarter_turn);
	item->is_translation = is_affine && is_straight && is_near(d[0], 1) && is_near(d[5], 1) &&
			       is_whole(d[12]) && is_whole(d[13]);
	if (item->is_translation) {
		item->dx = (int32_t)roundf(d[12]);
		item->dy = (int32_t)roundf(d[13]);
	}
}

/* The struct that a view's items have in common; the regions are the caller's to set. */
static struct exup_plugin_item *
add_item(struct exup_plugin_frame *frame, struct exup_plugin_content *content,
	 struct weston_view *view, struct weston_output *output, pixman_op_t op)
{
	struct exup_plugin_item *item;
	struct weston_matrix matrix;

	item = exup_plugin_frame_add_below(frame, content);
	if (!item) {
		return NULL;
	}
	item->op = op;
	if (view->alpha < 1.0f) {
		item->alpha = view->alpha > 0 ? (uint16_t)(0xffff * view->alpha) : 0;
	}
	compute_output_to_buffer(view, output, &matrix);
	set_pixman_transform(&item->output_to_buffer, &matrix);
	classify(item, &matrix);
	item->bilinear = view->transform.enabled ||
			 output->current_scale != view->surface->buffer_viewport.buffer.scale;
	return item;
}

static void
set_output_region(struct exup_plugin_item *item, struct weston_output *output,
		  pixman_region32_t *global_region)
{
	pixman_region32_copy(&item->output_region, global_region);
	weston_output_region_from_global(output, &item->output_region);
	pixman_region32_intersect_rect(&item->output_region, &item->output_region, 0, 0,
				       (unsigned int)output->current_mode->width,
				       (unsigned int)output->current_mode->height);
}

/* Adds to @covered what SRC paints: whatever lies below need not be painted. */
static bool
add_translated_part(struct exup_plugin_frame *frame, struct exup_plugin_content *content,
		    struct weston_view *view, struct weston_output *output,
		    pixman_region32_t *global_region, pixman_region32_t *surface_part,
		    pixman_op_t op, pixman_region32_t *covered)
{
	struct exup_plugin_item *item;
	pixman_region32_t region;
	bool ok = true;
	float x, y;

	pixman_region32_init(&region);
	weston_view_to_global_float(view, 0, 0, &x, &y);
	pixman_region32_copy(&region, surface_part);
	pixman_region32_translate(&region, (int)x, (int)y);
	pixman_region32_intersect(&region, &region, global_region);
	if (pixman_region32_not_empty(&region)) {
		item = add_item(frame, content, view, output, op);
		if (item) {
			set_output_region(item, output, &region);
		}
		if (item && op == PIXMAN_OP_SRC) {
			pixman_region32_union(covered, covered, &region);
		}
		ok = item;
	}
	pixman_region32_fini(&region);
	return ok;
}

/*
 * What the client says is opaque; all of it where the pixels have no alpha, which many a client does
 * not say. Not where a filter may mix pixels with what is beyond the edge.
 */
static void
get_opaque_part(struct weston_view *view, struct weston_output *output,
		const struct exup_plugin_content *content, pixman_region32_t *opaque)
{
	struct weston_surface *surface = view->surface;
	struct exup_plugin_item item;
	struct weston_matrix matrix;

	if (view->alpha < 1.0f) {
		pixman_region32_init(opaque);
		return;
	}
	compute_output_to_buffer(view, output, &matrix);
	classify(&item, &matrix);
	if (exup_plugin_content_is_opaque(content) &&
	    (item.is_translation || content->kind == EXUP_PLUGIN_CONTENT_SOLID)) {
		pixman_region32_init_rect(opaque, 0, 0, (unsigned int)surface->width,
					  (unsigned int)surface->height);
	} else {
		pixman_region32_init(opaque);
		pixman_region32_copy(opaque, &surface->opaque);
	}
}

/* Regions of the surface are regions of the screen, so that its opaque part needs no blending. */
static bool
add_translated_view(struct exup_plugin_frame *frame, struct exup_plugin_content *content,
		    struct weston_view *view, struct weston_output *output,
		    pixman_region32_t *global_region, pixman_region32_t *covered)
{
	struct weston_surface *surface = view->surface;
	pixman_region32_t opaque, blended;
	bool ok;

	get_opaque_part(view, output, content, &opaque);
	pixman_region32_init_rect(&blended, 0, 0, (unsigned int)surface->width,
				  (unsigned int)surface->height);
	pixman_region32_subtract(&blended, &blended, &opaque);
	ok = add_translated_part(frame, content, view, output, global_region, &opaque,
				 PIXMAN_OP_SRC, covered);
	ok = add_translated_part(frame, content, view, output, global_region, &blended,
				 PIXMAN_OP_OVER, covered) &&
	     ok;
	pixman_region32_fini(&blended);
	pixman_region32_fini(&opaque);
	return ok;
}

/* The bounding box is larger than the view: which pixels belong to it is told in the buffer. */
static bool
add_transformed_view(struct exup_plugin_frame *frame, struct exup_plugin_content *content,
		     struct weston_view *view, struct weston_output *output,
		     pixman_region32_t *global_region)
{
	struct weston_surface *surface = view->surface;
	struct exup_plugin_item *item;
	pixman_region32_t surface_clip;

	item = add_item(frame, content, view, output, PIXMAN_OP_OVER);
	if (!item) {
		return false;
	}
	set_output_region(item, output, global_region);
	pixman_region32_init_rect(&surface_clip, 0, 0, (unsigned int)surface->width,
				  (unsigned int)surface->height);
	if (view->geometry.scissor_enabled) {
		pixman_region32_intersect(&surface_clip, &surface_clip, &view->geometry.scissor);
	}
	item->has_source_clip = true;
	weston_surface_to_buffer_region(surface, &surface_clip, &item->source_clip);
	if (content->kind != EXUP_PLUGIN_CONTENT_SOLID) {
		pixman_region32_intersect_rect(&item->source_clip, &item->source_clip, 0, 0,
					       (unsigned int)content->width,
					       (unsigned int)content->height);
	}
	pixman_region32_fini(&surface_clip);
	return true;
}

static bool
is_moved_only(const struct weston_view *view)
{
	return !view->transform.enabled ||
	       view->transform.matrix.type <= WESTON_MATRIX_TRANSFORM_TRANSLATE;
}

static bool
add_view(struct exup_plugin *plugin, struct weston_view *view, struct weston_output *output,
	 pixman_region32_t *global_damage, pixman_region32_t *covered,
	 struct exup_plugin_frame *frame)
{
	struct exup_plugin_surface *state;
	pixman_region32_t region;
	bool ok = true;

	state = exup_plugin_surface_get(plugin, view->surface);
	if (!state) {
		return false;
	}
	if (state->content.kind == EXUP_PLUGIN_CONTENT_NONE) {
		return true;
	}
	pixman_region32_init(&region);
	pixman_region32_intersect(&region, &view->transform.boundingbox, global_damage);
	pixman_region32_subtract(&region, &region, &view->clip);
	pixman_region32_subtract(&region, &region, covered);
	if (pixman_region32_not_empty(&region)) {
		if (is_moved_only(view)) {
			ok = add_translated_view(frame, &state->content, view, output, &region,
						 covered);
		} else {
			ok = add_transformed_view(frame, &state->content, view, output, &region);
		}
	}
	pixman_region32_fini(&region);
	return ok;
}

bool
exup_plugin_scene_build(struct exup_plugin *plugin, struct weston_output *output,
			pixman_region32_t *global_damage, struct exup_plugin_frame *frame)
{
	struct weston_compositor *compositor = plugin->compositor;
	struct weston_view *view;
	pixman_region32_t covered;
	bool ok = true;

	/* the core has rebuilt the list for this repaint, top to bottom */
	pixman_region32_init(&covered);
	wl_list_for_each (view, &compositor->view_list, link) {
		if (view->plane == &compositor->primary_plane &&
		    (view->output_mask & (1u << output->id))) {
			ok = add_view(plugin, view, output, global_damage, &covered, frame) && ok;
		}
	}
	pixman_region32_fini(&covered);
	return ok;
}
