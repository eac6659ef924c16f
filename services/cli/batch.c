/* Records of files: see batch.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/batch.h"
#include "cli/columns.h"
#include "cli/input.h"
#include "event/codec.h"
#include "event/rules.h"
#include "event/schema.h"

/* One file on its way into a batch. */
struct file {
	struct batch *batch;
	const char *name;
	struct input *in;
	batch_problem *problem;
	void *ctx;
};

struct batch
batch_new(enum record_type type, const char *member, const char *ns,
    const struct rules_conf *rules)
{
	return (struct batch){.type = type,
	    .member = member,
	    .ns = ns,
	    .rules = rules,
	    .now_ms = clock_wall_ms()};
}

void
batch_fini(struct batch *b)
{
	struct batch_entry *e, *next;

	HASH_ITER (hh, b->entries, e, next) {
		HASH_DEL(b->entries, e);
		free(e->key);
		free(e);
	}
	spool_free(b->spool);
	*b = (struct batch){0};
}

static void
tell(const struct file *f, const char *field, const char *text)
{
	struct batch_entry here = {.file = f->name};
	char title[COLUMN_NAME_MAX * 5] = "", *where;

	here.unit = input_where(f->in, &here.n);
	where = batch_where(&here);
	if (*field != '\0')
		input_field(f->in, field, title, sizeof(title));
	f->problem(f->ctx, where, title, text);
	free(where);
}

/* Member `id` of *RECORD as text, taken out; "" if there is none. */
static char *
take_local_id(jv *record)
{
	jv id = json_get(*record, "id");
	struct buf text = {0};

	if (jv_get_kind(id) == JV_KIND_STRING)
		buf_puts(&text, jv_string_value(id));
	else if (jv_get_kind(id) == JV_KIND_NUMBER)
		json_canonical(id, &text);
	if (jv_is_valid(id))
		*record = jv_object_delete(*record, jv_string("id"));
	jv_free(id);
	return buf_take(&text);
}

static void
set_unless_there(jv *record, const char *key, const char *value)
{
	if (*json_str(*record, key, "") == '\0')
		json_set_str(record, key, value);
}

/* New key of *RECORD, whose fields that name key and writer are filled in. */
static char *
identify(const struct batch *b, jv *record, struct err *err)
{
	char *local_id, *key;
	const char *given;

	set_unless_there(record,
	    b->type == RECORD_EVENT ? "publisher" : "registrar", b->member);
	if (b->type == RECORD_ORGANIZATION)
		return key_new(b->type, b->member, b->ns,
		    json_str(*record, "id", ""), err);
	local_id = take_local_id(record);
	given =
	    json_str(*record, b->type == RECORD_EVENT ? "uid" : "localId", "");
	if (*local_id != '\0')
		key = key_new(b->type, b->member, b->ns, local_id, err);
	else if (*given == '\0')
		key = NULL;
	else if (b->type == RECORD_EVENT)
		key = mem_dup(given);
	else
		key = mem_printf("%s|%s", b->member, given);
	if (key == NULL && *local_id == '\0')
		err_set(err, ERR_REJECT, 0,
		    "has no id; each entry needs one that stays the same");
	free(local_id);
	if (key != NULL && b->type == RECORD_EVENT)
		json_set_str(record, "uid", key);
	else if (key != NULL)
		json_set_str(record, "localId", strchr(key, '|') + 1);
	return key;
}

static void
tell_all(const struct file *f, jv problems)
{
	jv_array_foreach (problems, i, p) {
		tell(f, json_str(p, "field", ""), json_str(p, "text", ""));
		jv_free(p);
	}
}

/* *RECORD, whole, into OUT: 0, or -1 when a problem has been told. */
static int
check(struct file *f, jv *record, const char *key, struct buf *out)
{
	struct batch *b = f->batch;
	struct batch_entry *twin = batch_find(b, key);
	struct err err;
	char *where;
	jv problems;
	int rc;

	if (twin != NULL) {
		where = batch_where(twin);
		err_set(&err, ERR_REJECT, 0, "has the same id as %s", where);
		free(where);
		tell(f, "", err.msg);
		return -1;
	}
	*record = rules_strip(b->type, *record, b->rules);
	problems = rules_check(b->type, *record, b->member, key, b->rules);
	*record = rules_derive(b->type, *record, jv_null(), b->now_ms);
	rc = codec_encode(
	    schema_builtin(record_type_schema(b->type)), *record, out, &err);
	/* A wrong type makes the rest a matter of chance. */
	if (rc != 0)
		tell(f, "", err.msg);
	else
		tell_all(f, problems);
	if (jv_array_length(problems) > 0)
		rc = -1;
	return rc;
}

/* RECORD is consumed.  0, 1 when a problem has been told, -1 with ERR. */
static int
add(struct file *f, jv record, struct err *err)
{
	struct batch *b = f->batch;
	struct batch_entry *e = mem_new(1, sizeof(*e));
	struct buf bytes = {0};
	struct err why;
	int rc = 1;

	e->key = identify(b, &record, &why);
	if (e->key == NULL)
		tell(f, "", why.msg);
	else if (check(f, &record, e->key, &bytes) == 0)
		rc = spool_put(
		    b->spool, bytes.data, bytes.size, &e->record, err);
	buf_free(&bytes);
	jv_free(record);
	if (rc != 0) {
		free(e->key);
		free(e);
		return rc;
	}
	e->file = f->name;
	e->unit = input_where(f->in, &e->n);
	HASH_ADD_KEYPTR(hh, b->entries, e->key, (unsigned)strlen(e->key), e);
	b->n++;
	return 0;
}

int
batch_add(struct batch *b, const char *name, FILE *file, batch_problem *problem,
    void *ctx, struct err *err)
{
	struct file f = {
	    .batch = b, .name = name, .problem = problem, .ctx = ctx};
	struct err bad;
	jv record;
	int rc, refused = 0;

	if (b->spool == NULL && (b->spool = spool_new(err)) == NULL)
		return -1;
	f.in = input_new(b->type, file, err);
	if (f.in == NULL)
		return err_wrap(err, "%s", name);
	while ((rc = input_next(f.in, &record, &bad)) != 0) {
		if (rc < 0)
			tell(&f, "", bad.msg);
		rc = rc < 0 ? 1 : add(&f, record, err);
		if (rc < 0)
			break;
		refused += rc;
	}
	input_free(f.in);
	return rc < 0 ? -1 : refused;
}

struct batch_entry *
batch_find(const struct batch *b, const char *key)
{
	struct batch_entry *e;

	HASH_FIND(hh, b->entries, key, (unsigned)strlen(key), e);
	return e;
}

char *
batch_where(const struct batch_entry *e)
{
	return mem_printf("%s, %s %zu", e->file, e->unit, e->n);
}

int
batch_bytes(struct batch *b, const struct batch_entry *e, struct buf *out,
    struct err *err)
{
	return spool_get(b->spool, &e->record, out, err);
}

jv
batch_record(struct batch *b, const struct batch_entry *e, struct err *err)
{
	struct buf bytes = {0};
	jv record = jv_invalid();

	if (batch_bytes(b, e, &bytes, err) == 0 &&
	    codec_decode(schema_builtin(record_type_schema(b->type)), NULL,
		bytes.data, bytes.size, &record, err) != 0)
		record = jv_invalid();
	buf_free(&bytes);
	return record;
}

static void
hash(enum record_type t, jv record, unsigned char out[JSON_HASH_SIZE])
{
	jv essence = rules_essence(t, jv_copy(record));

	json_hash(essence, out);
	jv_free(essence);
}

int
batch_is_news(const struct batch *b, jv record, jv previous)
{
	unsigned char now[JSON_HASH_SIZE], then[JSON_HASH_SIZE];

	if (jv_get_kind(previous) != JV_KIND_OBJECT)
		return 1;
	hash(b->type, record, now);
	hash(b->type, previous, then);
	return memcmp(now, then, sizeof(now)) != 0;
}
