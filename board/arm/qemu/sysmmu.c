// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An Exynos SoC's SysMMU, versions 1 to 3: what Linux's exynos-iommu uses of it.
 *
 * The master sees memory through the region "upstream" (sysbus MMIO region 1). A translation that
 * was used once stays in the TLB until it is flushed, and the TLB has no end: an invalidation that
 * the driver forgets shows, always, where hardware may have evicted the entry by chance.
 *
 * A fault raises the interrupt and stalls the master: all its accesses fail until the interrupt is
 * cleared. An access while the guest blocks the SysMMU is one that came just before: nothing that
 * the guest changes behind the block is done yet for it.
 *
 * Where hardware's behaviour is not public: a bus error is a table that is not in memory, and tells
 * the address that was to be translated.
 */

#include "qemu/osdep.h"
#include "qemu/log.h"
#include "qemu/module.h"
#include "qemu/units.h"
#include "exec/address-spaces.h"
#include "hw/irq.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"

#include "sysmmu.h"

#define REGISTERS_SIZE		0x1000

#define REG_CTRL		0x00
#define REG_CFG			0x04
#define REG_STATUS		0x08
#define REG_FLUSH		0x0c
#define REG_FLUSH_ENTRY		0x10
#define REG_TABLE		0x14
#define REG_INT_STATUS		0x18
#define REG_INT_CLEAR		0x1c
#define REG_FAULT_FIRST		0x24
#define REG_FAULT_LAST		0x30
#define REG_VERSION		0x34

#define CTRL_ENABLE		BIT(0)
#define CTRL_BLOCK		BIT(1)
#define CTRL_INTERRUPT		BIT(2)
#define CTRL_MASK		(CTRL_ENABLE | CTRL_BLOCK | CTRL_INTERRUPT)
#define CFG_CHECK_ACCESS	BIT(2)
#define STATUS_BLOCKED		BIT(0)
#define FLUSH_NOW		BIT(0)
#define VERSION_SHIFT		21

/* Bits of INT_STATUS, and where each tells its address */
enum fault {
	FAULT_PAGE = 0,
	FAULT_BUS = 3,
	FAULT_READ_ACCESS = 5,
	FAULT_WRITE_ACCESS = 7,
	FAULT_NONE = -1,
};

enum { ADDRESS_PAGE, ADDRESS_WRITE, ADDRESS_READ, ADDRESS_DEFAULT_SLAVE };

/* Page tables: 4096 entries of the first level, 256 of the second. */
#define FIRST_ENTRIES		4096
#define FIRST_TABLE_MASK	0xffffc000
#define FIRST_TYPE(entry)	((entry) & 3)
#define FIRST_TYPE_TABLE	1
#define FIRST_TYPE_SECTION	2
#define FIRST_ALLOWED		BIT(10)
#define FIRST_READ_ONLY		BIT(15)
#define SECOND_ENTRIES		256
#define SECOND_TABLE_MASK	0xfffffc00
#define SECOND_TYPE_LARGE	1
#define SECOND_TYPE_SMALL	2	/* a bit */
#define SECOND_ALLOWED		BIT(4)
#define SECOND_READ_ONLY	BIT(9)

static const unsigned int page_orders[] = { 12, 16, 20 };

struct translation {
	uint32_t address;
	unsigned int order;
	IOMMUAccessFlags allowed;
};

static uint32_t order_mask(unsigned int order)
{
	return BIT(order) - 1;
}

/* ---- page tables ---- */

static IOMMUAccessFlags access_flags(uint32_t entry, uint32_t allowed, uint32_t read_only)
{
	if (!(entry & allowed))
		return IOMMU_NONE;
	return entry & read_only ? IOMMU_RO : IOMMU_RW;
}

static bool read_entry(uint32_t table, uint32_t index, uint32_t *entry)
{
	MemTxResult result;

	*entry = address_space_ldl_le(&address_space_memory, table + index * sizeof(*entry),
				      MEMTXATTRS_UNSPECIFIED, &result);
	return result == MEMTX_OK;
}

/* Returns false for an entry that maps nothing. */
static bool decode_second(uint32_t entry, struct translation *found)
{
	if (entry & SECOND_TYPE_SMALL)
		found->order = 12;
	else if (entry & SECOND_TYPE_LARGE)
		found->order = 16;
	else
		return false;
	found->address = entry & ~order_mask(found->order);
	found->allowed = access_flags(entry, SECOND_ALLOWED, SECOND_READ_ONLY);
	return true;
}

static enum fault walk(const ExynosSysmmu *s, uint32_t address, struct translation *found)
{
	uint32_t entry;

	if (!read_entry(s->table & FIRST_TABLE_MASK, address >> 20, &entry))
		return FAULT_BUS;
	switch (FIRST_TYPE(entry)) {
	case FIRST_TYPE_SECTION:
		found->order = 20;
		found->address = entry & ~order_mask(20);
		found->allowed = access_flags(entry, FIRST_ALLOWED, FIRST_READ_ONLY);
		return FAULT_NONE;
	case FIRST_TYPE_TABLE:
		if (!read_entry(entry & SECOND_TABLE_MASK, (address >> 12) % SECOND_ENTRIES,
				&entry))
			return FAULT_BUS;
		return decode_second(entry, found) ? FAULT_NONE : FAULT_PAGE;
	default:
		return FAULT_PAGE;
	}
}

static uint64_t mapped_by_second(uint32_t table)
{
	uint32_t entries[SECOND_ENTRIES], i;
	struct translation found;
	uint64_t bytes = 0;

	if (address_space_read(&address_space_memory, table, MEMTXATTRS_UNSPECIFIED, entries,
			       sizeof(entries)) != MEMTX_OK)
		return 0;
	/* each of the entries of a large page is one of its 4 KiB */
	for (i = 0; i < SECOND_ENTRIES; i++)
		bytes += decode_second(le32_to_cpu(entries[i]), &found) ? BIT(12) : 0;
	return bytes;
}

/* How much the tables map now that the guest has named last. */
uint64_t exynos_sysmmu_mapped_bytes(const ExynosSysmmu *s)
{
	g_autofree uint32_t *entries = g_new(uint32_t, FIRST_ENTRIES);
	uint64_t bytes = 0;
	uint32_t i, entry;

	if (!s->table ||
	    address_space_read(&address_space_memory, s->table & FIRST_TABLE_MASK,
			       MEMTXATTRS_UNSPECIFIED, entries,
			       FIRST_ENTRIES * sizeof(*entries)) != MEMTX_OK)
		return 0;
	for (i = 0; i < FIRST_ENTRIES; i++) {
		entry = le32_to_cpu(entries[i]);
		if (FIRST_TYPE(entry) == FIRST_TYPE_SECTION)
			bytes += BIT(20);
		else if (FIRST_TYPE(entry) == FIRST_TYPE_TABLE)
			bytes += mapped_by_second(entry & SECOND_TABLE_MASK);
	}
	return bytes;
}

/* ---- the TLB: by the page's first address, with its order in the bits below ---- */

static gpointer tlb_key(uint32_t address, unsigned int order)
{
	return GUINT_TO_POINTER((address & ~order_mask(order)) | order);
}

static const struct translation *tlb_find(const ExynosSysmmu *s, uint32_t address)
{
	const struct translation *found;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(page_orders); i++) {
		found = g_hash_table_lookup(s->tlb, tlb_key(address, page_orders[i]));
		if (found)
			return found;
	}
	return NULL;
}

static void tlb_add(ExynosSysmmu *s, uint32_t address, const struct translation *found)
{
	g_hash_table_insert(s->tlb, tlb_key(address, found->order),
			    g_memdup2(found, sizeof(*found)));
}

static void tlb_flush_entry(ExynosSysmmu *s, uint32_t address)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(page_orders); i++)
		g_hash_table_remove(s->tlb, tlb_key(address, page_orders[i]));
}

/* ---- translation ---- */

static void update_irq(ExynosSysmmu *s)
{
	qemu_set_irq(s->irq, s->int_status && s->ctrl & CTRL_INTERRUPT);
}

static void raise_fault(ExynosSysmmu *s, enum fault fault, uint32_t address)
{
	s->faults++;
	s->last_fault = address;
	if (s->is_quiet)
		return;
	switch (fault) {
	case FAULT_READ_ACCESS:
		s->fault_address[ADDRESS_READ] = address;
		break;
	case FAULT_WRITE_ACCESS:
		s->fault_address[ADDRESS_WRITE] = address;
		break;
	case FAULT_BUS:
		s->fault_address[ADDRESS_DEFAULT_SLAVE] = address;
		break;
	default:
		s->fault_address[ADDRESS_PAGE] = address;
	}
	s->int_status |= BIT(fault);
	update_irq(s);
}

/* An access has faulted, and the guest has not answered yet. */
bool exynos_sysmmu_is_stalled(const ExynosSysmmu *s)
{
	return s->ctrl & CTRL_ENABLE && s->int_status;
}

static enum fault check_access(const ExynosSysmmu *s, const struct translation *found,
			       IOMMUAccessFlags wanted)
{
	if (!(s->cfg & CFG_CHECK_ACCESS) || (found->allowed & wanted) == wanted)
		return FAULT_NONE;
	return wanted & IOMMU_WO ? FAULT_WRITE_ACCESS : FAULT_READ_ACCESS;
}

static IOMMUTLBEntry sysmmu_translate(IOMMUMemoryRegion *region, hwaddr wide,
				      IOMMUAccessFlags wanted, int index)
{
	ExynosSysmmu *s = container_of(region, ExynosSysmmu, upstream);
	IOMMUTLBEntry entry = { .target_as = &address_space_memory, .perm = IOMMU_NONE };
	const struct translation *cached;
	struct translation found;
	uint32_t address = wide;
	enum fault fault;

	entry.addr_mask = order_mask(12);
	if (!(s->ctrl & CTRL_ENABLE)) {
		entry.iova = entry.translated_addr = address & ~order_mask(12);
		entry.perm = IOMMU_RW;
		return entry;
	}
	if (s->int_status)
		return entry;

	cached = tlb_find(s, address);
	fault = cached ? FAULT_NONE : walk(s, address, &found);
	if (fault == FAULT_NONE) {
		if (cached)
			found = *cached;
		else
			tlb_add(s, address, &found);
		fault = check_access(s, &found, wanted);
	}
	if (fault != FAULT_NONE) {
		raise_fault(s, fault, address);
		return entry;
	}
	entry.addr_mask = order_mask(found.order);
	entry.iova = address & ~entry.addr_mask;
	entry.translated_addr = found.address;
	entry.perm = s->cfg & CFG_CHECK_ACCESS ? found.allowed : IOMMU_RW;
	return entry;
}

/* ---- registers ---- */

static uint64_t sysmmu_read(void *opaque, hwaddr offset, unsigned int size)
{
	ExynosSysmmu *s = opaque;

	switch (offset) {
	case REG_CTRL:
		return s->ctrl;
	case REG_CFG:
		return s->cfg;
	case REG_STATUS:
		return s->ctrl & CTRL_BLOCK || exynos_sysmmu_is_stalled(s) ? STATUS_BLOCKED : 0;
	case REG_TABLE:
		return s->table;
	case REG_INT_STATUS:
		return s->int_status;
	case REG_FAULT_FIRST ... REG_FAULT_LAST:
		return s->fault_address[(offset - REG_FAULT_FIRST) / 4];
	case REG_VERSION:
		return s->version << VERSION_SHIFT;
	default:
		qemu_log_mask(LOG_UNIMP, "sysmmu: read of register 0x%" HWADDR_PRIx "\n", offset);
		return 0;
	}
}

static void sysmmu_write(void *opaque, hwaddr offset, uint64_t value, unsigned int size)
{
	ExynosSysmmu *s = opaque;

	switch (offset) {
	case REG_CTRL:
		s->ctrl = value & CTRL_MASK;
		update_irq(s);
		break;
	case REG_CFG:
		s->cfg = value;
		break;
	case REG_FLUSH:
		if (value & FLUSH_NOW)
			g_hash_table_remove_all(s->tlb);
		break;
	case REG_FLUSH_ENTRY:
		if (value & FLUSH_NOW)
			tlb_flush_entry(s, value);
		break;
	case REG_TABLE:
		s->table = value;
		break;
	case REG_INT_CLEAR:
		s->int_status &= ~value;
		update_irq(s);
		break;
	default:
		qemu_log_mask(LOG_UNIMP, "sysmmu: write to register 0x%" HWADDR_PRIx "\n", offset);
	}
}

static const MemoryRegionOps sysmmu_ops = {
	.read = sysmmu_read,
	.write = sysmmu_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

/* ---- the device ---- */

static void sysmmu_reset(DeviceState *dev)
{
	ExynosSysmmu *s = EXYNOS_SYSMMU(dev);

	s->ctrl = 0;
	s->cfg = 0;
	s->table = 0;
	s->int_status = 0;
	memset(s->fault_address, 0, sizeof(s->fault_address));
	s->is_quiet = false;
	g_hash_table_remove_all(s->tlb);
	update_irq(s);
}

#define TYPE_SYSMMU_REGION "exynos.sysmmu-region"

static void sysmmu_init(Object *obj)
{
	ExynosSysmmu *s = EXYNOS_SYSMMU(obj);

	s->tlb = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	memory_region_init_io(&s->registers, obj, &sysmmu_ops, s, "exynos.sysmmu",
			      REGISTERS_SIZE);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->registers);
	memory_region_init_iommu(&s->upstream, sizeof(s->upstream), TYPE_SYSMMU_REGION, obj,
				 "exynos.sysmmu-upstream", 4 * GiB);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), MEMORY_REGION(&s->upstream));
	sysbus_init_irq(SYS_BUS_DEVICE(obj), &s->irq);
}

static void sysmmu_finalize(Object *obj)
{
	g_hash_table_destroy(EXYNOS_SYSMMU(obj)->tlb);
}

/* 3.3 is the version that Linux takes the most care of. */
static Property sysmmu_properties[] = {
	DEFINE_PROP_UINT32("version", ExynosSysmmu, version, 3 << 7 | 3),
	DEFINE_PROP_END_OF_LIST(),
};

static void sysmmu_class_init(ObjectClass *class, void *data)
{
	static const VMStateDescription no_migration = { .name = "exynos.sysmmu",
							 .unmigratable = 1 };
	DeviceClass *device_class = DEVICE_CLASS(class);

	device_class->reset = sysmmu_reset;
	device_class->vmsd = &no_migration;
	device_class_set_props(device_class, sysmmu_properties);
}

static void region_class_init(ObjectClass *class, void *data)
{
	IOMMU_MEMORY_REGION_CLASS(class)->translate = sysmmu_translate;
}

static const TypeInfo sysmmu_types[] = {
	{
		.name = TYPE_EXYNOS_SYSMMU,
		.parent = TYPE_SYS_BUS_DEVICE,
		.instance_size = sizeof(ExynosSysmmu),
		.instance_init = sysmmu_init,
		.instance_finalize = sysmmu_finalize,
		.class_init = sysmmu_class_init,
	},
	{
		.name = TYPE_SYSMMU_REGION,
		.parent = TYPE_IOMMU_MEMORY_REGION,
		.class_init = region_class_init,
	},
};
DEFINE_TYPES(sysmmu_types)
