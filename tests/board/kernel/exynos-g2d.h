/* SPDX-License-Identifier: MIT */
/*
 * G2D command lists as the kernel tests write them: raw registers, and the few blits they need.
 *
 * Functions that return int return 0 on success and a negative errno on failure.
 */

#ifndef EXYNOS_G2D_H
#define EXYNOS_G2D_H

#include <stdbool.h>
#include <stdint.h>

#include "exynos-uapi.h"

/* registers and values, from libdrm's exynos/fimg2d_reg.h and exynos_fimg2d.h */
enum {
	G2D_BITBLT_COMMAND = 0x0104,
	G2D_BLEND_FUNCTION = 0x0108,
	G2D_ROUND_MODE = 0x010c,
	G2D_ROTATE = 0x0200,
	G2D_SRC_MASK_DIRECT = 0x0204,
	G2D_DST_PAT_DIRECT = 0x0208,
	G2D_SRC_SELECT = 0x0300,
	G2D_SRC_BASE_ADDR = 0x0304,
	G2D_SRC_STRIDE = 0x0308,
	G2D_SRC_COLOR_MODE = 0x030c,
	G2D_SRC_LEFT_TOP = 0x0310,
	G2D_SRC_RIGHT_BOTTOM = 0x0314,
	G2D_SRC_PLANE2_BASE_ADDR = 0x0318,
	G2D_SRC_REPEAT_MODE = 0x031c,
	G2D_SRC_PAD_VALUE = 0x0320,
	G2D_SRC_A8_RGB_EXT = 0x0324,
	G2D_SRC_SCALE_CTRL = 0x0328,
	G2D_SRC_XSCALE = 0x032c,
	G2D_SRC_YSCALE = 0x0330,
	G2D_DST_SELECT = 0x0400,
	G2D_DST_BASE_ADDR = 0x0404,
	G2D_DST_STRIDE = 0x0408,
	G2D_DST_COLOR_MODE = 0x040c,
	G2D_DST_LEFT_TOP = 0x0410,
	G2D_DST_RIGHT_BOTTOM = 0x0414,
	G2D_DST_PLANE2_BASE_ADDR = 0x0418,
	G2D_PAT_BASE_ADDR = 0x0500,
	G2D_MSK_BASE_ADDR = 0x0520,
	G2D_CW_LEFT_TOP = 0x0600,
	G2D_CW_RIGHT_BOTTOM = 0x0604,
	G2D_THIRD_OPERAND = 0x0610,
	G2D_ROP4 = 0x0614,
	G2D_ALPHA = 0x0618,
	G2D_FG_COLOR = 0x0700,
	G2D_BG_COLOR = 0x0704,
	G2D_SF_COLOR = 0x070c,
};

enum {
	G2D_SELECT_NORMAL = 0,
	G2D_SELECT_FOREGROUND = 1,
	G2D_SELECT_BACKGROUND = 2,
	G2D_MASK_ROP4 = 1 << 0,
	G2D_MASKING = 1 << 1,
	G2D_ALPHA_BLEND = 1 << 20,
	G2D_FAST_SOLID_FILL = 1 << 28,
	G2D_ROP3_DST = 0xaa,
	G2D_ROP3_SRC = 0xcc,
	G2D_ROP3_3RD = 0xf0,
	G2D_COLOR_MODE_ARGB8888 = 1,
	G2D_COLOR_MODE_YCBCR444 = 8,
	G2D_COLOR_MODE_YCBCR422 = 9,
	G2D_COLOR_MODE_YCBCR420 = 10,
	G2D_COLOR_MODE_A8 = 11,
	G2D_COLOR_MODE_A1 = 13,
	G2D_COLOR_MODE_A4 = 14,
	G2D_COLOR_MODE_2_PLANES = 1 << 8,
};

/* of the driver: all lists that there are, and the pairs that fit in one of them */
enum {
	G2D_LISTS = 64,
	G2D_LIST_WORDS = 254,
	/* SFRCLEAR, its dummy, INTEN and BITBLT_START are the driver's own */
	G2D_LIST_PAIRS_MAX = (G2D_LIST_WORDS - 6 - 2) / 2,
};

struct g2d_list {
	struct drm_exynos_g2d_cmd cmds[G2D_LIST_WORDS];
	struct drm_exynos_g2d_cmd bufs[8];
	uint32_t n_cmds, n_bufs;
};

/* An image of 32 bit pixels in a GEM object, from its first byte. */
struct g2d_image {
	uint32_t handle;
	uint32_t stride; /* bytes */
};

/* In pixels; right and bottom are exclusive. */
struct g2d_box {
	int left, top, right, bottom;
};

void
g2d_list_init(struct g2d_list *list);

void
g2d_list_add(struct g2d_list *list, uint32_t offset, uint32_t value);

void
g2d_list_add_buffer(struct g2d_list *list, uint32_t offset, uint32_t value);

/* Takes the buffer for a base register out again. Asserts that there is one. */
void
g2d_list_drop_buffer(struct g2d_list *list, uint32_t offset);

/* The registers of a solid fill, and of a copy of boxes that have the same size. */
void
g2d_list_fill(struct g2d_list *list, const struct g2d_image *dst, const struct g2d_box *box,
	      uint32_t color);

void
g2d_list_copy(struct g2d_list *list, const struct g2d_image *dst, const struct g2d_box *dst_box,
	      const struct g2d_image *src, const struct g2d_box *src_box);

/*
 * A page for descriptors of user memory, to be unmapped by munmap(): its address fits the 32 bits that
 * a list has for it. Asserts that there is one.
 */
struct drm_exynos_g2d_userptr *
g2d_map_descriptors(void);

/* SET_CMDLIST without an event. */
int
g2d_submit(int fd, const struct g2d_list *list);

/* SET_CMDLIST with an event that carries user_data. */
int
g2d_submit_event(int fd, const struct g2d_list *list, uint64_t user_data);

int
g2d_exec(int fd, bool async);

/* One list with the fill or the copy, submitted and run to its end. */
int
g2d_fill(int fd, const struct g2d_image *dst, const struct g2d_box *box, uint32_t color);

int
g2d_copy(int fd, const struct g2d_image *dst, const struct g2d_box *dst_box,
	 const struct g2d_image *src, const struct g2d_box *src_box);

/* Waits for the next event, at most a minute, then -ETIME. */
int
g2d_read_event(int fd, struct drm_exynos_g2d_event *event);

#endif
