#!/bin/sh
# SPDX-License-Identifier: MIT
# Clients that know nothing of the module: they are shown, and a screenshot is what is scanned out.
#
# usage: test-clients.sh [--job]; the second form runs within a session

. "$(dirname "$0")/lib.sh"

# differing FOLDER FOLDER: how many pixels of step 0 differ
differing()
{
	"$programs/compare-pictures" "$1" "$2" | sed -n 's/^# step 0: \([0-9]*\) of .*/\1/p'
}

# appears PIXELS: waits until so many pixels are not as in /tmp/before; sets $changed.
appears()
{
	tries=100
	changed=0
	while [ "${changed:-0}" -lt "$1" ] && [ $tries -gt 0 ]; do
		sleep 0.2
		dump_screen /tmp/with 0
		changed=$(differing /tmp/before /tmp/with)
		tries=$((tries - 1))
	done
	[ "${changed:-0}" -ge "$1" ]
}

# wait_for_sum SUM: on a busy host a picture that stands still need not be the last one.
wait_for_sum()
{
	tries=200
	while [ "$("$EXUP_SCANOUT" --sum)" != "$1" ]; do
		sleep 0.1
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return
	done
}

# shows CLIENT PIXELS: at least so many pixels change when it is there, and are back when it is not.
shows()
{
	settle || return
	before=$sum
	dump_screen /tmp/before 0
	"$1" > "$EXUP_OUT/$1.out" 2>&1 &
	client=$!
	appears "$2"
	shown=$?
	echo "# $1 changes $changed pixels"
	kill $client
	wait $client
	wait_for_sum "$before" && [ $shown -eq 0 ]
}

has_screenshot()
{
	settle || return
	(cd /tmp && weston-screenshooter) || return
	"$EXUP_SCANOUT" --png /tmp/scanout.png || return
	"$programs/compare-pictures" --png "$EXUP_OUT/screenshot" /tmp/scanout.png \
		/tmp/wayland-screenshot-*.png
}

# terminal_has_printed: the text is drawn some time after that, so the picture has to stand longer.
terminal_has_printed()
{
	while [ ! -e /tmp/printed ]; do
		kill -0 $terminal 2>/dev/null || return
		sleep 0.1
	done
	tries=200
	same=0
	sum=
	while [ $same -lt 5 ]; do
		last=$sum
		sleep 0.2
		sum=$("$EXUP_SCANOUT" --sum)
		same=$((same + 1))
		[ "$sum" = "$last" ] || same=1
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return
	done
}

# A terminal whose contents stand still: the same text without a cursor that blinks.
terminal_stands()
{
	rm -f /tmp/printed
	dump_screen /tmp/before 0
	weston-terminal --font-size=14 --shell=/tmp/shell > "$EXUP_OUT/terminal.out" 2>&1 &
	terminal=$!
	appears 100000 || return
	terminal_has_printed || return
	dump_screen "$1" 0
}

if [ "${1:-}" = --job ]; then
	settle_desktop
	desktop=$sum
	terminal_stands "$2"
	status=$?
	if [ "$2" = /tmp/module ]; then
		check "weston-terminal is shown" [ $status -eq 0 ]
		check "a screenshot is what is scanned out" has_screenshot
	fi
	kill $terminal
	wait $terminal
	[ "$2" = /tmp/module ] || exit $status
	check "it goes without a trace" wait_for_sum "$desktop"
	check "weston-simple-shm is shown" shows weston-simple-shm 20000
	check "weston-flower is shown" shows weston-flower 2000
	echo $tests > /tmp/tests
	[ $failures -eq 0 ]
	exit
fi

write_ini /tmp/weston.ini
cat > /tmp/shell <<'SHELL'
#!/bin/sh
printf 'The quick brown fox\r\njumps over the lazy dog.\r\n'
: > /tmp/printed
exec sleep 1000
SHELL
chmod 755 /tmp/shell
on_drm reference /tmp/weston.ini "$scene_module" sh "$0" --job /tmp/reference
on_drm module /tmp/weston.ini "$plugin,$scene_module" sh "$0" --job /tmp/module || failures=1
tests=$(cat /tmp/tests)
check "weston-terminal looks the same as under Weston's own renderer" \
	"$programs/compare-pictures" --png "$EXUP_OUT/terminal" /tmp/reference /tmp/module
end_tests
