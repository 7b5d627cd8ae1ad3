/* SPDX-License-Identifier: MIT */
/* The FIMG2D v4.1 registers that a command list for compositing sets. */
#ifndef EXUP_FIMG2D_REGS_H
#define EXUP_FIMG2D_REGS_H

/*
 * Source: the public headers of libdrm (exynos/fimg2d_reg.h, exynos/exynos_fimg2d.h), of Samsung's
 * kernels (fimg2d4x_regs.h), and of the kernel driver (drivers/gpu/drm/exynos/exynos_drm_g2d.c). There
 * is no public manual. docs/registers.md has where they differ.
 */

#define FIMG2D_BITBLT_COMMAND 0x0104
#define FIMG2D_BITBLT_COMMAND_ALPHA_BLEND (1u << 20)
#define FIMG2D_BITBLT_COMMAND_FAST_SOLID_FILL (1u << 28)

#define FIMG2D_BLEND_FUNCTION 0x0108
#define FIMG2D_BLEND_SRC_COEFF(c) ((c) << 0)
#define FIMG2D_BLEND_DST_COEFF(c) ((c) << 8)
#define FIMG2D_BLEND_DST_COEFF_SRC_ALPHA_MODE(m) ((m) << 12)
#define FIMG2D_BLEND_INVERT_DST_COEFF (1u << 18)
#define FIMG2D_COEFF_ONE 0u
#define FIMG2D_COEFF_SRC_ALPHA 2u
#define FIMG2D_COEFF_GLOBAL_ALPHA 6u
#define FIMG2D_ALPHA_MODE_ALPHA 0u
#define FIMG2D_ALPHA_MODE_MUL_GLOBAL 2u

#define FIMG2D_SRC_SELECT 0x0300
#define FIMG2D_DST_SELECT 0x0400
#define FIMG2D_SELECT_MEMORY 0u
#define FIMG2D_SELECT_FOREGROUND 1u

#define FIMG2D_SRC_BASE 0x0304
#define FIMG2D_SRC_STRIDE 0x0308
#define FIMG2D_SRC_COLOR_MODE 0x030c
#define FIMG2D_SRC_LEFT_TOP 0x0310
#define FIMG2D_SRC_RIGHT_BOTTOM 0x0314

#define FIMG2D_DST_BASE 0x0404
#define FIMG2D_DST_STRIDE 0x0408
#define FIMG2D_DST_COLOR_MODE 0x040c
#define FIMG2D_DST_LEFT_TOP 0x0410
#define FIMG2D_DST_RIGHT_BOTTOM 0x0414

/* rop3 codes for pixels that a mask lets through or not; the value after a reset is not known */
#define FIMG2D_ROP4 0x0614
#define FIMG2D_ROP4_SOURCE 0xccccu

#define FIMG2D_ALPHA 0x0618
#define FIMG2D_FG_COLOR 0x0700
#define FIMG2D_SF_COLOR 0x070c

/* Strides have 16 bits, of which the upper one may be a sign: the kernel driver takes 15. */
#define FIMG2D_STRIDE_MAX 0x7fff

/* x in the low half, y in the high half; right and bottom are exclusive */
#define FIMG2D_XY(x, y) ((uint32_t)(x) | (uint32_t)(y) << 16)

/* COLOR_MODE: format in bits 3:0, channel order in bits 5:4 */
#define FIMG2D_FORMAT_XRGB8888 0u
#define FIMG2D_FORMAT_ARGB8888 1u
#define FIMG2D_ORDER_AXRGB (0u << 4)

/* G2D_LEN_MAX of the kernel driver: no side of a blit, and no coordinate, is larger */
#define FIMG2D_COORDINATE_MAX 8000

#endif
