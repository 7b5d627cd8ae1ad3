// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another device of the board, which can do nothing but import dma-bufs: what an exporter allows to
 * others is seen by writing a dma-buf's descriptor to its files in debugfs.
 *
 * The board makes the device, with the DMA operations that a device has there, after the engine's
 * folder in debugfs.
 */

#include <linux/debugfs.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/iosys-map.h>
#include <linux/platform_device.h>

/* As a driver does that reads or writes the buffer once. */
static int import(struct device *dev, int fd, enum dma_data_direction direction)
{
	struct dma_buf_attachment *attachment;
	struct dma_buf *dma_buf;
	struct sg_table *sgt;
	int err = 0;

	dma_buf = dma_buf_get(fd);
	if (IS_ERR(dma_buf))
		return PTR_ERR(dma_buf);
	attachment = dma_buf_attach(dma_buf, dev);
	if (IS_ERR(attachment)) {
		err = PTR_ERR(attachment);
		goto out_put;
	}
	sgt = dma_buf_map_attachment(attachment, direction);
	if (IS_ERR(sgt))
		err = PTR_ERR(sgt);
	else
		dma_buf_unmap_attachment(attachment, sgt, direction);
	dma_buf_detach(dma_buf, attachment);
out_put:
	dma_buf_put(dma_buf);
	return err;
}

static int import_read_set(void *data, u64 fd)
{
	return import(data, fd, DMA_TO_DEVICE);
}
DEFINE_DEBUGFS_ATTRIBUTE(import_read_fops, NULL, import_read_set, "%llu\n");

static int import_write_set(void *data, u64 fd)
{
	return import(data, fd, DMA_BIDIRECTIONAL);
}
DEFINE_DEBUGFS_ATTRIBUTE(import_write_fops, NULL, import_write_set, "%llu\n");

/* As a driver whose device has the CPU do its work: inverts the first byte. */
static int import_vmap_set(void *data, u64 fd)
{
	struct dma_buf *dma_buf = dma_buf_get(fd);
	struct iosys_map map;
	int err;

	if (IS_ERR(dma_buf))
		return PTR_ERR(dma_buf);
	err = dma_buf_vmap(dma_buf, &map);
	if (!err) {
		iosys_map_wr(&map, 0, u8, ~iosys_map_rd(&map, 0, u8));
		dma_buf_vunmap(dma_buf, &map);
	}
	dma_buf_put(dma_buf);
	return err;
}
DEFINE_DEBUGFS_ATTRIBUTE(import_vmap_fops, NULL, import_vmap_set, "%llu\n");

static int importer_probe(struct platform_device *pdev)
{
	struct dentry *dir = debugfs_lookup("fimg2d", NULL);

	if (IS_ERR_OR_NULL(dir))
		return -ENODEV;
	debugfs_create_file("import_read", 0200, dir, &pdev->dev, &import_read_fops);
	debugfs_create_file("import_write", 0200, dir, &pdev->dev, &import_write_fops);
	debugfs_create_file("import_vmap", 0200, dir, &pdev->dev, &import_vmap_fops);
	dput(dir);
	return 0;
}

/* There is no way to take the files away again. */
static struct platform_driver importer_driver = {
	.probe	= importer_probe,
	.driver	= {
		.name			= "fimg2d-importer",
		.suppress_bind_attrs	= true,
	},
};
builtin_platform_driver(importer_driver);
