#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a test program, which prints TAP itself, under Weston with the module on the Exynos display.
#
# usage: test-program.sh PROGRAM [LINE-OF-WESTON.INI...]

. "$(dirname "$0")/lib.sh"

program=$1
shift
write_ini /tmp/weston.ini "$@"
export CMOCKA_MESSAGE_OUTPUT=TAP
on_drm "$program" /tmp/weston.ini "$plugin,$scene_module" "$programs/$program"
