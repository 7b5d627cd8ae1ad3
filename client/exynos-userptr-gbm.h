/* SPDX-License-Identifier: MIT */
/* libexynos-userptr-gbm: buffers of libexynos-userptr from GBM buffer objects. */
#ifndef EXYNOS_USERPTR_GBM_H
#define EXYNOS_USERPTR_GBM_H

#include "exynos-userptr.h"

#ifdef __cplusplus
extern "C" {
#endif

struct gbm_bo;

/**
 * Makes a buffer from a GBM buffer object (of any device) that is linear, in one plane.
 *
 * @bo: stays the application's, and must outlive the buffer. Drawn to by mapping it with
 *	gbm_bo_map(), or by a GPU; both not while the buffer is busy. Allocate it with
 *	GBM_BO_USE_LINEAR: an object that knows no modifier is taken to be linear.
 *
 * Falls back to wl_shm as exup_buffer_create() does; each commit then maps the object with
 * gbm_bo_map() and copies what is damaged. It is a library of its own so that applications which
 * only have ordinary memory need no libgbm.
 *
 * Returns as exup_buffer_create_from_dmabuf(); -EINVAL also for an object of several planes or with
 * a modifier that is not linear, -EBADF if GBM cannot export it (-EMFILE where that is why).
 */
int
exup_buffer_create_from_gbm(struct exup_client *client, struct gbm_bo *bo,
			    const struct exup_buffer_listener *listener, void *data,
			    struct exup_buffer **buffer);

#ifdef __cplusplus
}
#endif

#endif
