#!/bin/sh
# Goal of this check: headers are contracts. Every prototype has a comment
# directly above it (one may serve a block without a blank line: a callback's
# type and its user), and every header says at its top what it is about.
set -eu

git ls-files -co --exclude-standard 'services/*.h' | xargs awk '
function bad(line, why) {
	printf "%s:%d: %s\n", FILENAME, line, why
	failed = 1
}
FNR == 1 {
	if ($0 !~ /^\/\*/)
		bad(1, "no word about what this header is for")
	said = 0; open = 0
}
{
	line = $0
	if (open) {                     # the rest of a declaration
		open = line !~ /;[ \t]*(\/\*.*)?$/
		next
	}
	# Prototypes begin in column one; what is indented, in braces or a
	# macro is none.
	if (line ~ /^[a-z_][A-Za-z0-9_ *]*[ *][a-z0-9_]+\(/ &&
	    line !~ /^(typedef|static|return)/) {
		if (!said)
			bad(FNR, "no contract above: " line)
		open = line !~ /;[ \t]*(\/\*.*)?$/
		next
	}
	if (line ~ /^[ \t]*$/)
		said = 0
	else if (line ~ /\*\/[ \t]*$/)
		said = 1
}
END { exit failed }
'
