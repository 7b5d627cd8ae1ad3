# SPDX-License-Identifier: MIT
# Makes the table of what bench-submit says: what, blits, calls, then in us: median, tenth
# percentile, least.

BEGIN {
	name["lists"] = "SET_CMDLIST, EXEC, event"
	name["submit-event"] = "SUBMIT, event"
	name["submit"] = "SUBMIT, not waited for"
	printf "%5s  %-25s %5s %9s %9s %9s   %s\n", "blits", "", "calls", "us median", "p10",
		"least", "lists over it: calls, median, p10, least"
}

$1 == "lists" {
	for (i = 3; i <= 6; i++)
		lists[i] = $i
}

{
	printf "%5d  %-25s %5d %9.1f %9.1f %9.1f", $2, name[$1], $3, $4, $5, $6
	for (i = 3; $1 != "lists" && i <= 6; i++)
		printf "%s %7.2f", i == 3 ? "  " : "", lists[i] / $i
	print ""
}
