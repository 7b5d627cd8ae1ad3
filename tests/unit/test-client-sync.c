// SPDX-License-Identifier: MIT
/* What a commit makes visible to the engine: the exact ranges, and what is shown without them. */
#include <errno.h>
#include <string.h>

#include <linux/dma-buf.h>
#include <wayland-client.h>

#include "client-fixture.h"

#define SIDE 64
#define STRIDE 256
#define OFFSET 100

#define END_OF_WRITE (EXUP_EXYNOS_GEM_SYNC_WRITE | EXUP_EXYNOS_GEM_SYNC_END)

/** struct pair - two buffers of the same size, drawn in turn */
struct pair {
	struct image images[2];
	struct exup_buffer *buffers[2];
};

static void
open_pair(struct fixture *fixture, struct pair *pair)
{
	int i;

	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	for (i = 0; i < 2; i++) {
		pair->images[i] = image_create(SIDE, SIDE, STRIDE, OFFSET);
		pair->buffers[i] = image_create_buffer(&pair->images[i], fixture);
		assert_path(pair->buffers[i], EXUP_PATH_USERPTR, EXUP_REASON_NONE);
		fixture_commit(fixture, pair->buffers[i], NULL, 0);
	}
	/* the first one has not been told of the second one's frame */
	fixture_commit(fixture, pair->buffers[0], NULL, 0);
}

static void
close_pair(struct pair *pair)
{
	int i;

	for (i = 0; i < 2; i++) {
		exup_buffer_destroy(pair->buffers[i]);
		image_free(&pair->images[i]);
	}
}

/* Commits; the buffer is released only when its ranges have been looked at. */
static void
commit(struct fixture *fixture, struct exup_buffer *buffer, const struct exup_rect *damage,
       int damage_count)
{
	fixture->compositor->release = COMPOSITOR_RELEASE_LATER;
	fixture_commit(fixture, buffer, damage, damage_count);
}

/* Checks that the last commit ended access to these rectangles, in any order, and begins it anew. */
static void
assert_parts(struct fixture *fixture, const struct exup_rect *rects, uint32_t count)
{
	const struct fake_sync *sync = &fixture->fake.sync;
	uint32_t i, j;

	assert_int_equal(sync->flags, END_OF_WRITE);
	assert_int_equal(sync->range_count, count);
	for (i = 0; i < count; i++) {
		const struct exup_exynos_gem_sync_range wanted = {
			.offset = OFFSET + (uint64_t)rects[i].y * STRIDE + (uint64_t)rects[i].x * 4,
			.stride = STRIDE,
			.row_bytes = (uint32_t)rects[i].width * 4,
			.rows = (uint32_t)rects[i].height,
		};

		for (j = 0; j < count; j++) {
			if (memcmp(&sync->ranges[j], &wanted, sizeof(wanted)) == 0) {
				break;
			}
		}
		assert_true(j < count);
	}
	compositor_release_all(fixture->compositor);
	assert_int_equal(sync->flags, EXUP_EXYNOS_GEM_SYNC_WRITE);
	assert_int_equal(sync->bytes, 4);
	assert_int_equal(sync->ranges[0].offset, OFFSET);
}

/* Commits, and checks that access ended to all of it, and never to parts. */
static void
assert_commits_whole(struct fixture *fixture, struct exup_buffer *buffer,
		     struct wl_surface *surface, const struct exup_rect *damage, int damage_count)
{
	struct fake_exynos *fake = &fixture->fake;
	unsigned int syncs = fake->sync_count, gem_syncs = fake->gem_sync_count;

	fixture->compositor->release = COMPOSITOR_RELEASE_LATER;
	assert_int_equal(exup_buffer_commit(buffer, surface, damage, damage_count), 0);
	assert_int_equal(fake->sync_count - syncs, 1);
	assert_int_equal(fake->gem_sync_count, gem_syncs);
	compositor_sync(fixture->compositor);
	compositor_release_all(fixture->compositor);
}

static void
test_own_damage(void **state)
{
	static const struct exup_rect damage[] = { { 5, 6, 7, 8 }, { 60, 60, 30, 30 } };
	static const struct exup_rect told[] = { { 5, 6, 7, 8 }, { 60, 60, 4, 4 } };
	struct fixture *fixture = *state;
	struct pair pair;

	fixture_connect(fixture, 0);
	open_pair(fixture, &pair);
	image_scribble(&pair.images[0], told[0]);
	image_scribble(&pair.images[0], told[1]);
	commit(fixture, pair.buffers[0], damage, 2);
	assert_shown(fixture, &pair.images[0]);
	assert_parts(fixture, told, 2);
	/* cleaned is cleaned */
	image_scribble(&pair.images[0], told[0]);
	commit(fixture, pair.buffers[0], damage, 1);
	assert_shown(fixture, &pair.images[0]);
	assert_parts(fixture, told, 1);
	close_pair(&pair);
}

/* In turn: the application draws what this buffer lacks, and tells what the last frame lacked. */
static void
test_in_turn(void **state)
{
	static const struct exup_rect first = { 0, 0, 10, 1 }, second = { 20, 20, 3, 3 };
	static const struct exup_rect both[] = { { 0, 0, 10, 1 }, { 20, 20, 3, 3 } };
	struct fixture *fixture = *state;
	struct pair pair;

	fixture_connect(fixture, 0);
	open_pair(fixture, &pair);
	commit(fixture, pair.buffers[1], NULL, 0);
	compositor_release_all(fixture->compositor);
	commit(fixture, pair.buffers[0], NULL, 0);
	compositor_release_all(fixture->compositor);

	commit(fixture, pair.buffers[0], &first, 1);
	assert_parts(fixture, &first, 1);
	commit(fixture, pair.buffers[0], &second, 1);
	assert_parts(fixture, &second, 1);
	/* the other one has missed both, and a frame of all of it before */
	assert_commits_whole(fixture, pair.buffers[1], fixture->surface, &second, 1);
	commit(fixture, pair.buffers[0], &first, 1);
	assert_parts(fixture, both, 2);
	image_scribble(&pair.images[1], first);
	image_scribble(&pair.images[1], second);
	commit(fixture, pair.buffers[1], &second, 1);
	assert_memory_equal(fixture->compositor->surfaces[0].buffer_pixels, pair.images[1].pixels,
			    SIDE * SIDE * 4);
	assert_parts(fixture, both, 2);
	close_pair(&pair);
}

/* Nothing was drawn: what was begun is ended, where it began. */
static void
test_no_damage(void **state)
{
	static const struct exup_rect nothing[] = { { 5, 5, 0, 9 }, { 70, 70, 5, 5 } };
	static const struct exup_rect pixel = { 0, 0, 1, 1 };
	struct fixture *fixture = *state;
	struct pair pair;

	fixture_connect(fixture, 0);
	open_pair(fixture, &pair);
	commit(fixture, pair.buffers[0], nothing, 0);
	assert_parts(fixture, &pixel, 1);
	commit(fixture, pair.buffers[0], nothing, 2);
	assert_parts(fixture, &pixel, 1);
	close_pair(&pair);
}

/* More rectangles than the library keeps count of: one round them. */
static void
test_many_rectangles(void **state)
{
	struct exup_rect damage[EXUP_DAMAGE_RECTS_MAX + 1];
	static const struct exup_rect bounds = { 2, 3, 33, 33 };
	struct fixture *fixture = *state;
	struct pair pair;
	int i;

	fixture_connect(fixture, 0);
	open_pair(fixture, &pair);
	for (i = 0; i < EXUP_DAMAGE_RECTS_MAX + 1; i++) {
		damage[i] = (struct exup_rect){ 2 + 2 * i, 3 + 2 * i, 1, 1 };
	}
	commit(fixture, pair.buffers[0], damage, EXUP_DAMAGE_RECTS_MAX);
	assert_parts(fixture, damage, EXUP_DAMAGE_RECTS_MAX);
	commit(fixture, pair.buffers[0], damage, EXUP_DAMAGE_RECTS_MAX + 1);
	assert_parts(fixture, &bounds, 1);
	close_pair(&pair);
}

/* Where the damage does not say what was drawn it is all of it. */
static void
test_whole(void **state)
{
	static const struct exup_rect damage = { 5, 6, 7, 8 };
	static const struct exup_rect most[] = { { 0, 0, SIDE, 40 }, { 0, 42, SIDE, 22 } };
	struct fixture *fixture = *state;
	struct image image = image_create(SIDE, SIDE, STRIDE, OFFSET);
	struct image small = image_create(9, 9, 36, 0);
	struct exup_buffer *buffer, *small_buffer;
	struct wl_surface *other;
	struct pair pair;

	fixture_connect(fixture, 0);
	other = wl_compositor_create_surface(fixture->wl_compositor);
	open_pair(fixture, &pair);
	assert_commits_whole(fixture, pair.buffers[0], fixture->surface, NULL, 0);
	/* the first commit of a buffer; of the old ones, what it shows is stale */
	buffer = image_create_buffer(&image, fixture);
	assert_commits_whole(fixture, buffer, fixture->surface, &damage, 1);
	/* another surface, and back */
	assert_commits_whole(fixture, pair.buffers[0], other, &damage, 1);
	assert_commits_whole(fixture, pair.buffers[0], fixture->surface, &damage, 1);
	/* a frame of another size in between */
	small_buffer = image_create_buffer(&small, fixture);
	commit(fixture, small_buffer, NULL, 0);
	assert_commits_whole(fixture, pair.buffers[0], fixture->surface, &damage, 1);
	/* nearly all of it */
	assert_commits_whole(fixture, pair.buffers[0], fixture->surface, most, 2);
	commit(fixture, pair.buffers[0], &damage, 1);
	assert_parts(fixture, &damage, 1);
	exup_buffer_destroy(small_buffer);
	exup_buffer_destroy(buffer);
	close_pair(&pair);
	wl_surface_destroy(other);
	image_free(&image);
	image_free(&small);
}

static void
test_old_driver(void **state)
{
	static const struct exup_rect damage = { 5, 6, 7, 8 };
	struct fixture *fixture = *state;
	struct pair pair;

	fixture->fake.driver_minor = 2;
	fixture_connect(fixture, 0);
	open_pair(fixture, &pair);
	image_scribble(&pair.images[0], damage);
	assert_commits_whole(fixture, pair.buffers[0], fixture->surface, &damage, 1);
	assert_shown(fixture, &pair.images[0]);
	assert_int_equal(fixture->fake.gem_sync_count, 0);
	close_pair(&pair);
}

static void
test_parts_refused(void **state)
{
	static const struct exup_rect damage = { 5, 6, 7, 8 };
	struct fixture *fixture = *state;
	struct pair pair;

	fixture_connect(fixture, 0);
	open_pair(fixture, &pair);
	image_scribble(&pair.images[0], damage);
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_GEM_SYNC, 0, 1, -EINVAL);
	assert_commits_whole(fixture, pair.buffers[0], fixture->surface, &damage, 1);
	assert_shown(fixture, &pair.images[0]);
	close_pair(&pair);
}

/* The rule of the public header: what is drawn elsewhere is not seen, unless it was announced. */
static void
test_drawn_outside_of_damage(void **state)
{
	static const struct exup_rect damage = { 5, 6, 7, 8 }, elsewhere = { 30, 30, 1, 1 };
	static const uint32_t flags[] = { 0, EXUP_CLIENT_DRAWS_ANYWHERE };
	struct fixture *fixture = *state;
	size_t pixel = (size_t)elsewhere.y * SIDE + (size_t)elsewhere.x;
	struct pair pair;
	bool is_seen;
	int i;

	for (i = 0; i < 2; i++) {
		fixture_connect(fixture, flags[i]);
		open_pair(fixture, &pair);
		image_scribble(&pair.images[0], elsewhere);
		image_scribble(&pair.images[0], damage);
		if (flags[i]) {
			assert_commits_whole(fixture, pair.buffers[0], fixture->surface, &damage,
					     1);
		} else {
			commit(fixture, pair.buffers[0], &damage, 1);
			assert_parts(fixture, &damage, 1);
		}
		is_seen = memcmp(fixture->compositor->surfaces[0].buffer_pixels + pixel * 4,
				 pair.images[0].pixels + pixel * 4, 4) == 0;
		assert_int_equal(is_seen, flags[i] != 0);
		close_pair(&pair);
		fixture_disconnect(fixture);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_own_damage),	  TEST(test_in_turn),
		TEST(test_no_damage),	  TEST(test_many_rectangles),
		TEST(test_whole),	  TEST(test_old_driver),
		TEST(test_parts_refused), TEST(test_drawn_outside_of_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
