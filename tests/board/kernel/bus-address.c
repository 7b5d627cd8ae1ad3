// SPDX-License-Identifier: MIT
/*
 * Where an object is on the virtual board's bus, which no ioctl tells.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "bus-address.h"
#include "exynos-device.h"
#include "virtual-engine.h"

/* accesses of the bus that a list of the driver and a small blit are not more than */
#define ACCESSES_MAX 256

enum {
	WIDTH = 8,
	HEIGHT = 2,
	ROW = 4 * WIDTH,
	SIZE = ROW * HEIGHT,
};

/*
 * One access after the other is made to fault, until it is the first of the image's. It is the one
 * that leaves out the first row and nothing else: a row that cannot be read is not written, and
 * what comes before are reads of the list, which are worth the whole blit. The engine tells the
 * address of the last fault.
 */
uint32_t
bus_address_find(int fd, const struct g2d_image *image)
{
	const struct g2d_box box = { 0, 0, WIDTH, HEIGHT };
	struct g2d_image target = { 0, ROW };
	uint32_t missing[WIDTH * HEIGHT], address = 0;
	uint32_t *pixels;

	assert_int_equal(exynos_gem_create(fd, SIZE, 0, &target.handle), 0);
	pixels = exynos_gem_mmap(fd, target.handle, SIZE);
	assert_non_null(pixels);
	assert_int_equal(g2d_copy(fd, &target, &box, image, &box), 0);
	memcpy(missing, pixels, SIZE);
	memset(missing, 0xee, ROW);

	for (uint32_t n = 1; n < ACCESSES_MAX && !address; n++) {
		memset(pixels, 0xee, SIZE);
		assert_int_equal(virtual_engine_set("fault_in", n), 0);
		assert_int_equal(g2d_copy(fd, &target, &box, image, &box), 0);
		if (memcmp(pixels, missing, SIZE) == 0)
			address = (uint32_t)virtual_engine_get("last_fault");
	}
	assert_int_equal(virtual_engine_set("fault_in", 0), 0);
	assert_int_not_equal(address, 0);
	munmap(pixels, SIZE);
	exynos_gem_close(fd, target.handle);

	return address;
}
