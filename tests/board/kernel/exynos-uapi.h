/* SPDX-License-Identifier: MIT */
/*
 * The part of the Exynos DRM driver's ABI that these tests use, written down a second time: a
 * number or a layout that changes in the driver or in the userspace header is found here.
 */

#ifndef EXYNOS_UAPI_H
#define EXYNOS_UAPI_H

#include <assert.h>
#include <stddef.h>
#include <drm.h>

enum {
	EXYNOS_BO_NONCONTIG = 1 << 0,
	EXYNOS_BO_CACHABLE = 1 << 1,
	EXYNOS_BO_WC = 1 << 2,
	EXYNOS_BO_USERPTR = 1 << 3,
	EXYNOS_BO_READONLY = 1 << 4,
	EXYNOS_BO_WHOLE_PAGES = 1 << 5,
	EXYNOS_BO_MASK = EXYNOS_BO_NONCONTIG | EXYNOS_BO_CACHABLE | EXYNOS_BO_WC,
};

struct drm_exynos_gem_create {
	__u64 size;
	__u32 flags;
	__u32 handle;
};

struct drm_exynos_gem_map {
	__u32 handle;
	__u32 reserved;
	__u64 offset;
};

struct drm_exynos_gem_userptr {
	__u64 userptr;
	__u64 size;
	__u32 flags;
	__u32 handle;
};

struct drm_exynos_gem_info {
	__u32 handle;
	__u32 flags;
	__u64 size;
};

struct drm_exynos_user_limit {
	__u32 userptr_limit;
	__u32 pad;
};

enum {
	EXYNOS_GEM_SYNC_READ = 1 << 0,
	EXYNOS_GEM_SYNC_WRITE = 1 << 1,
	EXYNOS_GEM_SYNC_END = 1 << 2,
};

#define EXYNOS_GEM_SYNC_RANGES_MAX 256

struct drm_exynos_gem_sync_range {
	__u64 offset;
	__u32 stride;
	__u32 row_bytes;
	__u32 rows;
	__u32 pad;
};

struct drm_exynos_gem_sync {
	__u32 handle;
	__u32 flags;
	__u64 ranges;
	__u32 nr_ranges;
	__u32 pad;
};

struct drm_exynos_g2d_get_ver {
	__u32 major;
	__u32 minor;
};

struct drm_exynos_g2d_cmd {
	__u32 offset;
	__u32 data;
};

#define G2D_BUF_USERPTR (1u << 31)

struct drm_exynos_g2d_userptr {
	unsigned long userptr;
	unsigned long size;
};

enum {
	G2D_EVENT_NOT,
	G2D_EVENT_NONSTOP,
};

struct drm_exynos_g2d_set_cmdlist {
	__u64 cmd;
	__u64 cmd_buf;
	__u32 cmd_nr;
	__u32 cmd_buf_nr;
	__u64 event_type;
	__u64 user_data;
};

struct drm_exynos_g2d_exec {
	__u64 async;
};

#define DRM_EXYNOS_G2D_EVENT 0x80000000

struct drm_exynos_g2d_event {
	struct drm_event base;
	__u64 user_data;
	__u32 tv_sec;
	__u32 tv_usec;
	__u32 cmdlist_no;
	__u32 reserved;
};

#define EXYNOS_G2D_BUF_READ (1u << 0)
#define EXYNOS_G2D_BUF_WRITE (1u << 1)
#define EXYNOS_G2D_NO_BUF 0xffffffffu

#define EXYNOS_G2D_SUBMIT_EVENT (1u << 0)
#define EXYNOS_G2D_SUBMIT_OUT_FENCE (1u << 1)
#define EXYNOS_G2D_SUBMIT_NO_IMPLICIT (1u << 2)

enum {
	EXYNOS_G2D_SUBMIT_MAX_BLITS = 256,
	EXYNOS_G2D_SUBMIT_MAX_BUFS = 256,
	EXYNOS_G2D_SUBMIT_MAX_FENCES = 64,
};

struct drm_exynos_g2d_submit_buf {
	__u32 handle;
	__u32 flags;
};

struct drm_exynos_g2d_image {
	__u32 buf;
	__u32 offset;
};

struct drm_exynos_g2d_blit {
	__u32 first_cmd;
	__u32 nr_cmds;
	struct drm_exynos_g2d_image src;
	struct drm_exynos_g2d_image src2;
	struct drm_exynos_g2d_image dst;
	struct drm_exynos_g2d_image dst2;
	__u32 flags;
	__u32 pad;
};

struct drm_exynos_g2d_submit {
	__u32 flags;
	__u32 nr_blits;
	__u32 blit_stride;
	__u32 nr_bufs;
	__u64 blits;
	__u64 bufs;
	__u64 cmds;
	__u32 nr_cmds;
	__u32 nr_in_fences;
	__u64 in_fences;
	__s32 out_fence;
	__u32 pad;
	__u64 user_data;
};

#define EXYNOS_IOWR(nr, type) DRM_IOWR(DRM_COMMAND_BASE + (nr), type)

#define DRM_IOCTL_EXYNOS_GEM_CREATE EXYNOS_IOWR(0x00, struct drm_exynos_gem_create)
#define DRM_IOCTL_EXYNOS_GEM_MAP EXYNOS_IOWR(0x01, struct drm_exynos_gem_map)
#define DRM_IOCTL_EXYNOS_GEM_USERPTR EXYNOS_IOWR(0x03, struct drm_exynos_gem_userptr)
#define DRM_IOCTL_EXYNOS_GEM_GET EXYNOS_IOWR(0x04, struct drm_exynos_gem_info)
#define DRM_IOCTL_EXYNOS_USER_LIMIT EXYNOS_IOWR(0x05, struct drm_exynos_user_limit)
#define DRM_IOCTL_EXYNOS_GEM_SYNC DRM_IOW(DRM_COMMAND_BASE + 0x08, struct drm_exynos_gem_sync)
#define DRM_IOCTL_EXYNOS_G2D_GET_VER EXYNOS_IOWR(0x20, struct drm_exynos_g2d_get_ver)
#define DRM_IOCTL_EXYNOS_G2D_SET_CMDLIST EXYNOS_IOWR(0x21, struct drm_exynos_g2d_set_cmdlist)
#define DRM_IOCTL_EXYNOS_G2D_EXEC EXYNOS_IOWR(0x22, struct drm_exynos_g2d_exec)
#define DRM_IOCTL_EXYNOS_G2D_SUBMIT EXYNOS_IOWR(0x23, struct drm_exynos_g2d_submit)

/* the same on 32 and on 64 bit, but for what holds an address itself */
static_assert(sizeof(struct drm_exynos_gem_create) == 16, "gem_create");
static_assert(sizeof(struct drm_exynos_gem_map) == 16, "gem_map");
static_assert(sizeof(struct drm_exynos_gem_info) == 16, "gem_info");
static_assert(sizeof(struct drm_exynos_g2d_userptr) == 2 * sizeof(void *), "g2d_userptr");
static_assert(sizeof(struct drm_exynos_g2d_set_cmdlist) == 40, "g2d_set_cmdlist");
static_assert(sizeof(struct drm_exynos_g2d_event) == 32, "g2d_event");
static_assert(sizeof(struct drm_exynos_gem_userptr) == 24, "gem_userptr");
static_assert(offsetof(struct drm_exynos_gem_userptr, size) == 8, "gem_userptr.size");
static_assert(offsetof(struct drm_exynos_gem_userptr, flags) == 16, "gem_userptr.flags");
static_assert(offsetof(struct drm_exynos_gem_userptr, handle) == 20, "gem_userptr.handle");
static_assert(sizeof(struct drm_exynos_user_limit) == 8, "user_limit");
static_assert(sizeof(struct drm_exynos_gem_sync) == 24, "gem_sync");
static_assert(offsetof(struct drm_exynos_gem_sync, ranges) == 8, "gem_sync.ranges");
static_assert(sizeof(struct drm_exynos_gem_sync_range) == 24, "gem_sync_range");
static_assert(sizeof(struct drm_exynos_g2d_blit) == 48, "g2d_blit");
static_assert(sizeof(struct drm_exynos_g2d_submit) == 72, "g2d_submit");
static_assert(DRM_IOCTL_EXYNOS_G2D_SUBMIT == 0xc0486463, "G2D_SUBMIT");
static_assert(DRM_IOCTL_EXYNOS_GEM_USERPTR == 0xc0186443, "GEM_USERPTR");
static_assert(DRM_IOCTL_EXYNOS_USER_LIMIT == 0xc0086445, "USER_LIMIT");
static_assert(DRM_IOCTL_EXYNOS_GEM_SYNC == 0x40186448, "GEM_SYNC");

#endif
