#!/bin/sh
# Goal of this check: deploy/METRICS.md names every metric of the programs as
# the code describes it, and dashboards, alerts and tests use no other name.
exec python3 "$(dirname "$0")/metrics.py"
