#!/usr/bin/env bash
# `make bench`: measures what was built, see tests/README.md.
#
#   tests/bench/run.sh [--only REGEX] [rpconnect] [node]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/tools.sh

sh deploy/packages.sh test
python_env
tools
exec .venv/bin/python tests/bench/bench.py "$@"
