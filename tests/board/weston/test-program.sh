#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a test program, which prints TAP itself, under Weston with the module on the Exynos display.
#
# usage: test-program.sh [--stock] PROGRAM [LINE-OF-WESTON.INI...]
#
# --stock: without the module. What the program wants of that is what Weston itself does.

. "$(dirname "$0")/lib.sh"

modules=$plugin,$scene_module
if [ "$1" = --stock ]; then
	modules=$scene_module
	shift
fi
program=$1
shift
write_ini /tmp/weston.ini "$@"
export CMOCKA_MESSAGE_OUTPUT=TAP
on_drm "$program" /tmp/weston.ini "$modules" "$programs/$program"
