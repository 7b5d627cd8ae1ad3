# SPDX-License-Identifier: MIT
# Makes tables of the lines of tests/bench/instructions: stock Weston with wl_shm beside the module.

# Lines of nine and more fields are frames: workload size format system path, then the figures.
NF > 4 {
	row = $1 " " $2 " " $3
	if (!(row in known)) {
		known[row] = 1
		rows[++row_count] = row
	}
	for (i = 6; i <= NF; i++)
		value[row, $4 " " $5, i - 5] = $i
	next
}

{ micro[++micro_count] = $0 }

function ratio(row, variant, field) {
	return value[row, "stock shm", field] / value[row, variant, field]
}

function print_variant(row, variant, with_ratio) {
	printf "  %-15s %8.3f %8.3f %8.3f", variant, value[row, variant, 1] / 1000,
		value[row, variant, 2] / 1000, value[row, variant, 3] / 1000
	if (with_ratio)
		printf "   %5.2f %5.2f %5.2f", ratio(row, variant, 1), ratio(row, variant, 2),
			ratio(row, variant, 3)
	else
		printf "   %17s", ""
	printf "  %6.2f %8.1f %9.1f %9.1f\n", value[row, variant, 4], value[row, variant, 6] / 1000,
		value[row, variant, 7] / 1024, value[row, variant, 8] / 1024
}

END {
	print "Millions of instructions a frame; stock over this project (above 1 this project takes"
	print "fewer); command lists and thousands of pixels of the engine; KiB that the CPU copied in"
	print "the library and, as reported, in the compositor (stock does not report)."
	print ""
	printf "  %-15s %8s %8s %8s   %5s %5s %5s  %6s %8s %9s %9s\n", "", "Weston", "client", "all",
		"Weston", "client", "all", "lists", "kpixel", "library", "compos."
	for (i = 1; i <= row_count; i++) {
		print rows[i]
		print_variant(rows[i], "stock shm", 0)
		print_variant(rows[i], "module userptr", 1)
		print_variant(rows[i], "module shm", 1)
	}
	print ""
	print "Thousands of instructions of the process:"
	print ""
	for (i = 1; i <= micro_count; i++) {
		split(micro[i], field, " ")
		if (field[1] ~ /^blit/)
			printf "  %-20s %10.1f a blit\n", field[1], field[3]
		else
			printf "  %-20s %10.1f for %.2f MiB\n", field[1], field[3], field[2] / 1048576
	}
}
