// SPDX-License-Identifier: MIT
/* Buffers from dma-bufs of other drivers and from GBM, which is a double here. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <gbm.h>
#include <linux/dma-buf.h>

#include "client-fixture.h"
#include "exynos-userptr-gbm.h"

#define WIDTH 50
#define HEIGHT 30

/** struct gbm_bo - an object of the double: an image in a memfd */
struct gbm_bo {
	int fd;
	uint32_t stride;
	uint32_t offset_bytes;
	uint64_t modifier;
	int plane_count;
	struct image image;
	bool is_unmappable;
	/* of map_bo() */
	int map_result;
	bool is_null;
	unsigned int maps;
};

uint32_t
gbm_bo_get_width(struct gbm_bo *bo)
{
	return bo->image.width;
}

uint32_t
gbm_bo_get_height(struct gbm_bo *bo)
{
	return bo->image.height;
}

uint32_t
gbm_bo_get_stride(struct gbm_bo *bo)
{
	return bo->stride;
}

uint32_t
gbm_bo_get_offset(struct gbm_bo *bo, int plane)
{
	assert_int_equal(plane, 0);
	return bo->offset_bytes;
}

uint32_t
gbm_bo_get_format(struct gbm_bo *bo)
{
	return bo->image.fourcc;
}

uint64_t
gbm_bo_get_modifier(struct gbm_bo *bo)
{
	return bo->modifier;
}

int
gbm_bo_get_plane_count(struct gbm_bo *bo)
{
	return bo->plane_count;
}

int
gbm_bo_get_fd(struct gbm_bo *bo)
{
	return bo->fd < 0 ? -1 : fcntl(bo->fd, F_DUPFD_CLOEXEC, 0);
}

void *
gbm_bo_map(struct gbm_bo *bo, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
	   uint32_t flags, uint32_t *stride, void **map_data)
{
	assert_int_equal(x, 0);
	assert_int_equal(y, 0);
	assert_int_equal(width, bo->image.width);
	assert_int_equal(height, bo->image.height);
	assert_int_equal(flags, GBM_BO_TRANSFER_READ);
	if (bo->is_unmappable) {
		errno = ENOMEM;
		return NULL;
	}
	bo->maps++;
	/* as drivers do that copy it somewhere else for that: another stride than the object's */
	*stride = bo->image.stride;
	*map_data = bo;
	return bo->image.pixels;
}

void
gbm_bo_unmap(struct gbm_bo *bo, void *map_data)
{
	assert_ptr_equal(map_data, bo);
	bo->maps--;
}

/* Has the memfd hold the image, with the object's own stride and offset. */
static void
upload(struct gbm_bo *bo)
{
	uint32_t y;

	for (y = 0; y < bo->image.height; y++) {
		assert_int_equal(pwrite(bo->fd, bo->image.pixels + (size_t)y * bo->image.stride,
					(size_t)bo->image.width * 4,
					bo->offset_bytes + (off_t)y * bo->stride),
				 bo->image.width * 4);
	}
}

static struct gbm_bo
create_bo(void)
{
	struct gbm_bo bo = {
		.fd = memfd_create("bo", MFD_CLOEXEC),
		.stride = 256,
		.offset_bytes = 512,
		.modifier = DRM_FORMAT_MOD_LINEAR,
		.plane_count = 1,
		.image = image_create(WIDTH, HEIGHT, WIDTH * 4, 0),
	};

	assert_int_equal(ftruncate(bo.fd, 512 + 256 * HEIGHT), 0);
	upload(&bo);
	return bo;
}

static void
destroy_bo(struct gbm_bo *bo)
{
	assert_int_equal(bo->maps, 0);
	if (bo->fd >= 0) {
		close(bo->fd);
	}
	image_free(&bo->image);
}

static struct exup_buffer *
create_buffer(struct fixture *fixture, struct gbm_bo *bo)
{
	struct exup_buffer *buffer;

	assert_int_equal(exup_buffer_create_from_gbm(fixture->client, bo, &fixture_listener,
						     fixture, &buffer),
			 0);
	return buffer;
}

static void
test_gbm(void **state)
{
	struct fixture *fixture = *state;
	struct gbm_bo bo = create_bo();
	struct exup_buffer *buffer;

	/* any compositor with linux-dmabuf will do */
	fixture->options.has_userptr = false;
	fixture_connect(fixture, 0);
	fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
	buffer = create_buffer(fixture, &bo);
	assert_path(buffer, EXUP_PATH_DMABUF, EXUP_REASON_NONE);
	fixture_commit(fixture, buffer, NULL, 0);
	assert_shown(fixture, &bo.image);
	assert_int_equal(exup_buffer_get_copied(buffer), 0);
	assert_false(fixture->compositor->surfaces[0].is_shm);
	assert_int_equal(fixture->released, 1);
	/* whoever draws does that */
	assert_int_equal(fixture->fake.sync_count, 0);
	exup_buffer_destroy(buffer);
	destroy_bo(&bo);
}

static void
test_gbm_fallback(void **state)
{
	static const struct exup_rect damage = { 1, 2, 3, 4 };
	static const enum exup_reason reasons[] = {
		EXUP_REASON_FORCED,   EXUP_REASON_NO_PROTOCOL, EXUP_REASON_FORMAT,
		EXUP_REASON_GEOMETRY, EXUP_REASON_IMPORT,
	};
	struct fixture *fixture = *state;
	struct exup_buffer *buffer;
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct gbm_bo bo = create_bo();

		fixture->options.dmabuf_version = reasons[i] == EXUP_REASON_NO_PROTOCOL ? 0 : 4;
		fixture->options.fourccs[0] =
			reasons[i] == EXUP_REASON_FORMAT ? DRM_FORMAT_NV12 : DRM_FORMAT_XRGB8888;
		if (reasons[i] == EXUP_REASON_GEOMETRY) {
			/* the last row is there, its stride is not: compositors end connections */
			assert_int_equal(ftruncate(bo.fd, 512 + 256 * HEIGHT - 1), 0);
		}
		fixture_connect(fixture,
				reasons[i] == EXUP_REASON_FORCED ? EXUP_CLIENT_FORCE_SHM : 0);
		fixture->compositor->release = COMPOSITOR_RELEASE_AT_COMMIT;
		if (reasons[i] == EXUP_REASON_IMPORT) {
			fixture->compositor->import = COMPOSITOR_IMPORT_FAIL;
		}
		buffer = create_buffer(fixture, &bo);
		assert_path(buffer, EXUP_PATH_SHM, reasons[i]);
		fixture_commit(fixture, buffer, NULL, 0);
		assert_shown(fixture, &bo.image);
		image_scribble(&bo.image, damage);
		fixture_commit(fixture, buffer, &damage, 1);
		assert_shown(fixture, &bo.image);
		assert_int_equal(exup_buffer_get_copied(buffer), 3 * 4 * 4);
		exup_buffer_destroy(buffer);
		fixture_disconnect(fixture);
		destroy_bo(&bo);
	}
}

/* Nothing is committed if the image cannot be read. */
static void
test_unmappable(void **state)
{
	struct fixture *fixture = *state;
	struct gbm_bo bo = create_bo();
	struct exup_buffer *buffer;

	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	buffer = create_buffer(fixture, &bo);
	bo.is_unmappable = true;
	assert_int_equal(exup_buffer_commit(buffer, fixture->surface, NULL, 0), -ENOMEM);
	assert_false(exup_buffer_is_busy(buffer));
	compositor_sync(fixture->compositor);
	assert_int_equal(fixture->compositor->surfaces[0].commits, 0);
	bo.is_unmappable = false;
	fixture_commit(fixture, buffer, NULL, 0);
	assert_shown(fixture, &bo.image);
	exup_buffer_destroy(buffer);
	destroy_bo(&bo);
}

static void
test_wrong_gbm(void **state)
{
	struct fixture *fixture = *state;
	struct gbm_bo bo = create_bo();
	struct exup_buffer *buffer;
	int fd = bo.fd;

	fixture_connect(fixture, 0);
	bo.plane_count = 2;
	assert_int_equal(exup_buffer_create_from_gbm(fixture->client, NULL, NULL, NULL, &buffer),
			 -EINVAL);
	assert_int_equal(exup_buffer_create_from_gbm(fixture->client, &bo, NULL, NULL, &buffer),
			 -EINVAL);
	bo.plane_count = 1;
	bo.modifier = DRM_FORMAT_MOD_SAMSUNG_64_32_TILE;
	assert_int_equal(exup_buffer_create_from_gbm(fixture->client, &bo, NULL, NULL, &buffer),
			 -EINVAL);
	bo.modifier = DRM_FORMAT_MOD_LINEAR;
	bo.fd = -1;
	assert_int_equal(exup_buffer_create_from_gbm(fixture->client, &bo, NULL, NULL, &buffer),
			 -EBADF);
	bo.fd = fd;
	/* without modifiers, objects are what the driver makes of GBM_BO_USE_LINEAR */
	bo.modifier = DRM_FORMAT_MOD_INVALID;
	buffer = create_buffer(fixture, &bo);
	assert_path(buffer, EXUP_PATH_DMABUF, EXUP_REASON_NONE);
	exup_buffer_destroy(buffer);
	destroy_bo(&bo);
}

static struct exup_dmabuf_info
make_info(const struct gbm_bo *bo)
{
	return (struct exup_dmabuf_info){
		.fd = bo->fd,
		.offset_bytes = bo->offset_bytes,
		.width = WIDTH,
		.height = HEIGHT,
		.stride = bo->stride,
		.fourcc = DRM_FORMAT_XRGB8888,
	};
}

/* For the fallback: the application's own way to read the image. */
static int
map_bo(void *map_data, const void **pixels, uint32_t *stride, void **mapping)
{
	struct gbm_bo *bo = map_data;

	if (bo->map_result != 0) {
		return bo->map_result;
	}
	bo->maps++;
	*pixels = bo->is_null ? NULL : bo->image.pixels;
	*stride = bo->image.stride;
	*mapping = bo;
	return 0;
}

static void
unmap_bo(void *map_data, void *mapping)
{
	struct gbm_bo *bo = map_data;

	assert_ptr_equal(mapping, bo);
	bo->maps--;
}

static void
test_wrong_dmabuf(void **state)
{
	struct fixture *fixture = *state;
	struct gbm_bo bo = create_bo();
	struct exup_dmabuf_info info;
	struct exup_buffer *buffer;
	unsigned int i;

	fixture_connect(fixture, 0);
	for (i = 0; i < 7; i++) {
		info = make_info(&bo);
		switch (i) {
		case 0:
			info.width = 0;
			break;
		case 1:
			info.stride = WIDTH * 4 - 1;
			break;
		case 2:
			info.fourcc = DRM_FORMAT_NV12;
			break;
		case 3:
			info.height = HEIGHT + 2;
			break;
		case 4:
			info.offset_bytes = 512 + 256;
			break;
		case 5:
			info.offset_bytes = UINT32_MAX;
			break;
		case 6:
			info.stride = UINT32_MAX;
			break;
		}
		assert_int_equal(
			exup_buffer_create_from_dmabuf(fixture->client, &info, NULL, NULL, &buffer),
			-EINVAL);
	}
	info = make_info(&bo);
	info.fd = -1;
	assert_int_equal(
		exup_buffer_create_from_dmabuf(fixture->client, &info, NULL, NULL, &buffer),
		-EBADF);
	destroy_bo(&bo);
}

/* Without functions of the application, the fallback maps the dma-buf itself. */
static void
test_dmabuf_fallback(void **state)
{
	struct fixture *fixture = *state;
	struct gbm_bo bo = create_bo();
	struct exup_dmabuf_info info = make_info(&bo);
	struct exup_buffer *buffer;

	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	assert_int_equal(
		exup_buffer_create_from_dmabuf(fixture->client, &info, NULL, NULL, &buffer), 0);
	/* the double knows no such dma-buf: access cannot be begun, nothing is shown */
	assert_int_equal(exup_buffer_commit(buffer, fixture->surface, NULL, 0), -ENOTTY);
	assert_int_equal(fixture->fake.map_count, 0);
	exup_buffer_destroy(buffer);
	destroy_bo(&bo);
}

static void
test_no_descriptors(void **state)
{
	struct fixture *fixture = *state;
	struct gbm_bo bo = create_bo();
	struct exup_dmabuf_info info = make_info(&bo);
	struct exup_buffer *buffer;
	struct fd_hog hog;
	int ret;

	fixture_connect(fixture, 0);
	info.map = map_bo;
	info.unmap = unmap_bo;
	info.map_data = &bo;
	fd_hog_take(&hog, 0);
	ret = exup_buffer_create_from_dmabuf(fixture->client, &info, NULL, NULL, &buffer);
	fd_hog_release(&hog);
	assert_int_equal(ret, -EMFILE);
	compositor_sync(fixture->compositor);
	assert_int_equal(fixture->compositor->imports, 0);
	buffer = create_buffer(fixture, &bo);
	assert_path(buffer, EXUP_PATH_DMABUF, EXUP_REASON_NONE);
	exup_buffer_destroy(buffer);
	destroy_bo(&bo);
}

/* What an application's functions may get wrong is an error, and neither shown nor left mapped. */
static void
test_wrong_map(void **state)
{
	struct fixture *fixture = *state;
	struct gbm_bo bo = create_bo();
	struct exup_dmabuf_info info = make_info(&bo);
	const struct {
		int result;
		bool is_null;
		uint32_t stride;
		int error;
	} cases[] = {
		{ -EBUSY, false, WIDTH * 4, -EBUSY },
		{ 1, false, WIDTH * 4, -EIO },
		{ 0, true, WIDTH * 4, -EFAULT },
		{ 0, false, WIDTH * 4 - 1, -EINVAL },
		{ 0, false, 0, -EINVAL },
	};
	struct exup_buffer *buffer;
	size_t i;

	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	info.map_data = &bo;
	info.map = map_bo;
	assert_int_equal(
		exup_buffer_create_from_dmabuf(fixture->client, &info, NULL, NULL, &buffer),
		-EINVAL);
	info.map = NULL;
	info.unmap = unmap_bo;
	assert_int_equal(
		exup_buffer_create_from_dmabuf(fixture->client, &info, NULL, NULL, &buffer),
		-EINVAL);
	info.map = map_bo;
	assert_int_equal(
		exup_buffer_create_from_dmabuf(fixture->client, &info, NULL, NULL, &buffer), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bo.map_result = cases[i].result;
		bo.is_null = cases[i].is_null;
		bo.image.stride = cases[i].stride;
		assert_int_equal(exup_buffer_commit(buffer, fixture->surface, NULL, 0),
				 cases[i].error);
		assert_int_equal(bo.maps, 0);
		assert_false(exup_buffer_is_busy(buffer));
	}
	compositor_sync(fixture->compositor);
	assert_int_equal(fixture->compositor->surfaces[0].commits, 0);
	bo.map_result = 0;
	bo.is_null = false;
	bo.image.stride = WIDTH * 4;
	fixture_commit(fixture, buffer, NULL, 0);
	assert_shown(fixture, &bo.image);
	exup_buffer_destroy(buffer);
	destroy_bo(&bo);
}

static void
assert_path_and_picture(struct fixture *fixture, struct gbm_bo *bo, struct exup_buffer *buffer,
			enum exup_reason reason)
{
	assert_path(buffer, reason == EXUP_REASON_NONE ? EXUP_PATH_DMABUF : EXUP_PATH_SHM, reason);
	fixture_commit(fixture, buffer, NULL, 0);
	assert_shown(fixture, &bo->image);
	exup_buffer_destroy(buffer);
	compositor_sync(fixture->compositor);
}

/*
 * Far into a large dma-buf: what a compositor cannot be told goes through wl_shm. What no mapping can
 * hold is refused: where addresses have 32 bits that is all of them.
 */
static void
test_beyond_2_gib(void **state)
{
	static const struct {
		uint32_t offset_bytes, stride, height;
		enum exup_reason reason;
	} cases[] = {
		{ 0x7ffffe00, 256, HEIGHT, EXUP_REASON_NONE },
		{ 0x90000000, 256, HEIGHT, EXUP_REASON_NONE },
		{ UINT32_MAX - 256 * HEIGHT, 256, HEIGHT, EXUP_REASON_NONE },
		{ UINT32_MAX - 256 * HEIGHT + 1, 256, HEIGHT, EXUP_REASON_GEOMETRY },
		{ 0xffffff00, 256, HEIGHT, EXUP_REASON_GEOMETRY },
		{ 4, 0x80000000, 2, EXUP_REASON_GEOMETRY },
		{ 0, 0x7fffffff, 2, EXUP_REASON_NONE },
		{ 0, UINT32_MAX, 2, EXUP_REASON_GEOMETRY },
	};
	struct fixture *fixture = *state;
	struct fake_object *object = &fixture->fake.objects[0];
	struct exup_dmabuf_info info;
	struct exup_buffer *buffer;
	uint64_t end_bytes;
	bool is_mappable;
	size_t i;

	fixture_connect(fixture, 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gbm_bo bo = create_bo();

		assert_int_equal(ftruncate(bo.fd, INT64_C(10) << 30), 0);
		*object = (struct fake_object){
			.is_live = true,
			.memfd = fcntl(bo.fd, F_DUPFD_CLOEXEC, 0),
			.size_bytes = UINT64_C(10) << 30,
		};
		bo.offset_bytes = cases[i].offset_bytes;
		bo.stride = cases[i].stride;
		bo.image.height = cases[i].height;
		upload(&bo);
		info = make_info(&bo);
		info.height = cases[i].height;
		end_bytes = bo.offset_bytes + (uint64_t)bo.stride * (info.height - 1) + WIDTH * 4;
		is_mappable = end_bytes <= PTRDIFF_MAX;
		assert_int_equal(
			exup_buffer_create_from_dmabuf(fixture->client, &info, NULL, NULL, &buffer),
			is_mappable ? 0 : -EINVAL);
		if (is_mappable) {
			assert_path_and_picture(fixture, &bo, buffer, cases[i].reason);
		}
		destroy_bo(&bo);
		assert_int_equal(fake_exynos_count_objects(&fixture->fake), 0);
	}
}

/* A dma-buf with memory of the double's: access is begun and ended round the copy. */
static void
test_dmabuf_fallback_syncs(void **state)
{
	struct fixture *fixture = *state;
	struct gbm_bo bo = create_bo();
	struct fake_object *object = &fixture->fake.objects[0];
	struct exup_dmabuf_info info;
	struct exup_buffer *buffer;

	*object = (struct fake_object){
		.is_live = true,
		.memfd = fcntl(bo.fd, F_DUPFD_CLOEXEC, 0),
		.size_bytes = 512 + 256 * HEIGHT,
	};
	fixture_connect(fixture, EXUP_CLIENT_FORCE_SHM);
	info = make_info(&bo);
	assert_int_equal(
		exup_buffer_create_from_dmabuf(fixture->client, &info, NULL, NULL, &buffer), 0);
	/* the application's descriptor is its own */
	close(bo.fd);
	bo.fd = -1;
	fixture_commit(fixture, buffer, NULL, 0);
	assert_shown(fixture, &bo.image);
	assert_int_equal(object->sync_count, 2);
	assert_false(object->is_cpu_access);
	exup_buffer_destroy(buffer);
	destroy_bo(&bo);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gbm),
		TEST(test_gbm_fallback),
		TEST(test_unmappable),
		TEST(test_wrong_gbm),
		TEST(test_wrong_dmabuf),
		TEST(test_dmabuf_fallback),
		TEST(test_dmabuf_fallback_syncs),
		TEST(test_no_descriptors),
		TEST(test_wrong_map),
		TEST(test_beyond_2_gib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
