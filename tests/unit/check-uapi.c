// SPDX-License-Identifier: MIT
/*
 * That it compiles is the test: driver/ has written down the same ABI as the header of the driver, which
 * Debian's libdrm-dev has for ARM only. What the series adds is not in that one.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include <exynos/exynos_drm.h>

#include "exynos_drm_uapi.h"

#define SAME_SIZE(name) \
	static_assert(sizeof(struct exup_exynos_##name) == sizeof(struct drm_exynos_##name), #name)
#define SAME_FIELD(name, field)                                                          \
	static_assert(offsetof(struct exup_exynos_##name, field) ==                      \
				      offsetof(struct drm_exynos_##name, field) &&       \
			      sizeof(((struct exup_exynos_##name *)NULL)->field) ==      \
				      sizeof(((struct drm_exynos_##name *)NULL)->field), \
		      #name "." #field)
#define SAME_IOCTL(name) static_assert(EXUP_IOCTL_##name == DRM_IOCTL_##name, #name)

SAME_SIZE(gem_create);
SAME_FIELD(gem_create, size);
SAME_FIELD(gem_create, flags);
SAME_FIELD(gem_create, handle);
SAME_IOCTL(EXYNOS_GEM_CREATE);

SAME_SIZE(gem_info);
SAME_FIELD(gem_info, handle);
SAME_FIELD(gem_info, flags);
SAME_FIELD(gem_info, size);
SAME_IOCTL(EXYNOS_GEM_GET);

SAME_SIZE(g2d_get_ver);
SAME_FIELD(g2d_get_ver, major);
SAME_FIELD(g2d_get_ver, minor);
SAME_IOCTL(EXYNOS_G2D_GET_VER);

SAME_SIZE(g2d_cmd);
SAME_FIELD(g2d_cmd, offset);
SAME_FIELD(g2d_cmd, data);

SAME_SIZE(g2d_set_cmdlist);
SAME_FIELD(g2d_set_cmdlist, cmd);
SAME_FIELD(g2d_set_cmdlist, cmd_buf);
SAME_FIELD(g2d_set_cmdlist, cmd_nr);
SAME_FIELD(g2d_set_cmdlist, cmd_buf_nr);
SAME_FIELD(g2d_set_cmdlist, event_type);
SAME_FIELD(g2d_set_cmdlist, user_data);
SAME_IOCTL(EXYNOS_G2D_SET_CMDLIST);

SAME_SIZE(g2d_exec);
SAME_FIELD(g2d_exec, async);
SAME_IOCTL(EXYNOS_G2D_EXEC);

SAME_SIZE(g2d_event);
SAME_FIELD(g2d_event, base);
SAME_FIELD(g2d_event, user_data);
SAME_FIELD(g2d_event, tv_sec);
SAME_FIELD(g2d_event, tv_usec);
SAME_FIELD(g2d_event, cmdlist_no);

static_assert(EXUP_EXYNOS_BO_NONCONTIG == EXYNOS_BO_NONCONTIG, "NONCONTIG");
static_assert(EXUP_EXYNOS_BO_CACHABLE == EXYNOS_BO_CACHABLE, "CACHABLE");
static_assert(EXUP_EXYNOS_BO_WC == EXYNOS_BO_WC, "WC");
static_assert(EXUP_EXYNOS_G2D_EVENT_NOT == G2D_EVENT_NOT, "EVENT_NOT");
static_assert(EXUP_EXYNOS_G2D_EVENT_NONSTOP == G2D_EVENT_NONSTOP, "EVENT_NONSTOP");
static_assert(EXUP_EXYNOS_G2D_EVENT == DRM_EXYNOS_G2D_EVENT, "G2D_EVENT");
