# SPDX-License-Identifier: Apache-2.0
# awk -f docs/man/tables.awk PAGE, at the top of the sources: the manual page with the tables of include/hallmark/check.h and
# reason.h in the place of its lines `.\" table: check.h`.

# table FILE: prints each row X(number, IDENTIFIER, "name", …"sentence"…).
function table(file,    line, text, n, rows, i, parts) {
	while ((getline line <file) > 0) {
		sub(/\\$/, "", line)
		text = text line
	}
	close(file)
	n = split(text, rows, /X\(/)
	print ".Bl -tag -width 9999 -compact"
	for (i = 2; i <= n; i++)
		if (rows[i] ~ /^[0-9]/) {
			split(rows[i], parts, "\"")
			printf ".It %d\n.Cm %s :\n%s\n", rows[i], parts[2], parts[4]
		}
	print ".El"
}

/^\.\\" table: / { table("include/hallmark/" $3); next }
{ print }
