#!/bin/sh
# SPDX-License-Identifier: MIT
# Framebuffers of a format that the engine does not paint: the module says so and changes nothing.

. "$(dirname "$0")/lib.sh"

# what the backend does with them is its own affair: not every display shows RGB565
write_ini /tmp/weston.ini gbm-format=rgb565
on_drm rgb565 /tmp/weston.ini "$plugin,$scene_module" true

# is_only_line TEXT: the module's only line in the log contains TEXT.
is_only_line()
{
	grep 'exynos-userptr: ' "$EXUP_WESTON_LOG" | sed 's/^/# /'
	[ "$(grep -c 'exynos-userptr: ' "$EXUP_WESTON_LOG")" -eq 1 ] &&
		grep -q "exynos-userptr: .*$1" "$EXUP_WESTON_LOG"
}

check "framebuffers of RGB565: one line" is_only_line 'has framebuffers of format RG16 only'
end_tests
