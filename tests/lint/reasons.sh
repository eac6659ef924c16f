#!/bin/sh
# Goal of this check: every reason code that C gives to a receipt, a status, a
# dead letter or a problem of a record has its sentence in
# services/lib/event/reasons.c, and no sentence stands there for nothing.
set -eu
all=services/lib/event/reasons.c

# Text over line ends, so that a call that is broken in two is one line.
used=$(git ls-files -co --exclude-standard 'services/connector/*.c' \
	'services/lib/wire/*.c' 'services/lib/event/*.c' | grep -v "^$all\$" |
	xargs cat | tr -s '\n\t ' ' ' | grep -oE "$(printf '%s|' \
	'problem\(&?p, "[a-z0-9_]+"' \
	'refuse\(out_reason, "[a-z0-9_]+"' \
	'item_fail\([a-z]+, "[a-z0-9_]+"' \
	'judge_bad\(i, r, "[a-z0-9_]+"' \
	'(\.|->)reason = "[a-z0-9_]+"' \
	'mark\(p, &row, "[a-z0-9_]+"' \
	'json_set_str\(&?[a-z]+, "reason", "[a-z0-9_]+"' \
	'code, sizeof\([a-z>.-]*code\), "[a-z0-9_]+"' \
	'[?:] "site_[a-z0-9_]+"' \
	'return "(site_[a-z_]+|no_answer)"' \
	'"(tls_failure|address_refused|not_reachable)"' \
	'= \{[a-z0-9_]+, "bad_[a-z0-9]+"')" |
	grep -oE '"[a-z0-9_]+"$' | tr -d '"' | sort -u)
known=$(grep -oE '^	\{"[a-z0-9_]+"|^    \{"[a-z0-9_]+"' $all |
	grep -oE '[a-z0-9_]+' | sort -u)
failed=0
for code in $used; do
	if ! printf '%s\n' "$known" | grep -qx "$code"; then
		echo "$all: no sentence for the code $code" >&2
		failed=1
	fi
done
for code in $known; do
	if ! printf '%s\n' "$used" | grep -qx "$code"; then
		echo "$all: nothing gives the code $code" >&2
		failed=1
	fi
done
exit $failed
