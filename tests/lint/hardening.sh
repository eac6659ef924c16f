#!/bin/sh
# Goal of this check: every program that was built is position independent,
# has its relocations read-only before main(), and no executable stack.
set -eu
failed=0

for p in build/plain/twinwire build/plain/twinwire-*; do
	if [ ! -f "$p" ] || [ ! -x "$p" ]; then
		continue
	fi
	need() {
		if ! readelf -W "$1" "$p" | grep -qE "$2"; then
			echo "$p: $3" >&2
			failed=1
		fi
	}
	need -h 'Type: +DYN' 'not PIE'
	need -l 'GNU_RELRO' 'no RELRO'
	need -d 'BIND_NOW|FLAGS.* NOW' 'relocations stay writable (no -z now)'
	need -l 'GNU_STACK.* RW +0x' 'executable stack'
done
exit $failed
