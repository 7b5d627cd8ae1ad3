# SPDX-License-Identifier: MIT
# Weston on the board's display, with and without the module. Sourced by sh.
# shellcheck shell=dash disable=SC2154 # folder, logs, out, work, card, device are check-board's

readonly pictures="stock shm userptr unaligned"
busy=

# write_ini FILE [LINE...]: a desktop where nothing moves by itself, on one display
write_ini()
{
	local file="$1" connector

	shift
	{
		cat "$folder/share/quiet.ini"
		printf '%s\n' "$@"
		for connector in $(connected | tail -n +2); do
			printf '%s\n' '[output]' "name=$connector" mode=off
		done
	} > "$file"
}

# The connectors with a display. Where nobody has looked yet the state is unknown.
connected()
{
	local connector

	for connector in "/sys/class/drm/$card-"*; do
		[ -e "$connector/status" ] || continue
		[ "$(cat "$connector/status")" != unknown ] || echo detect > "$connector/status"
		[ "$(cat "$connector/status")" != connected ] ||
			echo "${connector#"/sys/class/drm/$card-"}"
	done
}

# why_no_display: why Weston cannot run; nothing if it can
why_no_display()
{
	local others

	if [ $use_display = false ]; then
		echo "--no-display"
	elif [ ! "$card" ]; then
		echo "there is no DRM device of the Exynos driver"
	elif [ $has_engine = false ]; then
		echo "the driver has no G2D engine"
	elif [ ! "$(weston_version)" ]; then
		echo "Weston is not installed"
	elif [ "$(weston_version)" != "$(built_for weston)" ]; then
		echo "Weston is $(weston_version), the module is built for $(built_for weston)"
	elif [ ! "$(connected)" ] && [ ! -e "$vidi" ]; then
		echo "no display is connected"
	elif [ ! -e "/sys/kernel/debug/dri/${card#card}/state" ]; then
		echo "there is no /sys/kernel/debug/dri/${card#card}/state, where the display's state is"
	else
		others=$(holders_of_card | tr '\n' ' ')
		[ ! "$others" ] || echo "others use the display: $others"
	fi
}

# why_not_in_place: why no memory of malloc can be read in place; nothing if it can
why_not_in_place()
{
	if [ $has_series = false ]; then
		echo "the driver has not the series"
	elif [ $has_engine = false ]; then
		echo "the driver has no G2D engine"
	elif [ $has_iommu = false ]; then
		echo "there is no IOMMU, and memory of malloc is not contiguous"
	fi
}

# run_session NAME INI JOB...: the job's status, or 125 if Weston did not do. With a folder $busy
# Weston's work for each frame is recorded in it.
run_session()
{
	local name="$1" ini="$2"

	shift 2
	begin "weston-$name"
	# a seat without devices: no pointer comes into the picture, nobody types into it
	run_limited 600 env ${busy:+"EXUP_BENCH_BUSY=$busy" "LD_PRELOAD=$folder/bin/bench-busy.so"} \
		"$folder/bin/weston-session" --launcher "$folder/bin/launch-session" \
		--log "$logs/weston-$name.log" --config "$ini" --wait 60 \
		--weston-arg --seat=seat-of-checklist -- "$@" > "$logs/session-$name.log" 2>&1
}

# stat_of NAME KEY: a value of the client's figures
stat_of()
{
	awk -v key="$2" '$1 == key { print $2 }' "$logs/client-$1.txt" 2>/dev/null
}

# paths_of NAME: "userptr 2 shm 1"
paths_of()
{
	awk '/^path\.[A-Z]/ { n[$2]++ } END { for (path in n) printf "%s %d ", path, n[path] }' \
		"$logs/client-$1.txt" | sed 's/ $//'
}

describe_picture()
{
	local reports

	reports=$(stat_of "$1" reports)
	if [ "$reports" = 0 ]; then
		reports="the compositor does not report"
	else
		reports="of $reports frames reported: in place $(stat_of "$1" composited_in_place), \
uploaded $(stat_of "$1" composited_uploaded), by the CPU $(stat_of "$1" composited_cpu)"
	fi
	say "         buffers: $(paths_of "$1"); $reports"
	say "         copied by the CPU: library $(stat_of "$1" library_bytes_copied_total) bytes," \
		"compositor $(stat_of "$1" compositor_bytes_copied_total) bytes;" \
		"pinned meanwhile $(cat "$logs/pinned-$1" 2>/dev/null) bytes"
	say "         scan-out: $(cat "$logs/sum-$1")"
}

# What may be expected of a picture: expect_SOMETHING NAME.

# Every frame was read in place, nothing was copied, and the memory was the client's own.
expect_in_place()
{
	[ "$(paths_of "$1")" = "userptr 2" ] && [ "$(stat_of "$1" reports)" -gt 0 ] &&
		[ "$(stat_of "$1" composited_in_place)" = "$(stat_of "$1" reports)" ] &&
		[ "$(stat_of "$1" library_bytes_copied_total)" = 0 ] &&
		[ "$(stat_of "$1" compositor_bytes_copied_total)" = 0 ] &&
		[ "$(cat "$logs/pinned-$1")" -gt 0 ]
}

expect_uploaded()
{
	[ "$(paths_of "$1")" = "shm 2" ] && [ "$(stat_of "$1" reports)" -gt 0 ] &&
		[ "$(stat_of "$1" composited_uploaded)" = "$(stat_of "$1" reports)" ]
}

expect_shm()
{
	[ "$(paths_of "$1")" = "shm 2" ]
}

# show_picture NAME shm|uploaded|in_place [OPTION...]: the client's thirtieth frame, which is always the same
show_picture()
{
	local name="$1" how="$2" ini="$work/module.ini" status

	shift 2
	[ "$name" = stock ] && ini=$work/stock.ini
	run_session "$name" "$ini" "$folder/share/session.sh" picture "$name" "$@"
	status=$?
	if [ $status -ne 0 ]; then
		fail "picture-$name" "status $status: $(tail -n 1 "$logs/session-$name.log")"
	elif [ "$name" != stock ] && ! grep -q 'compositing with the G2D engine' \
			"$logs/weston-$name.log"; then
		fail "picture-$name" "the module does not composite: $(grep -a exynos-userptr \
			"$logs/weston-$name.log" | tail -n 1)"
	elif ! "expect_$how" "$name"; then
		fail "picture-$name" "not all of it is '$how':"
		describe_picture "$name"
	else
		pass "picture-$name" "$how"
		describe_picture "$name"
		cat "$logs/sum-$name" >> "$work/sums"
	fi
	check_kernel_log
	wait_for 10 nothing_pinned ||
		fail "picture-$name-pinned" "$(pinned_bytes) bytes are still pinned after its end"
}

compare_pictures()
{
	local different

	different=$(sort -u "$work/sums" | wc -l)
	if [ "$(wc -l < "$work/sums")" -lt 2 ]; then
		skip same-picture "fewer than two pictures"
	elif [ "$different" -ne 1 ]; then
		fail same-picture "$different different checksums of the scan-out"
	else
		pass same-picture "$(wc -l < "$work/sums") times $(head -n 1 "$work/sums")"
	fi
	[ ! -e "$out/scanout.png" ] || say "         the picture: scanout.png"
}

run_pictures()
{
	local reason name

	section "The display: the same picture by Weston alone, and by the module"
	reason=$(why_no_display)
	if [ "$reason" ]; then
		for name in $pictures; do
			skip "picture-$name" "$reason"
		done
		return
	fi
	: > "$work/sums"
	write_ini "$work/stock.ini"
	write_ini "$work/module.ini" "modules=$folder/lib/exynos-userptr.so"
	show_picture stock shm --force-shm
	# without the series the module has no protocol to report by
	if [ $has_series = true ]; then
		show_picture shm uploaded --force-shm
	else
		show_picture shm shm --force-shm
	fi
	reason=$(why_not_in_place)
	if [ ! "$reason" ]; then
		show_picture userptr in_place
		show_picture unaligned in_place --unaligned
	else
		skip picture-userptr "$reason"
		skip picture-unaligned "$reason"
	fi
	compare_pictures
}

#
# The benchmark
#

print_bench()
{
	cat <<-END

	Frames. "parts": the sample client, a few moving things in a still picture; "whole": every
	pixel changes with every frame. "busy" is how long a process works for a frame, in ms,
	without its waits: the median, and the tenth percentile. The engine's time is in none.

	END
	{ sort -k1,6 -k7n "$logs/frames"; sort "$logs/runs"; } | awk -f "$folder/share/frames.awk"
}

bench_frames()
{
	local round system status

	write_ini "$work/bench-stock.ini"
	write_ini "$work/bench-module.ini" "modules=$folder/lib/exynos-userptr.so" \
		'[exynos-userptr]' limit=64M
	for round in $(seq $rounds); do
		for system in stock module; do
			echo "round $round of $rounds: $system" >&2
			rm -rf "$work/busy"
			mkdir "$work/busy"
			busy=$work/busy
			run_session "bench-$system" "$work/bench-$system.ini" env -u LD_PRELOAD \
				"$folder/share/session.sh" bench $system \
				"$bench_formats" "$bench_window_s" "$bench_sizes"
			status=$?
			busy=
			if [ $status -ne 0 ]; then
				fail bench-frames "$system, status $status: $(tail -n 1 \
					"$logs/session-bench-$system.log")"
				return
			fi
			check_kernel_log
		done
	done
	print_bench | tee -a "$report"
	pass bench-frames "$rounds rounds"
}

bench_memory()
{
	local status

	begin bench-pin
	run_limited 300 "$folder/bin/bench-pin" > "$logs/micro" 2> "$logs/bench-pin.log"
	status=$?
	if [ $status -ne 0 ]; then
		fail bench-pin "status $status: $(tail -n 1 "$logs/bench-pin.log")"
	else
		cat <<-END | tee -a "$report"

		Memory: median time, the same per MiB, and the tenth percentile. "pin" and "unpin": once
		for a buffer; "end-access": each frame; "shm": a new pool, or one that is there.

		END
		awk -f "$folder/share/micro.awk" "$logs/micro" | tee -a "$report"
		pass bench-pin
	fi
	check_kernel_log
}

run_bench()
{
	local reason

	section "The benchmark"
	reason=$(why_not_in_place)
	if [ "$reason" ]; then
		skip bench-pin "$reason"
		skip bench-frames "$reason"
		return
	fi
	bench_memory
	reason=$(why_no_display)
	if [ "$reason" ]; then
		skip bench-frames "$reason"
		return
	fi
	bench_frames
}
