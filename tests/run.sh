#!/usr/bin/env bash
# Everything that can be tested on one machine, in the order in which it gets
# slower: unit, lint and corpus, the same under sanitizers, then the programs
# against a real Kafka, a real registry and real target systems; the component
# tests take the programs with sanitizers.
#
#   tests/run.sh [argument of pytest...]   (default: tests, all of them)
#
# The last line is pytest's.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
	printf '\n== %s (%d s)\n' "$1" "$SECONDS"
}

. tests/tools.sh

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
