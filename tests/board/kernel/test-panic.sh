#!/bin/bash
# SPDX-License-Identifier: MIT
# An engine that accesses what is not mapped for it makes the virtual board panic if nobody handles it,
# with and without an IOMMU, on a thread and on a workqueue: no test passes beside it that does not say
# that it expects it.

set -uo pipefail

build=${1:?the build folder}
program=${2:?the program that has the engine do something}
board=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../../board" && pwd) || exit
readonly build program board
# shellcheck disable=SC2016	# for the board's shell
readonly job='echo 0x1000 > /sys/kernel/debug/fimg2d/stray_write && exec "$1"'
number=0

# result NAME OK EXPLANATION
result()
{
	number=$((number + 1))
	if [[ $2 == true ]]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		sed 's/^/# /' <<< "$3"
	fi
}

# panics NAME TEXT [argument of board/run...]: the board does, and says why
panics()
{
	local name=$1 text=$2 output status=0 ok=false

	shift 2
	output=$(TMPDIR=$work EXUP_TEST=test_counters "$board/run" --board uml --timeout 60 \
		--ro "$build" "$@" -- sh -c "$job" - "$program" 2>&1) || status=$?
	[[ $status == 125 && $output == *"Kernel panic - not syncing: fimg2d: $text"* ]] && ok=true
	result "$name" "$ok" "status $status: $output"
}

work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT

echo 1..3
panics 'with an IOMMU' 'page fault on a write to 0x1000,' --cmdline fimg2d.handler=0
panics 'without an IOMMU' 'write to 0x1000, which is not mapped' --cmdline fimg2d.iommu=0
panics 'on a workqueue' 'page fault on a write to 0x1000,' --cmdline fimg2d.handler=0 \
	--cmdline fimg2d.thread=0
