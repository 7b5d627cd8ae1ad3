/* SPDX-License-Identifier: MIT */
/* The Exynos DRM driver's ioctls, which distributions other than ARM ones ship no header for. */
#ifndef EXUP_EXYNOS_DRM_UAPI_H
#define EXUP_EXYNOS_DRM_UAPI_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include <drm.h>

/*
 * Numbers and layouts are kernel ABI: include/uapi/drm/exynos_drm.h of Linux 6.1, and for
 * GEM_USERPTR, USER_LIMIT (the numbers of the 2012 proposal), GEM_SYNC and G2D_SUBMIT the series in
 * kernel/.
 */

/* of version 1: the first minor with GEM_SYNC, and with G2D_SUBMIT and fences */
#define EXUP_EXYNOS_MINOR_GEM_SYNC 3
#define EXUP_EXYNOS_MINOR_G2D_SUBMIT 3

/* exynos_drm_gem_create.flags, exynos_drm_gem_info.flags */
#define EXUP_EXYNOS_BO_NONCONTIG (1u << 0)
#define EXUP_EXYNOS_BO_CACHABLE (1u << 1)
#define EXUP_EXYNOS_BO_WC (1u << 2)
#define EXUP_EXYNOS_BO_USERPTR (1u << 3)
/* user memory that no device writes to; drivers before the minor of GEM_SYNC need not know it */
#define EXUP_EXYNOS_BO_READONLY (1u << 4)
/* of gem_userptr, as of the minor of GEM_SYNC: others may have all of the first and last page */
#define EXUP_EXYNOS_BO_WHOLE_PAGES (1u << 5)

struct exup_exynos_gem_create {
	uint64_t size; /* bytes, rounded up to pages by the driver */
	uint32_t flags;
	uint32_t handle; /* out */
};

struct exup_exynos_gem_info {
	uint32_t handle;
	uint32_t flags; /* out */
	uint64_t size; /* out, bytes */
};

struct exup_exynos_gem_userptr {
	uint64_t userptr; /* any address; the object covers the whole pages of the range */
	uint64_t size; /* bytes */
	uint32_t flags; /* EXUP_EXYNOS_BO_READONLY, EXUP_EXYNOS_BO_WHOLE_PAGES */
	uint32_t handle; /* out */
};

struct exup_exynos_user_limit {
	uint32_t userptr_limit; /* bytes */
	uint32_t pad;
};

/* exynos_gem_sync.flags; without END it is the start */
#define EXUP_EXYNOS_GEM_SYNC_READ (1u << 0)
#define EXUP_EXYNOS_GEM_SYNC_WRITE (1u << 1)
#define EXUP_EXYNOS_GEM_SYNC_END (1u << 2)

#define EXUP_EXYNOS_GEM_SYNC_RANGES_MAX 256

struct exup_exynos_gem_sync {
	uint32_t handle;
	uint32_t flags;
	uint64_t ranges; /* pointer to exynos_gem_sync_range */
	uint32_t nr_ranges;
	uint32_t pad; /* 0 */
};

struct exup_exynos_gem_sync_range {
	uint64_t offset; /* of the first row in the object, bytes */
	uint32_t stride; /* from one row to the next, bytes */
	uint32_t row_bytes;
	uint32_t rows;
	uint32_t pad; /* 0 */
};

struct exup_exynos_g2d_get_ver {
	uint32_t major; /* out */
	uint32_t minor; /* out */
};

struct exup_exynos_g2d_cmd {
	uint32_t offset; /* of a register */
	uint32_t data; /* its value; for a base address register: a GEM handle */
};

/* exynos_g2d_set_cmdlist.event_type */
#define EXUP_EXYNOS_G2D_EVENT_NOT 0
#define EXUP_EXYNOS_G2D_EVENT_NONSTOP 1

struct exup_exynos_g2d_set_cmdlist {
	uint64_t cmd; /* pointer to exynos_g2d_cmd, any register but base addresses */
	uint64_t cmd_buf; /* pointer to exynos_g2d_cmd, base addresses only */
	uint32_t cmd_nr;
	uint32_t cmd_buf_nr;
	uint64_t event_type;
	uint64_t user_data; /* comes back in the event */
};

struct exup_exynos_g2d_exec {
	uint64_t async; /* 0: sleep until the lists have run */
};

#define EXUP_EXYNOS_G2D_SUBMIT_BLITS_MAX 256
#define EXUP_EXYNOS_G2D_SUBMIT_BUFS_MAX 256

/* exynos_g2d_submit_buf.flags */
#define EXUP_EXYNOS_G2D_BUF_READ (1u << 0)
#define EXUP_EXYNOS_G2D_BUF_WRITE (1u << 1)

/* An object that blits refer to, once, with what they may do to it. */
struct exup_exynos_g2d_submit_buf {
	uint32_t handle;
	uint32_t flags;
};

/* exynos_g2d_image.buf: none */
#define EXUP_EXYNOS_G2D_NO_BUF 0xffffffffu

struct exup_exynos_g2d_image {
	uint32_t buf; /* index */
	uint32_t offset; /* bytes, where coordinates are 0 */
};

struct exup_exynos_g2d_blit {
	uint32_t first_cmd; /* index */
	uint32_t nr_cmds;
	struct exup_exynos_g2d_image src;
	struct exup_exynos_g2d_image src2; /* second plane */
	struct exup_exynos_g2d_image dst;
	struct exup_exynos_g2d_image dst2; /* second plane */
	uint32_t flags; /* 0 */
	uint32_t pad; /* 0 */
};

/* exynos_g2d_submit.flags */
#define EXUP_EXYNOS_G2D_SUBMIT_EVENT (1u << 0)

struct exup_exynos_g2d_submit {
	uint32_t flags;
	uint32_t nr_blits;
	uint32_t blit_stride; /* sizeof(struct exup_exynos_g2d_blit) */
	uint32_t nr_bufs;
	uint64_t blits; /* pointer to exynos_g2d_blit */
	uint64_t bufs; /* pointer to exynos_g2d_submit_buf */
	uint64_t cmds; /* pointer to exynos_g2d_cmd, of all blits */
	uint32_t nr_cmds;
	uint32_t nr_in_fences; /* sync files to wait for */
	uint64_t in_fences; /* pointer to int32_t */
	int32_t out_fence; /* out, if the flags ask for one */
	uint32_t pad; /* 0 */
	uint64_t user_data; /* comes back in the event */
};

/* What read() on the DRM fd returns when a list with an event has run, or a submission has ended. */
#define EXUP_EXYNOS_G2D_EVENT 0x80000000u

struct exup_exynos_g2d_event {
	struct drm_event base;
	uint64_t user_data;
	uint32_t tv_sec;
	uint32_t tv_usec;
	uint32_t cmdlist_no;
	uint32_t reserved; /* of a submission: 0, or the errno that it has ended with */
};

#define EXUP_IOCTL_EXYNOS_GEM_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + 0x00, struct exup_exynos_gem_create)
#define EXUP_IOCTL_EXYNOS_GEM_USERPTR \
	DRM_IOWR(DRM_COMMAND_BASE + 0x03, struct exup_exynos_gem_userptr)
#define EXUP_IOCTL_EXYNOS_GEM_GET DRM_IOWR(DRM_COMMAND_BASE + 0x04, struct exup_exynos_gem_info)
#define EXUP_IOCTL_EXYNOS_USER_LIMIT \
	DRM_IOWR(DRM_COMMAND_BASE + 0x05, struct exup_exynos_user_limit)
#define EXUP_IOCTL_EXYNOS_GEM_SYNC DRM_IOW(DRM_COMMAND_BASE + 0x08, struct exup_exynos_gem_sync)
#define EXUP_IOCTL_EXYNOS_G2D_GET_VER \
	DRM_IOWR(DRM_COMMAND_BASE + 0x20, struct exup_exynos_g2d_get_ver)
#define EXUP_IOCTL_EXYNOS_G2D_SET_CMDLIST \
	DRM_IOWR(DRM_COMMAND_BASE + 0x21, struct exup_exynos_g2d_set_cmdlist)
#define EXUP_IOCTL_EXYNOS_G2D_EXEC DRM_IOWR(DRM_COMMAND_BASE + 0x22, struct exup_exynos_g2d_exec)
#define EXUP_IOCTL_EXYNOS_G2D_SUBMIT \
	DRM_IOWR(DRM_COMMAND_BASE + 0x23, struct exup_exynos_g2d_submit)

/* The same with 32 and with 64 bits: the size is part of an ioctl's number. */
static_assert(sizeof(struct exup_exynos_gem_create) == 16, "gem_create");
static_assert(sizeof(struct exup_exynos_gem_info) == 16, "gem_info");
static_assert(offsetof(struct exup_exynos_gem_info, size) == 8, "gem_info.size");
static_assert(sizeof(struct exup_exynos_gem_userptr) == 24, "gem_userptr");
static_assert(sizeof(struct exup_exynos_user_limit) == 8, "user_limit");
static_assert(sizeof(struct exup_exynos_gem_sync) == 24, "gem_sync");
static_assert(offsetof(struct exup_exynos_gem_sync, ranges) == 8, "gem_sync.ranges");
static_assert(sizeof(struct exup_exynos_gem_sync_range) == 24, "gem_sync_range");
static_assert(sizeof(struct exup_exynos_g2d_get_ver) == 8, "g2d_get_ver");
static_assert(sizeof(struct exup_exynos_g2d_cmd) == 8, "g2d_cmd");
static_assert(sizeof(struct exup_exynos_g2d_set_cmdlist) == 40, "g2d_set_cmdlist");
static_assert(offsetof(struct exup_exynos_g2d_set_cmdlist, event_type) == 24, "event_type");
static_assert(sizeof(struct exup_exynos_g2d_exec) == 8, "g2d_exec");
static_assert(sizeof(struct exup_exynos_g2d_submit_buf) == 8, "g2d_submit_buf");
static_assert(sizeof(struct exup_exynos_g2d_blit) == 48, "g2d_blit");
static_assert(offsetof(struct exup_exynos_g2d_blit, dst) == 24, "g2d_blit.dst");
static_assert(sizeof(struct exup_exynos_g2d_submit) == 72, "g2d_submit");
static_assert(offsetof(struct exup_exynos_g2d_submit, nr_cmds) == 40, "g2d_submit.nr_cmds");
static_assert(offsetof(struct exup_exynos_g2d_submit, user_data) == 64, "g2d_submit.user_data");
static_assert(sizeof(struct exup_exynos_g2d_event) == 32, "g2d_event");
static_assert(offsetof(struct exup_exynos_g2d_event, user_data) == 8, "g2d_event.user_data");

/* Read-only attributes of the DRM device's parent, in bytes (kernel/ series, "userptr limit"). */
#define EXUP_ATTR_USERPTR_LIMIT "userptr_limit"
#define EXUP_ATTR_USERPTR_PINNED "userptr_pinned"

/* Range of USER_LIMIT (same place). The least is one page. */
#define EXUP_USERPTR_LIMIT_MAX_BYTES (64u << 20)

#endif
