#!/usr/bin/env bash
# `make demo`: the wire and nine members on this machine, until Ctrl-C.
# Everything it makes stands in one temporary folder that goes with it.
#
#   DEMO_PORT=8100   sites at 8100, 8101, ... (default: free ports)
#   DEMO_SECONDS=60  end by itself (default: at Ctrl-C)
#   DEMO_PROGRAMS=/usr/local/bin   programs that are installed: nothing is built
#   DEMO_LISTEN=0.0.0.0            in a container, whose ports are published
set -euo pipefail

if [ -n "${DEMO_PROGRAMS:-}" ]; then
	programs=$DEMO_PROGRAMS
	share=$programs/../share/twinwire
	data=$share/demo.jsonl
else
	cd "$(dirname "$0")/../.."
	programs=build/plain share=deploy data=data/demo.jsonl
	sh deploy/packages.sh demo
	make --no-print-directory -j"$(nproc)" all
fi

room=$(mktemp -d)
pids=()
admins=()

leave() {
	trap '' INT TERM
	trap - EXIT
	printf '\nending ...\n'
	# The sandbox, started first, is the wire: it goes last.
	for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
		kill -TERM "${pids[i]}" 2>/dev/null || true
		[ "$i" -gt 1 ] || wait "${pids[@]:1}" 2>/dev/null || true
	done
	wait 2>/dev/null || true
	rm -rf "$room"
	exit "${1:-0}"
}
trap leave INT TERM
trap 'leave 1' EXIT

# start NAME PROGRAM ARGS...: in the background, its log in the room. Out of
# reach of the terminal's Ctrl-C: they end in order, the wire last.
start() {
	local name=$1
	shift
	setsid "$@" >"$room/$name.log" 2>&1 &
	pids+=($!)
}

# Every program must go on running; say which one did not, and why.
alive() {
	local pid
	for pid in "${pids[@]}"; do
		kill -0 "$pid" 2>/dev/null && continue
		printf '\nA program has ended. The last lines of the logs:\n'
		tail -n 3 "$room"/*.log
		leave 1
	done
}

# get PORT PATH: an HTTP answer's body, without curl.
get() {
	local line
	exec 9<>"/dev/tcp/127.0.0.1/$1" || return 0
	printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&9
	while IFS= read -r line <&9 && [ "${line%$'\r'}" != '' ]; do :; done
	cat <&9
	exec 9>&-
}

start sandbox "$programs"/twinwire-sandbox --write "$room/wire" \
	--data "$data" --deploy "$share" ${DEMO_PORT:+--port "$DEMO_PORT"} \
	${DEMO_LISTEN:+--listen "$DEMO_LISTEN"}
while [ ! -s "$room/wire/sandbox.json" ]; do
	alive
	sleep 0.02
done
# sites: one line each, "member<TAB>url<TAB>admin port<TAB>name".
sites=$(tr '{' '\n' <"$room/wire/sandbox.json" | sed -n \
	's/^"admin":\([0-9]*\),"connector":"[^"]*","member":"\([^"]*\)","name":"\([^"]*\)".*"url":"\([^"]*\)".*/\2\t\4\t\1\t\3/p')
reconciler_admin=$(sed 's/.*"reconciler":{"admin":\([0-9]*\).*/\1/' \
	"$room/wire/sandbox.json")

portal=$(sed 's/.*"portal":{[^}]*"url":"\([^"]*\)".*/\1/' "$room/wire/sandbox.json")

start reconciler "$programs"/twinwire-reconciler -f "$room/wire/reconciler.yaml"
while IFS=$'\t' read -r member url admin name; do
	start "$member" "$programs"/twinwire-connector \
		-f "$room/wire/$member/connector.yaml"
	admins+=("$admin")
done <<<"$sites"

start portal "$programs"/twinwire-portal -f "$room/wire/portal.yaml"

printf '\nThe portal, which shows what all of them say:\n\n'
printf '  %-28s partnerships, events, map, calendar\n' "$portal"
printf '\nNine members on one wire:\n\n'
while IFS=$'\t' read -r member url admin name; do
	printf '  %-28s %s\n' "$url" "$name"
done <<<"$sites"
cat <<'TEXT'

Try this:
  - open the portal; search a city under any name it has or had, in any script
  - open two of the sites side by side, change an event on one: the other has it within two seconds
  - cancel it; withdraw it
  - switch a site "offline", change something elsewhere, see its lamp wait, switch it back
  - on CPAFFC's site suspend a partnership: every site says which side did, and since when

Ctrl-C ends everything and leaves nothing behind.

TEXT

# One line of counts, kept up to date.
count() {
	local all
	all=$(for port in "${admins[@]}"; do get "$port" /metrics; done
		get "$reconciler_admin" /metrics)
	awk '
		/^#/ { next }
		/^twinwire_records.*state="announced"/ { announced += $NF }
		/^twinwire_records.*state="delivered"/ { delivered += $NF }
		/^twinwire_records.*state="(not_delivered|refused)"/ { lost += $NF }
		/^twinwire_pending\{/ { pending += $NF }
		/^twinwire_reconciler_partnerships( |\{)/ { merged += $NF }
		END { printf "announced %d   merged %d   delivered %d   pending %d   not delivered %d",
			announced, merged, delivered, pending, lost }
	' <<<"$all"
}

until_s=$((SECONDS + ${DEMO_SECONDS:-100000000}))
last=
while [ "$SECONDS" -lt "$until_s" ]; do
	alive
	now=$(count 2>/dev/null || true)
	if [ -t 1 ]; then
		printf '\r\033[K%s' "$now"
	elif [ "$now" != "$last" ]; then
		printf '%s\n' "$now"
	fi
	last=$now
	sleep 1 &
	wait $! || true
done
leave 0
