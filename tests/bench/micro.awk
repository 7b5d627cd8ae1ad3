# SPDX-License-Identifier: MIT
# Makes the tables of what bench-pin says: what, bytes, median, median per MiB, tenth percentile in us.

$1 !~ /^blit/ {
	printf "%-20s %5.2f MiB %10.1f us %10.1f us/MiB %10.1f us\n", $1, $2 / 1048576, $3, $4, $5
}

$1 ~ /^blit/ {
	sub("blit-of-", "")
	blits = blits sprintf("%2d in a batch %10.1f us %10.1f us\n", $1, $3, $5)
}

END {
	print "\nBlits of 16x16 pixels, from the first ioctl to the event, for each blit (median, tenth"
	print "percentile):\n"
	printf "%s", blits
}
