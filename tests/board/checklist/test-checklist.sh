#!/bin/sh
# SPDX-License-Identifier: MIT
# check-board, as a board owner runs it: what it reports, what it leaves, and that it sees what fails.
#
# The board shows it no more than hardware does: the files of the engine's model are hidden.

. "$(dirname "$0")/../weston/lib.sh"

here=/tmp/exynos-userptr-checklist
device=/sys/class/drm/card0/device
vidi=/sys/devices/platform/exynos-drm-vidi/connection

# check_board NAME [OPTION...]: sets status; the report is $EXUP_OUT/NAME/report.txt
check_board()
{
	name=$1
	shift
	"$here/check-board" --out "$EXUP_OUT/$name" "$@" > "$EXUP_OUT/$name.output" 2>&1 < /dev/null
	status=$?
}

# reports NAME PATTERN...: each of the basic regular expressions is a whole line of the report
reports()
{
	name=$1
	shift
	for pattern; do
		grep -qx -- "$pattern" "$EXUP_OUT/$name/report.txt" && continue
		echo "# no line '$pattern'"
		return 1
	done
}

# shows_no_failure NAME: the lines that tell of one are the test's, too
shows_no_failure()
{
	grep '^FAILED' "$EXUP_OUT/$1/report.txt" | sed 's/^/# /'
	! grep -q '^FAILED' "$EXUP_OUT/$1/report.txt"
}

# What it may have left behind: files, processes, settings.
list_what_there_is()
{
	find /tmp /run -xdev ! -path "$EXUP_OUT*" ! -path '/tmp/before' ! -path '/tmp/after' ! -path /tmp
	cat $device/userptr_limit $device/userptr_pinned $vidi
	ls -d /sys/kernel/debug/dri
	# those that list them come and go
	find /proc/[0-9]*/exe -printf '%l\n' 2>/dev/null | grep -vE '^$|/(find|grep|sort)$' | sort
}

# fake PROGRAM LINES COMMAND: a program that says the lines, and then does what the command does
fake()
{
	printf '#!/bin/sh\nprintf "%s"\n%s\n' "$2" "$3" > "$here/$1"
	chmod 755 "$here/$1"
}

has_in_tarball()
{
	tar -tzf "$EXUP_OUT/$1/exynos-userptr-report.tar.gz" > /tmp/names || return
	grep -qx "$1/report.txt" /tmp/names && grep -qx "$1/logs/test-gem.log" /tmp/names &&
		grep -qx "$1/scanout.png" /tmp/names
}

rm -rf "${EXUP_OUT:?}"/*
mount -t tmpfs -o ro tmpfs $engine
cp -r "$EXUP_CHECKLIST_FOLDER" $here
# the rest has tests of its own
grep -E '^test-(gem|g2d-jobs|g2d-inject|g2d-bind|no-iommu|userptr-limit|vidi)[[:space:]]' \
	"$EXUP_CHECKLIST_FOLDER/tests/list" > $here/tests/list

list_what_there_is > /tmp/before
check_board good --yes --quick
list_what_there_is > /tmp/after

check "exit status 0 ($status)" [ "$status" -eq 0 ]
check "nothing fails" shows_no_failure good
check "the machine is told" reports good 'model: .*Exynos.*' 'engine: /dev/dri/renderD128' \
	'engine .*\.g2d: samsung,exynos4212-g2d' 'weston: 10\.0\.[0-9]*' 'graphics-users: none'
check "tests run" reports good 'passed   test-gem: [0-9]* passed, 0 failed, 0 skipped' \
	'passed   test-userptr-limit: [0-9]* passed, 0 failed, 0 skipped'
check "what needs a model of the engine is skipped, with the reason" reports good \
	'passed   test-g2d-jobs: [0-9]* passed, 0 failed, 3 skipped' \
	"skipped  [0-9]* cases: the engine is no model that has 'hold'" \
	'not run  test-g2d-inject: the engine is no model that .*'
check "what is hostile is not run" reports good \
	'not run  test-g2d-bind: a machine may die of it; only with --hostile'
check "pictures are shown, read in place and uploaded" reports good 'passed   picture-stock: shm' \
	'passed   picture-shm: uploaded' 'passed   picture-userptr: in_place' \
	'passed   picture-unaligned: in_place'
check "of memory read in place nothing is copied" reports good \
	'         buffers: userptr 2; of 30 frames reported: in place 30, uploaded 0, by the CPU 0' \
	'         copied by the CPU: library 0 bytes, compositor 0 bytes; pinned meanwhile [1-9].*'
check "all pictures are the same" reports good 'passed   same-picture: 4 times [0-9a-f]* [0-9x]*'
check "the benchmark has its figures" reports good 'passed   bench-pin' \
	'passed   bench-frames: 1 rounds' 'pin  *[0-9.]* MiB .*' 'whole .* module userptr .*'
check "the report says that nothing is left" reports good \
	'passed   nothing-left: no processes, nothing pinned, limit 16777216'
check "nothing is left" cmp /tmp/before /tmp/after
cmp -s /tmp/before /tmp/after || diff /tmp/before /tmp/after | sed 's/^/# /'
check "one file has report, logs and picture" has_in_tarball good

check_board good --yes
check "a report is not written over: status 2 ($status)" [ "$status" -eq 2 ]
check_board unasked
check "without an answer it does nothing: status 2 ($status)" [ "$status" -eq 2 ]

# faults in what it runs
fake tests/test-gem '1..2\nok 1 - test_good\nnot ok 2 - test_bad\n' 'exit 1'
fake tests/test-g2d-jobs '1..3\nok 1 - test_good\n' 'kill -SEGV $$'
fake tests/test-userptr-limit '1..1\nok 1 - test_good\n' 'sleep 1000 & exit 0'
fake tests/test-vidi '' 'exit 0'
fake bin/bench-pin '' 'echo no memory >&2; exit 3'
check_board faults --yes --no-display --hostile
check "faults: exit status 1 ($status)" [ "$status" -eq 1 ]
check "a case that fails is named" reports faults \
	'FAILED   test-gem: 1 passed, 1 failed, 0 skipped: test_bad '
check "a program that dies has failed" reports faults \
	'FAILED   test-g2d-jobs: it ended with status 139 (1 passed, 0 failed, 0 skipped of 3)'
check "a program that says nothing has failed" reports faults \
	'FAILED   test-vidi: it said nothing .*'
check "a measurement that fails has failed" reports faults \
	'FAILED   bench-pin: status 3: no memory'
check "a process that stays is ended, and told of" reports faults \
	'FAILED   nothing-left: processes that had to be killed: sleep'
check "the driver is unbound and bound with --hostile" reports faults \
	'passed   test-g2d-bind: [0-9]* passed, 0 failed, 2 skipped'
check "without a display there are no pictures" reports faults \
	'not run  picture-userptr: --no-display' 'not run  bench-frames: --no-display'

# a machine that is no Exynos board
mount -t tmpfs -o ro tmpfs /dev/dri
mount -t tmpfs -o ro tmpfs /sys/class/drm
check_board other --yes
check "another machine: status 2 ($status)" [ "$status" -eq 2 ]
check "another machine: it says why" reports other 'card: no DRM device of the Exynos driver' \
	'not run  driver-tests: there is no DRM device of the Exynos driver' \
	'not run  picture-stock: there is no DRM device of the Exynos driver'
end_tests
