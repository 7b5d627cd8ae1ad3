// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/fimg2d of the ARM board: what the model of the 2D engine in QEMU counts, and the
 * faults that a test injects. The names come from the device, see page.h.
 */

#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_platform.h>
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "page.h"

struct control {
	struct control_page *page;
	void __iomem *entry;
	u32 flags;
	char name[FIMG2D_PAGE_NAME_SIZE];
};

struct control_page {
	void __iomem *base;
	spinlock_t lock;	/* the upper word of a value belongs to the lower one read last */
	unsigned int count;
	struct control controls[];
};

static u64 read_value(struct control *control)
{
	unsigned long flags;
	u64 value;

	spin_lock_irqsave(&control->page->lock, flags);
	value = readl(control->entry + FIMG2D_PAGE_VALUE);
	value |= (u64)readl(control->entry + FIMG2D_PAGE_VALUE_HIGH) << 32;
	spin_unlock_irqrestore(&control->page->lock, flags);
	return value;
}

/* The engine's device, to be put, or NULL. */
static struct device *get_engine(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "samsung,exynos4212-g2d");
	struct platform_device *pdev;

	/* which would be the device that has none */
	if (!node)
		return NULL;
	pdev = of_find_device_by_node(node);
	of_node_put(node);
	return pdev ? &pdev->dev : NULL;
}

static int control_get(void *data, u64 *value)
{
	*value = read_value(data);
	return 0;
}

static int control_set(void *data, u64 value)
{
	struct control *control = data;

	if (value > U32_MAX)
		return -ERANGE;
	writel(value, control->entry + FIMG2D_PAGE_VALUE);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(counter_fops, control_get, NULL, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(counter_hex_fops, control_get, NULL, "0x%08llx\n");
DEFINE_DEBUGFS_ATTRIBUTE(fault_fops, control_get, control_set, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(fault_hex_fops, control_get, control_set, "0x%08llx\n");

/*
 * The device looks at the page tables that its SysMMU was told of, which happens when the engine is
 * resumed: before its first job there are none.
 */
static int mapped_bytes_get(void *data, u64 *value)
{
	struct device *engine = get_engine();
	bool is_resumed = engine && pm_runtime_resume_and_get(engine) == 0;

	*value = read_value(data);
	if (is_resumed)
		pm_runtime_put_autosuspend(engine);
	put_device(engine);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(mapped_bytes_fops, mapped_bytes_get, NULL, "%llu\n");

static int iommu_get(void *data, u64 *value)
{
	struct device *engine = get_engine();

	*value = engine && device_iommu_mapped(engine);
	put_device(engine);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(iommu_fops, iommu_get, NULL, "%llu\n");

/* QEMU has no caches. */
static int incoherent_get(void *data, u64 *value)
{
	*value = 0;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(incoherent_fops, incoherent_get, NULL, "%llu\n");

static u32 find_value(struct control_page *page, const char *name)
{
	unsigned int i;

	for (i = 0; i < page->count; i++) {
		if (!strcmp(page->controls[i].name, name))
			return read_value(&page->controls[i]);
	}
	return 0;
}

static int unsupported_reasons_show(struct seq_file *file, void *unused)
{
	struct control_page *page = file->private;
	unsigned int i;
	u64 value;

	for (i = 0; i < page->count; i++) {
		if (!(page->controls[i].flags & FIMG2D_CONTROL_REASON))
			continue;
		value = read_value(&page->controls[i]);
		if (value)
			seq_printf(file, "%llu %s\n", value, page->controls[i].name);
	}
	if (find_value(page, "unsupported"))
		seq_printf(file, "last: register %#06x value %#010x\n",
			   find_value(page, "unsupported_register"),
			   find_value(page, "unsupported_value"));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(unsupported_reasons);

static void create_file(struct dentry *dir, struct control *control)
{
	bool is_hex = control->flags & FIMG2D_CONTROL_HEX;

	if (control->flags & FIMG2D_CONTROL_REASON)
		return;
	if (!strcmp(control->name, "mapped_bytes"))
		debugfs_create_file_unsafe(control->name, 0444, dir, control, &mapped_bytes_fops);
	else if (control->flags & FIMG2D_CONTROL_WRITABLE)
		debugfs_create_file_unsafe(control->name, 0644, dir, control,
					   is_hex ? &fault_hex_fops : &fault_fops);
	else
		debugfs_create_file_unsafe(control->name, 0444, dir, control,
					   is_hex ? &counter_hex_fops : &counter_fops);
}

static void read_control(struct control_page *page, unsigned int index)
{
	struct control *control = &page->controls[index];

	control->page = page;
	control->entry = page->base + FIMG2D_PAGE_ENTRIES + index * FIMG2D_PAGE_ENTRY_SIZE;
	control->flags = readl(control->entry + FIMG2D_PAGE_FLAGS);
	__ioread32_copy(control->name, control->entry + FIMG2D_PAGE_NAME,
			sizeof(control->name) / 4);
	control->name[sizeof(control->name) - 1] = '\0';
}

static struct control_page *read_page(struct device *dev, void __iomem *base)
{
	u32 magic = readl(base + FIMG2D_PAGE_MAGIC);
	u32 version = readl(base + FIMG2D_PAGE_VERSION);
	u32 count = readl(base + FIMG2D_PAGE_COUNT), i;
	struct control_page *page;

	if (magic != FIMG2D_PAGE_MAGIC_VALUE || version != FIMG2D_PAGE_VERSION_VALUE ||
	    count > FIMG2D_PAGE_ENTRIES_MAX) {
		dev_err(dev, "no control page: magic %#x, version %u (known: %u), %u entries\n",
			magic, version, FIMG2D_PAGE_VERSION_VALUE, count);
		return NULL;
	}
	page = devm_kzalloc(dev, struct_size(page, controls, count), GFP_KERNEL);
	if (!page)
		return NULL;
	page->base = base;
	page->count = count;
	spin_lock_init(&page->lock);
	for (i = 0; i < count; i++)
		read_control(page, i);
	return page;
}

/* For the driver in importer.c: a device without an IOMMU. */
static int make_importer(struct device *parent)
{
	const struct platform_device_info info = {
		.parent		= parent,
		.name		= "fimg2d-importer",
		.id		= PLATFORM_DEVID_NONE,
		.dma_mask	= DMA_BIT_MASK(32),
	};

	return PTR_ERR_OR_ZERO(platform_device_register_full(&info));
}

static int control_probe(struct platform_device *pdev)
{
	void __iomem *base = devm_platform_ioremap_resource(pdev, 0);
	struct control_page *page;
	struct dentry *dir;
	unsigned int i;

	if (IS_ERR(base))
		return PTR_ERR(base);
	page = read_page(&pdev->dev, base);
	if (!page)
		return -ENODEV;
	dir = debugfs_create_dir("fimg2d", NULL);
	for (i = 0; i < page->count; i++)
		create_file(dir, &page->controls[i]);
	debugfs_create_file("unsupported_reasons", 0444, dir, page, &unsupported_reasons_fops);
	debugfs_create_file_unsafe("iommu", 0444, dir, NULL, &iommu_fops);
	debugfs_create_file_unsafe("incoherent", 0444, dir, NULL, &incoherent_fops);
	return make_importer(&pdev->dev);
}

static const struct of_device_id control_of_match[] = {
	{ .compatible = "exynos-userptr,fimg2d-control" },
	{ }
};

/* There is no way to take the files away again. */
static struct platform_driver control_driver = {
	.probe	= control_probe,
	.driver	= {
		.name			= "fimg2d-control",
		.of_match_table		= control_of_match,
		.suppress_bind_attrs	= true,
	},
};
builtin_platform_driver(control_driver);
