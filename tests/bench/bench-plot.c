// SPDX-License-Identifier: MIT
/* Draws the ratios of the benchmark's table as bars, a group for each row, into a PNG. */

/*
 * usage: bench-plot FILE.png
 *
 * Standard input has a line for each row: its name, then a ratio for each of the variants below, all
 * separated by tabs; an empty one where there is none. The axis is logarithmic: twice as much work and
 * half as much are as far from 1.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cairo.h>

#define ROWS_MAX 64
#define NAME_MAX_BYTES 64

#define WIDTH 960.0
#define LEFT 230.0
#define RIGHT 40.0
#define TOP 80.0
#define BOTTOM 30.0
#define BAR 7.0
#define GAP 9.0

/* what the axis shows */
#define RATIO_MIN 0.25
#define RATIO_MAX 16.0

static const struct {
	const char *name;
	double red, green, blue;
} variants[] = {
	{ "userptr", 0.11, 0.36, 0.58 },
	{ "wl_shm, in place", 0.20, 0.63, 0.55 },
	{ "wl_shm, uploaded", 0.85, 0.60, 0.20 },
};

#define VARIANTS (sizeof(variants) / sizeof(variants[0]))

/** struct row - @ratios: 0 where there is none */
struct row {
	char name[NAME_MAX_BYTES];
	double ratios[VARIANTS];
};

static bool
parse_row(char *line, struct row *row)
{
	char *field;
	size_t i;

	line[strcspn(line, "\n")] = '\0';
	field = strsep(&line, "\t");
	snprintf(row->name, sizeof(row->name), "%s", field);
	for (i = 0; i < VARIANTS; i++) {
		field = strsep(&line, "\t");
		row->ratios[i] = field ? strtod(field, NULL) : 0;
	}
	return row->name[0] != '\0';
}

static size_t
read_rows(struct row rows[ROWS_MAX])
{
	char line[512];
	size_t count = 0;

	while (count < ROWS_MAX && fgets(line, sizeof(line), stdin)) {
		count += parse_row(line, &rows[count]);
	}
	return count;
}

static double
get_x(double ratio)
{
	double width = WIDTH - LEFT - RIGHT;

	ratio = fmin(fmax(ratio, RATIO_MIN), RATIO_MAX);
	return LEFT + width * log(ratio / RATIO_MIN) / log(RATIO_MAX / RATIO_MIN);
}

static void
show_text(cairo_t *cairo, double x, double y, const char *text)
{
	cairo_set_source_rgb(cairo, 0.1, 0.1, 0.1);
	cairo_move_to(cairo, x, y);
	cairo_show_text(cairo, text);
}

static void
draw_axis(cairo_t *cairo, double height)
{
	char text[16];
	double ratio;

	for (ratio = RATIO_MIN; ratio <= RATIO_MAX; ratio *= 2) {
		double x = floor(get_x(ratio)) + 0.5;

		cairo_set_source_rgb(cairo, ratio == 1 ? 0 : 0.8, ratio == 1 ? 0 : 0.8,
				     ratio == 1 ? 0 : 0.8);
		cairo_move_to(cairo, x, TOP - 6);
		cairo_line_to(cairo, x, height - BOTTOM);
		cairo_stroke(cairo);
		snprintf(text, sizeof(text), "%g", ratio);
		show_text(cairo, x - 4, height - BOTTOM + 16, text);
	}
}

static void
draw_legend(cairo_t *cairo)
{
	double x = LEFT;
	size_t i;

	show_text(cairo, 12, 24,
		  "Stock Weston's work for a frame over that with the module (median): to the "
		  "right of 1 the module works less");
	for (i = 0; i < VARIANTS; i++) {
		cairo_set_source_rgb(cairo, variants[i].red, variants[i].green, variants[i].blue);
		cairo_rectangle(cairo, x, 42, 12, 12);
		cairo_fill(cairo);
		show_text(cairo, x + 18, 52, variants[i].name);
		x += 170;
	}
}

static void
draw_row(cairo_t *cairo, const struct row *row, double y)
{
	double one = get_x(1);
	size_t i;

	show_text(cairo, 12, y + VARIANTS * BAR / 2 + 4, row->name);
	for (i = 0; i < VARIANTS; i++) {
		if (row->ratios[i] > 0) {
			cairo_set_source_rgb(cairo, variants[i].red, variants[i].green,
					     variants[i].blue);
			cairo_rectangle(cairo, one, y + (double)i * BAR,
					get_x(row->ratios[i]) - one, BAR - 1);
			cairo_fill(cairo);
		}
	}
}

int
main(int argc, char *argv[])
{
	static struct row rows[ROWS_MAX];
	cairo_surface_t *surface;
	cairo_status_t status;
	cairo_t *cairo;
	double height;
	size_t count, i;

	if (argc != 2) {
		fputs("usage: bench-plot FILE.png <RATIOS\n", stderr);
		return 2;
	}
	count = read_rows(rows);
	height = TOP + (double)count * (VARIANTS * BAR + GAP) + BOTTOM;
	surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)WIDTH, (int)height);
	cairo = cairo_create(surface);
	cairo_set_source_rgb(cairo, 1, 1, 1);
	cairo_paint(cairo);
	cairo_set_line_width(cairo, 1);
	cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
			       CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cairo, 13);
	draw_axis(cairo, height);
	draw_legend(cairo);
	for (i = 0; i < count; i++) {
		draw_row(cairo, &rows[i], TOP + (double)i * (VARIANTS * BAR + GAP));
	}
	status = cairo_surface_write_to_png(surface, argv[1]);
	if (status != CAIRO_STATUS_SUCCESS) {
		fprintf(stderr, "bench-plot: %s: %s\n", argv[1], cairo_status_to_string(status));
	}
	cairo_destroy(cairo);
	cairo_surface_destroy(surface);
	return status != CAIRO_STATUS_SUCCESS;
}
