/** The columns a table of records may have, and where in a record each goes. */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include <stddef.h>
#include <stdio.h>

#include "base/json.h"
#include "event/keys.h"

struct column;
struct err;

enum { COLUMN_NAME_MAX = 64 };

/**
 * The column of a table of T with that title, in any case: "start",
 * "title.ru".  NULL with ERR = REJECT if there is none.
 */
const struct column *columns_find(
    enum record_type t, const char *title, struct err *err);
/**
 * Put the cell TEXT (not empty) under TITLE, which C was found by, where it
 * belongs in *RECORD.  -1 with ERR = REJECT and a sentence, *RECORD unchanged.
 */
int columns_put(const struct column *c, const char *title, const char *text,
    jv *record, struct err *err);
/** What follows from a table's row being a record of T, in place. */
void columns_finish(enum record_type t, jv *record);
/**
 * Write to OUT the title of the column that FIELD ("places[0].city.id",
 * "title.ru") of a record of T came from, or FIELD itself if it is of none.
 */
void columns_name(
    enum record_type t, const char *field, char *out, size_t size);
/** Print an empty table of T: its titles.  -1 if there is none for T. */
int columns_template(enum record_type t, FILE *out);

#endif
