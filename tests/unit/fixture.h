/* SPDX-License-Identifier: MIT */
/* What the driver's tests begin and end with: a double, and a device opened on it. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "device.h"
#include "fake-exynos.h"

/** struct fixture: a test may close @device itself, and then sets it to NULL */
struct fixture {
	struct fake_exynos fake;
	struct exup_device *device;
};

#define PAGE 4096

/** Whole pages; to be freed with free(). */
static inline void *
allocate_pages(size_t count)
{
	void *memory = aligned_alloc(PAGE, count * PAGE);

	assert_non_null(memory);
	return memory;
}

static inline int
setup_with_minor(void **state, int driver_minor)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fake_exynos_init(&fixture->fake);
	fixture->fake.driver_minor = driver_minor;
	assert_int_equal(exup_device_create(&fixture->fake.sys, FAKE_DEVNUM, &fixture->device), 0);
	*state = fixture;
	return 0;
}

static inline int
setup(void **state)
{
	return setup_with_minor(state, EXUP_EXYNOS_MINOR_G2D_SUBMIT);
}

/* A driver whose lists come one by one, and have no offsets. */
static inline int
setup_without_submit(void **state)
{
	return setup_with_minor(state, EXUP_EXYNOS_MINOR_G2D_SUBMIT - 1);
}

static inline int
teardown(void **state)
{
	struct fixture *fixture = *state;

	exup_device_destroy(fixture->device);
	fake_exynos_finish(&fixture->fake);
	free(fixture);
	return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
#define TEST_WITHOUT_SUBMIT(function) \
	cmocka_unit_test_setup_teardown(function, setup_without_submit, teardown)

#endif
