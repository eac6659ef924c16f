/**
 * A SQLite file that holds nothing of its own: whoever fills it can fill it
 * again.  So a file of another format, or a damaged one, is thrown away and
 * made anew.  Statements are text with parameters, prepared once and kept;
 * values never become part of the text.  WAL, synchronous=NORMAL, locked for
 * this process.  Not thread-safe.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct err;
struct sql;
struct sql_row;

struct sql_conf {
	const char *file;
	const char *const *schema; /* statements that make an empty file;
				    * NULL-ended */
	const char *format; /* a file that says another one is made anew */
	int cache_kib;	    /* pages kept in memory */
};

/**
 * Open CONF->file or make it.  NULL with ERR = FATAL: it cannot be written, or
 * another process has it.
 */
struct sql *sql_open(const struct sql_conf *conf, struct err *err);
/** Close and free; a file that turned out damaged is removed.  Does nothing on
 * NULL. */
void sql_close(struct sql *s);
/** Close, free and remove the file. */
void sql_remove(struct sql *s);

/** One transaction at a time; one that is not committed is gone with S.  -1
 * with ERR: FATAL, or RETRY for a full disk. */
int sql_begin(struct sql *s, struct err *err);
int sql_commit(struct sql *s, struct err *err);

/**
 * Statements that follow may take STEPS instructions of SQLite's machine each;
 * beyond it they fail with ERR = REJECT, code SQL_TOO_COSTLY.  0: no limit.
 */
enum { SQL_TOO_COSTLY = 1 };
void sql_limit(struct sql *s, uint64_t steps);

/**
 * Run TEXT, one statement, with PARAMETERS (an array, consumed) as ?1, ?2...:
 * null, booleans and whole numbers (integers), other numbers, strings; arrays
 * and objects go in as JSON text, to be read with json_each().  0, or -1 with
 * ERR.
 */
int sql_run(struct sql *s, const char *text, jv parameters, struct err *err);
/** Id of the row inserted last. */
int64_t sql_last_id(const struct sql *s);
/**
 * As sql_run(); EACH sees every row and returns non-zero to stop.  It may run
 * other statements, but not this one.
 */
typedef int sql_each_row(void *ctx, const struct sql_row *row);
int sql_each(struct sql *s, const char *text, jv parameters, sql_each_row *each,
    void *ctx, struct err *err);
/** Column I of ROW: its text ("" for NULL) and size, borrowed until EACH
 * returns. */
const char *sql_text(const struct sql_row *row, int i, size_t *out_size);
/** Column I of ROW as a number. */
int64_t sql_integer(const struct sql_row *row, int i);
double sql_real(const struct sql_row *row, int i);
/** 1 if column I of ROW is NULL. */
int sql_is_null(const struct sql_row *row, int i);

/**
 * As sql_run(): new array of objects, a member a column.  A column "x_json"
 * becomes member "x", parsed.  jv_invalid() with ERR.
 */
jv sql_rows(struct sql *s, const char *text, jv parameters, struct err *err);
/** As many of them, at least one, as hold MAX_BYTES of text together;
 * *OUT_IS_CUT: there are more. */
jv sql_rows_within(struct sql *s, const char *text, jv parameters,
    size_t max_bytes, int *out_is_cut, struct err *err);
/** The first of them, null if there is none; jv_invalid() with ERR. */
jv sql_one(struct sql *s, const char *text, jv parameters, struct err *err);
/** First column of the first row as a number, NONE if there is no row or no
 * number; -1 with ERR set on failure. */
int64_t sql_number(struct sql *s, const char *text, jv parameters, int64_t none,
    struct err *err);

#endif
