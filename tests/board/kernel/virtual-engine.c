// SPDX-License-Identifier: MIT
/*
 * The virtual board's engine as a test controls it, through debugfs.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "virtual-engine.h"

#define WAIT_STEPS 6000
#define WAIT_STEP_US 10000

static void
make_path(const char *name, char *path, size_t path_bytes)
{
	snprintf(path, path_bytes, "/sys/kernel/debug/fimg2d/%s", name);
}

static FILE *
open_file(const char *name, const char *mode)
{
	char path[128];

	make_path(name, path, sizeof(path));

	return fopen(path, mode);
}

bool
virtual_engine_has(const char *name)
{
	char path[128];

	make_path(name, path, sizeof(path));

	return access(path, F_OK) == 0;
}

int
virtual_engine_set(const char *fault, uint32_t value)
{
	FILE *file = open_file(fault, "w");
	int ret;

	if (!file)
		return -errno;

	ret = fprintf(file, "%" PRIu32 "\n", value) < 0 ? -EIO : 0;
	if (fclose(file) != 0 && ret == 0)
		ret = -errno;

	return ret;
}

uint64_t
virtual_engine_get(const char *counter)
{
	FILE *file = open_file(counter, "r");
	uint64_t value;

	if (!file)
		return UINT64_MAX;

	if (fscanf(file, "%" SCNi64, &value) != 1)
		value = UINT64_MAX;
	fclose(file);

	return value;
}

int
virtual_engine_reset(void)
{
	/* late_rows before hold: what is late still is not written to where a test has been */
	const char *faults[] = { "late_rows",	  "late_us",	  "hold",     "hang",
				 "delay_us",	  "delay_end_us", "lost_irq", "fault_in",
				 "fault_address", "stray_write" };
	int ret = 0;

	virtual_engine_expect_faults(false);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]) && ret == 0; i++) {
		if (virtual_engine_has(faults[i]))
			ret = virtual_engine_set(faults[i], 0);
	}

	return ret;
}

bool
virtual_engine_expect_faults(bool expected)
{
	return virtual_engine_set("faults_are_fatal", !expected) == 0;
}

int
virtual_engine_make_late(uint32_t rows, uint32_t time_us)
{
	int ret = virtual_engine_set("late_rows", rows);

	return ret < 0 ? ret : virtual_engine_set("late_us", time_us);
}

uint64_t
virtual_engine_started(void)
{
	return virtual_engine_get("started");
}

bool
virtual_engine_wait_started(uint64_t before)
{
	for (int i = 0; i < WAIT_STEPS; i++) {
		if (virtual_engine_started() != before)
			return true;
		usleep(WAIT_STEP_US);
	}

	return false;
}

static bool
wait_until(const char *state, uint64_t value)
{
	for (int i = 0; i < WAIT_STEPS; i++) {
		if (virtual_engine_get(state) == value)
			return true;
		usleep(WAIT_STEP_US);
	}

	return false;
}

bool
virtual_engine_wait_idle(void)
{
	return wait_until("busy", 0) && wait_until("late", 0);
}
