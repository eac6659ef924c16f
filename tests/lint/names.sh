#!/bin/sh
# Goal of this check: C knows no kind of target system (they are presets), and
# none of the calls that have bitten everybody.
set -eu
failed=0

# refuse WHY PATTERN FILES...: lines that match fail the check.
refuse() {
	why=$1 pattern=$2
	shift 2
	if git grep --untracked -nIE -e "$pattern" -- "$@"; then
		echo "^ $why" >&2
		failed=1
	fi
}

refuse 'a kind of system is a preset, not C' \
	'[Ww]ord[Pp]ress|wp-json|wp_|[Rr]adicale|[Cc]al[Dd][Aa][Vv]|[Dd]irectus|[Dd]rupal|[Jj]oomla|[Bb]itrix|[Nn]extcloud|[Ss]trapi|[Oo]doo|[Pp]lone([^a-z]|$)' \
	'services/**/*.[ch]'
refuse 'banned: unbounded, or silent about errors' \
	'(^|[^a-z0-9_>.])(v?sprintf|strcpy|strcat|strncpy|strtok|atoi|atol|atoll|atof|gets|alloca|tmpnam|mktemp|system|popen)[ \t]*\(' \
	'services/**/*.[ch]'
refuse 'a sleep in a loop is a wait without a condition' \
	'(^|[^a-z0-9_])(u?sleep|nanosleep)[ \t]*\(' \
	'services/**/*.c'
refuse 'say it in an issue' \
	'(^|[^A-Z_])(TODO|FIXME|XXX)([^A-Z_]|$)' \
	'services/**/*.[ch]' 'tests/**/*.[ch]' 'tests/**/*.py' 'schemas/*'
exit $failed
