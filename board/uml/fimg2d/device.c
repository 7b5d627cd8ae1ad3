// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual FIMG2D as a device: registers, interrupt controller, and what runs the engine.
 *
 * The engine runs on a host thread of its own: it overlaps the guest's CPU as hardware does, and
 * costs the guest no CPU time. With fimg2d.thread=0 it runs on a workqueue, which is what
 * time-travel mode needs.
 */

#include <linux/delay.h>
#include <linux/dma-map-ops.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/logic_iomem.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_irq.h>
#include <linux/of_platform.h>
#include <linux/platform_device.h>
#include <linux/workqueue.h>

#include <irq_kern.h>
#include <os.h>

#include "device.h"
#include "fault.h"
#include "thread.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"fimg2d."

#define THREAD_STACK_ORDER	2

/* There is one engine on a board, and arch/um has no device of its own to hang its state on. */
static struct fimg2d_device fimg2d;
static struct irq_domain *irq_domain;
static unsigned int irq_number;
static struct workqueue_struct *workqueue;
static int thread_fd = -1;

static bool use_thread = true;
module_param_named(thread, use_thread, bool, 0444);
MODULE_PARM_DESC(thread, "run the engine on a host thread (default), not on a workqueue");

static bool is_absent;
module_param_named(absent, is_absent, bool, 0444);
MODULE_PARM_DESC(absent, "the device tree has the engine disabled");

static bool use_iommu = true;
module_param_named(iommu, use_iommu, bool, 0444);
MODULE_PARM_DESC(iommu, "bus addresses are a space of their own (default), not physical ones");

/* ---- what runs on the engine's thread: no kernel service may be called on a host thread ---- */

static bool on_thread(void)
{
	return thread_fd >= 0;
}

static void wait_a_little(u32 time_us)
{
	if (on_thread())
		fimg2d_thread_sleep_us(time_us);
	else
		usleep_range(time_us, time_us);
}

/* A reset ends it early. */
static void wait_us(struct fimg2d_device *device, u32 time_us)
{
	u32 step_us;

	while (time_us && !fimg2d_device_is_reset(device)) {
		step_us = min(time_us, 1000u);
		wait_a_little(step_us);
		time_us -= step_us;
	}
}

/**
 * fimg2d_thread_work - answers the doorbell
 * @device: the device
 *
 * Returns: whether the interrupt is to be raised.
 */
int fimg2d_thread_work(struct fimg2d_device *device)
{
	u32 time_us;

	for (;;) {
		switch (fimg2d_device_step(device, &time_us)) {
		case FIMG2D_NEXT_IDLE:
			return false;
		case FIMG2D_NEXT_RAISE:
			return true;
		case FIMG2D_NEXT_HELD:
			wait_a_little(200);
			break;
		case FIMG2D_NEXT_WAIT:
			wait_us(device, time_us);
			break;
		case FIMG2D_NEXT_RAN:
			break;	/* the thread's own time was the job's */
		}
	}
}

/* ---- what runs in the kernel ---- */

bool fimg2d_has_iommu(void)
{
	return use_iommu;
}

u64 fimg2d_mapped_bytes(void)
{
	return use_iommu ? fimg2d_sysmmu_mapped_bytes() : fimg2d_direct_mapped_bytes();
}

static void raise_interrupt(void)
{
	unsigned long flags;

	local_irq_save(flags);
	irq_enter();
	generic_handle_domain_irq(irq_domain, irq_number);
	irq_exit();
	local_irq_restore(flags);
}

static void work_func(struct work_struct *work)
{
	int raise = fimg2d_thread_work(&fimg2d);

	fimg2d_fault_interrupt();
	if (raise)
		raise_interrupt();
}

static DECLARE_WORK(engine_work, work_func);

/* The thread wrote: our interrupt is raised. */
static irqreturn_t thread_interrupt(int irq, void *data)
{
	char bytes[16];

	while (os_read_file(thread_fd, bytes, sizeof(bytes)) > 0) {
		fimg2d_fault_interrupt();
		generic_handle_domain_irq(irq_domain, irq_number);
	}
	return IRQ_HANDLED;
}

static void ring_doorbell(void)
{
	if (on_thread())
		os_write_file(thread_fd, "", 1);
	else
		queue_work(workqueue, &engine_work);
}

/*
 * After a soft reset the engine must not touch memory any more: waits until the thread has seen
 * it, which takes as long as a row of pixels. On the workqueue a run never gives up the CPU while
 * it touches memory, so it is not in the middle of anything here.
 */
static void soft_reset(struct fimg2d_device *device)
{
	while (on_thread() && __atomic_load_n(&device->busy, __ATOMIC_SEQ_CST))
		fimg2d_thread_yield();
	fimg2d_engine_reset(&device->engine);
}

static unsigned long registers_read(void *priv, unsigned int offset, int size)
{
	return fimg2d_device_read(priv, offset);
}

static void registers_write(void *priv, unsigned int offset, int size, unsigned long value)
{
	switch (fimg2d_device_write(priv, offset, value)) {
	case FIMG2D_EFFECT_DOORBELL:
		ring_doorbell();
		break;
	case FIMG2D_EFFECT_RESET:
		soft_reset(priv);
		break;
	case FIMG2D_EFFECT_NONE:
		break;
	}
}

static const struct logic_iomem_ops registers_ops = {
	.read = registers_read,
	.write = registers_write,
};

static long registers_map(unsigned long offset, size_t size, const struct logic_iomem_ops **ops,
			  void **priv)
{
	*ops = &registers_ops;
	*priv = &fimg2d;
	return offset;
}

static const struct logic_iomem_region_ops region_ops = {
	.map = registers_map,
};

static void irq_nothing(struct irq_data *data)
{
}

static struct irq_chip irq_chip = {
	.name		= "fimg2d",
	.irq_ack	= irq_nothing,
	.irq_mask	= irq_nothing,
	.irq_unmask	= irq_nothing,
};

static int irq_map(struct irq_domain *domain, unsigned int irq, irq_hw_number_t hwirq)
{
	irq_set_chip_and_handler(irq, &irq_chip, handle_simple_irq);
	return 0;
}

static const struct irq_domain_ops irq_domain_ops = {
	.map	= irq_map,
	.xlate	= irq_domain_xlate_onecell,
};

/*
 * User-Mode Linux has all its interrupt numbers allocated, so none can be created: ours is the one
 * with the same number as in the device tree, which is far above those that it gives out itself.
 */
static int __init interrupt_init(struct device_node *node, struct device_node *controller)
{
	struct of_phandle_args args;
	int err;

	err = of_irq_parse_one(node, 0, &args);
	if (err)
		return err;
	irq_number = args.args[0];
	irq_domain = irq_domain_add_linear(controller, NR_IRQS, &irq_domain_ops, NULL);
	if (!irq_domain)
		return -ENOMEM;
	return irq_domain_associate(irq_domain, irq_number, irq_number);
}

static int __init registers_init(struct device_node *node)
{
	static struct resource resource = {
		.name	= "fimg2d",
		.flags	= IORESOURCE_MEM,
	};
	struct resource from_tree;
	int err;

	err = of_address_to_resource(node, 0, &from_tree);
	if (err)
		return err;
	resource.start = from_tree.start;
	resource.end = from_tree.end;
	err = logic_iomem_add_region(&resource, &region_ops);
	return err ?: fimg2d_list_memory(&resource);
}

/* Before arch_initcall_sync, where the device tree's devices are made. */
static int __init fimg2d_early_init(void)
{
	static struct property disabled = {
		.name	= "status",
		.value	= "disabled",
		.length	= sizeof("disabled"),
	};
	struct device_node *node, *controller;
	struct fimg2d_bus bus;
	int err = 0;

	node = of_find_compatible_node(NULL, NULL, "samsung,exynos4212-g2d");
	controller = of_find_compatible_node(NULL, NULL, "exynos-userptr,virtual-intc");
	if (!node || !controller)
		goto out;
	if (is_absent) {
		err = of_update_property(node, &disabled);
		goto out;
	}

	err = use_iommu ? fimg2d_sysmmu_init(&fimg2d, &bus) : fimg2d_direct_init(&fimg2d, &bus);
	if (err)
		goto out;
	fimg2d_device_init(&fimg2d, &bus);
	err = interrupt_init(node, controller);
	if (!err)
		err = registers_init(node);
	if (err)
		pr_err("fimg2d: cannot set up registers and interrupt: %d\n", err);
out:
	of_node_put(controller);
	of_node_put(node);
	return err;
}
arch_initcall(fimg2d_early_init);

static int __init thread_init(void)
{
	unsigned long stack = __get_free_pages(GFP_KERNEL, THREAD_STACK_ORDER);
	int fd, pid, irq;

	if (!stack)
		return -ENOMEM;
	/* the stack grows down from its end, less room for the alignment that clone() wants */
	pid = fimg2d_thread_start(&fimg2d, stack + (PAGE_SIZE << THREAD_STACK_ORDER) - 64, &fd);
	if (pid < 0) {
		free_pages(stack, THREAD_STACK_ORDER);
		return pid;
	}
	thread_fd = fd;
	irq = um_request_irq(UM_IRQ_ALLOC, fd, IRQ_READ, thread_interrupt, 0, "fimg2d-thread",
			     &fimg2d);
	if (irq < 0) {
		thread_fd = -1;
		os_kill_process(pid, 1);
		free_pages(stack, THREAD_STACK_ORDER);
		return irq;
	}
	return 0;
}

static void __init bus_attach(struct device *dev)
{
	set_dma_ops(dev, use_iommu ? &fimg2d_sysmmu_dma_ops : &fimg2d_direct_dma_ops);
	dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(32));
	dma_set_max_seg_size(dev, DMA_BIT_MASK(32));
}

/* For the driver in importer.c: the board's other device, behind the same bus. */
static int __init importer_init(void)
{
	struct platform_device *pdev = platform_device_alloc("fimg2d-importer",
							     PLATFORM_DEVID_NONE);
	int err;

	if (!pdev)
		return -ENOMEM;
	bus_attach(&pdev->dev);
	err = platform_device_add(pdev);
	if (err)
		platform_device_put(pdev);
	return err;
}

/* After the devices have been made, before the Exynos DRM driver binds to them. */
static int __init fimg2d_late_init(void)
{
	struct platform_device *pdev;
	struct device_node *node;
	int err = 0;

	if (!irq_domain)
		return 0;
	node = of_find_compatible_node(NULL, NULL, "samsung,exynos4212-g2d");
	pdev = of_find_device_by_node(node);
	of_node_put(node);
	if (!pdev)
		return -ENODEV;
	bus_attach(&pdev->dev);
	if (use_iommu)
		err = fimg2d_fault_init(&pdev->dev);
	if (err)
		pr_err("fimg2d: no IOMMU domain (%d), page faults are told to nobody\n", err);
	err = 0;
	if (use_thread)
		err = thread_init();
	if (err)
		pr_warn("fimg2d: no host thread (%d), the engine runs on a workqueue\n", err);
	if (!on_thread()) {
		workqueue = alloc_workqueue("fimg2d", WQ_HIGHPRI | WQ_MEM_RECLAIM, 1);
		if (!workqueue)
			return -ENOMEM;
	}
	fimg2d_debugfs_init(&fimg2d);
	err = importer_init();
	pr_info("fimg2d: virtual FIMG2D at %s, engine on a %s, %s IOMMU\n", dev_name(&pdev->dev),
		on_thread() ? "host thread" : "workqueue", use_iommu ? "behind an" : "without");
	put_device(&pdev->dev);
	return err;
}
fs_initcall(fimg2d_late_init);
