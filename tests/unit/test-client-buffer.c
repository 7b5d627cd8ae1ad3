// SPDX-License-Identifier: MIT
/* A buffer from ordinary memory: checks, and every way to fall back. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <drm.h>
#include <drm_fourcc.h>
#include <wayland-client.h>

#include "client-fixture.h"

/*
 * Stands in for libc's. At any signal tmpfs of Linux 6.1 undoes what it has allocated so far: with a
 * fast timer in the process, a large allocation that is begun anew never ends.
 */
int
posix_fallocate(int fd, off_t offset, off_t size_bytes)
{
	sigset_t blocked;

	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
	assert_true(sigismember(&blocked, SIGALRM));
	assert_true(sigismember(&blocked, SIGPROF));
	return fallocate(fd, 0, offset, size_bytes) < 0 ? errno : 0;
}

static void
test_wrong_sizes(void **state)
{
	uint8_t *memory = malloc(PAGE);
	const struct exup_buffer_info wrong[] = {
		{ NULL, 10, 10, 40, DRM_FORMAT_XRGB8888 },
		{ memory, 0, 10, 40, DRM_FORMAT_XRGB8888 },
		{ memory, 10, 0, 40, DRM_FORMAT_XRGB8888 },
		{ memory, 10, 10, 39, DRM_FORMAT_XRGB8888 },
		{ memory, 10, 10, 0, DRM_FORMAT_XRGB8888 },
		{ memory, 10, 10, 40, DRM_FORMAT_NV12 },
		{ memory, 10, 10, 40, 0 },
		/* a row of 4 bytes, in 32 bits */
		{ memory, 0x40000001, 1, 4, DRM_FORMAT_XRGB8888 },
		{ memory, 0x40000000, 1, UINT32_MAX, DRM_FORMAT_XRGB8888 },
		/* wl_shm has int32 sizes */
		{ memory, 0x20000000, 1, 0x80000000, DRM_FORMAT_XRGB8888 },
		{ memory, 0x10000, 0x2000, 0x40000, DRM_FORMAT_XRGB8888 },
		{ memory, 1, 0x20000000, 4, DRM_FORMAT_XRGB8888 },
		{ memory, UINT32_MAX, UINT32_MAX, UINT32_MAX, DRM_FORMAT_XRGB8888 },
		/* past the end of the address space */
		{ (void *)(UINTPTR_MAX - 100), 10, 10, 40, DRM_FORMAT_XRGB8888 },
	};
	struct fixture *fixture = *state;
	struct exup_buffer *buffer;
	size_t i;

	fixture_connect(fixture, 0);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(
			exup_buffer_create(fixture->client, &wrong[i], NULL, NULL, &buffer),
			-EINVAL);
	}
	assert_int_equal(fixture->compositor->imports, 0);
	free(memory);
}

/* Pinned, not copied: the compositor reads the application's memory, wherever it begins. */
static void
test_userptr(void **state)
{
	static const struct {
		uint32_t width, height, stride;
		size_t offset_bytes;
		uint64_t pinned_bytes;
	} cases[] = {
		{ 64, 64, 256, 0, 4 * PAGE },
		{ 64, 64, 256, 64, 5 * PAGE },
		{ 64, 64, 256, PAGE - 4, 5 * PAGE },
		{ 1, 1, 4, 16, PAGE },
		/* a part of a larger image: the last row ends before its stride does */
		{ 10, 10, 4096, 400, 10 * PAGE },
		{ 1023, 3, 4096, 0, 3 * PAGE },
		{ 10, 3, 32764, 0, 17 * PAGE },
	};
	struct fixture *fixture = *state;
	size_t i;

	fixture_connect(fixture, 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct image image = image_create(cases[i].width, cases[i].height, cases[i].stride,
						  cases[i].offset_bytes);
		struct exup_buffer *buffer = image_create_buffer(&image, fixture);

		assert_path(buffer, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
		assert_int_equal(fake_exynos_get_pinned(&fixture->fake), cases[i].pinned_bytes);
		/* written after the buffer was made */
		image_scribble(&image, (struct exup_rect){ 0, 0, 1, 1 });
		fixture_commit(fixture, buffer, NULL, 0);
		assert_shown(fixture, &image);
		assert_int_equal(exup_buffer_get_copied(buffer), 0);
		assert_false(fixture->compositor->surfaces[0].is_shm);
		exup_buffer_destroy(buffer);
		compositor_sync(fixture->compositor);
		assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
		image_free(&image);
	}
	assert_int_equal(fixture->compositor->refused_imports, 0);
}

static void
test_formats(void **state)
{
	/* wl_shm has its own numbers for these two */
	static const struct {
		uint32_t fourcc, shm_format;
	} cases[] = {
		{ DRM_FORMAT_ARGB8888, 0 },
		{ DRM_FORMAT_XRGB8888, 1 },
	};
	struct fixture *fixture = *state;
	size_t i;
	int pass;

	fixture_connect(fixture, 0);
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct image image = image_create(8, 8, 32, 0);
			struct exup_buffer *buffer;

			image.fourcc = cases[i].fourcc;
			buffer = image_create_buffer(&image, fixture);
			fixture_commit(fixture, buffer, NULL, 0);
			assert_int_equal(fixture->compositor->surfaces[0].format,
					 pass == 0 ? cases[i].fourcc : cases[i].shm_format);
			exup_buffer_destroy(buffer);
			image_free(&image);
		}
		fixture->client->reason = EXUP_REASON_FORCED;
	}
}

/* The fallback for @reason shows the same picture, and leaves nothing pinned or open. */
static void
assert_falls_back(struct fixture *fixture, struct image *image, enum exup_reason reason)
{
	struct exup_buffer *buffer = image_create_buffer(image, fixture);
	sigset_t blocked;

	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
	assert_false(sigismember(&blocked, SIGALRM));
	assert_path(buffer, EXUP_PATH_SHM, reason);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	assert_int_equal(fake_exynos_count_handles(&fixture->fake), 0);
	fixture_commit(fixture, buffer, NULL, 0);
	assert_shown(fixture, image);
	assert_true(fixture->compositor->surfaces[0].is_shm);
	assert_int_equal(exup_buffer_get_copied(buffer),
			 (uint64_t)image->width * image->height * 4);
	exup_buffer_destroy(buffer);
}

static void
test_limit_of_a_buffer(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	unsigned int ioctls;

	fixture->options.max_buffer_bytes = 4 * PAGE - 1;
	fixture_connect(fixture, 0);
	ioctls = fixture->fake.ioctl_count;
	assert_falls_back(fixture, &image, EXUP_REASON_LIMIT);
	/* the driver need not be asked */
	assert_int_equal(fixture->fake.ioctl_count, ioctls);
	image_free(&image);
}

static void
test_limit_of_the_pool(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);

	/* what the compositor says is a hint: the driver decides */
	fixture->options.available_bytes = 0;
	fixture_connect(fixture, 0);
	exup_buffer_destroy(image_create_buffer(&image, fixture));
	assert_int_equal(fixture->compositor->imports, 1);
	compositor_sync(fixture->compositor);
	fixture->fake.limit_bytes = 4 * PAGE - 1;
	assert_falls_back(fixture, &image, EXUP_REASON_LIMIT);
	image_free(&image);
}

/* Some in the pool, the rest not: all show the right picture. */
static void
test_limit_reached_on_the_way(void **state)
{
	struct fixture *fixture = *state;
	struct image images[4];
	struct exup_buffer *buffers[4];
	int i;

	fixture->fake.limit_bytes = 9 * PAGE;
	fixture_connect(fixture, 0);
	for (i = 0; i < 4; i++) {
		images[i] = image_create(64, 64, 256, 0);
		buffers[i] = image_create_buffer(&images[i], fixture);
		assert_path(buffers[i], i < 2 ? EXUP_PATH_USERPTR : EXUP_PATH_SHM,
			    i < 2 ? EXUP_REASON_NONE : EXUP_REASON_LIMIT);
	}
	for (i = 0; i < 4; i++) {
		fixture_commit(fixture, buffers[i], NULL, 0);
		assert_shown(fixture, &images[i]);
	}
	for (i = 0; i < 4; i++) {
		exup_buffer_destroy(buffers[i]);
		image_free(&images[i]);
	}
}

/* Buffers of a new size take the place of the old ones, though the compositor has yet to hear. */
static void
test_place_of_destroyed(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	struct exup_buffer *buffer;
	unsigned int ioctls;
	int i;

	fixture->fake.limit_bytes = 4 * PAGE;
	fixture->options.available_bytes = 0;
	fixture_connect(fixture, 0);
	for (i = 0; i < 3; i++) {
		buffer = image_create_buffer(&image, fixture);
		assert_path(buffer, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
		exup_buffer_destroy(buffer);
	}
	/* once: where that does not help, the next buffer need not wait for it */
	fixture->fake.limit_bytes = PAGE;
	assert_falls_back(fixture, &image, EXUP_REASON_LIMIT);
	ioctls = fixture->fake.ioctl_count;
	assert_falls_back(fixture, &image, EXUP_REASON_LIMIT);
	assert_int_equal(fixture->fake.ioctl_count, ioctls + 1);
	image_free(&image);
}

/* The connection breaks while that is waited for. */
static void
test_place_of_destroyed_and_broken(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	const struct exup_buffer_info info = { image.pixels, 64, 64, 256, DRM_FORMAT_XRGB8888 };
	struct exup_buffer *buffer;

	fixture->fake.limit_bytes = 4 * PAGE;
	fixture_connect(fixture, 0);
	exup_buffer_destroy(image_create_buffer(&image, fixture));
	compositor_hang_up(fixture->compositor);
	fixture->fake.limit_bytes = PAGE;
	assert_int_equal(exup_buffer_create(fixture->client, &info, NULL, NULL, &buffer), -EPIPE);
	image_free(&image);
}

static void
test_memlock(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);

	fixture_set_memlock(fixture, PAGE);
	fixture_connect(fixture, 0);
	assert_falls_back(fixture, &image, EXUP_REASON_MEMLOCK);
	image_free(&image);
}

/* Imported for reading where the driver can, and copied where it is older. */
static void
test_read_only_memory(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	struct exup_buffer *buffer;

	assert_int_equal(mprotect(image.memory, 4 * PAGE, PROT_READ), 0);
	fixture_connect(fixture, 0);
	buffer = image_create_buffer(&image, fixture);
	assert_path(buffer, EXUP_PATH_USERPTR, EXUP_REASON_NONE);
	assert_true(fixture->fake.objects[0].flags & EXUP_EXYNOS_BO_READONLY);
	fixture_commit(fixture, buffer, NULL, 0);
	assert_shown(fixture, &image);
	assert_int_equal(exup_buffer_get_copied(buffer), 0);
	exup_buffer_destroy(buffer);
	fixture_disconnect(fixture);
	fixture->fake.driver_minor = 2;
	fixture_connect(fixture, 0);
	assert_falls_back(fixture, &image, EXUP_REASON_MEMORY);
	assert_int_equal(mprotect(image.memory, 4 * PAGE, PROT_READ | PROT_WRITE), 0);
	image_free(&image);
}

static void
test_no_memory_at_all(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);

	fixture_connect(fixture, 0);
	/* in the middle of it, and only while the buffer is made: the fallback reads it */
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_GEM_USERPTR, 0, 2, -EFAULT);
	assert_falls_back(fixture, &image, EXUP_REASON_MEMORY);
	image_free(&image);
}

static void
test_scattered_memory(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);

	fixture->fake.is_contiguous_required = true;
	fixture_connect(fixture, 0);
	assert_falls_back(fixture, &image, EXUP_REASON_MEMORY);
	image_free(&image);
}

struct geometry {
	uint32_t width, height, stride;
	size_t offset_bytes;
};

static void
assert_geometry_falls_back(struct fixture *fixture, const struct geometry *geometry)
{
	struct image image = image_create(geometry->width, geometry->height, geometry->stride,
					  geometry->offset_bytes);

	assert_falls_back(fixture, &image, EXUP_REASON_GEOMETRY);
	image_free(&image);
}

static void
test_geometry(void **state)
{
	/* stride and address that are no whole pixels, sides and strides beyond the engine's */
	static const struct geometry cases[] = {
		{ 10, 10, 42, 0 }, { 10, 10, 40, 2 },	{ 8001, 1, 32004, 0 },
		{ 1, 8001, 4, 0 }, { 10, 3, 32768, 0 }, { 10, 3, 200000, 0 },
	};
	struct fixture *fixture = *state;
	size_t i;

	fixture_connect(fixture, 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_geometry_falls_back(fixture, &cases[i]);
	}
	assert_int_equal(fixture->compositor->imports, 0);
}

/* Where the image begins in its page is a coordinate to drivers whose lists have no offsets. */
static void
test_geometry_with_the_offset(void **state)
{
	static const struct geometry cases[] = { { 8000, 2, 32004, 4 }, { 1, 8000, 4, 4 } };
	struct fixture *fixture = *state;
	size_t i;

	fixture->fake.driver_minor = EXUP_EXYNOS_MINOR_G2D_SUBMIT - 1;
	fixture_connect(fixture, 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_geometry_falls_back(fixture, &cases[i]);
	}
	assert_int_equal(fixture->compositor->imports, 0);
}

static void
test_driver_without_userptr(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);

	fixture->fake.has_userptr = false;
	fixture_connect(fixture, 0);
	assert_falls_back(fixture, &image, EXUP_REASON_NO_DEVICE);
	image_free(&image);
}

static void
test_failed_import(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);

	fixture_connect(fixture, 0);
	fixture->compositor->import = COMPOSITOR_IMPORT_FAIL;
	assert_falls_back(fixture, &image, EXUP_REASON_IMPORT);
	image_free(&image);
}

static void
test_other_errors(void **state)
{
	static const struct {
		unsigned long request;
		int error;
	} cases[] = {
		{ EXUP_IOCTL_EXYNOS_GEM_USERPTR, -EIO },
		{ DRM_IOCTL_PRIME_HANDLE_TO_FD, -EMFILE },
	};
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	size_t i;

	fixture_connect(fixture, 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_exynos_fail(&fixture->fake, cases[i].request, 0, 1, cases[i].error);
		assert_falls_back(fixture, &image, EXUP_REASON_OTHER);
	}
	image_free(&image);
}

/* wl_shm takes one for the memory, and libwayland another one to send it. */
static void
test_no_descriptors(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	const struct exup_buffer_info info = { image.pixels, 64, 64, 256, DRM_FORMAT_XRGB8888 };
	struct exup_buffer *buffer;
	struct fd_hog hog;
	unsigned int free_count;
	int ret;

	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	for (free_count = 0; free_count <= 2; free_count++) {
		fd_hog_take(&hog, free_count);
		ret = exup_buffer_create(fixture->client, &info, NULL, NULL, &buffer);
		fd_hog_release(&hog);
		assert_int_equal(ret, free_count < 2 ? -EMFILE : 0);
		compositor_sync(fixture->compositor);
	}
	fixture_commit(fixture, buffer, NULL, 0);
	assert_shown(fixture, &image);
	exup_buffer_destroy(buffer);
	image_free(&image);
}

static void
test_broken_connection(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	const struct exup_buffer_info info = { image.pixels, 64, 64, 256, DRM_FORMAT_XRGB8888 };
	struct exup_buffer *buffer, *survivor;

	fixture_connect(fixture, 0);
	survivor = image_create_buffer(&image, fixture);
	fixture->compositor->import = COMPOSITOR_IMPORT_HANG_UP;
	assert_int_equal(exup_buffer_create(fixture->client, &info, NULL, NULL, &buffer), -EPIPE);
	assert_int_equal(exup_buffer_create(fixture->client, &info, NULL, NULL, &buffer), -EPIPE);
	/* what is left can still be used without harm, and freed */
	exup_buffer_commit(survivor, fixture->surface, NULL, 0);
	exup_buffer_destroy(survivor);
	compositor_settle(fixture->compositor);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	image_free(&image);
}

/* wl_shm waits for no answer, and is refused all the same. */
static void
test_broken_connection_on_shm(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	const struct exup_buffer_info info = { image.pixels, 64, 64, 256, DRM_FORMAT_XRGB8888 };
	struct exup_buffer *buffer, *survivor;

	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	survivor = image_create_buffer(&image, fixture);
	compositor_hang_up(fixture->compositor);
	assert_true(wl_display_roundtrip(fixture->compositor->display) < 0);
	assert_int_equal(exup_buffer_create(fixture->client, &info, NULL, NULL, &buffer), -EPIPE);
	exup_buffer_commit(survivor, fixture->surface, NULL, 0);
	exup_buffer_destroy(survivor);
	image_free(&image);
}

static void
test_protocol_error(void **state)
{
	struct fixture *fixture = *state;
	struct image image = image_create(64, 64, 256, 0);
	const struct exup_buffer_info info = { image.pixels, 64, 64, 256, DRM_FORMAT_XRGB8888 };
	struct exup_buffer *buffer;

	fixture_connect(fixture, 0);
	fixture->compositor->import = COMPOSITOR_IMPORT_ERROR;
	assert_int_equal(exup_buffer_create(fixture->client, &info, NULL, NULL, &buffer), -EPROTO);
	compositor_settle(fixture->compositor);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), 0);
	image_free(&image);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wrong_sizes),
		TEST(test_userptr),
		TEST(test_formats),
		TEST(test_limit_of_a_buffer),
		TEST(test_limit_of_the_pool),
		TEST(test_limit_reached_on_the_way),
		TEST(test_place_of_destroyed),
		TEST(test_place_of_destroyed_and_broken),
		TEST(test_memlock),
		TEST(test_read_only_memory),
		TEST(test_no_memory_at_all),
		TEST(test_scattered_memory),
		TEST(test_geometry),
		TEST(test_geometry_with_the_offset),
		TEST(test_driver_without_userptr),
		TEST(test_failed_import),
		TEST(test_other_errors),
		TEST(test_no_descriptors),
		TEST(test_broken_connection),
		TEST(test_broken_connection_on_shm),
		TEST(test_protocol_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
