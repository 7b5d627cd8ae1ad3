// SPDX-License-Identifier: MIT
/* Damage: the region by itself, and what a commit copies and tells, against whole images. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <wayland-client.h>

#include "client-fixture.h"

#define WIDTH 61
#define HEIGHT 47

/* What a region holds, pixel by pixel; fails if two rectangles overlap. */
static unsigned int
paint(const struct exup_damage *damage, uint8_t pixels[HEIGHT][WIDTH])
{
	unsigned int count = 0;
	int i, x, y;

	memset(pixels, 0, HEIGHT * WIDTH);
	for (i = 0; i < damage->count; i++) {
		const struct exup_rect *rect = &damage->rects[i];

		assert_true(rect->width > 0 && rect->height > 0);
		assert_true(rect->x >= 0 && rect->x + rect->width <= WIDTH);
		assert_true(rect->y >= 0 && rect->y + rect->height <= HEIGHT);
		for (y = rect->y; y < rect->y + rect->height; y++) {
			for (x = rect->x; x < rect->x + rect->width; x++) {
				assert_int_equal(pixels[y][x], 0);
				pixels[y][x] = 1;
				count++;
			}
		}
	}
	return count;
}

static void
add(struct exup_damage *damage, int32_t x, int32_t y, int32_t width, int32_t height)
{
	const struct exup_rect rect = { x, y, width, height };

	exup_damage_add(damage, &rect, WIDTH, HEIGHT);
}

static void
test_clip(void **state)
{
	static const struct {
		struct exup_rect rect, clipped;
	} cases[] = {
		{ { 0, 0, 61, 47 }, { 0, 0, 61, 47 } },
		{ { -5, -6, 10, 10 }, { 0, 0, 5, 4 } },
		{ { 60, 46, 10, 10 }, { 60, 46, 1, 1 } },
		{ { 61, 0, 10, 10 }, { 0, 0, 0, 0 } },
		{ { 0, 47, 10, 10 }, { 0, 0, 0, 0 } },
		{ { -10, 0, 10, 10 }, { 0, 0, 0, 0 } },
		{ { 5, 5, 0, 10 }, { 0, 0, 0, 0 } },
		{ { 5, 5, -1, 10 }, { 0, 0, 0, 0 } },
		{ { 1, 1, INT32_MAX, INT32_MAX }, { 1, 1, 60, 46 } },
		{ { INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX }, { 0, 0, 0, 0 } },
		{ { INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX }, { 0, 0, 0, 0 } },
		{ { INT32_MIN, 0, INT32_MIN, 1 }, { 0, 0, 0, 0 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct exup_rect clipped = exup_damage_clip(&cases[i].rect, WIDTH, HEIGHT);

		assert_memory_equal(&clipped, &cases[i].clipped, sizeof(clipped));
	}
}

static void
test_region(void **state)
{
	uint8_t pixels[HEIGHT][WIDTH];
	struct exup_damage damage = { .count = 0 };

	(void)state;
	add(&damage, 0, 0, 0, 5);
	assert_int_equal(damage.count, 0);
	add(&damage, 10, 10, 10, 10);
	assert_int_equal(paint(&damage, pixels), 100);
	/* already there */
	add(&damage, 12, 12, 5, 5);
	add(&damage, 10, 10, 10, 10);
	assert_int_equal(damage.count, 1);
	/* a cross */
	add(&damage, 14, 5, 2, 20);
	assert_int_equal(paint(&damage, pixels), 120);
	/* a frame round the square takes its place */
	add(&damage, 5, 5, 20, 20);
	assert_int_equal(damage.count, 1);
	assert_int_equal(paint(&damage, pixels), 400);
	exup_damage_clear(&damage);
	assert_int_equal(damage.count, 0);
}

/* Too many rectangles: their bounding box. */
static void
test_region_overflow(void **state)
{
	uint8_t pixels[HEIGHT][WIDTH];
	struct exup_damage damage = { .count = 0 };
	int i;

	(void)state;
	for (i = 0; i < EXUP_DAMAGE_RECTS_MAX; i++) {
		add(&damage, 2 * i + 3, 2 * i + 1, 1, 1);
	}
	assert_int_equal(damage.count, EXUP_DAMAGE_RECTS_MAX);
	assert_int_equal(paint(&damage, pixels), EXUP_DAMAGE_RECTS_MAX);
	add(&damage, 1, 40, 1, 1);
	assert_int_equal(damage.count, 1);
	assert_int_equal(paint(&damage, pixels), (2 * EXUP_DAMAGE_RECTS_MAX + 1) * 40);
}

/* Random rectangles: nothing is lost, nothing is there twice; and of a few, nothing is added. */
static void
test_region_at_random(void **state)
{
	uint8_t pixels[HEIGHT][WIDTH], wanted[HEIGHT][WIDTH];
	int round, i, x, y;

	(void)state;
	srand(4711);
	for (round = 0; round < 300; round++) {
		struct exup_damage damage = { .count = 0 };

		memset(wanted, 0, sizeof(wanted));
		for (i = 0; i < 1 + round % 24; i++) {
			struct exup_rect rect = { rand() % 80 - 10, rand() % 60 - 10, rand() % 30,
						  rand() % 30 };

			exup_damage_add(&damage, &rect, WIDTH, HEIGHT);
			for (y = 0; y < HEIGHT; y++) {
				for (x = 0; x < WIDTH; x++) {
					wanted[y][x] |= x >= rect.x && x < rect.x + rect.width &&
							y >= rect.y && y < rect.y + rect.height;
				}
			}
		}
		paint(&damage, pixels);
		for (y = 0; y < HEIGHT; y++) {
			for (x = 0; x < WIDTH; x++) {
				assert_true(pixels[y][x] >= wanted[y][x]);
				if (round % 24 < 3) {
					assert_int_equal(pixels[y][x], wanted[y][x]);
				}
			}
		}
	}
}

/* Pixels of a list whose rectangles may overlap. */
static void
paint_list(const struct exup_rect *rects, int count, uint8_t pixels[HEIGHT][WIDTH])
{
	int i, x, y;

	memset(pixels, 0, HEIGHT * WIDTH);
	for (i = 0; i < count; i++) {
		assert_true(rects[i].width > 0 && rects[i].height > 0);
		assert_true(rects[i].x >= 0 && rects[i].x + rects[i].width <= WIDTH);
		assert_true(rects[i].y >= 0 && rects[i].y + rects[i].height <= HEIGHT);
		for (y = rects[i].y; y < rects[i].y + rects[i].height; y++) {
			for (x = rects[i].x; x < rects[i].x + rects[i].width; x++) {
				pixels[y][x] = 1;
			}
		}
	}
}

/* Random rectangles, also far outside: a short list holds all their pixels. */
static void
test_reduce_at_random(void **state)
{
	static const int32_t edges[] = { INT32_MIN, INT32_MIN + 1, -1,	     0,
					 1,	    INT32_MAX - 1, INT32_MAX };
	uint8_t pixels[HEIGHT][WIDTH], wanted[HEIGHT][WIDTH];
	struct exup_rect damage[100], rects[EXUP_DAMAGE_RECTS_MAX];
	int round, count, kept, i;

	(void)state;
	srand(1234);
	for (round = 0; round < 300; round++) {
		kept = 0;
		for (i = 0; i < 1 + round % 100; i++) {
			struct exup_rect rect = { rand() % 80 - 10, rand() % 60 - 10, rand() % 9,
						  rand() % 9 };

			if (rand() % 16 == 0) {
				rect = (struct exup_rect){ edges[rand() % 7], edges[rand() % 7],
							   edges[3 + rand() % 4],
							   edges[3 + rand() % 4] };
			}
			damage[i] = rect;
		}
		count = exup_damage_reduce(damage, i, WIDTH, HEIGHT, rects);
		assert_in_range(count, 0, EXUP_DAMAGE_RECTS_MAX);
		paint_list(rects, count, pixels);
		for (i = 0; i < 1 + round % 100; i++) {
			damage[kept] = exup_damage_clip(&damage[i], WIDTH, HEIGHT);
			kept += damage[kept].width > 0;
		}
		if (kept <= EXUP_DAMAGE_RECTS_MAX) {
			assert_int_equal(count, kept);
			assert_memory_equal(rects, damage, (size_t)kept * sizeof(damage[0]));
		}
		paint_list(damage, kept, wanted);
		for (i = 0; i < WIDTH * HEIGHT; i++) {
			assert_true((&pixels[0][0])[i] >= (&wanted[0][0])[i]);
		}
	}
}

/* What is merged lies together: two crowds in opposite corners leave the middle alone. */
static void
test_reduce_keeps_apart(void **state)
{
	struct exup_rect damage[40], rects[EXUP_DAMAGE_RECTS_MAX];
	uint8_t pixels[HEIGHT][WIDTH];
	int count, i, x, y;

	(void)state;
	for (i = 0; i < 40; i++) {
		damage[i] = (struct exup_rect){ i % 2 ? 50 + i % 9 : i % 9,
						i % 2 ? 40 + i % 5 : i % 5, 1, 1 };
	}
	count = exup_damage_reduce(damage, 40, WIDTH, HEIGHT, rects);
	assert_in_range(count, 2, EXUP_DAMAGE_RECTS_MAX);
	paint_list(rects, count, pixels);
	for (y = 0; y < HEIGHT; y++) {
		for (x = 0; x < WIDTH; x++) {
			assert_true(!pixels[y][x] || (x < 9 && y < 5) || (x >= 50 && y >= 40));
		}
	}
}

static void
test_copied_bytes(void **state)
{
	static const struct exup_rect damage[] = { { 10, 10, 20, 5 }, { 15, 12, 20, 5 } };
	struct fixture *fixture = *state;
	struct image image = image_create(WIDTH, HEIGHT, 256, 64);
	struct exup_buffer *buffer;

	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	buffer = image_create_buffer(&image, fixture);
	assert_int_equal(exup_buffer_get_copied(buffer), 0);
	/* all of it the first time, whatever the damage */
	fixture_commit(fixture, buffer, damage, 1);
	assert_int_equal(exup_buffer_get_copied(buffer), WIDTH * HEIGHT * 4);

	image_scribble(&image, damage[0]);
	fixture_commit(fixture, buffer, damage, 1);
	assert_int_equal(exup_buffer_get_copied(buffer), 100 * 4);
	assert_shown(fixture, &image);
	/* what two rectangles have in common is copied once */
	image_scribble(&image, damage[0]);
	image_scribble(&image, damage[1]);
	fixture_commit(fixture, buffer, damage, 2);
	assert_int_equal(exup_buffer_get_copied(buffer), (100 + 100 - 15 * 3) * 4);
	assert_shown(fixture, &image);
	/* nothing changed, and said so */
	fixture_commit(fixture, buffer, damage, 0);
	assert_int_equal(exup_buffer_get_copied(buffer), 0);
	assert_int_equal(fixture->compositor->surfaces[0].damage_count, 0);
	assert_shown(fixture, &image);
	fixture_commit(fixture, buffer, NULL, 0);
	assert_int_equal(exup_buffer_get_copied(buffer), WIDTH * HEIGHT * 4);
	exup_buffer_destroy(buffer);
	image_free(&image);
}

static void
test_wrong_damage(void **state)
{
	static const struct exup_rect wrong[] = { { 0, 0, -1, 1 }, { 0, 0, 1, INT32_MIN } };
	struct fixture *fixture = *state;
	struct image image = image_create(WIDTH, HEIGHT, 256, 0);
	struct exup_buffer *buffer;

	fixture_connect(fixture, 0);
	buffer = image_create_buffer(&image, fixture);
	assert_int_equal(exup_buffer_commit(buffer, fixture->surface, &wrong[0], 1), -EINVAL);
	assert_int_equal(exup_buffer_commit(buffer, fixture->surface, &wrong[1], 1), -EINVAL);
	assert_int_equal(exup_buffer_commit(buffer, fixture->surface, &wrong[1], -1), -EINVAL);
	assert_int_equal(exup_buffer_commit(buffer, fixture->surface, NULL, 1), -EINVAL);
	assert_false(exup_buffer_is_busy(buffer));
	compositor_sync(fixture->compositor);
	assert_int_equal(fixture->compositor->surfaces[0].commits, 0);
	exup_buffer_destroy(buffer);
	image_free(&image);
}

static void
test_damage_is_told(void **state)
{
	static const struct exup_rect damage[] = {
		{ 5, 6, 7, 8 },
		{ -3, -3, 5, 5 },
		{ 100, 100, 5, 5 },
		{ 9, 9, 0, 10 },
		{ 50, 40, INT32_MAX, INT32_MAX },
	};
	static const struct exup_rect told[] = {
		{ 5, 6, 7, 8 },
		{ 0, 0, 2, 2 },
		{ 50, 40, WIDTH - 50, HEIGHT - 40 },
	};
	struct fixture *fixture = *state;
	const struct compositor_surface *surface;
	struct image image = image_create(WIDTH, HEIGHT, 256, 0);
	struct exup_buffer *buffer;

	fixture_connect(fixture, 0);
	surface = &fixture->compositor->surfaces[0];
	buffer = image_create_buffer(&image, fixture);
	fixture_commit(fixture, buffer, damage, 5);
	assert_int_equal(surface->damage_count, 3);
	assert_memory_equal(surface->damage, told, sizeof(told));
	exup_buffer_destroy(buffer);
	image_free(&image);
}

/* More rectangles than libwayland's buffer holds requests: a few that hold them all are told. */
static void
test_much_damage(void **state)
{
	enum { COUNT = 20000 };
	struct fixture *fixture = *state;
	struct image image = image_create(WIDTH, HEIGHT, 256, 0);
	struct exup_rect *damage = calloc(COUNT, sizeof(*damage));
	const struct compositor_surface *surface;
	struct exup_buffer *buffer;
	int i, pass;

	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	surface = &fixture->compositor->surfaces[0];
	for (pass = 0; pass < 2; pass++) {
		buffer = image_create_buffer(&image, fixture);
		fixture_commit(fixture, buffer, NULL, 0);
		for (i = 0; i < COUNT; i++) {
			damage[i] = (struct exup_rect){ rand() % WIDTH, rand() % HEIGHT, 1, 1 };
			image_scribble(&image, damage[i]);
		}
		fixture_commit(fixture, buffer, damage, COUNT);
		assert_shown(fixture, &image);
		assert_in_range(surface->damage_count, 1, EXUP_DAMAGE_RECTS_MAX);
		exup_buffer_destroy(buffer);
		fixture->client->reason = EXUP_REASON_FORCED;
	}
	free(damage);
	image_free(&image);
}

/* Before version 4, damage is in surface coordinates, which the library cannot know. */
static void
test_old_surface(void **state)
{
	static const struct exup_rect damage = { 5, 6, 7, 8 };
	struct fixture *fixture = *state;
	struct image image = image_create(WIDTH, HEIGHT, 256, 0);
	struct exup_buffer *buffer;

	fixture->options.compositor_version = 3;
	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	buffer = image_create_buffer(&image, fixture);
	fixture_commit(fixture, buffer, NULL, 0);
	image_scribble(&image, damage);
	fixture_commit(fixture, buffer, &damage, 1);
	assert_int_equal(exup_buffer_get_copied(buffer), 7 * 8 * 4);
	assert_shown(fixture, &image);
	assert_int_equal(fixture->compositor->surfaces[0].damage_count, 1);
	/* but nothing is nothing in all coordinates */
	fixture_commit(fixture, buffer, &damage, 0);
	assert_int_equal(fixture->compositor->surfaces[0].damage_count, 0);
	assert_int_equal(fixture->compositor->surfaces[0].commits, 3);
	exup_buffer_destroy(buffer);
	image_free(&image);
}

/** struct scene - one picture, drawn into several buffers in turn */
struct scene {
	struct image images[3];
	struct exup_buffer *buffers[3];
	struct image last;
};

static void
open_scene(struct fixture *fixture, struct scene *scene, unsigned int userptr_mask)
{
	unsigned int i;

	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	for (i = 0; i < 3; i++) {
		scene->images[i] = image_create(WIDTH, HEIGHT, i == 2 ? 512 : WIDTH * 4, 4 * i);
		fixture->client->reason =
			userptr_mask & 1u << i ? EXUP_REASON_NONE : EXUP_REASON_FORCED;
		scene->buffers[i] = image_create_buffer(&scene->images[i], fixture);
		assert_int_equal(exup_buffer_get_path(scene->buffers[i]) == EXUP_PATH_USERPTR,
				 (userptr_mask >> i) & 1);
	}
	scene->last = image_create(WIDTH, HEIGHT, WIDTH * 4, 0);
}

static void
close_scene(struct scene *scene)
{
	int i;

	for (i = 0; i < 3; i++) {
		exup_buffer_destroy(scene->buffers[i]);
		image_free(&scene->images[i]);
	}
	image_free(&scene->last);
}

/* Draws the next frame into a buffer: the last frame, with a few rectangles changed. */
static int
draw_next(struct scene *scene, int i, struct exup_rect damage[8])
{
	int count = rand() % 8;
	int j, y;

	for (j = 0; j < count; j++) {
		damage[j].x = rand() % WIDTH;
		damage[j].y = rand() % HEIGHT;
		damage[j].width = rand() % (WIDTH - damage[j].x) + 1;
		damage[j].height = rand() % (HEIGHT - damage[j].y) + 1;
		if (rand() % 4 > 0) {
			damage[j].width = damage[j].width % 6 + 1;
			damage[j].height = damage[j].height % 6 + 1;
			damage[j].x = damage[j].x % (WIDTH - 8);
			damage[j].y = damage[j].y % (HEIGHT - 8);
		}
		image_scribble(&scene->last, damage[j]);
	}
	for (y = 0; y < HEIGHT; y++) {
		memcpy(scene->images[i].pixels + (size_t)y * scene->images[i].stride,
		       scene->last.pixels + (size_t)y * scene->last.stride, WIDTH * 4);
	}
	return count;
}

/*
 * Any order of buffers on any paths: after each commit, both the buffer and what the compositor
 * took from it by damage alone are the whole picture.
 */
static void
test_random_frames(void **state)
{
	struct fixture *fixture = *state;
	struct exup_rect damage[8];
	struct scene scene;
	unsigned int mask;
	int frame, count, i;

	fixture_connect(fixture, 0);
	srand(1815);
	for (mask = 0; mask < 8; mask++) {
		open_scene(fixture, &scene, mask);
		for (frame = 0; frame < 60; frame++) {
			i = rand() % 3;
			count = draw_next(&scene, i, damage);
			/* the first frame differs everywhere from what was there before */
			fixture_commit(fixture, scene.buffers[i], frame == 0 ? NULL : damage,
				       frame == 0 ? 0 : count);
			assert_shown(fixture, &scene.last);
		}
		close_scene(&scene);
	}
}

/* With two buffers in turn, a frame copies its own damage and that of the frame between. */
static void
test_copied_in_turn(void **state)
{
	static const struct exup_rect first = { 0, 0, 10, 1 }, second = { 20, 20, 3, 3 };
	struct fixture *fixture = *state;
	struct scene scene;

	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	open_scene(fixture, &scene, 0);
	fixture_commit(fixture, scene.buffers[0], NULL, 0);
	fixture_commit(fixture, scene.buffers[1], NULL, 0);
	fixture_commit(fixture, scene.buffers[0], NULL, 0);
	fixture_commit(fixture, scene.buffers[1], &first, 1);
	assert_int_equal(exup_buffer_get_copied(scene.buffers[1]), WIDTH * HEIGHT * 4);
	fixture_commit(fixture, scene.buffers[0], &second, 1);
	assert_int_equal(exup_buffer_get_copied(scene.buffers[0]), (10 + 9) * 4);
	fixture_commit(fixture, scene.buffers[1], &first, 1);
	assert_int_equal(exup_buffer_get_copied(scene.buffers[1]), (9 + 10) * 4);
	/* the same damage twice is one copy */
	fixture_commit(fixture, scene.buffers[0], &first, 1);
	assert_int_equal(exup_buffer_get_copied(scene.buffers[0]), 10 * 4);
	close_scene(&scene);
}

/* Damage is a surface's: on another one, the buffer's copy says nothing about what differs. */
static void
test_two_surfaces(void **state)
{
	static const struct exup_rect damage = { 0, 0, 2, 2 };
	struct fixture *fixture = *state;
	struct wl_surface *other;
	struct scene scene;

	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	other = wl_compositor_create_surface(fixture->wl_compositor);
	open_scene(fixture, &scene, 0);
	fixture_commit(fixture, scene.buffers[0], NULL, 0);
	/* does not concern the first surface's buffers */
	assert_int_equal(exup_buffer_commit(scene.buffers[1], other, NULL, 0), 0);
	fixture_commit(fixture, scene.buffers[0], &damage, 1);
	assert_int_equal(exup_buffer_get_copied(scene.buffers[0]), 2 * 2 * 4);
	/* moves to the other surface: everything */
	assert_int_equal(exup_buffer_commit(scene.buffers[0], other, &damage, 1), 0);
	assert_int_equal(exup_buffer_get_copied(scene.buffers[0]), WIDTH * HEIGHT * 4);
	compositor_sync(fixture->compositor);
	close_scene(&scene);
	wl_surface_destroy(other);
}

/* A frame of another size in between changes everything. */
static void
test_other_size_between(void **state)
{
	static const struct exup_rect damage = { 0, 0, 2, 2 };
	struct fixture *fixture = *state;
	struct image small = image_create(9, 9, 36, 0);
	struct exup_buffer *small_buffer;
	struct scene scene;

	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	open_scene(fixture, &scene, 0);
	small_buffer = image_create_buffer(&small, fixture);
	fixture_commit(fixture, scene.buffers[0], NULL, 0);
	fixture_commit(fixture, small_buffer, NULL, 0);
	image_scribble(&scene.images[0], (struct exup_rect){ 0, 0, WIDTH, HEIGHT });
	fixture_commit(fixture, scene.buffers[0], &damage, 1);
	assert_int_equal(exup_buffer_get_copied(scene.buffers[0]), WIDTH * HEIGHT * 4);
	assert_shown(fixture, &scene.images[0]);
	exup_buffer_destroy(small_buffer);
	image_free(&small);
	close_scene(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clip),
		cmocka_unit_test(test_region),
		cmocka_unit_test(test_region_overflow),
		cmocka_unit_test(test_region_at_random),
		cmocka_unit_test(test_reduce_at_random),
		cmocka_unit_test(test_reduce_keeps_apart),
		TEST(test_copied_bytes),
		TEST(test_wrong_damage),
		TEST(test_damage_is_told),
		TEST(test_much_damage),
		TEST(test_old_surface),
		TEST(test_random_frames),
		TEST(test_copied_in_turn),
		TEST(test_two_surfaces),
		TEST(test_other_size_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
