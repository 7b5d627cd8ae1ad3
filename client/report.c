// SPDX-License-Identifier: MIT
/* The compositor's reports about a surface. */
#include <errno.h>
#include <stdlib.h>

#include <wayland-client.h>

#include "client-private.h"
#include "exynos-userptr-v1-client-protocol.h"

struct exup_report {
	struct exynos_userptr_surface_v1 *object;
	const struct exup_report_listener *listener;
	void *listener_data;
};

static const char *const reasons[] = {
	[EXYNOS_USERPTR_SURFACE_V1_REASON_NONE] = "",
	[EXYNOS_USERPTR_SURFACE_V1_REASON_SHM] = "it is a wl_shm buffer",
	[EXYNOS_USERPTR_SURFACE_V1_REASON_TRANSFORM] = "the engine cannot do the transformation",
	[EXYNOS_USERPTR_SURFACE_V1_REASON_FORMAT] = "the engine cannot read the format",
	[EXYNOS_USERPTR_SURFACE_V1_REASON_SIZE] = "it is too large for the engine",
	[EXYNOS_USERPTR_SURFACE_V1_REASON_NO_MEMORY] = "the compositor had no memory",
	[EXYNOS_USERPTR_SURFACE_V1_REASON_ENGINE] = "the engine does not work",
};

static void
handle_composited(void *data, struct exynos_userptr_surface_v1 *object, uint32_t path,
		  uint32_t reason, uint32_t bytes_copied_hi, uint32_t bytes_copied_lo)
{
	struct exup_report *report = data;
	const char *text = "unknown";

	(void)object;
	if (reason < sizeof(reasons) / sizeof(reasons[0])) {
		text = reasons[reason];
	}
	report->listener->composited(report->listener_data, report, path, text,
				     (uint64_t)bytes_copied_hi << 32 | bytes_copied_lo);
}

static const struct exynos_userptr_surface_v1_listener object_listener = {
	.composited = handle_composited,
};

int
exup_report_create(struct exup_client *client, struct wl_surface *surface,
		   const struct exup_report_listener *listener, void *data,
		   struct exup_report **out)
{
	struct exup_report *report;

	if (!client || !surface || !listener || !listener->composited || !out) {
		return -EINVAL;
	}
	if (!client->userptr) {
		return -ENOTSUP;
	}
	report = calloc(1, sizeof(*report));
	if (!report) {
		return -ENOMEM;
	}
	report->listener = listener;
	report->listener_data = data;
	report->object = exynos_userptr_v1_get_surface_report(client->userptr, surface);
	if (!report->object) {
		free(report);
		return -ENOMEM;
	}
	exynos_userptr_surface_v1_add_listener(report->object, &object_listener, report);
	*out = report;
	return 0;
}

void
exup_report_destroy(struct exup_report *report)
{
	if (!report) {
		return;
	}
	exynos_userptr_surface_v1_destroy(report->object);
	free(report);
}
