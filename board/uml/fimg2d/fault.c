// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of an engine that goes astray: that accesses what is not mapped for it, or writes
 * where it can only read.
 *
 * On a board the SysMMU stops the engine and interrupts. exynos-iommu asks the handler that somebody
 * has installed for the IOMMU's domain, and is a BUG if there is none, or none that mends it. So it
 * is a panic here: a driver that lets its engine go astray is not to get away with it. A test that
 * provokes it says so first, in faults_are_fatal.
 *
 * Without an IOMMU nobody would stop the engine. That is worse, and so it is a panic as well.
 */

#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/panic.h>

#include "device.h"
#include "fault.h"

static u32 faults_are_fatal = 1;

/* Written by the engine's thread while is_pending is 0, read in the kernel while it is 1. */
static struct {
	u32 is_pending;
	u32 address;
	int is_write;
} fault;

/**
 * fimg2d_fault_note - an access of the engine that goes astray
 * @address: bus address
 * @write: whether it is a write
 *
 * Runs on the engine's thread, which interrupts when it has ended its run. Of several the first one
 * is told, which the others may follow from.
 */
void fimg2d_fault_note(unsigned int address, int write)
{
	if (!READ_ONCE(faults_are_fatal) || fimg2d_fault_is_pending())
		return;
	fault.address = address;
	fault.is_write = write;
	__atomic_store_n(&fault.is_pending, 1, __ATOMIC_SEQ_CST);
}

/**
 * fimg2d_fault_is_pending - whether fimg2d_fault_interrupt() is to be called
 */
int fimg2d_fault_is_pending(void)
{
	return __atomic_load_n(&fault.is_pending, __ATOMIC_SEQ_CST);
}

/*
 * Asks whoever has installed a handler for page faults of the engine, as report_iommu_fault() does.
 * That needs a domain, which this board does not have yet: so there is no handler.
 */
static int ask_handler(void)
{
	return -ENOSYS;
}

/**
 * fimg2d_fault_interrupt - what the SysMMU's interrupt does
 *
 * Comes before the engine's own: a driver never hears of a job that went astray that it is done.
 */
void fimg2d_fault_interrupt(void)
{
	const char *access = fault.is_write ? "write to" : "read from";

	if (!fimg2d_fault_is_pending())
		return;
	if (!fimg2d_has_iommu())
		panic("fimg2d: %s %#x, which is not mapped for the engine, and no IOMMU to stop it\n",
		      access, fault.address);
	if (ask_handler())
		panic("fimg2d: page fault on a %s %#x, and nobody has handled it\n", access,
		      fault.address);
	__atomic_store_n(&fault.is_pending, 0, __ATOMIC_SEQ_CST);
}

/* After the folder has been made. */
static int __init fault_debugfs_init(void)
{
	struct dentry *dir = debugfs_lookup("fimg2d", NULL);

	if (!dir)
		return 0;
	debugfs_create_u32("faults_are_fatal", 0644, dir, &faults_are_fatal);
	dput(dir);
	return 0;
}
late_initcall(fault_debugfs_init);
