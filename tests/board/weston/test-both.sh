#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a test program under Weston's own renderer, and under the module: it has to pass both.
#
# usage: test-both.sh PROGRAM

. "$(dirname "$0")/lib.sh"

write_ini /tmp/weston.ini '[exynos-userptr]' timeout-ms=60000

# passes NAME MODULES: what the program says is not TAP of this script's.
passes()
{
	on_drm "$1" /tmp/weston.ini "$2" "$programs/$program" > "$EXUP_OUT/$1.txt" 2>&1
	status=$?
	sed 's/^/# /' "$EXUP_OUT/$1.txt"
	return $status
}

program=$1
check "$program, by Weston's own renderer" passes "$program-reference" "$scene_module"
check "$program, by the module" passes "$program" "$plugin,$scene_module"
end_tests
