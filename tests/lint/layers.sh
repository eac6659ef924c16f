#!/bin/sh
# Goal of this check: includes go down only, and a library's header stays in
# the one layer that wraps it (services/README.md).
set -eu

git ls-files -co --exclude-standard 'services/*.[ch]' | xargs awk '
BEGIN {
	rank["base"] = 0; rank["event"] = 1; rank["wire"] = 3
	n = split("bus rest map store web", beside)
	for (i = 1; i <= n; i++)
		rank[beside[i]] = 2

	# header -> the files that may include it, as a regular expression
	only["librdkafka/"] = "^services/lib/bus/"
	only["curl/"] = "^services/lib/rest/"
	only["jq\\.h"] = "^services/lib/map/"
	only["jv\\.h"] = "^services/lib/base/json\\.h$"
	only["sqlite3"] = "^services/lib/store/"
	only["microhttpd"] = "^services/lib/web/"
	only["zlib"] = "^services/lib/web/"
	only["avro"] = "^services/lib/event/"
	only["libical/"] = "^services/lib/event/"
	only["yaml\\.h"] = "^services/lib/base/"
	only["seccomp\\.h"] = "^services/lib/base/"
}

function bad(why) {
	printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0
	failed = 1
}

# The layer of a path below services/, "program" for a program.
function layer_of(path) {
	if (path !~ /^lib\//)
		return "program"
	sub(/^lib\//, "", path); sub(/\/.*/, "", path)
	return path
}

FNR == 1 {
	here = FILENAME; sub(/^services\//, "", here)
	layer = layer_of(here)
	my = layer == "program" ? 4 : rank[layer]
	if (layer != "program" && !(layer in rank))
		bad("a layer nobody knows")
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	name = $0; sub(/^[^<]*</, "", name); sub(/>.*/, "", name)
	for (lib in only)
		if (name ~ "^" lib && FILENAME !~ only[lib])
			bad("only in " only[lib])
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	name = $0; sub(/^[^"]*"/, "", name); sub(/".*/, "", name)
	if (name ~ /\.\./) {
		bad("includes go by name, never up a folder")
		next
	}
	if (name !~ /\//) {             # a file beside this one
		if (layer != "program")
			bad("a library header is named with its layer")
		next
	}
	to = name; sub(/\/.*/, "", to)
	mine = layer == "program" ? substr(here, 1, index(here, "/") - 1) : ""
	if (to == mine)
		next
	if (!(to in rank))
		bad("a program includes another")
	else if (to != layer && rank[to] >= my)
		bad(layer " does not know " to)
}

END { exit failed }
'
