#!/bin/sh
# SPDX-License-Identifier: MIT
# Weston with the module under valgrind: no error and no leak that the module has a part in.

. "$(dirname "$0")/lib.sh"

valgrind_log=$EXUP_OUT/valgrind.log

# Reports are paragraphs; only those with a frame of the module count.
has_no_report()
{
	awk -v RS= '/exynos-userptr\.so|\/compositor-plugin\/|\/driver\// && \
		/Invalid|uninitialised|definitely lost|Mismatched|overlap/ { print; found = 1 }
		END { exit found }' "$valgrind_log" | sed 's/^/# /' > /tmp/reports
	head -n 60 /tmp/reports
	[ ! -s /tmp/reports ]
}

was_complete()
{
	grep -q 'ERROR SUMMARY' "$valgrind_log"
}

# valgrind says ==PID== on empty lines too: without it, paragraphs are paragraphs
strip()
{
	sed -i 's/^==[0-9]*== \{0,1\}//' "$valgrind_log"
}

write_ini /tmp/weston.ini
weston_wrapper="valgrind --log-file=$valgrind_log --leak-check=full --keep-debuginfo=yes
	--fullpath-after= --num-callers=30 --error-limit=no"
weston_wait=120
check "the scene is shown on the headless backend under valgrind" \
	on_headless valgrind-weston /tmp/weston.ini "$plugin,$scene_module" \
	"$programs/scene-client" --buffers library --dump renderer --out /tmp/scene
check "valgrind came to its end" was_complete
strip
check "no report with a frame of the module" has_no_report
end_tests
