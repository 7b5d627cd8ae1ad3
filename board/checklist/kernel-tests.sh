# SPDX-License-Identifier: MIT
# Runs the programs that test the driver, and sums up what they say. Sourced by sh.
# shellcheck shell=dash disable=SC2154 # folder, logs, out, work are check-board's

readonly usual_limit_s=300 hostile_limit_s=1800

# summarize FILE: "passed failed skipped planned", then lines "failed NAME" and "skipped REASON"
summarize()
{
	awk '
		/^1\.\.0 # SKIP/ { sub(/^1\.\.0 # SKIP */, ""); names = names "skipped " $0 "\n" }
		/^1\.\.[1-9]/ { planned = substr($1, 4) }
		/^(not )?ok / && /# SKIP/ {
			skipped++
			sub(/.*# SKIP */, "")
			names = names "skipped " $0 "\n"
			next
		}
		/^not ok / { failed++; names = names "failed " $5 "\n" }
		/^ok / { passed++ }
		END { printf "%d %d %d %d\n%s", passed, failed, skipped, planned, names }' "$1"
}

# conclude_test NAME STATUS
conclude_test()
{
	local name="$1" status="$2" counts p f s planned reason

	summarize "$logs/$name.log" > "$work/summary"
	read -r p f s planned < "$work/summary"
	[ "$planned" = 0 ] || sed -n 's/^skipped //p' "$work/summary" >> "$work/skipped"
	reason=$(sed -n 's/^skipped //p' "$work/summary" | head -n 1)
	counts="$p passed, $f failed, $s skipped"
	if [ "$status" = 124 ] || [ "$status" = 137 ]; then
		fail "$name" "no end after $test_limit_s s ($counts of $planned)"
	elif [ "$f" -gt 0 ]; then
		fail "$name" "$counts: $(sed -n 's/^failed //p' "$work/summary" | tr '\n' ' ')"
	elif [ "$status" != 0 ] || [ $((p + s)) != "$planned" ]; then
		fail "$name" "it ended with status $status ($counts of $planned)"
	elif [ "$planned" = 0 ] && [ ! "$reason" ]; then
		fail "$name" "it said nothing of any test"
	elif [ "$p" = 0 ]; then
		skip "$name" "$reason"
	else
		pass "$name" "$counts"
	fi
}

# run_test PROGRAM [ARGUMENT...]
run_test()
{
	local program="$1" status test_limit_s=$usual_limit_s

	shift
	[ "$when" != hostile ] || test_limit_s=$hostile_limit_s
	begin "$program"
	run_limited "$test_limit_s" env "EXUP_OUT=$out/scratch" "$folder/tests/$program" "$@" \
		> "$logs/$program.log" 2>&1
	status=$?
	conclude_test "$program" $status
	check_kernel_log
	wait_for 10 nothing_pinned ||
		fail "$program-pinned" "$(pinned_bytes) bytes are still pinned after its end"
}

# missing NEED: why a test that needs it cannot run; nothing if it can
missing()
{
	case $1 in
	engine | iommu)
		[ $has_engine = true ] || { echo "the driver has no G2D engine"; return; }
		[ "$1" = engine ] || [ $has_iommu = true ] || echo "there is no IOMMU"
		;;
	esac
}

# run_listed PROGRAM WHEN NEED [ARGUMENT...]: a line of the list
run_listed()
{
	local program="$1" when="$2" need="$3" reason

	shift 3
	case $when in
	never) return ;;
	hostile)
		if [ $hostile = false ]; then
			skip "$program" "a machine may die of it; only with --hostile"
			return
		fi
		;;
	esac
	reason=$(missing "$need")
	if [ "$reason" ]; then
		skip "$program" "$reason"
	else
		run_test "$program" "$@"
	fi
}

run_kernel_tests()
{
	local reason='' program when need arguments

	section "The driver's tests"
	if [ ! "$card" ]; then
		reason="there is no DRM device of the Exynos driver"
	elif [ $has_series = false ]; then
		reason="the driver has not the series: no $device/userptr_limit"
	elif [ "$(holders_of_card)" ]; then
		reason="others use the display: $(holders_of_card | tr '\n' ' ')"
	fi
	if [ "$reason" ]; then
		skip driver-tests "$reason"
		return
	fi
	: > "$work/skipped"
	mkdir -p "$out/scratch"
	grep -v '^#' "$folder/tests/list" > "$work/list"
	while read -r program when need arguments; do
		# shellcheck disable=SC2086 # arguments are words
		[ "$program" ] && run_listed "$program" "$when" "$need" $arguments
	done < "$work/list"
	rm -rf "$out/scratch"
	sort "$work/skipped" | uniq -c | sort -rn | while read -r count reason; do
		say "skipped  $count cases: $reason"
	done
}
