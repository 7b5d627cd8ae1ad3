// SPDX-License-Identifier: MIT
/* driver/device.c: which nodes are accepted, the pool's numbers, reopening. */
#include <errno.h>
#include <string.h>

#include <drm.h>

#include "bo.h"
#include "fixture.h"

static int
create(struct fixture *fixture, dev_t devnum)
{
	struct exup_device *device = NULL;
	int ret = exup_device_create(&fixture->fake.sys, devnum, &device);

	exup_device_destroy(device);
	return ret;
}

static void
test_identity(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(exup_device_get_devnum(fixture->device), FAKE_DEVNUM);
	assert_int_equal(exup_device_get_fd(fixture->device), fixture->fake.files[0].fd);
}

static void
test_no_such_node(void **state)
{
	assert_int_equal(create(*state, makedev(226, 129)), -ENODEV);
	assert_int_equal(create(*state, makedev(226, 0)), -ENODEV);
	/* the major of /dev/null */
	assert_int_equal(create(*state, makedev(1, 128)), -ENODEV);
	assert_int_equal(create(*state, 0), -ENODEV);
}

/* A file of the node's name that is something else, as in a container. */
static void
test_other_node(void **state)
{
	struct fixture *fixture = *state;

	fixture->fake.node_devnum = makedev(226, 129);
	assert_int_equal(create(fixture, FAKE_DEVNUM), -ENODEV);
	assert_int_equal(fake_exynos_count_files(&fixture->fake), 1);
}

static void
test_no_permission(void **state)
{
	struct fixture *fixture = *state;

	fixture->fake.open_error = -EACCES;
	assert_int_equal(create(fixture, FAKE_DEVNUM), -EACCES);
}

static void
test_other_driver(void **state)
{
	static const char *const names[] = { "i915", "exyno", "exynos2", "",
					     "a-very-long-driver-name" };
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fixture->fake.driver_name = names[i];
		assert_int_equal(create(fixture, FAKE_DEVNUM), -ENODEV);
		assert_int_equal(
			exup_device_check_driver(&fixture->fake.sys, fixture->fake.files[0].fd),
			-ENODEV);
	}
	assert_int_equal(fake_exynos_count_files(&fixture->fake), 1);
}

static void
test_no_engine(void **state)
{
	struct fixture *fixture = *state;

	fixture->fake.has_g2d = false;
	assert_int_equal(create(fixture, FAKE_DEVNUM), -ENOTSUP);
	assert_int_equal(fake_exynos_count_files(&fixture->fake), 1);
}

static void
test_create_first(void **state)
{
	struct fixture *fixture = *state;
	struct exup_device *device = NULL;

	assert_int_equal(exup_device_create_first(&fixture->fake.sys, &device), 0);
	assert_int_equal(exup_device_get_devnum(device), FAKE_DEVNUM);
	exup_device_destroy(device);

	/* what is there and may not be used says more than that there is nothing else */
	fixture->fake.open_error = -EACCES;
	assert_int_equal(exup_device_create_first(&fixture->fake.sys, &device), -EACCES);
	fixture->fake.open_error = 0;
	fixture->fake.has_g2d = false;
	assert_int_equal(exup_device_create_first(&fixture->fake.sys, &device), -ENOTSUP);
	fixture->fake.driver_name = "vgem";
	assert_int_equal(exup_device_create_first(&fixture->fake.sys, &device), -ENODEV);
}

static void
test_destroy_null(void **state)
{
	(void)state;
	exup_device_destroy(NULL);
}

static void
test_pool(void **state)
{
	struct fixture *fixture = *state;
	struct exup_pool pool;
	struct exup_bo *bo;
	void *memory;

	memory = allocate_pages(2);
	assert_int_equal(exup_device_get_pool(fixture->device, &pool), 0);
	assert_int_equal(pool.limit_bytes, 16 << 20);
	assert_int_equal(pool.pinned_bytes, 0);
	assert_int_equal(exup_bo_create_userptr(fixture->device, memory, 8192, &bo), 0);
	assert_int_equal(exup_device_get_pool(fixture->device, &pool), 0);
	assert_int_equal(pool.pinned_bytes, 8192);
	exup_bo_destroy(bo);
	free(memory);
}

static void
test_pool_watch(void **state)
{
	struct fixture *fixture = *state;
	uint64_t pinned_bytes;
	int fd;

	assert_int_equal(exup_device_open_pool_watch(fixture->device, &fd), 0);
	assert_int_equal(exup_device_read_pool_watch(fixture->device, fd, &pinned_bytes), 0);
	assert_int_equal(pinned_bytes, 0);
	fixture->fake.sys.close(&fixture->fake.sys, fd);
}

static const char *attribute_text;

static ssize_t
read_attribute_text(const struct exup_sys *sys, int fd, char *text, size_t size_bytes)
{
	size_t len = strlen(attribute_text);

	(void)sys;
	(void)fd;
	assert_true(len <= size_bytes);
	memcpy(text, attribute_text, len);
	return (ssize_t)len;
}

static void
test_odd_attributes(void **state)
{
	static const char *const wrong[] = { "", "\n", "x\n", "12x\n",
					     "99999999999999999999999\n" };
	struct fixture *fixture = *state;
	struct exup_pool pool;
	size_t i;

	fixture->fake.sys.read_attribute = read_attribute_text;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		attribute_text = wrong[i];
		assert_int_equal(exup_device_get_pool(fixture->device, &pool), -EPROTO);
	}
	attribute_text = "18446744073709551615\n";
	assert_int_equal(exup_device_get_pool(fixture->device, &pool), 0);
	assert_true(pool.limit_bytes == UINT64_MAX);
	attribute_text = "4096";
	assert_int_equal(exup_device_get_pool(fixture->device, &pool), 0);
	assert_int_equal(pool.limit_bytes, 4096);
}

static void
test_no_userptr(void **state)
{
	struct fixture *fixture = *state;
	struct exup_pool pool;
	int fd;

	fixture->fake.has_userptr = false;
	assert_int_equal(exup_device_get_pool(fixture->device, &pool), -ENOTSUP);
	assert_int_equal(exup_device_open_pool_watch(fixture->device, &fd), -ENOTSUP);
}

static void
test_set_limit(void **state)
{
	struct fixture *fixture = *state;
	const struct exup_sys *sys = &fixture->fake.sys;
	int fd = exup_device_get_fd(fixture->device);

	assert_int_equal(exup_device_set_limit(sys, fd, 1 << 20), 0);
	assert_int_equal(fixture->fake.limit_bytes, 1 << 20);
	assert_int_equal(exup_device_set_limit(sys, fd, 64 << 20), 0);
	assert_int_equal(exup_device_set_limit(sys, fd, 0), -EINVAL);
	assert_int_equal(exup_device_set_limit(sys, fd, (64 << 20) + 1), -EINVAL);
	/* a page, with 32 bits */
	assert_int_equal(exup_device_set_limit(sys, fd, (UINT64_C(1) << 32) + 4096), -EINVAL);
	assert_int_equal(fixture->fake.limit_bytes, 64 << 20);
	fake_exynos_fail(&fixture->fake, EXUP_IOCTL_EXYNOS_USER_LIMIT, 0, 1, -EACCES);
	assert_int_equal(exup_device_set_limit(sys, fd, 4096), -EACCES);
	/* less than a page, which only the driver knows */
	assert_int_equal(exup_device_set_limit(sys, fd, 100), -EINVAL);
	fixture->fake.has_userptr = false;
	assert_int_equal(exup_device_set_limit(sys, fd, 4096), -ENOTSUP);
}

/* The objects of a device survive reopening it, with what refers to them. */
static void
test_reopen(void **state)
{
	struct fixture *fixture = *state;
	struct exup_bo *bos[3];
	uint64_t pinned_bytes;
	void *memory;
	int i;

	memory = allocate_pages(1);
	assert_int_equal(exup_bo_create(fixture->device, 4096, &bos[0]), 0);
	assert_int_equal(exup_bo_create(fixture->device, 8192, &bos[1]), 0);
	assert_int_equal(exup_bo_create_userptr(fixture->device, memory, 4096, &bos[2]), 0);
	pinned_bytes = fake_exynos_get_pinned(&fixture->fake);

	assert_int_equal(exup_device_reopen(fixture->device), 0);
	assert_int_equal(fake_exynos_count_files(&fixture->fake), 1);
	assert_int_equal(fake_exynos_count_objects(&fixture->fake), 3);
	assert_int_equal(fake_exynos_count_handles(&fixture->fake), 3);
	assert_int_equal(fake_exynos_get_pinned(&fixture->fake), pinned_bytes);
	assert_int_equal(exup_device_get_fd(fixture->device), fixture->fake.files[1].fd);
	for (i = 0; i < 3; i++) {
		exup_bo_destroy(bos[i]);
	}
	assert_int_equal(fake_exynos_count_objects(&fixture->fake), 0);
	free(memory);
}

/* All or none: on failure everything is as it was. */
static void
test_reopen_fails(void **state)
{
	struct fixture *fixture = *state;
	int fd = exup_device_get_fd(fixture->device);
	struct exup_bo *bos[2];
	uint32_t handle;
	int i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(exup_bo_create(fixture->device, 4096, &bos[i]), 0);
	}
	handle = exup_bo_get_handle(bos[0]);
	fake_exynos_fail(&fixture->fake, DRM_IOCTL_PRIME_FD_TO_HANDLE, 1, 1, -ENOMEM);
	assert_int_equal(exup_device_reopen(fixture->device), -ENOMEM);
	fake_exynos_fail(&fixture->fake, DRM_IOCTL_PRIME_HANDLE_TO_FD, 0, 1, -EMFILE);
	assert_int_equal(exup_device_reopen(fixture->device), -EMFILE);
	fixture->fake.open_error = -ENOENT;
	assert_int_equal(exup_device_reopen(fixture->device), -ENODEV);

	assert_int_equal(exup_device_get_fd(fixture->device), fd);
	assert_int_equal(exup_bo_get_handle(bos[0]), handle);
	assert_int_equal(fake_exynos_count_files(&fixture->fake), 1);
	assert_int_equal(fake_exynos_count_handles(&fixture->fake), 2);
	for (i = 0; i < 2; i++) {
		exup_bo_destroy(bos[i]);
	}
}

/* What the driver refuses for itself stays behind; the others go on, also at the next time. */
static void
test_reopen_loses_one(void **state)
{
	struct fixture *fixture = *state;
	struct exup_bo *bos[2];
	void *map;
	int fd, i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(exup_bo_create(fixture->device, 4096, &bos[i]), 0);
	}
	assert_int_equal(exup_bo_map(bos[1], EXUP_BO_READ, &map), 0);
	/* the younger one comes first */
	fake_exynos_fail(&fixture->fake, DRM_IOCTL_PRIME_FD_TO_HANDLE, 0, 1, -EINVAL);
	assert_int_equal(exup_device_reopen(fixture->device), 0);
	assert_true(exup_bo_is_lost(bos[1]));
	assert_false(exup_bo_is_lost(bos[0]));
	assert_int_equal(fake_exynos_count_files(&fixture->fake), 1);
	assert_int_equal(fake_exynos_count_handles(&fixture->fake), 1);

	assert_int_equal(exup_bo_export(bos[1], &fd), -ESTALE);
	assert_int_equal(exup_bo_get_size(bos[1]), 4096);
	assert_int_equal(exup_bo_export(bos[0], &fd), 0);
	fixture->fake.sys.close(&fixture->fake.sys, fd);
	assert_int_equal(exup_device_reopen(fixture->device), 0);
	assert_true(exup_bo_is_lost(bos[1]));
	assert_int_equal(fake_exynos_count_handles(&fixture->fake), 1);
	for (i = 0; i < 2; i++) {
		exup_bo_destroy(bos[i]);
	}
	assert_int_equal(fake_exynos_count_objects(&fixture->fake), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identity),	     TEST(test_no_such_node),	TEST(test_other_node),
		TEST(test_no_permission),    TEST(test_other_driver),	TEST(test_no_engine),
		TEST(test_create_first),     TEST(test_destroy_null),	TEST(test_pool),
		TEST(test_pool_watch),	     TEST(test_odd_attributes), TEST(test_no_userptr),
		TEST(test_set_limit),	     TEST(test_reopen),		TEST(test_reopen_fails),
		TEST(test_reopen_loses_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
