// SPDX-License-Identifier: MIT
/* Counting, and putting the figures into words. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "figures.h"

#define WINDOW_S 0.5

void
figures_init(struct figures *figures, double now_s)
{
	memset(figures, 0, sizeof(*figures));
	figures->start_s = now_s;
	figures->window_start_s = now_s;
}

void
figures_add_report(struct figures *figures, uint32_t how, const char *reason, uint64_t bytes)
{
	uint32_t i = how < FIGURES_COMPOSITED_COUNT - 1 ? how : FIGURES_COMPOSITED_COUNT - 1;

	figures->reports++;
	figures->composited[i]++;
	figures->compositor_bytes += bytes;
	figures->last_how = how;
	figures->last_reason = reason;
	figures->last_bytes = bytes;
}

static bool
is_same_path(const struct exup_buffer *a, const struct exup_buffer *b)
{
	return exup_buffer_get_path(a) == exup_buffer_get_path(b) &&
	       exup_buffer_get_reason(a) == exup_buffer_get_reason(b);
}

__attribute__((format(printf, 3, 4))) static void
append(char *line, size_t size, const char *format, ...)
{
	size_t len = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(line + len, size - len, format, args);
	va_end(args);
}

/* "A-C userptr, D shm (limit)" */
static void
write_paths(char *line, size_t size, struct exup_buffer *const *buffers, uint32_t count)
{
	uint32_t first, last;

	line[0] = '\0';
	for (first = 0; first < count; first = last + 1) {
		last = first;
		while (last + 1 < count && is_same_path(buffers[first], buffers[last + 1])) {
			last++;
		}
		append(line, size, "%s%c", first > 0 ? ", " : "buffers: ", 'A' + (int)first);
		if (last > first) {
			append(line, size, "-%c", 'A' + (int)last);
		}
		append(line, size, " %s",
		       exup_path_to_string(exup_buffer_get_path(buffers[first])));
		if (exup_buffer_get_reason(buffers[first]) != EXUP_REASON_NONE) {
			append(line, size, " (%s)",
			       exup_reason_to_string(exup_buffer_get_reason(buffers[first])));
		}
	}
}

static void
write_composited(const struct figures *figures, char *line, size_t size)
{
	static const char *const texts[] = {
		[EXUP_COMPOSITED_IN_PLACE] = "read in place",
		[EXUP_COMPOSITED_UPLOADED] = "uploaded",
		[EXUP_COMPOSITED_CPU] = "drawn by the CPU",
		[EXUP_COMPOSITED_FILL] = "filled",
	};

	if (figures->reports == 0) {
		snprintf(line, size, "compositor: no report");
		return;
	}
	snprintf(line, size, "compositor: %s, %" PRIu64 " bytes copied",
		 figures->last_how < sizeof(texts) / sizeof(texts[0]) ? texts[figures->last_how] :
									"unknown",
		 figures->last_bytes);
	if (figures->last_reason[0] != '\0') {
		append(line, size, " (%s)", figures->last_reason);
	}
}

bool
figures_update_text(struct figures *figures, struct figures_text *text, double now_s,
		    struct exup_buffer *const *buffers, uint32_t buffer_count)
{
	double window_s = now_s - figures->window_start_s;
	uint64_t frames = figures->frames - figures->window_frames;
	uint64_t total_bytes = figures->library_bytes + figures->compositor_bytes;

	if (figures->frames > 0 && window_s < WINDOW_S) {
		return false;
	}
	write_paths(text->lines[0], sizeof(text->lines[0]), buffers, buffer_count);
	write_composited(figures, text->lines[1], sizeof(text->lines[1]));
	if (frames == 0) {
		snprintf(text->lines[2], sizeof(text->lines[2]), "first frame");
	} else {
		snprintf(text->lines[2], sizeof(text->lines[2]),
			 "%.1f frames/s, the CPU copies %" PRIu64 " bytes a frame",
			 (double)frames / window_s, (total_bytes - figures->window_bytes) / frames);
	}
	figures->window_start_s = now_s;
	figures->window_frames = figures->frames;
	figures->window_bytes = total_bytes;
	return true;
}

/* Fits the longest usual line into three quarters of the width. */
static double
get_font_size(int width)
{
	double size = width / 44.0;

	return size < 7 ? 7 : size > 17 ? 17 : size;
}

struct exup_rect
figures_get_text_box(int width, int height)
{
	int box_height = (int)(get_font_size(width) * (FIGURES_LINES * 1.35 + 0.8)) + 1;

	return (struct exup_rect){
		.x = 0,
		.y = box_height < height ? height - box_height : 0,
		.width = width,
		.height = box_height < height ? box_height : height,
	};
}

void
figures_draw_text(const struct figures_text *text, cairo_t *cr, int width, int height)
{
	struct exup_rect box = figures_get_text_box(width, height);
	double size = get_font_size(width);
	int i;

	cairo_set_operator(cr, CAIRO_OPERATOR_OVER);
	cairo_rectangle(cr, box.x, box.y, box.width, box.height);
	cairo_set_source_rgba(cr, 0.0, 0.0, 0.04, 0.55);
	cairo_fill(cr);
	cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cr, size);
	cairo_set_source_rgb(cr, 0.94, 0.95, 1.0);
	for (i = 0; i < FIGURES_LINES; i++) {
		cairo_move_to(cr, box.x + size, box.y + size * (1.4 + 1.35 * i));
		cairo_show_text(cr, text->lines[i]);
	}
}

void
figures_write(const struct figures *figures, FILE *file, double now_s,
	      struct exup_buffer *const *buffers, uint32_t buffer_count)
{
	static const char *const keys[FIGURES_COMPOSITED_COUNT] = {
		[EXUP_COMPOSITED_IN_PLACE] = "composited_in_place",
		[EXUP_COMPOSITED_UPLOADED] = "composited_uploaded",
		[EXUP_COMPOSITED_CPU] = "composited_cpu",
		[EXUP_COMPOSITED_FILL] = "composited_fill",
		"composited_unknown",
	};
	double seconds = now_s - figures->start_s;
	uint32_t i;

	fprintf(file, "frames %" PRIu64 "\n", figures->frames);
	fprintf(file, "seconds %.3f\n", seconds);
	fprintf(file, "fps %.2f\n", seconds > 0 ? (double)figures->frames / seconds : 0.0);
	for (i = 0; i < buffer_count; i++) {
		fprintf(file, "path.%c %s\n", 'A' + (int)i,
			exup_path_to_string(exup_buffer_get_path(buffers[i])));
		fprintf(file, "reason.%c %s\n", 'A' + (int)i,
			exup_reason_to_string(exup_buffer_get_reason(buffers[i])));
	}
	fprintf(file, "path_changes %" PRIu64 "\n", figures->path_changes);
	fprintf(file, "library_bytes_copied_total %" PRIu64 "\n", figures->library_bytes);
	fprintf(file, "compositor_bytes_copied_total %" PRIu64 "\n", figures->compositor_bytes);
	fprintf(file, "reports %" PRIu64 "\n", figures->reports);
	for (i = 0; i < FIGURES_COMPOSITED_COUNT; i++) {
		fprintf(file, "%s %" PRIu64 "\n", keys[i], figures->composited[i]);
	}
}
