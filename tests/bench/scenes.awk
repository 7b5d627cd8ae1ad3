# SPDX-License-Identifier: MIT
# Makes the table of tests/bench/run, in Markdown, from its samples; or tells what is not narrow yet.
#
# First the frames, sorted: scene size format variant process us
# Then the runs: scene size format variant frames fps library compositor engine pinned shm weston
#	client
#
# With -v plot=1: what bench-plot draws. With -v wide=PERCENT: prints the rows of which a median's 95 % interval is wider than that, to both
# sides, so that they are measured again.

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
function busy(row, variant, who, percent, n)
{
	n = frame_count[row, variant, who]
	return n ? frame_us[row, variant, who, int((n - 1) * percent / 100)] / 1000 : 0
}

# Half of the width of the median's interval, in percent of it, by the ranks of the samples.
function interval(row, variant, who, n, low, high, middle)
{
	n = frame_count[row, variant, who]
	middle = busy(row, variant, who, 50)
	if (!n || !middle)
		return 100
	low = int(n / 2 - 0.98 * sqrt(n))
	high = int(n / 2 + 0.98 * sqrt(n) + 1)
	low = low < 0 ? 0 : low
	high = high > n - 1 ? n - 1 : high
	return (frame_us[row, variant, who, high] - frame_us[row, variant, who, low]) / 20 / middle
}

function both(row, variant, percent)
{
	return busy(row, variant, "weston", percent) + busy(row, variant, "client", percent)
}

# Below 1, which is what must not be, in bold.
function ratio(a, b, text)
{
	if (!a || !b)
		return ""
	text = sprintf("%.2f", a / b)
	return a < b ? "**" text "**" : text
}

function stock(row)
{
	return (row, "stock-shm") in values ? "stock-shm" : "stock-fallback"
}

function print_variant(row, variant, s, i, v, over_stock)
{
	for (i = 7; i <= columns; i++)
		v[i] = median(values[row, variant, i])
	s = stock(row)
	over_stock = " |  |  |  |"
	if (variant !~ /^(stock-.*|floor)$/)
		over_stock = " | " ratio(busy(row, s, "weston", 50), busy(row, variant, "weston", 50)) \
			" | " ratio(busy(row, s, "weston", 10), busy(row, variant, "weston", 10)) \
			" | " ratio(both(row, s, 50), both(row, variant, 50)) " |"
	printf "| %s | %d | %.2f | %.0f | %.2f | %.2f | %.0f | %.2f%s %s | %.0f | %s | %s | %d | %d | %d | %d |\n",
		variant, frame_count[row, variant, "weston"],
		busy(row, variant, "weston", 50), interval(row, variant, "weston"),
		busy(row, variant, "weston", 10), busy(row, variant, "client", 50),
		interval(row, variant, "client"), busy(row, variant, "client", 10), over_stock,
		ratio(busy(row, variant, "weston", 50), busy(row, "floor", "weston", 50)),
		v[7], variant ~ /^stock/ ? "?" : sprintf("%.0f", v[8]),
		values[row, variant, 9] ~ /-/ ? "?" : sprintf("%.0f", v[9]), v[10], v[11], v[12], v[13]
}

function stock_over(row, variant)
{
	if (!busy(row, variant, "weston", 50))
		return ""
	return sprintf("%.3f", busy(row, stock(row), "weston", 50) / busy(row, variant, "weston", 50))
}

function is_wide(row, i)
{
	for (i = 1; i <= variant_count; i++)
		if ((row, variants[i]) in values && interval(row, variants[i], "weston") > wide)
			return 1
	return 0
}

BEGIN {
	variant_count = split("stock-shm stock-fallback userptr in-place upload floor", variants, " ")
}

NF == 6 {
	row = $1 " " $2 " " $3
	frame_us[row, $4, $5, frame_count[row, $4, $5]++] = $6
	next
}

{
	row = $1 " " $2 " " $3
	if (!(row in seen)) {
		seen[row] = 1
		rows[++count] = row
	}
	values[row, $4] = 1
	for (i = 7; i <= NF; i++)
		values[row, $4, i] = values[row, $4, i] " " $i
	columns = NF
}

END {
	if (wide) {
		for (r = 1; r <= count; r++)
			if (is_wide(rows[r]))
				print rows[r]
		exit
	}
	if (plot) {
		for (r = 1; r <= count; r++)
			printf "%s\t%s\t%s\t%s\n", rows[r], stock_over(rows[r], "userptr"),
				stock_over(rows[r], "in-place"), stock_over(rows[r], "upload")
		exit
	}
	print "| | frames | Weston, ms: p50 | ± % | p10 | client, ms: p50 | ± % | p10 |" \
		" stock over it: Weston p50 | p10 | both p50 | Weston over floor |" \
		" library copies, KiB | compositor copies, KiB | engine, kpixel |" \
		" pinned, KiB | shared, KiB | Weston, KiB | client, KiB |"
	print "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
	for (r = 1; r <= count; r++) {
		print "| **" rows[r] "** | | | | | | | | | | | | | | | | | | |"
		for (i = 1; i <= variant_count; i++)
			if ((rows[r], variants[i]) in values)
				print_variant(rows[r], variants[i])
	}
}
