/* SPDX-License-Identifier: MIT */
/* What the files of the double share: fake-exynos.c (system), fake-gem.c, fake-g2d.c. */
#ifndef FAKE_EXYNOS_PRIVATE_H
#define FAKE_EXYNOS_PRIVATE_H

#include "fake-exynos.h"

/** Answers an ioctl about objects; -ENOTTY for others. */
int
fake_gem_ioctl(struct fake_exynos *fake, struct fake_file *file, unsigned long request, void *arg);

/** The object of a handle, or NULL. */
struct fake_object *
fake_gem_get(struct fake_file *file, uint32_t handle);

/** Closes all handles of a file. */
void
fake_gem_close_file(struct fake_file *file);

/** Makes what the CPU has written into pinned memory visible to the engine. */
void
fake_gem_clean(struct fake_object *object, uint64_t offset_bytes, uint64_t size_bytes);

/** Notes that access began or ended. @access: DMA_BUF_SYNC_READ and _WRITE */
void
fake_gem_note_sync(struct fake_exynos *fake, struct fake_object *object, uint64_t access,
		   bool is_end);

/** Frees objects that nothing refers to any more. */
void
fake_gem_collect(struct fake_exynos *fake);

/** Answers a G2D ioctl; -ENOTTY for others. */
int
fake_g2d_ioctl(struct fake_exynos *fake, struct fake_file *file, unsigned long request, void *arg);

/** Drops a file's lists, as the driver does when the file is closed. */
void
fake_g2d_close_file(struct fake_exynos *fake, struct fake_file *file);

/** Somebody waits for an event, for up to @timeout_ms; the engine goes on meanwhile. */
void
fake_g2d_wait(struct fake_exynos *fake, struct fake_file *file, int timeout_ms);

#endif
