// SPDX-License-Identifier: GPL-2.0-only
/* Bus memory as runs of bytes, whatever pages it is made of. */

#include "engine.h"

static bool transfer(struct fimg2d_engine *engine, u32 address, u8 *data, u32 size_bytes,
		     bool write)
{
	bool complete = true;

	while (size_bytes) {
		u32 piece = size_bytes;
		void *memory = engine->bus.access(engine->bus.priv, address, &piece, write);

		if (!memory) {
			/* The page may be mapped again further on: go on with the next one. */
			piece = 0x1000 - (address & 0xfff);
			if (piece > size_bytes)
				piece = size_bytes;
			engine->counters.faults++;
			engine->counters.fault_address = address;
			complete = false;
			if (!write)
				memset(data, 0, piece);
		} else if (write) {
			memcpy(memory, data, piece);
		} else {
			memcpy(data, memory, piece);
		}
		address += piece;
		data += piece;
		size_bytes -= piece;
	}
	return complete;
}

/**
 * fimg2d_bus_read - reads bus memory
 * @engine: the engine
 * @address: bus address of the first byte, any alignment
 * @data: where to put the bytes; what cannot be read is 0
 * @size_bytes: how many
 *
 * Returns: false when a part was not mapped; each such piece is counted as a fault.
 */
bool fimg2d_bus_read(struct fimg2d_engine *engine, u32 address, void *data, u32 size_bytes)
{
	return transfer(engine, address, data, size_bytes, false);
}

/**
 * fimg2d_bus_write - writes bus memory
 * @engine: the engine
 * @address: bus address of the first byte, any alignment
 * @data: the bytes
 * @size_bytes: how many
 *
 * Returns: false when a part was not mapped and so not written; counted as fimg2d_bus_read() does.
 */
bool fimg2d_bus_write(struct fimg2d_engine *engine, u32 address, const void *data, u32 size_bytes)
{
	return transfer(engine, address, (u8 *)data, size_bytes, true);
}
