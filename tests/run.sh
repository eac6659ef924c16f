#!/usr/bin/env bash
# Everything that can be tested on one machine, in the order in which it gets
# slower: unit, lint and corpus, the same under sanitizers, then the programs
# against a real Kafka, a real registry and real target systems; the component
# tests take the programs with sanitizers.
#
#   tests/run.sh [argument of pytest...]   (default: tests, all of them)
#
# The last line is pytest's. Downloads are kept in build/tools and .venv.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
	printf '\n== %s (%d s)\n' "$1" "$SECONDS"
}

# Runs a command again where a network has hiccups.
thrice() {
	"$@" || { sleep 5; "$@"; } || { sleep 15; "$@"; }
}

python_env() {
	[ -x .venv/bin/pip ] || python3 -m venv .venv
	cmp -s tests/requirements.txt .venv/installed && return
	thrice .venv/bin/pip install -q -r tests/requirements.txt
	cp tests/requirements.txt .venv/installed
}

tools() {
	cmp -s pom.xml build/tools/pom.xml && return
	rm -rf build/tools
	mkdir -p build/tools/registry
	thrice mvn -B -q -ntp package
	tar -xzf build/tools/registry.tar.gz -C build/tools/registry
	rm build/tools/registry.tar.gz
	cp pom.xml build/tools/pom.xml
}

jobs=-j$(nproc)

step packages
sh deploy/packages.sh test
step build
make --no-print-directory "$jobs" all
step 'unit, lint, corpus'
make --no-print-directory "$jobs" check
step 'the same with ASan and UBSan'
make --no-print-directory "$jobs" SAN=address,undefined all unit corpus
step 'test tools'
python_env
tools
step 'component and end to end'
exec .venv/bin/python -m pytest "${@:-tests}"
