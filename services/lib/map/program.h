/**
 * One jq program in a sandbox (DESIGN section 4): no environment, no modules,
 * no input, bounded time.  Compiled once per distinct text in a process and
 * shared; not thread-safe.  The only place with jq_* calls.
 */
#ifndef MAP_PROGRAM_H
#define MAP_PROGRAM_H

#include "base/json.h"

struct err;
struct program;

enum { PROGRAM_TEXT_MAX_BYTES = 64 * 1024, PROGRAM_RUN_MAX_MS = 200 };

/** Once, before any thread starts: clears what programs must not see. */
void program_sandbox(void);
/**
 * Compile TEXT, or share an equal one.  It may use $config, $row, $type,
 * $topic, $key, $marker, $id, $at, $body, $op, $cursor, $status, $record; all
 * are always
 * bound (null if the caller has none).  NAME is for messages: "FILE:LINE find".
 * NULL with ERR = REJECT: "NAME: line 3: syntax error ...".
 */
struct program *program_get(
    const char *name, const char *text, struct err *err);
/** A text among others; definitions hold for those behind them. */
struct program_source {
	const char *name, *text;
	int is_defs; /* definitions alone, on one line */
};
/**
 * Compile N SOURCES as one, for nearly all that compiling takes is jq's own
 * definitions.  0 with OUT[i] the program of each, NULL for definitions; -1: a
 * mistake, or one of them cannot stand among others; program_get() tells.
 */
int program_get_all(
    const struct program_source *sources, size_t n, struct program **out);
/** 1 if programs may use $NAME, else 0. */
int program_has_variable(const char *name);
/** Give a reference back; does nothing on NULL. */
void program_put(struct program *p);
/**
 * Run on INPUT (consumed) with VARS (object, consumed).  0 with the first
 * result in *OUT (null if it yields none); -1 with ERR = REJECT naming the
 * program and what it said, or that it took over PROGRAM_RUN_MAX_MS.
 */
int program_run(struct program *p, jv input, jv vars, jv *out, struct err *err);
/** The same for an INPUT out of json_parse() or codec_decode(), which has no
 * NaN to look for. */
int program_run_parsed(
    struct program *p, jv input, jv vars, jv *out, struct err *err);

#endif
