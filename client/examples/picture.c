// SPDX-License-Identifier: MIT
/* Drawing the planets: what stands still once, what moves in every frame. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "picture.h"

#define PLANET_COUNT 6

/* How flat the orbits look. */
#define TILT 0.36

/**
 * struct planet - one planet
 * @orbit: radius, of half the picture's width
 * @radius: of the picture's height
 * @period_s: of its way round
 * @phase: where it starts, in turns
 * @color: red, green, blue, 0 to 1
 */
struct planet {
	double orbit;
	double radius;
	double period_s;
	double phase;
	double color[3];
	bool has_ring;
	bool has_bands;
	bool has_moon;
};

/* Sizes and distances for the eye; the order and the colours are right. */
static const struct planet planets[PLANET_COUNT] = {
	{ 0.24, 0.016, 5.0, 0.10, { 0.72, 0.66, 0.60 }, false, false, false },
	{ 0.34, 0.026, 8.0, 0.55, { 0.96, 0.86, 0.62 }, false, false, false },
	{ 0.46, 0.029, 12.0, 0.30, { 0.30, 0.58, 0.95 }, false, false, true },
	{ 0.57, 0.021, 17.0, 0.85, { 0.92, 0.42, 0.26 }, false, false, false },
	{ 0.72, 0.060, 26.0, 0.68, { 0.88, 0.72, 0.54 }, false, true, false },
	{ 0.89, 0.046, 38.0, 0.20, { 0.93, 0.82, 0.58 }, true, false, false },
};

/**
 * struct picture
 * @scale: length of a unit of struct planet.radius, in pixels
 * @background: everything that never changes, but for the sun, which planets pass behind
 */
struct picture {
	int width;
	int height;
	double center_x;
	double center_y;
	double scale;
	cairo_surface_t *background;
};

/** Where a planet is: its centre and radius in pixels; @depth > 0 in front of the sun. */
struct place {
	double x;
	double y;
	double radius;
	double depth;
};

static struct place
get_place(const struct picture *picture, const struct planet *planet, double time_s)
{
	double angle = 2 * M_PI * (planet->phase + time_s / planet->period_s);
	double orbit = planet->orbit * picture->width / 2;
	double depth = sin(angle);

	return (struct place){
		.x = picture->center_x + orbit * cos(angle),
		.y = picture->center_y +
		     orbit * TILT * picture->height / picture->width * 1.6 * depth,
		.radius = planet->radius * picture->scale * (1 + 0.22 * depth),
		.depth = depth,
	};
}

static void
draw_ellipse(cairo_t *cr, double x, double y, double radius_x, double radius_y)
{
	cairo_save(cr);
	cairo_translate(cr, x, y);
	cairo_scale(cr, radius_x, radius_y);
	cairo_new_sub_path(cr);
	cairo_arc(cr, 0, 0, 1, 0, 2 * M_PI);
	cairo_restore(cr);
}

/* Numbers that look random and are the same in every run (a linear congruential generator). */
static double
next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) / (double)(1 << 24);
}

static void
draw_stars(const struct picture *picture, cairo_t *cr)
{
	uint32_t random = 1781;
	int count = picture->width * picture->height / 1400;
	int i;

	for (i = 0; i < count; i++) {
		double x = next_random(&random) * picture->width;
		double y = next_random(&random) * picture->height;
		double brightness = pow(next_random(&random), 3);
		double warmth = next_random(&random) * 0.25;

		cairo_set_source_rgba(cr, 1.0 - warmth * 0.4, 0.95 - warmth * 0.4, 0.8 + warmth,
				      0.25 + 0.75 * brightness);
		cairo_arc(cr, x, y, 0.45 + 0.9 * brightness, 0, 2 * M_PI);
		cairo_fill(cr);
	}
}

static void
draw_space(const struct picture *picture, cairo_t *cr, double alpha)
{
	cairo_pattern_t *pattern;
	double reach = picture->width * 0.75;

	pattern = cairo_pattern_create_radial(picture->center_x, picture->center_y, 0,
					      picture->center_x, picture->center_y, reach);
	cairo_pattern_add_color_stop_rgba(pattern, 0.0, 0.22, 0.12, 0.26, alpha);
	cairo_pattern_add_color_stop_rgba(pattern, 0.35, 0.08, 0.07, 0.22, alpha);
	cairo_pattern_add_color_stop_rgba(pattern, 1.0, 0.01, 0.02, 0.07, alpha);
	cairo_set_operator(cr, CAIRO_OPERATOR_SOURCE);
	cairo_set_source(cr, pattern);
	cairo_paint(cr);
	cairo_set_operator(cr, CAIRO_OPERATOR_OVER);
	cairo_pattern_destroy(pattern);
}

static void
draw_orbits(const struct picture *picture, cairo_t *cr)
{
	int i;

	cairo_set_line_width(cr, 1);
	for (i = 0; i < PLANET_COUNT; i++) {
		double orbit = planets[i].orbit * picture->width / 2;

		draw_ellipse(cr, picture->center_x, picture->center_y, orbit,
			     orbit * TILT * picture->height / picture->width * 1.6);
		cairo_set_source_rgba(cr, 0.65, 0.7, 1.0, 0.22);
		cairo_stroke(cr);
	}
}

static void
draw_sun(const struct picture *picture, cairo_t *cr)
{
	double radius = 0.095 * picture->scale;
	cairo_pattern_t *pattern;

	pattern = cairo_pattern_create_radial(picture->center_x, picture->center_y, 0,
					      picture->center_x, picture->center_y, radius * 3);
	cairo_pattern_add_color_stop_rgba(pattern, 0.00, 1.0, 0.98, 0.86, 1.0);
	cairo_pattern_add_color_stop_rgba(pattern, 0.25, 1.0, 0.88, 0.48, 1.0);
	cairo_pattern_add_color_stop_rgba(pattern, 0.33, 1.0, 0.66, 0.22, 0.85);
	cairo_pattern_add_color_stop_rgba(pattern, 0.38, 1.0, 0.50, 0.16, 0.32);
	cairo_pattern_add_color_stop_rgba(pattern, 1.00, 1.0, 0.35, 0.10, 0.0);
	cairo_set_source(cr, pattern);
	draw_ellipse(cr, picture->center_x, picture->center_y, radius * 3, radius * 3);
	cairo_fill(cr);
	cairo_pattern_destroy(pattern);
}

static void
draw_ring(const struct place *place, cairo_t *cr, bool is_front)
{
	cairo_save(cr);
	cairo_translate(cr, place->x, place->y);
	cairo_rotate(cr, -0.32);
	cairo_scale(cr, place->radius * 1.95, place->radius * 0.62);
	cairo_new_path(cr);
	cairo_arc(cr, 0, 0, 1, is_front ? 0 : M_PI, is_front ? M_PI : 2 * M_PI);
	cairo_restore(cr);
	cairo_set_line_width(cr, place->radius * 0.28);
	cairo_set_source_rgba(cr, 0.86, 0.76, 0.58, 0.85);
	cairo_stroke(cr);
}

static void
draw_bands(const struct place *place, cairo_t *cr)
{
	static const double heights[] = { -0.62, -0.28, 0.08, 0.45 };
	size_t i;

	cairo_save(cr);
	draw_ellipse(cr, place->x, place->y, place->radius, place->radius);
	cairo_clip(cr);
	cairo_set_source_rgba(cr, 0.55, 0.34, 0.20, 0.55);
	for (i = 0; i < sizeof(heights) / sizeof(heights[0]); i++) {
		cairo_rectangle(cr, place->x - place->radius, place->y + heights[i] * place->radius,
				2 * place->radius, place->radius * 0.17);
	}
	cairo_fill(cr);
	cairo_restore(cr);
}

/* The side towards the sun is bright. */
static void
draw_shade(const struct picture *picture, const struct place *place, cairo_t *cr)
{
	double dx = picture->center_x - place->x;
	double dy = picture->center_y - place->y;
	double distance = sqrt(dx * dx + dy * dy) + 1;
	double x = place->x + dx / distance * place->radius * 0.55;
	double y = place->y + dy / distance * place->radius * 0.55;
	cairo_pattern_t *pattern;

	pattern = cairo_pattern_create_radial(x, y, place->radius * 0.1, x, y, place->radius * 1.7);
	cairo_pattern_add_color_stop_rgba(pattern, 0.0, 1, 1, 1, 0.45);
	cairo_pattern_add_color_stop_rgba(pattern, 0.35, 1, 1, 1, 0.0);
	cairo_pattern_add_color_stop_rgba(pattern, 0.45, 0, 0, 0.05, 0.0);
	cairo_pattern_add_color_stop_rgba(pattern, 1.0, 0, 0, 0.05, 0.88);
	cairo_set_source(cr, pattern);
	draw_ellipse(cr, place->x, place->y, place->radius, place->radius);
	cairo_fill(cr);
	cairo_pattern_destroy(pattern);
}

static void
draw_moon(const struct place *place, cairo_t *cr, double time_s)
{
	double angle = 2 * M_PI * time_s / 2.5;

	cairo_set_source_rgb(cr, 0.85, 0.85, 0.88);
	cairo_arc(cr, place->x + cos(angle) * place->radius * 1.8,
		  place->y + sin(angle) * place->radius * 0.7, place->radius * 0.26, 0, 2 * M_PI);
	cairo_fill(cr);
}

static void
draw_planet(const struct picture *picture, const struct planet *planet, cairo_t *cr, double time_s)
{
	struct place place = get_place(picture, planet, time_s);

	if (planet->has_ring) {
		draw_ring(&place, cr, false);
	}
	cairo_set_source_rgb(cr, planet->color[0], planet->color[1], planet->color[2]);
	draw_ellipse(cr, place.x, place.y, place.radius, place.radius);
	cairo_fill(cr);
	if (planet->has_bands) {
		draw_bands(&place, cr);
	}
	draw_shade(picture, &place, cr);
	if (planet->has_ring) {
		draw_ring(&place, cr, true);
	}
	if (planet->has_moon) {
		draw_moon(&place, cr, time_s);
	}
}

struct picture *
picture_create(int width, int height, bool is_translucent)
{
	struct picture *picture;
	cairo_t *cr;

	picture = calloc(1, sizeof(*picture));
	if (!picture) {
		return NULL;
	}
	picture->width = width;
	picture->height = height;
	picture->center_x = width / 2.0;
	picture->center_y = height * 0.47;
	picture->scale = height < width ? height : width;
	picture->background = cairo_image_surface_create(
		is_translucent ? CAIRO_FORMAT_ARGB32 : CAIRO_FORMAT_RGB24, width, height);
	if (cairo_surface_status(picture->background) != CAIRO_STATUS_SUCCESS) {
		picture_destroy(picture);
		return NULL;
	}
	cr = cairo_create(picture->background);
	draw_space(picture, cr, is_translucent ? 0.72 : 1.0);
	draw_stars(picture, cr);
	draw_orbits(picture, cr);
	cairo_destroy(cr);
	return picture;
}

void
picture_destroy(struct picture *picture)
{
	if (!picture) {
		return;
	}
	cairo_surface_destroy(picture->background);
	free(picture);
}

int
picture_get_boxes(const struct picture *picture, double time_s,
		  struct exup_rect boxes[PICTURE_BOXES_MAX])
{
	int i;

	_Static_assert(PLANET_COUNT <= PICTURE_BOXES_MAX, "a box for each planet");
	for (i = 0; i < PLANET_COUNT; i++) {
		struct place place = get_place(picture, &planets[i], time_s);
		/* ring and moon reach 2.1 radii out, antialiasing a pixel */
		double reach =
			place.radius * (planets[i].has_ring || planets[i].has_moon ? 2.2 : 1.0) + 2;

		boxes[i].x = (int32_t)floor(place.x - reach);
		boxes[i].y = (int32_t)floor(place.y - reach);
		boxes[i].width = (int32_t)ceil(place.x + reach) - boxes[i].x;
		boxes[i].height = (int32_t)ceil(place.y + reach) - boxes[i].y;
	}
	return PLANET_COUNT;
}

void
picture_draw(const struct picture *picture, cairo_t *cr, double time_s)
{
	int i;

	cairo_set_operator(cr, CAIRO_OPERATOR_SOURCE);
	cairo_set_source_surface(cr, picture->background, 0, 0);
	cairo_paint(cr);
	cairo_set_operator(cr, CAIRO_OPERATOR_OVER);
	/* behind the sun the outer ones are farther away, in front of it they are nearer */
	for (i = PLANET_COUNT - 1; i >= 0; i--) {
		if (get_place(picture, &planets[i], time_s).depth < 0) {
			draw_planet(picture, &planets[i], cr, time_s);
		}
	}
	draw_sun(picture, cr);
	for (i = 0; i < PLANET_COUNT; i++) {
		if (get_place(picture, &planets[i], time_s).depth >= 0) {
			draw_planet(picture, &planets[i], cr, time_s);
		}
	}
}
