/* SPDX-License-Identifier: GPL-2.0-only */
/* Integer types of the engine's model, which is compiled into the kernel and into host tests. */
#ifndef FIMG2D_TYPES_H
#define FIMG2D_TYPES_H

#ifdef __KERNEL__

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/string.h>
#include <linux/types.h>

#else

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#ifndef BIT	/* QEMU has one */
#define BIT(n)		(1u << (n))
#endif
#define GENMASK(h, l)	((~0u << (l)) & (~0u >> (31 - (h))))

#endif

#endif
