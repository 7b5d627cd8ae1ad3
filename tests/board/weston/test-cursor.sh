#!/bin/sh
# SPDX-License-Identifier: MIT
# The pointer's cursor, on top of all: the same pictures under the module as without it.
#
# usage: test-cursor.sh [--job FOLDER]; the second form runs within a session

. "$(dirname "$0")/lib.sh"

orders=/tmp/pointer-orders

if [ "${1:-}" = --job ]; then
	step=0
	settle_desktop || exit
	# in 1/1000 of the output; the last is beyond the cursor's reach at the corner
	for position in '250 250' '703 401' '700 405' '999 998'; do
		echo "$position" > $orders
		settle "$sum" || exit
		dump_screen "$2" $step || exit
		step=$((step + 1))
	done
	exit
fi

mkfifo $orders
"$programs/virtual-pointer" $orders > /tmp/pointer &
# the device must be there before Weston looks for devices
tries=100
while [ ! -s /tmp/pointer ] && [ $tries -gt 0 ]; do
	sleep 0.05
	tries=$((tries - 1))
done
write_ini /tmp/weston.ini

check "Weston's own renderer shows four places of the cursor" \
	on_drm reference /tmp/weston.ini "$scene_module" sh "$0" --job /tmp/reference
# the pointer begins where it was: elsewhere
echo '100 900' > $orders
check "the module shows them" \
	on_drm module /tmp/weston.ini "$plugin,$scene_module" sh "$0" --job /tmp/module
check "the pictures are the same" \
	"$programs/compare-pictures" --png "$EXUP_OUT/cursor" /tmp/reference /tmp/module
echo end > $orders
wait
end_tests
