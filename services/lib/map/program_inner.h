/** What the parts of program.h share; for program*.c only. */
#ifndef MAP_PROGRAM_INNER_H
#define MAP_PROGRAM_INNER_H

#include <stddef.h>

#include <jq.h>

struct buf;
struct program_source;

/** Append what jq compiles for the program TEXT alone: its lines keep their
 * numbers. */
void program_text_one(const char *text, struct buf *out);
/**
 * The same for N SOURCES as one: the input's member `number` says which of them
 * runs, definitions not counted.  -1: one of them cannot stand among others.
 */
int program_text_all(
    const struct program_source *sources, size_t n, struct buf *out);

/** Halt JQ once it has run for PROGRAM_RUN_MAX_MS of this thread's time. */
void program_watch(jq_state *jq);
/** 1 if the run since program_watch() was halted. */
int program_watched(void);

#endif
