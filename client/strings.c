// SPDX-License-Identifier: MIT
/* The words for paths and reasons. */
#include <stddef.h>

#include "exynos-userptr.h"

static const char *const paths[] = {
	[EXUP_PATH_USERPTR] = "userptr",
	[EXUP_PATH_SHM] = "shm",
	[EXUP_PATH_DMABUF] = "dmabuf",
};

static const char *const reasons[] = {
	[EXUP_REASON_NONE] = "none",
	[EXUP_REASON_FORCED] = "forced",
	[EXUP_REASON_NO_PROTOCOL] = "no-protocol",
	[EXUP_REASON_NO_DEVICE] = "no-device",
	[EXUP_REASON_FORMAT] = "format",
	[EXUP_REASON_GEOMETRY] = "geometry",
	[EXUP_REASON_LIMIT] = "limit",
	[EXUP_REASON_MEMLOCK] = "memlock",
	[EXUP_REASON_MEMORY] = "memory",
	[EXUP_REASON_IMPORT] = "import",
	[EXUP_REASON_OTHER] = "other",
};

static const char *const composited[] = {
	[EXUP_COMPOSITED_IN_PLACE] = "in-place",
	[EXUP_COMPOSITED_UPLOADED] = "uploaded",
	[EXUP_COMPOSITED_CPU] = "cpu",
	[EXUP_COMPOSITED_FILL] = "fill",
};

static const char *
get(const char *const *words, size_t count, size_t i)
{
	return i < count ? words[i] : "unknown";
}

const char *
exup_path_to_string(enum exup_path path)
{
	return get(paths, sizeof(paths) / sizeof(paths[0]), (size_t)path);
}

const char *
exup_reason_to_string(enum exup_reason reason)
{
	return get(reasons, sizeof(reasons) / sizeof(reasons[0]), (size_t)reason);
}

const char *
exup_composited_to_string(uint32_t how)
{
	return get(composited, sizeof(composited) / sizeof(composited[0]), how);
}
