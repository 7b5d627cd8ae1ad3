# SPDX-License-Identifier: MIT
# What check-board writes: facts, and what has passed, failed or could not run. Sourced by sh.
# shellcheck shell=dash disable=SC2154 # the folders are check-board's
#
# report: the file; logs: a folder for everything longer; work: a folder that goes at the end.

passed=0
failed=0
not_run=0

say()
{
	printf '%s\n' "$*" | tee -a "$report"
}

section()
{
	say
	say "== $*"
}

# fact KEY VALUE
fact()
{
	say "$1: ${2:-unknown}"
}

pass()
{
	passed=$((passed + 1))
	say "passed   $1${2:+: $2}"
}

fail()
{
	failed=$((failed + 1))
	say "FAILED   $1: $2"
}

skip()
{
	not_run=$((not_run + 1))
	say "not run  $1: $2"
}

# begin STEP: what the machine does next is on its disk, and in the kernel's log, in case it dies of it
begin()
{
	step=$1
	echo "$1" > "$out/in-progress"
	sync "$out/in-progress" "$report" 2>/dev/null || sync
	echo "exynos-userptr check-board: $1 begins" 2>/dev/null > /dev/kmsg
}

# The kernel's log since the step began; all of it when so much has come since that the mark is gone.
log_of_step()
{
	dmesg 2>/dev/null | awk -v mark="check-board: $step begins" '
		index($0, mark) { lines = "" }
		{ lines = lines $0 "\n" }
		END { printf "%s", lines }'
}

# Without the marks a complaint would count with each step again.
can_mark_kernel_log()
{
	begin mark
	log_of_step | grep -q 'check-board: mark begins'
}

# What the kernel has complained of since the step began, which is a failure of its own.
check_kernel_log()
{
	local lines="$logs/kernel-complaints-$step"

	[ $watch_kernel_log = true ] || return
	log_of_step | awk -f "$folder/share/complaints.awk" | cut -d' ' -f2- > "$lines"
	if [ -s "$lines" ]; then
		fail "$step-kernel-log" "the kernel complained $(wc -l < "$lines") times: $(head -n 1 "$lines")"
	else
		rm -f "$lines"
	fi
}

# run_limited SECONDS COMMAND...: in the background, so that a signal to us is not put off until it
# has ended; who runs so would ignore an interrupt.
run_limited()
{
	local limit_s="$1"

	shift
	timeout -k 10 "$limit_s" env --default-signal=INT,QUIT "$@" < /dev/null &
	wait $!
}

# wait_for SECONDS COMMAND...: until it succeeds
wait_for()
{
	local tries=$(($1 * 10))

	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

pinned_bytes()
{
	cat "$device/userptr_pinned" 2>/dev/null || echo 0
}

nothing_pinned()
{
	[ "$(pinned_bytes)" = 0 ]
}

# One file to send: the report, the logs, the picture.
pack()
{
	local name="${out##*/}" files

	rm -f "$out/in-progress"
	if ! command -v tar > /dev/null || ! command -v gzip > /dev/null; then
		echo "no tar or gzip here: please pack the folder $out yourself"
		return
	fi
	files="$name/report.txt $name/logs"
	[ ! -e "$out/scanout.png" ] || files="$files $name/scanout.png"
	# shellcheck disable=SC2086 # several files
	(cd "$out/.." && tar -cf - $files) | gzip > "$work/report.tar.gz" &&
		mv "$work/report.tar.gz" "$out/exynos-userptr-report.tar.gz" &&
		echo "to send back: $out/exynos-userptr-report.tar.gz"
}
