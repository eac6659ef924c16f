/** A table of text for people: columns as wide as their widest cell, or as the
 * terminal allows. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdint.h>
#include <stdio.h>

struct table;

/** TITLES: NULL-ended, borrowed for its life. */
struct table *table_new(const char *const *titles);
/** Does nothing on NULL. */
void table_free(struct table *t);
/**
 * Set the next cell (copied, NULL: empty) of the row under way; a full row is
 * followed by a new one.  What is no text, or steers a terminal, becomes '?'.
 */
void table_add(struct table *t, const char *text);
/** The same with a number. */
void table_add_int(struct table *t, long long number);
/** The same with an instant, to the second in UTC; nothing if it is < 0. */
void table_add_time(struct table *t, int64_t wall_ms);
/**
 * Print all rows.  On a terminal that is too narrow, columns without a cell are
 * left out, long cells are folded, and where that does not help each row stands
 * as lines of title and cell; else no line is wrapped.  Nothing but EMPTY if
 * there is no row.
 */
void table_print(const struct table *t, FILE *out, const char *empty);
/** The same for a terminal of COLUMNS; 0: of any width. */
void table_print_within(
    const struct table *t, FILE *out, const char *empty, int columns);

#endif
