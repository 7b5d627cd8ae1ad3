/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the Samsung FIMG2D v4.1 and the content of a command list.
 *
 * Sources: "kernel" is drivers/gpu/drm/exynos/exynos_drm_g2d.c of Linux 6.1, "libdrm" is
 * exynos/fimg2d_reg.h and exynos/exynos_fimg2d.h of libdrm 2.4.114, "Samsung" is fimg2d4x_regs.h of the
 * kernels of their phones. There is no public manual. docs/registers.md compares them.
 */
#ifndef FIMG2D_REGS_H
#define FIMG2D_REGS_H

#include "types.h"

#define FIMG2D_REGS_SIZE		0x1000

/* A list is: count, count x (register offset, value), bus address of the next list or 0 (kernel) */

/* General registers (kernel) */
#define FIMG2D_SOFT_RESET		0x0000
#define   FIMG2D_SOFT_RESET_R		BIT(0)
#define   FIMG2D_SOFT_RESET_SFRCLEAR	BIT(1)
#define FIMG2D_INTEN			0x0004
#define   FIMG2D_INTEN_EDGE		BIT(4)	/* Samsung: 0 is by level */
#define FIMG2D_INTC_PEND		0x000c	/* write 1 clears */
#define   FIMG2D_INT_SCF		BIT(0)	/* both of INTEN and INTC_PEND */
#define   FIMG2D_INT_GCF		BIT(1)	/* a held list has ended */
#define   FIMG2D_INT_UCF		BIT(2)
#define   FIMG2D_INT_ACF		BIT(3)	/* all lists have ended */
#define   FIMG2D_INT_MASK		GENMASK(3, 0)
#define FIMG2D_FIFO_STAT		0x0010	/* libdrm, Samsung for the bit */
#define   FIMG2D_FIFO_STAT_FINISHED	BIT(0)	/* nothing is at work */
#define FIMG2D_AXI_MODE			0x001c	/* Samsung: bursts in 25:24, cache and user bits */
#define FIMG2D_DMA_SFR_BASE_ADDR	0x0080	/* bus address of the first list */
#define FIMG2D_DMA_COMMAND		0x0084
#define   FIMG2D_DMA_START		BIT(0)
#define   FIMG2D_DMA_CONTINUE		BIT(1)
#define   FIMG2D_DMA_HALT		BIT(2)
#define FIMG2D_EXE_LIST_NUM		0x0088
#define FIMG2D_DMA_STATUS		0x008c
#define   FIMG2D_DMA_STATUS_DONE	BIT(0)
#define   FIMG2D_DMA_STATUS_BLITS_SHIFT	1
#define   FIMG2D_DMA_STATUS_BLITS_MASK	GENMASK(16, 1)
#define   FIMG2D_DMA_STATUS_LISTS_SHIFT	17
#define   FIMG2D_DMA_STATUS_LISTS_MASK	GENMASK(24, 17)
#define FIMG2D_DMA_HOLD_CMD		0x0090
#define   FIMG2D_DMA_HOLD_BITBLT	BIT(0)
#define   FIMG2D_DMA_HOLD_LIST		BIT(1)
#define   FIMG2D_DMA_HOLD_USER		BIT(2)

/* Command registers (kernel for the offsets, libdrm for the bits) */
#define FIMG2D_BITBLT_START		0x0100
#define   FIMG2D_BITBLT_START_START	BIT(0)
#define FIMG2D_BITBLT_COMMAND		0x0104
#define   FIMG2D_CMD_MASK_ROP4		BIT(0)
#define   FIMG2D_CMD_MASKING		BIT(1)
#define   FIMG2D_CMD_ROP4_ALPHA		BIT(2)
#define   FIMG2D_CMD_DITHER		BIT(3)
#define   FIMG2D_CMD_CLIP_ENABLE	BIT(8)
#define   FIMG2D_CMD_CLIP_MASK		GENMASK(11, 8)	/* libdrm; Samsung has one bit */
#define   FIMG2D_CMD_TRANSPARENT_MASK	GENMASK(15, 12)	/* 0 to 2 */
#define   FIMG2D_CMD_COLOR_KEY_MASK	GENMASK(19, 16)
#define   FIMG2D_CMD_BLEND_SHIFT	20
#define   FIMG2D_CMD_BLEND_MASK		GENMASK(23, 20)
#define     FIMG2D_BLEND_OFF		0
#define     FIMG2D_BLEND_ON		1
#define     FIMG2D_BLEND_FADING		2
#define   FIMG2D_CMD_SRC_PREMULTIPLY	BIT(24)
#define   FIMG2D_CMD_PAT_PREMULTIPLY	BIT(25)
#define   FIMG2D_CMD_DST_PREMULTIPLY	BIT(26)
#define   FIMG2D_CMD_DST_DEPREMULTIPLY	BIT(27)
#define   FIMG2D_CMD_FAST_SOLID_FILL	BIT(28)
#define FIMG2D_BLEND_FUNCTION		0x0108
#define   FIMG2D_BF_SRC_COEFF_SHIFT	0
#define   FIMG2D_BF_DST_COEFF_SHIFT	8
#define   FIMG2D_BF_COEFF_MASK		0xf	/* of the field at either shift */
#define   FIMG2D_BF_SRC_ALPHA_SHIFT	4	/* relative to the coefficient's shift */
#define   FIMG2D_BF_DST_ALPHA_SHIFT	6
#define   FIMG2D_BF_ALPHA_MASK		0x3
#define   FIMG2D_BF_SRC_INVERT		BIT(16)
#define   FIMG2D_BF_DST_INVERT		BIT(18)
#define   FIMG2D_BF_LIGHTEN		BIT(20)
#define   FIMG2D_BF_DARKEN		BIT(21)
#define   FIMG2D_BF_WINDOW_CE_MASK	GENMASK(23, 22)	/* libdrm; Samsung has one bit */
enum fimg2d_coeff {
	FIMG2D_COEFF_ONE		= 0,
	FIMG2D_COEFF_ZERO		= 1,
	FIMG2D_COEFF_SRC_ALPHA		= 2,
	FIMG2D_COEFF_SRC_COLOR		= 3,
	FIMG2D_COEFF_DST_ALPHA		= 4,
	FIMG2D_COEFF_DST_COLOR		= 5,
	FIMG2D_COEFF_GLOBAL_ALPHA	= 6,
	FIMG2D_COEFF_GLOBAL_COLOR_ALPHA	= 7,
	FIMG2D_COEFF_DISJOINT_S		= 8,
	FIMG2D_COEFF_DISJOINT_D		= 9,
	FIMG2D_COEFF_CONJOINT_S		= 10,
	FIMG2D_COEFF_CONJOINT_D		= 11,
};

enum fimg2d_alpha_mode {
	FIMG2D_ALPHA_PLAIN		= 0,	/* alpha */
	FIMG2D_ALPHA_ADD_GLOBAL		= 1,	/* alpha + global alpha */
	FIMG2D_ALPHA_MUL_GLOBAL		= 2,	/* alpha x global alpha */
};

#define FIMG2D_ROUND_MODE		0x010c	/* Samsung: blend 1:0, premultiply 5:4, de- 9:8 */

#define FIMG2D_ROTATE			0x0200
#define   FIMG2D_ROTATE_SRC_90		BIT(0)
#define   FIMG2D_ROTATE_PAT_90		BIT(4)
#define   FIMG2D_ROTATE_MASK_90		BIT(8)
#define FIMG2D_SRC_MASK_DIRECT		0x0204
#define FIMG2D_DST_PAT_DIRECT		0x0208
#define   FIMG2D_DIRECT_X_NEGATIVE	BIT(0)
#define   FIMG2D_DIRECT_Y_NEGATIVE	BIT(1)

/* Source image; coordinates have x in 15:0 and y in 31:16, right and bottom are exclusive */
#define FIMG2D_SRC_SELECT		0x0300
#define FIMG2D_SRC_BASE_ADDR		0x0304
#define FIMG2D_SRC_STRIDE		0x0308	/* bytes */
#define   FIMG2D_STRIDE_MASK		GENMASK(15, 0)	/* Samsung */
#define   FIMG2D_STRIDE_SIGN		BIT(15)		/* whether it is one, nobody says */
#define FIMG2D_SRC_COLOR_MODE		0x030c
#define FIMG2D_SRC_LEFT_TOP		0x0310
#define FIMG2D_SRC_RIGHT_BOTTOM		0x0314
#define FIMG2D_SRC_PLANE2_BASE_ADDR	0x0318
#define FIMG2D_SRC_REPEAT_MODE		0x031c
enum fimg2d_repeat {
	FIMG2D_REPEAT_REPEAT		= 0,	/* tile */
	FIMG2D_REPEAT_PAD		= 1,	/* outside is SRC_PAD_VALUE */
	FIMG2D_REPEAT_REFLECT		= 2,	/* tile, every other one mirrored */
	FIMG2D_REPEAT_CLAMP		= 3,	/* outside is the nearest edge pixel */
	FIMG2D_REPEAT_NONE		= 4,	/* outside is not drawn */
};

#define FIMG2D_SRC_PAD_VALUE		0x0320
#define FIMG2D_SRC_A8_RGB_EXT		0x0324
#define FIMG2D_SRC_SCALE_CTRL		0x0328
enum fimg2d_scale {
	FIMG2D_SCALE_NONE		= 0,
	FIMG2D_SCALE_NEAREST		= 1,
	FIMG2D_SCALE_BILINEAR		= 2,
	/* Samsung's kernel also sets 3: bilinear that "ignores the repeat mode at boundaries" */
};

#define FIMG2D_SRC_XSCALE		0x032c	/* source step per pixel, 16.16 */
#define FIMG2D_SRC_YSCALE		0x0330

/* Destination image */
#define FIMG2D_DST_SELECT		0x0400
enum fimg2d_select {				/* of SRC_SELECT and DST_SELECT */
	FIMG2D_SELECT_MEMORY		= 0,
	FIMG2D_SELECT_FG_COLOR		= 1,
	FIMG2D_SELECT_BG_COLOR		= 2,
};

#define FIMG2D_DST_BASE_ADDR		0x0404
#define FIMG2D_DST_STRIDE		0x0408
#define FIMG2D_DST_COLOR_MODE		0x040c
#define FIMG2D_DST_LEFT_TOP		0x0410
#define FIMG2D_DST_RIGHT_BOTTOM		0x0414
#define FIMG2D_DST_PLANE2_BASE_ADDR	0x0418
#define FIMG2D_DST_A8_RGB_EXT		0x041c
#define   FIMG2D_COORD_MASK		0x1fff	/* Samsung, kernel: 13 bits. libdrm: 16 */
#define   FIMG2D_COORD_MAX		8000	/* libdrm, kernel */

/* Colour modes */
#define   FIMG2D_MODE_FORMAT_MASK	GENMASK(3, 0)
#define   FIMG2D_MODE_ORDER_SHIFT	4
#define   FIMG2D_MODE_ORDER_MASK	GENMASK(5, 4)
#define   FIMG2D_MODE_TWO_PLANES	BIT(8)
#define   FIMG2D_MODE_YCBCR_ORDER_MASK	GENMASK(13, 12)
#define   FIMG2D_MODE_YCBCR_709		BIT(16)
#define   FIMG2D_MODE_YCBCR_WIDE	BIT(17)
#define   FIMG2D_MODE_KNOWN_MASK	(FIMG2D_MODE_FORMAT_MASK | FIMG2D_MODE_ORDER_MASK)
enum fimg2d_format {
	FIMG2D_FMT_XRGB8888		= 0,
	FIMG2D_FMT_ARGB8888		= 1,
	FIMG2D_FMT_RGB565		= 2,
	FIMG2D_FMT_XRGB1555		= 3,
	FIMG2D_FMT_ARGB1555		= 4,
	FIMG2D_FMT_XRGB4444		= 5,
	FIMG2D_FMT_ARGB4444		= 6,
	FIMG2D_FMT_RGB888		= 7,
	FIMG2D_FMT_YCBCR444		= 8,
	FIMG2D_FMT_YCBCR422		= 9,
	FIMG2D_FMT_YCBCR420		= 10,
	FIMG2D_FMT_A8			= 11,
	FIMG2D_FMT_L8			= 12,
	FIMG2D_FMT_A1			= 13,	/* this and the next one: libdrm alone */
	FIMG2D_FMT_A4			= 14,
};

enum fimg2d_order {				/* from the most to the least significant bits */
	FIMG2D_ORDER_AXRGB		= 0,
	FIMG2D_ORDER_RGBAX		= 1,
	FIMG2D_ORDER_AXBGR		= 2,
	FIMG2D_ORDER_BGRAX		= 3,
};

/* Pattern and mask (libdrm, Samsung) */
#define FIMG2D_PAT_BASE_ADDR		0x0500
#define FIMG2D_PAT_SIZE			0x0504
#define FIMG2D_PAT_COLOR_MODE		0x0508
#define FIMG2D_PAT_OFFSET		0x050c
#define FIMG2D_PAT_STRIDE		0x0510
#define FIMG2D_MASK_BASE_ADDR		0x0520
#define FIMG2D_MASK_STRIDE		0x0524
#define FIMG2D_MASK_LEFT_TOP		0x0528
#define FIMG2D_MASK_RIGHT_BOTTOM	0x052c
#define FIMG2D_MASK_MODE		0x0530
#define FIMG2D_MASK_REPEAT_MODE		0x0534
#define FIMG2D_MASK_PAD_VALUE		0x0538
#define FIMG2D_MASK_SCALE_CTRL		0x053c
#define FIMG2D_MASK_XSCALE		0x0540
#define FIMG2D_MASK_YSCALE		0x0544

/* Clip window, in destination coordinates */
#define FIMG2D_CW_LEFT_TOP		0x0600
#define FIMG2D_CW_RIGHT_BOTTOM		0x0604

#define FIMG2D_THIRD_OPERAND		0x0610
#define FIMG2D_ROP4			0x0614
#define   FIMG2D_ROP4_UNMASKED_MASK	GENMASK(7, 0)
#define   FIMG2D_ROP3_SRC		0xcc
#define   FIMG2D_ROP3_DST		0xaa
#define FIMG2D_ALPHA			0x0618
#define   FIMG2D_ALPHA_GLOBAL_MASK	GENMASK(7, 0)
#define   FIMG2D_ALPHA_COLOR_MASK	GENMASK(31, 8)	/* global colour */

/* Colours */
#define FIMG2D_FG_COLOR			0x0700
#define FIMG2D_BG_COLOR			0x0704
#define FIMG2D_BS_COLOR			0x0708
#define FIMG2D_SF_COLOR			0x070c

/* Colour keys: for source, destination, and both as YCbCr, each control, minimum and maximum */
#define FIMG2D_SRC_COLORKEY_CTRL	0x0710
#define FIMG2D_DST_COLORKEY_CTRL	0x071c
#define FIMG2D_YCBCR_SRC_COLORKEY_CTRL	0x0728
#define FIMG2D_YCBCR_DST_COLORKEY_CTRL	0x0734
#define FIMG2D_YCBCR_DST_COLORKEY_MAX	0x073c

/* Two tables of 16 words, for masks that are fonts, and a reference (Samsung) */
#define FIMG2D_GAMMA_TABLE_FIRST	0x0800
#define FIMG2D_GAMMA_TABLE_LAST		0x087c
#define FIMG2D_GAMMA_REF_COLOR		0x0880

#endif
