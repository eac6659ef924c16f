#!/bin/sh
# Goal of this check: what a file exports has a caller in services/, so that no
# code is kept alive by its unit test alone.
set -eu

# What tests cannot do without, what macros and inline functions of headers
# call, and what the C library does.
allowed=' mock_hide mock_refuse mock_set_up crash_point buf_add_more main '

git ls-files -co --exclude-standard 'services/*.[ch]' | xargs awk \
	-v allowed="$allowed" '
FILENAME ~ /\.c$/ && /^[a-z][a-z0-9_]*\(/ && !was_static {
	name = $0; sub(/\(.*/, "", name)
	made[name] = FILENAME
}
{ was_static = /^static / || /^\tstatic / }
FILENAME ~ /\.c$/ && !/^[a-z][a-z0-9_]*\(/ || /\.h$/ {
	text = $0
	while (match(text, /[a-z][a-z0-9_]*/)) {
		if (FILENAME ~ /\.c$/)
			used[substr(text, RSTART, RLENGTH)] = 1
		text = substr(text, RSTART + RLENGTH)
	}
}
END {
	for (name in made)
		if (!(name in used) && !index(allowed, " " name " ")) {
			print made[name] ": nothing calls " name
			failed = 1
		}
	exit failed
}' >&2
