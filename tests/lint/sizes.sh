#!/bin/sh
# Goal of this check: no function over 100 lines in what we write by hand. The
# bodies are found by clang-format's layout: "{" and "}" alone in column one.
set -eu

git ls-files -co --exclude-standard 'services/*.c' 'tests/*.c' |
	xargs awk '
FNR == 1 { start = 0; head = 0 }
/^[A-Za-z_]/ && !start { head = head ? head : FNR; name = $0 }
/^$/ || /^[ \t]*\*\// || /^}/ && !start { head = 0 }
/^{/ { start = head ? head : FNR; fun = name }
/^}/ && start {
	if (FNR - start + 1 > 100) {
		printf "%s:%d: %d lines: %s\n", FILENAME, start,
		    FNR - start + 1, fun
		failed = 1
	}
	start = 0; head = 0
}
END { exit failed }
'
