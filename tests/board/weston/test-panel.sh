#!/bin/sh
# SPDX-License-Identifier: MIT
# On the ARM board: the panel shows what the kernel says is scanned out, read by the display controller
# through its IOMMU.
#
# usage: test-panel.sh [--job]; the second form runs within a session

. "$(dirname "$0")/lib.sh"

# shows [SUM]: the picture is not SUM; the panel's, of which QEMU has a checksum, is that of the framebuffer. The display
# controller reads the next frame some time after the flip.
shows()
{
	settle "${1:-}" || return
	framebuffer=${sum% *}
	tries=50
	while [ $tries -gt 0 ]; do
		panel=$(cat $engine/panel_checksum)
		panel=$(printf '%16s' "${panel#0x}" | tr ' ' 0)
		[ "$panel" = "$framebuffer" ] && return
		tries=$((tries - 1))
		sleep 0.1
	done
	echo "# framebuffer $framebuffer, panel $panel"
	return 1
}

if [ "${1:-}" = --job ]; then
	settle_desktop
	check "the panel shows the desktop" shows
	desktop=$sum
	"$EXUP_BUILD/client/examples/exynos-userptr-demo" --frames 30 --frame-time 20 --hide-status \
		--hold --stats /tmp/stats &
	client=$!
	while [ ! -s /tmp/stats ] && kill -0 $client; do
		sleep 0.1
	done
	check "a client's memory is read in place" grep -qx 'path.A userptr' /tmp/stats
	check "the panel shows it" shows "$desktop"
	kill $client
	wait $client
	end_tests
fi

write_ini /tmp/weston.ini
faults=$(cat $engine/scanout_faults)
on_drm panel /tmp/weston.ini "$plugin,$scene_module" sh "$0" --job > /tmp/job
status=$?
grep -v '^1\.\.' /tmp/job
tests=$(grep -c '^\(not \)\{0,1\}ok ' /tmp/job)
[ $status -eq 0 ] || failures=1

# has_read_frames: and no access of the display controller met a fault
has_read_frames()
{
	[ "$(cat $engine/scanout_frames)" -gt 0 ] && [ "$(cat $engine/scanout_faults)" = "$faults" ]
}
check "the display controller has read frames, and met no fault" has_read_frames
end_tests
