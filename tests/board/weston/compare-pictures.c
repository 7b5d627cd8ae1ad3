// SPDX-License-Identifier: MIT
/*
 * Compares the pictures of two folders, as scene-client wrote them, step by step.
 *
 * usage: compare-pictures [--tolerance N] [--png PREFIX] EXPECTED-FOLDER FOLDER
 *        compare-pictures [--tolerance N] [--png PREFIX] EXPECTED.png PICTURE.png
 *
 * Prints for each step how many pixels differ, by how much at most, and where first. Writes
 * PREFIX-N-expected.png, -got.png and -difference.png of the steps that differ by more than the
 * tolerance. Exits with 1 if any does, or if there is not a single step.
 */
#include <getopt.h>
#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 100

struct picture {
	uint32_t width, height;
	uint32_t *pixels; /* XRGB8888 */
};

static bool
read_picture(const char *folder, int step, struct picture *picture)
{
	char path[512];
	long size_bytes;
	FILE *file;
	bool ok;

	snprintf(path, sizeof(path), "%s/step-%d.size", folder, step);
	file = fopen(path, "r");
	if (!file) {
		return false;
	}
	ok = fscanf(file, "%u", &picture->width) == 1 && picture->width > 0;
	fclose(file);
	snprintf(path, sizeof(path), "%s/step-%d.raw", folder, step);
	file = ok ? fopen(path, "rb") : NULL;
	if (!file) {
		return false;
	}
	fseek(file, 0, SEEK_END);
	size_bytes = ftell(file);
	rewind(file);
	picture->height = (uint32_t)size_bytes / 4 / picture->width;
	picture->pixels = calloc((size_t)size_bytes, 1);
	ok = picture->pixels && size_bytes > 0 &&
	     fread(picture->pixels, 1, (size_t)size_bytes, file) == (size_t)size_bytes;
	fclose(file);
	return ok;
}

static bool
read_png(const char *path, struct picture *picture)
{
	png_image image = { .version = PNG_IMAGE_VERSION };

	if (!png_image_begin_read_from_file(&image, path)) {
		fprintf(stderr, "compare-pictures: %s: %s\n", path, image.message);
		return false;
	}
	image.format = PNG_FORMAT_BGRA;
	picture->width = image.width;
	picture->height = image.height;
	picture->pixels = malloc(PNG_IMAGE_SIZE(image));
	return picture->pixels && png_image_finish_read(&image, NULL, picture->pixels, 0, NULL);
}

static void
write_png(const char *prefix, int step, const char *what, const struct picture *picture)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = picture->width,
		.height = picture->height,
		.format = PNG_FORMAT_BGRA,
		.flags = PNG_IMAGE_FLAG_FAST,
	};
	char path[512];

	snprintf(path, sizeof(path), "%s-%d-%s.png", prefix, step, what);
	if (!png_image_write_to_file(&image, path, 0, picture->pixels, 0, NULL)) {
		fprintf(stderr, "compare-pictures: %s: %s\n", path, image.message);
	}
}

static uint32_t
get_difference(uint32_t a, uint32_t b)
{
	uint32_t largest = 0;
	int shift;

	for (shift = 0; shift < 24; shift += 8) {
		int difference = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);

		if ((uint32_t)abs(difference) > largest) {
			largest = (uint32_t)abs(difference);
		}
	}
	return largest;
}

/* Leaves a picture of the differences, white where they are more than the tolerance, in expected. */
static bool
compare(int step, struct picture *expected, const struct picture *got, uint32_t tolerance,
	const char *prefix)
{
	size_t count = (size_t)expected->width * expected->height, i;
	size_t differing = 0, beyond = 0, first = 0;
	uint32_t largest = 0;

	if (expected->width != got->width || expected->height != got->height) {
		printf("# step %d: %ux%u pixels instead of %ux%u\n", step, got->width, got->height,
		       expected->width, expected->height);
		return false;
	}
	for (i = 0; i < count; i++) {
		uint32_t difference = get_difference(expected->pixels[i], got->pixels[i]);

		if (difference > tolerance && beyond++ == 0) {
			first = i;
		}
		differing += difference > 0;
		largest = difference > largest ? difference : largest;
	}
	printf("# step %d: %zu of %zu pixels differ, by %u at most\n", step, differing, count,
	       largest);
	if (beyond == 0) {
		return true;
	}
	printf("# step %d: %zu pixels differ by more than %u, the first at %zu,%zu: expected "
	       "%06x, got %06x\n",
	       step, beyond, tolerance, first % expected->width, first / expected->width,
	       expected->pixels[first] & 0xffffff, got->pixels[first] & 0xffffff);
	if (prefix) {
		write_png(prefix, step, "expected", expected);
		write_png(prefix, step, "got", got);
		for (i = 0; i < count; i++) {
			expected->pixels[i] =
				get_difference(expected->pixels[i], got->pixels[i]) > tolerance ?
					0xffffffff :
					0xff000000;
		}
		write_png(prefix, step, "difference", expected);
	}
	return false;
}

int
main(int argc, char **argv)
{
	static const struct option known[] = {
		{ "tolerance", required_argument, NULL, 't' },
		{ "png", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	const char *prefix = NULL;
	uint32_t tolerance = 0;
	int option, step, bad = 0;
	size_t length;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 't') {
			tolerance = (uint32_t)strtoul(optarg, NULL, 10);
		} else if (option == 'p') {
			prefix = optarg;
		} else {
			return 2;
		}
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: compare-pictures [--tolerance N] [--png PREFIX] "
				"EXPECTED-FOLDER FOLDER\n");
		return 2;
	}
	length = strlen(argv[optind]);
	if (length > 4 && strcmp(argv[optind] + length - 4, ".png") == 0) {
		struct picture expected = { 0 }, got = { 0 };

		return !read_png(argv[optind], &expected) || !read_png(argv[optind + 1], &got) ||
		       !compare(0, &expected, &got, tolerance, prefix);
	}
	for (step = 0; step < STEPS_MAX; step++) {
		struct picture expected = { 0 }, got = { 0 };
		bool has_expected = read_picture(argv[optind], step, &expected);
		bool has_got = read_picture(argv[optind + 1], step, &got);

		if (has_expected != has_got) {
			printf("# step %d is in one of the folders only\n", step);
			bad++;
		} else if (has_expected) {
			bad += !compare(step, &expected, &got, tolerance, prefix);
		}
		free(expected.pixels);
		free(got.pixels);
		if (!has_expected) {
			break;
		}
	}
	if (step == 0) {
		printf("# no picture in %s\n", argv[optind]);
	}
	return step == 0 || bad > 0;
}
