/* SPDX-License-Identifier: MIT */
/*
 * Where an object is on the virtual board's bus, which no ioctl tells.
 */

#ifndef BUS_ADDRESS_H
#define BUS_ADDRESS_H

#include <stdint.h>

#include "exynos-g2d.h"

/*
 * The bus address of an image of at least two rows of eight pixels, none of them 0xeeeeeeee. Fails
 * the test when it cannot be found.
 */
uint32_t
bus_address_find(int fd, const struct g2d_image *image);

#endif
