// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page with which a guest's tests read the engine's counters and set its faults: the table of
 * all boards, and behind it what only this board can count.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/log.h"
#include "sysemu/cpu-timers.h"
#include "ui/console.h"

#include "fimg2d.h"

static uint32_t count_controls(void)
{
	struct fimg2d_control control;
	uint32_t count = 0;

	while (fimg2d_control_at(count, &control))
		count++;
	return count;
}

/* What is not the engine's. */
struct board_control {
	const char *name;
	uint32_t flags;
	uint64_t (*get)(Fimg2dState *s);
	void (*set)(Fimg2dState *s, uint32_t value);	/* NULL: it is a counter */
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

/*
 * Of what the panel shows, as the display controller has read it: FNV-1a over rows of XRGB8888 with
 * X = 0xff, lowest byte first, as board/scanout --sum has it of the framebuffer. 0: no picture.
 */
static uint64_t panel_checksum(Fimg2dState *s)
{
	QemuConsole *console = qemu_console_lookup_by_device(DEVICE(s->display), 0);
	uint64_t hash = 0xcbf29ce484222325u;
	DisplaySurface *surface;
	int x, y, byte;

	graphic_hw_update(console);
	surface = qemu_console_surface(console);
	if (!surface || surface_bytes_per_pixel(surface) != 4)
		return 0;
	for (y = 0; y < surface_height(surface); y++) {
		const uint32_t *row = surface_data(surface) + y * surface_stride(surface);

		for (x = 0; x < surface_width(surface); x++) {
			const uint32_t pixel = row[x] | 0xff000000;

			for (byte = 0; byte < 4; byte++)
				hash = (hash ^ (uint8_t)(pixel >> (8 * byte))) * 0x100000001b3u;
		}
	}
	return hash;
}

static uint64_t faults_are_fatal(Fimg2dState *s)
{
	return !s->sysmmu->is_quiet;
}

static void set_faults_are_fatal(Fimg2dState *s, uint32_t value)
{
	s->sysmmu->is_quiet = !value;
}

static const struct board_control board_controls[] = {
	{ "instructions", 0, instructions },
	{ "mapped_bytes", 0, mapped_bytes },
	{ "sysmmu_faults", 0, sysmmu_faults },
	{ "sysmmu_last_fault", FIMG2D_CONTROL_HEX, sysmmu_last_fault },
	{ "scanout_frames", 0, scanout_frames },
	{ "scanout_faults", 0, scanout_faults },
	{ "panel_checksum", FIMG2D_CONTROL_HEX, panel_checksum },
	{ "faults_are_fatal", FIMG2D_CONTROL_WRITABLE, faults_are_fatal, set_faults_are_fatal },
};

/* Entries are numbered as the table of all boards, and then this board's. */
static const struct board_control *find_board_control(uint32_t index)
{
	uint32_t controls = count_controls();

	if (index < controls || index - controls >= ARRAY_SIZE(board_controls))
		return NULL;
	return &board_controls[index - controls];
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
	const struct board_control *board_control = find_board_control(index);
	struct fimg2d_control control;
	uint64_t value;

	if (board_control) {
		control.name = board_control->name;
		control.flags = board_control->flags;
	} else if (!fimg2d_control_at(index, &control)) {
		return 0;
	}
	switch (offset) {
	case FIMG2D_PAGE_FLAGS:
		return control.flags;
	case FIMG2D_PAGE_VALUE:
		value = board_control ? board_control->get(s) :
					fimg2d_control_get(&s->device, &control);
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
	const uint32_t count = count_controls() + ARRAY_SIZE(board_controls);

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

static bool write_value(Fimg2dState *s, uint32_t index, uint32_t value)
{
	const struct board_control *board_control = find_board_control(index);
	struct fimg2d_control control;

	if (board_control) {
		if (board_control->set)
			board_control->set(s, value);
		return board_control->set;
	}
	if (!fimg2d_control_at(index, &control) || !(control.flags & FIMG2D_CONTROL_WRITABLE))
		return false;
	fimg2d_control_set(&s->device, &control, value);
	fimg2d_faults_changed(s);
	return true;
}

void fimg2d_page_write(Fimg2dState *s, hwaddr offset, uint32_t value)
{
	hwaddr in_entries = offset - FIMG2D_PAGE_ENTRIES;

	if (offset < FIMG2D_PAGE_ENTRIES ||
	    in_entries % FIMG2D_PAGE_ENTRY_SIZE != FIMG2D_PAGE_VALUE ||
	    !write_value(s, in_entries / FIMG2D_PAGE_ENTRY_SIZE, value))
		qemu_log_mask(LOG_GUEST_ERROR,
			      "fimg2d: write to 0x%" HWADDR_PRIx " of the control page\n", offset);
}
