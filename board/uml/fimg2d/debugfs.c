// SPDX-License-Identifier: GPL-2.0
/* /sys/kernel/debug/fimg2d: counters of the virtual FIMG2D, and faults that a test injects. */

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>

#include "cache.h"
#include "device.h"

static int unsupported_reasons_show(struct seq_file *file, void *unused)
{
	struct fimg2d_device *device = file->private;
	const struct fimg2d_counters *counters = &device->engine.counters;
	int i;

	for (i = 0; i < FIMG2D_UNSUPPORTED_COUNT; i++) {
		if (counters->unsupported_by_kind[i])
			seq_printf(file, "%llu %s\n", counters->unsupported_by_kind[i],
				   fimg2d_unsupported_name(i));
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

void __init fimg2d_debugfs_init(struct fimg2d_device *device)
{
	struct fimg2d_counters *counters = &device->engine.counters;
	struct fimg2d_faults *faults = &device->faults;
	struct dentry *dir = debugfs_create_dir("fimg2d", NULL);

	debugfs_create_u64("jobs", 0444, dir, &counters->jobs);
	debugfs_create_u64("lists", 0444, dir, &counters->lists);
	debugfs_create_u64("blits", 0444, dir, &counters->blits);
	debugfs_create_u64("pixels", 0444, dir, &counters->pixels);
	debugfs_create_u64("faults", 0444, dir, &counters->faults);
	debugfs_create_x32("last_fault", 0444, dir, &counters->fault_address);
	debugfs_create_u64("bad_lists", 0444, dir, &counters->bad_lists);
	debugfs_create_u64("aborts", 0444, dir, &counters->aborts);
	debugfs_create_u64("unsupported", 0444, dir, &counters->unsupported);
	debugfs_create_file("unsupported_reasons", 0444, dir, device,
			    &unsupported_reasons_fops);
	debugfs_create_u64("interrupts", 0444, dir, &device->interrupts);
	debugfs_create_u64("lost_interrupts", 0444, dir, &device->lost_interrupts);
	debugfs_create_u32("busy", 0444, dir, &device->busy);
	debugfs_create_file_unsafe("mapped_bytes", 0444, dir, NULL, &mapped_bytes_fops);
	debugfs_create_file_unsafe("iommu", 0444, dir, NULL, &iommu_fops);
	debugfs_create_file_unsafe("incoherent", 0444, dir, NULL, &incoherent_fops);
	debugfs_create_file_unsafe("cleaned_bytes", 0444, dir, NULL, &cleaned_bytes_fops);
	debugfs_create_file_unsafe("invalidated_bytes", 0444, dir, NULL, &invalidated_bytes_fops);

	debugfs_create_u32("delay_us", 0644, dir, &faults->delay_us);
	debugfs_create_u32("delay_end_us", 0644, dir, &faults->delay_end_us);
	debugfs_create_u32("hold", 0644, dir, &faults->hold);
	debugfs_create_u32("hang", 0644, dir, &faults->hang);
	debugfs_create_u32("lost_irq", 0644, dir, &faults->lost_irq);
	debugfs_create_x32("fault_address", 0644, dir, &faults->fault_address);
	debugfs_create_u32("fault_in", 0644, dir, &faults->fault_in);
	debugfs_create_x32("stray_write", 0644, dir, &faults->stray_write);
}
