#!/bin/sh
# Goal of this check: foo.c exports foo_* only, so that a name says where it
# lives; so does foo_part.c, a further file of the same module. Looks at the
# objects of the last plain build.
set -eu
failed=0

for c in $(git ls-files -co --exclude-standard 'services/*.c'); do
	o=build/plain/${c%.c}.o
	[ -f "$o" ] || continue
	foo=$(basename "$c" .c)
	case $c in
	*/main.c) names='main' ;;
	# Small nouns that live in one file on purpose.
	*/event/keys.c) names='key|record_type|topic' ;;
	*/bus/admin.c) names='admin|catalog' ;;
	*/rest/site.c) names='http_site' ;;
	*/portal/request.c) names='request|answer' ;;
	*) foo=${foo%%_*} names="${foo%s}s?" ;;
	esac
	wrong=$(nm -g --defined-only "$o" | awk '{ print $3 }' |
		grep -vE "^($names)(_|\$)" || :)
	if [ -n "$wrong" ]; then
		echo "$c exports:" $wrong >&2
		failed=1
	fi
done
exit $failed
