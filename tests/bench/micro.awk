# SPDX-License-Identifier: MIT
# Makes the tables of what bench-pin says: what, bytes, median, median per MiB, tenth percentile in us.

# the same damage, cleaned for the engine and copied into a pool as users have it today
$1 ~ /^end-access/ || $1 ~ /^shm-copy/ {
	damage = $1
	sub(/^[a-z-]*[a-z]-?/, "", damage)
	row = sprintf("%4s of %5.2f MiB", damage == "" ? "100%" : damage, $2 / 1048576)
	if (!(row in known)) {
		known[row] = 1
		rows[++row_count] = row
	}
	median[row, $1 ~ /^shm/] = $3
	tenth[row, $1 ~ /^shm/] = $5
}

$1 !~ /^blit/ {
	printf "%-20s %5.2f MiB %10.1f us %10.1f us/MiB %10.1f us\n", $1, $2 / 1048576, $3, $4, $5
}

$1 ~ /^blit/ {
	sub("blit-of-", "")
	blits = blits sprintf("%2d in a batch %10.1f us %10.1f us\n", $1, $3, $5)
}

END {
	print "\nDamage: a copy into the pool over the end of access (median, tenth percentile); above 1"
	print "this project works less:\n"
	for (i = 1; i <= row_count; i++)
		printf "%s %8.2f %8.2f\n", rows[i], median[rows[i], 1] / median[rows[i], 0],
			tenth[rows[i], 1] / tenth[rows[i], 0]
	print "\nBlits of 16x16 pixels, from the first ioctl to the event, for each blit (median, tenth"
	print "percentile):\n"
	printf "%s", blits
}
