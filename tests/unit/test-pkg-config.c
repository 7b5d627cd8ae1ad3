// SPDX-License-Identifier: MIT
/* An application as docs/application.md has it; compiled with what pkg-config says, and no more. */
#include <drm_fourcc.h>
#include <exynos-userptr.h>
#include <wayland-client.h>

int
main(void)
{
	const struct exup_buffer_info info = { .fourcc = DRM_FORMAT_XRGB8888 };
	struct wl_display *display = wl_display_connect("there is no such compositor");
	struct exup_client *client;
	struct exup_buffer *buffer;

	/* only linked: there is nothing to connect to */
	if (display && exup_client_create(display, NULL, 0, &client) == 0) {
		return exup_buffer_create(client, &info, NULL, NULL, &buffer);
	}
	return 0;
}
