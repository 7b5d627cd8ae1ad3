// SPDX-License-Identifier: MIT
/* driver/access.c: which ranges are synchronized, and when it is the whole object. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <drm.h>
#include <drm_fourcc.h>
#include <linux/dma-buf.h>

#include "access.h"
#include "fixture.h"

/* Three pages; the image begins within the first. */
#define WIDTH 50
#define HEIGHT 40
#define STRIDE 256
#define OFFSET 64
#define PAGES 3

/** struct scene - pinned memory with an image in it */
struct scene {
	struct fixture *fixture;
	struct exup_device *device;
	uint8_t *memory;
	struct exup_g2d_image image;
	struct fake_object *object;
};

static void
open_scene(struct scene *scene, struct fixture *fixture)
{
	struct exup_bo *bo;

	*scene = (struct scene){
		.fixture = fixture,
		.memory = allocate_pages(PAGES),
		.object = &fixture->fake.objects[0],
	};
	assert_int_equal(exup_device_create(&fixture->fake.sys, FAKE_DEVNUM, &scene->device), 0);
	memset(scene->memory, 0, PAGES * PAGE);
	assert_int_equal(exup_bo_create_userptr(scene->device, scene->memory + OFFSET,
						PAGES * PAGE - OFFSET, &bo),
			 0);
	scene->image = (struct exup_g2d_image){
		.bo = bo,
		.format = exup_format_get(DRM_FORMAT_XRGB8888),
		.width = WIDTH,
		.height = HEIGHT,
		.stride = STRIDE,
		.offset_bytes = exup_bo_get_offset(bo),
	};
}

static void
close_scene(struct scene *scene)
{
	exup_bo_destroy(scene->image.bo);
	exup_device_destroy(scene->device);
	free(scene->memory);
}

/* Ends writing; the last GEM_SYNC is in the double, if @is_by_parts. */
static void
end_write(struct scene *scene, const struct exup_box *boxes, uint32_t box_count, bool is_by_parts)
{
	struct fake_exynos *fake = &scene->fixture->fake;
	unsigned int syncs = fake->sync_count, gem_syncs = fake->gem_sync_count;

	assert_int_equal(exup_image_end_access(&scene->image, -1, EXUP_BO_WRITE, boxes, box_count),
			 0);
	assert_int_equal(fake->sync_count - syncs, 1);
	assert_int_equal(fake->gem_sync_count - gem_syncs, is_by_parts);
	if (is_by_parts) {
		assert_ptr_equal(fake->sync.object, scene->object);
	}
}

static void
assert_range(const struct exup_exynos_gem_sync_range *range, uint64_t offset, uint32_t row_bytes,
	     uint32_t rows)
{
	assert_int_equal(range->offset, offset);
	assert_int_equal(range->stride, STRIDE);
	assert_int_equal(range->row_bytes, row_bytes);
	assert_int_equal(range->rows, rows);
	assert_int_equal(range->pad, 0);
}

static void
test_ranges(void **state)
{
	static const struct exup_box boxes[] = {
		{ 0, 0, 1, 1 },
		{ 3, 5, 10, 7 },
		{ 0, 39, 50, 40 },
		/* over the last one: nobody says that they may not */
		{ 49, 38, 50, 40 },
	};
	struct fixture *fixture = *state;
	const struct fake_sync *sync = &fixture->fake.sync;
	struct scene scene;

	open_scene(&scene, fixture);
	end_write(&scene, boxes, 4, true);
	assert_int_equal(sync->range_count, 4);
	assert_range(&sync->ranges[0], OFFSET, 4, 1);
	assert_range(&sync->ranges[1], OFFSET + 5 * STRIDE + 3 * 4, 7 * 4, 2);
	assert_range(&sync->ranges[2], OFFSET + 39 * STRIDE, WIDTH * 4, 1);
	assert_range(&sync->ranges[3], OFFSET + 38 * STRIDE + 49 * 4, 4, 2);
	close_scene(&scene);
}

static void
test_flags(void **state)
{
	static const struct {
		enum exup_bo_access access;
		uint32_t flags;
	} cases[] = {
		{ EXUP_BO_READ, 1 },
		{ EXUP_BO_WRITE, 2 },
		{ EXUP_BO_READ_WRITE, 3 },
	};
	static const struct exup_box box = { 1, 2, 3, 4 };
	struct fixture *fixture = *state;
	const struct fake_sync *sync = &fixture->fake.sync;
	struct scene scene;
	size_t i;

	open_scene(&scene, fixture);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			exup_image_begin_access(&scene.image, -1, cases[i].access, &box, 1), 0);
		assert_int_equal(sync->flags, cases[i].flags);
		assert_range(&sync->ranges[0], OFFSET + 2 * STRIDE + 4, 8, 2);
		assert_true(scene.object->is_cpu_access);
		assert_int_equal(exup_image_end_access(&scene.image, -1, cases[i].access, &box, 1),
				 0);
		assert_int_equal(sync->flags, cases[i].flags | 4);
		assert_false(scene.object->is_cpu_access);
	}
	assert_int_equal(fixture->fake.gem_sync_count, 6);
	close_scene(&scene);
}

static void
test_clip(void **state)
{
	static const struct {
		struct exup_box box, clipped;
	} cases[] = {
		{ { -5, -6, 2, 3 }, { 0, 0, 2, 3 } },
		{ { 48, 39, 60, 70 }, { 48, 39, 50, 40 } },
		{ { INT32_MIN, 0, INT32_MAX, 1 }, { 0, 0, 50, 1 } },
		{ { 7, INT32_MIN, 8, INT32_MAX }, { 7, 0, 8, 40 } },
	};
	static const struct exup_box nothing[] = {
		{ 0, 0, 0, 5 },	  { 5, 5, 4, 9 },  { 50, 0, 60, 5 },
		{ 0, 40, 5, 45 }, { -5, 0, 0, 5 }, { INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN },
	};
	struct fixture *fixture = *state;
	const struct fake_sync *sync = &fixture->fake.sync;
	struct scene scene;
	unsigned int ioctls;
	size_t i;

	open_scene(&scene, fixture);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct exup_box *clipped = &cases[i].clipped;

		end_write(&scene, &cases[i].box, 1, true);
		assert_range(&sync->ranges[0],
			     OFFSET + (uint64_t)clipped->y1 * STRIDE + (uint64_t)clipped->x1 * 4,
			     (uint32_t)(clipped->x2 - clipped->x1) * 4,
			     (uint32_t)(clipped->y2 - clipped->y1));
	}
	/* what is left of nothing is nobody's business */
	ioctls = fixture->fake.ioctl_count;
	assert_int_equal(exup_image_end_access(&scene.image, -1, EXUP_BO_WRITE, nothing, 6), 0);
	assert_int_equal(exup_image_end_access(&scene.image, -1, EXUP_BO_WRITE, NULL, 0), 0);
	assert_int_equal(fixture->fake.ioctl_count, ioctls);
	close_scene(&scene);
}

/* From three quarters of the object on it is all of it. */
static void
test_most_of_it(void **state)
{
	struct exup_box boxes[2] = { { 0, 0, 64, 24 }, { 0, 24, 64, 36 } };
	struct fixture *fixture = *state;
	struct scene scene;

	open_scene(&scene, fixture);
	scene.image.width = 64;
	scene.image.height = 47;
	/* 36 of the 48 rows in three pages */
	end_write(&scene, boxes, 2, false);
	boxes[1].x2 = 63;
	end_write(&scene, boxes, 2, true);
	close_scene(&scene);
}

/* More boxes than the driver takes: one round all that are left of them. */
static void
test_many_boxes(void **state)
{
	struct exup_box boxes[300] = { { 0 } };
	struct fixture *fixture = *state;
	const struct fake_sync *sync = &fixture->fake.sync;
	struct scene scene;
	int i;

	open_scene(&scene, fixture);
	for (i = 0; i < 300; i++) {
		boxes[i] = (struct exup_box){ 5 + i % 10, 3 + i / 10, 6 + i % 10, 4 + i / 10 };
	}
	end_write(&scene, boxes, 256, true);
	assert_int_equal(sync->range_count, 256);
	assert_int_equal(sync->bytes, 256 * 4);
	assert_range(&sync->ranges[255], OFFSET + 28 * STRIDE + 10 * 4, 4, 1);
	/* one that is clipped away does not count along in the box, but in the number */
	boxes[256] = (struct exup_box){ 60, 60, 61, 61 };
	end_write(&scene, boxes, 257, true);
	assert_int_equal(sync->range_count, 1);
	assert_range(&sync->ranges[0], OFFSET + 3 * STRIDE + 5 * 4, 10 * 4, 26);
	end_write(&scene, boxes, 300, true);
	assert_int_equal(sync->range_count, 1);
	assert_range(&sync->ranges[0], OFFSET + 3 * STRIDE + 5 * 4, 10 * 4, 30);
	close_scene(&scene);
}

static void
test_old_driver(void **state)
{
	static const struct exup_box box = { 1, 2, 3, 4 };
	struct fixture *fixture = *state;
	struct scene scene;

	fixture->fake.driver_minor = 2;
	open_scene(&scene, fixture);
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_GEM_SYNC, 0, 1, -EIO);
	end_write(&scene, &box, 1, false);
	/* not even asked */
	assert_int_equal(fixture->fake.failures[0].count, 1);
	close_scene(&scene);
}

/* A driver that refuses what it should take: all of it is never wrong. */
static void
test_refused(void **state)
{
	static const struct exup_box box = { 1, 2, 3, 4 };
	struct fixture *fixture = *state;
	struct scene scene;

	open_scene(&scene, fixture);
	scene.memory[PAGE] = 0x5a;
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_GEM_SYNC, 0, 1, -EINVAL);
	end_write(&scene, &box, 1, false);
	assert_int_equal(scene.object->seen[PAGE], 0x5a);
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_GEM_SYNC, 0, 1, -EINVAL);
	fake_exynos_fail(&fixture->fake, DMA_BUF_IOCTL_SYNC, 0, 1, -EIO);
	assert_int_equal(exup_image_end_access(&scene.image, -1, EXUP_BO_WRITE, &box, 1), -EIO);
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_GEM_SYNC, 0, 1, -EINVAL);
	fake_exynos_fail(&fixture->fake, DRM_IOCTL_PRIME_HANDLE_TO_FD, 0, 1, -EMFILE);
	assert_int_equal(exup_image_end_access(&scene.image, -1, EXUP_BO_WRITE, &box, 1), -EMFILE);
	close_scene(&scene);
}

/* Who has a dma-buf saves to have one made. */
static void
test_with_dmabuf(void **state)
{
	static const struct exup_box all = { 0, 0, 64, 47 };
	struct fixture *fixture = *state;
	unsigned int ioctls;
	struct scene scene;
	int fd;

	open_scene(&scene, fixture);
	scene.image.width = 64;
	scene.image.height = 47;
	assert_int_equal(exup_bo_export(scene.image.bo, &fd), 0);
	ioctls = fixture->fake.ioctl_count;
	assert_int_equal(exup_image_begin_access(&scene.image, fd, EXUP_BO_WRITE, &all, 1), 0);
	assert_true(scene.object->is_cpu_access);
	assert_int_equal(exup_image_end_access(&scene.image, fd, EXUP_BO_WRITE, &all, 1), 0);
	assert_false(scene.object->is_cpu_access);
	assert_int_equal(fixture->fake.ioctl_count, ioctls + 2);
	assert_int_equal(fixture->fake.sync_count, 2);
	close(fd);
	close_scene(&scene);
}

/* The driver's own memory is coherent; that of other drivers has a dma-buf to ask. */
static void
test_other_objects(void **state)
{
	static const struct exup_box box = { 1, 2, 3, 4 };
	struct fixture *fixture = *state;
	const struct exup_sys *sys = &fixture->fake.sys;
	struct exup_exynos_gem_create create = { .size = PAGE, .flags = EXUP_EXYNOS_BO_NONCONTIG };
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };
	struct drm_gem_close close_args;
	struct exup_g2d_image image = {
		.format = exup_format_get(DRM_FORMAT_XRGB8888),
		.width = 16,
		.height = 16,
		.stride = 64,
	};
	unsigned int ioctls;
	int drm_fd = exup_device_get_fd(fixture->device);

	assert_int_equal(exup_bo_create(fixture->device, PAGE, &image.bo), 0);
	ioctls = fixture->fake.ioctl_count;
	assert_int_equal(exup_image_begin_access(&image, -1, EXUP_BO_READ_WRITE, &box, 1), 0);
	assert_int_equal(exup_image_end_access(&image, -1, EXUP_BO_READ_WRITE, &box, 1), 0);
	assert_int_equal(exup_bo_begin_access(image.bo, EXUP_BO_READ_WRITE), 0);
	assert_int_equal(exup_bo_end_access(image.bo, EXUP_BO_READ_WRITE), 0);
	assert_int_equal(fixture->fake.ioctl_count, ioctls);
	exup_bo_destroy(image.bo);

	assert_int_equal(sys->ioctl(sys, drm_fd, EXUP_IOCTL_EXYNOS_GEM_CREATE, &create), 0);
	prime.handle = create.handle;
	assert_int_equal(sys->ioctl(sys, drm_fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime), 0);
	close_args = (struct drm_gem_close){ .handle = create.handle };
	assert_int_equal(sys->ioctl(sys, drm_fd, DRM_IOCTL_GEM_CLOSE, &close_args), 0);
	assert_int_equal(exup_bo_import(fixture->device, prime.fd, &image.bo), 0);
	close(prime.fd);
	assert_int_equal(exup_image_begin_access(&image, -1, EXUP_BO_READ, &box, 1), 0);
	assert_int_equal(exup_image_end_access(&image, -1, EXUP_BO_READ, &box, 1), 0);
	assert_int_equal(fixture->fake.sync_count, 2);
	assert_int_equal(fixture->fake.gem_sync_count, 0);
	exup_bo_destroy(image.bo);
}

/* An image that is not within its object names nothing that can be synchronized. */
static void
test_wrong_image(void **state)
{
	static const struct exup_box box = { 0, 0, 1, 1 };
	struct fixture *fixture = *state;
	struct exup_g2d_image good;
	struct scene scene;

	open_scene(&scene, fixture);
	good = scene.image;
	scene.image.height = 48;
	assert_int_equal(exup_image_end_access(&scene.image, -1, EXUP_BO_WRITE, &box, 1), -EINVAL);
	scene.image = good;
	scene.image.stride = 65536;
	assert_int_equal(exup_image_end_access(&scene.image, -1, EXUP_BO_WRITE, &box, 1), -EINVAL);
	scene.image = good;
	scene.image.offset_bytes = UINT64_MAX - 3;
	assert_int_equal(exup_image_begin_access(&scene.image, -1, EXUP_BO_WRITE, &box, 1),
			 -EINVAL);
	assert_int_equal(fixture->fake.sync_count, 0);
	scene.image = good;
	close_scene(&scene);
}

/* Random boxes: what is within them is seen by the engine, and nothing else is. */
static void
test_at_random(void **state)
{
	struct fixture *fixture = *state;
	uint8_t wanted[PAGES * PAGE];
	struct exup_box boxes[6];
	struct scene scene;
	int round, count, i, y;

	srand(2718);
	open_scene(&scene, fixture);
	for (round = 0; round < 500; round++) {
		memcpy(wanted, scene.object->seen, sizeof(wanted));
		memset(scene.memory, round, sizeof(wanted));
		count = 1 + rand() % 6;
		for (i = 0; i < count; i++) {
			boxes[i].x1 = rand() % WIDTH;
			boxes[i].y1 = rand() % HEIGHT;
			boxes[i].x2 = boxes[i].x1 + 1 + rand() % (WIDTH - boxes[i].x1) / 2;
			boxes[i].y2 = boxes[i].y1 + 1 + rand() % (HEIGHT - boxes[i].y1) / 3;
			for (y = boxes[i].y1; y < boxes[i].y2; y++) {
				memset(wanted + OFFSET + y * STRIDE + boxes[i].x1 * 4, round,
				       (size_t)(boxes[i].x2 - boxes[i].x1) * 4);
			}
		}
		end_write(&scene, boxes, (uint32_t)count, true);
		assert_memory_equal(scene.object->seen, wanted, sizeof(wanted));
	}
	close_scene(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ranges),	TEST(test_flags),	TEST(test_clip),
		TEST(test_most_of_it),	TEST(test_many_boxes),	TEST(test_old_driver),
		TEST(test_refused),	TEST(test_with_dmabuf), TEST(test_other_objects),
		TEST(test_wrong_image), TEST(test_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
