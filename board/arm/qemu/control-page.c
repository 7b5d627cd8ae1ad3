// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page with which a guest's tests read the engine's counters and set its faults: the table of
 * all boards, and behind it what only this board can count.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/log.h"
#include "sysemu/cpu-timers.h"

#include "fimg2d.h"

/* Counters that are not the engine's. */
struct board_counter {
	const char *name;
	uint32_t flags;
	uint64_t (*get)(Fimg2dState *s);
};

/* Of all CPUs, exactly, if QEMU counts them (-icount). */
static uint64_t instructions(Fimg2dState *s)
{
	return icount_enabled() ? icount_get_raw() : 0;
}

static uint64_t mapped_bytes(Fimg2dState *s)
{
	return exynos_sysmmu_mapped_bytes(s->sysmmu);
}

static uint64_t sysmmu_faults(Fimg2dState *s)
{
	return s->sysmmu->faults;
}

static uint64_t sysmmu_last_fault(Fimg2dState *s)
{
	return s->sysmmu->last_fault;
}

static uint64_t scanout_frames(Fimg2dState *s)
{
	return object_property_get_uint(s->display, "frames", &error_abort);
}

static uint64_t scanout_faults(Fimg2dState *s)
{
	return object_property_get_uint(s->display, "bad-frames", &error_abort);
}

static const struct board_counter board_counters[] = {
	{ "instructions", 0, instructions },
	{ "mapped_bytes", 0, mapped_bytes },
	{ "sysmmu_faults", 0, sysmmu_faults },
	{ "sysmmu_last_fault", FIMG2D_CONTROL_HEX, sysmmu_last_fault },
	{ "scanout_frames", 0, scanout_frames },
	{ "scanout_faults", 0, scanout_faults },
};

static uint32_t count_controls(void)
{
	struct fimg2d_control control;
	uint32_t count = 0;

	while (fimg2d_control_at(count, &control))
		count++;
	return count;
}

/* Four characters of the name, the first in the lowest byte, 0 behind its end. */
static uint32_t name_word(const char *name, uint32_t offset)
{
	uint32_t word = 0, length = MIN(strlen(name), FIMG2D_PAGE_NAME_SIZE - 1), i;

	for (i = 0; i < 4 && offset + i < length; i++)
		word |= (uint32_t)(uint8_t)name[offset + i] << (8 * i);
	return word;
}

static uint32_t read_entry(Fimg2dState *s, uint32_t index, uint32_t offset)
{
	const uint32_t controls = count_controls();
	const struct board_counter *counter = NULL;
	struct fimg2d_control control;
	uint64_t value;

	if (!fimg2d_control_at(index, &control)) {
		if (index - controls >= ARRAY_SIZE(board_counters))
			return 0;
		counter = &board_counters[index - controls];
		control.name = counter->name;
		control.flags = counter->flags;
	}
	switch (offset) {
	case FIMG2D_PAGE_FLAGS:
		return control.flags;
	case FIMG2D_PAGE_VALUE:
		value = counter ? counter->get(s) : fimg2d_control_get(&s->device, &control);
		s->value_high = value >> 32;
		return value;
	case FIMG2D_PAGE_VALUE_HIGH:
		return s->value_high;
	default:
		return offset < FIMG2D_PAGE_NAME_SIZE ? name_word(control.name, offset) : 0;
	}
}

uint64_t fimg2d_page_read(Fimg2dState *s, hwaddr offset)
{
	const uint32_t count = count_controls() + ARRAY_SIZE(board_counters);

	g_assert(count <= FIMG2D_PAGE_ENTRIES_MAX);
	switch (offset) {
	case FIMG2D_PAGE_MAGIC:
		return FIMG2D_PAGE_MAGIC_VALUE;
	case FIMG2D_PAGE_VERSION:
		return FIMG2D_PAGE_VERSION_VALUE;
	case FIMG2D_PAGE_COUNT:
		return count;
	}
	if (offset < FIMG2D_PAGE_ENTRIES)
		return 0;
	offset -= FIMG2D_PAGE_ENTRIES;
	return read_entry(s, offset / FIMG2D_PAGE_ENTRY_SIZE, offset % FIMG2D_PAGE_ENTRY_SIZE);
}

void fimg2d_page_write(Fimg2dState *s, hwaddr offset, uint32_t value)
{
	hwaddr in_entries = offset - FIMG2D_PAGE_ENTRIES;
	struct fimg2d_control control;

	if (offset < FIMG2D_PAGE_ENTRIES ||
	    in_entries % FIMG2D_PAGE_ENTRY_SIZE != FIMG2D_PAGE_VALUE ||
	    !fimg2d_control_at(in_entries / FIMG2D_PAGE_ENTRY_SIZE, &control) ||
	    !(control.flags & FIMG2D_CONTROL_WRITABLE)) {
		qemu_log_mask(LOG_GUEST_ERROR,
			      "fimg2d: write to 0x%" HWADDR_PRIx " of the control page\n", offset);
		return;
	}
	fimg2d_control_set(&s->device, &control, value);
	fimg2d_faults_changed(s);
}
