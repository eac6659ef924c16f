/* A SQLite file that can be made again: see sql.h. */
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/sql.h"

enum {
	STATEMENTS_MAX = 96, /* kept prepared; the one used longest ago goes */
	STEPS_EACH = 1000,   /* instructions between two looks at the limit */
	PAGE_BYTES = 4096,
	CHECKPOINT_PAGES = 2000
};

struct kept {
	char *text; /* owned */
	sqlite3_stmt *statement;
	uint64_t used; /* the larger, the later */
	int is_busy;
};

struct sql {
	sqlite3 *db;
	char *file;
	int is_damaged;
	struct kept kept[STATEMENTS_MAX];
	size_t n_kept;
	uint64_t uses;
	uint64_t limit, steps; /* of the statement that runs */
};

struct sql_row {
	sqlite3_stmt *statement;
};

static int
fail(struct sql *s, int code, const char *what, struct err *err)
{
	int kind = code & 0xff;

	if (kind == SQLITE_INTERRUPT)
		return err_set(err, ERR_REJECT, SQL_TOO_COSTLY,
		    "the question takes too much work");
	if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)
		s->is_damaged = 1;
	return err_set(err, kind == SQLITE_FULL ? ERR_RETRY : ERR_FATAL, code,
	    "%.200s: cannot %s: %s%s", s->file, what,
	    s->db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(s->db),
	    s->is_damaged ? " (it is removed and made anew at the next start)"
			  : "");
}

static int
exec(struct sql *s, const char *text, struct err *err)
{
	int code = sqlite3_exec(s->db, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : fail(s, code, "run a statement", err);
}

static int
on_steps(void *ctx)
{
	struct sql *s = ctx;

	s->steps += STEPS_EACH;
	return s->limit != 0 && s->steps > s->limit;
}

static int
open_file(struct sql *s, const struct sql_conf *conf, struct err *err)
{
	char pragmas[256];
	int code = sqlite3_open_v2(s->file, &s->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    NULL);

	if (code != SQLITE_OK)
		return fail(s, code, "open it", err);
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_progress_handler(s->db, STEPS_EACH, on_steps, s);
	snprintf(pragmas, sizeof(pragmas),
	    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = %d;"
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
	    "PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY;"
	    "PRAGMA wal_autocheckpoint = %d; PRAGMA trusted_schema = OFF;",
	    PAGE_BYTES, conf->cache_kib, CHECKPOINT_PAGES);
	/* What takes the lock: a write. */
	if (exec(s, pragmas, err) != 0 ||
	    exec(s, "BEGIN IMMEDIATE; COMMIT", err) != 0)
		return -1;
	return 0;
}

static void
forget_statements(struct sql *s)
{
	for (size_t i = 0; i < s->n_kept; i++) {
		sqlite3_finalize(s->kept[i].statement);
		free(s->kept[i].text);
	}
	s->n_kept = 0;
}

static void
shut(struct sql *s)
{
	forget_statements(s);
	sqlite3_close(s->db);
	s->db = NULL;
}

static void
remove_file(const struct sql *s)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		char *name = mem_printf("%s%s", s->file, ends[i]);

		unlink(name);
		free(name);
	}
}

/* The format that the file names: "" for an empty file or another program's. */
static void
read_format(struct sql *s, char *out, size_t size)
{
	sqlite3_stmt *q;

	*out = '\0';
	if (sqlite3_prepare_v2(
		s->db, "SELECT format FROM made", -1, &q, NULL) != SQLITE_OK)
		return;
	if (sqlite3_step(q) == SQLITE_ROW)
		snprintf(
		    out, size, "%s", (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
}

static int
make(struct sql *s, const struct sql_conf *conf, struct err *err)
{
	if (exec(s, "BEGIN IMMEDIATE", err) != 0)
		return -1;
	for (size_t i = 0; conf->schema[i] != NULL; i++)
		if (exec(s, conf->schema[i], err) != 0)
			return -1;
	if (exec(s, "CREATE TABLE made (format TEXT NOT NULL)", err) != 0 ||
	    sql_run(s, "INSERT INTO made VALUES (?1)",
		JV_ARRAY(jv_string(conf->format)), err) != 0)
		return -1;
	return exec(s, "COMMIT", err);
}

struct sql *
sql_open(const struct sql_conf *conf, struct err *err)
{
	struct sql *s = mem_new(1, sizeof(*s));
	char format[64] = "";
	int rc;

	s->file = mem_dup(conf->file);
	rc = open_file(s, conf, err);
	if (rc == 0)
		read_format(s, format, sizeof(format));
	if ((rc == 0 && strcmp(format, conf->format) != 0) || s->is_damaged) {
		shut(s);
		remove_file(s);
		s->is_damaged = 0;
		rc = open_file(s, conf, err);
		if (rc == 0)
			rc = make(s, conf, err);
	}
	if (rc == 0)
		return s;
	sql_close(s);
	return NULL;
}

void
sql_close(struct sql *s)
{
	if (s == NULL)
		return;
	shut(s);
	if (s->is_damaged)
		remove_file(s);
	free(s->file);
	free(s);
}

void
sql_remove(struct sql *s)
{
	s->is_damaged = 1;
	sql_close(s);
}

int
sql_begin(struct sql *s, struct err *err)
{
	return sql_run(s, "BEGIN IMMEDIATE", jv_array(), err);
}

int
sql_commit(struct sql *s, struct err *err)
{
	return sql_run(s, "COMMIT", jv_array(), err);
}

void
sql_limit(struct sql *s, uint64_t steps)
{
	s->limit = steps;
}

int64_t
sql_last_id(const struct sql *s)
{
	return sqlite3_last_insert_rowid(s->db);
}

/* Room for one more kept statement. */
static struct kept *
room(struct sql *s)
{
	struct kept *oldest = NULL;

	if (s->n_kept < STATEMENTS_MAX)
		return &s->kept[s->n_kept++];
	for (size_t i = 0; i < s->n_kept; i++) {
		struct kept *k = &s->kept[i];

		if (!k->is_busy && (oldest == NULL || k->used < oldest->used))
			oldest = k;
	}
	if (oldest == NULL)
		abort(); /* nobody nests that deep */
	sqlite3_finalize(oldest->statement);
	free(oldest->text);
	return oldest;
}

static struct kept *
prepare(struct sql *s, const char *text, struct err *err)
{
	sqlite3_stmt *statement;
	struct kept *k;
	int code;

	for (size_t i = 0; i < s->n_kept; i++) {
		k = &s->kept[i];
		if (!k->is_busy && strcmp(k->text, text) == 0) {
			k->used = ++s->uses;
			return k;
		}
	}
	code = sqlite3_prepare_v3(
	    s->db, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
	if (code != SQLITE_OK) {
		fail(s, code, "prepare a statement", err);
		return NULL;
	}
	k = room(s);
	*k = (struct kept){mem_dup(text), statement, ++s->uses, 0};
	return k;
}

static void
bind_number(sqlite3_stmt *q, int i, double d)
{
	if (d == floor(d) && fabs(d) <= (double)JSON_INTEGER_MAX)
		sqlite3_bind_int64(q, i, (int64_t)d);
	else
		sqlite3_bind_double(q, i, d);
}

/* V: borrowed. */
static void
bind_one(sqlite3_stmt *q, int i, jv v)
{
	struct buf text = {0};

	switch (jv_get_kind(v)) {
	case JV_KIND_TRUE:
	case JV_KIND_FALSE:
		sqlite3_bind_int64(q, i, jv_get_kind(v) == JV_KIND_TRUE);
		break;
	case JV_KIND_NUMBER:
		bind_number(q, i, jv_number_value(v));
		break;
	case JV_KIND_STRING: /* held by the parameters until the end */
		sqlite3_bind_text(q, i, jv_string_value(v),
		    jv_string_length_bytes(jv_copy(v)), SQLITE_STATIC);
		break;
	case JV_KIND_ARRAY:
	case JV_KIND_OBJECT:
		json_canonical(v, &text);
		sqlite3_bind_text(
		    q, i, text.data, (int)text.size, SQLITE_TRANSIENT);
		break;
	case JV_KIND_INVALID:
	case JV_KIND_NULL:
		sqlite3_bind_null(q, i);
		break;
	}
	buf_free(&text);
}

/* PARAMETERS: borrowed. */
static void
bind(sqlite3_stmt *q, jv parameters)
{
	int n = jv_array_length(jv_copy(parameters));

	for (int i = 0; i < n; i++) {
		jv v = jv_array_get(jv_copy(parameters), i);

		bind_one(q, i + 1, v);
		jv_free(v);
	}
}

int
sql_each(struct sql *s, const char *text, jv parameters, sql_each_row *each,
    void *ctx, struct err *err)
{
	struct kept *k = prepare(s, text, err);
	struct sql_row row;
	int code, rc = 0;

	if (k == NULL) {
		jv_free(parameters);
		return -1;
	}
	bind(k->statement, parameters);
	row.statement = k->statement;
	k->is_busy = 1;
	s->steps = 0;
	while ((code = sqlite3_step(k->statement)) == SQLITE_ROW)
		if (each == NULL || each(ctx, &row) != 0)
			break;
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		rc = fail(s, code, "run a statement", err);
	sqlite3_reset(k->statement);
	sqlite3_clear_bindings(k->statement);
	k->is_busy = 0;
	jv_free(parameters);
	return rc;
}

int
sql_run(struct sql *s, const char *text, jv parameters, struct err *err)
{
	return sql_each(s, text, parameters, NULL, NULL, err);
}

const char *
sql_text(const struct sql_row *row, int i, size_t *out_size)
{
	const char *text = (const char *)sqlite3_column_text(row->statement, i);

	if (out_size != NULL)
		*out_size = text == NULL ? 0
					 : (size_t)sqlite3_column_bytes(
					       row->statement, i);
	return text == NULL ? "" : text;
}

int64_t
sql_integer(const struct sql_row *row, int i)
{
	return sqlite3_column_int64(row->statement, i);
}

double
sql_real(const struct sql_row *row, int i)
{
	return sqlite3_column_double(row->statement, i);
}

int
sql_is_null(const struct sql_row *row, int i)
{
	return sqlite3_column_type(row->statement, i) == SQLITE_NULL;
}

static jv
column(const struct sql_row *row, int i, int is_json)
{
	const char *text;
	size_t size;

	switch (sqlite3_column_type(row->statement, i)) {
	case SQLITE_INTEGER:
		return jv_number((double)sql_integer(row, i));
	case SQLITE_FLOAT:
		return jv_number(sql_real(row, i));
	case SQLITE_NULL:
		return jv_null();
	default:
		text = sql_text(row, i, &size);
		if (!is_json)
			return jv_string_sized(text, (int)size);
		return jv_parse_sized(text, (int)size);
	}
}

struct rows {
	jv list;
	size_t max, bytes; /* of text */
	int is_cut;
};

/* 1 if ROW is one too many. */
static int
is_over(struct rows *r, const struct sql_row *row, int n)
{
	size_t bytes = 0;

	for (int i = 0; i < n; i++)
		if (sqlite3_column_type(row->statement, i) == SQLITE_TEXT)
			bytes +=
			    (size_t)sqlite3_column_bytes(row->statement, i);
	r->is_cut = r->bytes > 0 && bytes > r->max - r->bytes;
	r->bytes += bytes < r->max - r->bytes ? bytes : r->max - r->bytes;
	return r->is_cut;
}

static int
add_row(void *ctx, const struct sql_row *row)
{
	struct rows *r = ctx;
	int n = sqlite3_column_count(row->statement);
	jv one;

	if (is_over(r, row, n))
		return 1;
	one = jv_object();
	for (int i = 0; i < n; i++) {
		const char *name = sqlite3_column_name(row->statement, i);
		size_t size = strlen(name);
		int is_json = size > 5 && strcmp(name + size - 5, "_json") == 0;

		if (is_json)
			size -= 5;
		one = jv_object_set(one, jv_string_sized(name, (int)size),
		    column(row, i, is_json));
	}
	r->list = jv_array_append(r->list, one);
	return 0;
}

jv
sql_rows_within(struct sql *s, const char *text, jv parameters,
    size_t max_bytes, int *out_is_cut, struct err *err)
{
	struct rows r = {.list = jv_array(), .max = max_bytes};

	if (sql_each(s, text, parameters, add_row, &r, err) == 0) {
		*out_is_cut = r.is_cut;
		return r.list;
	}
	jv_free(r.list);
	return jv_invalid();
}

jv
sql_rows(struct sql *s, const char *text, jv parameters, struct err *err)
{
	int is_cut;

	return sql_rows_within(s, text, parameters, SIZE_MAX, &is_cut, err);
}

jv
sql_one(struct sql *s, const char *text, jv parameters, struct err *err)
{
	jv list = sql_rows(s, text, parameters, err);

	if (!jv_is_valid(list))
		return list;
	if (jv_array_length(jv_copy(list)) > 0)
		return jv_array_get(list, 0);
	jv_free(list);
	return jv_null();
}

struct number {
	int64_t value;
};

static int
take_number(void *ctx, const struct sql_row *row)
{
	struct number *n = ctx;

	if (!sql_is_null(row, 0))
		n->value = sql_integer(row, 0);
	return 1;
}

int64_t
sql_number(struct sql *s, const char *text, jv parameters, int64_t none,
    struct err *err)
{
	struct number n = {none};

	if (sql_each(s, text, parameters, take_number, &n, err) != 0)
		return -1;
	return n.value;
}
