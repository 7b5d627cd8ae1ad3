/* SPDX-License-Identifier: MIT */
/* Damage in fewer rectangles: painting a little more is cheaper than painting many things. */
#ifndef EXUP_PLUGIN_DAMAGE_H
#define EXUP_PLUGIN_DAMAGE_H

#include <pixman.h>
#include <stdint.h>

/**
 * How many pixels cost as much as another rectangle does: what exup_plugin_damage_simplify() takes for
 * @rectangle_pixels. docs/design.md has what is measured of it, and what is not.
 */
#define EXUP_PLUGIN_RECTANGLE_PIXELS 4096

/**
 * Makes a region of fewer rectangles that covers all of it.
 *
 * @region: changed in place; unchanged without memory
 * @rectangle_pixels: the price of a rectangle. Two become the one around both while that adds no more
 *	pixels than the rectangle that it saves is worth, so the result never costs more than what it
 *	was: area + rectangles * rectangle_pixels.
 *
 * Where rectangles are many, neighbours in the order of the region's bands are taken together first.
 */
void
exup_plugin_damage_simplify(pixman_region32_t *region, uint64_t rectangle_pixels);

#endif
