/* SPDX-License-Identifier: MIT */
/*
 * The virtual board's engine as a test controls it, through debugfs.
 */

#ifndef VIRTUAL_ENGINE_H
#define VIRTUAL_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sets one of the engine's faults ("hold", "delay_us", ...), or has another device import a dma-buf
 * ("import_read", ...). 0 or -errno.
 */
int
virtual_engine_set(const char *fault, uint32_t value);

/* One of the engine's counters ("jobs", "blits", ...), UINT64_MAX when it cannot be read. */
uint64_t
virtual_engine_get(const char *counter);

/* Waits until the engine works on a job, or has none; false when not after ten seconds. */
bool
virtual_engine_wait_busy(bool busy);

#endif
