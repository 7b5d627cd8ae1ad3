# SPDX-License-Identifier: MIT
# Measures the scenes of the benchmark within a session of Weston. Sourced after measure.sh.
# shellcheck shell=bash disable=SC2154 # the variables are those of measure.sh

# how many frames of a client are left out, and how many are measured; no longer than that
readonly scene_warm_up=15 scene_frames=60 scene_limit_s=300

# wait_for_frames RECORD COUNT: until a record of bench-busy has so many frames
wait_for_frames()
{
	local tries=$((scene_limit_s * 10))

	while (($(count_frames "$1") < $2)); do
		((tries-- > 0)) || { echo "${1##*/}: fewer than $2 frames in $scene_limit_s s" >&2; return 1; }
		sleep 0.1
	done
}

# begin_scene PATH SCENE SIZE FORMAT STATS: sets client_pid and client_name
begin_scene()
{
	local force=()

	if [[ $2 == parts ]]; then
		client_name=exynos-userptr-demo
		[[ $1 == fallback ]] && force=(--force-shm)
		LD_PRELOAD=$bench_programs/bench-busy.so "$bench_demo" ${force[@]+"${force[@]}"} \
			--size "$3" --format "$4" --frame-time 20 --hide-status --stats "$5" &
	else
		client_name=bench-scene
		LD_PRELOAD=$bench_programs/bench-busy.so "$bench_programs/bench-scene" --report "$@" &
	fi
	client_pid=$!
}

# measure_scene VARIANT PATH SCENE SIZE FORMAT ROW-SIZE: runs a client, appends to the samples
measure_scene()
{
	local id="$3 $6 $5 $1" stats=$EXUP_BENCH_BUSY/stats
	local weston client from pixels memory count weston_pid client_pid client_name

	weston=$(echo "$EXUP_BENCH_BUSY"/weston.*)
	weston_pid=${weston##*.}
	begin_scene "${@:2:4}" "$stats"
	client=$EXUP_BENCH_BUSY/$client_name.$client_pid
	wait_for_record "$client"
	wait_for_frames "$client" $scene_warm_up
	from=$(count_frames "$weston")
	pixels=$(count_pixels)
	wait_for_frames "$weston" $((from + scene_frames))
	count=$(($(count_frames "$weston") - from))
	pixels=$(($(count_pixels) - pixels))
	memory="$(($(<"$bench_device/userptr_pinned") / 1024))
		$(($(pss "/proc/$weston_pid/smaps_rollup" Pss_Shmem) + \
			$(pss "/proc/$client_pid/smaps_rollup" Pss_Shmem)))
		$(pss "/proc/$weston_pid/smaps_rollup" Pss) $(pss "/proc/$client_pid/smaps_rollup" Pss)"
	append_frames "$weston" $((from)) "$id weston"
	append_frames "$client" $scene_warm_up "$id client"
	kill -TERM "$client_pid"
	wait "$client_pid"
	# shellcheck disable=SC2086 # on one line
	write_run "$id" $count $pixels "${memory//[$'\n\t']/ }" "$stats"
	rm "$stats"
	# until the window has gone, and its memory with it
	sleep 0.2
}

# measure_row stock|module|upload SCENE SIZE FORMAT: all variants of a row that such a Weston shows
measure_row()
{
	local scene=$2 size=$3 format=$4

	case $1 in
	stock)
		[[ $scene == parts ]] || measure_scene stock-shm shm "${@:2}" "$size"
		measure_scene stock-fallback fallback "${@:2}" "$size"
		;;
	module)
		measure_scene userptr userptr "${@:2}" "$size"
		# the same requests and calls with hardly a pixel
		[[ $scene == parts ]] || {
			measure_scene in-place shm "${@:2}" "$size"
			measure_scene floor userptr "$scene" 32x32 "$format" "$size"
		}
		;;
	upload)
		[[ $scene == parts ]] || measure_scene upload shm "${@:2}" "$size"
		;;
	esac
}
