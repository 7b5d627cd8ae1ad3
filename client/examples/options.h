/* SPDX-License-Identifier: MIT */
/* The demo's command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define OPTIONS_BUFFERS_MAX 16

/**
 * struct options
 * @frames: after which the demo ends, 0 for never
 * @is_held: after @frames the last one stays
 * @frame_time_ms: of the picture's clock from one frame to the next; 0 for the real clock
 * @stats_path: NULL for standard output
 */
struct options {
	uint32_t width;
	uint32_t height;
	uint32_t buffer_count;
	uint32_t fourcc;
	uint64_t frames;
	uint32_t frame_time_ms;
	const char *stats_path;
	bool is_held;
	bool is_unaligned;
	bool is_shm_forced;
	bool is_status_hidden;
	bool is_verbose;
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_WRONG,
};

/** Reads the command line; writes the help or what is wrong. */
enum options_result
options_parse(struct options *options, int argc, char *argv[]);

#endif
