/* SPDX-License-Identifier: GPL-2.0-only */
/* The seam between the kernel and the host thread: no types of either side. */
#ifndef FIMG2D_THREAD_H
#define FIMG2D_THREAD_H

struct fimg2d_device;

/* thread_user.c, built against the host's libc */
int fimg2d_thread_start(struct fimg2d_device *device, unsigned long stack, int *fd);
void fimg2d_thread_sleep_us(unsigned int time_us);
void fimg2d_thread_yield(void);

/* device.c, runs on the thread: no kernel service may be called there */
int fimg2d_thread_work(struct fimg2d_device *device);

#endif
