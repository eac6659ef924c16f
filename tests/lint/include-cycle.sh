#!/bin/sh
# Goal of this check: no header includes itself, directly or through others.
set -eu

edges=$(git ls-files -co --exclude-standard 'services/*.h' | xargs awk '
/^[ \t]*#[ \t]*include[ \t]*"/ {
	name = $0; sub(/^[^"]*"/, "", name); sub(/".*/, "", name)
	dir = FILENAME; sub(/[^\/]*$/, "", dir)
	if (name !~ /\//)
		name = dir name
	else if (system("test -f services/" name) == 0)
		name = "services/" name
	else
		name = "services/lib/" name
	print FILENAME, name
}')
# tsort says so on stderr, and fails, when it meets a loop.
printf '%s\n' "$edges" | tsort >/dev/null
