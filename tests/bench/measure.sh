# SPDX-License-Identifier: MIT
# Measures clients within a session of Weston. Sourced by bash and by dash.
# shellcheck shell=dash disable=SC2154 # the variables are its user's
#
# bench_programs: folder of bench-client and bench-busy.so; bench_demo: exynos-userptr-demo;
# bench_device: folder of the driver's attributes; bench_pixels: file with the number of pixels that
# the engine has written, empty if there is none; bench_window_s: how long each client is measured;
# EXUP_BENCH_BUSY: folder of the records of bench-busy; EXUP_OUT: folder for the samples, of which
# frames.awk makes a table: "frames", "runs".

readonly bench_warm_up_s=0.8

# count_frames RECORD: how many frames a record of bench-busy has
count_frames()
{
	od -A n -N 4 -t u4 "$1"
}

# wait_for_record RECORD: a process that has begun has one
wait_for_record()
{
	local tries=200

	until [ -s "$1" ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "${1##*/} has not begun in 10 s" >&2; return 1; }
		sleep 0.05
	done
}

# append_frames RECORD FROM NAME: the frames from FROM on, with their work in us, to the samples
append_frames()
{
	od -A n -v -w4 -t u4 "$1" |
		awk -v from="$2" -v name="$3" 'NR == 1 { count = $1; next }
			NR - 2 >= from && NR - 2 < count { print name, $1 }' >>"$EXUP_OUT/frames"
}

# pss FILE KEY: kB
pss()
{
	awk -v key="$2:" '$1 == key { print $2 }' "$1"
}

# count_pixels: what the engine has written so far, 0 where nobody counts
count_pixels()
{
	if [ -n "$bench_pixels" ]; then
		cat "$bench_pixels"
	else
		echo 0
	fi
}

# begin_client PATH WORKLOAD SIZE FORMAT STATS: sets client_pid
begin_client()
{
	local force=

	if [ "$2" = whole ]; then
		LD_PRELOAD=$bench_programs/bench-busy.so \
			"$bench_programs/bench-client" "$1" "$3" "$4" "$5" &
	else
		[ "$1" = shm ] && force=--force-shm
		# shellcheck disable=SC2086 # no option is no argument
		LD_PRELOAD=$bench_programs/bench-busy.so "$bench_demo" $force --size "$3" \
			--format "$4" --frame-time 20 --hide-status --stats "$5" &
	fi
	client_pid=$!
}

# write_run ID FRAMES PIXELS MEMORY STATS: a line of "runs"
write_run()
{
	awk -v id="$1" -v frames="$2" -v pixels="$3" -v counted="$bench_pixels" -v memory="$4" '
		{ stat[$1] = $2 }
		END {
			printf "%s %d %.2f %.1f %.1f %s %s\n", id, stat["frames"], stat["fps"],
				stat["library_bytes_copied_total"] / stat["frames"] / 1024,
				stat["compositor_bytes_copied_total"] / stat["frames"] / 1024,
				counted ? sprintf("%.1f", pixels / (frames ? frames : 1) / 1000) : "-",
				memory
		}' "$5" >>"$EXUP_OUT/runs"
}

# measure SYSTEM PATH WORKLOAD SIZE FORMAT: runs a client and appends to the samples
measure()
{
	local system="$1" path="$2" workload="$3" size="$4" format="$5"
	local weston weston_pid client client_name=exynos-userptr-demo
	local from_weston from_client count pixels memory
	local id="$workload $size $format $system $path" stats="$EXUP_BENCH_BUSY/stats"

	weston=$(echo "$EXUP_BENCH_BUSY"/weston.*)
	weston_pid=${weston##*.}
	[ "$workload" = whole ] && client_name=bench-client
	begin_client "$path" "$workload" "$size" "$format" "$stats"
	client=$EXUP_BENCH_BUSY/$client_name.$client_pid
	wait_for_record "$client" || return
	sleep $bench_warm_up_s
	from_client=$(count_frames "$client")
	pixels=$(count_pixels)
	from_weston=$(count_frames "$weston")
	sleep "$bench_window_s"
	count=$(($(count_frames "$weston") - from_weston))
	pixels=$(($(count_pixels) - pixels))
	append_frames "$weston" $((from_weston)) "$id weston"
	append_frames "$client" $((from_client)) "$id client"
	memory=$(cat "$bench_device/userptr_pinned" 2>/dev/null || echo 0)
	memory="$((memory / 1024)) $(($(pss "/proc/$weston_pid/smaps_rollup" Pss_Shmem) + \
		$(pss "/proc/$client_pid/smaps_rollup" Pss_Shmem)))"
	memory="$memory $(pss "/proc/$weston_pid/smaps_rollup" Pss)"
	memory="$memory $(pss "/proc/$client_pid/smaps_rollup" Pss)"
	kill -TERM "$client_pid"
	wait "$client_pid"
	write_run "$id" $count $pixels "$memory" "$stats"
	rm "$stats"
	# until the window has gone, and its memory with it
	sleep 0.2
}

# measure_system stock|module SIZES FORMATS
measure_system()
{
	local size format

	for size in $2; do
		for format in $3; do
			if [ "$1" = stock ]; then
				measure stock shm parts "$size" "$format"
				measure stock shm whole "$size" "$format"
			else
				measure module userptr parts "$size" "$format"
				measure module userptr whole "$size" "$format"
				measure module shm whole "$size" "$format"
			fi
		done
	done
}
