#!/bin/sh
# Refuses a change of schemas/*.avsc that old readers or old writers could not
# live with, and copies of one named type that differ.
lint=$(dirname "$0")/schema-compat.py
data=$(dirname "$0")/../data/codec
event=$(dirname "$0")/../../schemas/Event.avsc

# It must know good from bad: a version that adds, and one that takes away.
python3 "$lint" "$data/Event-older.avsc" "$event" &&
python3 "$lint" "$event" "$data/Event-newer.avsc" &&
! python3 "$lint" "$data/Event-newer.avsc" "$event" 2>/dev/null &&
! python3 "$lint" "$event" "$data/Zoo.avsc" 2>/dev/null &&
exec python3 "$lint"
