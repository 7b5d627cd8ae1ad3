# SPDX-License-Identifier: MIT
# Makes the table of tests/bench/run from its samples.

# First the frames, sorted: workload size format system path process us
# Then the runs: workload size format system path frames fps library compositor engine
#	pinned shm weston client

function median(text, list, n, i, j, t)
{
	n = split(text, list, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && list[j - 1] + 0 > list[j] + 0; j--) {
			t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
		}
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

# Of the frames, which came sorted: in ms.
function busy(scene, variant, who, percent, n)
{
	n = frame_count[scene, variant, who]
	return n ? frame_us[scene, variant, who, int((n - 1) * percent / 100)] / 1000 : 0
}

function row(scene, variant, i, v)
{
	for (i = 6; i <= columns; i++)
		v[i] = median(values[scene, variant, i])
	printf "%-20s %-14s %5d %5.1f %6.2f %6.2f %6.2f %6.2f %7.0f %7s %7s %6d %6d %6d %6d\n",
		scene, variant, v[6], v[7],
		busy(scene, variant, "weston", 50), busy(scene, variant, "weston", 10),
		busy(scene, variant, "client", 50), busy(scene, variant, "client", 10),
		v[8], variant ~ /^stock/ ? "?" : sprintf("%.0f", v[9]),
		values[scene, variant, 10] ~ /-/ ? "?" : sprintf("%.0f", v[10]),
		v[11], v[12], v[13], v[14]
}

# How much longer a process works in variant a than in b.
function ratio(scene, who, a, b, percent)
{
	b = busy(scene, b, who, percent)
	return b > 0 ? sprintf("%.2f", busy(scene, a, who, percent) / b) : "-"
}

function ratio_both(scene, a, b, percent, c)
{
	c = busy(scene, b, "weston", percent) + busy(scene, b, "client", percent)
	a = busy(scene, a, "weston", percent) + busy(scene, a, "client", percent)
	return c > 0 ? sprintf("%.2f", a / c) : "-"
}

function print_ratios(percent, title, i, s, a, b, c)
{
	printf "\n%s\n\n%-20s %8s %8s %8s %12s\n", title, "", "Weston", "client", "both",
		"Weston, shm"
	a = "stock shm"
	b = "module userptr"
	c = "module shm"
	for (i = 1; i <= count; i++) {
		s = scenes[i]
		printf "%-20s %8s %8s %8s %12s\n", s, ratio(s, "weston", a, b, percent),
			ratio(s, "client", a, b, percent), ratio_both(s, a, b, percent),
			s ~ /^whole/ ? ratio(s, "weston", a, c, percent) : ""
	}
}

NF == 7 {
	scene = $1 " " $2 " " $3
	variant = $4 " " $5
	frame_us[scene, variant, $6, frame_count[scene, variant, $6]++] = $7
	next
}

{
	scene = $1 " " $2 " " $3
	variant = $4 " " $5
	if (!(scene in seen)) {
		seen[scene] = 1
		scenes[++count] = scene
	}
	for (i = 6; i <= NF; i++)
		values[scene, variant, i] = values[scene, variant, i] " " $i
	columns = NF
}

END {
	printf "%-20s %-14s %5s %5s %13s %13s %15s %7s %27s\n", "", "", "", "", "Weston busy",
		"client busy", "copied KiB/fr.", "engine", "pinned, and Pss in KiB"
	printf "%-20s %-14s %5s %5s %6s %6s %6s %6s %7s %7s %7s %6s %6s %6s %6s\n", "", "",
		"frames", "fps", "p50", "p10", "p50", "p10", "library", "compos.", "kpix/fr",
		"pinned", "shm", "Weston", "client"
	for (i = 1; i <= count; i++) {
		row(scenes[i], "stock shm")
		row(scenes[i], "module userptr")
		if (scenes[i] ~ /^whole/)
			row(scenes[i], "module shm")
	}
	print "\nStock over this project: above 1 this project works less. The last column is for"
	print "the same wl_shm client, Weston without the module over Weston with it."
	print_ratios(50, "Of the medians:")
	print_ratios(10, "Of the tenth percentiles:")
}
