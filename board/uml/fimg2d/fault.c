// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of an engine that goes astray: that accesses what is not mapped for it, or writes
 * where it can only read.
 *
 * On a board the SysMMU stops the engine and interrupts. exynos-iommu asks the handler that somebody
 * has installed for the IOMMU's domain, and is a BUG if there is none, or none that mends it. So it
 * is a panic here: a driver that lets its engine go astray is not to get away with it. The handler is
 * expected to reset the engine, which is stuck else. fimg2d.handler=0 is a board where nobody has
 * installed one, and with faults_are_fatal=0 a test has such an access left out, as after a bus error.
 *
 * Without an IOMMU nobody would stop the engine. That is worse, and so it is a panic as well.
 */

#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/iommu.h>
#include <linux/moduleparam.h>
#include <linux/panic.h>

#include "device.h"
#include "fault.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"fimg2d."

static bool use_handler = true;
module_param_named(handler, use_handler, bool, 0444);
MODULE_PARM_DESC(handler, "page faults are told to the driver (default), not fatal in any case");

static u32 faults_are_fatal = 1;
static struct device *engine;

/* Written by the engine's thread while is_pending is 0, read in the kernel while it is 1. */
static struct {
	u32 is_pending;
	u32 address;
	int is_write;
} fault;

/**
 * fimg2d_fault_note - an access of the engine that goes astray
 * @device: the device
 * @address: bus address
 * @write: whether it is a write
 *
 * Runs on the engine's thread, which ends its run then, and interrupts. Of several the first one is
 * told, which the others may follow from.
 */
void fimg2d_fault_note(struct fimg2d_device *device, unsigned int address, int write)
{
	if (!READ_ONCE(faults_are_fatal) || fimg2d_fault_is_pending())
		return;
	fault.address = address;
	fault.is_write = write;
	__atomic_store_n(&fault.is_pending, 1, __ATOMIC_SEQ_CST);
	fimg2d_engine_abort(&device->engine);
}

/**
 * fimg2d_fault_is_pending - whether fimg2d_fault_interrupt() is to be called
 */
int fimg2d_fault_is_pending(void)
{
	return __atomic_load_n(&fault.is_pending, __ATOMIC_SEQ_CST);
}

/*
 * The domain is there for its handler alone: bus addresses are the DMA operations' (sysmmu.c). On the
 * boards the displays have the same one.
 */
static int attach(struct iommu_domain *attached, struct device *dev)
{
	return 0;
}

static const struct iommu_domain_ops domain_ops = {
	.attach_dev	= attach,
};

static struct iommu_domain domain = {
	.type	= IOMMU_DOMAIN_UNMANAGED,
	.ops	= &domain_ops,
};

/**
 * fimg2d_fault_init - lets the engine's driver install a handler for page faults
 * @dev: the engine, before its driver binds
 *
 * Returns: 0 or a negative errno.
 */
int __init fimg2d_fault_init(struct device *dev)
{
	struct iommu_group *group = iommu_group_alloc();
	int err;

	if (IS_ERR(group))
		return PTR_ERR(group);
	err = iommu_group_add_device(group, dev);
	if (!err)
		err = iommu_attach_group(&domain, group);
	/* the device has it now */
	iommu_group_put(group);
	if (!err)
		engine = get_device(dev);
	return err;
}

static int ask_handler(void)
{
	if (!use_handler || !engine)
		return -ENOSYS;
	return report_iommu_fault(&domain, engine, fault.address,
				  fault.is_write ? IOMMU_FAULT_WRITE : IOMMU_FAULT_READ);
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
