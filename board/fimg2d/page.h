/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a board without a kernel of its own making shows the table of controls.h to the guest: a page
 * of registers that describes itself, so that who reads it needs to know no names.
 *
 * An entry's value is read as its lower word first, which makes the upper one stay what it was then.
 * Writing the lower word sets a fault.
 */
#ifndef FIMG2D_PAGE_H
#define FIMG2D_PAGE_H

#define FIMG2D_PAGE_MAGIC	0x00
#define FIMG2D_PAGE_VERSION	0x04
#define FIMG2D_PAGE_COUNT	0x08	/* of entries */
#define FIMG2D_PAGE_ENTRIES	0x40

#define FIMG2D_PAGE_SIZE	0x1000
#define FIMG2D_PAGE_MAGIC_VALUE	0x64326766	/* "fg2d" */
#define FIMG2D_PAGE_VERSION_VALUE	1

/* An entry */
#define FIMG2D_PAGE_NAME	0x00	/* ends with a 0 */
#define FIMG2D_PAGE_FLAGS	0x30
#define FIMG2D_PAGE_VALUE	0x38
#define FIMG2D_PAGE_VALUE_HIGH	0x3c

#define FIMG2D_PAGE_ENTRY_SIZE	0x40
#define FIMG2D_PAGE_NAME_SIZE	FIMG2D_PAGE_FLAGS
#define FIMG2D_PAGE_ENTRIES_MAX \
	((FIMG2D_PAGE_SIZE - FIMG2D_PAGE_ENTRIES) / FIMG2D_PAGE_ENTRY_SIZE)

/* An entry's flags */
#define FIMG2D_CONTROL_WRITABLE	1u	/* a fault that a test sets, else a counter */
#define FIMG2D_CONTROL_HEX	2u	/* an address or a register */
#define FIMG2D_CONTROL_REASON	4u	/* how often the model said no for the reason it names */

#endif
