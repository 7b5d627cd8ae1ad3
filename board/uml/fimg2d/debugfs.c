// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/debug/fimg2d: counters of the virtual FIMG2D, and faults that a test injects. */

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>

#include "cache.h"
#include "controls.h"
#include "device.h"

static int unsupported_reasons_show(struct seq_file *file, void *unused)
{
	struct fimg2d_device *device = file->private;
	const struct fimg2d_counters *counters = &device->engine.counters;
	struct fimg2d_control control;
	u32 i;

	for (i = 0; fimg2d_control_at(i, &control); i++) {
		u64 value = fimg2d_control_get(device, &control);

		if (control.flags & FIMG2D_CONTROL_REASON && value)
			seq_printf(file, "%llu %s\n", value, control.name);
	}
	if (counters->unsupported)
		seq_printf(file, "last: register %#06x value %#010x\n",
			   counters->unsupported_register, counters->unsupported_value);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(unsupported_reasons);

static int incoherent_get(void *data, u64 *value)
{
	*value = fimg2d_cache_enabled();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(incoherent_fops, incoherent_get, NULL, "%llu\n");

static int iommu_get(void *data, u64 *value)
{
	*value = fimg2d_has_iommu();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(iommu_fops, iommu_get, NULL, "%llu\n");

static int cleaned_bytes_get(void *data, u64 *value)
{
	*value = fimg2d_cache_counters()->cleaned_bytes;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(cleaned_bytes_fops, cleaned_bytes_get, NULL, "%llu\n");

static int invalidated_bytes_get(void *data, u64 *value)
{
	*value = fimg2d_cache_counters()->invalidated_bytes;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(invalidated_bytes_fops, invalidated_bytes_get, NULL, "%llu\n");

static int mapped_bytes_get(void *data, u64 *value)
{
	*value = fimg2d_mapped_bytes();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(mapped_bytes_fops, mapped_bytes_get, NULL, "%llu\n");

static void __init create_file(struct dentry *dir, struct fimg2d_device *device,
			       const struct fimg2d_control *control)
{
	umode_t mode = control->flags & FIMG2D_CONTROL_WRITABLE ? 0644 : 0444;
	void *member = (void *)device + control->offset;

	if (control->flags & FIMG2D_CONTROL_REASON)
		return;
	if (control->size_bytes == sizeof(u64))
		debugfs_create_u64(control->name, mode, dir, member);
	else if (control->flags & FIMG2D_CONTROL_HEX)
		debugfs_create_x32(control->name, mode, dir, member);
	else
		debugfs_create_u32(control->name, mode, dir, member);
}

void __init fimg2d_debugfs_init(struct fimg2d_device *device)
{
	struct dentry *dir = debugfs_create_dir("fimg2d", NULL);
	struct fimg2d_control control;
	u32 i;

	for (i = 0; fimg2d_control_at(i, &control); i++)
		create_file(dir, device, &control);
	debugfs_create_file("unsupported_reasons", 0444, dir, device,
			    &unsupported_reasons_fops);
	debugfs_create_file_unsafe("mapped_bytes", 0444, dir, NULL, &mapped_bytes_fops);
	debugfs_create_file_unsafe("iommu", 0444, dir, NULL, &iommu_fops);
	debugfs_create_file_unsafe("incoherent", 0444, dir, NULL, &incoherent_fops);
	debugfs_create_file_unsafe("cleaned_bytes", 0444, dir, NULL, &cleaned_bytes_fops);
	debugfs_create_file_unsafe("invalidated_bytes", 0444, dir, NULL, &invalidated_bytes_fops);
}
