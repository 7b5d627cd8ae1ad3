// SPDX-License-Identifier: MIT
/*
 * The virtual display's ioctl: an EDID with extension blocks, and EDIDs that are not all there.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "exynos-device.h"
#include "kernel-log.h"
#include "skip.h"

struct drm_exynos_vidi_connection {
	__u32 connection;
	__u32 extensions;
	__u64 edid;
};

#define DRM_IOCTL_EXYNOS_VIDI_CONNECTION EXYNOS_IOWR(0x07, struct drm_exynos_vidi_connection)

enum {
	BLOCK_BYTES = 128,
	MAX_EXTENSIONS = 255,
	/* offsets in the base block, from VESA E-EDID 1.4 */
	EDID_VERSION = 18,
	EDID_REVISION = 19,
	EDID_EXTENSIONS = 126,
	EDID_CHECKSUM = 127,
	/* the first bytes of an extension block, from CTA-861 */
	CTA_TAG = 0x02,
	CTA_REVISION = 3,
};

static void
set_checksum(uint8_t *block)
{
	uint8_t sum = 0;

	for (int i = 0; i < EDID_CHECKSUM; i++)
		sum = (uint8_t)(sum + block[i]);
	block[EDID_CHECKSUM] = (uint8_t)-sum;
}

/* A valid EDID that says nothing, with so many extensions that say nothing. */
static void
make_edid(uint8_t *edid, int extensions)
{
	const uint8_t header[] = { 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00 };

	memset(edid, 0, BLOCK_BYTES);
	memcpy(edid, header, sizeof(header));
	edid[EDID_VERSION] = 1;
	edid[EDID_REVISION] = 4;
	edid[EDID_EXTENSIONS] = (uint8_t)extensions;
	set_checksum(edid);
	for (int i = 1; i <= extensions; i++) {
		uint8_t *block = edid + i * BLOCK_BYTES;

		memset(block, 0, BLOCK_BYTES);
		block[0] = CTA_TAG;
		block[1] = CTA_REVISION;
		set_checksum(block);
	}
}

static int
set_connection(int fd, uint32_t connection, const void *edid)
{
	struct drm_exynos_vidi_connection args = {
		.connection = connection,
		.edid = (uintptr_t)edid,
	};

	return exynos_ioctl(fd, DRM_IOCTL_EXYNOS_VIDI_CONNECTION, &args);
}

static int
setup(void **state)
{
	int *fd = malloc(sizeof(*fd));

	assert_non_null(fd);
	*fd = exynos_open(EXYNOS_PRIMARY_NODE);
	assert_true(*fd >= 0);
	*state = fd;

	return 0;
}

static int
teardown(void **state)
{
	int *fd = *state;

	close(*fd);
	free(fd);

	return 0;
}

static void
test_edid_with_extensions(void **state)
{
	const int extensions[] = { 0, 1, 2, MAX_EXTENSIONS };
	int fd = *(int *)*state;
	uint8_t *edid = malloc((size_t)(1 + MAX_EXTENSIONS) * BLOCK_BYTES);

	assert_non_null(edid);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		make_edid(edid, extensions[i]);
		assert_int_equal(set_connection(fd, 1, edid), 0);
		assert_int_equal(set_connection(fd, 1, edid), -EINVAL);
		assert_int_equal(set_connection(fd, 0, NULL), 0);
		assert_int_equal(set_connection(fd, 0, NULL), -EINVAL);
	}
	free(edid);
}

/* What follows the base block cannot be read, or is no extension block. */
static void
test_extensions_that_are_not_there(void **state)
{
	int fd = *(int *)*state, page = (int)sysconf(_SC_PAGESIZE);
	uint8_t block[2 * BLOCK_BYTES];
	uint8_t *map = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *last = map + page - BLOCK_BYTES;

	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(munmap(map + page, (size_t)page), 0);
	make_edid(block, 1);
	memcpy(last, block, BLOCK_BYTES);
	assert_int_equal(set_connection(fd, 1, last), -EFAULT);
	assert_int_equal(set_connection(fd, 1, last + BLOCK_BYTES), -EFAULT);
	assert_int_equal(set_connection(fd, 1, NULL), -EFAULT);
	assert_int_equal(set_connection(fd, 1, (void *)UINTPTR_MAX), -EFAULT);

	memset(block + BLOCK_BYTES, 0x55, BLOCK_BYTES);
	assert_int_equal(set_connection(fd, 1, block), -EINVAL);
	assert_int_equal(set_connection(fd, 2, block), -EINVAL);
	munmap(map, (size_t)page);
}

/* Nothing of it is in the kernel's log: everybody who may authenticate can send it. */
static void
test_bad_edids_are_refused_in_silence(void **state)
{
	const struct {
		int offset;
		uint8_t value;
		bool sum_is_right;
	} faults[] = {
		{ 0, 0xff, true },
		{ 3, 0x00, true },
		{ EDID_VERSION, 0, true },
		{ EDID_VERSION, 2, true },
		{ EDID_CHECKSUM, 0x99, false },
		{ EDID_REVISION, 9, false },
		{ BLOCK_BYTES, 0x70, false },
	};
	int fd = *(int *)*state, log = kernel_log_open();
	uint8_t edid[2 * BLOCK_BYTES];

	assert_true(log >= 0);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		make_edid(edid, 1);
		edid[faults[i].offset] = faults[i].value;
		if (faults[i].sum_is_right)
			set_checksum(edid);
		assert_int_equal(set_connection(fd, 1, edid), -EINVAL);
	}
	assert_int_equal(kernel_log_count_driver(log), 0);
	close(log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_edid_with_extensions),
		TEST(test_extensions_that_are_not_there),
		TEST(test_bad_edids_are_refused_in_silence),
	};

	if (access("/sys/bus/platform/drivers/exynos-drm-vidi", F_OK) < 0)
		return skip_all("the kernel has no virtual display");
	cmocka_set_message_output(CM_OUTPUT_TAP);

	return cmocka_run_group_tests_name("virtual display", tests, NULL, NULL);
}
