# SPDX-License-Identifier: MIT
# For tests inside the board: TAP, Weston with and without the module. Sourced by sh.
#
# EXUP_BUILD is the build folder, EXUP_OUT the folder for what is to be looked at afterwards.

folder=$(cd "$(dirname "$0")" && pwd)
project=${folder%/tests/board/*}
programs=$EXUP_BUILD/tests/board/weston
plugin=$EXUP_BUILD/compositor-plugin/exynos-userptr.so
scene_module=$programs/test-scene.so
engine=/sys/kernel/debug/fimg2d

export EXUP_LAUNCH_SESSION=$EXUP_BUILD/board/launch-session
export EXUP_SCANOUT=$EXUP_BUILD/board/scanout

tests=0
failures=0

# check DESCRIPTION COMMAND...: a test that passes if the command does.
check()
{
	description=$1
	shift
	tests=$((tests + 1))
	if "$@"; then
		echo "ok $tests - $description"
	else
		echo "not ok $tests - $description"
		failures=$((failures + 1))
	fi
}

# skip DESCRIPTION REASON: a test that this board cannot run.
skip()
{
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

end_tests()
{
	echo "1..$tests"
	[ $failures -eq 0 ]
	exit
}

# write_ini FILE [LINE...]: a desktop where nothing moves by itself, and what is said.
write_ini()
{
	file=$1
	shift
	{
		cat "$project/board/quiet.ini"
		printf '%s\n' "$@"
	} > "$file"
}

# on_drm NAME INI MODULES COMMAND...: runs COMMAND under Weston on the Exynos display.
# Weston's log is $EXUP_WESTON_LOG for the command, and kept as NAME.log. A status of Weston other
# than 0 is a failure.
on_drm()
{
	name=$1 ini=$2 modules=$3
	shift 3
	export EXUP_WESTON_LOG="$EXUP_OUT/$name.log"
	sh "$project/board/weston-session" --config "$ini" --log "$EXUP_WESTON_LOG" \
		${modules:+--weston-arg "--modules=$modules"} --weston-arg --debug -- "$@"
}

# on_headless NAME INI MODULES COMMAND...: the same on Weston's headless backend.
# $weston_wrapper goes before weston; $weston_wait is how long it may take to come up, in seconds.
on_headless()
{
	name=$1 ini=$2 modules=$3
	shift 3
	export EXUP_WESTON_LOG="$EXUP_OUT/$name.log"
	: > "$EXUP_WESTON_LOG"	# Weston adds to it
	export XDG_RUNTIME_DIR=/run/user/0
	socket=wayland-headless-$$
	# shellcheck disable=SC2086 # the wrapper has arguments
	${weston_wrapper:-} weston --backend=headless-backend.so --use-pixman --width=1360 --height=768 \
		--config="$ini" --socket=$socket --log="$EXUP_WESTON_LOG" --debug \
		${modules:+--modules="$modules"} > "$EXUP_OUT/$name.out" 2>&1 &
	weston=$!
	tries=$((${weston_wait:-20} * 20))
	while [ ! -S $XDG_RUNTIME_DIR/$socket ]; do
		tries=$((tries - 1))
		if [ $tries -le 0 ] || ! kill -0 $weston 2>/dev/null; then
			echo "# Weston did not come up on the headless backend"
			tail -n 20 "$EXUP_WESTON_LOG" "$EXUP_OUT/$name.out" | sed 's/^/# /'
			kill -KILL $weston 2>/dev/null
			return 1
		fi
		sleep 0.05
	done
	WAYLAND_DISPLAY=$socket "$@"
	status=$?
	kill -TERM $weston
	wait $weston
	weston_status=$?
	if [ $weston_status -ne 0 ]; then
		echo "# Weston ended with status $weston_status"
		return 1
	fi
	return $status
}

# dump_screen FOLDER STEP: as scene-client does.
dump_screen()
{
	mkdir -p "$1" || return
	size=$("$EXUP_SCANOUT" --raw "$1/step-$2.raw" --sum) || return
	size=${size#* }
	echo "${size%x*}" > "$1/step-$2.size"
}

# settle_desktop: waits for the background of write_ini, then as settle. On a busy host the screen
# stands still before the background is there, too.
settle_desktop()
{
	tries=100
	while [ $tries -gt 0 ]; do
		"$EXUP_SCANOUT" --raw /tmp/desktop.raw
		if [ "$(od -A n -N 3 -t x1 /tmp/desktop.raw)" = ' 60 40 20' ]; then
			settle
			return
		fi
		sleep 0.2
		tries=$((tries - 1))
	done
	echo "# there is no background"
	return 1
}

# settle [SUM]: waits until the screen does not change any more and is not SUM; sets $sum.
settle()
{
	tries=100
	sum=$("$EXUP_SCANOUT" --sum)
	while [ $tries -gt 0 ]; do
		last=$sum
		sleep 0.2
		sum=$("$EXUP_SCANOUT" --sum)
		if [ "$sum" = "$last" ] && [ "$sum" != "${1:-}" ]; then
			return 0
		fi
		tries=$((tries - 1))
	done
	echo "# the screen does not settle (or change)"
	return 1
}
