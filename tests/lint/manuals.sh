#!/bin/sh
# Goal of this check: every program and file format has a manual page, whose
# options and keys, like those of the completion, are what the code knows.
exec python3 "$(dirname "$0")/manuals.py"
