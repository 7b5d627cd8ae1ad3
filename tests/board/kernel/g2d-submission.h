/* SPDX-License-Identifier: MIT */
/*
 * Submissions as the kernel tests write them: blits of the kinds that g2d_list_fill() and
 * g2d_list_copy() know, in one call.
 */

#ifndef G2D_SUBMISSION_H
#define G2D_SUBMISSION_H

#include <stdint.h>

#include "exynos-g2d.h"
#include "exynos-uapi.h"

enum {
	/* of a blit; there are more than any of these has, or a fuzzer makes */
	G2D_SUBMISSION_PAIRS = 32,
};

struct g2d_submission {
	struct drm_exynos_g2d_submit args;
	struct drm_exynos_g2d_blit blits[EXYNOS_G2D_SUBMIT_MAX_BLITS + 1];
	struct drm_exynos_g2d_submit_buf bufs[EXYNOS_G2D_SUBMIT_MAX_BUFS + 1];
	struct drm_exynos_g2d_cmd cmds[(EXYNOS_G2D_SUBMIT_MAX_BLITS + 1) * G2D_SUBMISSION_PAIRS];
	int32_t in_fences[EXYNOS_G2D_SUBMIT_MAX_FENCES + 1];
};

/* An empty one, to be freed with free(). Asserts that there is memory. */
struct g2d_submission *
g2d_submission_create(void);

/* Returns the index of the buffer, which is new or gets more flags. */
uint32_t
g2d_submission_add_buf(struct g2d_submission *s, uint32_t handle, uint32_t flags);

/*
 * A list as a blit. A buffer that it has for any other register than the base of an image of the
 * engine, or by its address, is left out.
 */
void
g2d_submission_add_list(struct g2d_submission *s, const struct g2d_list *list, uint32_t dst_offset,
			uint32_t src_offset);

/* As the list; the images begin so many bytes into their objects. */
void
g2d_submission_fill(struct g2d_submission *s, const struct g2d_image *dst, uint32_t dst_offset,
		    const struct g2d_box *box, uint32_t color);

void
g2d_submission_copy(struct g2d_submission *s, const struct g2d_image *dst, uint32_t dst_offset,
		    const struct g2d_box *dst_box, const struct g2d_image *src, uint32_t src_offset,
		    const struct g2d_box *src_box);

void
g2d_submission_add_in_fence(struct g2d_submission *s, int fd);

/* 0 or -errno */
int
g2d_submission_send(int fd, struct g2d_submission *s);

/* Sends it with an event, and waits for that. Returns 0 or the errno of the event or of the call. */
int
g2d_submission_run(int fd, struct g2d_submission *s);

/* Waits for a sync file, at most ten seconds. Returns 0, the fence's negative errno or -ETIME. */
int
sync_file_wait(int sync_file);

#endif
