// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The virtual FIMG2D as a device of QEMU: registers, interrupt, time, and the way to memory, around
 * the model that all boards have.
 *
 * All time is the guest's. A job takes one that depends on nothing but its pixels, so that a run
 * that counts instructions (-icount) is the same each time: it touches memory a moment after the
 * doorbell, all at once, and the interrupt follows when its time is over.
 *
 * Every access goes through the SysMMU. One that faults there stalls the engine: its job touches no
 * more memory and never ends, until the guest resets it.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/log.h"
#include "qemu/module.h"
#include "qemu/timer.h"
#include "hw/irq.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"

#include "fimg2d.h"

#define START_NS	1000	/* from the doorbell to the first access */
#define BUS_PAGE	4096

/* ---- memory ---- */

/* What was written becomes visible to translated code here. */
static void close_mapping(Fimg2dState *s)
{
	struct fimg2d_mapping *mapping = &s->mapping;

	if (mapping->memory)
		dma_memory_unmap(&s->bus, mapping->memory, mapping->size_bytes,
				 mapping->direction, mapping->size_bytes);
	mapping->memory = NULL;
}

/* The engine reaches nothing but memory: registers would be accessed in mid-job, its own too. */
static bool is_memory(Fimg2dState *s, uint32_t address, dma_addr_t size_bytes, bool write)
{
	MemoryRegion *region;
	hwaddr offset;

	RCU_READ_LOCK_GUARD();
	region = address_space_translate(&s->bus, address, &offset, &size_bytes, write,
					 MEMTXATTRS_UNSPECIFIED);
	return memory_access_is_direct(region, write);
}

/* A mapping lasts until the next access, or the end of the run, and ends with its page. */
static void *bus_access(void *priv, u32 address, u32 *size_bytes, bool write)
{
	Fimg2dState *s = priv;
	struct fimg2d_mapping *mapping = &s->mapping;

	close_mapping(s);
	if (s->is_stalled || fimg2d_device_inject_fault(&s->device, address))
		return NULL;
	mapping->size_bytes = MIN(*size_bytes, BUS_PAGE - address % BUS_PAGE);
	mapping->direction = write ? DMA_DIRECTION_FROM_DEVICE : DMA_DIRECTION_TO_DEVICE;
	if (is_memory(s, address, mapping->size_bytes, write))
		mapping->memory = dma_memory_map(&s->bus, address, &mapping->size_bytes,
						 mapping->direction, MEMTXATTRS_UNSPECIFIED);
	*size_bytes = mapping->size_bytes;
	if (!mapping->memory && exynos_sysmmu_is_stalled(s->sysmmu)) {
		s->is_stalled = true;
		fimg2d_engine_abort(&s->device.engine);
	}
	return mapping->memory;
}

/* ---- jobs ---- */

static void run_in(Fimg2dState *s, uint64_t time_ns)
{
	timer_mod(s->timer, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + time_ns);
}

static void answer_doorbell(Fimg2dState *s)
{
	if (s->device.stage == FIMG2D_STAGE_IDLE && s->device.doorbell && !s->is_stalled)
		run_in(s, START_NS);
}

/* Goes on with the job at work, and sees to it that this happens again. */
static void run(void *opaque)
{
	Fimg2dState *s = opaque;
	const uint64_t pixels = s->device.engine.counters.pixels;
	uint32_t wait_us = 0;
	enum fimg2d_next next = fimg2d_device_step(&s->device, &wait_us);

	close_mapping(s);
	switch (next) {
	case FIMG2D_NEXT_RAISE:
		qemu_irq_raise(s->irq);
		break;
	case FIMG2D_NEXT_WAIT:
		run_in(s, wait_us * (uint64_t)SCALE_US);
		break;
	case FIMG2D_NEXT_RAN:
		run_in(s, (s->device.engine.counters.pixels - pixels) * s->pixel_ns);
		break;
	case FIMG2D_NEXT_HELD:	/* until fimg2d_faults_changed() */
	case FIMG2D_NEXT_IDLE:
		break;
	}
	if (s->is_stalled)
		s->device.busy = 1;
	answer_doorbell(s);
}

/* A test has set a fault: one that held a job back may be gone. */
void fimg2d_faults_changed(Fimg2dState *s)
{
	if (s->device.stage == FIMG2D_STAGE_HELD || s->device.stage == FIMG2D_STAGE_LATE_HELD)
		run_in(s, 0);
}

static void soft_reset(Fimg2dState *s)
{
	s->is_stalled = false;
	if (!fimg2d_device_is_late(&s->device)) {
		timer_del(s->timer);
		run(s);		/* it sees that it was aborted */
	}
	fimg2d_engine_reset(&s->device.engine);
}

/* ---- registers ---- */

static uint64_t registers_read(void *opaque, hwaddr offset, unsigned int size)
{
	Fimg2dState *s = opaque;

	return fimg2d_device_read(&s->device, offset);
}

static void registers_write(void *opaque, hwaddr offset, uint64_t value, unsigned int size)
{
	Fimg2dState *s = opaque;

	switch (fimg2d_device_write(&s->device, offset, value)) {
	case FIMG2D_EFFECT_DOORBELL:
		answer_doorbell(s);
		break;
	case FIMG2D_EFFECT_RESET:
		soft_reset(s);
		break;
	case FIMG2D_EFFECT_NONE:
		break;
	}
	if (!fimg2d_engine_wants_interrupt(&s->device.engine))
		qemu_irq_lower(s->irq);
}

static uint64_t page_read(void *opaque, hwaddr offset, unsigned int size)
{
	return fimg2d_page_read(opaque, offset);
}

static void page_write(void *opaque, hwaddr offset, uint64_t value, unsigned int size)
{
	fimg2d_page_write(opaque, offset, value);
}

static const MemoryRegionOps registers_ops = {
	.read = registers_read,
	.write = registers_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static const MemoryRegionOps page_ops = {
	.read = page_read,
	.write = page_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

/* ---- the device ---- */

static void fimg2d_reset(DeviceState *dev)
{
	Fimg2dState *s = FIMG2D(dev);
	const struct fimg2d_bus bus = { .access = bus_access, .priv = s };

	timer_del(s->timer);
	s->is_stalled = false;
	fimg2d_device_init(&s->device, &bus);
	qemu_irq_lower(s->irq);
}

static void fimg2d_init(Object *obj)
{
	Fimg2dState *s = FIMG2D(obj);

	memory_region_init_io(&s->registers, obj, &registers_ops, s, "exynos.fimg2d",
			      FIMG2D_REGS_SIZE);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->registers);
	memory_region_init_io(&s->page, obj, &page_ops, s, "exynos.fimg2d-control",
			      FIMG2D_PAGE_SIZE);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->page);
	sysbus_init_irq(SYS_BUS_DEVICE(obj), &s->irq);
}

static void fimg2d_realize(DeviceState *dev, Error **errp)
{
	Fimg2dState *s = FIMG2D(dev);

	if (!s->sysmmu || !s->display) {
		error_setg(errp, "fimg2d needs the links 'sysmmu' and 'display'");
		return;
	}
	address_space_init(&s->bus, MEMORY_REGION(&s->sysmmu->upstream), "exynos.fimg2d-bus");
	s->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, run, s);
}

/* 200 MHz, a pixel in each cycle: about what these engines are said to do. */
static Property fimg2d_properties[] = {
	DEFINE_PROP_UINT32("pixel-ns", Fimg2dState, pixel_ns, 5),
	DEFINE_PROP_LINK("sysmmu", Fimg2dState, sysmmu, TYPE_EXYNOS_SYSMMU, ExynosSysmmu *),
	DEFINE_PROP_LINK("display", Fimg2dState, display, "exynos4210.fimd", Object *),
	DEFINE_PROP_END_OF_LIST(),
};

static void fimg2d_class_init(ObjectClass *class, void *data)
{
	static const VMStateDescription no_migration = { .name = "exynos.fimg2d",
							 .unmigratable = 1 };
	DeviceClass *device_class = DEVICE_CLASS(class);

	device_class->reset = fimg2d_reset;
	device_class->realize = fimg2d_realize;
	device_class->vmsd = &no_migration;
	device_class_set_props(device_class, fimg2d_properties);
}

static const TypeInfo fimg2d_types[] = {
	{
		.name = TYPE_FIMG2D,
		.parent = TYPE_SYS_BUS_DEVICE,
		.instance_size = sizeof(Fimg2dState),
		.instance_init = fimg2d_init,
		.class_init = fimg2d_class_init,
	},
};
DEFINE_TYPES(fimg2d_types)
