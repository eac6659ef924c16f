/* Records of files: see batch.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
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
	    .index = jv_object()};
}

void
batch_fini(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->entries[i].key);
		free(b->entries[i].where);
		jv_free(b->entries[i].record);
		jv_free(b->entries[i].previous);
	}
	free(b->entries);
	jv_free(b->index);
	*b = (struct batch){.index = jv_null()};
}

static void
tell(const struct file *f, const char *field, const char *text)
{
	char *where = mem_printf("%s, %s", f->name, input_where(f->in));
	char title[COLUMN_NAME_MAX * 5] = "";

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

/* *RECORD with every field its schema has; -1 if one does not fit. */
static int
complete(enum record_type t, jv *record, struct err *err)
{
	const struct schema *s = schema_builtin(record_type_schema(t));
	struct buf bytes = {0};
	jv whole;
	int rc = codec_encode(s, *record, &bytes, err);

	if (rc == 0)
		rc = codec_decode(s, NULL, bytes.data, bytes.size, &whole, err);
	buf_free(&bytes);
	if (rc != 0)
		return -1;
	jv_free(*record);
	*record = whole;
	return 0;
}

static void
tell_all(const struct file *f, jv problems)
{
	jv_array_foreach (problems, i, p) {
		tell(f, json_str(p, "field", ""), json_str(p, "text", ""));
		jv_free(p);
	}
}

/* 0, or -1 when a problem has been told. */
static int
check(struct file *f, jv *record, const char *key)
{
	struct batch *b = f->batch;
	struct batch_entry *twin = batch_find(b, key);
	struct err err;
	jv problems;
	int rc;

	if (twin != NULL) {
		err_set(
		    &err, ERR_REJECT, 0, "has the same id as %s", twin->where);
		tell(f, "", err.msg);
		return -1;
	}
	if (complete(b->type, record, &err) != 0) {
		tell(f, "", err.msg);
		return -1;
	}
	*record = rules_strip(b->type, *record, b->rules);
	problems = rules_check(b->type, *record, b->member, key, b->rules);
	tell_all(f, problems);
	rc = jv_array_length(problems) == 0 ? 0 : -1;
	return rc;
}

/* RECORD is consumed.  0, or -1 when a problem has been told. */
static int
add(struct file *f, jv record)
{
	struct batch *b = f->batch;
	struct err err;
	char *key = identify(b, &record, &err);

	if (key == NULL)
		tell(f, "", err.msg);
	if (key == NULL || check(f, &record, key) != 0) {
		free(key);
		jv_free(record);
		return -1;
	}
	b->entries = mem_grow(b->entries, b->n + 1, sizeof(*b->entries));
	b->entries[b->n] = (struct batch_entry){
	    .key = key,
	    .where = mem_printf("%s, %s", f->name, input_where(f->in)),
	    .record = record,
	    .previous = jv_null(),
	};
	json_set_int(&b->index, key, (int64_t)b->n++);
	return 0;
}

int
batch_add(struct batch *b, const char *name, const char *text, size_t size,
    batch_problem *problem, void *ctx, struct err *err)
{
	struct file f = {
	    .batch = b, .name = name, .problem = problem, .ctx = ctx};
	struct err bad;
	jv record;
	int rc, refused = 0;

	f.in = input_new(b->type, text, size, err);
	if (f.in == NULL)
		return err_wrap(err, "%s", name);
	while ((rc = input_next(f.in, &record, &bad)) != 0) {
		if (rc < 0)
			tell(&f, "", bad.msg);
		if (rc < 0 || add(&f, record) != 0)
			refused++;
	}
	input_free(f.in);
	return refused;
}

struct batch_entry *
batch_find(const struct batch *b, const char *key)
{
	int64_t at = json_int(b->index, key, -1);

	return at < 0 ? NULL : &b->entries[at];
}

int
batch_is_news(const struct batch *b, const struct batch_entry *e)
{
	unsigned char now[JSON_HASH_SIZE], then[JSON_HASH_SIZE];
	jv essence;

	if (jv_get_kind(e->previous) != JV_KIND_OBJECT)
		return 1;
	essence = rules_essence(b->type, jv_copy(e->record));
	json_hash(essence, now);
	jv_free(essence);
	essence = rules_essence(b->type, jv_copy(e->previous));
	json_hash(essence, then);
	jv_free(essence);
	return memcmp(now, then, sizeof(now)) != 0;
}
