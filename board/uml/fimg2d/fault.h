/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of an engine that goes astray. */
#ifndef FIMG2D_FAULT_H
#define FIMG2D_FAULT_H

/* of the engine's thread, which is no kernel's: no types of either side */
void fimg2d_fault_note(unsigned int address, int write);
int fimg2d_fault_is_pending(void);

void fimg2d_fault_interrupt(void);

#endif
