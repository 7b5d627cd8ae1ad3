/* SPDX-License-Identifier: MIT */
/* What the demo counts, shown in the picture while it runs and written down at the end. */
#ifndef FIGURES_H
#define FIGURES_H

#include <cairo.h>
#include <stdint.h>
#include <stdio.h>

#include "exynos-userptr.h"

/* EXUP_COMPOSITED_*, and one for what a newer compositor may say */
#define FIGURES_COMPOSITED_COUNT 5

/**
 * struct figures
 * @frames: committed
 * @path_changes: how often a buffer has left its path for another
 * @composited: reports of the compositor, by enum exup_composited
 * @last_reason: of the last report
 * @window_*: the same at the start of the half second that is being measured
 */
struct figures {
	uint64_t frames;
	uint64_t path_changes;
	uint64_t library_bytes;
	uint64_t compositor_bytes;
	uint64_t composited[FIGURES_COMPOSITED_COUNT];
	uint64_t reports;
	uint32_t last_how;
	const char *last_reason;
	uint64_t last_bytes;
	double start_s;
	double window_start_s;
	uint64_t window_frames;
	uint64_t window_bytes;
};

#define FIGURES_LINES 3

/** The text in the picture. */
struct figures_text {
	char lines[FIGURES_LINES][160];
};

/** Starts counting. */
void
figures_init(struct figures *figures, double now_s);

/** Counts a report of the compositor. @reason must stay valid. */
void
figures_add_report(struct figures *figures, uint32_t how, const char *reason, uint64_t bytes);

/** Writes the text anew if it is time for that: at the first call and every half second. Returns
 * whether it did. */
bool
figures_update_text(struct figures *figures, struct figures_text *text, double now_s,
		    struct exup_buffer *const *buffers, uint32_t buffer_count);

/** Where the text is drawn. */
struct exup_rect
figures_get_text_box(int width, int height);

/** Draws the text into its box. */
void
figures_draw_text(const struct figures_text *text, cairo_t *cr, int width, int height);

/** Writes the figures, a line each. */
void
figures_write(const struct figures *figures, FILE *file, double now_s,
	      struct exup_buffer *const *buffers, uint32_t buffer_count);

#endif
