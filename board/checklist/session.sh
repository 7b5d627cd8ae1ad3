#!/bin/sh
# SPDX-License-Identifier: MIT
# What check-board runs within a session of Weston.
# shellcheck shell=dash disable=SC2034 # what it sources uses them
#
# usage: session.sh picture NAME [OPTION OF THE CLIENT...]
#        session.sh bench stock|module FORMATS SECONDS SIZES-MAX

set -u

folder=$(cd "$(dirname "$0")/.." && pwd)
logs=$EXUP_CHECKLIST_LOGS
device=$EXUP_CHECKLIST_DEVICE
readonly client_limit_s=60
readonly width_max=640 height_max=360

say()
{
	echo "session: $*" >&2
}

# Sets width and height to those of what is scanned out. Weston listens before its first picture
# is shown; from then on the screen stays on.
measure_screen()
{
	local tries=$((client_limit_s * 10)) sum

	until sum=$("$folder/bin/scanout" --sum 2>/dev/null); do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { "$folder/bin/scanout" --sum; return 1; }
		sleep 0.1
	done
	read -r width height <<-END
	$(echo "$sum" | sed -n 's/.* \([0-9]*\)x\([0-9]*\)$/\1 \2/p')
	END
	[ "${height:-}" ] || { say "the size of the screen is unknown"; return 1; }
}

smaller()
{
	[ "$1" -lt "$2" ] && echo "$1" || echo "$2"
}

# wait_for_figures FILE: which the client writes when it has shown its last frame
wait_for_figures()
{
	local tries=$((client_limit_s * 10))

	until [ -s "$1" ]; do
		kill -0 "$client" 2>/dev/null || { say "the client has ended"; return 1; }
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { say "no picture after $client_limit_s s"; return 1; }
		sleep 0.1
	done
}

# Sets sum when the screen has been the same three times.
settle()
{
	local tries=100 same=0 last=

	while [ $same -lt 3 ]; do
		sum=$("$folder/bin/scanout" --sum) || return
		if [ "$sum" = "$last" ]; then
			same=$((same + 1))
		else
			same=1
		fi
		last=$sum
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { say "the picture does not stand still"; return 1; }
		sleep 0.2
	done
}

# capture NAME: checksum, what is pinned, and the picture of the last one that could be shown
capture()
{
	wait_for_figures "$logs/client-$1.txt" && settle || return
	echo "$sum" > "$logs/sum-$1"
	cat "$device/userptr_pinned" > "$logs/pinned-$1" 2>/dev/null || echo 0 > "$logs/pinned-$1"
	"$folder/bin/scanout" --png "$EXUP_CHECKLIST_OUT/scanout.png"
}

picture()
{
	local name="$1" width height status

	shift
	measure_screen || return
	"$folder/bin/exynos-userptr-demo" --frames 30 --frame-time 20 --hide-status --hold \
		--size "$(smaller $width_max "$width")x$(smaller $height_max "$height")" \
		--verbose --stats "$logs/client-$name.txt" "$@" &
	client=$!
	capture "$name"
	status=$?
	kill -TERM $client 2>/dev/null
	wait $client || { say "the client ended with status $?"; status=1; }
	return $status
}

bench()
{
	local width height sizes

	measure_screen || return
	sizes="$(smaller $width_max "$width")x$(smaller $height_max "$height")"
	# the whole screen, too, unless it is that small or one size has to do
	[ "$width" -le $width_max ] || [ "$4" -eq 1 ] || sizes="$sizes ${width}x$height"
	bench_programs=$folder/bin bench_demo=$folder/bin/exynos-userptr-demo
	bench_device=$device bench_window_s=$3 bench_pixels=
	[ ! -r /sys/kernel/debug/fimg2d/pixels ] || bench_pixels=/sys/kernel/debug/fimg2d/pixels
	export EXUP_OUT="$logs"
	. "$folder/share/measure.sh"
	set -e
	measure_system "$1" "$sizes" "$2"
}

"$@"
