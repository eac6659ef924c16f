#!/usr/bin/env bash
# Everything that can be tested on one machine, in the order in which it gets
# slower: unit, lint and corpus, the same under sanitizers, then the programs
# against a real Kafka, a real registry and real target systems; the component
# tests take the programs with sanitizers.
#
#   tests/run.sh [argument of pytest...]   (default: all of tests, and of
#                                          tests/faults what is marked fast)
#   tests/run.sh --faults [argument of pytest...]   (default: tests/faults)
#   tests/run.sh --deploy [argument of pytest...]   (default: tests/deploy)
#
# The failure list runs in a network and a mount namespace of its own, where its
# packet filters and small disks are nobody else's.
#
# The last line is pytest's; of the failure list, each half has one.
set -euo pipefail
cd "$(dirname "$0")/.."

is_faults= is_deploy=
[ "${1:-}" != --faults ] || { is_faults=yes; shift; }
[ "${1:-}" != --deploy ] || { is_deploy=yes; shift; }

step() {
	printf '\n== %s (%d s)\n' "$1" "$SECONDS"
}

. tests/tools.sh

toxiproxy() {
	[ -x build/tools/toxiproxy/server ] ||
		GOBIN=$PWD/build/tools/toxiproxy thrice go install \
			github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0
}

jobs=-j$(nproc)

if [ "$is_faults" ]; then
	step packages
	sh deploy/packages.sh test faults
	step build
	make --no-print-directory "$jobs" all
	make --no-print-directory "$jobs" FAULTS=1 all
	step 'test tools'
	python_env
	tools
	toxiproxy
	[ "$(id -u)" = 0 ] && as= || as=--map-root-user
	in_a_network() {
		unshare $as --net --mount sh -c 'ip link set lo up; exec "$@"' \
			sh env TWINWIRE_NETWORKS=1 .venv/bin/python -m pytest "$@"
	}
	step 'failure list'
	if [ $# -gt 0 ]; then
		in_a_network "$@"
		exit
	fi
	# What compares latencies has the machine to itself, and shows them.
	rc=0
	in_a_network -m alone -rP tests/faults || rc=$?
	step 'failure list, five files at a time'
	# Whatever the cores: they wait for faults.
	in_a_network -n 5 --dist loadfile -m 'not alone' tests/faults || rc=$?
	exit $rc
fi

if [ "$is_deploy" ]; then
	step packages
	sh deploy/packages.sh deploy
	step 'test tools and the base of the images'
	base_image &
	base=$!
	python_env &
	venv=$!
	tools
	wait $venv
	wait $base
	step 'on a Docker Engine'
	[ $# -gt 0 ] || set -- tests/deploy
	exec .venv/bin/python -m pytest "$@"
fi

step packages
sh deploy/packages.sh test
step build
make --no-print-directory "$jobs" WERROR=1 all
step 'build with clang'
make --no-print-directory "$jobs" CC=clang WERROR=1 all
step 'unit, lint, corpus'
make --no-print-directory "$jobs" check
step 'the same with ASan and UBSan'
make --no-print-directory "$jobs" SAN=address,undefined all unit corpus
step 'test tools'
python_env
tools
step 'component and end to end'
# Two files at a time: most of the time goes in waiting for one another.
[ $# -gt 0 ] || set -- -n 2 --dist loadfile tests --ignore tests/deploy \
	-m 'fast or not faults'
exec .venv/bin/python -m pytest "$@"
