/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of an engine that goes astray. */
#ifndef FIMG2D_FAULT_H
#define FIMG2D_FAULT_H

struct device;
struct fimg2d_device;

/* of the engine's thread, which is no kernel's: no types of either side */
void fimg2d_fault_note(struct fimg2d_device *device, unsigned int address, int write);
int fimg2d_fault_is_pending(void);

int fimg2d_fault_init(struct device *dev);
void fimg2d_fault_interrupt(void);

#endif
