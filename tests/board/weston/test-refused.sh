#!/bin/sh
# SPDX-License-Identifier: MIT
# Where the module cannot work it says so in one line, changes nothing, and Weston runs as ever.

. "$(dirname "$0")/lib.sh"

write_ini /tmp/weston.ini

# says NAME LINE: the module's only line in the log contains LINE.
says()
{
	grep 'exynos-userptr: ' "$EXUP_OUT/$1.log" | sed 's/^/# /'
	[ "$(grep -c 'exynos-userptr: ' "$EXUP_OUT/$1.log")" -eq 1 ] &&
		grep -q "exynos-userptr: .*$2" "$EXUP_OUT/$1.log"
}

check "module for another Weston: runs on" on_drm other "/tmp/weston.ini" \
	"$programs/other-weston.so,$scene_module" "$programs/test-shown" --no-globals
check "module for another Weston: one line" says other 'built for Weston 10.0.99, this is 10.0'

mkdir -p /tmp/empty
mount --bind /tmp/empty /dev/dri
check "no device: runs on" on_headless no-device "/tmp/weston.ini" \
	"$plugin,$scene_module" "$programs/test-shown" --no-globals --headless
check "no device: one line" says no-device 'no Exynos G2D device'
umount /dev/dri

mount --bind /dev/null /dev/dri/renderD128
check "no render node, DRM backend: runs on" on_drm no-render "/tmp/weston.ini" \
	"$plugin,$scene_module" "$programs/test-shown"
check "no render node: one line" says no-render "no Exynos G2D device"
umount /dev/dri/renderD128
end_tests
