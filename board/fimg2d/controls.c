// SPDX-License-Identifier: GPL-2.0-only
/* The table of counters and faults. board/README.md says what each of them means. */

#include "controls.h"

#define CONTROL(name, member, flags) \
	{ name, offsetof(struct fimg2d_device, member), \
	  sizeof(((struct fimg2d_device *)0)->member), flags }

#define COUNTER(name)	CONTROL(#name, engine.counters.name, 0)
#define FAULT(name)	CONTROL(#name, faults.name, FIMG2D_CONTROL_WRITABLE)
#define FAULT_HEX(name) \
	CONTROL(#name, faults.name, FIMG2D_CONTROL_WRITABLE | FIMG2D_CONTROL_HEX)

static const struct fimg2d_control controls[] = {
	CONTROL("started", started, 0),
	COUNTER(jobs),
	COUNTER(lists),
	COUNTER(blits),
	COUNTER(pixels),
	COUNTER(faults),
	CONTROL("last_fault", engine.counters.fault_address, FIMG2D_CONTROL_HEX),
	COUNTER(bad_lists),
	COUNTER(aborts),
	COUNTER(unsupported),
	CONTROL("unsupported_register", engine.counters.unsupported_register, FIMG2D_CONTROL_HEX),
	CONTROL("unsupported_value", engine.counters.unsupported_value, FIMG2D_CONTROL_HEX),
	CONTROL("interrupts", interrupts, 0),
	CONTROL("lost_interrupts", lost_interrupts, 0),
	CONTROL("busy", busy, 0),
	CONTROL("late", is_late, 0),
	CONTROL("late_bytes", late_bytes, 0),

	FAULT(delay_us),
	FAULT(delay_end_us),
	FAULT(hold),
	FAULT(hang),
	FAULT(lost_irq),
	FAULT_HEX(fault_address),
	FAULT(fault_in),
	FAULT_HEX(stray_write),
	FAULT(late_rows),
	FAULT(late_us),
};

#define CONTROLS	(sizeof(controls) / sizeof(controls[0]))

/**
 * fimg2d_control_at - the table, followed by the reasons for which the model may say no
 * @index: from 0
 * @control: filled in
 *
 * Returns: false behind the last one.
 */
bool fimg2d_control_at(u32 index, struct fimg2d_control *control)
{
	if (index < CONTROLS) {
		*control = controls[index];
		return true;
	}
	index -= CONTROLS;
	if (index >= FIMG2D_UNSUPPORTED_COUNT)
		return false;
	*control = (struct fimg2d_control)CONTROL("", engine.counters.unsupported_by_kind[0],
						  FIMG2D_CONTROL_REASON);
	control->name = fimg2d_unsupported_name(index);
	control->offset += index * control->size_bytes;
	return true;
}

/**
 * fimg2d_control_get - its value
 * @device: the device
 * @control: from fimg2d_control_at()
 */
u64 fimg2d_control_get(const struct fimg2d_device *device, const struct fimg2d_control *control)
{
	const void *member = (const u8 *)device + control->offset;

	return control->size_bytes == sizeof(u64) ?
		       *(const u64 *)member : __atomic_load_n((const u32 *)member, __ATOMIC_SEQ_CST);
}

/**
 * fimg2d_control_set - sets a fault
 * @device: the device
 * @control: from fimg2d_control_at(); one that is not writable stays as it is
 * @value: the value
 */
void fimg2d_control_set(struct fimg2d_device *device, const struct fimg2d_control *control,
			u32 value)
{
	if (control->flags & FIMG2D_CONTROL_WRITABLE)
		__atomic_store_n((u32 *)((u8 *)device + control->offset), value, __ATOMIC_SEQ_CST);
}
